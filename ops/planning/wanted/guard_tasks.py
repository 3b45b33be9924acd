"""The watches of a storm: low points and key points guarded, low points pumped, other wet roads
watched by who is free, a crew kept ready at each station. Pure.

A watch is cut at clock hours, so that it can be left for something graver, and each part ends at
its hour whenever it is taken up: who comes late still mans the post from then on.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import compress
from zoneinfo import ZoneInfo

from data.model.city import City, Position, Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind
from data.model.wall_clock import clock_at
from ops.planning.context import PUMP_M3_PER_HOUR, Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.tiers import BY_LEVEL, Tier, duty_points, gain_points
from ops.planning.wanted.task_types import TASK_TYPES, team_of
from ops.planning.wanted.tasks import Task, told_of
from ops.risk.stop_work import Span

AT_LOW_POINTS = (Tier.LOW_POINT, Tier.LOW_PUMP)
_Reach = tuple[tuple[Segment, frozenset[str]], ...]
"""Roads that are no posts, and the stations whose reserves reach them in time."""

MINUTE = timedelta(minutes=1)
LATE_SHARE = 0.95
"""Of a watch's worth, what coming at its last useful minute costs: late is better than never."""
CALM_SHARE, DRY_SHARE, LATER_SHARE = 0.5, 0.02, 0.002
"""Of a duty's worth, what it keeps in an hour of drizzle, for the heavy hours are manned first; of
a low point's in a dry hour; and of another post's as long as its people can still open inlets.
"""
FILLING_SHARE, DOWNPOUR_SHARE, PUMP_SHARE = 10.0, 30.0, 45.0
"""Of a low point's worth, what it has for its crew while it fills: more than water elsewhere that
floods no street; in a downpour that endangers people there: more than any that does not; and so for
its pump in either.
"""


def watches(storm: Storm, units: dict[str, Availability]) -> Iterator[Task]:
    """Every watch that the storms of the horizon ask for.

    Parameters
    ----------
    units
        Who is on duty: no more roads are watched than there are people for it.
    """
    spans = [span for start, end in storm.rain.storms for span in watch_spans(storm, start, end)]
    at_low_points = list(_until_gone(storm))
    if not at_low_points:
        return
    posts = [(segment, storm.post_tier(segment)) for segment in _by_water(storm)]
    pumps = _pump_trucks(storm)
    crews = len({unit.resource_id for unit in units.values() if unit.machine_kind is None})
    roads = round(crews * storm.work.watched_roads)
    others = [segment for segment, tier in posts if tier is None]
    watched = _known_first(storm, JobKind.GUARD, others)[:roads]
    lows = [segment for segment, tier in posts if tier is Tier.LOW_POINT]
    lows = _by_use_of_a_pump(storm, lows, max(pumps, default=PUMP_M3_PER_HOUR))
    pumped = _known_first(storm, JobKind.PUMP, lows)
    reach = _reach(storm, others)
    for span in at_low_points:
        for segment, tier in posts:
            if tier is Tier.LOW_POINT:
                yield _guard(storm, segment, span, tier)
        yield from _pumps(storm, pumped, pumps, span)
    for span in spans:
        for segment, tier in posts:
            if tier not in (None, Tier.LOW_POINT):
                yield _guard(storm, segment, span, tier)
        for segment in watched:
            told = _is_told(storm, segment, span)
            if told or storm.worth.guarding(segment, *span) >= storm.work.least_gain:
                yield _guard(storm, segment, span, Tier.GAIN)
        yield from _reserves(storm, span, reach)


def _until_gone(storm: Storm) -> Iterator[Span]:
    """The watches of the low points: in the rain, and after a downpour until its water has gone or
    the next storm is prepared for.
    """
    lead = timedelta(minutes=storm.work.guard_lead_minutes)
    onsets = [onset - lead for onset, _ in storm.rain.storms]
    for start, end in storm.rain.storms:
        gone = max((until for hour, until in storm.flooded if hour < end), default=end)
        until = min([gone, *(onset for onset in onsets if onset >= end)])
        yield from watch_spans(storm, start, max(end, until))


