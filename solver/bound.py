"""A proven upper bound for problems too large for the exact model: Lagrangian relaxation over the
units.

Each slot of each job gets a price that the unit filling it earns. What the plan is worth is then at
most the weights not paid out as prices, plus the best day of each unit on its own. A team starts
together: what one slot earns more for a start in some spell of time, the others of the job earn
less, so it pays no unit to come when its partners do not. Subgradient steps look for the prices at
which the sum is least (Fisher 1981; the unit's problem is that of Boussier, Feillet and Gendreau
2007, relaxed).
"""

import time
from collections.abc import Callable

import numpy as np

from solver.indexed import IndexedProblem
from solver.search.pricing import Grid, best_day, tables

MOMENTS = 720
"""Upper limit of the fine grid: one minute for half a day."""
COARSE = 8
"""How many times coarser the first grid is."""
COARSE_SHARE = 0.7
"""Share of the time spent on it."""
SPELLS = 48
"""Spells of time in which the slots of a team have prices of their own."""
SHIFT_PACE = 3.0
"""How much faster those move than the prices themselves."""
MOMENTUM, MOMENTUM_ROUNDS = 0.97, 200
"""Share of the last direction that each step keeps: from a half, growing to so much in so many
rounds.
"""
PATIENCE, SHORTER = 16, 1.4
"""After so many rounds without gain the steps become so many times shorter."""
RIDE = 600
"""Seconds on the road for each job, to judge before the first round how much work there is time
for.
"""


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
        horizon, shortest = indexed.problem.horizon, min(job.shortest for job in indexed.jobs)
        fine = -(-horizon // MOMENTS)
        self.usable = fine <= shortest
        self.steps = [min(COARSE * fine, shortest), fine]
        self.best, self.rounds = np.inf, 0
        if not self.usable:
            return
        self.weight = np.array([job.weight for job in indexed.jobs], float)
        self.slots = max(len(job.slots) for job in indexed.jobs)
        self.counts = np.array([len(job.slots) for job in indexed.jobs])
        self.exists = np.arange(self.slots)[None, :] < self.counts[:, None]
        self.pinned = np.array([j in indexed.pins for j in range(len(indexed.jobs))])
        self.price = np.where(self.exists, _first_prices(indexed)[:, None], 0.0)
        self.shift = np.zeros((*self.price.shape, SPELLS))
        self.direction, self.turn = np.zeros_like(self.price), np.zeros_like(self.shift)
        self.reach, self.stalled = 1.0, 0
        self.last_use = np.zeros(len(indexed.problem.travel), np.int64)

    def improve(
        self, until: float, rounds: int = 10**9, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take subgradient steps until the clock reads `until`, for a number of rounds, or until
        steps are tiny.

        Most of the way is gone on a coarse grid of time, whose rounds are many times faster; every
        round on either proves a bound.
        """
        if not self.usable:
            return
        began = clock()
        for step, share in zip(self.steps, (COARSE_SHARE, 1.0), strict=True):
            end = until if share == 1.0 else began + share * (until - began)
            self.grid = _grid(self.indexed, step)
            self.kinds = _kinds(self.indexed, step)
            self.tables = tables(len(self.indexed.problem.travel), self.grid.moments)
            self.reach = max(self.reach, 0.1)
            for _ in range(rounds):
                bound, filled, wanted = self._evaluate(end, clock)
                if bound is None:
                    break
                self.rounds += 1
                self._move(bound, filled, wanted)
                if self.reach < 0.01:
                    break

    def _evaluate(
        self, until: float, clock: Callable[[], float]
    ) -> tuple[float | None, np.ndarray, np.ndarray]:
        """The bound at these prices (``None``: no time), how often each slot is filled, and which
        jobs should be.
        """
        rest = self.weight - self.price.sum(axis=1)
        wanted = (rest > 0) | self.pinned
        bound = float(rest[wanted].sum())
        filled = np.zeros_like(self.shift)
        prices = self.price[:, :, None] + self.shift
        for unit, fits, lengths, count in self.kinds:
            if clock() > until:
                return None, filled, wanted
            own = np.where(fits[:, :, None], prices, -1.0)
            slot, visits = own.argmax(axis=1), np.zeros((len(self.weight), SPELLS), np.int64)
            bound += count * best_day(
                self.grid, *self.tables, unit, lengths, own.max(axis=1), self.last_use, visits
            )
            j, spell = np.nonzero(visits)
            filled[j, slot[j, spell], spell] += count * visits[j, spell]
        return bound, filled, wanted

    def _move(self, bound: float, filled: np.ndarray, wanted: np.ndarray) -> None:
        """One step downhill; shorter ones when nothing has been gained for a while."""
        if bound < self.best - 1e-4 * abs(self.best if np.isfinite(self.best) else bound):
            self.stalled = 0
        else:
            self.stalled += 1
        self.best = min(self.best, bound)
        if self.stalled >= PATIENCE:
            self.reach, self.stalled = self.reach / SHORTER, 0
        momentum = min(MOMENTUM, 0.5 + (MOMENTUM - 0.5) * self.rounds / MOMENTUM_ROUNDS)
        apart = np.where(
            self.exists[:, :, None],
            filled - (filled.sum(axis=1) / self.counts[:, None])[:, None, :],
            0.0,
        )
        self.turn = apart + momentum * self.turn
        self.direction = (
            np.where(self.exists, filled.sum(axis=2) - wanted[:, None], 0.0)
            + momentum * self.direction
        )
        length = float((self.direction**2).sum()) + SHIFT_PACE * float((self.turn**2).sum())
        if length == 0:
            self.reach = 0.0
            return
        pace = self.reach * max(bound - self.target, 1.0) / length
        self.price = np.where(self.exists, np.maximum(0.0, self.price - pace * self.direction), 0.0)
        self.shift -= SHIFT_PACE * pace * self.turn

    @property
    def bound(self) -> int | None:
        """The least bound so far, rounded up to whole points; ``None`` before the first."""
        return int(np.ceil(self.best * (1 + 1e-12))) if np.isfinite(self.best) else None


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


def _grid(indexed: IndexedProblem, step: int) -> Grid:
    problem, jobs = indexed.problem, indexed.jobs
    moments = problem.horizon // step
    travel = np.array(problem.travel, np.int64)
    by_place: list[list[int]] = [[] for _ in problem.travel]
    for j, job in enumerate(jobs):
        by_place[job.location].append(j)
    opens = [[(lo // step, hi // step) for lo, hi in each] for each in indexed.starts]
    return Grid(
        step=step,
        moments=moments,
        spell=moments // SPELLS + 1,
        ways=np.minimum(travel // step, moments + 1),
        costs=(travel * problem.travel_cost).astype(float),
        first_job=np.cumsum([0, *map(len, by_place)]),
        jobs=np.array([j for each in by_place for j in each], np.int64),
        until=np.array([-1 if job.until is None else job.until for job in jobs], np.int64),
        first_open=np.cumsum([0, *map(len, opens)]),
        opens=np.array([lo for each in opens for lo, _ in each], np.int64),
        closes=np.array([hi for each in opens for _, hi in each], np.int64),
        due=np.array([10**8 if job.due is None else job.due for job in jobs], np.int64),
        late=np.array([job.late_cost / len(job.slots) for job in jobs]),
        late_most=np.array(
            [np.inf if job.late_most is None else job.late_most / len(job.slots) for job in jobs]
        ),
    )


def _kinds(
    indexed: IndexedProblem, step: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, int]]:
    """Units that are alike, once: numbers for `best_day`, which slots fit, how long each job takes,
    and how many units.
    """
    slots = max(len(job.slots) for job in indexed.jobs)
    result: dict[tuple, list] = {}
    for u in range(len(indexed.units)):
        fits = np.zeros((len(indexed.jobs), slots), bool)
        for j, each in enumerate(indexed.fitting):
            for k, units in enumerate(each):
                fits[j, k] = u in units
        numbers, lengths = _unit_numbers(indexed, u, step), _lengths(indexed, u)
        key = (tuple(numbers), fits.tobytes(), lengths.tobytes())
        result.setdefault(key, [np.array(numbers, np.int64), fits, lengths, 0])[3] += 1
    return [tuple(each) for each in result.values()]


def _lengths(indexed: IndexedProblem, unit: int) -> np.ndarray:
    """Seconds that each job takes at least when the unit is in its team, 0 for cover jobs: its own
    number where it can only be in the first slot, else that of the fastest team.
    """
    result = []
    for j, job in enumerate(indexed.jobs):
        lengths, fitting = indexed.lengths[j], indexed.fitting[j]
        leads = len(lengths) > 1 and unit in fitting[0]
        if leads and not any(unit in units for units in fitting[1:]):
            result.append(indexed.length(j, unit))
        else:
            result.append(0 if job.until is not None else lengths[-1])
    return np.array(result, np.int64)


def _unit_numbers(indexed: IndexedProblem, unit: int, step: int) -> list[int]:
    """Start, end, shift, the longest break (leaving out the others only raises the bound), and
    overtime.

    A break on the way counts as taken before leaving or after arriving. That loses nothing when its
    window has room for the longest way; else the window is widened until it has.
    """
    unit_spec, longest = indexed.units[unit], max(max(row) for row in indexed.problem.travel)
    numbers = [
        unit_spec.start,
        -1 if unit_spec.end is None else unit_spec.end,
        unit_spec.shift[0] // step,
        unit_spec.shift[1] // step,
    ]
    since = unit_spec.overtime_from
    overtime = [0, 0] if since is None else [since, unit_spec.overtime_cost]
    if not unit_spec.breaks:
        return [*numbers, 0, 0, 0, *overtime]
    rest = max(unit_spec.breaks, key=lambda each: each.duration)
    if rest.duration < step:
        return [*numbers, 0, 0, 0, *overtime]
    first, last = rest.window[0], rest.window[1] - rest.duration
    first -= max(0, longest - (last - first))
    rests = [rest.duration // step, max(first, 0) // step, last // step]
    return [*numbers, *rests, *overtime]
