"""What it would take to do more of what a plan leaves out: one more crew or machine of each sort, each tried by a
search, so that the desk knows what to call for.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from data.entities import Message, Operation
from data.store import Store
from ops.access import Action, Actor, require
from ops.bridge import fitting_units, one_more
from ops.change import Choice, choice_of, named
from ops.replan import Question, Solving, question
from ops.settings import Settings

SEARCH_S = 1.0  # for each trial: long enough to place what one more unit can do, short enough to wait for


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


def remedies(store: Store, operation: Operation, actor: Actor, now: datetime,
             settings: Settings) -> tuple[Remedy, ...] | None:
    """What one more unit of each sort that work is left out for would bring, the most first; those that bring nothing
    are not in it. Nothing is changed.

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
    asked = question(store, operation, now, settings)
    problem, sorts = asked.brief.problem, _sorts(asked)
    with ThreadPoolExecutor(2) as both:
        found = list(both.map(lambda tried: Solving().solve(tried, SEARCH_S),
                              (problem, *(one_more(problem, unit) for unit in sorts))))
    if any(failed for _, failed in found):
        return None
    (without, _), *tried = found
    done = {each.job for each in without.assignments}
    brought = [(plan.score - without.score, Remedy(
        like=choice_of(unit, asked.brief.turns[unit], asked.city), more=len(plan.assignments) - len(done),
        gained=named({each.job for each in plan.assignments} - done, asked)))
        for unit, (plan, _) in zip(sorts, tried, strict=True)]
    return tuple(remedy for points, remedy in sorted(brought, key=lambda one: (-one[0], one[1].like.unit_id))
                 if points > 0 and remedy.more > 0)


def _sorts(asked: Question) -> tuple[str, ...]:
    """Of each sort of unit that could do any of what is left out, the one with the most time left on duty."""
    left = {one.job_id for one in asked.current.left_out} if asked.current else set()
    wanted = sorted(left & asked.brief.works.keys())
    units = {unit for job in wanted for place in fitting_units(asked.brief, job) for unit in place}
    best: dict[tuple[str, frozenset[str]], str] = {}
    for name in _by_time_left(units, asked):
        unit = asked.brief.problem.unit_by_id[name]
        best.setdefault((unit.kind, frozenset(unit.skills)), name)
    return tuple(best.values())


def _by_time_left(units: Iterable[str], asked: Question) -> list[str]:
    def left(name: str) -> int:
        begin, end = asked.brief.problem.unit_by_id[name].shift
        return end - max(begin, 0)

    return sorted(units, key=lambda name: (-left(name), name))
