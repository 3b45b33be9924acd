"""A made-up district of any size: a grid of streets with its inlets, crews, machines and record.

All of it is MADE UP and says so (``District.sample``). By default it is as large as the districts
of a big city: 1,250 segments, 17,000 inlets, 12 stations, 60 crews, 40 machines.
"""

import json
import math
import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

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

CENTRE = (125.13876, 42.90017)  # WGS-84, so that the sample's warning and forecast hold here too
BLOCK_KM = 0.25
KM_LON, KM_LAT = 1 / (111.32 * math.cos(math.radians(CENTRE[1]))), 1 / 111.13
SOURCE = "样例数据（编造）Made-up sample data"
LAST_DAY = datetime(2022, 7, 7, 8, tzinfo=UTC)
DAYS = 735
SHIFTS = (
    Shift(id="D", name="白班", start=time(8), end=time(16), break_minutes=30),
    Shift(id="E", name="中班", start=time(16), end=time(0), break_minutes=30),
    Shift(id="N", name="夜班", start=time(0), end=time(8), break_minutes=30),
)
SKILLS = (
    ("clearing", "jetting", "confined_space", "pumping"),
    ("clearing", "pumping"),
    ("clearing", "jetting", "pumping"),
)
KINDS = (
    ("jetting_truck", 5.0),
    ("pump_truck", 500.0),
    ("suction_truck", 8.0),
    ("jetting_truck", 8.0),
    ("sludge_truck", 10.0),
    ("pump_truck", 1000.0),
    ("loader", 3.0),
    ("flusher", 8.0),
    ("sweeper", 6.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is of everything; a grid of ``columns`` × ``rows`` crossings."""

    columns: int = 26
    rows: int = 25
    inlets: int = 17_000
    stations: int = 12
    crews: int = 60
    machines: int = 40
    blockages_per_inlet: float = 0.75


def make_district(size: Size = Size(), seed: int = 7, adcode: str = "220402") -> City:
    """The district; the same for the same size and seed."""
    draw = random.Random(seed)
    stations = _stations(size)
    segments = _segments(size, stations)
    inlets = _inlets(segments, size, draw)
    machines, drivers = _machines(size, stations)
    return City(
        district=District(
            adcode=adcode, name="样例大区", outline=_outline(size), sample=True, source=SOURCE
        ),
        stations=stations,
        segments=segments,
        inlets=inlets,
        shifts=SHIFTS,
        crews=_crews(size, stations),
        machines=machines,
        drivers=drivers,
        blockages=_blockages(inlets, size, draw),
    )


def streets(city: City) -> str:
    """Street lines of the district as GeoJSON: its segments."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": one.road, "class": "main" if one.importance > 3 else "minor"},
            "geometry": {"type": "LineString", "coordinates": [list(at) for at in one.line]},
        }
        for one in city.segments
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def _place(east: float, north: float) -> Position:
    return round(CENTRE[0] + east * KM_LON, 6), round(CENTRE[1] + north * KM_LAT, 6)


def _crossing(size: Size, column: int, row: int) -> tuple[float, float]:
    """Kilometres east and north of the centre."""
    return (column - (size.columns - 1) / 2) * BLOCK_KM, (row - (size.rows - 1) / 2) * BLOCK_KM


def _outline(size: Size) -> tuple[Position, ...]:
    east, north = (size.columns / 2 + 1) * BLOCK_KM, (size.rows / 2 + 1) * BLOCK_KM
    corners = ((-east, -north), (east, -north), (east, north), (-east, north))
    return tuple(_place(*corner) for corner in corners)


