"""What is amiss in the district's tables that the import can't refuse: what stops planning, what
makes it worse. Pure.

The import refuses what contradicts itself; what is told here can be true, and is nearly always an
oversight.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

import numpy as np

from data.geo import EARTH_RADIUS_M, distance_m
from data.model.city import SANITATION, City, Crew, Machine, Position, Segment, Shift
from data.model.message import Message
from data.model.wall_clock import days_of_change, span_of
from ops.district.services import of_services

Course = tuple[Position, ...]
INLET_AWAY_M = 300.0
"""An inlet farther than this from its segment is likely written to the wrong one (a planning
assumption).
"""
STATION_AWAY_M = 15_000.0
"""A segment farther than this from its station (a planning assumption: half an hour's drive in a
town).
"""
HISTORY_OLD = timedelta(days=400)
"""Without a blockage for so long, the flood season before this one is missing (a planning
assumption).
"""
HOURS_AHEAD_DAYS = 62
"""So far ahead it is told which hours of the tables a change of clocks leaves out: before the
roster of that month is made (an assumption).
"""
NOBODY = frozenset(
    (
        "待定",
        "暂无",
        "无",
        "空缺",
        "未定",
        "-",
        "—",
        "/",
        "?",
        "？",
        "x",
        "xx",
        "none",
        "n/a",
        "tbd",
        "vacant",
    )
)
"""What people write where there is nobody yet."""


class Severity(IntEnum):
    """How much it matters."""

    STOPS = 0  # nothing can be planned
    WORSENS = 1  # plans are made, and something is left out or wrong
    NOTE = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is amiss.

    Attributes
    ----------
    code
        ``data_quality.<code>`` says what, ``data_quality.<code>_do`` what to do.
    sheet
        The table it is mended in.
    subjects
        The rows it is about, as people call them.
    places
        Where they are (WGS-84), as far as they are anywhere.
    """

    severity: Severity
    code: str
    sheet: str
    subjects: tuple[str | Message, ...] = ()
    places: tuple[Position, ...] = ()

    @property
    def message(self) -> Message:
        return Message(
            f"data_quality.{self.code}", {"n": len(self.subjects), "which": self.subjects}
        )

    @property
    def remedy(self) -> Message:
        return Message(f"data_quality.{self.code}_do")


def check_data_quality(city: City, today: date) -> tuple[Finding, ...]:
    """Everything that is amiss, the gravest first.

    Parameters
    ----------
    today
        The district's date, by which a history is old.
    """
    findings = [
        *_missing(city),
        *_people(city),
        *_machines(city),
        *_roads(city),
        *_places(city),
        *_names(city),
        *_history(city, today),
        *_service(city, today),
        *_hours(city, today),
    ]
    return tuple(sorted(findings, key=lambda finding: finding.severity))


def _about(
    severity: Severity, code: str, sheet: str, rows: Iterable[tuple[str | Message, Position | None]]
) -> Iterator[Finding]:
    """A finding about these rows, if there are any."""
    rows = list(rows)
    if rows:
        yield Finding(
            severity,
            code,
            sheet,
            tuple(name for name, _ in rows),
            tuple(place for _, place in rows if place),
        )


def _missing(city: City) -> Iterator[Finding]:
    for sheet in ("stations", "segments", "shifts", "crews"):
        if not getattr(city, sheet):
            yield Finding(Severity.STOPS, f"no_{sheet}", sheet)


def _people(city: City) -> Iterator[Finding]:
    with_crew = {crew.station_id for crew in city.crews}
    if city.crews:
        yield from _about(
            Severity.WORSENS,
            "station_without_crew",
            "crews",
            (
                (station.name, station.position)
                for station in city.stations
                if station.id not in with_crew
            ),
        )
    yield from _vacant_posts(city)
    yield from _about(
        Severity.WORSENS, "hours_uncovered", "shifts", ((span, None) for span in _gaps(city))
    )
    if any(blockage.remedy == "well_entry" for blockage in city.blockages) and not any(
        "confined_space" in crew.skills for crew in city.crews
    ):
        yield Finding(Severity.WORSENS, "no_well_crew", "crews")


def _vacant_posts(city: City) -> Iterator[Finding]:
    """Crews that nobody leads or who are one alone, stations that nobody leads or that can't be
    called.
    """
    yield from _about(
        Severity.WORSENS,
        "crew_without_leader",
        "crews",
        ((crew.name, _home(crew, city)) for crew in city.crews if _is_vacant(crew.leader)),
    )
    yield from _about(
        Severity.WORSENS,
        "crew_of_one",
        "crews",
        (
            (crew.name, _home(crew, city))
            for crew in of_services(city, (SANITATION,)).crews
            if crew.size < 2
        ),
    )
    yield from _about(
        Severity.WORSENS,
        "station_without_chief",
        "stations",
        (
            (station.name, station.position)
            for station in city.stations
            if _is_vacant(station.chief) or _is_vacant(station.deputy)
        ),
    )
    yield from _about(
        Severity.NOTE,
        "station_without_phone",
        "stations",
        ((station.name, station.position) for station in city.stations if not station.phone),
    )


