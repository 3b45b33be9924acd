"""The best day of one unit when every visit has a price: a relaxation of routing, on a grid of
time.

All times are rounded down to the grid, so nothing that is possible is lost; a job may be done
again, but not twice in a row. States are kept for each place and moment, once for a unit that has
*arrived* (it may wait) and once for one that is *ready* to leave (just done with a job or its
break), each with its best value and the best among those whose last job is another one.
"""

from collections import namedtuple

import numpy as np

from solver.search.jit import compiled

NOTHING = -1e18
Grid = namedtuple(
    "Grid",
    "step moments spell ways costs first_job jobs until first_open opens closes due late late_most",
)
"""The problem on the grid: `ways` in moments, `costs` in points; jobs are listed by place
(`first_job`).

Prices hold for a *spell* of so many moments; `late` is what each unit of a team bears of a second's
lateness, `late_most` of all of it. `until` is the second at which a cover job ends, -1 for others.
"""
Table = namedtuple("Table", "value last source")
"""``[breaks taken, place, moment, best or second]``."""


def tables(places: int, moments: int) -> list[Table]:
    """Memory for arrived, ready, and the richest that have left."""
    shapes = [(2, places, count, 2) for count in (moments + 1, moments + 1, 1)]
    return [
        Table(np.empty(shape), np.empty(shape, np.int64), np.empty(shape, np.int64))
        for shape in shapes
    ]


@compiled
def _clear(table: Table) -> None:
    shape = table.value.shape
    for b in range(shape[0]):
        for place in range(shape[1]):
            for moment in range(shape[2]):
                for rank in range(2):
                    table.value[b, place, moment, rank] = NOTHING
                    table.last[b, place, moment, rank] = -1
                    table.source[b, place, moment, rank] = -1


@compiled
def _offer(
    table: Table, b: int, place: int, moment: int, value: float, last: int, source: int
) -> None:
    """Keep the value if it is the best, or the best with another last job than the best."""
    value_0, last_0 = table.value[b, place, moment, 0], table.last[b, place, moment, 0]
    if value > value_0:
        if last != last_0:
            table.value[b, place, moment, 1] = value_0
            table.last[b, place, moment, 1] = last_0
            table.source[b, place, moment, 1] = table.source[b, place, moment, 0]
        table.value[b, place, moment, 0] = value
        table.last[b, place, moment, 0] = last
        table.source[b, place, moment, 0] = source
    elif value > table.value[b, place, moment, 1] and last != last_0:
        table.value[b, place, moment, 1] = value
        table.last[b, place, moment, 1] = last
        table.source[b, place, moment, 1] = source


@compiled
def best_day(
    grid: Grid,
    arrived: Table,
    ready: Table,
    rich: Table,
    unit: np.ndarray,
    lengths: np.ndarray,
    prices: np.ndarray,
    until: np.ndarray,
    visits: np.ndarray,
) -> float:
    """Value of the best day at these prices; adds one to ``visits[job, spell]`` for each time the
    day begins it then.

    Parameters
    ----------
    unit
        Start, end (-1: anywhere), first and last moment of the shift, then the break: moments long
        (0: none), first and last moment at which it may begin; the second from which work costs
        overtime, and its points per second.
    lengths
        Seconds that each job takes at least when the unit is in its team; 0 for cover jobs.
    prices
        Points for each job begun in each spell; 0 or less: the unit cannot or need not do it.
    until
        Memory for the last moment at which each place is of use.
    """
    _clear(arrived)
    _clear(ready)
    _clear(rich)
    origin, home, shift_from, shift_to, rest = unit[0], unit[1], unit[2], unit[3], unit[4]
    places, last_b = grid.ways.shape[0], 1 if rest > 0 else 0
    best, best_at = 0.0, np.int64(-1)
    _offer(ready, 0, origin, shift_from, 0.0, -2, -1)
    _last_use(grid, lengths, prices, shift_to, until)
    if home >= 0 and rest > 0:
        until[home] = shift_to
    for now in range(shift_from, shift_to + 1):
        for b in range(last_b + 1):
            for a in range(places):
                _leave(grid, arrived, ready, rich, b, a, now, until)
        for b in range(last_b + 1):
            for a in range(places):
                _stay(grid, arrived, ready, unit, lengths, prices, b, a, now)
                value = ready.value[b, a, now, 0]
                if b == last_b and value > best:
                    way = 0 if home < 0 else grid.ways[a, home]
                    gain = value - (0.0 if home < 0 else grid.costs[a, home])
                    if now + way <= shift_to and gain > best:
                        best, best_at = gain, _code(grid, a, now, 0)
    if best_at >= 0:
        _trace(grid, arrived, ready, best_at, last_b, rest, visits)
    return best


@compiled
def _last_use(
    grid: Grid, lengths: np.ndarray, prices: np.ndarray, shift_to: int, until: np.ndarray
) -> None:
    """Until when a job that pays may be begun at each place; -1: none may."""
    for place in range(len(until)):
        until[place] = -1
        for i in range(grid.first_job[place], grid.first_job[place + 1]):
            job = grid.jobs[i]
            if _pays(prices, job) and grid.first_open[job] < grid.first_open[job + 1]:
                last = min(
                    grid.closes[grid.first_open[job + 1] - 1], shift_to - lengths[job] // grid.step
                )
                if grid.until[job] // grid.step <= shift_to:
                    until[place] = max(until[place], last)