def _stations(size: Size) -> tuple[Station, ...]:
    across = math.ceil(math.sqrt(size.stations * size.columns / size.rows))
    down = math.ceil(size.stations / across)
    width, height = (size.columns - 1) * BLOCK_KM, (size.rows - 1) * BLOCK_KM
    return tuple(
        Station(
            id=f"ST{number + 1:02}",
            name=f"{number + 1}号管理站",
            position=_place(
                (number % across + 0.55) / across * width - width / 2,
                (number // across + 0.45) / down * height - height / 2,
            ),
            chief="站长",
            deputy="副站长",
            phone=f"0437-0001{number:03}",
        )
        for number in range(size.stations)
    )


def _segments(size: Size, stations: tuple[Station, ...]) -> tuple[Segment, ...]:
    stretches = [
        (f"东西{row + 1}路", (column, row), (column + 1, row))
        for row in range(size.rows)
        for column in range(size.columns - 1)
    ]
    stretches += [
        (f"南北{column + 1}街", (column, row), (column, row + 1))
        for column in range(size.columns)
        for row in range(size.rows - 1)
    ]
    return tuple(
        _segment(number, *stretch, size, stations) for number, stretch in enumerate(stretches, 1)
    )


def _segment(
    number: int,
    road: str,
    start: tuple[int, int],
    end: tuple[int, int],
    size: Size,
    stations: tuple[Station, ...],
) -> Segment:
    """A big road every six blocks, one of the second order between two of them; a key point in
    twenty stretches of the big ones, and in twenty-five of all a low point.
    """
    first, last = _place(*_crossing(size, *start)), _place(*_crossing(size, *end))
    middle = ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
    across = start[1] if start[1] == end[1] else start[0]
    importance = 5 if across % 6 == 0 else 4 if across % 3 == 0 else 2 + across % 2
    return Segment(
        id=f"S{number:04}",
        road=road,
        start_name=f"路口{start[0] + 1}-{start[1] + 1}",
        end_name=f"路口{end[0] + 1}-{end[1] + 1}",
        station_id=min(stations, key=lambda one: math.dist(one.position, middle)).id,
        line=(first, middle, last),
        importance=importance,
        guard=importance == 5 and number % 20 == 0,
        low_lying=number % 25 == 7,
    )


def _inlets(segments: tuple[Segment, ...], size: Size, draw: random.Random) -> tuple[Inlet, ...]:
    """Spread evenly, left and right in turn."""
    inlets: list[Inlet] = []
    for number, segment in enumerate(segments):
        count = size.inlets * (number + 1) // len(segments) - len(inlets)
        (x1, y1), (x2, y2) = segment.line[0], segment.line[-1]
        for at in range(count):
            along, side = (at + 0.5) / count, 5e-3 * (1 if at % 2 else -1)
            off = (0.0, side * KM_LAT) if abs(x2 - x1) > abs(y2 - y1) else (side * KM_LON, 0.0)
            position = (x1 + (x2 - x1) * along + off[0], y1 + (y2 - y1) * along + off[1])
            inlets.append(
                Inlet(
                    id=f"Y{len(inlets) + 1:05}",
                    segment_id=segment.id,
                    position=(round(position[0], 6), round(position[1], 6)),
                    cleaned_on=date(2022, 4, 10) + timedelta(days=int(draw.random() * 45)),
                )
            )
    return tuple(inlets)


def _crews(size: Size, stations: tuple[Station, ...]) -> tuple[Crew, ...]:
    return tuple(
        Crew(
            id=f"C{number + 1:03}",
            station_id=stations[number % len(stations)].id,
            name=f"{number % len(stations) + 1}站{number // len(stations) + 1}班",
            leader="班长",
            size=3 + number % 3,
            skills=SKILLS[number % len(SKILLS)],
            shift_id="DDEEN"[number // len(stations) % 5],
        )
        for number in range(size.crews)
    )


def _machines(
    size: Size, stations: tuple[Station, ...]
) -> tuple[tuple[Machine, ...], tuple[Driver, ...]]:
    machines, drivers = [], []
    for number in range(size.machines):
        kind, capacity = KINDS[number % len(KINDS)]
        machine = Machine(
            id=f"M{number + 1:03}",
            station_id=stations[number % len(stations)].id,
            kind=kind,
            plate=f"吉D·样{number + 1:03}",
            capacity=capacity,
        )
        machines.append(machine)
        drivers += [
            Driver(
                id=f"R{number + 1:03}{shift}", machine_id=machine.id, shift_id=shift, post="驾驶员"
            )
            for shift in ("DE", "DEN")[number % 2]
        ]
    return tuple(machines), tuple(drivers)


def _blockages(inlets: tuple[Inlet, ...], size: Size, draw: random.Random) -> tuple[Blockage, ...]:
    """Two years of them; a tenth of the inlets has half, and one in three of the last three weeks
    is open.
    """
    often = draw.sample(range(len(inlets)), len(inlets) // 10)
    found = []
    for _ in range(int(len(inlets) * size.blockages_per_inlet)):
        number = draw.choice(often) if draw.random() < 0.5 else draw.randrange(len(inlets))
        ago = timedelta(days=DAYS * draw.random())
        is_open = ago < timedelta(days=21) and draw.random() < 0.33
        reported = (LAST_DAY - ago).replace(microsecond=0)
        cleared = min(reported + timedelta(hours=1 + 30 * draw.random() ** 3), LAST_DAY)
        found.append((reported, inlets[number].id, None if is_open else cleared, draw.random()))
    return tuple(
        Blockage(
            id=f"B{number:05}",
            inlet_id=inlet,
            reported_at=reported,
            cleared_at=cleared,
            cause=("leaves", "litter", "silt", "grease")[int(which * 4)],
            remedy="jetting" if which > 0.8 else "hand",
            silt_m3=0.05 if cleared else None,
            rain_mm=0.0,
        )
        for number, (reported, inlet, cleared, which) in enumerate(sorted(found, key=repr), 1)
    )
