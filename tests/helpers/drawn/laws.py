"""What a station chief would refuse in any plan, whatever the district and the storm.

Each law yields what breaks it in words; nothing here knows what work is worth to the program.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from data.model.city import City
from data.model.ids import JobId, UnitId
from data.model.plan import Assignment, JobKind, PlanVersion, UnitKind
from ops.district.rosters import is_on_leave, turns
from ops.planning.duty_sheets import station_sheets
from ops.planning.parameters import WorkSettings
from ops.replanning.request import situation
from ops.settings import Settings
from solver import Plan, Problem
from solver.referee import violations
from tests.bench import plan_sense as bench
from tests.bench import plan_sense_measure as measure

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WORK = WorkSettings()
LEAST_NEEDLESS, LEAST_IDLE = 15.0, 60.0
"""Crew-minutes that are no news: steps of the judge, and ways of a minute more or less."""
REFUSED = timedelta(hours=1)
"""Whoever refused all has no work for so long at least."""
REACHED_WITHIN = 30 * MINUTE
STAYS_ON, EMERGENCY = timedelta(hours=3), timedelta(hours=16)


class Complaints(logging.Handler):
    """What the program itself says went wrong while it planned."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.said.append(record.getMessage())


def broken(played: bench.Desk) -> Iterator[str]:
    """Every law that a played situation breaks."""
    for number, version in enumerate(played.versions):
        for each in _of_one_plan(played, version):
            yield f"plan {number}: {each}"
    yield from needless(played)
    yield from late_at_water(played)


def _of_one_plan(played: bench.Desk, version: PlanVersion) -> Iterator[str]:
    city = played.city
    problem, plan = Problem.from_json(version.problem), Plan.from_json(version.plan)
    yield from (f"referee: {each}" for each in violations(problem, plan))
    planned = [job for job in version.assignments if job.state == "planned"]
    yield from before_now(planned, version)
    yield from off_duty(planned, version, city)
    yield from out_of_action(planned, played, version)
    yield from shut_out(planned, played, version)
    yield from in_two_places(version.assignments, city)
    yield from other_sheets(version, city)
    yield from manned_and_not(version)
    yield from stays_in_pieces(version)


def before_now(planned: Iterable[Assignment], version: PlanVersion) -> Iterator[str]:
    for job in planned:
        for one in job.members:
            if job.start_at < version.made_at or one.leave_at < version.made_at:
                yield f"before now: {job.job_id} leaves {one.leave_at}, starts {job.start_at}"


def off_duty(planned: Iterable[Assignment], version: PlanVersion, city: City) -> Iterator[str]:
    """Work outside the turns of duty, with what a hand-over or staying on in a storm adds."""
    rule = city.level_by_id.get(version.level or "")
    stays = EMERGENCY if rule and rule.all_hands else STAYS_ON
    for job in planned:
        for one in job.members:
            if one.kind is not UnitKind.CREW or UnitId.parse(one.unit_id).is_called_in:
                continue
            crew = city.crew_by_id[one.resource_id]
            days = [version.made_at.date() + timedelta(days=n) for n in range(-2, 4)]
            if not any(
                turn.start - 30 * MINUTE <= one.leave_at and job.end_at <= turn.end + stays
                for turn in turns(crew, days, city)
            ):
                yield f"off duty: {one.unit_id} at {job.job_id} {one.leave_at} to {job.end_at}"
            if is_on_leave(crew, date.fromisoformat(UnitId.parse(one.unit_id).duty), city):
                yield f"on leave: {one.unit_id} at {job.job_id}"


def out_of_action(
    planned: Iterable[Assignment], played: bench.Desk, version: PlanVersion
) -> Iterator[str]:
    """Work of who is out for good, or whose station has refused all a moment ago."""
    broken_down = {one.facts["unit"] for one in played.situation.events if one.what == "out"}
    gone = {
        unit: None if unit in broken_down else since + REFUSED
        for unit, since in played.outages.items()
        if since == version.made_at or (unit in broken_down and since <= version.made_at)
    }
    for job in planned:
        for one in job.members:
            until = gone.get(one.resource_id, version.made_at)
            if until is None or one.leave_at < until:
                yield f"out of action: {one.resource_id} at {job.job_id}"


