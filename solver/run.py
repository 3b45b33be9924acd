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
from solver.search import compiling
from solver.why import explain

DEFAULT_SECONDS = 10.0
LOADING_SECONDS = 1.5
"""Time that must be left for the exact model to be worth loading."""
KERNEL_SECONDS = 0.8
"""Time that must be left for the compiled search to be worth loading."""

PYTHON_JOBS = 400
"""From this many jobs on, loading the compiled search gives a plan sooner than plain Python does."""


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


@dataclass
class Run:
    """What is known so far in one solve."""

    canon: Canon
    limits: Limits
    schedule: Schedule
    bound: int
    proved: bool = False
    stats: dict = field(default_factory=dict)

    def offer(self, schedule: Schedule) -> None:
        """Take a schedule if it is better."""
        if value(self.canon, schedule) > value(self.canon, self.schedule):
            self.schedule = schedule


def answer(problem: Problem, limits: Limits) -> Plan:
    """The plan for one problem within the limits; see `solver.solve`."""
    canon = Canon(problem)
    run = Run(canon, limits, _first(canon, limits), simple_bound(canon))
    run.stats |= {"first_s": round(limits.elapsed, 3), "first_score": value(canon, run.schedule)}
    if canon.jobs:
        _search(run)
        _exact(run)
    run.schedule, unassigned = explain(canon, run.schedule, limits.ends - _reserve(run))
    score = value(canon, run.schedule)
    run.stats["seconds"] = round(limits.elapsed, 3)
    return Plan(
        problem=problem.id,
        score=score,
        bound=max(score, run.bound),
        status=Status.OPTIMAL if run.proved or run.bound <= score else Status.FEASIBLE,
        assignments=assignments(canon, run.schedule),
        breaks=breaks(canon, run.schedule),
        unassigned=tuple(sorted(unassigned, key=lambda each: each.job)),
        stats=run.stats if limits.steps is None else {"steps": limits.steps},
    )


def _first(canon: Canon, limits: Limits) -> Schedule:
    """A plan at once; for a large problem, with the compiled search at hand, what is fixed and published is enough."""
    if limits.steps is not None:
        return first_plan(canon, math.inf)
    patience = 0.0 if len(canon.jobs) > PYTHON_JOBS and compiling.ready() else 0.4 * limits.seconds
    return first_plan(canon, limits.began + patience)


def _reserve(run: Run) -> float:
    """Seconds to keep back for the shortest proofs."""
    return 0.003 * (len(run.canon.jobs) - len(run.schedule))


def _small(canon: Canon) -> bool:
    """Whether the exact model can be expected to finish."""
    return len(canon.jobs) <= 40


def _search(run: Run) -> None:
    """The compiled search; with cold kernels and a clock running, only if they are compiled in time elsewhere."""
    limits = run.limits
    if limits.steps is None and not compiling.ready():
        compiling.compile_elsewhere()
        while not compiling.ready() and limits.left() > 2 * KERNEL_SECONDS:
            time.sleep(0.1)
    if limits.steps is None and (not compiling.ready() or limits.left() < KERNEL_SECONDS):
        return
    from solver.search.team import Team  # loads the compiled code

    team = Team(run.canon, run.schedule, limits.seed, limits.workers)
    run.offer(team.first())
    run.stats |= {"search_s": round(limits.elapsed, 3), "search_score": value(run.canon, run.schedule)}
    if limits.steps is not None:
        team.run_steps(limits.steps)
    else:
        share = 0.3 if _small(run.canon) and limits.left() > 2 * LOADING_SECONDS else 1.0
        keep = _reserve(run) + min(0.3, 0.05 * limits.seconds)
        team.run_until(time.monotonic() + share * (limits.left() - keep))
    run.offer(team.schedule())
    run.stats["steps"] = team.steps


def _exact(run: Run) -> None:
    """Hand what is small enough to the exact model."""
    limits = run.limits
    left = limits.left() - LOADING_SECONDS
    if left <= 0 or not _small(run.canon):
        return
    from solver import cpsat  # heavy to load

    if not cpsat.small_enough(run.canon):
        return
    if limits.steps is None:
        budget = cpsat.Budget(0.9 * left, None, limits.workers, limits.seed)
    else:
        budget = cpsat.Budget(None, limits.steps / 1000, 1, limits.seed)
    outcome = cpsat.improve(run.canon, run.schedule, budget)
    run.offer(outcome.schedule)
    run.proved = outcome.proved
    if outcome.bound is not None:
        run.bound = min(run.bound, outcome.bound)


def simple_bound(canon: Canon) -> int:
    """A bound without any search: every job that some team could do at all, at its own earliest end."""
    empty, total = Board(canon, {}), 0
    for j, job in enumerate(canon.jobs):
        place = empty.first_opening(j, (0, canon.problem.horizon))
        if place is not None:
            total += max(0, job.weight - job.lateness_cost(place.start + job.duration))
    return total
