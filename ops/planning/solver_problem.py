"""The solver's problem in the words of its contract: entities and instants made ids, indices and
seconds. Pure.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from data.model.city import City, Position
from data.model.ids import JobId, UnitId
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.district.places import place
from ops.district.services import may_do
from ops.field.progress import Progress, Stage
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.means import Means
from ops.planning.parameters import StabilitySettings
from ops.planning.reach import who_can_not
from ops.planning.tanks import capacity_of, open_spans
from ops.planning.tiers import TRAVEL_COST, gain_points
from ops.planning.wanted.task_types import Requirement
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.watch_parts import Watches, parts_of, watches_of
from solver import (
    MAX_POINTS,
    MAX_RATE,
    Break,
    DumpSite,
    Job,
    Pin,
    Problem,
    Profile,
    Rule,
    RuleViolation,
    Slot,
    Stability,
    Unit,
)

LEFT_BY_CHOICE = ("left.outweighed", "left.not_worth")
"""How the reasons begin of what could have been done, and was left for other work or its ways."""


def problem_of(
    storm: Storm,
    tasks: list[Task],
    availability: dict[str, Availability],
    held: dict[str, Assignment],
    current: PlanVersion | None,
    told: Mapping[str, Assignment],
    epoch: datetime,
    settings: StabilitySettings,
    carried: Mapping[str, int] = MappingProxyType({}),
) -> Problem:
    """The tasks, those on duty and what is kept, as the solver is asked: ``held`` is under way and
    pinned, ``told`` the plan in force as its crews know it, ``carried`` what is aboard of each
    machine, litres.
    """
    positions = _positions(availability.values(), tasks, held.values(), storm.city) or [_NOWHERE]
    index = {position: i for i, position in enumerate(positions)}
    tasks = _at_the_price_of_news(tasks, current, settings.add)
    clock, refused, watches = Clock(epoch), _refused(tasks, storm), watches_of(tasks)
    barred = _barred(tasks, availability.values())
    tables = _way_tables({unit.means for unit in availability.values()}, positions, storm)
    wanted = [_job(task, index, clock, _marks(task, refused, barred)) for task in tasks]
    going_on = [
        _held_job(assignment, index[place(assignment, storm.city)], availability, clock)
        for assignment in held.values()
    ]
    return _with_tanks_that_can_be_emptied(
        id=f"xunban-{epoch:%Y%m%dT%H%MZ}",
        epoch=epoch.isoformat(),
        horizon=clock.seconds(_last(storm, availability)),
        travel=tables.travel,
        profiles=tables.profiles,
        travel_cost=TRAVEL_COST,
        units=tuple(
            _with_tank(
                replace(
                    unit_of(unit_id, available, index, clock, refused, barred),
                    profile=tables.by_means[available.means],
                ),
                capacity_of(available.resource_id, storm.city),
                carried.get(available.resource_id, 0),
            )
            for unit_id, available in availability.items()
        ),
        dump_sites=_dump_sites(storm, index, clock),
        jobs=(*wanted, *going_on),
        pinned=tuple(pin_of(assignment, clock) for assignment in held.values()),
        previous=_each_once(
            *(
                _told(told[job], storm, clock, settings)
                for job in _planned(current, held, watches, storm.now)
            ),
            *_manned(told.values(), watches, storm, clock, settings),
        ),
        stability=_stability(settings),
    )


_NOWHERE = (0.0, 0.0)
"""The only place of a problem in which nobody is on duty and nothing wanted."""


def _at_the_price_of_news(
    tasks: Iterable[Task], current: PlanVersion | None, price: int
) -> list[Task]:
    """The tasks; what the plan in force could have had done and left for other work, and nobody was
    told of, is worth what it is less another order.

    That takes half of its worth at most: nobody stands idle beside what is wanted. What nobody
    could do then, or what was not looked at, is wanted as if anew.
    """
    left = {
        each.job_id
        for each in (current.left_out if current else ())
        if each.why.code.startswith(LEFT_BY_CHOICE)
    }
    return [_cheaper(task, price) if task.id in left else task for task in tasks]


def _cheaper(task: Task, price: int) -> Task:
    """The task at that price; what it loses by being late shrinks with it."""
    points = task.points - min(price, task.points // 2)
    share = points / task.points if task.points else 0.0
    return replace(
        task,
        points=points,
        late_points=int(task.late_points * share),
        late_most=None if task.late_most is None else int(task.late_most * share),
    )


def _with_tank(unit: Unit, capacity: int | None, carried: int) -> Unit:
    """The unit with its tank, which it brings back empty."""
    if capacity is None:
        return unit
    return replace(unit, capacity=capacity, aboard=min(carried, capacity), ends_empty=True)


def _with_tanks_that_can_be_emptied(units: tuple[Unit, ...], **parts: Any) -> Problem:
    """The problem; a truck whose work under way leaves no time to empty its tank may keep it full,
    and where even that breaks a rule is not asked about its tank.
    """
    while True:
        try:
            return Problem(units=units, **parts)
        except RuleViolation as error:
            if error.rule is not Rule.TANK:
                raise
            units = tuple(_eased(unit) if unit.id == error.unit else unit for unit in units)


def _eased(unit: Unit) -> Unit:
    if unit.ends_empty:
        return replace(unit, ends_empty=False)
    return replace(unit, capacity=None, aboard=0)


def _dump_sites(
    storm: Storm, index: Mapping[Position, int], clock: "Clock"
) -> tuple[DumpSite, ...]:
    return tuple(
        DumpSite(
            id=site.id,
            location=index[site.position],
            duration=60 * site.minutes,
            windows=tuple((clock.seconds(a), clock.seconds(b)) for a, b in open_spans(site, storm)),
            kinds=site.kinds,
        )
        for site in storm.city.dump_sites
    )


def _stability(settings: StabilitySettings) -> Stability:
    return Stability(
        reassign=settings.reassign, retime=settings.retime, tolerance=settings.tolerance_s
    )


def _positions(
    availability: Iterable[Availability],
    tasks: Iterable[Task],
    held: Iterable[Assignment],
    city: City,
) -> list[Position]:
    """Every position that a way can begin or end at, each once, in an order that is always the
    same.
    """
    return sorted(
        {
            *(available.position for available in availability),
            *(task.position for task in tasks),
            *(place(assignment, city) for assignment in held),
            *(site.position for site in city.dump_sites),
        }
    )


def _refused(tasks: Iterable[Task], storm: Storm) -> dict[str, frozenset[str]]:
    """The crews and machines that can't do a task or refused it, by task."""
    return {task.id: units for task in tasks if (units := who_can_not(task, storm))}