def guarded_roads(storm: Storm, units: dict[str, Availability]) -> frozenset[str]:
    """The roads that can be counted on to be guarded through the first storm: low points, then key
    points, as many as there are squads on duty when it begins.
    """
    if not storm.rain.storms:
        return frozenset()
    begin = max(storm.now, storm.rain.storms[0][0])
    squads = sum(
        unit.machine_kind is None and unit.start <= begin < unit.end for unit in units.values()
    )
    posts = [(storm.post_tier(segment), segment) for segment in _by_water(storm)]
    sure = [
        segment for tier in (Tier.LOW_POINT, Tier.POST) for own, segment in posts if own is tier
    ]
    return frozenset(segment.id for segment in sure[:squads])


def _by_water(storm: Storm) -> list[Segment]:
    """The roads by the water to be expected on them, the wettest first."""
    water = {segment.id: storm.worth.unattended(segment) for segment in storm.city.segments}
    return sorted(storm.city.segments, key=lambda segment: (-water[segment.id], segment.id))


def _by_use_of_a_pump(storm: Storm, roads: list[Segment], m3_per_hour: float) -> list[Segment]:
    """The roads by what such a pump takes off them in all storms, the most first."""
    end = storm.worth.ends_at or storm.now
    use = {road.id: storm.worth.pumping(road, m3_per_hour, storm.now, end) for road in roads}
    return sorted(roads, key=lambda road: -use[road.id])


def _known_first(storm: Storm, kind: JobKind, roads: Iterable[Segment]) -> list[Segment]:
    """The roads in their order, before them those that the plan in force mans, then those that it
    was asked to: a road is no reason to move anybody because another one was cleared meanwhile.
    """
    known = storm.known_posts
    return sorted(
        roads, key=lambda road: (not known.get((kind, road.id)), (kind, road.id) not in known)
    )


def _is_told(storm: Storm, segment: Segment, span: Span) -> bool:
    """Whether the plan in force has a guard there then."""
    manned = storm.known_posts.get((JobKind.GUARD, segment.id), ())
    return any(start < span[1] and span[0] < end for start, end in manned)


def _pump_trucks(storm: Storm) -> list[float]:
    """What each pump truck takes, m3/h, the strongest first; one without a driver is asked for all
    the same, so that it is told.
    """
    trucks = [machine.id for machine in storm.city.machines if machine.kind == "pump_truck"]
    return sorted((pump_capacity(truck, storm.city) for truck in trucks), reverse=True)


def pump_capacity(machine_id: str, city: City) -> float:
    """What a pump truck takes; one whose capacity the tables do not say, or that they do not know,
    is a small one.
    """
    truck = city.machine_by_id.get(machine_id)
    return (truck.capacity if truck else None) or PUMP_M3_PER_HOUR


def _guard(storm: Storm, segment: Segment, span: Span, tier: Tier) -> Task:
    why = Message("why.watch" if tier is Tier.GAIN else "why.guard")
    hours = storm.worth.guarding(segment, *span)
    return _on_road(storm, segment, JobKind.GUARD, span, tier, hours, why)


def _pumps(
    storm: Storm, roads: Sequence[Segment], trucks: Sequence[float], span: Span
) -> Iterator[Task]:
    """A pump at every low point: a duty at as many as there are trucks for; at the others what it
    takes off, so that whoever has to do without one is told, and what one more truck would do.
    """
    for segment, m3_per_hour in zip(roads, trucks, strict=False):
        yield _pump(storm, segment, span, m3_per_hour, Tier.LOW_PUMP)
    for segment in roads[len(trucks) :]:
        yield _pump(storm, segment, span, min(trucks, default=PUMP_M3_PER_HOUR), Tier.GAIN)


def _pump(storm: Storm, segment: Segment, span: Span, m3_per_hour: float, tier: Tier) -> Task:
    hours = storm.worth.pumping(segment, m3_per_hour, *span)
    return _on_road(storm, segment, JobKind.PUMP, span, tier, hours, Message("why.pump"))


def _on_road(
    storm: Storm,
    segment: Segment,
    kind: JobKind,
    span: Span,
    tier: Tier,
    hours: float,
    why: Message,
) -> Task:
    risk = storm.risk_by_segment.get(segment.id)
    return _watch(
        storm,
        kind,
        (segment.id, name_of_span(storm, span)),
        span,
        tier,
        hours,
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        risk=risk.score if risk else None,
        why=(why, *storm.warned, *told_of(risk)),
    )


