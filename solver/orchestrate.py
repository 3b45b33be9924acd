"""The story of one solve: a first plan, a better one, the bound, and the reasons, all before the
limit.
"""

import math
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from solver import cycles, python_search
from solver.budget import Budget
from solver.construct import fill, first_plan, legal_part, mended
from solver.indexed import IndexedProblem, Schedule, assignments, breaks, dumpings, value
from solver.insertion import Board, simple_bound
from solver.plan import FORMAT, FORMAT_2, Plan, Reason, Status, Unassigned
from solver.polish.bring_forward import brought_forward
from solver.polish.restore import restored
from solver.problem import Problem
from solver.proofs.unassigned_reasons import explain
from solver.search import compiling
from solver.validation import FieldError, whole

if TYPE_CHECKING:
    from solver.proofs.bound import Relaxation
    from solver.search.portfolio import Portfolio

DEFAULT_SECONDS = 10.0
LOADING_SECONDS = 1.5
"""Time that must be left for the exact model to be worth loading."""
KERNEL_SECONDS = 0.8
"""Time that must be left for the compiled search to be worth loading."""
KERNEL_LOADED_SECONDS = 0.1
"""The same in a process that has loaded it before."""
COMPILED_SECONDS = 150.0
"""So long another process may take to compile the search, on a busy machine."""
PYTHON_JOBS = 400
"""From this many jobs on, loading the compiled search gives a plan sooner than plain Python does.
"""
GREEDY_JOBS, GREEDY_SHARE = 4000, 0.1
"""From so many jobs on, and for so large a share of the time, a plan in plain Python is worth
having before the compiled search: it places what weighs most, for which that has too few steps.
"""
BOUND_SHARES = (0.1, 0.025, 0.35)
"""Share of all processors' time for the bound, once that is a second or more: at least, for each
second of the search, at most.
"""
FIRST_SHARE = 0.1
"""Share of the time left after which no other order of insertion is tried."""
LEAST_WORK = 0.2
"""Processor seconds for what weighs most where the time is over before anything was searched: on a
busy machine a plan that is late by a moment is worth more than one that leaves out the gravest.
"""
PROOF_SECONDS = 0.0003
"""For the shortest proof of why a job is left out."""
MOST_BOUNDED = 4000
"""Jobs from which on a better bound takes longer to begin than it is worth."""
LEAST_STEPS = 2
"""Steps for each job that a large problem needs to be searched at all."""
LONG_PROOFS = 0.1
"""Share of the time used so far that the longer proofs may take in a search that may end early."""
EARLY_BOUND = 0.2
"""The same for the bound."""
EFFORT_PER_STEP = 0.25e-3
"""Deterministic time of the exact model, about a second each, for a step of the search: about as
much more than the search as it gets of a limit in seconds.
"""


@dataclass(frozen=True)
class Limits:
    """How much may be spent on one solve; exactly one of `seconds` and `steps` in the end.

    With `patience` a solve by `seconds` ends early once it has stalled; without `search` the first
    plan is all there is, and nothing compiled or exact is loaded.

    Raises
    ------
    ValueError
        One line that names the argument.
    """

    seconds: float | None = None
    steps: int | None = None
    workers: int = 1
    seed: int = 1
    patience: float | None = None
    search: bool = True
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        if self.seconds is not None and self.steps is not None:
            raise FieldError("steps", "cannot be given together with seconds")
        if self.steps is not None:
            whole("steps", self.steps, 1, 10**12)
        elif self.seconds is None:
            object.__setattr__(self, "seconds", DEFAULT_SECONDS)
        if self.seconds is not None and not (
            type(self.seconds) in (int, float)
            and math.isfinite(self.seconds)
            and 0 < self.seconds <= 10**6
        ):
            raise FieldError(
                "seconds", f"must be a number above 0 and at most 1000000, got {self.seconds}"
            )
        if self.patience is not None and not (
            type(self.patience) in (int, float) and 0 < self.patience < 1
        ):
            raise FieldError("patience", f"must be a number between 0 and 1, got {self.patience}")
        whole("workers", self.workers, 1, 64)
        whole("seed", self.seed, 0, 2**31 - 1)

    @property
    def elapsed(self) -> float:
        """Seconds since solving began."""
        return time.monotonic() - self.began

    @property
    def ends(self) -> float:
        """Reading of the monotonic clock at which the time is up; never, for a limit in steps."""
        return self.began + self.allowed

    @property
    def allowed(self) -> float:
        """Seconds that may be spent in all; without end, for a limit in steps."""
        return math.inf if self.seconds is None else self.seconds

    def left(self) -> float:
        """Seconds until the time is up."""
        return self.ends - time.monotonic()


@dataclass
class Run:
    """What is known so far in one solve.

    `strain` is how many seconds pass while we work for one: above 1 on a machine that others use
    too. `standing` is the published plan, mended, in a search by steps.
    """

    indexed: IndexedProblem
    limits: Limits
    schedule: Schedule
    bound: int
    proved: bool = False
    strain: float = 1.0
    standing: Schedule | None = None
    stats: dict = field(default_factory=dict)

    def offer(self, schedule: Schedule) -> None:
        """Take a schedule if it is better."""
        if value(self.indexed, schedule) > value(self.indexed, self.schedule):
            self.schedule = schedule


