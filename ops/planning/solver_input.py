"""What the solver is asked: the tasks that are wanted still, from where the plan in force and the
reports have brought everybody, and what of that plan is kept. Pure.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.geo import distance_m
from data.model.city import Profile
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion, Rest, UnassignedJob
from ops.field.progress import Progress, Stage
from ops.planning.context import Storm
from ops.planning.in_force.broken_off import (
    from_when_free,
    named_apart,
    still_wanted,
    with_rests,
)
from ops.planning.in_force.delays import without_too_late
from ops.planning.in_force.freeze import released
from ops.planning.in_force.leavable import at_a_price
from ops.planning.in_force.manual_overrides import Override
from ops.planning.in_force.told_times import as_told, begun_early, pulled_forward
from ops.planning.in_force.turn_ends import ended_with_turns
from ops.planning.in_force.whereabouts import (
    Commitments,
    Whereabouts,
    commitments,
    whereabouts,
)
from ops.planning.in_force.work_in_progress import taken_rests
from ops.planning.on_duty.availability import Availability
from ops.planning.parameters import StabilitySettings
from ops.planning.preferred_posts import preferred_at_posts, preferred_pumps, stronger_pumps
from ops.planning.reach import walked_to, within_reach
from ops.planning.solver_problem import Clock, belongs, pin_of, problem_of, unit_of, unrefused
from ops.planning.tanks import aboard, dumpings
from ops.planning.wanted.garden_tasks import emptying_tasks
from ops.planning.wanted.placement_tasks import placed_machines
from ops.planning.wanted.tasks import Task, unassigned
from ops.planning.wanted.watch_parts import parts_of, watches_of
from ops.risk.stop_work import Span
from solver import (
    Pin,
    Problem,
    Rule,
    RuleViolation,
)
from solver.polish.restore import Preference

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SolverInput:
    """The problem, and what is needed to read its plan.

    Attributes
    ----------
    posts, over
        The watches under way, by the task that asks for this hour of each, and other work that may
        be left for something graver that waits, by that for its rest; and those that nothing asks
        for any more.
    published
        The jobs of the plan in force.
    rested, left_breaks
        The breaks that were taken or are; and those under way that may be left for water.
    given_up
        The overrides that can't be met, and why.
    frozen
        The work within the freeze horizon.
    bound
        That of it whose team said that it can't come before.
    dumped
        Visits to dump sites behind each machine, those under way with them.
    preferred
        Who rather stands at which post.
    shortest_watch
        The shortest watch that somebody goes to.
    walked_to
        The street on which a task is reached on foot by who goes by this vehicle.
    """

    problem: Problem
    epoch: datetime
    now: datetime
    tasks: dict[str, Task]
    availability: dict[str, Availability]
    held: dict[str, Assignment]
    posts: dict[str, Assignment]
    published: dict[str, Assignment]
    past: tuple[Assignment, ...]
    over: tuple[Assignment, ...] = ()
    storms: tuple[Span, ...] = ()
    rested: tuple[Rest, ...] = ()
    left_breaks: tuple[Rest, ...] = ()
    no_time: tuple[UnassignedJob, ...] = field(default=())
    given_up: tuple[tuple[Override, Message], ...] = ()
    frozen: dict[str, Assignment] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()
    dumped: Mapping[str, int] = field(default_factory=dict)
    preferred: tuple[Preference, ...] = ()
    shortest_watch: timedelta = timedelta(0)
    walked_to: Mapping[tuple[Profile, str], str] = field(default_factory=dict)


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
    ordered = frozenset(override.job_id for override in overrides if override.is_fixed)
    unreported, minutes = replace(storm, progress={}), settings.freeze_minutes
    attempts = [(storm, current, minutes), (storm, current, 0.0)] if storm.progress else []
    for known, plan, frozen_for in (*attempts, (unreported, current, minutes)):
        try:
            inputs = _solver_input(known, tasks, plan, settings, frozen_for, ordered)
            return _with_frozen(_with_overrides(inputs, overrides), plan, overrides)
        except ValueError as error:
            log.warning("what was reported can't be kept: %s", error)
    log.error("the plan in force can't go on: a new one begins without it")
    inputs = _solver_input(unreported, tasks, None, settings, minutes, ordered)
    return _with_overrides(inputs, overrides)


def _solver_input(
    storm: Storm,
    tasks: tuple[Task, ...],
    published: PlanVersion | None,
    settings: StabilitySettings,
    freeze_minutes: float,
    ordered: Collection[str],
) -> SolverInput:
    now = whereabouts(storm, tasks, published, ordered)
    keeps = commitments(now, storm, published, freeze_minutes)
    asked = _asked(now, keeps, storm)
    availability = keeps.availability
    epoch = min([storm.now, *(available.start for available in availability.values())])
    as_heard = as_told(now.current, _tolerance(settings)) if now.current else {}
    gone = as_heard.keys() - {task.id for task in asked.tasks} - asked.held.keys()
    told = pulled_forward(as_heard, now.past, availability, asked.tasks, storm.now, gone)
    problem = problem_of(
        storm,
        asked.tasks,
        availability,
        asked.held,
        now.current,
        told,
        epoch,
        settings,
        asked.carried,
    )
    on_post = now.on_post
    stays = [on_post[job_id] for job_id in now.leavable]
    return SolverInput(
        problem=at_a_price(problem, stays, availability, Clock(epoch), settings),
        epoch=epoch,
        now=storm.now,
        tasks={task.id: task for task in asked.tasks},
        availability=availability,
        held=asked.held,
        posts=asked.posts,
        published={job.job_id: job for job in (published.assignments if published else ())},
        over=now.over,
        past=now.past,
        storms=storm.rain.storms,
        rested=taken_rests(now.current, now.out, storm),
        left_breaks=now.left_breaks,
        no_time=asked.no_time,
        frozen={id: begun_early(job, as_heard, told) for id, job in keeps.frozen.items()},
        bound=frozenset(keeps.bound),
        dumped=dumpings((*now.past, *asked.held.values())),
        preferred=_preferred(asked.tasks, availability, storm, settings),
        shortest_watch=timedelta(minutes=storm.work.watch_minutes),
        walked_to=walked_to(asked.tasks, availability, storm),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What the solver is asked.

    Attributes
    ----------
    tasks
        What could be done.
    held
        What is under way or promised.
    carried
        What is aboard of each machine, litres.
    posts, no_time
        As ``SolverInput`` has them.
    """

    tasks: list[Task]
    held: dict[str, Assignment]
    carried: Mapping[str, int]
    posts: dict[str, Assignment]
    no_time: tuple[UnassignedJob, ...]