def _reserves(storm: Storm, span: Span, reach: _Reach) -> Iterator[Task]:
    """A crew kept ready at each station while it rains, for what nobody foresaw."""
    wanted = storm.level.reserves if storm.level else 1
    tier = Tier.STANDBY if storm.level else Tier.GAIN
    saved = _saved_by_reserves(storm, span, reach)
    for station in storm.city.stations:
        hours = saved[station.id]
        for number in range(1, wanted + 1):
            yield _watch(
                storm,
                JobKind.RESERVE,
                (station.id, name_of_span(storm, span)),
                span,
                tier,
                hours / number,
                segment_id=None,
                station_id=station.id,
                position=station.position,
                risk=None,
                why=(Message("why.reserve"), *storm.warned),
                number=number,
            )


def _saved_by_reserves(storm: Storm, span: Span, reach: _Reach) -> dict[str, float]:
    """What a crew at each station saves on the roads within its reach that are no posts; each is
    saved by one of those that reach it.
    """
    hours = dict.fromkeys((station.id for station in storm.city.stations), 0.0)
    for segment, stations in reach:
        share = storm.worth.guarding(segment, *span) / len(stations)
        for station in stations:
            hours[station] += share
    return {station: storm.worth.settings.reserve_share * each for station, each in hours.items()}


def _reach(storm: Storm, segments: list[Segment]) -> _Reach:
    """The roads that reserves reach, each with their stations."""
    stations, within = storm.city.stations, storm.worth.settings.reach_minutes * 60
    ways = storm.way_seconds(
        [segment.middle for segment in segments], [station.position for station in stations]
    )
    return tuple(
        (segment, frozenset(compress((station.id for station in stations), row)))
        for segment, row in zip(segments, ways <= within, strict=True)
        if row.any()
    )


def _watch(
    storm: Storm,
    kind: JobKind,
    parts: tuple[str, ...],
    span: Span,
    tier: Tier,
    hours: float,
    *,
    segment_id: str | None,
    station_id: str,
    position: Position,
    risk: int | None,
    why: tuple[Message, ...],
    number: int = 1,
) -> Task:
    """One part of a watch: worth its minutes and the rain in them, whoever comes when."""
    start, end = span
    due = _due(storm, span, tier)
    minutes = (end - due) / MINUTE
    road = storm.city.segment_by_id.get(segment_id or "")
    pressing = _pressing(storm, (due, end), tier, road)
    points = duty_points(tier, minutes * pressing) + gain_points(hours)
    shortest = min(storm.work.watch_minutes, int(minutes))
    most = round(LATE_SHARE * points)
    return Task(
        id=str(JobId(kind, parts).numbered(number)),
        kind=kind,
        phase=TASK_TYPES[kind].phase,
        segment_id=segment_id,
        station_id=station_id,
        position=position,
        inlet_ids=(),
        minutes=shortest,
        until=end,
        spans=((start, end - shortest * MINUTE),),
        due_at=due,
        points=points,
        late_points=round(points / (60 * max(minutes, 1))),
        late_most=most,
        needs=team_of(kind, storm, road),
        tier=tier,
        risk=risk,
        why=why,
    )


def _due(storm: Storm, span: Span, tier: Tier) -> datetime:
    """From when on it costs that nobody is there: who is free stands there before the rain, but
    until it begins opening inlets prevents more; low points are manned with a margin, for ways and
    works last longer than planned now and then.
    """
    onset = next((start for start, _ in storm.rain.storms if span[0] < start < span[1]), None)
    if onset is None:
        return span[0]
    margin = storm.work.low_lead_minutes if tier in AT_LOW_POINTS else 0
    return max(span[0], onset - margin * MINUTE)


def _pressing(storm: Storm, span: Span, tier: Tier, road: Segment | None) -> float:
    """How much of a duty's worth this hour has, by its rain; 1 in full rain.

    A low point is manned as soon as it may be wet, and kept while it fills. Other posts wait for
    rain that a forecast sees and that is more than a drizzle: until then their people open inlets.
    What only the level adds waits until nobody may open any: a level takes no hand from work that
    prevents more.
    """
    hours = (span[1] - span[0]) / timedelta(hours=1)
    wet = min(1.0, storm.worth.water_hours(*span) / hours) if hours else 0.0
    if tier in AT_LOW_POINTS:
        if road and storm.endangers(road) and (kept := _kept_share(storm, span, tier, road)):
            return kept
        is_due, share = bool(wet), DRY_SHARE
    else:
        seen = bool(wet) and _seen_mm_h(storm, span) >= storm.work.drizzle_mm_h
        is_due, share = seen and not _waits(storm, span, tier), LATER_SHARE
    return CALM_SHARE + (1 - CALM_SHARE) * wet if is_due else share


