"""The districts of the named situations: the sample, as it is and with fewer crews and machines,
and others that are made up.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from data.model.city import (
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    Machine,
    Segment,
    Shift,
    Station,
)
from data.sheets.city import read_city
from tests.helpers.paths import ROOT

ZONE = ZoneInfo("Asia/Shanghai")


@cache
def longshan() -> City:
    """The bundled district."""
    return read_city(ROOT / "data" / "longshan")


def without_record() -> City:
    return replace(longshan(), blockages=())


def in_pairs() -> City:
    """The same people: every crew of four and more is two."""
    crews = []
    for crew in longshan().crews:
        half = crew.size // 2 if crew.size >= 4 else 0
        crews.append(replace(crew, size=crew.size - half))
        if half:
            crews.append(replace(crew, id=f"{crew.id}b", name=f"{crew.name}乙", size=half))
    return replace(longshan(), crews=tuple(crews))


def with_crews(shift: str, keep: int) -> Callable[[], City]:
    """Of a shift only the first crews."""

    def city() -> City:
        gone = [crew for crew in longshan().crews if crew.shift_id == shift][keep:]
        return replace(
            longshan(), crews=tuple(crew for crew in longshan().crews if crew not in gone)
        )

    return city


def with_machines(kind: str, keep: int = 0, shifts: str | None = None) -> Callable[[], City]:
    """Of a kind only the first machines, or only drivers on these shifts."""

    def city() -> City:
        whole = longshan()
        mine = [one.id for one in whole.machines if one.kind == kind]
        if shifts is not None:
            drivers = [
                one for one in whole.drivers if one.machine_id not in mine or one.shift_id in shifts
            ]
            return replace(whole, drivers=tuple(drivers))
        gone = set(mine[keep:])
        return replace(
            whole,
            machines=tuple(one for one in whole.machines if one.id not in gone),
            drivers=tuple(one for one in whole.drivers if one.machine_id not in gone),
        )

    return city


def overlapping() -> City:
    """Each shift begins half an hour before the one before it ends: 07:30-16:00, 15:30-24:00,
    23:30-08:00.
    """

    def earlier(shift: Shift) -> Shift:
        start = datetime.combine(date(2022, 7, 8), shift.start) - timedelta(minutes=30)
        return replace(shift, start=start.time())

    return replace(longshan(), shifts=tuple(earlier(shift) for shift in longshan().shifts))


def made_up(
    seed: int,
    *,
    stations: int = 3,
    segments: int = 14,
    inlets: int = 140,
    crews: int = 12,
    machines: int = 9,
    records: int = 0,
    lows: float = 0.2,
    overlap: int = 30,
    centre: tuple[float, float] = (113.31, 23.13),
    span: float = 0.03,
) -> Callable[[], City]:
    """Another district, drawn by ``seed``: other sizes, two shifts of twelve hours that overlap by
    so many minutes, few skills, and as many records as given.
    """

    @cache
    def city() -> City:
        draw = random.Random(seed)
        return _drawn(
            draw, stations, segments, inlets, crews, machines, records, lows, overlap, centre, span
        )

    return city


def _drawn(
    draw: random.Random,
    stations: int,
    segments: int,
    inlets: int,
    crews: int,
    machines: int,
    records: int,
    lows: float,
    overlap: int,
    centre: tuple[float, float],
    span: float,
) -> City:
    def somewhere() -> tuple[float, float]:
        return tuple(round(each + draw.uniform(-span, span), 6) for each in centre)

    shifts = _two_shifts(overlap)
    posts = tuple(
        Station(
            id=f"T{n}", name=f"第{n + 1}站", position=somewhere(), chief="站长", deputy="副站长"
        )
        for n in range(stations)
    )
    roads = tuple(_road(draw, n, posts, somewhere(), lows) for n in range(segments))
    drains = tuple(_inlet(draw, n, roads) for n in range(inlets))
    people = tuple(
        Crew(
            id=f"K{n:02d}",
            station_id=posts[n % stations].id,
            name=f"{n + 1}班",
            leader="班长",
            size=draw.choice((2, 3, 4, 4, 5, 6)),
            skills=("clearing", *draw.sample(("jetting", "pumping", "confined_space"), 2)),
            shift_id="day" if n % 5 < 3 else "dark",
        )
        for n in range(crews)
    )
    kinds = (
        "pump_truck",
        "jetting_truck",
        "suction_truck",
        "pump_truck",
        "sludge_truck",
        "loader",
        "flusher",
        "sweeper",
    )
    vehicles = tuple(
        Machine(
            id=f"V{n:02d}", station_id=posts[n % stations].id, kind=kinds[n % 8], plate=f"车{n}"
        )
        for n in range(machines)
    )
    drivers = tuple(
        Driver(id=f"{one.id}{shift.id}", machine_id=one.id, post="司机", shift_id=shift.id)
        for one in vehicles
        for shift in shifts
        if shift.id == "day" or one.kind == "pump_truck"
    )
    return City(
        district=District(adcode="220402", name="龙山区", sample=True),
        stations=posts,
        segments=roads,
        inlets=drains,
        shifts=shifts,
        crews=people,
        machines=vehicles,
        drivers=drivers,
        blockages=tuple(_blockage(draw, n, drains) for n in range(records)),
    )


def _two_shifts(overlap: int) -> tuple[Shift, Shift]:
    late = datetime.combine(date(2022, 7, 8), time(19)) + timedelta(minutes=overlap)
    early = datetime.combine(date(2022, 7, 8), time(7)) + timedelta(minutes=overlap)
    return (
        Shift(
            id="day",
            name="白班",
            start=time(7),
            end=late.time(),
            break_minutes=45,
            break_from=time(11),
            break_to=time(14),
        ),
        Shift(
            id="dark",
            name="夜班",
            start=time(19),
            end=early.time(),
            break_minutes=45,
            break_from=time(23),
            break_to=time(3),
        ),
    )


def _road(
    draw: random.Random, n: int, posts: tuple[Station, ...], at: tuple[float, float], lows: float
) -> Segment:
    nearest = min(
        posts, key=lambda one: (one.position[0] - at[0]) ** 2 + (one.position[1] - at[1]) ** 2
    )
    is_low = n == 0 or draw.random() < lows
    return Segment(
        id=f"L{n:03d}",
        road=f"路{n}",
        start_name="东",
        end_name="西",
        station_id=nearest.id,
        line=(at, (round(at[0] + 0.002, 6), round(at[1] + draw.uniform(-0.001, 0.001), 6))),
        importance=draw.choice((2, 3, 3, 4, 5)),
        guard=is_low or draw.random() < 0.15,
        low_lying=is_low,
    )


def _inlet(draw: random.Random, n: int, roads: tuple[Segment, ...]) -> Inlet:
    road = draw.choice(roads)
    (ax, ay), (bx, by) = road.line
    share = draw.random()
    return Inlet(
        id=f"G{n:04d}",
        segment_id=road.id,
        position=(round(ax + share * (bx - ax), 6), round(ay + share * (by - ay), 6)),
        cleaned_on=date(2022, 7, 8) - timedelta(days=draw.randrange(20, 200)),
    )


def _blockage(draw: random.Random, n: int, drains: tuple[Inlet, ...]) -> Blockage:
    drain = drains[int(len(drains) * draw.random() ** 2)]  # a few have most
    day = datetime(2022, 7, 8, 8, tzinfo=ZONE) - timedelta(days=draw.randrange(1, 800))
    is_open = n % 40 == 0
    return Blockage(
        id=f"R{n:04d}",
        inlet_id=drain.id,
        reported_at=day,
        cleared_at=None if is_open else day + timedelta(hours=6),
        cause="leaves",
        remedy=draw.choice(("hand", "hand", "jetting")),
    )


HILLY = made_up(7, records=90)
NO_RECORD = made_up(11, stations=2, segments=9, inlets=80, crews=7, machines=6, overlap=0)
SMALL_TOWN = made_up(23, stations=1, segments=6, inlets=60, crews=4, machines=3, records=25)
LARGE = made_up(
    3,
    stations=12,
    segments=200,
    inlets=3000,
    crews=60,
    machines=40,
    records=2500,
    lows=0.1,
    span=0.09,
)
