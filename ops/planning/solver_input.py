"""The city's words <-> the solver's: entities and instants on one side, ids, indices and seconds on
the other. Pure.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from data.geo import distance_m
from data.model.city import City, Position
from data.model.ids import UnitId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion, Rest, UnassignedJob
from ops.district.places import place
from ops.district.services import may_do
from ops.field.progress import Progress, Stage
from ops.planning.context import Storm
from ops.planning.in_force.delays import (
    bound_later,
    just_moved,
    kept_longer,
    not_before,
    postponed,
    without_too_late,
)
from ops.planning.in_force.freeze import frozen_jobs, released
from ops.planning.in_force.manual_overrides import Override
from ops.planning.in_force.told_times import as_told, pulled_forward
from ops.planning.in_force.work_in_progress import (
    availability_now,
    posts_on_call,
    posts_over,
    split_past_and_running,
    taken_rests,
)
from ops.planning.on_duty.availability import Availability, on_duty
from ops.planning.parameters import MOST
from ops.planning.reach import within_reach
from ops.planning.tiers import POINTS_PER_HOUR, gain_points
from ops.planning.wanted.task_types import Requirement
from ops.planning.wanted.tasks import Task, unassigned
from ops.planning.wanted.watch_parts import free_name, parts_of
from ops.risk.stop_work import Span
from solver import (
    MAX_POINTS,
    MAX_RATE,
    Break,
    Job,
    Pin,
    Problem,
    Rule,
    RuleViolation,
    Slot,
    Stability,
    Unit,
)

log = logging.getLogger(__name__)
TRAVEL_COST = POINTS_PER_HOUR // 10_000
"""Points for a second on the road: an hour of driving counts a third of a blocked-inlet-hour (an
assumption; its time is counted anyway).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StabilitySettings:
    """What a change of a published plan costs, in points; 100,000 are one blocked-inlet-hour.

    Attributes
    ----------
    reassign
        For each job that is dropped or given to others: less than two blocked-inlet-hours are not
        worth another order to a crew (assumption).
    retime, tolerance_s
        For each that is moved by more than the tolerance.
    freeze_minutes
        The freeze horizon: what sets out within so many minutes keeps its team and its start,
        unless something of a graver tier needs its people, the desk orders otherwise or it may not
        be done then (30: an assumption, for by then a crew is getting ready). What sets out later
        may be changed at the price above.
    """

    reassign: int = 200_000
    retime: int = 50_000
    tolerance_s: int = 300
    freeze_minutes: float = 30.0

    def __post_init__(self) -> None:
        for name in ("reassign", "retime", "tolerance_s", "freeze_minutes"):
            if not 0 <= getattr(self, name) <= MOST:
                raise ValueError(f"{name} must lie in 0 to {MOST}, got {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class SolverInput:
    """The problem, and what is needed to read its plan.

    Attributes
    ----------
    posts, over
        The watches under way, by the task that asks for this hour of each; and those that nothing
        asks for any more.
    published
        The jobs of the plan in force.
    given_up
        The overrides that can't be met, and why.
    frozen
        The work within the freeze horizon.
    bound
        That of it whose team said that it can't come before.
    """

    problem: Problem
    epoch: datetime
    tasks: dict[str, Task]
    availability: dict[str, Availability]
    held: dict[str, Assignment]
    posts: dict[str, Assignment]
    published: dict[str, Assignment]
    past: tuple[Assignment, ...]
    over: tuple[Assignment, ...] = ()
    storms: tuple[Span, ...] = ()
    rested: tuple[Rest, ...] = ()
    no_time: tuple[UnassignedJob, ...] = field(default=())
    given_up: tuple[tuple[Override, Message], ...] = ()
    frozen: dict[str, Assignment] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()


def build_problem(
    storm: Storm,
    tasks: tuple[Task, ...],
    current: PlanVersion | None,
    settings: StabilitySettings = StabilitySettings(),
    overrides: Iterable[Override] = (),
) -> SolverInput:
    """The solver's problem for this storm, from where the published plan and the reports have
    brought everybody.

    Parameters
    ----------
    overrides
        What the desk orders of single jobs, the older first: of two that can't both be met it
        stands.

    Where what was reported and accepted does not make a legal plan together (a team is said to be
    in two places), what was promised counts no longer, then the clock alone; where the plan in
    force itself can't go on, a new one begins: there is always a plan.
    """
    overrides = tuple(overrides)
    unreported, minutes = replace(storm, progress={}), settings.freeze_minutes
    attempts = [(storm, current, minutes), (storm, current, 0.0)] if storm.progress else []
    for known, standing, frozen_for in (*attempts, (unreported, current, minutes)):
        try:
            inputs = _solver_input(known, tasks, standing, settings, frozen_for)
            return _with_frozen(_with_overrides(inputs, overrides), standing, overrides)
        except ValueError as error:
            log.warning("what was reported can't be kept: %s", error)
    log.error("the plan in force can't go on: a new one begins without it")
    inputs = _solver_input(unreported, tasks, None, settings, minutes)
    return _with_overrides(inputs, overrides)


def _solver_input(
    storm: Storm,
    tasks: tuple[Task, ...],
    current: PlanVersion | None,
    settings: StabilitySettings,
    freeze_minutes: float,
) -> SolverInput:
    published, current = current, postponed(current, storm)
    past, out = split_past_and_running(current, storm)
    posts = posts_on_call(out, tasks, storm)
    over = posts_over(out, posts, storm)
    on_post = {post.job_id: post for post in (*posts.values(), *over)}
    out = {job_id: job for job_id, job in out.items() if job_id not in on_post}
    out = kept_longer(out, current, storm)
    availability = availability_now(
        on_duty(storm, current), past, out, on_post.values(), current, storm
    )
    availability = not_before(availability, out, current, storm)
    frozen = frozen_jobs(current, out | on_post, availability, storm, freeze_minutes)
    moved = just_moved(published, current)
    frozen = {job_id: job for job_id, job in frozen.items() if job_id not in moved}
    frozen |= (bound := bound_later(out, current, storm))
    tasks = without_too_late(tasks, bound, storm)
    held = out | _promised(frozen, tasks, storm)
    tasks, posts = _named_apart(tasks, posts, held)
    done = {job.job_id for job in (*past, *over)}
    done |= {job.job_id for task_id, job in posts.items() if job.job_id != task_id}
    doable, no_time = _with_time(_still_wanted(tasks, done, held.keys(), posts))
    doable, cut_off = within_reach(doable, availability, storm)
    doable = [
        replace(task, after=tuple(job for job in task.after if job not in {a.job_id for a in past}))
        for task in doable
    ]
    epoch = min([storm.now, *(available.start for available in availability.values())])
    told = as_told(current, timedelta(seconds=settings.tolerance_s)) if current else {}
    told = pulled_forward(told, past, availability, storm.now)
    problem = _problem(storm, doable, availability, held, current, told, epoch, settings)
    return SolverInput(
        problem=problem,
        epoch=epoch,
        tasks={task.id: task for task in doable},
        availability=availability,
        held=held,
        posts=posts,
        published={job.job_id: job for job in (published.assignments if published else ())},
        over=tuple(over),
        past=past,
        storms=storm.rain.storms,
        rested=taken_rests(current, storm),
        no_time=(
            *(left_out(task, Message("left.no_time")) for task in no_time),
            *(left_out(task, why) for task, why in cut_off),
        ),
        frozen=frozen,
        bound=frozenset(bound),
    )


def _named_apart(
    tasks: tuple[Task, ...], posts: dict[str, Assignment], held: Collection[str]
) -> tuple[tuple[Task, ...], dict[str, Assignment]]:
    """The tasks and the watches under way that serve them, by a name that no other work has: while
    a team is on its way from a watch, that has the name of the task, and its relief its own.
    """
    taken, own = {*(task.id for task in tasks), *held}, dict[str, str]()
    for task_id, post in posts.items():
        if task_id in held:  # its team may know the watch by the name of a later hour
            own[task_id] = free_name(post.job_id, taken)
            taken.add(own[task_id])
    return (
        tuple(replace(task, id=own.get(task.id, task.id)) for task in tasks),
        {own.get(task_id, task_id): post for task_id, post in posts.items()},
    )


def _still_wanted(
    tasks: Iterable[Task],
    done: Collection[str],
    held: Collection[str],
    posts: Mapping[str, Assignment],
) -> list[Task]:
    """The tasks that are neither done nor under way; a watch that its team has left is wanted under
    a name of its own.
    """
    wanted, taken = [], {*done, *posts}
    for task in tasks:
        name = free_name(task.id, taken) if task.until and task.id not in posts else task.id
        taken.add(name)
        if name not in held and (name not in done or task.id in posts):
            wanted.append(replace(task, id=name))
    return wanted


def _promised(
    frozen: dict[str, Assignment], tasks: Iterable[Task], storm: Storm
) -> dict[str, Assignment]:
    """What nothing asks for any more and was accepted: who is getting ready for it goes."""
    wanted = {task.id for task in tasks}
    return {
        job_id: job
        for job_id, job in frozen.items()
        if job_id not in wanted and storm.progress.get(job_id, Progress()).stage is Stage.ACCEPTED
    }


def _with_frozen(
    inputs: SolverInput, current: PlanVersion | None, overrides: Iterable[Override]
) -> SolverInput:
    """The problem with the work within the freeze horizon pinned as it was told, but for what the
    desk orders, what must give way to something graver, and what is not possible any more.
    """
    frozen = _frozen_tasks(inputs)
    loose = released(frozen, inputs.tasks, inputs.problem, current) - inputs.bound
    loose |= {override.job_id for override in overrides}
    clock = _Clock(inputs.epoch)
    pins = [
        replace(_pin(job, clock), job=task_id)
        for task_id, job in frozen.items()
        if not loose & {task_id, job.job_id}
    ]
    return replace(inputs, problem=_pinned_where_legal(inputs.problem, pins))


def _frozen_tasks(inputs: SolverInput) -> dict[str, Assignment]:
    """The work within the freeze horizon by what asks for it; of a watch of several hours the first
    one, for it may be left later.
    """
    found: dict[str, Assignment] = {}
    for job_id, job in inputs.frozen.items():
        parts = parts_of(job, inputs.tasks.values())
        task_id = parts[0].id if parts else job_id
        if task_id in inputs.tasks:
            found[task_id] = job
    return found


def _pinned_where_legal(problem: Problem, pins: Sequence[Pin]) -> Problem:
    """The problem with those of the pins that are legal beside what is pinned already: all at once,
    or by halves.
    """
    pinned = {pin.job for pin in problem.pinned}  # a step before another one, pinned with it
    pins = [pin for pin in pins if pin.job not in pinned]
    if not pins:
        return problem
    try:
        return _pinned(problem, tuple(pins))
    except ValueError:
        if len(pins) == 1:
            return problem
    half = len(pins) // 2
    return _pinned_where_legal(_pinned_where_legal(problem, pins[:half]), pins[half:])


def _with_overrides(inputs: SolverInput, overrides: Iterable[Override]) -> SolverInput:
    """The problem with the jobs pinned for which the desk named team and time, as far as that is
    legal.
    """
    problem, no_time = inputs.problem, {left.job_id: left.why for left in inputs.no_time}
    given_up: list[tuple[Override, Message]] = []
    pins: tuple[Pin, ...] = ()
    for override in overrides:
        if override.start is None or not override.units:
            continue
        if override.job_id in no_time:
            is_cut_off = no_time[override.job_id].code == "left.no_way"
            given_up.append((override, Message("broken.way" if is_cut_off else "broken.window")))
        if override.job_id not in inputs.tasks:
            continue
        try:
            start = int((override.start - inputs.epoch).total_seconds())
            pin = Pin(job=override.job_id, start=start, units=override.units)
            problem = _pinned(inputs.problem, (*pins, pin))
        except ValueError as error:
            given_up.append((override, broken_rule(error)))
        else:
            pins = (*pins, pin)
    return replace(inputs, problem=problem, given_up=tuple(given_up))


def _pinned(problem: Problem, pins: tuple[Pin, ...]) -> Problem:
    """The problem with what the desk pinned, and with the steps before it as they are published
    where the desk has not pinned those too.
    """
    known = {pin.job for pin in (*problem.pinned, *pins)}
    implied: dict[str, Pin] = {}
    published = {pin.job: pin for pin in problem.previous}
    behind = [pin.job for pin in pins]
    while behind:
        for job in problem.job_by_id[behind.pop()].after:
            if job in published and job not in known and job not in implied:
                implied[job] = published[job]
                behind.append(job)
    return replace(problem, pinned=(*problem.pinned, *implied.values(), *pins))


#: The rule of the solver's contract that a pin breaks -> the rule, as the desk is told it.
_RULES = {
    Rule.NO_SUCH_START: "window",
    Rule.UNKNOWN_UNIT: "off_duty",
    Rule.UNIT_UNFIT: "unfit",
    Rule.TEAM_SIZE: "team",
    Rule.OUTSIDE_WINDOWS: "window",
    Rule.NOT_PINNED_BEFORE: "order",
    Rule.BEFORE_PREDECESSOR: "order",
    Rule.OUTSIDE_SHIFT: "shift",
    Rule.OVERLAP: "busy",
    Rule.NO_TIME_BETWEEN: "way",
}


def broken_rule(error: ValueError) -> Message:
    """The rule that a pin breaks, as the desk is told it."""
    if isinstance(error, RuleViolation):
        return Message(f"broken.{_RULES[error.rule]}")
    return Message("broken.other", {"detail": str(error)})


def fitting_units(inputs: SolverInput, job_id: str) -> tuple[tuple[str, ...], ...]:
    """For each place in the team of a job the units on duty that can fill it, by their names in the
    plan.
    """
    job = inputs.problem.job_by_id[job_id]
    return tuple(
        tuple(sorted(unit.id for unit in inputs.problem.units if slot.fits(unit)))
        for slot in job.slots
    )


def with_one_more(inputs: SolverInput, unit_id: str, available: Availability) -> SolverInput:
    """The problem with one unit more on duty, which begins at the known place nearest to its
    own.
    """
    problem, clock = inputs.problem, _Clock(inputs.epoch)
    known = {inputs.availability[unit.id].position: unit.start for unit in problem.units}
    known |= {task.position: problem.job_by_id[job].location for job, task in inputs.tasks.items()}
    nearest = min(known, key=lambda place: distance_m(place, available.position))
    nobody: dict[str, frozenset[str]] = {
        job.id: frozenset()
        for job in problem.jobs
        if any(_may(job.id) in slot.skills for slot in job.slots)
    }
    marks = {skill for job in problem.jobs for slot in job.slots for skill in slot.skills}
    barred = [kind for kind in JobKind if _does(kind) in marks]
    index = {available.position: known[nearest]}
    extra = _unit(unit_id, available, index, clock, nobody, barred)
    return replace(
        inputs,
        problem=replace(problem, units=(*problem.units, extra)),
        availability=inputs.availability | {unit_id: available},
    )


def _with_time(tasks: Iterable[Task]) -> tuple[list[Task], list[Task]]:
    """Works with the spans that are long enough for them; and those that no span is. The spans of a
    post bound its start.
    """
    doable, no_time = [], []
    for task in tasks:
        shortest = min([task.minutes, *(minutes for _, minutes in task.minutes_by_people)])
        needed = timedelta(minutes=0 if task.until else shortest)
        spans = tuple(span for span in task.spans if span[1] - span[0] >= needed)
        if spans:
            doable.append(replace(task, spans=spans))
        else:
            no_time.append(task)
    known = {task.id for task in doable}
    while late := [task for task in doable if any(job not in known for job in task.after)]:
        doable = [task for task in doable if task not in late]
        no_time += late
        known = {task.id for task in doable}
    return doable, no_time


def _problem(
    storm: Storm,
    tasks: list[Task],
    availability: dict[str, Availability],
    held: dict[str, Assignment],
    current: PlanVersion | None,
    told: Mapping[str, Assignment],
    epoch: datetime,
    settings: StabilitySettings,
) -> Problem:
    positions = _positions(availability.values(), tasks, held.values(), storm.city)
    index = {position: i for i, position in enumerate(positions)}
    clock, refused = _Clock(epoch), _refused(tasks, storm)
    barred = _barred(tasks, availability.values())
    wanted = [_job(task, index, clock, _marks(task, refused, barred)) for task in tasks]
    going_on = [
        _held_job(assignment, index[place(assignment, storm.city)], availability, clock)
        for assignment in held.values()
    ]
    return Problem(
        id=f"xunban-{epoch:%Y%m%dT%H%MZ}",
        epoch=epoch.isoformat(),
        horizon=clock.seconds(_last(storm, availability)),
        travel=_whole_minutes(storm.way_seconds(positions)),
        travel_cost=TRAVEL_COST,
        units=tuple(
            _unit(unit_id, available, index, clock, refused, barred)
            for unit_id, available in availability.items()
        ),
        jobs=(*wanted, *going_on),
        pinned=tuple(_pin(assignment, clock) for assignment in held.values()),
        previous=(
            *(_pin(told[job], clock) for job in _planned(current, held, tasks, storm.now)),
            *_manned(told.values(), tasks, storm.now, clock),
        ),
        stability=_stability(settings),
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
        }
    )