def _asked(now: Whereabouts, keeps: Commitments, storm: Storm) -> _Asked:
    """What is asked of all that is wanted, beside what everybody is at and has been promised."""
    availability, storms = keeps.availability, storm.rain.storms
    tasks = with_rests(now.tasks, now.leavable, now.on_post, availability)
    tasks = from_when_free(tasks, now.posts, availability, storm.now)
    tasks = without_too_late(tasks, keeps.bound, storm)
    held = now.out | _promised(keeps.frozen, tasks, storm)
    behind = (*now.past, *held.values())
    carried = aboard(behind, storm)
    tasks = (*tasks, *emptying_tasks(storm, carried, dumpings(behind)))
    tasks, posts = named_apart(tasks, now.posts, held)
    wanted = ended_with_turns(
        _still_wanted(tasks, now, posts, held), posts, availability, _known(now), storm
    )
    doable, no_time = _with_time(_after_what_is_over(wanted, now.past), held)
    doable, cut_off = within_reach(doable, availability, storm)
    return _Asked(
        tasks=doable,
        held=held,
        carried=carried,
        posts=posts,
        no_time=(
            *(left_out(task, Message("left.no_time"), storms) for task in no_time),
            *(left_out(task, why, storms) for task, why in cut_off),
        ),
    )