def _home(thing: Crew | Machine | Segment, city: City) -> Position | None:
    """Where its station is, if there is such a station."""
    station = city.station_by_id.get(thing.station_id)
    return station.position if station else None


def _is_vacant(name: str) -> bool:
    return name.strip().lower() in NOBODY or not name.strip()


def _gaps(city: City) -> list[str]:
    """Times of day at which no crew is on duty, such as ``02:00—06:00``."""
    manned = {crew.shift_id for crew in city.crews}
    covered: set[int] = set()
    for shift in city.shifts:
        if shift.id in manned:
            covered.update(_minutes(shift))
    open_minutes = [minute for minute in range(1440) if minute not in covered] if covered else []
    starts = [minute for minute in open_minutes if (minute - 1) % 1440 not in open_minutes]
    return [
        f"{_clock(start)}—{_clock(start + _length(start, set(open_minutes)))}" for start in starts
    ]


def _minutes(shift: Shift) -> Iterator[int]:
    first, last = (moment.hour * 60 + moment.minute for moment in (shift.start, shift.end))
    return (minute % 1440 for minute in range(first, last if last > first else last + 1440))


def _length(start: int, minutes: set[int]) -> int:
    return next(n for n in range(1, 1441) if (start + n) % 1440 not in minutes)


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _machines(city: City) -> Iterator[Finding]:
    driven = {driver.machine_id for driver in city.drivers}
    yield from _about(
        Severity.WORSENS,
        "machine_without_driver",
        "drivers",
        (
            (machine.plate, _home(machine, city))
            for machine in city.machines
            if machine.id not in driven
        ),
    )
    kinds = {machine.kind for machine in city.machines if machine.id in driven}
    if "pump_truck" not in kinds:
        yield from _about(
            Severity.WORSENS,
            "no_pump",
            "machines",
            ((segment.road, segment.middle) for segment in city.segments if segment.low_lying),
        )
    yield from _about(
        Severity.WORSENS,
        "placed_short",
        "levels",
        ((name, None) for name in _placed_beyond(city, driven)),
    )


def _placed_beyond(city: City, driven: Collection[str]) -> Iterator[str]:
    """The levels that want more machines of a kind ready than can go out, such as ``III 2/1``."""
    there = Counter(machine.kind for machine in city.machines if machine.id in driven)
    kinds = {machine.id: machine.kind for machine in city.machines}
    for rule in city.levels:
        wanted: Counter[str] = Counter()
        for one in rule.placed:
            wanted[kinds.get(one.what, one.what)] += one.number
        for kind, number in wanted.items():
            if number > there[kind]:
                yield f"{rule.id} {number}/{there[kind]}"


def _roads(city: City) -> Iterator[Finding]:
    with_inlet = {inlet.segment_id for inlet in city.inlets}
    yield from _about(
        Severity.NOTE,
        "segment_without_inlet",
        "inlets",
        (
            (_segment(segment), segment.middle)
            for segment in city.segments
            if segment.id not in with_inlet
        ),
    )
    yield from _about(
        Severity.WORSENS,
        "segment_far_off",
        "segments",
        (
            (_segment(segment), segment.middle)
            for segment in city.segments
            if (home := _home(segment, city)) and distance_m(segment.middle, home) > STATION_AWAY_M
        ),
    )
    named = {post.segment_id for post in city.named_posts}
    yield from _about(
        Severity.NOTE,
        "post_unnamed",
        "named_posts",
        (
            (_segment(segment), segment.middle)
            for segment in city.segments
            if named and (segment.guard or segment.low_lying) and segment.id not in named
        ),
    )
    if city.segments and not any(
        segment.guard or segment.importance == 5 for segment in city.segments
    ):
        yield Finding(Severity.WORSENS, "no_key_road", "segments")


def _segment(segment: Segment) -> Message:
    return Message(
        "name.segment", {"road": segment.road, "start": segment.start_name, "end": segment.end_name}
    )


def _places(city: City) -> Iterator[Finding]:
    yield from _about(Severity.WORSENS, "inlet_far_off", "inlets", _far_off(city))
    ring = city.district.outline
    if len(ring) < 3:
        yield Finding(Severity.NOTE, "no_outline", "outline")
        return
    sheets: tuple[tuple[str, list[tuple[str | Message, Position]]], ...] = (
        ("stations", [(one.name, one.position) for one in city.stations]),
        ("segments", [(_segment(one), one.middle) for one in city.segments]),
        ("inlets", [(one.id, one.position) for one in city.inlets]),
    )
    for sheet, rows in sheets:
        within = inside(np.array([place for _, place in rows]).reshape(-1, 2), ring)
        yield from _about(
            Severity.WORSENS,
            f"{sheet}_outside",
            sheet,
            (row for row, is_in in zip(rows, within, strict=True) if not is_in),
        )


