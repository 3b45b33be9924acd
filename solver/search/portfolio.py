"""One or several searchers on one problem, until the time or the steps are used up."""

import math
import threading
import time
from itertools import cycle
from typing import TYPE_CHECKING

from solver.budget import Budget
from solver.indexed import IndexedProblem, Schedule
from solver.search.anneal import assign
from solver.search.arrays import State, build, copied, read_schedule
from solver.search.engine import Searcher, search_steps, search_until

if TYPE_CHECKING:
    from solver.search.set_packing import Pool

FIRST_TRIES = 8
EXCHANGES = (0.4, 0.6, 0.75, 0.9)
"""Shares of the time at which every searcher goes on from the best state of all."""
HANDINGS = (0.8, 0.95)
"""Shares at which each hands watches round in its best state."""
HANDING_SHARE = 0.04
"""So much of the time that may take, each time."""


class Portfolio:
    """Searchers that share a problem.

    Parameters
    ----------
    indexed
        The numbered problem.
    schedule
        A legal schedule to start from.
    seed
        The first searcher's; the others count on from it.
    workers
        How many search at once.
    """

    def __init__(self, indexed: IndexedProblem, schedule: Schedule, seed: int, workers: int):
        self.indexed, self.data = indexed, build(indexed)
        self.searchers = [Searcher(indexed, self.data, seed + 1000 * i) for i in range(workers)]
        for each in self.searchers:
            each.adopt(schedule)
        self.pool: Pool | None = None
        self.lock = threading.Lock()
        self.leader = copied(self.data, self.searchers[0].best)

    def first(self, until: float = math.inf) -> Schedule:
        """Multi-start insertion, one short round; none is begun after the clock reads `until`."""
        others = [
            threading.Thread(target=each.construct, args=(FIRST_TRIES, until))
            for each in self.searchers[1:]
        ]
        for each in others:
            each.start()
        self.searchers[0].construct(FIRST_TRIES, until)
        for each in others:
            each.join()
        return self.schedule()

    def collect(self) -> None:
        """From now on remember all routes seen, for `pack`; only for separable problems."""
        from solver.search.set_packing import Pool  # loads the exact engine

        self.pool = Pool(self.indexed)

    def pack(self, budget: "Budget") -> None:
        """Recombine the routes seen so far; every searcher goes on from the best state.

        Raises
        ------
        RuntimeError
            Nothing was collected.
        """
        if self.pool is None:
            raise RuntimeError("no routes were collected")
        for each in self.searchers:
            each.move_to(each.best)
            self.pool.add(each.routes())
        schedule = self.pool.pack(budget)
        if schedule is not None:
            self.searchers[0].adopt(schedule)
        self.gather()

    def run_steps(self, steps: int, begin: float = 0.0) -> None:
        """A run that repeats exactly: the first searcher alone."""
        searcher, handings = self.searchers[0], list(HANDINGS)

        def look(share: float) -> None:
            self._remember(searcher)
            if handings and share >= handings[0]:
                handings.pop(0)
                searcher.hand_round()

        search_steps(searcher, steps, begin, look)
        self._share(searcher)

    def _remember(self, searcher: Searcher) -> None:
        if self.pool is not None:
            self.pool.add(searcher.routes())

    def send_back(self, searcher: Searcher, schedule: Schedule) -> None:
        """Let a searcher go on from this schedule, whatever is better; what it found is kept."""
        self._share(searcher)
        searcher.start_over(schedule)

    def empty(self, count: int) -> list[State]:
        """So many states in which only what is pinned is done."""
        return [self.searchers[0].base] * count

    def enter(self, states: list[State]) -> None:
        """Let each searcher go on from a state of its own, whatever is better; what they found is
        kept.
        """
        for each, state in zip(self.searchers, cycle(states), strict=False):
            self._share(each)
            assign(each.best, state)
            each.move_to(state)

    def ends(self) -> list[State]:
        """The best that each searcher has found since it entered."""
        return [copied(self.data, each.best) for each in self.searchers]

    def gather(self) -> None:
        """Every searcher goes on from the best state of all."""
        for each in self.searchers:
            self._share(each)
        for each in self.searchers:
            each.move_to(self.leader)

    def run_until(
        self, until: float, late: float = 0.0, begin: float = 0.0, apart: bool = False
    ) -> None:
        """Search in as many threads as there are searchers until the monotonic clock reads `until`.

        Parameters
        ----------
        late
            Seconds by which the last searcher begins later, because its processor is taken until
            then.
        begin
            Share of the cooling at which to begin.
        apart
            Whether each keeps to what it began with, and none goes on from what another found.
        """
        delays = [0.0] * (len(self.searchers) - 2) + [late]
        threads = [
            threading.Thread(target=self._search, args=(each, until, begin, apart, delay))
            for each, delay in zip(self.searchers[1:], delays, strict=False)
        ]
        for each in threads:
            each.start()
        self._search(self.searchers[0], until, begin, apart)
        for each in threads:
            each.join()

    def _search(
        self, searcher: Searcher, until: float, begin: float, apart: bool, delay: float = 0.0
    ) -> None:
        time.sleep(delay)
        waiting = list(EXCHANGES) if len(self.searchers) > 1 and not apart else []
        handings, most = list(HANDINGS), HANDING_SHARE * (until - time.monotonic())

        def meet(share: float) -> None:
            self._remember(searcher)
            if handings and share >= handings[0]:
                handings.pop(0)
                searcher.hand_round(min(until, time.monotonic() + most))
            if waiting and share >= waiting[0]:
                waiting.pop(0)
                self._share(searcher)
                self._follow(searcher)

        search_until(searcher, until, begin=begin, on_slice=meet)
        self._share(searcher)

    def _share(self, searcher: Searcher) -> None:
        with self.lock:
            if searcher.best.score[0] > self.leader.score[0]:
                assign(self.leader, searcher.best)

    def _follow(self, searcher: Searcher) -> None:
        with self.lock:
            if self.leader.score[0] > searcher.best.score[0]:
                searcher.move_to(self.leader)

    def schedule(self) -> Schedule:
        """The best schedule of all."""
        for each in self.searchers:
            self._share(each)
        return read_schedule(self.data, self.leader)

    @property
    def score(self) -> int:
        """Points of that schedule."""
        return max(int(each.score[0]) for each in (self.leader, *(s.best for s in self.searchers)))

    @property
    def steps(self) -> int:
        """Steps made by all searchers together."""
        return sum(each.steps for each in self.searchers)
