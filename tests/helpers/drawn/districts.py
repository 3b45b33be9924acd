"""A small district that nobody has seen before, by a source of chance.

Everything lies on a grid of streets some two kilometres wide, so that a street map may be brought
or not. With Hypothesis' own source a failing district shrinks.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from data.model.city import (
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    Machine,
    Position,
    Segment,
    Shift,
    Station,
)
from data.model.roster import RosterDay
from data.model.street.streets import Street, StreetClass, StreetMap
from data.streets.joining import joined

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2022, 7, 8)
WEST, SOUTH = 125.10, 42.88
EAST_STEP, NORTH_STEP = 0.004, 0.003  # some 330 m each way
COLUMNS, ROWS = 10, 8
KINDS = ("pump_truck", "jetting_truck", "suction_truck", "sludge_truck", "loader", "flusher")
SKILLS = ("pumping", "jetting", "confined_space")
SHIFTS = {
    "three": ((8, 16), (16, 0), (0, 8)),
    "two": ((8, 20), (20, 8)),
    "late": ((6, 14), (14, 22), (22, 6)),
    "day": ((8, 18),),
}
"""Local hours of the turns of duty, by what a bureau may have."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """From how many to how many of each a district has."""

    stations: tuple[int, int] = (2, 4)
    crews: tuple[int, int] = (3, 8)
    machines: tuple[int, int] = (0, 5)
    roads: tuple[int, int] = (5, 20)
    inlets: tuple[int, int] = (30, 120)


SMALL = Sizes()
HAMLET = Sizes(stations=(1, 1), crews=(2, 3), machines=(0, 1), roads=(3, 8), inlets=(10, 40))
TOWN = Sizes(stations=(4, 7), crews=(8, 14), machines=(3, 10), roads=(20, 40), inlets=(100, 250))
SIZES = {"small": SMALL, "hamlet": HAMLET, "town": TOWN}


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A district and its streets, where it has brought any."""

    city: City
    streets: StreetMap | None


def node(column: float, row: float) -> Position:
    """A crossing of the grid, or a place between."""
    return round(WEST + EAST_STEP * column, 6), round(SOUTH + NORTH_STEP * row, 6)


def grid() -> StreetMap:
    """The streets of the grid, named by their rows and columns."""
    across = [
        Street(line=tuple(node(column, row) for column in range(COLUMNS + 1)), name=f"{row}横路")
        for row in range(ROWS + 1)
    ]
    along = [
        Street(
            line=tuple(node(column, row) for row in range(ROWS + 1)),
            name=f"{column}纵街",
            kind=StreetClass.MAIN,
        )
        for column in range(COLUMNS + 1)
    ]
    return StreetMap(streets=joined([*across, *along]), source="drawn.geojson")


def district(chance: Random, sizes: Sizes = SMALL) -> Drawn:
    """Stations, crews, machines, roads and inlets, of a size."""
    stations = tuple(
        Station(
            id=f"T{n}",
            name=f"第{n + 1}站",
            position=node(chance.randint(0, COLUMNS), chance.randint(0, ROWS)),
            chief="站长",
            deputy="副站长",
        )
        for n in range(chance.randint(*sizes.stations))
    )
    shifts = _shifts(chance)
    roads = _roads(chance, stations, sizes)
    inlets = _inlets(chance, roads, sizes)
    crews = _crews(chance, stations, shifts, sizes)
    machines, drivers = _machines(chance, stations, shifts, sizes)
    city = City(
        district=District(adcode="220402", name="龙山区", sample=True),
        stations=stations,
        segments=roads,
        inlets=inlets,
        shifts=shifts,
        crews=crews,
        machines=machines,
        drivers=drivers,
        blockages=_record(chance, inlets),
        roster=_leave(chance, crews, drivers),
    )
    return Drawn(city=city, streets=grid() if chance.random() < 0.35 else None)


def _shifts(chance: Random) -> tuple[Shift, ...]:
    """Turns of duty that follow one another, or overlap."""
    turns = SHIFTS[chance.choice(sorted(SHIFTS))]
    overlap = timedelta(minutes=chance.choice((0, 0, 30)))
    found = []
    for n, (start, end) in enumerate(turns):
        meal = (start + 3) % 24
        until = datetime.combine(DAY, time(end)) + overlap
        found.append(
            Shift(
                id=f"s{n}",
                name=f"{n + 1}班次",
                start=time(start),
                end=until.time(),
                break_minutes=chance.choice((0, 30, 45)),
                break_from=time(meal),
                break_to=time((meal + 3) % 24),
            )
        )
    return tuple(found)


