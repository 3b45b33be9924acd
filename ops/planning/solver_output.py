"""The solver's plan -> the assignments of a plan version, in our own terms."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

from data.model.city import City, Profile
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import (
    BROKEN_OFF,
    Assignment,
    JobKind,
    Member,
    Phase,
    Rest,
    UnassignedJob,
    UnitKind,
)
from ops.base.naming import job_name
from ops.planning.context import phase_at
from ops.planning.in_force.broken_off import free_name
from ops.planning.left_out_groups import why_no_pump, why_no_unit
from ops.planning.on_duty.meals import Meal
from ops.planning.on_duty.means import means_of
from ops.planning.on_duty.stays import joined
from ops.planning.solver_input import SolverInput, left_out
from ops.planning.solver_problem import Clock, belongs, unrefused
from ops.planning.substitutes import out_of_action
from ops.planning.tiers import Tier
from ops.planning.trips import trip_names, trips_of
from ops.planning.wanted.tasks import Task
from ops.risk.stop_work import Span, spans_without
from solver import Assignment as Placed
from solver import Dumping, Plan, Reason, Unassigned, Unit


def read_plan(
    inputs: SolverInput, plan: Plan, city: City
) -> tuple[tuple[Assignment, ...], tuple[UnassignedJob, ...], tuple[Rest, ...]]:
    """The plan in the city's words: what is past, what is under way, what is planned; what is left
    out; the breaks.
    """
    clock = Clock(inputs.epoch)
    rests = tuple(
        Rest(
            unit_id=taken.unit, start_at=clock.instant(taken.start), end_at=clock.instant(taken.end)
        )
        for taken in plan.breaks
    )
    names = trip_names(inputs, plan)
    legs = _legs(inputs, plan, rests, names)
    kept = _kept_posts(inputs, plan)
    taken = _taken(inputs)
    new = [_assignment(placed, inputs, kept, legs, clock, taken) for placed in plan.assignments]
    stays = joined([*_left_posts(inputs, kept, legs), *new], inputs.published)
    trips = trips_of(inputs, plan, names, legs, city)
    jobs = (*inputs.past, *stays, *trips)
    assignments = sorted(
        (_phased(job, inputs) for job in jobs), key=lambda a: (a.start_at, a.job_id)
    )
    left = [
        _left_out(missing, inputs, plan, city, taken)
        for missing in plan.unassigned
        if missing.reason is not Reason.ALTERNATIVE  # it is done in another way
        and inputs.tasks[missing.job].kind is not JobKind.GARDEN  # it waits on its list
    ]
    going_on = _eaten_first(inputs, legs)
    rests = (*rests, *_meals_at_post(inputs, assignments))
    rests = (*inputs.rested, *going_on, *_but_those_of(going_on, rests, inputs))
    left_out = _when_unmanned((*left, *inputs.no_time), stays, inputs.shortest_watch)
    return tuple(assignments), tuple(left_out), rests


def _eaten_first(inputs: SolverInput, legs: Mapping[tuple[str, str], datetime]) -> tuple[Rest, ...]:
    """The breaks under way that their people might have left, and that nobody leaves."""
    return tuple(
        rest
        for rest in inputs.left_breaks
        if not any(
            unit == rest.unit_id and leave < rest.end_at for (unit, _), leave in legs.items()
        )
    )


def _but_those_of(
    taken: Iterable[Rest], rests: Iterable[Rest], inputs: SolverInput
) -> Iterator[Rest]:
    """The breaks, none a second time that is taken."""
    over = [
        (rest.unit_id, meal)
        for rest in taken
        for meal in inputs.availability[rest.unit_id].breaks
        if meal.is_taken_by(rest)
    ]
    return (
        rest
        for rest in rests
        if not any(
            unit == rest.unit_id and (meal.is_taken_by(rest) or (meal.at_post and rest.at_post))
            for unit, meal in over
        )
    )


def _meals_at_post(inputs: SolverInput, jobs: Iterable[Assignment]) -> Iterator[Rest]:
    """The breaks for which nobody leaves the post, of those who work then."""
    work = defaultdict(list)
    for job in jobs:
        for member in job.members:
            work[member.unit_id].append(job)
    for unit_id in sorted(work.keys() & inputs.availability.keys()):
        for meal in inputs.availability[unit_id].breaks:
            own = [
                job
                for job in work[unit_id]
                if job.start_at < meal.until and meal.begin < job.end_at
            ]
            if meal.at_post and own:
                begin, until = _at_post(meal, own)
                yield Rest(unit_id=unit_id, start_at=begin, end_at=until, at_post=True)


def _at_post(meal: Meal, jobs: Iterable[Assignment]) -> Span:
    """When of the time for it they stand at a post; all of it where that is too short to eat."""
    posts = [job for job in jobs if job.kind.is_post]
    begin = max(meal.begin, min((job.start_at for job in posts), default=meal.begin))
    until = min(meal.until, max((job.end_at for job in posts), default=meal.until))
    return (begin, until) if until - begin >= meal.length else (meal.begin, meal.until)


def _assignment(
    placed: Placed,
    inputs: SolverInput,
    kept: set[str],
    legs: dict,
    clock: Clock,
    taken: Container[str],
) -> Assignment:
    if placed.job in inputs.held:
        return inputs.held[placed.job]
    task, start = inputs.tasks[placed.job], clock.instant(placed.start)
    if placed.job in kept:
        return replace(inputs.posts[placed.job], end_at=clock.instant(placed.end))
    members = []
    for unit_id in placed.units:
        available = inputs.availability[unit_id]
        members.append(
            Member(
                unit_id=unit_id,
                kind=available.kind,
                resource_id=available.resource_id,
                driver_id=available.driver_at(start),
                leave_at=legs[unit_id, placed.job],
                arrive_at=start,
                people=available.size if available.kind is UnitKind.CREW else None,
                who=available.who,
                profile=None if available.profile is Profile.LORRY else str(available.profile),
            )
        )
    is_out = bool(members) and max(one.leave_at for one in members) < inputs.now
    return Assignment(
        job_id=free_name(task.id, taken),
        kind=task.kind,
        phase=_phase(task, start, inputs),
        segment_id=task.segment_id,
        station_id=task.station_id,
        inlet_ids=task.inlet_ids,
        members=tuple(members),
        start_at=start,
        end_at=clock.instant(placed.end),
        risk=task.risk,
        why=(*_why(task, start, inputs), *_on_foot(task, members, inputs)),
        state="under_way" if is_out else "planned",
    )


def _on_foot(task: Task, members: Iterable[Member], inputs: SolverInput) -> Iterator[Message]:
    """That who drives there walks the last stretch."""
    asked = {(means_of(member).profile, task.id) for member in members}
    if walked := asked & inputs.walked_to.keys():
        street = min(inputs.walked_to[each] for each in walked)
        yield Message("why.on_foot", {"street": street}) if street else Message("why.on_foot_alone")


def _phase(task: Task, start: datetime, inputs: SolverInput) -> Phase:
    """Inlets are cleared in whatever hour the rain allows it: the sheet says in which phase; and on
    a day without rain that it is none.
    """
    is_of_any = not inputs.storms or task.phase in (Phase.BEFORE, Phase.DRY)
    return phase_at(inputs.storms, start) if is_of_any else task.phase


def _phased(job: Assignment, inputs: SolverInput) -> Assignment:
    """A job that goes on from a dry day into the plan for a storm, in its phase of that."""
    if job.phase is not Phase.DRY or not inputs.storms:
        return job
    return replace(job, phase=phase_at(inputs.storms, job.start_at))


def _why(task: Task, start: datetime, inputs: SolverInput) -> tuple[Message, ...]:
    """Why, at the hour that it got: what is cleared once the rain has begun or is over is not told
    as cleared before it.
    """
    if not any(why.code == "why.before" for why in task.why):
        return task.why
    onset = min((begin for begin, _ in inputs.storms if begin > start), default=None)
    if phase_at(inputs.storms, start) is Phase.DURING:
        own = Message("why.in_gaps")
    else:
        own = Message("why.before", {"onset": onset}) if onset else Message("why.cleared_after")
    return tuple(own if why.code == "why.before" else why for why in task.why)


def _kept_posts(inputs: SolverInput, plan: Plan) -> set[str]:
    """The watches under way, by their tasks, at which their teams stay: nothing else is between but
    what some of a team are still at before it begins.
    """
    by_unit: dict[str, list[Placed]] = defaultdict(list)
    for placed in sorted(plan.assignments, key=lambda placed: placed.start):
        for unit in placed.units:
            by_unit[unit].append(placed)
    return {
        placed.job
        for placed in plan.assignments
        if (post := inputs.posts.get(placed.job))
        and {member.unit_id for member in post.members} == set(placed.units)
        and all(_comes_first(placed, post, by_unit[unit], inputs) for unit in placed.units)
    }


def _comes_first(
    placed: Placed, post: Assignment, jobs: Sequence[Placed], inputs: SolverInput
) -> bool:
    """Whether a unit goes on to what it is at without other work, or when it was told to from what
    it is kept at until then.
    """
    clock, under_way = Clock(inputs.epoch), inputs.held.keys() | inputs.posts.keys()
    begin = max(post.start_at, inputs.now)
    if clock.instant(placed.start) > begin:
        return jobs[0].job == placed.job
    return all(
        job.job in under_way and clock.instant(job.end) <= begin
        for job in takewhile(lambda job: job.job != placed.job, jobs)
    )


def _taken(inputs: SolverInput) -> frozenset[str]:
    """The names of what there is already: the rest of a watch that its team leaves gets a new
    one.
    """
    others = (*inputs.past, *inputs.over, *inputs.posts.values(), *inputs.held.values())
    return frozenset(job.job_id for job in others)


def _left_posts(
    inputs: SolverInput, kept: set[str], legs: dict[tuple[str, str], datetime]
) -> Iterator[Assignment]:
    """The watches under way whose teams are sent elsewhere or free, until they set out; none of a
    team that is on its way and would be there for less than anybody is sent for.
    """
    others = [post for task_id, post in inputs.posts.items() if task_id not in kept]
    for post in (*others, *inputs.over):
        units = {member.unit_id for member in post.members}
        free = [inputs.availability[unit].start for unit in units if unit in inputs.availability]
        leaving = [leave for (unit, _), leave in legs.items() if unit in units]
        until = min(leaving, default=max(free, default=post.end_at))
        least = timedelta(0) if post.start_at <= inputs.now else inputs.shortest_watch
        if until - post.start_at > least:  # who is called away on the way was never there
            left = replace(post, end_at=min(until, post.end_at), state="under_way")
            yield left if post.kind.is_post else _broken_off(left)


def _broken_off(job: Assignment) -> Assignment:
    """A visit with the word that its team leaves it, and when."""
    return replace(job, why=(Message(BROKEN_OFF, {"at": job.end_at}), *job.why))


def _left_out(
    missing: Unassigned, inputs: SolverInput, plan: Plan, city: City, taken: Container[str]
) -> UnassignedJob:
    task = inputs.tasks[missing.job]
    why = (
        out_of_action(task, inputs, plan, city)
        or (why_no_pump(city) if _is_beyond_pumps(missing, task) else None)
        or _reason(missing, inputs, city)
    )
    left = left_out(task, why, inputs.storms)
    return replace(left, job_id=free_name(left.job_id, taken))


def _name_of(job: Task | Assignment, city: City) -> Message:
    return job_name(job.kind, job.segment_id, job.station_id, city)


def _is_beyond_pumps(missing: Unassigned, task: Task) -> bool:
    """Whether it is a pump that is no duty, for the trucks have other low points, and some could
    come.
    """
    is_beyond = task.kind is JobKind.PUMP and task.tier is Tier.GAIN
    return is_beyond and missing.reason is not Reason.NO_UNIT


def _when_unmanned(
    left_out: Iterable[UnassignedJob], jobs: Iterable[Assignment], least: timedelta
) -> Iterator[UnassignedJob]:
    """What is left out, a post for as long as nobody stands there; none that is manned to its end,
    or from so soon on that nobody would be sent there for the time before.
    """
    stays = defaultdict(list)
    for job in jobs:
        if job.kind.is_post:
            stays[JobId.parse(job.job_id).watch].append((job.start_at, job.end_at))
    for left in left_out:
        start, until = (left.why.facts.get(fact) for fact in ("start", "end"))
        if not (isinstance(start, datetime) and isinstance(until, datetime)):
            yield left
            continue
        gaps = spans_without(stays[JobId.parse(left.job_id).watch], start, until)
        begin, end = max(gaps, key=lambda gap: gap[1] - gap[0], default=(until, until))
        if (begin, end) == (start, until) or end - begin >= max(least, timedelta(minutes=1)):
            facts = left.why.facts | {"start": begin, "end": end}
            yield replace(left, why=Message(left.why.code, facts))


def _legs(
    inputs: SolverInput, plan: Plan, rests: tuple[Rest, ...], names: Mapping[Dumping, str]
) -> dict[tuple[str, str], datetime]:
    """When each unit sets out for each of its jobs: just in time, but before a break that would be
    on the road.
    """
    legs: dict[tuple[str, str], datetime] = {}
    sites = {site.id: site.location for site in inputs.problem.dump_sites}
    by_unit = defaultdict(list)
    for placed in plan.assignments:
        where = inputs.problem.job_by_id[placed.job].location
        for unit_id in placed.units:
            by_unit[unit_id].append((placed.start, placed.end, placed.job, where))
    for visit, name in names.items():
        by_unit[visit.unit].append((visit.start, visit.end, name, sites[visit.site]))
    out = _on_their_way(inputs)
    for unit_id, stops in by_unit.items():
        own_rests = [rest for rest in rests if rest.unit_id == unit_id]
        for job_id, leave_at in _departures(inputs, unit_id, sorted(stops), own_rests):
            legs[unit_id, job_id] = leave_at
        first = min(stops)
        if unit_id in out and _is_met_there(inputs, unit_id, first):
            legs[unit_id, first[2]] = out[unit_id]
    return legs


def _on_their_way(inputs: SolverInput) -> dict[str, datetime]:
    """Who is on the way to work that may be left, and since when."""
    return {
        member.unit_id: member.leave_at
        for job in (*inputs.posts.values(), *inputs.over)
        for member in job.members
        if member.leave_at <= inputs.now < job.start_at
    }


def _is_met_there(inputs: SolverInput, unit_id: str, stop: tuple[int, int, str, int]) -> bool:
    """Whether what a unit does first begins where it is going anyway, as it comes there: it has set
    out for that, whatever it was called when it did.
    """
    start, _, _, where = stop
    arrives = inputs.availability[unit_id].start
    return (
        where == inputs.problem.unit_by_id[unit_id].start
        and Clock(inputs.epoch).instant(start) <= arrives
    )


def _departures(
    inputs: SolverInput, unit_id: str, stops: list[tuple[int, int, str, int]], rests: list[Rest]
) -> Iterator[tuple[str, datetime]]:
    """When one unit sets out for each of its jobs: start, end, name and place, in order."""
    clock, problem = Clock(inputs.epoch), inputs.problem
    unit, free = problem.unit_by_id[unit_id], inputs.availability[unit_id].start
    here, ways = unit.start, problem.travel_of(unit)
    for start, end, name, there in stops:
        travel = timedelta(seconds=ways[here][there])
        yield name, _leave_at(clock.instant(start), travel, free, rests)
        here, free = there, clock.instant(end)


def _leave_at(start: datetime, travel: timedelta, free: datetime, rests: list[Rest]) -> datetime:
    leave = start - travel
    for rest in rests:
        if rest.start_at < start and rest.end_at > leave:
            leave = max(free, rest.start_at - travel)
    return leave


def _reason(missing: Unassigned, inputs: SolverInput, city: City) -> Message:
    """The solver's proved reason as a sentence, with at most three of the jobs it names called by
    their names.
    """
    if missing.reason is Reason.NO_UNIT:
        return _no_unit(missing, inputs, city)
    if missing.reason is Reason.OUTWEIGHED and not missing.detail.jobs:
        return Message("left.not_worth")  # nothing would give way for it
    if missing.reason is Reason.UNEXAMINED:
        return Message("left.unexamined")
    names: list[Message] = []
    own = _name_of(inputs.tasks[missing.job], city)
    for job_id in missing.detail.jobs:
        name = _name_of(inputs.tasks.get(job_id) or inputs.held[job_id], city)
        if name not in (own, *names):  # the watches of one post are one thing to the reader
            names.append(name)
    return (
        Message(f"left.{missing.reason}", {"jobs": tuple(names[:3])})
        if names
        else Message(f"left.{missing.reason}_alone")
    )


def _no_unit(missing: Unassigned, inputs: SolverInput, city: City) -> Message:
    """Who is missing, or that all who could do it have refused it."""
    job, own = inputs.problem.job_by_id[missing.job], unrefused(missing.job)
    marks = (own, belongs(inputs.tasks[missing.job].kind))
    there = list(_on_duty_then(inputs.tasks[missing.job], inputs))
    lacking = [job.slots[number] for number in missing.detail.slots] or [
        slot for slot in job.slots if not any(map(slot.fits, there))
    ]
    short = [
        replace(slot, skills=tuple(skill for skill in slot.skills if skill not in marks))
        for slot in lacking
    ]
    if any(slot.fits(unit) for slot in short for unit in there):
        called = inputs.tasks[missing.job].not_by  # who calls for help has not refused it
        refused = not called and any(own in slot.skills for slot in job.slots)
        return Message("left.refused" if refused else "left.no_unit_alone")
    return why_no_unit(short, city)


def _on_duty_then(task: Task, inputs: SolverInput) -> Iterator[Unit]:
    """Whose turn lies in the time of a task, and not only in another hour of the plan."""
    start, end = task.spans[0][0], task.until or task.spans[-1][1]
    for unit in inputs.problem.units:
        turn = inputs.availability[unit.id]
        if turn.start < end and start < turn.end:
            yield unit
