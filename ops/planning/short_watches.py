"""Hours of watches that nobody can keep to their end are cut where somebody must leave. Pure.

A watch is asked for by the hour, and an hour is served until its end or not at all: whoever had to
set out at twenty past stood idle beside the post from the hour on.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from data.model.plan import JobKind
from ops.planning.in_force.broken_off import free_name
from ops.planning.in_force.served_posts import LONG_ENOUGH
from ops.planning.solver_input import SolverInput
from ops.planning.solver_problem import Clock
from ops.planning.wanted.tasks import Task
from solver import Plan
from solver.polish.cut_short import Cut, cut_short


def with_short_watches(
    inputs: SolverInput, plan: Plan, seconds: float = math.inf
) -> tuple[SolverInput, Plan]:
    """The problem with such hours in two parts, and the plan with the first of each manned by who
    stays on where he stands, or comes to a post for half an hour and more; what was found within so
    many seconds.
    """
    problem, cut, cuts = cut_short(
        inputs.problem,
        plan,
        {task.id for task in inputs.tasks.values() if _may_be_cut(task)},
        stays=int(inputs.shortest_watch.total_seconds()),
        goes=int(LONG_ENOUGH.total_seconds()),
        name=_Names(inputs),
        seconds=seconds,
    )
    if not cuts:
        return inputs, plan
    return replace(inputs, problem=problem, tasks=_cut(inputs.tasks, cuts, inputs)), cut


def _may_be_cut(task: Task) -> bool:
    """Whether it is a post on a road; being ready is no place to be left."""
    return task.until is not None and len(task.needs) == 1 and task.kind is not JobKind.RESERVE


class _Names:
    """Names for what is left of watches, which no other work has."""

    def __init__(self, inputs: SolverInput) -> None:
        others = (*inputs.past, *inputs.over, *inputs.posts.values(), *inputs.held.values())
        self.taken = {*inputs.tasks, *inputs.published, *(job.job_id for job in others)}

    def __call__(self, job_id: str) -> str:
        name = free_name(job_id, self.taken)
        self.taken.add(name)
        return name


def _cut(tasks: Mapping[str, Task], cuts: Iterable[Cut], inputs: SolverInput) -> dict[str, Task]:
    """The tasks, those that were cut in their two parts."""
    found, clock = dict(tasks), Clock(inputs.epoch)
    for cut in cuts:
        task, at = found[cut.job], clock.instant(cut.at)
        until = task.until or at
        last = timedelta(minutes=task.minutes)
        spans = tuple((start, min(end, at - last)) for start, end in task.spans)
        found[cut.job] = replace(task, until=at, spans=spans)
        begin = max(at, until - last)
        found[cut.rest] = replace(task, id=cut.rest, spans=((at, begin),), due_at=at)
    return found
