"""The solver in a process of its own, and the referee's word on what it answers."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace

from ops.planning.level_demands import added_to
from ops.planning.short_watches import with_short_watches
from ops.planning.solver_input import SolverInput
from solver import Plan, Problem, solve
from solver.polish.restore import preferring
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
        solution = _named_at_posts(solve_and_check(solving, inputs.problem, seconds), inputs)
        return _with_short_watches(solution, inputs, seconds)
    first = _named_at_posts(solve_and_check(solving, without.problem, seconds / 2), without)
    inputs = added_to(first.plan, inputs)
    second = _named_at_posts(solve_and_check(solving, inputs.problem, seconds / 2), inputs)
    both = replace(second, seconds=first.seconds + second.seconds)
    return _with_short_watches(both, inputs, seconds)


def _named_at_posts(solution: Solution, inputs: SolverInput) -> Solution:
    """The solution with the posts handed to those who are named for them, where the referee passes
    that too.
    """
    plan = preferring(inputs.problem, solution.plan, inputs.preferred)
    if plan is solution.plan:
        return solution
    if broken := violations(inputs.problem, plan):
        log.error("those named for posts can't be sent there: %s", "; ".join(broken[:5]))
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


class SearchFailed(Exception):
    """A solver's process gave no answer."""


def asked(problem: Problem, **limits: object) -> bytes:
    """What a solver's process is asked: the arguments of ``solver.solve`` and the problem."""
    return f"{json.dumps(limits)}\n{problem.to_json()}".encode()


def new_child() -> subprocess.Popen:
    """A process that loads the search, waits for one problem and ends with its answer."""
    return subprocess.Popen(
        [sys.executable, "-m", "ops.replanning.solver_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def answer_of(child: subprocess.Popen, question: bytes, within: float) -> bytes:
    """A plan's JSON for what was asked, from a process that then has ended.

    Raises
    ------
    SearchFailed
        It died, or gave no answer within so many seconds.
    """
    with child:
        try:
            answer, err = child.communicate(question, timeout=within)
            fault = f"it ended with {child.returncode}: {err.decode(errors='replace').strip()}"
        except subprocess.TimeoutExpired:
            child.kill()
            answer, _ = child.communicate()  # it may have answered in this very moment
            fault = f"no answer in {within:.0f} s, the machine may be overloaded"
    if child.returncode != 0:
        raise SearchFailed(fault)
    return answer


class Stopped(Exception):
    """We are told to end while the solver runs: nothing is published, and the causes wait for the
    next start.
    """


class Solving:
    """Runs the solver in a process of its own: it can be stopped, and if it dies or hangs a plan
    still goes out.

    Each process answers one problem and ends.

    Parameters
    ----------
    in_idle_time
        Nobody waits for the plan: whatever else the machine has to do goes first.
    patience
        The search ends when the last so large a share of its time has gained next to nothing; 0: it
        takes all the time that it has.
    """

    def __init__(self, in_idle_time: bool = False, patience: float = 0.0) -> None:
        self._in_idle_time = in_idle_time
        self._patience = patience or None
        self._keeps_ready = False
        self._child: subprocess.Popen | None = None
        self._ready: subprocess.Popen | None = None
        self._stopped = False
        self._lock = threading.Lock()  # who stops may be another thread than who solves

    def get_ready(self) -> None:
        """Start a process that loads the search and waits, and from now on another one whenever a
        problem is answered: the next plan need not wait until it has loaded.
        """
        with self._lock:
            self._keeps_ready = True
            self._begin_ready()

    def _begin_ready(self) -> None:
        if self._keeps_ready and not self._stopped and not _lives(self._ready):
            self._ready = self._started()

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, and whether it is only the greedy one because the search failed.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        question = asked(problem, seconds=seconds, workers=WORKERS, seed=1, patience=self._patience)
        try:
            within = (
                seconds
                + PATIENCE_S
                + READING_S * (1 + len(problem.profiles)) * len(problem.travel) ** 2
            )
            answer = answer_of(self.begun(), question, within)
        except SearchFailed as failure:
            if self._stopped:
                raise Stopped from failure
            log.error("the search failed, the plan is made without it: %s", failure)
            enough = GREEDY_S + GREEDY_JOB_S * len(problem.jobs)
            return solve(problem, seconds=enough, search=False), True
        if self._stopped:
            raise Stopped
        with self._lock:  # whoever rests meanwhile finds none that waits afterwards
            self._begin_ready()
        return Plan.from_json(answer), False

    def rest(self) -> None:
        """End the process that waits, and keep none ready any more: nobody is about to ask."""
        with self._lock:
            self._keeps_ready = False
            self._end_ready()

    def stop(self) -> None:
        """End the solver's processes; no plan comes of them."""
        with self._lock:
            self._stopped = True
            if self._child and _lives(self._child):
                self._child.kill()
            self._end_ready()

    def _end_ready(self) -> None:
        if self._ready is not None:
            self._ready.kill()
            self._ready.communicate()
            self._ready = None

    def begun(self) -> subprocess.Popen:
        """The process that waits, or a new one, for one answer.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            ready, self._ready = self._ready, None
            if ready is not None and not _lives(ready):
                ready.communicate()
                ready = None
            self._child = ready or self._started()
            return self._child

    def _started(self) -> subprocess.Popen:
        child = new_child()
        if self._in_idle_time and hasattr(os, "setpriority"):  # Windows has none
            os.setpriority(os.PRIO_PROCESS, child.pid, IDLE_NICENESS)
        return child


def _lives(child: subprocess.Popen | None) -> bool:
    return child is not None and child.poll() is None
