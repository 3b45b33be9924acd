"""What a plan prevents, and what a station chief would find in it, by figures of its own.

Nothing here knows what the program holds a job to be worth: a plan is judged by who is where when.
How far a guard reaches is the setting's, for that is no worth.
Posts may be long or cut into hours, of a guard, a pump or both; crews may go out whole or in
squads.

The model: an inlet is blocked with a probability that comes from its own record and the time since
it was cleaned; the rain brings half as much again, spread by its hours; clearing takes nine tenths
away; a crew at a post reopens what is near within twenty minutes; else it stays blocked until the
water has gone. The sum over inlets and hours, weighted by the road, is in blocked-inlet-hours.

A first model of the same words gave, for the sample under yellow, 465 where nothing is done and
196, 221, 131 and 101 for four ways of planning; this one gave 464, and 196, 217, 132 and 102, when
both let a guard reopen his whole road and what lay within 250 m of him.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from data.geo import distance_m
from data.model.city import City, Crew, Position, Segment
from data.model.ids import CALLED_IN, JobId, UnitId
from data.model.plan import Assignment, JobKind, PlanVersion, UnitKind
from ops.district.rosters import turns
from ops.planning.on_duty.travel_times import TravelSettings, travel_seconds
from ops.risk.parameters import WorthSettings

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEP = 5 * MINUTE
AT_POST = (JobKind.GUARD, JobKind.PUMP)
CLEARS = (JobKind.CLEAR, JobKind.JET, JobKind.WELL, JobKind.DESILT)
NEAR = 20 * MINUTE
"""Whoever could be there in so long is "beside" a post or work that is wanted."""
IDLE = 30 * MINUTE
"""A shorter wait between two jobs is no idleness."""
LONGEST_REST = 75 * MINUTE
"""What is longer is the time within which a crew eats by turns at its post."""
READ = 10 * MINUTE
"""Nobody sets out sooner after a plan: it must be read."""
WANTED_FROM = 0.1
"""An inlet that is blocked with at least this probability is worth a crew that stands idle."""
STOP_MM_H = {None: 8.0, "blue": 8.0, "yellow": 2.5, "orange": 0.1, "red": 0.1}
"""Rain from which open-ground work stops, by the colour of the warning that stands."""
Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """What blocked-inlet-hours are counted with; every figure an assumption.

    Attributes
    ----------
    prior_per_year, prior_years
        Blockages of an inlet in a year where nothing is known, and what that weighs in inlet-years.
    half_life_days
        A record so old counts half.
    never_cleaned_days
        Taken for an inlet that nobody ever cleaned.
    cleared_share
        What a clearing takes of the probability.
    rain_share
        What the rain adds, as a share of the probability before it, spread by its amounts.
    reopened_minutes
        Whoever is at a post finds and reopens a blocked inlet near it after so long on average.
    near_m
        What is "near": within so many metres of the post, on its road or another; the setting's,
        for a guard reaches no farther here than plans count on.
    recede_hours
        The water has gone so long after the rain, evenly.
    wet_mm
        An hour with at least so much rain is wet.
    low_factor
        Weight of low ground.
    """

    prior_per_year: float = 0.8
    prior_years: float = 2.0
    half_life_days: float = 365.0
    never_cleaned_days: float = 90.0
    cleared_share: float = 0.9
    rain_share: float = 0.5
    reopened_minutes: float = 20.0
    near_m: float = WorthSettings().near_m
    recede_hours: float = 2.0
    wet_mm: float = 1.0
    low_factor: float = 1.25


MODEL = Model()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What really happened in a situation: the rain that fell, from ``now`` on.

    ``colours`` are the rain warnings with the instants from which they stood; ``outages`` the crews
    and machines out of action, and since when; ``shut`` the roads that nobody gets into, and since
    when; ``guarded`` the segments that are to be manned.
    """

    city: City
    now: datetime
    rain: Mapping[datetime, float]
    colours: tuple[tuple[datetime, str | None], ...] = ()
    outages: Mapping[str, datetime] = field(default_factory=dict)
    shut: Mapping[str, datetime] = field(default_factory=dict)
    guarded: frozenset[str] = frozenset()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.district.time_zone)

    @cached_property
    def wet(self) -> dict[datetime, float]:
        """Wet hours that are not over at ``now``, in order."""
        return {
            hour: mm
            for hour, mm in sorted(self.rain.items())
            if mm >= MODEL.wet_mm and hour + HOUR > self.now
        }

    @cached_property
    def onset(self) -> datetime | None:
        return next((max(hour, self.now) for hour in self.wet), None)

    @cached_property
    def end(self) -> datetime | None:
        """The rain's end."""
        return max(self.wet, default=None) and max(self.wet) + HOUR

    @cached_property
    def heavy_from(self) -> datetime | None:
        """The first hour with half of the peak."""
        most = max(self.wet.values(), default=0.0)
        return next((hour for hour, mm in self.wet.items() if mm >= most / 2), None)

    def colour(self, at: datetime) -> str | None:
        """The last warning that stood then."""
        return next((colour for since, colour in reversed(self.colours) if since <= at), None)

    def is_shut(self, segment_id: str, at: datetime) -> bool:
        return segment_id in self.shut and self.shut[segment_id] <= at

    def is_wet(self, at: datetime) -> bool:
        return hour_of(at) in self.wet

    def may_clear(self, at: datetime) -> bool:
        """Whether the rain of the hour lets people work on open ground."""
        return self.rain.get(hour_of(at), 0.0) < STOP_MM_H[self.colour(at)]


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def steps(start: datetime, end: datetime) -> Iterator[datetime]:
    while start < end:
        yield start
        start += STEP


