"""What it would take to do more of what a plan leaves out: one more crew or machine of each sort,
each tried by a search, so that the desk knows what to call for.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from data.model.message import Message
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.planning.solver_input import fitting_units, one_more
from ops.replanning.manual_changes import Choice, choice_of, named
from ops.replanning.request import PlanningRequest, planning_request
from ops.replanning.solver_process import Solving
from ops.settings import Settings

SEARCH_S = (
    1.0  # for each trial: long enough to place what one more unit can do, short enough to wait for
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One more unit, and what it would bring.

    Attributes
    ----------
    like
        The unit that it is like, with the station that it would start from and its hours.
    more
        How many jobs more the plan would hold in all, by two searches of equal length.
    gained
        Those that are not in the plan without it.
    """

    like: Choice
    more: int
    gained: tuple[Message, ...]


def remedies(
    store: Store, operation: Operation, actor: Actor, now: datetime, settings: Settings
) -> tuple[Remedy, ...] | None:
    """What one more unit of each sort that work is left out for would bring, the most first; those
    that bring nothing are not in it. Nothing is changed.

    Returns
    -------
    tuple of Remedy, or None
        ``None`` where the searches failed.

    Raises
    ------
    NotAllowed
        By this role.
    """
    require(actor, Action.CHANGE_PLAN)
    asked = planning_request(store, operation, now, settings)
    problem, sorts = asked.inputs.problem, _sorts(asked)
    with ThreadPoolExecutor(2) as both:
        found = list(
            both.map(
                lambda tried: Solving().solve(tried, SEARCH_S),
                (problem, *(one_more(problem, unit) for unit in sorts)),
            )
        )
    if any(failed for _, failed in found):
        return None
    (without, _), *tried = found
    done = {each.job for each in without.assignments}
    brought = [
        (
            plan.score - without.score,
            Remedy(
                like=choice_of(unit, asked.inputs.availability[unit], asked.city),
                more=len(plan.assignments) - len(done),
                gained=named({each.job for each in plan.assignments} - done, asked),
            ),
        )
        for unit, (plan, _) in zip(sorts, tried, strict=True)
    ]
    return tuple(
        remedy
        for points, remedy in sorted(brought, key=lambda one: (-one[0], one[1].like.unit_id))
        if points > 0 and remedy.more > 0
    )


def _sorts(asked: PlanningRequest) -> tuple[str, ...]:
    """Of each sort of unit that could do any of what is left out, the one with the most time left
    on duty.
    """
    left = {one.job_id for one in asked.current.left_out} if asked.current else set()
    wanted = sorted(left & asked.inputs.tasks.keys())
    units = {unit for job in wanted for place in fitting_units(asked.inputs, job) for unit in place}
    best: dict[tuple[str, frozenset[str]], str] = {}
    for name in _by_time_left(units, asked):
        unit = asked.inputs.problem.unit_by_id[name]
        best.setdefault((unit.kind, frozenset(unit.skills)), name)
    return tuple(best.values())


def _by_time_left(units: Iterable[str], asked: PlanningRequest) -> list[str]:
    def left(name: str) -> int:
        begin, end = asked.inputs.problem.unit_by_id[name].shift
        return end - max(begin, 0)

    return sorted(units, key=lambda name: (-left(name), name))