def _kept_share(storm: Storm, span: Span, tier: Tier, road: Segment) -> float | None:
    """What a low point has of its worth while its people and pumps leave it for little."""
    if not storm.keeps(road, span):
        return None
    if tier is Tier.LOW_PUMP:
        return PUMP_SHARE
    return DOWNPOUR_SHARE if storm.in_downpour(span) else FILLING_SHARE


def _waits(storm: Storm, span: Span, tier: Tier) -> bool:
    """Whether this is asked for by the level alone, and inlets may still be opened then."""
    return tier in BY_LEVEL and bool(storm.open_ground(*span))


def _seen_mm_h(storm: Storm, span: Span) -> float:
    """The most rain in an hour that this span touches, as far as a fresh forecast tells."""
    seen = dict(storm.rain.seen)
    hour = timedelta(hours=1)
    return max(
        (
            min(mm, seen.get(start, mm))
            for start, mm in storm.rain.hours
            if start < span[1] and span[0] < start + hour
        ),
        default=0.0,
    )


def watch_spans(
    storm: Storm, onset: datetime, end: datetime, lead: timedelta | None = None
) -> list[Span]:
    """A storm cut at clock hours and where shifts change, without what is left of this hour where
    nobody who reads the order now could still be there.

    The lead before the rain is one with its first hour: cut off, it sent somebody across the
    district for a quarter of an hour, to be relieved as the rain began.

    Parameters
    ----------
    lead
        Before the rain, where that is a duty of its own and cut like the storm.
    """
    before = timedelta(minutes=storm.work.guard_lead_minutes) if lead is None else lead
    start = max(storm.now, onset - before)
    if end - start < MINUTE:  # works are counted in whole minutes
        return []
    shortest = timedelta(minutes=storm.work.watch_minutes)
    cuts = [start]
    changes = _shift_changes(storm)
    for cut in _clock_cuts(start, end, storm):
        leads = lead is None and cut <= onset and _local_time(cut, storm) not in changes
        if cut - cuts[-1] >= shortest and end - cut >= shortest and not leads:
            cuts.append(cut)
    spans = list(zip(cuts, [*cuts[1:], end], strict=True))
    within = storm.now + timedelta(minutes=storm.work.turnout_minutes) + shortest
    return spans[1:] if spans[0][1] < within and spans[0][0] == storm.now else spans


def _clock_cuts(start: datetime, end: datetime, storm: Storm) -> list[datetime]:
    """Clock hours, and the hours at which shifts change: a watch that spans a change could be
    nobody's.
    """
    zone = ZoneInfo(storm.city.district.time_zone)
    hours = frozenset(time(hour) for hour in range(0, 24, storm.work.guard_hours))
    clocks = hours | _shift_changes(storm)
    first, last = (at.astimezone(zone).date() for at in (start, end))
    days = [first + timedelta(days=n) for n in range(-1, (last - first).days + 1)]
    marks = sorted({mark for day in days for mark in _marks(day, clocks, zone)})
    return [mark for mark in marks if mark < end]


@lru_cache
def _marks(day: date, clocks: frozenset[time], zone: tzinfo) -> frozenset[datetime]:
    """When the clock shows these on a day: asked of the same few days for every road."""
    return frozenset(clock_at(day, clock, zone) for clock in clocks)


def _shift_changes(storm: Storm) -> frozenset[time]:
    return frozenset(shift.start.replace(second=0, microsecond=0) for shift in storm.city.shifts)


def _local_time(at: datetime, storm: Storm) -> time:
    return at.astimezone(ZoneInfo(storm.city.district.time_zone)).time()


def name_of_span(storm: Storm, span: Span) -> str:
    """Names a watch by the last cut before its middle, so that an onset a few minutes later keeps
    the name.
    """
    middle = span[0] + (span[1] - span[0]) / 2
    cut = max(cut for cut in _clock_cuts(span[0], span[1], storm) if cut <= middle)
    return f"{cut.astimezone(ZoneInfo(storm.city.district.time_zone)):%m%dT%H%M}"