@lru_cache(100_000)
def way(a: Position, b: Position) -> timedelta:
    return timedelta(seconds=int(travel_seconds((a,), TravelSettings(), (b,))[0, 0]))


# --- blocked-inlet-hours -------------------------------------------------------------------------


def blocked_now(city: City, now: datetime) -> dict[str, float]:
    """Probability that each inlet is blocked, by its record and the days since it was cleaned."""
    records = defaultdict(list)
    for one in city.blockages:
        if one.reported_at <= now:
            records[one.inlet_id].append(one)
    first = min((one.reported_at for each in records.values() for one in each), default=now)
    whole = MODEL.half_life_days / 365 / math.log(2)  # what an endless record weighs, in years
    years = min(whole, (now - first) / timedelta(days=365))
    found = {}
    for inlet in city.inlets:
        mine = records[inlet.id]
        if any(one.is_open(now) for one in mine):
            found[inlet.id] = 1.0
            continue
        weight = sum(
            0.5 ** ((now - one.reported_at) / timedelta(days=MODEL.half_life_days)) for one in mine
        )
        rate = (weight + MODEL.prior_per_year * MODEL.prior_years) / (years + MODEL.prior_years)
        cleaned = [one.cleared_at for one in mine if one.cleared_at]
        if inlet.cleaned_on:
            cleaned.append(datetime.combine(inlet.cleaned_on, time(), now.tzinfo))
        days = (now - max(cleaned)) / timedelta(days=1) if cleaned else MODEL.never_cleaned_days
        found[inlet.id] = 1 - math.exp(-rate * min(max(days, 0.0), 365.0) / 365)
    return found


def road_weight(segment: Segment) -> float:
    return segment.importance / 5 * (MODEL.low_factor if segment.low_lying else 1.0)


def is_manned(job: Assignment) -> bool:
    """Whether a crew stands at the place; a pump truck alone is no guard."""
    return job.kind in AT_POST and any(one.kind is UnitKind.CREW for one in job.members)