def answer(problem: Problem, limits: Limits, start: Plan | None = None) -> Plan:
    """The plan for one problem within the limits; see `solver.solve`."""
    indexed = IndexedProblem(problem)
    worked = time.thread_time()
    by_steps = limits.steps is not None
    standing = mended(indexed, math.inf) if by_steps and indexed.published else None
    first = _first(indexed, limits, standing)
    run = Run(indexed, limits, first, simple_bound(indexed), standing=standing)
    run.strain = min(5.0, max(1.0, limits.elapsed / max(1e-3, time.thread_time() - worked)))
    _better(run, start)
    until = limits.ends - _reserve(run)
    if limits.patience is not None:
        until = min(until, time.monotonic() + LONG_PROOFS * limits.elapsed)
    run.schedule, unassigned = explain(indexed, run.schedule, until, ends=limits.ends)
    unexamined = sum(each.reason is Reason.UNEXAMINED for each in unassigned)
    if unexamined:
        run.stats["unexamined"] = unexamined
    _note_first(run)
    run.stats["seconds"] = round(limits.elapsed, 3)
    return _plan(run, unassigned)


def _better(run: Run, start: Plan | None) -> None:
    """Everything that may improve the first plan."""
    indexed, limits = run.indexed, run.limits
    if start is not None:
        run.offer(
            legal_part(
                indexed,
                {
                    indexed.job_no[each.job]: each
                    for each in start.assignments
                    if each.job in indexed.job_no
                },
            )
        )
    if len(run.schedule) > len(indexed.pins):
        _note_first(run)
    if indexed.jobs and indexed.units and limits.search:
        _search(run)
        _exact(run)
    if indexed.published:
        run.schedule = restored(indexed, run.schedule, limits.ends - _reserve(run))
    until = limits.ends - _reserve(run)
    if limits.patience is not None:
        until = min(until, time.monotonic() + LONG_PROOFS * limits.elapsed)
    run.offer(brought_forward(indexed, run.schedule, until))
    run.offer(_filled(run, until))


def _filled(run: Run, until: float) -> Schedule:
    """The schedule with what else finds its place, the most valuable for its time first."""
    board = Board(run.indexed, run.schedule)
    if run.stats.get("steps") or time.monotonic() < until:
        return fill(board, until)
    return fill(board, time.thread_time() + LEAST_WORK, time.thread_time)


def _plan(run: Run, unassigned: list[Unassigned]) -> Plan:
    indexed, score = run.indexed, value(run.indexed, run.schedule)
    visits = dumpings(indexed, run.schedule) if indexed.problem.speaks_of_loads else ()
    return Plan(
        problem=indexed.problem.id,
        score=score,
        bound=max(score, run.bound),
        status=_status(run, score),
        assignments=assignments(indexed, run.schedule),
        breaks=breaks(indexed, run.schedule),
        unassigned=tuple(sorted(unassigned, key=lambda each: each.job)),
        stats=run.stats if run.limits.steps is None else {"steps": run.limits.steps},
        format=FORMAT_2 if visits else FORMAT,
        dumpings=visits,
    )


def _status(run: Run, score: int) -> Status:
    if run.proved or run.bound <= score:
        return Status.OPTIMAL
    jobs, by_clock = len(run.indexed.jobs), run.limits.steps is None
    few_steps = run.stats.get("steps", 0) < LEAST_STEPS * jobs
    if by_clock and (run.stats.get("unexamined") or (jobs > PYTHON_JOBS and few_steps)):
        return Status.HASTY
    return Status.FEASIBLE


def _first(indexed: IndexedProblem, limits: Limits, standing: Schedule | None) -> Schedule:
    """A plan at once; for a large problem, with the compiled search at hand, what is fixed and
    published is enough, unless it is very large.
    """
    if limits.steps is not None:
        return first_plan(indexed, math.inf, standing=standing)
    jobs = len(indexed.jobs)
    if jobs <= PYTHON_JOBS or not (compiling.ready() and limits.search):
        share = 0.4
    else:
        share = GREEDY_SHARE if jobs >= GREEDY_JOBS else 0.0
    return first_plan(indexed, limits.began + share * limits.allowed)


def _note_first(run: Run) -> None:
    """Remember when the first plan was there, unless that is noted already."""
    if "first_s" not in run.stats:
        run.stats |= {
            "first_s": round(run.limits.elapsed, 3),
            "first_score": value(run.indexed, run.schedule),
        }


def _reserve(run: Run) -> float:
    """Seconds to keep back for a last look for places and the shortest proofs."""
    return min(
        0.4 * (run.limits.seconds or 0),
        PROOF_SECONDS * run.strain * (len(run.indexed.jobs) - len(run.schedule)),
    )


