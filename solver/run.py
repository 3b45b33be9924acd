"""The story of one solve: a first plan, a better one, the bound, and the reasons, all before the limit."""

import math
import time
from dataclasses import dataclass, field

from solver.canon import Canon, Schedule, assignments, breaks, value
from solver.fields import FieldError, whole
from solver.first import first_plan
from solver.openings import Board
from solver.plan import Plan, Status
from solver.problem import Problem
from solver.why import explain

DEFAULT_SECONDS = 10.0
LOADING_SECONDS = 1.5
"""Time that must be left for the heavy engines to be worth loading."""


@dataclass(frozen=True)
class Limits:
    """How much may be spent on one solve; exactly one of `seconds` and `steps` in the end.

    Raises
    ------
    ValueError
        One line that names the argument.
    """

    seconds: float | None = None
    steps: int | None = None
    workers: int = 1
    seed: int = 1
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.seconds is not None and self.steps is not None:
            raise FieldError("steps", "cannot be given together with seconds")
        if self.steps is not None:
            whole("steps", self.steps, 1, 10**12)
        elif self.seconds is None:
            object.__setattr__(self, "seconds", DEFAULT_SECONDS)
        if self.seconds is not None and not (
            type(self.seconds) in (int, float) and math.isfinite(self.seconds) and 0 < self.seconds <= 10**6
        ):
            raise FieldError("seconds", f"must be a number above 0 and at most 1000000, got {self.seconds}")
        whole("workers", self.workers, 1, 64)
        whole("seed", self.seed, 0, 2**31 - 1)

    @property
    def elapsed(self) -> float:
        """Seconds since solving began."""
        return time.monotonic() - self.began

    @property
    def ends(self) -> float:
        """Reading of the monotonic clock at which the time is up; never, for a limit in steps."""
        return math.inf if self.seconds is None else self.began + self.seconds

    def left(self) -> float:
        """Seconds until the time is up."""
        return self.ends - time.monotonic()


def answer(problem: Problem, limits: Limits) -> Plan:
    """The plan for one problem within the limits; see `solver.solve`."""
    canon = Canon(problem)
    schedule = first_plan(canon, limits.ends - 0.1 * (limits.seconds or 0))
    stats: dict = {"first_s": round(limits.elapsed, 3), "first_score": value(canon, schedule)}
    bound, proved = simple_bound(canon), False
    schedule, exact_bound, proved = _exact(canon, schedule, limits)
    bound = min(bound, exact_bound) if exact_bound is not None else bound
    schedule, unassigned = explain(canon, schedule, limits.ends - _reserve(canon, schedule))
    score = value(canon, schedule)
    proved = proved or bound <= score
    stats["seconds"] = round(limits.elapsed, 3)
    return Plan(
        problem=problem.id,
        score=score,
        bound=max(score, bound),
        status=Status.OPTIMAL if proved else Status.FEASIBLE,
        assignments=assignments(canon, schedule),
        breaks=breaks(canon, schedule),
        unassigned=tuple(sorted(unassigned, key=lambda each: each.job)),
        stats=stats if limits.steps is None else {},
    )


def _reserve(canon: Canon, schedule: Schedule) -> float:
    """Seconds to keep back for the shortest proofs."""
    return 0.01 * (len(canon.jobs) - len(schedule))


def _exact(canon: Canon, schedule: Schedule, limits: Limits) -> tuple[Schedule, int | None, bool]:
    """Hand what is small enough to the exact model."""
    left = limits.left() - LOADING_SECONDS
    if left <= 0 or not canon.jobs:
        return schedule, None, False
    from solver import cpsat  # heavy to load

    if not cpsat.small_enough(canon):
        return schedule, None, False
    if limits.steps is None:
        budget = cpsat.Budget(0.8 * left, None, limits.workers, limits.seed)
    else:
        budget = cpsat.Budget(None, limits.steps / 1000, 1, limits.seed)
    outcome = cpsat.improve(canon, schedule, budget)
    return outcome.schedule, outcome.bound, outcome.proved


def simple_bound(canon: Canon) -> int:
    """A bound without any search: every job that some team could do at all, at its own earliest end."""
    empty, total = Board(canon, {}), 0
    for j, job in enumerate(canon.jobs):
        place = empty.first_opening(j, (0, canon.problem.horizon))
        if place is not None:
            total += max(0, job.weight - job.lateness_cost(place.start + job.duration))
    return total