def _refused(tasks: Iterable[Task], storm: Storm) -> dict[str, frozenset[str]]:
    """The crews and machines that can't do a task or refused it, by task."""
    return {
        task.id: units
        for task in tasks
        if (units := task.not_by | storm.progress.get(task.id, Progress()).refused)
    }


def _barred(tasks: Iterable[Task], availability: Iterable[Availability]) -> tuple[JobKind, ...]:
    """The kinds of work that not all on duty may do: those of a service that some don't belong
    to.
    """
    services = {available.service for available in availability}
    kinds = sorted({task.kind for task in tasks})
    return tuple(kind for kind in kinds if not all(may_do(one, kind) for one in services))


def _whole_minutes(seconds: npt.NDArray[np.int64]) -> tuple[tuple[int, ...], ...]:
    """Rounded up: sheets are read by the minute."""
    return tuple(map(tuple, (-(-seconds // 60) * 60).tolist()))


@dataclass(frozen=True, slots=True)
class _Clock:
    epoch: datetime

    def seconds(self, instant: datetime) -> int:
        return max(0, int((instant - self.epoch).total_seconds()))

    def instant(self, at: int) -> datetime:
        return self.epoch + timedelta(seconds=at)


def _last(storm: Storm, availability: dict[str, Availability]) -> datetime:
    return max([storm.horizon, *(available.end for available in availability.values())])


def _unit(
    unit_id: str,
    available: Availability,
    index: dict[Position, int],
    clock: _Clock,
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
    return Unit(
        id=unit_id,
        kind=available.machine_kind or "crew",
        start=index[available.position],
        end=None,
        shift=(clock.seconds(available.start), clock.seconds(available.end)),
        size=available.size,
        skills=(
            *available.skills,
            *(_may(job) for job, units in refused.items() if not own & units),
            *(_does(kind) for kind in barred if may_do(available.service, kind)),
        ),
        breaks=breaks,
        overtime_from=clock.seconds(available.overtime_from) if available.overtime_from else None,
        overtime_cost=min(MAX_RATE, gain_points(available.overtime_price / 3600)),
    )


def _may(job_id: str) -> str:
    return f"may:{job_id}"


def _does(kind: JobKind) -> str:
    return f"does:{kind}"


def _marks(task: Task, refused: Collection[str], barred: Collection[JobKind]) -> tuple[str, ...]:
    """What whoever does the task needs beside its own skills."""
    return (
        *((_may(task.id),) if task.id in refused else ()),
        *((_does(task.kind),) if task.kind in barred else ()),
    )


def _job(task: Task, index: dict[Position, int], clock: _Clock, own: tuple[str, ...]) -> Job:
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
        until=clock.seconds(task.until) if task.until else None,
        slots=tuple(_slot(need, own) for need in task.needs),
        after=task.after,
    )


def _slot(need: Requirement, own: tuple[str, ...]) -> Slot:
    return Slot(kind=need.machine_kind or "crew", skills=(*need.skills, *own), size=need.people)


def _held_job(
    assignment: Assignment, location: int, availability: dict[str, Availability], clock: _Clock
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


def _pin(assignment: Assignment, clock: _Clock) -> Pin:
    return Pin(
        job=assignment.job_id,
        start=clock.seconds(assignment.start_at),
        units=tuple(member.unit_id for member in assignment.members),
    )


def _manned(
    published: Iterable[Assignment], tasks: Iterable[Task], now: datetime, clock: _Clock
) -> Iterable[Pin]:
    """The watches of the plan in force, hour by hour: to leave one to others is a change. Of one
    that was relieved who came last stands for it.
    """
    tasks, pins = tuple(tasks), dict[str, Pin]()
    for job in sorted(published, key=lambda job: job.start_at):
        for part in parts_of(job, tasks) if job.end_at > now else ():
            start = clock.seconds(max(job.start_at, part.spans[0][0]))
            pins[part.id] = replace(_pin(job, clock), job=part.id, start=start)
    return pins.values()


def _planned(
    current: PlanVersion | None,
    held: Collection[str],
    tasks: Collection[Task],
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
        and not parts_of(job, tasks)
    ]


def left_out(task: Task, why: Message) -> UnassignedJob:
    """A task that nobody does; a post with its time, for a chief must know when it is unmanned."""
    if task.kind.is_post:
        start, end = task.longest
        if task.until is None:
            end = start + timedelta(minutes=task.minutes)
        why = Message(why.code, why.facts | {"start": start, "end": end})
    return unassigned(task, why)
