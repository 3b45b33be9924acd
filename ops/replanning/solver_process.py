"""The solver in a process of its own, and the referee's word on what it answers."""

import json
import logging
import threading
import time
from dataclasses import dataclass, replace

from ops.planning.level_demands import added_to
from ops.planning.short_watches import with_short_watches
from ops.planning.solver_input import SolverInput
from ops.planning.wanted.watch_parts import watches_of
from ops.replanning.search_process import SearchFailed, SearchProcess
from solver import Plan, Problem, solve
from solver.polish.restore import preferring
from solver.polish.staying import staying
from solver.referee import violations

log = logging.getLogger(__name__)
PATIENCE_S = (
    10.0  # what the solver's process gets for starting up and writing its answer, beyond its search
)
READING_S = 1e-6
"""The same for each way of the matrices, which it has to read before it searches."""
IDLE_NICENESS = 15  # a plan that somebody waits for is as pressing as any tap
WORKERS = 2
GREEDY_S, GREEDY_JOB_S = 1.0, 0.001
"""Seconds for a plan without the search, and for each job: much of it places what weighs most."""

STAYING_S = 1.0
"""The most that finding who may stay at his post takes; a tenth of it is usual."""
CUTTING_SHARE, LEAST_CUTTING_S = 0.3, 1.0
"""What cutting watches may take of the time of the search, and the least that it gets."""


