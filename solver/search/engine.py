"""One search from Python's side: starts, slices between looks at the clock, and what is handed
back.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from solver.construct import pinned_only
from solver.indexed import IndexedProblem, Schedule
from solver.insertion import separable
from solver.search.anneal import anneal, assign, construct, probe, time_all
from solver.search.arrays import (
    Data,
    Route,
    State,
    copied,
    empty_state,
    read_schedule,
    scratch,
    walked,
    write_routes,
)
from solver.search.watches import Exchange

SLICE_SECONDS = 0.03
PROBES = 600
"""Steps tried to find out what a step loses."""
SMALL = 0.1
"""Quantile of the losses that counts as small."""
MOST_COOLING = 30.0
"""Highest temperature at the start, in those of the end; without duties it is 10 to 27 times."""
LEAST_LOSS = 0.01
"""Share of a typical weight below which no loss is looked at: a few seconds of travel."""


@dataclass(frozen=True)
class Tuning:
    """How the search behaves; found on problems other than those it is measured on where there were
    enough.

    Parameters
    ----------
    hot, cold
        Temperatures at the start and the end: the share of what a step loses that is taken for it,
        see `cooling`.
    most_removed, removed_share
        Largest number of jobs that one ruin aims at: so many, or this share of the mean number of
        stops of a unit.
    detour_cost
        Points for each second of detour when places are compared; at least the travel cost is used.
    push_cost
        The same for each second by which the next stop is pushed back, in every other step.
    blink
        Probability of overlooking a place.
    work_offset
        Seconds added to each job's duration when its weight for the time it takes is ranked.
    absent_tried
        Left-out jobs tried in each step (all of them in problems up to twice as large).
    make_room
        Share of steps around a left-out job that clear a place for it.
    absent_seeds
        Share of steps around a left-out job.
    nearby
        Nearest jobs whose units are looked at for a job that very many units fit.
    strings, neighbours, moments
        Shares of the ways to ruin; the rest takes jobs from anywhere.
    by_way
        Share of steps that rank jobs by worth for their time and the way from the seed, where each
        job is one unit's and waits for no other.
    by_ratio
        Share of steps that put jobs back by worth for the time that each then takes in its best
        place; there too.
    """

    hot: float = 0.35
    cold: float = 0.2
    most_removed: int = 10
    removed_share: float = 0.6
    detour_cost: float = 1.0
    push_cost: float = 1.0
    blink: float = 0.01
    work_offset: float = 900.0
    absent_tried: int = 60
    make_room: float = 0.5
    absent_seeds: float = 0.3
    nearby: int = 30
    strings: float = 0.5
    neighbours: float = 0.3
    moments: float = 0.15
    by_way: float = 0.4
    by_ratio: float = 0.3

    def numbers(self, travel_cost: int, mean_stops: float, alone: bool) -> list[float]:
        """In the order in which compiled code reads them."""
        most = max(self.most_removed, int(self.removed_share * mean_stops))
        cost = max(self.detour_cost, travel_cost)
        shares = np.cumsum([self.strings, self.neighbours, self.moments])
        head = [cost, self.push_cost, self.blink, self.work_offset, self.absent_tried, most]
        tail = [self.by_way, self.by_ratio] if alone else [0.0, 0.0]
        return [*head, self.make_room, *shares, self.absent_seeds, self.nearby, *tail]


class Searcher:
    """One stream of search with its own memory; its compiled slices let other threads run.

    Parameters
    ----------
    indexed, data
        The problem, numbered and as arrays.
    seed
        Of its random stream.
    """

    def __init__(
        self, indexed: IndexedProblem, data: Data, seed: int, tuning: Tuning | None = None
    ):
        self.indexed, self.data = indexed, data
        self.tuning = tuning or Tuning()
        self.work = scratch(data, seed)
        self._tune(0.0)
        self.base = self._loaded(pinned_only(indexed)) or empty_state(data)
        self.state, self.current, self.best = (copied(data, self.base) for _ in range(3))
        self.exchange = Exchange(data, seed)
        self.cooling = (1.0, 1.0)
        self.steps = 0

    def _loaded(self, schedule: Schedule) -> State | None:
        """The schedule as a state; ``None`` when the search cannot represent it."""
        state = empty_state(self.data)
        if not write_routes(self.indexed, self.data, state, schedule) or not time_all(
            self.data, state, self.work
        ):
            return None
        return state

    def adopt(self, schedule: Schedule) -> None:
        """Go on from this schedule; keep it as the best if it is."""
        state = self._loaded(schedule)
        if state is not None:
            self.move_to(state)

    def start_over(self, schedule: Schedule) -> None:
        """Go on from this schedule, forgetting what was found before."""
        state = self._loaded(schedule)
        if state is not None:
            assign(self.best, state)
            self.move_to(state)

    def move_to(self, state: State) -> None:
        """Go on from a state."""
        assign(self.state, state)
        assign(self.current, state)
        if state.score[0] > self.best.score[0]:
            assign(self.best, state)

    def construct(
        self, tries: int, until: float = math.inf, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Multi-start insertion, begun anew while the clock reads less than `until`; go on from the
        best state.
        """
        for number in range(tries):
            construct(self.data, self.state, self.best, self.work, self.base, number)
            if clock() >= until:
                break
        self.move_to(self.best)
        stops = self.best.node["unit"][self.best.node["unit"] >= 0]
        self._tune(len(stops) / max(1, len(np.unique(stops))))
        self.cooling = self._cooling()

    def _cooling(self) -> tuple[float, float]:
        """Temperatures (points) at the start and the end, from what steps lose around the first
        plan.

        How much one step loses differs tenfold between kinds of problems: a job dropped for a
        heavier one where most are left out, minutes of lateness where nearly all are done. Jobs
        that go before all others whatever the sum says (weights a thousand times those of the rest)
        are no measure of it.
        """
        weights = self.data.job["weight"][:-1]
        typical = min(float(weights.mean()), 3 * float(np.median(weights)))
        least = max(1.0, LEAST_LOSS * typical)
        losses = np.zeros(PROBES, np.int64)
        count = probe(self.data, self.state, self.current, self.work, losses)
        losses = losses[:count][losses[:count] >= least]
        if len(losses) == 0:
            losses = np.array([least])
        cold = self.tuning.cold * float(np.quantile(losses, SMALL))
        return min(self.tuning.hot * float(np.median(losses)), MOST_COOLING * cold), cold

    def _tune(self, mean_stops: float) -> None:
        alone = separable(self.indexed)
        numbers = self.tuning.numbers(self.data.travel_cost, mean_stops, alone)
        self.work.tuning[: len(numbers)] = numbers

    def run(self, steps: int, begin: float, end: float) -> None:
        """Steps of annealing from share `begin` to share `end` (0..1) of the cooling."""
        hot, cold = self.cooling
        at = [hot * (cold / hot) ** share for share in (begin, end)]
        anneal(self.data, self.state, self.current, self.best, self.work, steps, *at)
        self.steps += steps

    def hand_round(self, until: float = math.inf) -> None:
        """Go on from the best state with its watches handed round, if that makes it better."""
        assign(self.state, self.best)
        if self.exchange.improve(self.state, self.work, until):
            self.move_to(self.state)
        else:
            assign(self.state, self.current)

    def routes(self) -> list[Route]:
        """The routes of the current solution."""
        data, after = self.data, self.current.node["next"].tolist()
        result: list[Route] = []
        job_of, earliest = data.visit["job"].tolist(), self.current.job["earliest"].tolist()
        for u in range(data.units):
            node, jobs = after[data.visits + u], []
            while node < data.visits:
                jobs.append(job_of[node])
                node = after[node]
            if jobs:
                starts = tuple(earliest[j] for j in jobs)
                result.append(Route(u, tuple(jobs), starts, walked(data, self.current, u)))
        return result

    def schedule(self) -> Schedule:
        """The best schedule found."""
        return read_schedule(self.data, self.best)


