"""A proven upper bound for problems too large for the exact model: Lagrangian relaxation over the
units.

Each slot of each job gets a price that the unit filling it earns. What the plan is worth is then at
most the weights not paid out as prices, plus the best day of each unit on its own. A team starts
together: what one slot earns more for a start in some spell of time, the others of the job earn
less, so it pays no unit to come when its partners do not. Subgradient steps look for the prices at
which the sum is least (Fisher 1981; the unit's problem is that of Boussier, Feillet and Gendreau
2007, relaxed). A step is taken whenever some of the units have got a new best day, long before all
have; only what is proved in the end, at the mean of the prices, takes the best day of them all.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from solver.indexed import IndexedProblem
from solver.parts import HOUR, Unit
from solver.search.pricing import Grid, best_day, shorten, tables
from solver.search.subgradient import Days, Prices, Work, price_kind, step

BUCKETS, LARGE_BUCKETS, MOST_BUCKETS = 128, 64, 2048
"""Buckets of time in the horizon, at least; the same for a large problem; upper limit."""
LARGE = 8000
"""Kinds of units times places from which on a problem is large."""
SPELLS = 48
"""Spells of time in which the slots of a team have prices of their own."""
BLOCK = 0.05
"""Share of the kinds of units that get a new best day before each step."""
NEAR, NEAR_SHARE = 12, 0.8
"""Places tried from each, the nearest, for days that only show the way; share of the time after
which all places are tried.
"""
REACH, LAST_REACH = 4.0, 0.05
"""Share of the way to the target that the first step and the last aim at."""
NEWEST = 0.02
"""Share of the newest prices in their mean, at least."""
SLOWER = 1.4
"""How many times slower than the rounds so far the last one may be, and what comes before it."""
CHECK, CHECK_ROUNDS = 0.6, 10
"""Share of the time after which a bound is proved on the way, from so many rounds on."""
MARKS = 64
"""Jobs of one place that can be told apart; the others may be done again and again."""
RIDE = 600
"""Seconds on the road for each job, to judge before the first round how much work there is time
for.
"""


@dataclass(frozen=True)
class Kind:
    """So many units that are alike, as `best_day` wants them; they go by one profile."""

    numbers: np.ndarray
    fits: np.ndarray
    lengths: np.ndarray
    count: int
    grid: Grid


class Relaxation:
    """Prices for every visit, moved towards the least bound.

    Parameters
    ----------
    indexed
        The numbered problem.
    target
        A score that is already reached: the steps aim at it.
    """

    def __init__(self, indexed: IndexedProblem, target: int):
        self.indexed, self.target = indexed, target
        self.best, self.rounds, self.whole = np.inf, 0, 0.0
        alike = _alike(indexed)
        bits = _bits(indexed, len(alike))
        self.usable = indexed.problem.horizon >> bits < MOST_BUCKETS
        if not self.usable:
            return
        jobs, self.places = indexed.jobs, len(indexed.problem.travel)
        self.slots = np.array([len(job.slots) for job in jobs])
        self.work = Work(
            np.array([job.weight for job in jobs], float),
            self.slots,
            np.array([j in indexed.pins for j in range(len(jobs))]),
            np.flatnonzero(self.slots > 1),
        )
        self.kinds = _kinds(indexed, alike, bits, self.work.teams)
        buckets, most = (indexed.problem.horizon >> bits) + 1, int(self.slots.max())
        teams = len(self.work.teams)
        self.tables = tables(self.places, len(jobs), teams, SPELLS, buckets)
        exists = np.arange(most)[None, :] < self.slots[:, None]
        self.price = np.where(exists, _first_prices(indexed)[:, None], 0.0)
        self.shift = np.zeros((teams, most, SPELLS))
        self.days = Days(
            np.zeros((len(self.kinds), buckets + 2, 3), np.int64),
            np.zeros(len(self.kinds)),
            np.zeros_like(self.price),
            np.zeros_like(self.shift),
        )

    def improve(
        self,
        until: float,
        rounds: int = 10**9,
        clock: Callable[[], float] = time.monotonic,
        reached: Callable[[], int] | None = None,
    ) -> None:
        """Take subgradient steps until the clock reads `until`, for a number of rounds (so often is
        the best day of each unit looked for), or until there is nothing to move.

        Parameters
        ----------
        reached
            Tells the score of a search that runs beside: the steps aim at it.
        """
        if not self.usable:
            return
        began = clock()
        prices = Prices(
            self.price,
            self.shift,
            *map(np.copy, (self.price, self.shift)),
            *map(np.zeros_like, (self.price, self.shift)),
        )
        if not self._prove(prices, until, clock, keep=True) or rounds < 2:
            return
        turns, count = _turns(len(self.kinds)), len(self.kinds)
        block, steps = max(1, round(BLOCK * count)), 0
        checked, whole = False, self.whole
        while True:
            now, done = clock(), 1 + steps * block / count
            share = max((now - began) / (until - began), done / rounds)
            if now + SLOWER * whole > until or done > rounds - 1:
                break
            if share > CHECK and done > CHECK_ROUNDS and not checked:
                checked = self._prove(prices, until, clock)
            steps += 1
            reach = REACH * (LAST_REACH / REACH) ** share
            newest = max(NEWEST, 1 / steps)
            if not step(self.work, prices, self.days, float(self.target), reach, newest):
                break
            if reached is not None:
                self.target = max(self.target, reached())
            now = clock()  # loading `step` the first time must not count
            near = share < NEAR_SHARE
            for kind in islice(turns, block):
                self._price(kind, prices, NEAR if near else self.places)
            if not near:
                whole += 0.1 * ((clock() - now) * count / block - whole)
        self.rounds = round(done)
        self._prove(prices, until, clock)

    def _price(self, kind: int, prices: Prices, reach: int) -> float:
        """A new best day for one kind of units; its value."""
        each = self.kinds[kind]
        return price_kind(
            each.grid,
            self.tables,
            each.numbers,
            each.fits,
            each.lengths,
            each.count,
            kind,
            prices,
            self.days,
            reach,
        )

    def _prove(
        self, prices: Prices, until: float, clock: Callable[[], float], keep: bool = False
    ) -> bool:
        """The bound at the mean prices, or at these if their days are to be kept; whether there was
        time for it.
        """
        rest = self.work.weight - prices.mean_price.sum(axis=1)
        bound = float(rest[(rest > 0) | self.work.pinned].sum())
        for i, each in enumerate(self.kinds):
            now = clock()
            if now > until:
                return False
            if i <= 1:
                began = now  # loading what is compiled must not count
            if keep:
                bound += each.count * self._price(i, prices, self.places)
            else:
                bound += each.count * best_day(
                    each.grid,
                    self.tables,
                    each.numbers,
                    each.fits,
                    each.lengths,
                    prices.mean_price,
                    prices.mean_shift,
                    self.places,
                )
        self.best = min(self.best, bound)
        self.whole = (clock() - began) * len(self.kinds) / max(1, len(self.kinds) - 1)
        return True

    @property
    def bound(self) -> int | None:
        """The least bound so far, rounded up to whole points; ``None`` before the first."""
        return int(np.ceil(self.best * (1 + 1e-12))) if np.isfinite(self.best) else None


def _turns(kinds: int) -> Iterator[int]:
    """All kinds again and again, each time in another order."""
    draw = random.Random(1)
    while True:
        yield from draw.sample(range(kinds), kinds)


def _first_prices(indexed: IndexedProblem) -> np.ndarray:
    """What a slot of each job is worth in time: seconds at the points per second of the last job
    that there is time for when the densest come first; never more than its share of the weight.
    """
    jobs = indexed.jobs
    slots = np.array([len(job.slots) for job in jobs])
    weight = np.array([job.weight for job in jobs], float)
    time_of_one = np.array(indexed.usual) + RIDE
    time_of_all = sum(
        unit.shift[1] - unit.shift[0] - sum(rest.duration for rest in unit.breaks)
        for unit in indexed.units
    )
    density = weight / (time_of_one * slots)
    densest = np.argsort(-density, kind="stable")
    used = np.cumsum((time_of_one * slots)[densest])
    last = densest[min(int(np.searchsorted(used, time_of_all)), len(jobs) - 1)]
    return np.minimum(weight / slots, density[last] * time_of_one)


def _bits(indexed: IndexedProblem, kinds: int) -> int:
    """The size of a bucket: no longer than the shortest job, which so ends in a later one."""
    large = kinds * len(indexed.problem.travel) >= LARGE
    most = indexed.problem.horizon // (LARGE_BUCKETS if large else BUCKETS)
    shortest = min(job.shortest for job in indexed.jobs)
    return max(1, min(shortest, most)).bit_length() - 1


def _grid(indexed: IndexedProblem, unit: int, bits: int, teams: np.ndarray) -> Grid:
    """The problem as the unit's profile has it."""
    problem, jobs = indexed.problem, indexed.jobs
    travel, numbers = np.array(indexed.travel[unit], np.int64), np.int64
    shorten(travel)
    by_place: list[list[int]] = [[] for _ in problem.travel]
    for j, job in enumerate(jobs):
        by_place[job.location].append(j)
    mark, team = np.zeros(len(jobs), np.uint64), np.full(len(jobs), -1, numbers)
    for own in by_place:
        mark[own[:MARKS]] = [1 << i for i in range(len(own[:MARKS]))]
    team[teams] = np.arange(len(teams))
    opens = indexed.starts
    return Grid(
        bits=bits,
        buckets=(problem.horizon >> bits) + 1,
        spell=problem.horizon // SPELLS + 1,
        ways=travel,
        near=np.argsort(travel, axis=1, kind="stable"),
        costs=(travel * problem.travel_cost).astype(float),
        first_job=np.cumsum([0, *map(len, by_place)]),
        jobs=np.array([j for each in by_place for j in each], numbers),
        mark=mark,
        team=team,
        until=np.array([-1 if job.until is None else job.until for job in jobs], numbers),
        first_open=np.cumsum([0, *map(len, opens)]),
        opens=np.array([lo for each in opens for lo, _ in each], numbers),
        closes=np.array([hi for each in opens for _, hi in each], numbers),
        due=np.array([10**8 if job.due is None else job.due for job in jobs], numbers),
        late=np.array([job.late_cost / len(job.slots) for job in jobs]),
        late_most=np.array(
            [np.inf if job.late_most is None else job.late_most / len(job.slots) for job in jobs]
        ),
        waiting=np.array([job.wait_cost / HOUR / len(job.slots) for job in jobs]),
    )


