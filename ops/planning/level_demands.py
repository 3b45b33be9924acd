"""What an ordered level asks for is added to the plan that stands without it. Pure.

A level is no reason to open other inlets or to leave a road that was watched: a search for both at
once finds some other plan, better by points and now and then worse on the street. So the plan
without the level is made first, and the search with it begins there: to move what that plan holds
costs what a change of a published plan does.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from data.model.plan import PlanVersion
from ops.planning.solver_input import SolverInput
from ops.planning.tiers import BY_LEVEL
from ops.planning.wanted.tasks import Task
from solver import Pin, Plan


def adds_by_level(tasks: Iterable[Task]) -> bool:
    """Whether the ordered level asks for people."""
    return any(task.tier in BY_LEVEL for task in tasks)


def mans_a_post(current: PlanVersion | None, now: datetime) -> bool:
    """Whether the plan in force sends people for the rain already: it is what a level adds to."""
    return current is not None and any(
        job.kind.is_post and job.end_at > now for job in current.assignments
    )


def added_to(plan: Plan, inputs: SolverInput) -> SolverInput:
    """The problem with the level, around the plan without it as around a published one; what is
    published in fact stays so.
    """
    problem = inputs.problem
    known = {pin.job for pin in (*problem.previous, *problem.pinned)}
    units = problem.unit_by_id
    stands = tuple(
        Pin(job=placed.job, start=placed.start, units=placed.units)
        for placed in plan.assignments
        if placed.job in problem.job_by_id
        and placed.job not in known
        and all(unit in units for unit in placed.units)
    )
    return replace(inputs, problem=replace(problem, previous=(*problem.previous, *stands)))
