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
from ops.replanning.manual_changes import Baseline, Choice, baseline, choice_of, named
from ops.replanning.solver_process import Solving
from ops.settings import Settings
from solver import Plan, Problem

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
    base = baseline(store, operation, actor, now, settings)
    problem, units = base.inputs.problem, _one_of_each_sort(base)
    plans = _plans((problem, *(one_more(problem, unit) for unit in units)))
    if plans is None:
        return None
    gains = [
        (plan.score - plans[0].score, _remedy(unit, plan, plans[0], base))
        for unit, plan in zip(units, plans[1:], strict=True)
    ]
    gains.sort(key=lambda gain: (-gain[0], gain[1].like.unit_id))
    return tuple(remedy for points, remedy in gains if points > 0 and remedy.more > 0)


def _plans(problems: Iterable[Problem]) -> list[Plan] | None:
    """A plan for each; ``None`` where a search failed."""
    with ThreadPoolExecutor(2) as both:
        results = list(both.map(lambda problem: Solving().solve(problem, SEARCH_S), problems))
    return None if any(failed for _, failed in results) else [plan for plan, _ in results]


def _remedy(unit: str, plan: Plan, without: Plan, base: Baseline) -> Remedy:
    city, done = base.request.city, {job.job for job in without.assignments}
    return Remedy(
        like=choice_of(unit, base.inputs.availability[unit], city),
        more=len(plan.assignments) - len(done),
        gained=named({job.job for job in plan.assignments} - done, base.inputs, city),
    )


def _one_of_each_sort(base: Baseline) -> tuple[str, ...]:
    """Of each sort of unit that could do any of what is left out, the one with the most time left
    on duty.
    """
    current, inputs = base.request.current, base.inputs
    left = {job.job_id for job in current.left_out} if current else set()
    jobs = sorted(left & inputs.tasks.keys())
    units = {unit for job in jobs for place in fitting_units(inputs, job) for unit in place}
    best: dict[tuple[str, frozenset[str]], str] = {}
    for name in _by_time_left(units, inputs.problem):
        unit = inputs.problem.unit_by_id[name]
        best.setdefault((unit.kind, frozenset(unit.skills)), name)
    return tuple(best.values())


def _by_time_left(units: Iterable[str], problem: Problem) -> list[str]:
    def left(name: str) -> int:
        begin, end = problem.unit_by_id[name].shift
        return end - max(begin, 0)

    return sorted(units, key=lambda name: (-left(name), name))
