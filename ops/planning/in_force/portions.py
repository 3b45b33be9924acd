"""What was told of a road's inlets holds: who has a sheet with five of them does not find three on
the next. Pure.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import timedelta

from data.model.ids import JobId
from data.model.plan import Assignment, PlanVersion
from ops.planning.context import Storm
from ops.planning.prevented import CLEARING
from ops.planning.wanted.task_types import TASK_TYPES, minutes_of
from ops.planning.wanted.tasks import Task


def with_told_inlets(
    tasks: Iterable[Task], current: PlanVersion | None, storm: Storm
) -> tuple[Task, ...]:
    """The tasks, those that the plan in force holds with the inlets that it tells.

    Those that were cleaned since are gone from them. Of the road's other inlets each goes to one
    task: those that nobody was told of take what is left over. Where the told ones no longer fit in
    any time that is allowed, there are as many as do.
    """
    tasks = tuple(tasks)
    told = {
        str(JobId.parse(job.job_id).post): job
        for job in (current.assignments if current else ())
        if job.state == "planned" and job.inlet_ids
    }
    opened = _cleaned_since(current, storm)
    portions: defaultdict[tuple, list[Task]] = defaultdict(list)
    for task in tasks:
        if task.inlet_ids and TASK_TYPES[task.kind].minutes:
            portions[task.kind, task.segment_id, task.group].append(task)
    changed: dict[str, Task | None] = {}
    for (kind, *_), road in portions.items():
        if any(task.id in told for task in road):
            cleaned = opened if kind in CLEARING else ()  # silt lies under an open grate too
            changed |= _shared_out(road, told, cleaned, storm)
    shared = (changed.get(task.id, task) for task in tasks)
    return tuple(task for task in shared if task is not None)


def _cleaned_since(current: PlanVersion | None, storm: Storm) -> set[str]:
    """The inlets that the field has cleaned or found open since the plan in force was made, and not
    found blocked again.
    """
    if current is None:
        return set()
    states = storm.worth.states
    return {
        each.inlet_id
        for each in storm.city.inspections
        if each.at >= current.made_at and states[each.inlet_id].blocked_since is None
    }


def _shared_out(
    road: list[Task], told: dict[str, Assignment], cleaned: Collection[str], storm: Storm
) -> dict[str, Task | None]:
    """The portions of one road, each inlet in one of them; ``None`` for one with nothing left."""
    wanted = dict.fromkeys(inlet for task in road for inlet in task.inlet_ids)
    known = storm.city.inlet_by_id
    shares: dict[str, list[str]] = {}
    for task in road:
        if task.id in told:
            shares[task.id] = [
                inlet
                for inlet in told[task.id].inlet_ids
                if inlet in known
                and inlet not in cleaned
                and (inlet not in storm.skipped or inlet in task.inlet_ids)
            ]
    taken = {inlet for share in shares.values() for inlet in share}
    for task in road:
        if task.id not in told:
            shares[task.id] = [inlet for inlet in task.inlet_ids if inlet not in taken]
            taken.update(shares[task.id])
    left_over = [inlet for inlet in wanted if inlet not in taken and inlet not in cleaned]
    for task in sorted(road, key=lambda task: task.id in told):
        room = max(0, len(task.inlet_ids) - len(shares[task.id]))
        shares[task.id] += left_over[:room]
        left_over = left_over[room:]
    return {task.id: _with(task, tuple(shares[task.id]), told.get(task.id), storm) for task in road}


def _with(
    task: Task, inlets: tuple[str, ...], told: Assignment | None, storm: Storm
) -> Task | None:
    """The task with these inlets, and the minutes that they take; ``None`` without any."""
    if not inlets:
        return None
    if set(inlets) == set(task.inlet_ids):
        return replace(task, inlet_ids=inlets)
    before, after = (
        minutes_of(task.kind, storm, inlets=len(each)) for each in (task.inlet_ids, inlets)
    )
    minutes = round(task.minutes * after / before)
    if minutes > task.minutes and not _fits(task, minutes, told, storm):
        return replace(task, inlet_ids=inlets[: len(task.inlet_ids)])
    return replace(
        task,
        inlet_ids=inlets,
        minutes=minutes,
        minutes_by_people=tuple(
            (people, round(each * after / before)) for people, each in task.minutes_by_people
        ),
    )


def _fits(task: Task, minutes: int, told: Assignment | None, storm: Storm) -> bool:
    """Whether so long a work has its time: as it was told, or after reading a new order and getting
    there.
    """
    lead = timedelta(minutes=storm.work.turnout_minutes + storm.work.travel_minutes)
    needed = timedelta(minutes=minutes)
    return any(
        (told and storm.now < told.start_at and start <= told.start_at <= end - needed)
        or max(start, storm.now + lead) + needed <= end
        for start, end in task.spans
    )
