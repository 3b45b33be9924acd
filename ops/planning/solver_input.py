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
    what_is_left,
    with_rests,
)
from ops.planning.in_force.delays import (
    bound_later,
    just_moved,
    kept_longer,
    not_before,
    postponed,
    without_too_late,
)
from ops.planning.in_force.freeze import frozen_jobs, released
from ops.planning.in_force.leavable import at_a_price, leavable_now
from ops.planning.in_force.manual_overrides import Override
from ops.planning.in_force.meals_left import breaks_left, without
from ops.planning.in_force.meals_put_off import put_off_for_water
from ops.planning.in_force.told_times import as_told, begun_early, pulled_forward
from ops.planning.in_force.turn_ends import ended_with_turns
from ops.planning.in_force.work_in_progress import (
    availability_now,
    posts_on_call,
    posts_over,
    split_past_and_running,
    taken_rests,
    with_people_now,
)
from ops.planning.on_duty.availability import Availability, on_duty
from ops.planning.parameters import StabilitySettings
from ops.planning.preferred_posts import preferred_at_posts, preferred_pumps
from ops.planning.reach import walked_to, within_reach
from ops.planning.solver_problem import Clock, belongs, pin_of, problem_of, unit_of, unrefused
from ops.planning.tanks import aboard, dumpings
from ops.planning.wanted.garden_tasks import emptying_tasks
from ops.planning.wanted.placement_tasks import placed_machines
from ops.planning.wanted.tasks import Task, unassigned
from ops.planning.wanted.watch_parts import parts_of
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
    for known, standing, frozen_for in (*attempts, (unreported, current, minutes)):
        try:
            inputs = _solver_input(known, tasks, standing, settings, frozen_for, ordered)
            return _with_frozen(_with_overrides(inputs, overrides), standing, overrides)
        except ValueError as error:
            log.warning("what was reported can't be kept: %s", error)
    log.error("the plan in force can't go on: a new one begins without it")
    inputs = _solver_input(unreported, tasks, None, settings, minutes, ordered)
    return _with_overrides(inputs, overrides)


def _solver_input(
    storm: Storm,
    tasks: tuple[Task, ...],
    current: PlanVersion | None,
    settings: StabilitySettings,
    freeze_minutes: float,
    ordered: Collection[str],
) -> SolverInput:
    published, current = current, postponed(current, storm)
    past, out = split_past_and_running(current, storm)
    tasks = what_is_left(tasks, current, past, out)
    turns = on_duty(storm, current)
    out = with_people_now(out, turns)
    posts = posts_on_call(out, tasks, storm)
    over = posts_over(out, posts, storm)
    leavable = leavable_now(out, tasks, turns, storm, ordered)
    posts |= {job_id: out[job_id] for job_id in leavable}
    on_post = {post.job_id: post for post in (*posts.values(), *over)}
    out = {job_id: job for job_id, job in out.items() if job_id not in on_post}
    out = kept_longer(out, current, storm)
    left_breaks = breaks_left(turns, out.values(), tasks, current, storm)
    turns = put_off_for_water(turns, tasks, current, storm, left_breaks)
    current = without(left_breaks, current)
    availability = availability_now(turns, past, out, on_post.values(), current, storm)
    availability = not_before(availability, out, published, current, storm)
    frozen = frozen_jobs(current, out | on_post, availability, storm, freeze_minutes)
    moved = just_moved(published, current)
    frozen = {job_id: job for job_id, job in frozen.items() if job_id not in moved}
    frozen |= (bound := bound_later(out, published, current, storm))
    tasks = with_rests(tasks, leavable, on_post, availability)
    tasks = from_when_free(tasks, posts, availability, storm.now)
    tasks = without_too_late(tasks, bound, storm)
    held = out | _promised(frozen, tasks, storm)
    carried = aboard((*past, *held.values()), storm)
    behind = dumpings((*past, *held.values()))
    tasks = (*tasks, *emptying_tasks(storm, carried, behind))
    tasks, posts = named_apart(tasks, posts, held)
    left = {job.job_id for job in (*past, *held.values()) if job.is_broken_off}
    done = {job.job_id for job in (*past, *over)}
    done |= {job.job_id for task_id, job in posts.items() if job.job_id != task_id}
    done = {job_id for job_id in done if job_id not in left}
    wanted = still_wanted(tasks, done, held.keys() - left, posts)
    known = {job.job_id: job for job in (*past, *over, *(current.assignments if current else ()))}
    tasks = ended_with_turns(wanted, posts, availability, known, storm)
    doable, no_time = _with_time(tasks)
    doable, cut_off = within_reach(doable, availability, storm)
    doable = [
        replace(task, after=tuple(job for job in task.after if job not in {a.job_id for a in past}))
        for task in doable
    ]
    epoch = min([storm.now, *(available.start for available in availability.values())])
    told = as_told(current, timedelta(seconds=settings.tolerance_s)) if current else {}
    gone = told.keys() - {task.id for task in doable} - held.keys()
    told, late = pulled_forward(told, past, availability, doable, storm.now, gone), told
    frozen = {job_id: begun_early(job, late, told) for job_id, job in frozen.items()}
    problem = problem_of(storm, doable, availability, held, current, told, epoch, settings, carried)
    stays = [on_post[job_id] for job_id in leavable]
    problem = at_a_price(problem, stays, availability, Clock(epoch), settings)
    return SolverInput(
        problem=problem,
        epoch=epoch,
        now=storm.now,
        tasks={task.id: task for task in doable},
        availability=availability,
        held=held,
        posts=posts,
        published={job.job_id: job for job in (published.assignments if published else ())},
        over=tuple(over),
        past=past,
        storms=storm.rain.storms,
        rested=taken_rests(current, out, storm),
        left_breaks=left_breaks,
        no_time=(
            *(left_out(task, Message("left.no_time")) for task in no_time),
            *(left_out(task, why) for task, why in cut_off),
        ),
        frozen=frozen,
        bound=frozenset(bound),
        dumped=behind,
        preferred=_preferred(doable, availability, storm, settings),
        shortest_watch=timedelta(minutes=storm.work.watch_minutes),
        walked_to=walked_to(doable, availability, storm),
    )


def _preferred(
    tasks: Sequence[Task],
    availability: Mapping[str, Availability],
    storm: Storm,
    settings: StabilitySettings,
) -> tuple[Preference, ...]:
    """Who rather stands at which post: by the tables, and by the level."""
    placed = placed_machines(storm.level, storm.city)
    return (
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


def with_one_more(inputs: SolverInput, unit_id: str, available: Availability) -> SolverInput:
    """The problem with one unit more on duty, which begins at the known place nearest to its
    own.
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


def left_out(task: Task, why: Message) -> UnassignedJob:
    """A task that nobody does; a post with its time, for a chief must know when it is unmanned."""
    if task.kind.is_post:
        start, end = task.longest
        if task.until is None:
            end = start + timedelta(minutes=task.minutes)
        why = Message(why.code, why.facts | {"start": start, "end": end})
    return unassigned(task, why)
