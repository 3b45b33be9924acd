"""What closed streets leave nobody a way to. Pure."""

from collections.abc import Mapping, Sequence

import numpy as np

from data.model.message import Message
from ops.district.services import may_do
from ops.planning.context import Storm
from ops.planning.on_duty.availability import Availability
from ops.planning.on_duty.travel_times import NO_WAY_S
from ops.planning.wanted.task_types import Requirement
from ops.planning.wanted.tasks import Task
from ops.ways.closures import names_of


def within_reach(
    tasks: Sequence[Task], units: Mapping[str, Availability], storm: Storm
) -> tuple[list[Task], list[tuple[Task, Message]]]:
    """The tasks that somebody gets to; and those that only units which closures keep away could do,
    each with the closures. What follows on one of those goes with it.
    """
    if not tasks or not any(not one.speed_share for one in storm.closures):
        return list(tasks), []
    gets_there = _gets_there(tasks, units, storm)
    reached = [
        all(_somebody(task, need, units, column) for need in task.needs)
        for task, column in zip(tasks, gets_there.T, strict=True)
    ]
    cut = {
        task.id: Message("left.no_way", {"closed": names_of(storm.in_the_way(task.position))})
        for task, is_reached in zip(tasks, reached, strict=True)
        if not is_reached
    }
    while late := [task for task in tasks if task.id not in cut and cut.keys() & set(task.after)]:
        cut |= {task.id: cut[next(job for job in task.after if job in cut)] for task in late}
    return (
        [task for task in tasks if task.id not in cut],
        [(task, cut[task.id]) for task in tasks if task.id in cut],
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
    fits = [
        unit.machine_kind == need.machine_kind
        and unit.size >= need.people
        and set(need.skills) <= set(unit.skills)
        and may_do(unit.service, task.kind)
        for unit in units.values()
    ]
    return bool(gets_there[fits].any()) or not any(fits)