def _roads(chance: Random, stations: tuple[Station, ...], sizes: Sizes) -> tuple[Segment, ...]:
    roads, lows = [], chance.choice((0.1, 0.25, 0.5))
    for n in range(chance.randint(*sizes.roads)):
        column, row = chance.randint(0, COLUMNS - 1), chance.randint(0, ROWS)
        a, b = node(column, row), node(column + 1, row)
        is_low = n == 0 or chance.random() < lows
        roads.append(
            Segment(
                id=f"L{n:02d}",
                road=f"路{n}",
                start_name="东",
                end_name="西",
                station_id=_nearest(stations, a).id,
                line=(a, b),
                importance=chance.randint(1, 5),
                guard=is_low or chance.random() < 0.2,
                low_lying=is_low,
            )
        )
    return tuple(roads)


def _nearest(stations: tuple[Station, ...], at: Position) -> Station:
    return min(
        stations,
        key=lambda one: (one.position[0] - at[0]) ** 2 + (one.position[1] - at[1]) ** 2,
    )


def _inlets(chance: Random, roads: tuple[Segment, ...], sizes: Sizes) -> tuple[Inlet, ...]:
    found = []
    for n in range(chance.randint(*sizes.inlets)):
        road = chance.choice(roads)
        (ax, ay), (bx, by) = road.line
        share = chance.random()
        days = chance.choice((None, 10, 60, 200))
        found.append(
            Inlet(
                id=f"G{n:03d}",
                segment_id=road.id,
                position=(round(ax + share * (bx - ax), 6), round(ay + share * (by - ay), 6)),
                cleaned_on=days and DAY - timedelta(days=days),
            )
        )
    return tuple(found)


def _crews(
    chance: Random, stations: tuple[Station, ...], shifts: tuple[Shift, ...], sizes: Sizes
) -> tuple[Crew, ...]:
    """The first turn of duty has two crews at least."""
    return tuple(
        Crew(
            id=f"K{n}",
            station_id=stations[n % len(stations)].id,
            name=f"{n + 1}班",
            leader="班长",
            size=chance.choice((2, 3, 4, 5, 6)),
            skills=("clearing", *chance.sample(SKILLS, chance.randint(0, 3))),
            shift_id=(shifts[0] if n < 2 else chance.choice(shifts)).id,
            seniors=chance.choice((None, 0, 1, 2)),
        )
        for n in range(chance.randint(*sizes.crews))
    )


def _machines(
    chance: Random, stations: tuple[Station, ...], shifts: tuple[Shift, ...], sizes: Sizes
) -> tuple[tuple[Machine, ...], tuple[Driver, ...]]:
    machines = tuple(
        Machine(
            id=f"V{n}",
            station_id=chance.choice(stations).id,
            kind=chance.choice(KINDS),
            plate=f"车{n}",
        )
        for n in range(chance.randint(*sizes.machines))
    )
    drivers = tuple(
        Driver(id=f"{one.id}{shift.id}", machine_id=one.id, post="司机", shift_id=shift.id)
        for one in machines
        for shift in shifts
        if chance.random() < 0.7
    )
    return machines, drivers


def _record(chance: Random, inlets: tuple[Inlet, ...]) -> tuple[Blockage, ...]:
    """None at all, or some years of it; a few are blocked still."""
    morning = datetime.combine(DAY, time(6), ZONE)
    found = []
    for n in range(chance.choice((0, 0, 20, 80))):
        day = morning - timedelta(days=chance.randint(1, 700))
        is_open = chance.random() < 0.1
        found.append(
            Blockage(
                id=f"R{n:03d}",
                inlet_id=inlets[int(len(inlets) * chance.random() ** 2)].id,
                reported_at=morning - timedelta(hours=chance.randint(1, 40)) if is_open else day,
                cleared_at=None if is_open else day + timedelta(hours=6),
                cause="leaves",
                remedy=chance.choice(("hand", "hand", "jetting", "well_entry")),
            )
        )
    return tuple(found)


def _leave(
    chance: Random, crews: tuple[Crew, ...], drivers: tuple[Driver, ...]
) -> tuple[RosterDay, ...]:
    """On the day of the storm some are away; the first crew never."""
    away = [RosterDay(day=DAY, crew_id=one.id, duty="leave") for one in crews[1:]]
    away += [RosterDay(day=DAY, driver_id=one.id, duty="off") for one in drivers]
    return tuple(one for one in away if chance.random() < 0.08)