def _alike(indexed: IndexedProblem) -> list[tuple[np.ndarray, list[int]]]:
    """Units that are alike: what they fit, by job and slot, and their numbers."""
    jobs, most = len(indexed.jobs), max(len(job.slots) for job in indexed.jobs)
    fits = np.zeros((len(indexed.units), jobs, most), bool)
    for j, slots in enumerate(indexed.fitting):
        for k, units in enumerate(slots):
            fits[units, j, k] = True
    alike: dict[tuple, list[int]] = {}
    for u, unit in enumerate(indexed.units):
        key = (tuple(_unit_numbers(unit)), unit.size, unit.profile, fits[u].tobytes())
        alike.setdefault(key, []).append(u)
    return [(fits[units[0]], units) for units in alike.values()]


def _kinds(
    indexed: IndexedProblem,
    alike: list[tuple[np.ndarray, list[int]]],
    bits: int,
    teams: np.ndarray,
) -> list[Kind]:
    """Units that are alike, once."""
    lengths: dict[tuple, np.ndarray] = {}
    grids: dict[str | None, Grid] = {}
    result = []
    for fits, (first, *others) in alike:
        unit = indexed.units[first]
        able = unit.size, fits.tobytes()
        if able not in lengths:
            lengths[able] = _lengths(indexed, first, fits)
        if unit.profile not in grids:
            grids[unit.profile] = _grid(indexed, first, bits, teams)
        own = np.array(_unit_numbers(unit), np.int64)
        result.append(Kind(own, fits, lengths[able], 1 + len(others), grids[unit.profile]))
    return result