def _hour_weights(case: Case) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each step from the onset until the water has gone: its instant (seconds since ``now``),
    its weight plain and by rain; a wet hour 1, afterwards falling evenly to 0.
    """
    assert case.onset is not None
    assert case.end is not None
    recede, mean = MODEL.recede_hours * HOUR, sum(case.wet.values()) / len(case.wet)
    at, plain, by_rain = [], [], []
    for step in steps(case.onset, case.end + recede):
        last = max((hour for hour in case.wet if hour <= step), default=case.onset)
        gone = max(0.0, 1 - max(step - last - HOUR, timedelta(0)) / recede)
        at.append((step - case.now).total_seconds())
        plain.append(gone)
        by_rain.append(gone * case.wet.get(last, 0.0) / mean)
    return np.array(at), np.array(plain), np.array(by_rain)


def blocked_hours(
    case: Case, jobs: Iterable[Assignment], ideal: bool = False
) -> tuple[float, float]:
    """Weighted blocked-inlet-hours under these jobs, every hour of rain alike and by its amount.

    ``ideal``: every inlet clean when the rain begins, every road guarded.
    """
    if case.onset is None or not case.city.inlets:
        return 0.0, 0.0
    at, plain, by_rain = _hour_weights(case)
    index = {inlet.id: i for i, inlet in enumerate(case.city.inlets)}
    prior = blocked_now(case.city, case.now)
    start = np.array([prior[inlet.id] for inlet in case.city.inlets])
    weights = np.array(
        [road_weight(case.city.segment_by_id[one.segment_id]) for one in case.city.inlets]
    )
    cleared, guarded = _cleared(case, jobs, index), _guarded(case, jobs, at)
    blocked = start * (0.0 if ideal else 1.0)
    total, done = np.zeros(2), 0
    step_s, whole = STEP.total_seconds(), sum(case.wet.values())
    reopened = math.exp(-(STEP / MINUTE) / MODEL.reopened_minutes)
    for i, second in enumerate(at):
        mm = case.rain.get(hour_of(case.now + timedelta(seconds=float(second))), 0.0)
        new = start * MODEL.rain_share * mm * (STEP / HOUR) / whole
        blocked = blocked + (1 - blocked) * new
        while done < len(cleared) and cleared[done][0] < second + step_s:
            blocked[cleared[done][1]] *= 1 - MODEL.cleared_share
            done += 1
        blocked = np.where(guarded[:, i] | ideal, blocked * reopened, blocked)
        total += (blocked @ weights) * (STEP / HOUR) * np.array([plain[i], by_rain[i]])
    return float(total[0]), float(total[1])


def clears(job: Assignment) -> bool:
    """Whether the inlets of a job are open once it has ended."""
    return job.kind in CLEARS and not job.is_broken_off


def _cleared(case: Case, jobs: Iterable[Assignment], index: dict[str, int]) -> list:
    """When each inlet is cleared: seconds since ``now`` and its place in the table, in order."""
    return sorted(
        ((job.end_at - case.now).total_seconds(), index[inlet_id])
        for job in jobs
        if clears(job)
        for inlet_id in job.inlet_ids
        if inlet_id in index
    )


def _guarded(case: Case, jobs: Iterable[Assignment], at: np.ndarray) -> np.ndarray:
    """Which inlets a crew at a post watches, at each step."""
    inlets = case.city.inlets
    found = np.zeros((len(inlets), len(at)), dtype=bool)
    near: dict[str, np.ndarray] = {}
    for job in jobs:
        if not is_manned(job) or job.segment_id not in case.city.segment_by_id:
            continue
        if job.segment_id not in near:
            post = case.city.segment_by_id[job.segment_id].middle
            near[job.segment_id] = np.array(
                [distance_m(post, one.position) <= MODEL.near_m for one in inlets]
            )
        begin, until = ((each - case.now).total_seconds() for each in (job.start_at, job.end_at))
        found |= np.outer(near[job.segment_id], (begin <= at) & (at < until))
    return found


# --- who is free when ----------------------------------------------------------------------------


def crew_of(unit_id: str) -> str:
    """The crew's or machine's own id."""
    return UnitId.parse(unit_id).resource_id.removesuffix(CALLED_IN)


def unit_key(unit_id: str) -> str:
    """What is in one place at one time: a crew, or a squad of one, without its turn of duty."""
    return getattr(UnitId.parse(unit_id), "team", crew_of(unit_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """A crew or squad on duty with nothing to do: where it stands, and where it must be next."""

    unit: str
    start: datetime
    end: datetime
    position: Position
    next_at: datetime | None = None
    next_position: Position | None = None

    def could_man(self, place: Position, at: datetime) -> bool:
        """Whether it could be there then, and still be in time for what comes next."""
        there = way(self.position, place)
        leave = self.end
        if self.next_at is not None and self.next_position is not None:
            leave = self.next_at - way(place, self.next_position)
        return there <= NEAR and self.start + there <= at < leave

    def is_near(self, place: Position, at: datetime) -> bool:
        return self.start <= at < self.end and way(self.position, place) <= NEAR


def executed(versions: Sequence[PlanVersion]) -> list[Assignment]:
    """What was done and is planned last: of each version what ended before the next one was made,
    or was broken off then, and all of the last.
    """
    found = {}
    for version, following in itertools.pairwise(versions):
        kept = {(job.job_id, job.start_at) for job in following.assignments}
        for job in version.assignments:
            if job.end_at <= following.made_at:
                found[job.job_id, job.start_at] = job
            elif job.start_at < following.made_at and (job.job_id, job.start_at) not in kept:
                found[job.job_id, job.start_at] = replace(job, end_at=following.made_at)
    for job in versions[-1].assignments:
        found[job.job_id, job.start_at] = job
    return sorted(found.values(), key=lambda job: (job.start_at, job.job_id))


def duty_spans(crew: Crew, city: City, start: datetime, end: datetime) -> Iterator[Interval]:
    """The turns of a crew, by roster, rotation and shift, that overlap a span."""
    day = start.astimezone(ZoneInfo(city.district.time_zone)).date() - timedelta(days=1)
    days = [day + timedelta(days=n) for n in range((end - start).days + 3)]
    for turn in turns(crew, days, city):
        if turn.start < end and turn.end > start:
            yield max(turn.start, start), min(turn.end, end)


def free_spans(
    case: Case,
    jobs: Sequence[Assignment],
    rests: Iterable[tuple[str, datetime, datetime]],
    until: datetime,
) -> list[Free]:
    """Every wait of ``IDLE`` and more of every crew or squad on its shift, between the first plan
    and ``until``, by these jobs.
    """
    busy: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for job in jobs:
        for one in job.members:
            if one.kind is UnitKind.CREW:
                mine = busy[crew_of(one.unit_id)]
                mine[unit_key(one.unit_id)].append((one.leave_at, job.end_at, job))
    for unit_id, begin, end in rests:
        if end - begin <= LONGEST_REST:
            busy[crew_of(unit_id)][unit_key(unit_id)].append((begin, end, None))
    found: list[Free] = []
    for crew in case.city.crews:
        out, mine = case.outages.get(crew.id, until), busy[crew.id]
        for begin, end in duty_spans(crew, case.city, case.now + READ, min(until, out)):
            for unit in units_of(crew.id, mine):
                whole = mine.get(crew.id, []) if unit != crew.id else []
                jobs_of = [*mine.get(unit, []), *whole]
                found += _gaps(case, unit, crew.station_id, (begin, end), jobs_of)
    return found


def units_of(crew_id: str, seen: Iterable[str]) -> list[str]:
    """The squads of a crew, by what the plan calls them; the crew itself where it has none."""
    squads = sorted(set(seen) - {crew_id})
    if not squads:
        return [crew_id]
    return squads if len(squads) > 1 else [*squads, f"{crew_id} (rest)"]


def _gaps(case: Case, unit: str, station_id: str, duty: Interval, busy: list) -> Iterator[Free]:
    free, position = duty[0], case.city.station_by_id[station_id].position
    inside = sorted(
        (one for one in busy if one[1] > duty[0] and one[0] < duty[1]), key=lambda one: one[:2]
    )
    before = [one for one in busy if one[1] <= duty[0] and one[2] is not None]
    if before:
        position = place_of(case, max(before, key=lambda one: one[1])[2], position)
    for leave, end, job in (*inside, (duty[1], duty[1], None)):
        if leave - free >= IDLE:
            known = job is not None
            yield Free(
                unit=unit,
                start=free,
                end=leave,
                position=position,
                next_at=job.start_at if known else None,
                next_position=place_of(case, job, position) if known else None,
            )
        if job is not None:
            position = place_of(case, job, position)
        free = max(free, end)


def place_of(case: Case, job: Assignment, otherwise: Position) -> Position:
    if job.segment_id in case.city.segment_by_id:
        return case.city.segment_by_id[job.segment_id].middle
    station = case.city.station_by_id.get(job.station_id)
    return station.position if station else otherwise


# --- what a chief would find ---------------------------------------------------------------------


def manned_spans(jobs: Iterable[Assignment]) -> dict[str, list[Interval]]:
    """When a crew stands at each segment."""
    found = defaultdict(list)
    for job in jobs:
        if is_manned(job) and job.segment_id:
            found[job.segment_id].append((job.start_at, job.end_at))
    return found


def holds(spans: Iterable[Interval], at: datetime) -> bool:
    return any(begin <= at < end for begin, end in spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Crew-minutes for which posts were unmanned while it rained.

    ``needless``: of the low points, those for which a crew was free within ``NEAR``, one that was
    only being ready included; ``where`` says which, when, and who. ``for_less``: those for which
    one was free or stood at a post that is no low point.
    """

    low: float
    key: float
    needless: float
    for_less: float
    where: tuple[tuple[str, datetime, str], ...]