def _small(indexed: IndexedProblem) -> bool:
    """Whether the exact model can be expected to finish."""
    return len(indexed.jobs) <= 40


def _search(run: Run) -> None:
    """The compiled search; with cold kernels and a clock running, plain Python's until they are
    compiled elsewhere.
    """
    limits = run.limits
    if limits.steps is None and not compiling.ready():
        _python_search(run)
    least = KERNEL_LOADED_SECONDS if "solver.search.portfolio" in sys.modules else KERNEL_SECONDS
    if limits.steps is None and (not compiling.ready() or limits.left() < least):
        return
    if limits.steps is not None:  # nobody's clock runs
        compiling.wait_for_another(COMPILED_SECONDS)
    from solver.search.portfolio import Portfolio  # loads the compiled code

    portfolio = Portfolio(run.indexed, run.schedule, limits.seed, limits.workers)
    run.offer(portfolio.first(time.monotonic() + FIRST_SHARE * limits.left()))
    run.stats |= {
        "search_s": round(limits.elapsed, 3),
        "search_score": value(run.indexed, run.schedule),
    }
    _note_first(run)
    if limits.steps is not None:
        cycles.counted(portfolio, limits.steps, limits.seed, run.standing)
    else:
        share = 0.3 if _small(run.indexed) and limits.left() > 2 * LOADING_SECONDS else 1.0
        keep = _reserve(run) + min(0.15, 0.03 * limits.allowed)
        until = time.monotonic() + share * (limits.left() - keep)
        if limits.patience is None:
            _search_and_bound(run, portfolio, until)
        else:
            _search_while_it_pays(run, portfolio, until, limits.patience)
    run.offer(portfolio.schedule())
    run.stats["steps"] = portfolio.steps


def _python_search(run: Run) -> None:
    """Let the search be compiled, and do what plain Python can until it is, or until the time is
    up.
    """
    compiling.compile_elsewhere()
    _note_first(run)
    until = (
        run.limits.ends - 2 * _reserve(run) - 0.03 * run.limits.allowed
    )  # the compiler takes a processor
    run.offer(
        python_search.improve(run.indexed, run.schedule, until, compiling.ready, run.limits.seed)
    )


def _search_and_bound(run: Run, portfolio: "Portfolio", until: float) -> None:
    """Search until the clock reads `until`; the bound is tightened beside it or, with one worker,
    before the end.
    """
    limits = run.limits
    span, (least, slope, most) = until - time.monotonic(), BOUND_SHARES
    patience = span * min(most, max(least, slope * span))
    if patience < 1.0 or len(run.indexed.jobs) > MOST_BOUNDED:
        cycles.timed(portfolio, until, limits.seed)
        return

    from solver.proofs.bound import Relaxation

    relaxation = Relaxation(run.indexed, value(run.indexed, run.schedule))
    if limits.workers == 1:
        cycles.timed(portfolio, until - patience, limits.seed)
        relaxation.target = value(run.indexed, portfolio.schedule())
        relaxation.improve(until)
    else:
        beside = threading.Thread(
            target=relaxation.improve,
            args=(time.monotonic() + limits.workers * patience,),
            kwargs={"reached": lambda: portfolio.score},
        )
        beside.start()
        cycles.timed(portfolio, until, limits.seed, limits.workers * patience)
        beside.join()
    _tighten(run, relaxation)


def _search_while_it_pays(run: Run, portfolio: "Portfolio", until: float, patience: float) -> None:
    """Search until it stalls, at most until the clock reads `until`; then tighten the bound."""
    from solver.proofs.bound import Relaxation

    began = time.monotonic()
    if len(run.indexed.jobs) > MOST_BOUNDED:
        cycles.patient(portfolio, until, patience)
        return
    cycles.patient(portfolio, until - EARLY_BOUND * (until - began), patience)
    now = time.monotonic()
    relaxation = Relaxation(run.indexed, value(run.indexed, portfolio.schedule()))
    relaxation.improve(min(until, now + EARLY_BOUND * (now - began)))
    _tighten(run, relaxation)


def _tighten(run: Run, relaxation: "Relaxation") -> None:
    if relaxation.bound is not None:
        run.bound = min(run.bound, relaxation.bound)
    run.stats["bound_rounds"] = relaxation.rounds


def _exact(run: Run) -> None:
    """Hand what is small enough to the exact model."""
    limits = run.limits
    left = limits.left() - LOADING_SECONDS
    if left <= 0 or not _small(run.indexed):
        return
    from solver.proofs import cpsat  # heavy to load

    if not cpsat.small_enough(run.indexed):
        return
    if limits.steps is None:
        budget = Budget(0.9 * left, None, limits.workers, limits.seed)
    else:
        budget = Budget(None, limits.steps * EFFORT_PER_STEP, 1, limits.seed)
    outcome = cpsat.improve(run.indexed, run.schedule, budget)
    if outcome.schedule is not None:
        run.offer(outcome.schedule)
    run.proved = outcome.proved
    if outcome.bound is not None:
        run.bound = min(run.bound, outcome.bound)
