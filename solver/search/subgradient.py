"""Prices moved a step towards the least bound, from the days that were best at them."""

from collections import namedtuple

import numpy as np

from solver.search.jit import compiled
from solver.search.pricing import Grid, Tables, best_day

MOMENTUM = 0.5
"""Share of the last direction that each step keeps."""
SHIFT_PACE = 3.0
"""How much faster the prices of spells move than the prices themselves."""
Work = namedtuple("Work", "weight counts pinned teams")
"""Of each job: its weight, its number of slots, whether it is pinned; and the jobs of several
slots, as `Grid.team` numbers them.
"""
Prices = namedtuple("Prices", "price shift mean_price mean_shift direction turn")
"""``[job, slot]`` and, of teams, ``[team, slot, spell]``: prices, their means over the last steps,
and the last directions.
"""
Days = namedtuple("Days", "route rest filled shifted")
"""The last day found of each kind of unit: its stops, as `Offers.route`, and its value without
prices; and how often each slot is filled by them, of teams by spell.
"""


@compiled
def price_kind(
    grid: Grid,
    tables: Tables,
    unit: np.ndarray,
    fits: np.ndarray,
    lengths: np.ndarray,
    count: int,
    kind: int,
    prices: Prices,
    days: Days,
    reach: int,
) -> float:
    """The best day of a kind of so many units at the prices of now takes the place of its last."""
    value = best_day(grid, tables, unit, fits, lengths, prices.price, prices.shift, reach)
    route = days.route[kind]
    _fill(grid, days, route, -count)
    for i in range(tables.offers.route[0, 0] + 1):
        for n in range(3):
            route[i, n] = tables.offers.route[i, n]
    _fill(grid, days, route, count)
    paid = 0.0
    for i in range(1, route[0, 0] + 1):
        job, slot = route[i, 0], route[i, 1]
        paid += prices.price[job, slot]
        if grid.team[job] >= 0:
            paid += prices.shift[grid.team[job], slot, route[i, 2]]
    days.rest[kind] = count * (value - paid)
    return value


@compiled
def _fill(grid: Grid, days: Days, route: np.ndarray, count: int) -> None:
    for i in range(1, route[0, 0] + 1):
        job, slot = route[i, 0], route[i, 1]
        days.filled[job, slot] += count
        if grid.team[job] >= 0:
            days.shifted[grid.team[job], slot, route[i, 2]] += count


@compiled
def step(
    work: Work, prices: Prices, days: Days, target: float, reach: float, newest: float
) -> bool:
    """Move all prices; False when nothing is left to move.

    The last days need not be the best ones at these prices: what they are worth now is less than
    the bound, but where they are too many shows the way as well (Zhao, Luh and Wang 1999).

    Parameters
    ----------
    target
        A score that is reached: the step aims at it.
    reach
        Share of the way.
    newest
        Share of these prices in their means.
    """
    worth, length = _turn_prices(work, prices, days)
    more, further = _turn_shifts(work, prices, days)
    worth, length = worth + more + days.rest.sum(), length + further
    if length == 0.0:
        return False
    pace = reach * max(worth - target, 1.0) / length
    for job in range(len(work.counts)):
        for k in range(work.counts[job]):
            price = max(0.0, prices.price[job, k] - pace * prices.direction[job, k])
            prices.price[job, k] = price
            prices.mean_price[job, k] += newest * (price - prices.mean_price[job, k])
    for i in range(len(work.teams)):
        for k in range(work.counts[work.teams[i]]):
            for spell in range(prices.shift.shape[2]):
                shift = prices.shift[i, k, spell] - SHIFT_PACE * pace * prices.turn[i, k, spell]
                prices.shift[i, k, spell] = shift
                prices.mean_shift[i, k, spell] += newest * (shift - prices.mean_shift[i, k, spell])
    return True


@compiled
def _turn_prices(work: Work, prices: Prices, days: Days) -> tuple[float, float]:
    """The direction: where slots are filled more often than wanted prices fall; what they are worth
    now, and the square of its length.
    """
    worth, length = 0.0, 0.0
    for job in range(len(work.counts)):
        rest = work.weight[job]
        for k in range(work.counts[job]):
            rest -= prices.price[job, k]
        wanted = 1 if rest > 0.0 or work.pinned[job] else 0
        worth += wanted * rest
        for k in range(work.counts[job]):
            worth += days.filled[job, k] * prices.price[job, k]
            turned = days.filled[job, k] - wanted + MOMENTUM * prices.direction[job, k]
            prices.direction[job, k] = turned
            length += turned * turned
    return worth, length


@compiled
def _turn_shifts(work: Work, prices: Prices, days: Days) -> tuple[float, float]:
    """The same for the spells: where one slot is filled more often than the others of its job."""
    worth, length = 0.0, 0.0
    for i in range(len(work.teams)):
        slots = work.counts[work.teams[i]]
        for spell in range(prices.shift.shape[2]):
            mean = 0.0
            for k in range(slots):
                mean += days.shifted[i, k, spell] / slots
            for k in range(slots):
                worth += days.shifted[i, k, spell] * prices.shift[i, k, spell]
                turned = days.shifted[i, k, spell] - mean + MOMENTUM * prices.turn[i, k, spell]
                prices.turn[i, k, spell] = turned
                length += SHIFT_PACE * turned * turned
    return worth, length