def shut_out(
    planned: Iterable[Assignment], played: bench.Desk, version: PlanVersion
) -> Iterator[str]:
    """Work on a road that nobody gets into any more, but of those who are there."""
    closed = {
        event.facts["segment_id"]
        for event in played.situation.events
        if event.what == "close"
        and not event.facts["entry"]
        and played.situation.now + event.minutes * MINUTE <= version.made_at
    }
    there = {
        one.unit_id: job.segment_id
        for job in sorted(version.assignments, key=lambda job: job.start_at)
        for one in job.members
        if job.start_at <= version.made_at
    }
    for job in planned:
        if job.segment_id in closed and any(
            there.get(one.unit_id) != job.segment_id for one in job.members
        ):
            yield f"shut out: {job.job_id}"


def in_two_places(jobs: Iterable[Assignment], city: City) -> Iterator[str]:
    """A crew with more people at work than it has, a machine at two places."""
    spans = defaultdict(list)
    for job in jobs:
        for one in job.members:
            spans[one.resource_id].append((job.start_at, job.end_at, one, job))
    for resource, mine in spans.items():
        size = city.crew_by_id[resource].size if resource in city.crew_by_id else 1
        for start, *_ in mine:
            there = [each for each in mine if each[0] <= start < each[1]]
            people = sum(each[2].people or 1 for each in there)
            if people > size:
                names = [each[3].job_id for each in there]
                yield f"in two places: {resource} has {people} of {size} at {start}: {names}"


def other_sheets(version: PlanVersion, city: City) -> Iterator[str]:
    """What the stations read is what is planned."""
    told = {
        (stop.assignment.job_id, stop.assignment.start_at, unit.resource_id, stop.leave_at)
        for sheet in station_sheets(version, city)
        for unit in sheet.units
        for stop in unit.stops
    }
    meant = {
        (job.job_id, job.start_at, one.resource_id, one.leave_at)
        for job in version.assignments
        for one in job.members
    }
    for each in sorted(meant ^ told, key=str):
        yield f"sheets say otherwise: {each}"


def manned_and_not(version: PlanVersion) -> Iterator[str]:
    """Posts told as unmanned while somebody stands there."""
    for left in version.left_out:
        start, end = (left.why.facts.get(key) for key in ("start", "end"))
        if not left.kind.is_post or start is None:
            continue
        watch = JobId.parse(left.job_id).watch
        for job in version.assignments:
            there = min(job.end_at, end) - max(job.start_at, start, version.made_at)
            if JobId.parse(job.job_id).watch == watch and there > timedelta(0):
                yield f"manned and not: {left.job_id} {start} to {end}, {job.job_id} {job.end_at}"


def stays_in_pieces(version: PlanVersion) -> Iterator[str]:
    """One stay of a team at a post told as two; at an incident each hour is reported by itself."""
    stays = {
        (JobId.parse(job.job_id).watch, _team(job), job.start_at): job
        for job in version.assignments
        if job.kind.is_post and JobId.parse(job.job_id).incident_id is None
    }
    for (watch, team, _), job in stays.items():
        then = stays.get((watch, team, job.end_at))
        if then and then.end_at > version.made_at:
            yield f"stay in pieces: {job.job_id}, {then.job_id} {then.start_at}"


def _team(job: Assignment) -> frozenset[tuple[str, str | None]]:
    return frozenset((one.unit_id, one.driver_id) for one in job.members)


def needless(played: bench.Desk) -> Iterator[str]:
    """Low points unmanned while a crew is free nearby, and crews idle beside wanted work."""
    case, versions = judged_case(played), played.versions
    if case.end is None:
        return
    jobs = measure.executed(versions)
    free = bench.free_of(case, versions, case.end, lambda job: False)
    able = bench.free_of(case, versions, case.end, lambda job: job.kind is JobKind.RESERVE)
    posts = measure.unmanned(case, jobs, able, able)
    if posts.needless > LEAST_NEEDLESS:
        where = [f"{place} {bench.clock(case, at)} {unit}" for place, at, unit in posts.where[:3]]
        yield f"needless: {posts.needless:.0f} min, {where}"
    idle, by_unit = measure.idle_minutes(case, jobs, free)
    if idle > LEAST_IDLE:
        yield f"idle: {idle:.0f} min, {dict(by_unit)}"