@compiled
def _pays(prices: np.ndarray, job: int) -> bool:
    for spell in range(prices.shape[1]):  # noqa: SIM110 (compiled)
        if prices[job, spell] > 0.0:
            return True
    return False


@compiled
def _code(grid: Grid, place: int, moment: int, rank: int) -> int:
    return (place * (grid.moments + 1) + moment) * 2 + rank


@compiled
def _leave(
    grid: Grid,
    arrived: Table,
    ready: Table,
    rich: Table,
    b: int,
    a: int,
    now: int,
    until: np.ndarray,
) -> None:
    """From a place where the unit is ready to every other where it is of use to arrive by
    ``until[place]``.

    It is of no use to leave if it could have left as rich before: `rich` remembers the two richest
    states, of different last jobs, that have left each place so far.
    """
    for rank in range(2):
        value, last = ready.value[b, a, now, rank], ready.last[b, a, now, rank]
        if value <= NOTHING or value <= rich.value[b, a, 0, 1]:
            continue
        if value <= rich.value[b, a, 0, 0] and last == rich.last[b, a, 0, 0]:
            continue
        source = _code(grid, a, now, rank)
        _offer(rich, b, a, 0, value, last, source)
        for to in range(grid.ways.shape[0]):
            moment = now + grid.ways[a, to]
            if moment <= until[to]:
                _offer(arrived, b, to, moment, value - grid.costs[a, to], last, source)


@compiled
def _stay(
    grid: Grid,
    arrived: Table,
    ready: Table,
    unit: np.ndarray,
    lengths: np.ndarray,
    prices: np.ndarray,
    b: int,
    a: int,
    now: int,
) -> None:
    """Wait, or begin a job or the break here."""
    if now > unit[2]:
        for rank in range(2):
            value = arrived.value[b, a, now - 1, rank]
            if value > NOTHING:
                last, source = (
                    arrived.last[b, a, now - 1, rank],
                    arrived.source[b, a, now - 1, rank],
                )
                _offer(arrived, b, a, now, value, last, source)
    first, first_last, second = (
        arrived.value[b, a, now, 0],
        arrived.last[b, a, now, 0],
        arrived.value[b, a, now, 1],
    )
    if first <= NOTHING:
        return
    for i in range(grid.first_job[a], grid.first_job[a + 1]):
        job = grid.jobs[i]
        rank = 1 if first_last == job else 0
        value = second if rank == 1 else first
        price = prices[job, now // grid.spell]
        end = max(now + lengths[job] // grid.step, grid.until[job] // grid.step)
        if price <= 0.0 or value <= NOTHING or end > unit[3] or not _open(grid, job, now):
            continue
        price -= _toll(grid, unit, lengths, job, now)
        if price > 0.0:
            _offer(ready, b, a, end, value + price, job, 2 * now + rank)
    if b == 0 and unit[4] > 0 and unit[5] <= now <= unit[6] and now + unit[4] <= unit[3]:
        for rank in range(2):
            if arrived.value[0, a, now, rank] > NOTHING:
                value, last = arrived.value[0, a, now, rank], arrived.last[0, a, now, rank]
                _offer(ready, 1, a, now + unit[4], value, last, -10 - rank)


@compiled
def _toll(grid: Grid, unit: np.ndarray, lengths: np.ndarray, job: int, now: int) -> float:
    """The least that the unit bears of the job's lateness, and its overtime, for any start within
    the moment.
    """
    start = now * grid.step
    late = max(0, start + lengths[job] - grid.due[job]) * grid.late[job]
    toll = min(late, grid.late_most[job])
    if unit[8] > 0:
        if grid.until[job] >= 0:
            begin, end = start + grid.step - 1, grid.until[job]
        else:
            begin, end = start, start + lengths[job]
        toll += max(0, end - max(begin, unit[7])) * unit[8]
    return toll


@compiled
def _open(grid: Grid, job: int, now: int) -> bool:
    for i in range(grid.first_open[job], grid.first_open[job + 1]):
        if grid.opens[i] <= now <= grid.closes[i]:
            return True
    return False


@compiled
def _trace(
    grid: Grid, arrived: Table, ready: Table, code: int, b: int, rest: int, visits: np.ndarray
) -> None:
    """Follow the best day back to its start, counting its jobs."""
    while True:
        rank, moment, place = (
            code % 2,
            (code // 2) % (grid.moments + 1),
            code // 2 // (grid.moments + 1),
        )
        source = ready.source[b, place, moment, rank]
        if source == -1:
            return
        if source <= -10:
            rank, moment, b = -10 - source, moment - rest, b - 1
        else:
            job = ready.last[b, place, moment, rank]
            rank, moment = source % 2, source // 2
            visits[job, moment // grid.spell] += 1
        code = arrived.source[b, place, moment, rank]
