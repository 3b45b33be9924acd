"""One or several searchers on one problem, until the time or the steps are used up."""

import threading

from solver.canon import Canon, Schedule
from solver.search.anneal import assign
from solver.search.data import build, copied
from solver.search.engine import Searcher, search_steps, search_until

EXCHANGES = (0.4, 0.6, 0.75, 0.9)
"""Shares of the time at which every searcher goes on from the best state of all."""


class Team:
    """Searchers that share a problem.

    Parameters
    ----------
    canon
        The numbered problem.
    schedule
        A legal schedule to start from.
    seed
        The first searcher's; the others count on from it.
    workers
        How many search at once.
    """

    def __init__(self, canon: Canon, schedule: Schedule, seed: int, workers: int):
        self.canon, self.data = canon, build(canon)
        self.searchers = [Searcher(canon, self.data, seed + 1000 * i) for i in range(workers)]
        for each in self.searchers:
            each.adopt(schedule)
        self.lock = threading.Lock()
        self.leader = copied(self.data, self.searchers[0].best)

    def first(self) -> Schedule:
        """Multi-start insertion, one short round."""
        self.searchers[0].construct(8)
        self._share(self.searchers[0])
        return self.schedule()

    def run_steps(self, steps: int) -> None:
        """A run that repeats exactly: the first searcher alone."""
        search_steps(self.searchers[0], steps)
        self._share(self.searchers[0])

    def run_until(self, until: float) -> None:
        """Search in as many threads as there are searchers until the monotonic clock reads `until`."""
        threads = [threading.Thread(target=self._search, args=(each, until)) for each in self.searchers[1:]]
        for each in threads:
            each.start()
        self._search(self.searchers[0], until)
        for each in threads:
            each.join()

    def _search(self, searcher: Searcher, until: float) -> None:
        waiting = list(EXCHANGES) if len(self.searchers) > 1 else []

        def meet(share: float) -> None:
            if waiting and share >= waiting[0]:
                waiting.pop(0)
                self._share(searcher)
                self._follow(searcher)

        search_until(searcher, until, on_slice=meet)
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
        best = max(self.searchers, key=lambda each: int(each.best.score[0]))
        return best.schedule()

    @property
    def steps(self) -> int:
        """Steps made by all searchers together."""
        return sum(each.steps for each in self.searchers)