def _still_wanted(
    tasks: Iterable[Task],
    now: Whereabouts,
    posts: Mapping[str, Assignment],
    held: Mapping[str, Assignment],
) -> list[Task]:
    """The tasks without what is done or under way; what was broken off is neither."""
    left = {job.job_id for job in (*now.past, *held.values()) if job.is_broken_off}
    done = {job.job_id for job in (*now.past, *now.over)}
    done |= {job.job_id for task_id, job in posts.items() if job.job_id != task_id}
    return still_wanted(tasks, done - left, held.keys() - left, posts)


def _known(now: Whereabouts) -> dict[str, Assignment]:
    """The jobs that there are, by their names."""
    planned = now.current.assignments if now.current else ()
    return {job.job_id: job for job in (*now.past, *now.over, *planned)}


def _after_what_is_over(tasks: Iterable[Task], past: Iterable[Assignment]) -> list[Task]:
    """The tasks, none of them waiting any more for what is over."""
    over = {job.job_id for job in past if not job.is_broken_off}
    return [
        replace(task, after=tuple(job for job in task.after if job not in over))
        if task.after
        else task
        for task in tasks
    ]


def _tolerance(settings: StabilitySettings) -> timedelta:
    return timedelta(seconds=settings.tolerance_s)


def _preferred(
    tasks: Sequence[Task],
    availability: Mapping[str, Availability],
    storm: Storm,
    settings: StabilitySettings,
) -> tuple[Preference, ...]:
    """Who rather stands at which post: by what it prevents, by the tables, and by the level, which
    has the last word.
    """
    placed = placed_machines(storm.level, storm.city)
    return (
        *stronger_pumps(tasks, availability, storm),
        *preferred_at_posts(tasks, availability, storm.city, settings.named),
        *preferred_pumps(tasks, availability, placed, settings.named),
    )


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
    clock = Clock(inputs.epoch)
    pins = [
        replace(pin_of(job, clock), job=task_id)
        for task_id, job in frozen.items()
        if not loose & {task_id, job.job_id}
    ]
    return replace(inputs, problem=_pinned_where_legal(inputs.problem, pins))


def _frozen_tasks(inputs: SolverInput) -> dict[str, Assignment]:
    """The work within the freeze horizon by what asks for it; of a watch of several hours the first
    one, for it may be left later.
    """
    watches, found = watches_of(inputs.tasks.values()), dict[str, Assignment]()
    for job_id, job in inputs.frozen.items():
        parts = parts_of(job, watches)
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
            is_cut_off = no_time[override.job_id].code in ("left.no_way", "left.barred")
            given_up.append((override, Message("broken.way" if is_cut_off else "broken.window")))
        if override.job_id not in inputs.tasks:
            continue
        try:
            start = _begins(override, override.start, inputs)
            pin = Pin(job=override.job_id, start=start, units=override.units)
            problem = _pinned(inputs.problem, (*pins, pin))
        except ValueError as error:
            given_up.append((override, broken_rule(error)))
        else:
            pins = (*pins, pin)
    return replace(inputs, problem=problem, given_up=tuple(given_up))


def _begins(override: Override, at: datetime, inputs: SolverInput) -> int:
    """When what the desk ordered begins, seconds; a team that is at it by that order goes on from
    when it could leave, and it is asked for.
    """
    start, post = int((at - inputs.epoch).total_seconds()), inputs.posts.get(override.job_id)
    if post is None or {member.unit_id for member in post.members} != set(override.units):
        return start
    windows = inputs.problem.job_by_id[override.job_id].windows
    free = (inputs.problem.unit_by_id[unit].shift[0] for unit in override.units)
    return max(start, windows[0][0], *free)


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
    Rule.ANOTHER_OF_GROUP: "same_work",
    Rule.OUTSIDE_SHIFT: "shift",
    Rule.OVERLAP: "busy",
    Rule.NO_TIME_BETWEEN: "way",
    Rule.TANK: "tank",
}


