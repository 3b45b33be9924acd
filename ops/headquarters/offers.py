"""What a district could lend others, and what it lacks: read off its own published plan. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from functools import lru_cache

from data.model.city import SANITATION, City, Crew, Driver, Machine
from data.model.field import Outage
from data.model.headquarters.loans import SpareUnit, Want
from data.model.levels import LevelRule
from data.model.plan import PlanVersion, UnassignedJob, UnitKind
from ops.base.naming import station_name
from ops.district.rosters import Turn, turns
from ops.headquarters.aid import AidSettings
from ops.planning.left_out_groups import tier_of
from ops.planning.on_duty.teams import staffed_city, teams_by_post
from ops.planning.solver_problem import Clock, belongs, unrefused
from ops.planning.tiers import POINTS_PER_HOUR, Tier
from solver import Job, Problem

DAY = timedelta(days=1)
MOST_WANTS = 30
"""So many wants are published, those worth most (an assumption: no district gets more units)."""


def unmanned(version: PlanVersion, city: City, now: datetime) -> bool:
    """Whether the plan leaves a duty to nobody that is not over."""
    return any(
        tier_of(left, city) > Tier.STANDBY and not _is_over(left, now) for left in version.left_out
    )


def _is_over(left: UnassignedJob, now: datetime) -> bool:
    end = left.why.facts.get("end")
    return isinstance(end, datetime) and end <= now


def spare_units(
    version: PlanVersion | None,
    city: City,
    outages: Collection[Outage],
    level: LevelRule | None,
    settings: AidSettings,
    now: datetime,
) -> tuple[SpareUnit, ...]:
    """The crews and machines of the district's own that its plan leaves idle until their shift
    ends, without those that stay as its reserve: at each station the crews, and of each kind the
    machines, that are idle for the shortest. None where a duty is unmanned: silence is no spare.

    Parameters
    ----------
    city
        With the district's own units alone.
    outages
        Those that are not over.
    """
    if version is None or unmanned(version, city, now):
        return ()
    on_duty = staffed_city(city, version.teams)
    idle = [
        unit
        for unit in (*_crews(on_duty, version, now), *_machines(on_duty, now))
        if unit.to_at - now >= timedelta(hours=settings.least_hours)
        and not is_out(unit, outages)
        and is_idle(unit, version, now)
    ]
    kept: Counter[tuple[str, str]] = Counter()
    found = []
    for unit in sorted(idle, key=lambda one: (one.to_at, one.resource_id)):
        alike, least = ("", unit.machine_kind or ""), settings.keep_machines
        if unit.kind is UnitKind.CREW:
            alike = ("crew", unit.station)
            least = max(settings.keep_crews, level.reserves if level else 0)
        if kept[alike] < least:
            kept[alike] += 1
        else:
            found.append(unit)
    return tuple(found)


def _crews(city: City, version: PlanVersion, now: datetime) -> Iterator[SpareUnit]:
    teams = teams_by_post(version.teams)
    for crew in city.crews:
        turn = _turn(crew, city, now)
        if turn is None or city.service_at(crew.station_id) != SANITATION:
            continue
        team = teams.get((("crew", crew.id), turn.day))
        size = len(team.members) if team else crew.size
        yield _spare(crew, crew.name, crew.leader, turn, city, now, size=size, skills=crew.skills)


def _machines(city: City, now: datetime) -> Iterator[SpareUnit]:
    for machine in city.machines:
        drivers = [one for one in city.drivers if one.machine_id == machine.id]
        found = [(turn, one) for one in drivers if (turn := _turn(one, city, now))]
        if not found or city.service_at(machine.station_id) != SANITATION:
            continue
        turn, driver = max(found, key=lambda each: each[0].end)
        yield _spare(
            machine,
            machine.plate,
            driver.post,
            turn,
            city,
            now,
            machine_kind=machine.kind,
            capacity=machine.capacity,
        )


def _turn(worker: Crew | Driver, city: City, now: datetime) -> Turn | None:
    """The turn of duty that it is on; within its own shift, so that nobody works longer."""
    days = [(now + n * DAY).date() for n in (-1, 0, 1)]
    return next((one for one in turns(worker, days, city) if one.start <= now < one.end), None)


def _spare(
    unit: Crew | Machine,
    name: str,
    leader: str,
    turn: Turn,
    city: City,
    now: datetime,
    size: int = 1,
    skills: tuple[str, ...] = (),
    machine_kind: str | None = None,
    capacity: float | None = None,
) -> SpareUnit:
    station, shift = city.station_by_id[unit.station_id], turn.shift
    return SpareUnit(
        resource_id=unit.id,
        kind=UnitKind.CREW if isinstance(unit, Crew) else UnitKind.MACHINE,
        name=name,
        leader=leader,
        station=station.name,
        phone=station.phone,
        position=station.position,
        size=size,
        skills=skills,
        machine_kind=machine_kind,
        capacity=capacity,
        profile=unit.profile,
        from_at=now,
        to_at=turn.end,
        break_minutes=shift.break_minutes,
        break_from=shift.break_from,
        break_to=shift.break_to,
    )


def is_out(unit: SpareUnit, outages: Iterable[Outage]) -> bool:
    """Whether it is out of action, or lent already, at any time until its turn ends."""
    return any(
        one.resource_id == unit.resource_id
        and one.from_at < unit.to_at
        and not one.is_over(unit.from_at)
        for one in outages
    )


def is_idle(unit: SpareUnit, version: PlanVersion, now: datetime) -> bool:
    """Whether the plan gives it nothing to do from now until its turn ends, no reserve either."""
    return not any(
        member.resource_id == unit.resource_id and job.end_at > now and job.start_at < unit.to_at
        for job in version.assignments
        for member in job.members
    )


def wants_of(version: PlanVersion | None, city: City, now: datetime) -> tuple[Want, ...]:
    """What the plan leaves out and one more unit could do, what is worth most first."""
    if version is None or not version.left_out:
        return ()
    clock, jobs = _asked(version.problem)
    nobody = {left.job_id for left in version.left_out}
    found = [
        want
        for left in version.left_out
        if left.job_id in jobs
        and nobody.isdisjoint(jobs[left.job_id].after)
        and (want := _want(left, jobs[left.job_id], clock, city, now)) is not None
    ]
    return tuple(sorted(found, key=lambda one: -one.worth)[:MOST_WANTS])


def left_out_worth(version: PlanVersion | None, city: City, now: datetime) -> float:
    """What all that the plan leaves out would be worth, in weighted blocked-inlet-hours."""
    if version is None or not version.left_out:
        return 0.0
    _, jobs = _asked(version.problem)
    return round(
        sum(
            jobs[left.job_id].weight / POINTS_PER_HOUR
            for left in version.left_out
            if left.job_id in jobs and not _is_over(left, now)
        ),
        1,
    )


@lru_cache(maxsize=8)
def _asked(problem: str) -> tuple[Clock, dict[str, Job]]:
    """The jobs that a plan was asked for; read once, a district publishes many times. Of a problem
    that can't be read nobody knows what its jobs are worth.
    """
    try:
        found = Problem.from_json(problem)
    except ValueError:
        return Clock(datetime.min), {}
    return Clock(datetime.fromisoformat(found.epoch)), found.job_by_id


def _want(left: UnassignedJob, job: Job, clock: Clock, city: City, now: datetime) -> Want | None:
    """One that takes a single unit; a place in the district or at its station."""
    station = city.station_by_id.get(left.station_id)
    if len(job.slots) != 1 or station is None:
        return None
    slot, segment = job.slots[0], city.segment_by_id.get(left.segment_id or "")
    marks = (unrefused(left.job_id), belongs(left.kind))
    until = job.until if job.until is not None else max(last for _, last in job.windows)
    from_at = max(now, clock.instant(min(first for first, _ in job.windows)))
    to_at = clock.instant(until)
    minutes = -(-job.duration // 60)
    if to_at - from_at < timedelta(minutes=minutes):
        return None
    return Want(
        job_id=left.job_id,
        kind=left.kind,
        station_id=station.id,
        station=station_name(station.id, city),
        chief=station.chief,
        phone=station.phone,
        place=segment.road if segment else station.name,
        position=segment.middle if segment else station.position,
        people=slot.size,
        skills=tuple(skill for skill in slot.skills if skill not in marks),
        machine_kind=None if slot.kind == "crew" else slot.kind,
        from_at=from_at,
        to_at=to_at,
        minutes=minutes,
        worth=round(job.weight / POINTS_PER_HOUR, 2),
    )