def _barred(tasks: Iterable[Task], availability: Iterable[Availability]) -> tuple[JobKind, ...]:
    """The kinds of work that not all on duty may do: those of a service that some don't belong
    to.
    """
    services = {available.service for available in availability}
    kinds = sorted({task.kind for task in tasks})
    return tuple(kind for kind in kinds if not all(may_do(one, kind) for one in services))


@dataclass(frozen=True, slots=True)
class _WayTables:
    """The matrices of ways, and which of them, by the name of its profile, units of each means go
    by; ``None`` is the problem's own.
    """

    travel: npt.NDArray[np.int64]
    profiles: tuple[Profile, ...]
    by_means: Mapping[Means, str | None]


def _way_tables(used: Collection[Means], positions: list[Position], storm: Storm) -> _WayTables:
    """A matrix for all means that are equally fast; the first of them is the problem's own."""
    by_means: dict[Means, str | None] = {}
    known: dict[tuple[str, float], str | None] = {}
    tables: list[tuple[str, Any]] = []
    for means in sorted(used) or [Means.usual(storm.ways)]:
        pace = means.profile, storm.way_paces.times(means)
        if pace not in known:
            ways = _whole_minutes(storm.way_seconds(positions, means=means))
            name = f"{means.profile}-{means.kind}"
            known[pace] = name if tables else None
            tables.append((name, ways))
        by_means[means] = known[pace]
    (_, travel), *others = tables
    return _WayTables(travel, tuple(Profile(*each) for each in others), by_means)