def search_steps(
    searcher: Searcher,
    steps: int,
    begin: float = 0.0,
    on_slice: Callable[[float], None] = lambda share: None,
) -> None:
    """An annealing of a given number of steps from share `begin` of the cooling; the same every
    time.
    """
    parts = 40
    for i in range(parts):
        count = steps * (i + 1) // parts - steps * i // parts
        if count:
            searcher.run(count, *(begin + (1.0 - begin) * share / parts for share in (i, i + 1)))
            on_slice((i + 1) / parts)


def search_until(
    searcher: Searcher,
    until: float,
    clock: Callable[[], float] = time.monotonic,
    begin: float = 0.0,
    on_slice: Callable[[float], None] = lambda share: None,
) -> None:
    """An annealing that ends when the clock reads `until`.

    Parameters
    ----------
    begin
        Share of the cooling (0..1) at which to begin.
    on_slice
        Called between slices with the share of the time that is used up.
    """
    began = now = clock()
    batch = 8
    while now < until:
        share = (now - began) / (until - began)
        on_slice(share)
        slice_s = min(SLICE_SECONDS, until - now)
        ahead = min(1.0, share + slice_s / (until - began))
        searcher.run(batch, begin + (1.0 - begin) * share, begin + (1.0 - begin) * ahead)
        spent = clock() - now
        now += spent
        batch = max(1, min(4 * batch, int(batch * slice_s / max(spent, 1e-4))))