def is_less(case: Case, job: Assignment) -> bool:
    """Whether a job is a post that is no low point, and without water: of a lesser road, or being
    ready.
    """
    segment = case.city.segment_by_id.get(job.segment_id or "")
    is_low = segment is not None and segment.low_lying
    return job.kind.is_post and not is_low and JobId.parse(job.job_id).incident_id is None


def unmanned(
    case: Case, jobs: Sequence[Assignment], free: Sequence[Free], for_less: Sequence[Free]
) -> Posts:
    """What was unmanned while it rained; ``free`` and ``for_less`` are the waits of those without a
    job, and of those without any but a lesser post.
    """
    if case.onset is None or case.end is None:
        return Posts(low=0.0, key=0.0, needless=0.0, for_less=0.0, where=())
    spans, each = manned_spans(jobs), STEP / MINUTE
    lows = [one for one in case.city.segments if one.low_lying]
    keys = [one for one in case.city.segments if one.id in case.guarded and not one.low_lying]
    low = key = needless = less = 0.0
    where = []
    for at in steps(max(case.onset, case.now + READ), case.end):
        if not case.is_wet(at):
            continue
        key += each * sum(not holds(spans.get(one.id, ()), at) for one in keys)
        without = [one for one in lows if not holds(spans.get(one.id, ()), at)]
        low += each * len(without)
        open_ = [one for one in without if not case.is_shut(one.id, at)]
        able, more = (_able(open_, waits, at) for waits in (free, for_less))
        needless += each * _served(able)
        less += each * _served(more)
        where += [(segment, at, min(units)) for segment, units in able.items()]
    return Posts(low=low, key=key, needless=needless, for_less=less, where=tuple(where))