def _whole_minutes(seconds: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rounded up: sheets are read by the minute."""
    return -(-seconds // 60) * 60


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants as the solver's seconds since ``epoch``; what lies before it is 0."""

    epoch: datetime

    def seconds(self, instant: datetime) -> int:
        return max(0, int((instant - self.epoch).total_seconds()))

    def instant(self, at: int) -> datetime:
        return self.epoch + timedelta(seconds=at)


def _last(storm: Storm, availability: dict[str, Availability]) -> datetime:
    return max([storm.horizon, *(available.end for available in availability.values())])


def unit_of(
    unit_id: str,
    available: Availability,
    index: dict[Position, int],
    clock: Clock,
    refused: dict[str, frozenset[str]],
    barred: Iterable[JobKind],
) -> Unit:
    """A unit; for each job that somebody refused, all others have the "skill" to do it, and of the
    kinds that not everybody may do each has those of its service.

    Who refused is told by the crew's or machine's own id, or by that of a squad.
    """
    own = {available.resource_id, UnitId.parse(unit_id).team}
    breaks = tuple(
        Break(
            duration=meal.minutes * 60,
            window=(clock.seconds(meal.begin), clock.seconds(meal.until)),
        )
        for meal in available.breaks
        if not meal.at_post
    )
    shift = clock.seconds(available.start), clock.seconds(available.end)
    return Unit(
        id=unit_id,
        kind=available.machine_kind or "crew",
        start=index[available.position],
        end=None,
        shift=shift,
        regular=_regular(shift, available, clock),
        size=available.size,
        skills=(
            *available.skills,
            *(unrefused(job) for job, units in refused.items() if not own & units),
            *(belongs(kind) for kind in barred if may_do(available.service, kind)),
        ),
        breaks=breaks,
        overtime_from=clock.seconds(available.overtime_from) if available.overtime_from else None,
        overtime_cost=min(MAX_RATE, gain_points(available.overtime_price / 3600)),
    )


def _regular(
    shift: tuple[int, int], available: Availability, clock: Clock
) -> tuple[int, int] | None:
    """The regular hours of a shift that has margins, as far as they lie in it."""
    begins, ends = map(clock.seconds, available.regular or (available.start, available.end))
    first, last = max(begins, shift[0]), min(ends, shift[1])
    return None if (first, last) == shift else (min(first, last), last)


def unrefused(job_id: str) -> str:
    """The "skill" of all who have not refused a job."""
    return f"may:{job_id}"


def belongs(kind: JobKind) -> str:
    """The "skill" of all whose service does such work."""
    return f"does:{kind}"


def _marks(task: Task, refused: Collection[str], barred: Collection[JobKind]) -> tuple[str, ...]:
    """What whoever does the task needs beside its own skills."""
    return (
        *((unrefused(task.id),) if task.id in refused else ()),
        *((belongs(task.kind),) if task.kind in barred else ()),
    )


def _job(task: Task, index: dict[Position, int], clock: Clock, own: tuple[str, ...]) -> Job:
    """The job of a task; what a bureau's settings make more of than the contract can hold counts
    the most that it can.
    """
    return Job(
        id=task.id,
        location=index[task.position],
        duration=task.minutes * 60,
        durations=tuple((people, minutes * 60) for people, minutes in task.minutes_by_people),
        windows=tuple((clock.seconds(start), clock.seconds(end)) for start, end in task.spans),
        weight=min(MAX_POINTS, task.points),
        due=clock.seconds(task.due_at) if task.due_at else None,
        late_cost=min(MAX_RATE, task.late_points),
        late_most=None if task.late_most is None else min(MAX_POINTS, task.late_most),
        wait_cost=min(MAX_RATE, task.wait_points),
        until=clock.seconds(task.until) if task.until else None,
        slots=tuple(_slot(need, own) for need in task.needs),
        after=task.after,
        group=task.group,
        in_margin=task.in_margin,
    )


def _slot(need: Requirement, own: tuple[str, ...]) -> Slot:
    skills = (*need.skills, *own)
    return Slot(need.machine_kind or "crew", skills, size=need.people, load=need.litres)


def _held_job(
    assignment: Assignment, location: int, availability: dict[str, Availability], clock: Clock
) -> Job:
    start, end = clock.seconds(assignment.start_at), clock.seconds(assignment.end_at)
    slots = tuple(
        Slot(kind=availability[member.unit_id].machine_kind or "crew")
        for member in assignment.members
    )
    return Job(
        id=assignment.job_id,
        location=location,
        duration=end - start,
        windows=((start, end),),
        weight=0,
        slots=slots,
    )


def pin_of(assignment: Assignment, clock: Clock) -> Pin:
    """A job of a plan with its team and start."""
    return Pin(
        job=assignment.job_id,
        start=clock.seconds(assignment.start_at),
        units=tuple(member.unit_id for member in assignment.members),
    )


def _told(job: Assignment, storm: Storm, clock: Clock, settings: StabilitySettings) -> Pin:
    """A job as it was told; what its station said yes to costs more to change."""
    told = storm.progress.get(job.job_id, Progress())
    is_accepted = told.stage is Stage.ACCEPTED and job.start_at > storm.now
    return replace(pin_of(job, clock), price=settings.accepted if is_accepted else 0)


def _each_once(*pins: Pin) -> tuple[Pin, ...]:
    """What was told, each name once, as it stands last: what was planned at a place under the name
    of an hour at the post there that somebody was told to man by now is that hour.
    """
    return tuple({pin.job: pin for pin in pins}.values())


def _manned(
    published: Iterable[Assignment],
    watches: Watches,
    storm: Storm,
    clock: Clock,
    settings: StabilitySettings,
) -> Iterable[Pin]:
    """The watches of the plan in force, hour by hour: to leave one to others is a change, and to
    leave one between others makes two orders of one. Of one that was relieved who came last stands
    for it. An hour that nobody was told to stay to its end is none of them; who is at an incident
    was told to stay there, however much longer it takes.
    """
    pins: dict[str, Pin] = {}
    for job in sorted(published, key=lambda job: job.start_at):
        whole = job.end_at + timedelta(seconds=settings.tolerance_s)
        asked = parts_of(job, watches) if job.end_at > storm.now else []
        at_incident = JobId.parse(job.job_id).incident_id is not None
        parts = [part for part in asked if part.until and (at_incident or part.until <= whole)]
        told = _told(job, storm, clock, settings)
        for number, part in enumerate(parts):
            is_first = number == 0 and job.start_at > storm.now
            is_between = part is not parts[-1] and not is_first
            pins[part.id] = replace(
                told,
                job=part.id,
                start=clock.seconds(max(job.start_at, part.spans[0][0])),
                price=(told.price if is_first else 0) + (settings.split if is_between else 0),
            )
    return pins.values()


def _planned(
    current: PlanVersion | None,
    held: Collection[str],
    watches: Watches,
    now: datetime,
) -> list[str]:
    """What is published and still to come, but for what is kept and the watches, which are told
    hour by hour.
    """
    return [
        job.job_id
        for job in (current.assignments if current else ())
        if job.end_at > now
        and job.start_at >= now
        and job.job_id not in held
        and not parts_of(job, watches)
    ]