class IllegalPlan(Exception):
    """The referee found broken rules: such a plan is never stored."""

    def __init__(self, broken: list[str]):
        self.broken = broken
        super().__init__("; ".join(broken[:5]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A plan that the referee has passed; ``is_fallback``: only the greedy one, for the search
    failed.
    """

    plan: Plan
    is_fallback: bool
    seconds: float


def solve_and_check(solving: "Solving", problem: Problem, seconds: float) -> Solution:
    """A plan that the referee has passed.

    Raises
    ------
    IllegalPlan
        He has not.
    Stopped
        ``solving`` was stopped.
    """
    started = time.perf_counter()
    plan, is_fallback = solving.solve(problem, seconds)
    if broken := violations(problem, plan):
        raise IllegalPlan(broken)
    return Solution(plan=plan, is_fallback=is_fallback, seconds=time.perf_counter() - started)


def solve_under_level(
    solving: "Solving", inputs: SolverInput, without: SolverInput | None, seconds: float
) -> tuple[SolverInput, Solution]:
    """A plan as ``solve_and_check`` makes one, with the problem that it answers: ``inputs``, begun
    from the plan for the same without the ordered level where that is asked for.

    Raises
    ------
    IllegalPlan, Stopped
        As there.
    """
    if without is None:
        solution = _at_posts(solve_and_check(solving, inputs.problem, seconds), inputs)
        return _with_short_watches(solution, inputs, seconds)
    first = _at_posts(solve_and_check(solving, without.problem, seconds / 2), without)
    inputs = added_to(first.plan, inputs)
    second = _at_posts(solve_and_check(solving, inputs.problem, seconds / 2), inputs)
    both = replace(second, seconds=first.seconds + second.seconds)
    return _with_short_watches(both, inputs, seconds)


def _at_posts(solution: Solution, inputs: SolverInput) -> Solution:
    """The solution with the posts kept by those who stand there, or handed to those who are named
    for them, where the referee passes that too.
    """
    until = time.monotonic() + STAYING_S
    watches = watches_of(inputs.tasks.values()).values()
    hours = tuple(tuple(task.id for task in parts) for parts in watches)
    plan = staying(inputs.problem, solution.plan, hours, until)
    plan = preferring(inputs.problem, plan, inputs.preferred)
    if plan is solution.plan:
        return solution
    if broken := violations(inputs.problem, plan):
        log.error("the posts can't be handed round: %s", "; ".join(broken[:5]))
        return solution
    return replace(solution, plan=plan)


def _with_short_watches(
    solution: Solution, inputs: SolverInput, seconds: float
) -> tuple[SolverInput, Solution]:
    """The solution with watches manned for as long as somebody can, and the problem that it then
    answers, where the referee passes that too.
    """
    within = max(LEAST_CUTTING_S, CUTTING_SHARE * seconds)
    asked, plan = with_short_watches(inputs, solution.plan, within)
    if plan is solution.plan:
        return inputs, solution
    if broken := violations(asked.problem, plan):
        log.error("watches can't be cut where they are left: %s", "; ".join(broken[:5]))
        return inputs, solution
    return asked, replace(solution, plan=plan)


def asked(problem: Problem, **limits: object) -> bytes:
    """What a solver's process is asked: the arguments of ``solver.solve`` and the problem."""
    return f"{json.dumps(limits)}\n{problem.to_json()}".encode()


class Stopped(Exception):
    """We are told to end while the solver runs: nothing is published, and the causes wait for the
    next start.
    """


class Solving:
    """Runs the solver in a process of its own: it can be stopped, and if it dies or hangs a plan
    still goes out.

    Parameters
    ----------
    in_idle_time
        Nobody waits for the plan: whatever else the machine has to do goes first.
    patience
        The search ends when the last so large a share of its time has gained next to nothing; 0: it
        takes all the time that it has.
    """

    def __init__(self, in_idle_time: bool = False, patience: float = 0.0) -> None:
        self._niceness = IDLE_NICENESS if in_idle_time else 0
        self._patience = patience or None
        self._keeps_ready = False
        self._searching: SearchProcess | None = None
        self._ready: SearchProcess | None = None
        self._stopped = False
        self._lock = threading.Lock()  # who stops may be another thread than who solves

    def get_ready(self) -> None:
        """Start a process that loads the search and waits, and from now on let it wait again
        whenever a problem is answered: the next plan need not wait until it has loaded.
        """
        with self._lock:
            self._keeps_ready = True
            self._begin_ready()

    def _begin_ready(self) -> None:
        if not self._keeps_ready or self._stopped:
            return
        if self._ready is not None and not self._ready.lives():
            self._end_ready()
        self._ready = self._ready or SearchProcess(self._niceness)

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, and whether it is only the greedy one because the search failed.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        question = asked(problem, seconds=seconds, workers=WORKERS, seed=1, patience=self._patience)
        reading = READING_S * (1 + len(problem.profiles)) * len(problem.travel) ** 2
        try:
            answer = self.search(question, seconds + PATIENCE_S + reading)
        except SearchFailed as failure:
            log.error("the search failed, the plan is made without it: %s", failure)
            enough = GREEDY_S + GREEDY_JOB_S * len(problem.jobs)
            return solve(problem, seconds=enough, search=False), True
        return Plan.from_json(answer), False

    def search(self, question: bytes, within: float) -> bytes:
        """A plan's JSON for what is ``asked``, from the process that waits or a new one.

        Raises
        ------
        SearchFailed
            There is none within so many seconds.
        Stopped
            ``stop`` was called.
        """
        process = self._taken()
        try:
            answer = process.answer(question, within)
        except SearchFailed as failure:
            if self._stopped:
                raise Stopped from failure
            raise
        finally:
            self._put_back(process)
        if self._stopped:
            raise Stopped
        with self._lock:  # whoever rests meanwhile finds none that waits afterwards
            self._begin_ready()
        return answer

    def _taken(self) -> SearchProcess:
        with self._lock:
            if self._stopped:
                raise Stopped
            if self._ready is not None and not self._ready.lives():
                self._end_ready()
            self._searching, self._ready = self._ready or SearchProcess(self._niceness), None
            return self._searching

    def _put_back(self, process: SearchProcess) -> None:
        """It waits for the next problem, where one is kept that does."""
        with self._lock:
            self._searching = None
            is_kept = self._keeps_ready and not self._stopped and self._ready is None
            if is_kept and process.can_go_on():
                self._ready = process
                return
        process.end()

    def rest(self) -> None:
        """End the process that waits, and keep none ready any more: nobody is about to ask."""
        with self._lock:
            self._keeps_ready = False
            self._end_ready()

    def stop(self) -> None:
        """End the solver's processes; no plan comes of them."""
        with self._lock:
            self._stopped = True
            if self._searching is not None:
                self._searching.kill()
            self._end_ready()

    def _end_ready(self) -> None:
        if self._ready is not None:
            self._ready.end()
            self._ready = None