def _far_off(city: City) -> Iterator[tuple[str, Position]]:
    """The inlets that lie far from their segments."""
    at = {segment.id: row for row, segment in enumerate(city.segments)}
    inlets = [inlet for inlet in city.inlets if inlet.segment_id in at]
    if not inlets:
        return
    places = np.array([inlet.position for inlet in inlets])
    rows = np.array([at[inlet.segment_id] for inlet in inlets])
    away = _away_m(places, rows, [segment.line for segment in city.segments])
    for row in np.flatnonzero(away > INLET_AWAY_M).tolist():
        yield inlets[row].id, inlets[row].position


def _away_m(places: np.ndarray, rows: np.ndarray, lines: Sequence[Course]) -> np.ndarray:
    """How far each place (n x 2) is from the course that its row names, in metres; on a plane, as
    courses are short.
    """
    counts = np.array([len(line) - 1 for line in lines])
    firsts = np.cumsum(counts) - counts
    starts = np.concatenate([line[:-1] for line in lines])
    ends = np.concatenate([line[1:] for line in lines])
    each = counts[rows]
    begins = np.cumsum(each) - each
    of = np.repeat(np.arange(len(places)), each)
    stretch = firsts[rows][of] + np.arange(len(of)) - begins[of]
    metres = np.radians(1) * EARTH_RADIUS_M
    scale = np.column_stack((metres * np.cos(np.radians(places[of, 1])), np.full(len(of), metres)))
    along = (ends[stretch] - starts[stretch]) * scale
    to = (places[of] - starts[stretch]) * scale
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip((to * along).sum(axis=1) / length, 0.0, 1.0)
    away = np.hypot(*(to - share[:, None] * along).T)
    return np.asarray(np.minimum.reduceat(away, begins))


def inside(places: np.ndarray, ring: Course) -> np.ndarray:
    """Which places (n x 2) lie within a ring: a ray from one to the east meets the ring an odd
    number of times.
    """
    lon, lat = places[:, 0], places[:, 1]
    odd = np.zeros(len(places), dtype=bool)
    for (x1, y1), (x2, y2) in zip(ring, (*ring[1:], ring[0]), strict=True):
        if y1 != y2:
            across = (y1 > lat) != (y2 > lat)
            odd ^= across & (lon < x1 + (lat - y1) / (y2 - y1) * (x2 - x1))
    return odd


def _names(city: City) -> Iterator[Finding]:
    for code, sheet, names in (
        ("station_twice", "stations", [station.name for station in city.stations]),
        ("crew_twice", "crews", [crew.name for crew in city.crews]),
        ("plate_twice", "machines", [machine.plate for machine in city.machines]),
    ):
        yield from _about(
            Severity.WORSENS,
            code,
            sheet,
            ((name, None) for name, count in Counter(names).items() if count > 1),
        )


def _history(city: City, today: date) -> Iterator[Finding]:
    if not city.inlets:
        return
    if not city.blockages:
        yield Finding(Severity.NOTE, "no_history", "blockages")
    elif today - newest(city).date() > HISTORY_OLD:
        yield Finding(Severity.NOTE, "old_history", "blockages", (newest(city).date().isoformat(),))


def _service(city: City, today: date) -> Iterator[Finding]:
    """Inlets whose day of service is still to come, or later than what was done at them."""
    zone = ZoneInfo(city.district.time_zone)
    known: dict[str, list[date]] = defaultdict(list)
    for one in city.blockages:
        known[one.inlet_id].append(one.reported_at.astimezone(zone).date())
    yield from _about(
        Severity.NOTE,
        "service_late",
        "inlets",
        (
            (inlet.id, inlet.position)
            for inlet in city.inlets
            if inlet.in_service_on
            and inlet.in_service_on > min((today, inlet.cleaned_on or today, *known[inlet.id]))
        ),
    )


def _hours(city: City, today: date) -> Iterator[Finding]:
    """Hours of the tables of which nothing is left where the clock is put forward."""
    zone = ZoneInfo(city.district.time_zone)
    daily = {
        "shifts": [(one.name, one.start, one.end) for one in city.shifts],
        "patrol_beats": [(one.name, one.start, one.end) for one in city.patrol_beats],
        "dump_sites": [(one.name, one.opens, one.closes) for one in city.dump_sites],
    }
    days = days_of_change(today, HOURS_AHEAD_DAYS, zone)
    rows = [
        *((sheet, day, *one) for sheet, all_of in daily.items() for one in all_of for day in days),
        *(("watches", one.day, one.name, one.start, one.end) for one in city.watches),
    ]
    left_out: dict[str, list[str]] = defaultdict(list)
    for sheet, day, name, start, end in rows:
        begin, over = span_of(day, start, end, zone)
        if begin >= over:
            left_out[sheet].append(f"{name} {start:%H:%M}—{end:%H:%M} ({day})")
    for sheet, subjects in left_out.items():
        yield from _about(Severity.NOTE, "hours_left_out", sheet, ((one, None) for one in subjects))


def newest(city: City) -> datetime:
    """When the latest blockage was reported."""
    return max(blockage.reported_at for blockage in city.blockages)