def _able(without: Iterable[Segment], free: Sequence[Free], at: datetime) -> dict[str, set[str]]:
    """Who could man each of these places then; places that nobody could are not in it."""
    found = {
        one.id: {span.unit for span in free if span.could_man(one.middle, at)} for one in without
    }
    return {place: units for place, units in found.items() if units}


def _served(able: dict[str, set[str]]) -> int:
    """How many of the places could be manned at once, at most."""
    return min(len(able), len(set().union(*able.values()))) if able else 0


def wanted_places(case: Case, jobs: Sequence[Assignment]) -> Callable[[datetime], list[Segment]]:
    """Where a crew is wanted at an instant: posts that are unmanned in the rain, roads with inlets
    likely to be blocked that nobody clears until the rain's end, while clearing is allowed. What
    can only be opened from below is for few and for hours without any rain: it counts for nobody.
    """
    assert case.onset is not None
    assert case.end is not None
    onset, end = case.onset, case.end
    spans, prior = manned_spans(jobs), blocked_now(case.city, case.now)
    cleared = {
        inlet for job in jobs if clears(job) and job.end_at <= end for inlet in job.inlet_ids
    }
    from_below = {
        one.inlet_id
        for one in case.city.blockages
        if one.remedy == "well_entry" and one.is_open(case.now)
    }
    uncleared = {
        one.segment_id
        for one in case.city.inlets
        if prior[one.id] >= WANTED_FROM and one.id not in cleared | from_below
    }
    posts = [one for one in case.city.segments if one.low_lying or one.id in case.guarded]
    roads = [one for one in case.city.segments if one.id in uncleared]

    def wanted(at: datetime) -> list[Segment]:
        found = []
        if onset <= at < end and case.is_wet(at):
            found += [one for one in posts if not holds(spans.get(one.id, ()), at)]
        found += roads if case.may_clear(at) else []
        return [one for one in found if not case.is_shut(one.id, at)]

    return wanted


def idle_minutes(
    case: Case, jobs: Sequence[Assignment], free: Sequence[Free]
) -> tuple[float, dict[str, float]]:
    """Crew-minutes of waits beside wanted work until the rain's end, in all and by unit."""
    by_unit: dict[str, float] = defaultdict(float)
    if case.onset is None or case.end is None:
        return 0.0, by_unit
    wanted = wanted_places(case, jobs)
    for at in steps(case.now + READ, case.end):
        places = wanted(at)
        for span in free:
            if span.start <= at < span.end and any(span.is_near(one.middle, at) for one in places):
                by_unit[span.unit] += STEP / MINUTE
    return sum(by_unit.values()), by_unit


def on_site(
    case: Case, jobs: Iterable[Assignment], segment_id: str, told: datetime, machine: bool = False
) -> float:
    """Minutes from a report until a crew (or a pump truck) is at work on the road for ten minutes
    and more; infinite where none comes.
    """
    kinds = {one.id: one.kind for one in case.city.machines}
    there = [
        max(job.start_at, told)
        for job in jobs
        if job.segment_id == segment_id
        and job.end_at - max(job.start_at, told) >= 10 * MINUTE
        and any(
            kinds.get(crew_of(one.unit_id)) == "pump_truck"
            if machine
            else one.kind is UnitKind.CREW
            for one in job.members
        )
    ]
    return (min(there) - told) / MINUTE if there else math.inf
