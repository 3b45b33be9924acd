"""The solver in a process of its own, and the referee's word on what it answers."""

import logging
import os
import subprocess
import sys
import time
from dataclasses import dataclass

from solver import Plan, Problem, solve
from solver.referee import violations

log = logging.getLogger(__name__)
PATIENCE_S = (
    10.0  # what the solver's process gets for starting up and writing its answer, beyond its search
)
NICENESS, IDLE_NICENESS = (
    10,
    15,
)  # a search takes its time in any case: taps and pages, which take little, go first
GREEDY_S = 1.0  # too short for anything but the greedy plan, which needs no compiled code


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
    """

    def __init__(self, in_idle_time: bool = False) -> None:
        self._niceness = IDLE_NICENESS if in_idle_time else NICENESS
        self._child: subprocess.Popen | None = None
        self._stopped = False

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        """The plan, and whether it is only the greedy one because the search failed.

        Raises
        ------
        Stopped
            ``stop`` was called.
        """
        command = [
            sys.executable,
            "-m",
            "solver",
            "-",
            "--seconds",
            str(seconds),
            "--workers",
            "2",
            "--seed",
            "1",
        ]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as self._child:
            if hasattr(os, "setpriority"):  # Windows has none
                os.setpriority(os.PRIO_PROCESS, self._child.pid, self._niceness)
            try:
                out, err = self._child.communicate(
                    problem.to_json().encode(), timeout=seconds + PATIENCE_S
                )
            except subprocess.TimeoutExpired:
                self._child.kill()
                out, err = b"", b"hung, and was stopped"
        if self._stopped:
            raise Stopped
        if self._child.returncode == 0:
            return Plan.from_json(out), False
        log.error(
            "solver ended with %s: %s", self._child.returncode, err.decode(errors="replace").strip()
        )
        return solve(problem, seconds=GREEDY_S), True

    def stop(self) -> None:
        """End the solver's process, if one runs; no plan comes of it."""
        self._stopped = True
        if self._child and self._child.poll() is None:
            self._child.kill()
