"""What closed and barred streets leave nobody a way to. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from data.model.city import Profile
from data.model.ids import UnitId
from data.model.message import Message
from ops.district.services import may_do
from ops.field.progress import Progress
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.wanted.task_types import Requirement
from ops.planning.wanted.tasks import Task
from ops.ways.closures import names_of


def within_reach(
    tasks: Sequence[Task], units: Mapping[str, Availability], storm: Storm
) -> tuple[list[Task], list[tuple[Task, Message]]]:
    """The tasks that somebody gets to; and those that only units which closures, or signs and low
    bridges, keep away could do, each with the reason. What follows on one of those goes with it.
    """
    is_closed = any(not one.speed_share for one in storm.closures)
    is_split = storm.streets is not None and storm.streets.is_split
    if not tasks or not (is_closed or is_split):
        return list(tasks), []
    reached = _reached(tasks, units, storm)
    lost = [task for task in tasks if task.id not in reached]
    barred = {task.id for task in lost if is_split}
    if barred and is_closed and storm.streets is not None:
        barred -= _reached(lost, units, replace(storm, streets=storm.streets.opened))
    cut = {task.id: _why(task, storm, is_barred=task.id in barred) for task in lost}
    while late := [task for task in tasks if task.id not in cut and cut.keys() & set(task.after)]:
        cut |= {task.id: cut[next(job for job in task.after if job in cut)] for task in late}
    return (
        [task for task in tasks if task.id not in cut],
        [(task, cut[task.id]) for task in tasks if task.id in cut],
    )


def walked_to(
    tasks: Sequence[Task], units: Mapping[str, Availability], storm: Storm
) -> Mapping[tuple[Profile, str], str]:
    """On which street each task is reached on foot by who drives."""
    if storm.streets is None:
        return {}
    driven = {Profile.LORRY, Profile.CAR} & {one.profile for one in units.values()}
    places = [task.position for task in tasks]
    return {
        (profile, task.id): street
        for profile in driven
        for task, street in zip(tasks, storm.streets.walked_to(profile, places), strict=True)
        if street is not None
    }


def _why(task: Task, storm: Storm, *, is_barred: bool) -> Message:
    if is_barred:
        return Message("left.barred")
    return Message("left.no_way", {"closed": names_of(storm.in_the_way(task.position))})


def _reached(
    tasks: Sequence[Task], units: Mapping[str, Availability], storm: Storm
) -> frozenset[str]:
    """The tasks to which somebody gets for each of their needs."""
    return frozenset(
        task.id
        for task, column in zip(tasks, _gets_there(tasks, units, storm).T, strict=True)
        if all(_somebody(task, need, units, column) for need in task.needs)
    )


def _gets_there(
    tasks: Sequence[Task], units: Mapping[str, Availability], storm: Storm
) -> np.ndarray:
    """Whether each unit gets to each task by its own means, of shape (units, tasks)."""
    found = np.zeros((len(units), len(tasks)), bool)
    means = [unit.means for unit in units.values()]
    for each in sorted(set(means)):
        own = [number for number, other in enumerate(means) if other == each]
        origins = [unit.position for unit in units.values() if unit.means == each]
        found[own] = storm.way_seconds(origins, [t.position for t in tasks], each) < NO_WAY_S
    return found


def _somebody(
    task: Task, need: Requirement, units: Mapping[str, Availability], gets_there: np.ndarray
) -> bool:
    """Whether one that fits gets there; where none fits at all, that is not the streets' fault."""
    able = [fits(unit, need, task) for unit in units.values()]
    return bool(gets_there[able].any()) or not any(able)


def fits(unit: Availability, need: Requirement, task: Task) -> bool:
    """Whether a unit is such as one place in a task's team asks for."""
    return (
        unit.machine_kind == need.machine_kind
        and unit.size >= need.people
        and set(need.skills) <= set(unit.skills)
        and may_do(unit.service, task.kind)
    )


def who_can_not(task: Task, storm: Storm) -> frozenset[str]:
    """The crews and machines (own ids, or those of squads) that can't do a task or refused it."""
    start, end = task.longest
    refused = (one.by for one in storm.refused_posts if one.holds(task.id, start, end))
    own = storm.progress.get(task.id, Progress()).refused
    return task.not_by | own.union(*refused)


def has_refused(unit_id: str, unit: Availability, task: Task, storm: Storm) -> bool:
    """Whether a unit, its crew or its squad, can't do a task or has refused it."""
    return bool(who_can_not(task, storm) & {unit.resource_id, UnitId.parse(unit_id).team})