def broken_rule(error: ValueError) -> Message:
    """The rule that a pin breaks, as the desk is told it."""
    if isinstance(error, RuleViolation):
        return Message(f"broken.{_RULES[error.rule]}")
    return Message("broken.other", {"detail": str(error)})


def fitting_units(inputs: SolverInput, job_id: str) -> tuple[tuple[str, ...], ...]:
    """For each place in the team of a job the units on duty that can fill it, by their names in the
    plan; of a machine that the level names all of its kind.
    """
    slots = inputs.problem.job_by_id[job_id].slots
    if inputs.tasks[job_id].kind is JobKind.PLACED:
        own = unrefused(job_id)
        slots = tuple(
            replace(slot, skills=tuple(one for one in slot.skills if one != own)) for slot in slots
        )
    return tuple(
        tuple(sorted(unit.id for unit in inputs.problem.units if slot.fits(unit))) for slot in slots
    )


def with_one_more(
    inputs: SolverInput,
    unit_id: str,
    available: Availability,
    storm: Storm,
    settings: StabilitySettings,
) -> SolverInput:
    """The problem with one unit more on duty, which begins at the known place nearest to its own
    and is such as others of its kind when it is asked who rather stands where.
    """
    problem, clock = inputs.problem, Clock(inputs.epoch)
    known = {inputs.availability[unit.id].position: unit.start for unit in problem.units}
    known |= {task.position: problem.job_by_id[job].location for job, task in inputs.tasks.items()}
    nearest = min(known, key=lambda place: distance_m(place, available.position))
    nobody: dict[str, frozenset[str]] = {
        job.id: frozenset()
        for job in problem.jobs
        if any(unrefused(job.id) in slot.skills for slot in job.slots)
    }
    marks = {skill for job in problem.jobs for slot in job.slots for skill in slot.skills}
    barred = [kind for kind in JobKind if belongs(kind) in marks]
    index = {available.position: known[nearest]}
    extra = unit_of(unit_id, available, index, clock, nobody, barred)
    availability = inputs.availability | {unit_id: available}
    return replace(
        inputs,
        problem=replace(problem, units=(*problem.units, extra)),
        availability=availability,
        preferred=_preferred(tuple(inputs.tasks.values()), availability, storm, settings),
    )


def _with_time(tasks: Iterable[Task], held: Collection[str]) -> tuple[list[Task], list[Task]]:
    """Works with the spans that are long enough for them; and those that no span is, with what
    waits for them. The spans of a post bound its start; what is under way is waited for.
    """
    doable, no_time = [], []
    for task in tasks:
        shortest = min([task.minutes, *(minutes for _, minutes in task.minutes_by_people)])
        needed = timedelta(minutes=0 if task.until else shortest)
        spans = tuple(span for span in task.spans if span[1] - span[0] >= needed)
        if spans:
            doable.append(task if spans == task.spans else replace(task, spans=spans))
        else:
            no_time.append(task)
    known = {task.id for task in doable} | set(held)
    while late := [task for task in doable if any(job not in known for job in task.after)]:
        doable = [task for task in doable if task not in late]
        no_time += late
        known -= {task.id for task in late}
    return doable, no_time


def left_out(task: Task, why: Message, storms: Collection[Span]) -> UnassignedJob:
    """A task that nobody does; a post with its time, for a chief must know when it is unmanned."""
    if task.kind.is_post:
        start, end = task.longest
        if task.until is None:
            end = start + timedelta(minutes=task.minutes)
        why = Message(why.code, why.facts | {"start": start, "end": end})
    return unassigned(task, why, storms)