def judged_case(played: bench.Desk) -> measure.Case:
    """The case with who is on leave out of it, and the rain of each hour as it was forecast last
    before it: plans can't know of any other.
    """
    case, situation = bench.case_of(played), played.situation
    rain = situation.by_instant(situation.rain)
    for event in situation.events:
        if event.what == "forecast":
            since = situation.now + event.minutes * MINUTE
            told = situation.by_instant(event.facts["rain"]).items()
            rain = {hour: mm for hour, mm in rain.items() if hour < since}
            rain |= {hour: mm for hour, mm in told if hour >= since}
    day = situation.day
    away = {one.id: case.now for one in case.city.crews if is_on_leave(one, day, case.city)}
    return replace(case, rain=rain, outages={**case.outages, **away})


def late_at_water(played: bench.Desk) -> Iterator[str]:
    """Reported water that nobody is at in time although a crew on duty is near."""
    case, versions = judged_case(played), played.versions
    jobs = measure.executed(versions)
    for place, told, depth in played.calls:
        took = measure.on_site(case, jobs, place, told)
        if took <= REACHED_WITHIN / MINUTE:
            continue
        version = next((each for each in versions if each.made_at >= told), versions[-1])
        kept = frozenset(kept_low_points(case, version, told, depth))
        near = sorted(crews_near(case, jobs, place, told, kept))
        if near:
            at = bench.clock(case, told)
            yield f"late at water: {place} {depth:.0f} cm told {at} reached in {took:.0f}, {near}"


def kept_low_points(
    case: measure.Case, version: PlanVersion, told: datetime, depth_cm: float
) -> Iterator[str]:
    """The low points that nobody leaves in the half-hour for water of this depth: for what does not
    endanger in a downpour, for what floods no street while they fill.
    """
    if depth_cm >= WORK.danger_cm:
        return
    storm = situation(case.city, version.rain, (), version.made_at, Settings())
    hours = [
        (hour, hour + HOUR)
        for hour, _ in version.rain.hours
        if hour <= told + REACHED_WITHIN and told < hour + HOUR
    ]
    for road in case.city.segments:
        if road.low_lying and any(
            storm.in_downpour(hour) or (depth_cm < WORK.flooded_cm and storm.keeps(road, hour))
            for hour in hours
        ):
            yield road.id


def crews_near(
    case: measure.Case, jobs: list[Assignment], place: str, told: datetime, kept: frozenset[str]
) -> Iterator[str]:
    """Crews on duty for the half-hour whose work then is within twenty minutes' way, and what they
    do; but for those at low points that are kept, and for those that set out to other water within
    it: there may be more of it than crews.
    """
    target = case.city.segment_by_id[place].middle
    days = [told.date() + timedelta(days=n) for n in range(-1, 2)]
    for crew in case.city.crews:
        if case.outages.get(crew.id, told + REACHED_WITHIN) < told + REACHED_WITHIN:
            continue
        if not any(
            turn.start <= told and told + REACHED_WITHIN <= turn.end
            for turn in turns(crew, days, case.city)
        ):
            continue
        home = case.city.station_by_id[crew.station_id].position
        own = [job for job in jobs if any(one.resource_id == crew.id for one in job.members)]
        mine = [job for job in own if job.start_at <= told + 10 * MINUTE]
        if any(
            JobId.parse(job.job_id).incident_id is not None
            and min(one.leave_at for one in job.members) <= told + REACHED_WITHIN
            and job.end_at > told
            for job in own
        ):
            continue
        here = measure.place_of(case, mine[-1], home) if mine else home
        if measure.way(here, target) <= measure.NEAR:
            doing = mine[-1] if mine and mine[-1].end_at > told else None
            if doing and doing.segment_id in kept:
                continue
            yield f"{crew.id}: {doing.job_id if doing else 'free'}"