def _lengths(indexed: IndexedProblem, unit: int, fits: np.ndarray) -> np.ndarray:
    """Seconds that each job takes at least when the unit is in its team, 0 for cover jobs: its own
    number where it can only be in the first slot, else that of the fastest team.
    """
    result = []
    for j, job in enumerate(indexed.jobs):
        lengths = indexed.lengths[j]
        if len(lengths) > 1 and fits[j, 0] and not fits[j, 1:].any():
            result.append(indexed.length(j, unit))
        else:
            result.append(0 if job.until is not None else lengths[-1])
    return np.array(result, np.int64)


def _unit_numbers(unit: Unit) -> list[int]:
    """Start, end, shift, the longest break (leaving out the others only raises the bound), and
    overtime.
    """
    end, since = -1 if unit.end is None else unit.end, unit.overtime_from
    overtime = [0, 0] if since is None else [since, unit.overtime_cost]
    if not unit.breaks:
        return [unit.start, end, *unit.shift, 0, 0, 0, *overtime]
    rest = max(unit.breaks, key=lambda each: each.duration)
    first = max(rest.window[0], unit.shift[0])
    last = min(rest.window[1], unit.shift[1]) - rest.duration
    return [unit.start, end, *unit.shift, rest.duration, first, last, *overtime]
