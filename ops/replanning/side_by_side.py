"""Searches of equal length side by side: what a plan is worth more than another, asked by somebody
who waits for the answer.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

from ops.planning.solver_input import SolverInput
from ops.replanning.solver_process import Solving
from solver import Plan, Problem
from solver.polish.restore import preferring

AT_ONCE = 2
KEPT_S = 60.0
"""Seconds for which processes that have loaded the search wait for a question: loading takes longer
than the search that follows, waiting costs some 200 MB each.
"""


class SideBySide:
    """So many searches at once, whoever asks; their processes can be loaded while he still thinks.

    Parameters
    ----------
    kept
        Seconds without a question after which the processes that wait end.
    """

    def __init__(self, kept: float = KEPT_S) -> None:
        self._kept = kept
        self._all = [Solving() for _ in range(AT_ONCE)]
        self._free: SimpleQueue[Solving] = SimpleQueue()
        for solving in self._all:
            self._free.put(solving)
        self._end: threading.Timer | None = None
        self._lock = threading.Lock()

    def get_ready(self) -> None:
        """Have the processes load the search: a question comes soon."""
        with self._lock:
            if self._end:
                self._end.cancel()
            self._end = threading.Timer(self._kept, self.rest)
            self._end.daemon = True
            self._end.start()
            for solving in self._all:
                solving.get_ready()

    def rest(self) -> None:
        """End the processes that wait; the next question loads its own."""
        with self._lock:
            if self._end:
                self._end.cancel()
                self._end = None
            for solving in self._all:
                solving.rest()

    def plans(self, problems: Sequence[Problem], seconds: float) -> list[Plan] | None:
        """A plan for each problem, searched for so many seconds; ``None`` where a search failed."""
        with ThreadPoolExecutor(AT_ONCE) as both:
            answers = list(both.map(lambda problem: self._answer(problem, seconds), problems))
        return None if any(failed for _, failed in answers) else [plan for plan, _ in answers]

    def _answer(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        solving = self._free.get()
        try:
            return solving.solve(problem, seconds)
        finally:
            self._free.put(solving)


SEARCHES = SideBySide()
"""Those of this process: on a small machine more at once would only take time from one another."""


def handed_round(asked: Sequence[SolverInput], plans: Sequence[Plan]) -> list[Plan]:
    """The plans with their posts handed to those who are preferred for them, as in a plan that is
    published: only so they say what they prevent.
    """
    return [
        preferring(each.problem, plan, each.preferred)
        for each, plan in zip(asked, plans, strict=True)
    ]
