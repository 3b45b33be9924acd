"""The best day of one unit when every visit has a price: a relaxation of routing.

A day is made of labels: what has been earned, when, and which jobs of this place are done since the
unit came. Labels of one place and one *bucket* of time are kept as few that are at least as good as
all of them: the highest value with the earliest time. So nothing that is possible is lost, and a
job may be done again only after the unit has been elsewhere (a simple case of Baldacci, Mingozzi
and Roberti 2011). Waiting needs no labels: who comes later and has earned no more is dropped.
"""

from collections import namedtuple

import numpy as np

from solver.search.arrays import FAR
from solver.search.jit import compiled, inlined, inner

NOTHING = -1e18
RANKS = 2
"""Labels kept of those that have done different jobs of a place and are ready in one bucket."""
REMEMBERED = 4
"""Labels of a place that later ones are compared with."""
SPELL_BITS = 6
"""A job and the spell in which it begins are kept as one number."""
Grid = namedtuple(
    "Grid",
    "bits buckets spell ways near costs first_job jobs mark team until first_open opens closes due "
    "late late_most waiting",
)
"""The problem: a bucket is ``2**bits`` seconds, `ways` are seconds, `costs` points. No way may be
longer than one by a third place: a stop that does not pay is left out. `near` lists all places by
way, the nearest first.

Jobs are listed by place (`first_job`), each with a bit of its own there (`mark`). `team` numbers
the jobs of several slots, -1 for the others; their prices differ by *spell* of so many seconds.
`late` is what each unit of a team bears of a second's lateness, `late_most` of all of it, `waiting`
of a second until the end. `until` is the second at which a cover job ends, -1 for others.
"""
Arrived = namedtuple("Arrived", "value time source best")
Ready = namedtuple("Ready", "value time done source job count left")
Past = namedtuple("Past", "value time done count")
"""Labels. A *spot* is a place with breaks taken there or before (``taken * places + place``), a
*cell* one of its buckets (``spot * buckets + bucket``).

Arrived labels have one number for each cell, ready ones (just done with a job or a break) `RANKS`,
of which `count` are in use; past ones, with which later labels are compared, `REMEMBERED` for each
spot. `best` and `left` are the richest so far that have come to a spot and left it.
"""
Offers = namedtuple(
    "Offers", "places index near last first_job jobs single team slot better route final"
)
"""What pays at these prices: places with the last useful start, their jobs, prices of jobs of one
slot, and by spell those of the best slot of others with the next better spell. `index` numbers the
places that pay, -1 for others; `near` are the nearest of each by that number.

``route[0, 0]`` stops of the best day: job, slot and spell. `final` is its last job, spell, source.
"""
Tables = namedtuple("Tables", "arrived ready past offers")


def tables(places: int, jobs: int, teams: int, spells: int, buckets: int) -> Tables:
    """Memory for one thread."""
    spots, cells, numbers, values = 2 * places, 2 * places * buckets, np.int64, np.float64
    ready = _memory(RANKS * cells, values, numbers, np.uint64, numbers, numbers)
    past = _memory(REMEMBERED * spots, values, numbers, np.uint64)
    lists = [np.zeros(size, numbers) for size in (places + 1,) * 3 + (places + 2, jobs + 1)]
    near = np.zeros((places, places), numbers)
    spelled = _memory((max(1, teams), spells), values, numbers, numbers)
    route, final = np.zeros((buckets + 2, 3), numbers), np.zeros(3, numbers)
    return Tables(
        Arrived._make([*_memory(cells, values, numbers, numbers), np.zeros(spots)]),
        Ready._make([*ready, np.zeros(cells, numbers), np.zeros(spots)]),
        Past._make([*past, np.zeros(spots, numbers)]),
        Offers._make([*lists[:2], near, *lists[2:], np.zeros(jobs), *spelled, route, final]),
    )


def _memory(shape: int | tuple[int, ...], *kinds: type) -> list[np.ndarray]:
    return [np.zeros(shape, kind) for kind in kinds]


@compiled
def shorten(ways: np.ndarray) -> None:
    """Make every way the shortest one by any places (Floyd 1962)."""
    for by in range(len(ways)):
        for a in range(len(ways)):
            first = ways[a, by]
            for b in range(len(ways)):
                ways[a, b] = min(ways[a, b], first + ways[by, b])


@compiled
def best_day(
    grid: Grid,
    tables: Tables,
    unit: np.ndarray,
    fits: np.ndarray,
    lengths: np.ndarray,
    price: np.ndarray,
    shift: np.ndarray,
    reach: int,
) -> float:
    """Value of the best day at these prices; its stops are in ``tables.offers.route``.

    Parameters
    ----------
    unit
        Start, end (-1: anywhere), shift, then the break: seconds long (0: none), first and last
        second at which it may begin; the second from which work costs overtime, and its points per
        second.
    fits
        ``[job, slot]``: whether the unit may fill it.
    lengths
        Seconds that each job takes at least when the unit is in its team; 0 for cover jobs.
    price, shift
        Points for each slot of each job, and what those of a team earn more in each spell.
    reach
        Places that are tried from each, the nearest that pay. The best of all days is found only
        with all of them.
    """
    arrived, ready, past, offers = tables
    _gather_prices(grid, offers, fits, price, shift)
    count = _gather_places(grid, offers, unit, lengths)
    reach = min(reach, count)
    if reach < count:
        _gather_near(grid, offers, count, reach)
    base, taken = unit[2] >> grid.bits, 2 if unit[4] > 0 else 1
    buckets, places = (unit[3] >> grid.bits) - base + 1, grid.ways.shape[0]
    _clear(grid, arrived, ready, past, taken, count, buckets)
    _set_out(grid, arrived, offers, unit, count, base)
    best = 0.0
    for now in range(buckets):
        for b in range(taken):
            for a in range(count):
                if ready.count[(b * places + a) * grid.buckets + now] > 0:
                    pending = b == 0 and taken == 2
                    spot = b * places + a
                    at = (spot, a, now)
                    _leave(grid, arrived, ready, offers, unit, at, count, reach, base, pending)
        for b in range(taken):
            for a in range(count):
                spot, pending = b * places + a, b == 0 and taken == 2
                best = _stay(grid, tables, unit, lengths, spot, a, now, base, pending, best)
    _trace(grid, arrived, ready, offers, best)
    return best


@inner
def _gather_prices(
    grid: Grid, offers: Offers, fits: np.ndarray, price: np.ndarray, shift: np.ndarray
) -> None:
    """What each job pays the unit, in its best slot."""
    for job in range(len(grid.team)):
        at = grid.team[job]
        offers.single[job] = price[job, 0] if at < 0 and fits[job, 0] else -1.0
        if at < 0:
            continue
        for spell in range(shift.shape[2] - 1, -1, -1):
            best, slot = -1.0, 0
            for k in range(shift.shape[1]):
                if fits[job, k] and price[job, k] + shift[at, k, spell] > best:
                    best, slot = price[job, k] + shift[at, k, spell], k
            offers.team[at, spell], offers.slot[at, spell] = best, slot
            better = spell + 1
            while better < shift.shape[2] and offers.team[at, better] <= best:
                better = offers.better[at, better]
            offers.better[at, spell] = better
            if best > 0.0:
                offers.single[job] = 1.0


@inner
def _gather_places(grid: Grid, offers: Offers, unit: np.ndarray, lengths: np.ndarray) -> int:
    """List the places with jobs that pay; how many there are."""
    count, listed = 0, 0
    for place in range(grid.ways.shape[0]):
        offers.first_job[count], offers.index[place], last = listed, -1, -1
        for i in range(grid.first_job[place], grid.first_job[place + 1]):
            job = grid.jobs[i]
            if offers.single[job] <= 0.0 or grid.until[job] > unit[3]:
                continue
            if grid.first_open[job] == grid.first_open[job + 1]:
                continue
            start = _last_start(grid, unit, lengths, job)
            if start >= unit[2]:
                offers.jobs[listed] = job
                listed, last = listed + 1, max(last, start)
        if last >= 0:
            offers.places[count], offers.index[place], offers.last[count] = place, count, last
            count += 1
    offers.first_job[count] = listed
    return count


@inner
def _gather_near(grid: Grid, offers: Offers, count: int, reach: int) -> None:
    """List so many of the nearest places that pay for each of them."""
    for a in range(count):
        listed = 0
        for to in grid.near[offers.places[a]]:
            c = offers.index[to]
            if c >= 0 and c != a:
                offers.near[a, listed] = c
                listed += 1
                if listed == reach:
                    break


@inner
def _last_start(grid: Grid, unit: np.ndarray, lengths: np.ndarray, job: int) -> int:
    return min(grid.closes[grid.first_open[job + 1] - 1], unit[3] - lengths[job])


@inner
def _clear(
    grid: Grid, arrived: Arrived, ready: Ready, past: Past, taken: int, count: int, buckets: int
) -> None:
    for b in range(taken):
        for a in range(count):
            spot = b * grid.ways.shape[0] + a
            arrived.best[spot], ready.left[spot], past.count[spot] = NOTHING, NOTHING, 0
            for cell in range(spot * grid.buckets, spot * grid.buckets + buckets):
                arrived.value[cell], arrived.time[cell], ready.count[cell] = NOTHING, FAR, 0


@inlined
def _arrive(arrived: Arrived, cell: int, value: float, time: int, source: int) -> None:
    if value > arrived.value[cell]:
        arrived.value[cell], arrived.source[cell] = value, source
    if time < arrived.time[cell]:
        arrived.time[cell] = time


@inner
def _set_out(
    grid: Grid, arrived: Arrived, offers: Offers, unit: np.ndarray, count: int, base: int
) -> None:
    """From the start of the shift to every place, with the break on the way or without."""
    rested = grid.ways.shape[0]
    for a in range(count):
        to = offers.places[a]
        value, time = -grid.costs[unit[0], to], unit[2] + grid.ways[unit[0], to]
        if time <= offers.last[a]:
            _arrive(arrived, a * grid.buckets + (time >> grid.bits) - base, value, time, -1)
        time = max(time, unit[5]) + unit[4]
        if unit[4] > 0 and unit[2] <= unit[6] and time <= offers.last[a]:
            cell = (rested + a) * grid.buckets + (time >> grid.bits) - base
            _arrive(arrived, cell, value, time, -1)


@inlined
def _leave(
    grid: Grid,
    arrived: Arrived,
    ready: Ready,
    offers: Offers,
    unit: np.ndarray,
    at: tuple[int, int, int],
    count: int,
    reach: int,
    base: int,
    pending: bool,
) -> None:
    """From a place where the unit is ready to every other, and into its break if that is pending.

    It is of no use to leave if it could have left as rich before.
    """
    spot, a, now = at
    cell, places, time = spot * grid.buckets + now, grid.ways.shape[0], FAR
    for label in range(cell * RANKS, cell * RANKS + ready.count[cell]):
        begun = ready.time[label]
        time, rested = min(time, begun), max(begun, unit[5]) + unit[4]
        if pending and begun <= unit[6] and rested <= offers.last[a]:
            to = (places + a) * grid.buckets + (rested >> grid.bits) - base
            _offer(ready, to, ready.value[label], rested, ready.done[label], label, -1)
    richest = ready.value[cell * RANKS]
    if richest > ready.left[spot] and (not pending or time <= unit[6]):
        ready.left[spot] = richest
        here, first = offers.places[a], spot - a
        for n in range(reach):
            c = offers.near[a, n] if reach < count else n
            to = offers.places[c]
            value = richest - grid.costs[here, to]
            if value <= arrived.best[first + c] and not (
                pending and value > arrived.best[places + c]
            ):
                continue
            moment = time + grid.ways[here, to]
            if c == a or moment > offers.last[c]:
                continue
            if value > arrived.best[first + c]:
                there = (first + c) * grid.buckets + (moment >> grid.bits) - base
                _arrive(arrived, there, value, moment, cell * RANKS)
            if pending and value > arrived.best[places + c]:
                moment = max(moment, unit[5]) + unit[4]
                if moment <= offers.last[c]:
                    there = (places + c) * grid.buckets + (moment >> grid.bits) - base
                    _arrive(arrived, there, value, moment, cell * RANKS)


@inlined
def _stay(
    grid: Grid,
    tables: Tables,
    unit: np.ndarray,
    lengths: np.ndarray,
    spot: int,
    a: int,
    now: int,
    base: int,
    pending: bool,
    best: float,
) -> float:
    """Begin every job of the place with every label that was not as rich before; the best day.

    The source of a job is the ready label before it, or minus 2 minus the arrived one.
    """
    arrived, ready, past, offers = tables
    cell = spot * grid.buckets + now
    for rank in range(-1, ready.count[cell]):
        if rank < 0:
            value, time, done = arrived.value[cell], arrived.time[cell], np.uint64(0)
            if value <= arrived.best[spot]:
                continue
            arrived.best[spot], source = value, -2 - cell
        else:
            source = cell * RANKS + rank
            value, time, done = ready.value[source], ready.time[source], ready.done[source]
        if _as_rich_before(past, spot, value, time, done):
            continue
        for i in range(offers.first_job[a], offers.first_job[a + 1]):
            job = offers.jobs[i]
            if grid.mark[job] & done == 0:
                best = _begin(
                    grid,
                    ready,
                    offers,
                    unit,
                    lengths,
                    job,
                    spot,
                    a,
                    base,
                    pending,
                    value,
                    time,
                    done,
                    source,
                    best,
                )
    return best


@inner
def _as_rich_before(past: Past, spot: int, value: float, time: int, done: np.uint64) -> bool:
    """Whether a label before had at least as much and no other job done; if not, this one is
    remembered.
    """
    first, kept = spot * REMEMBERED, spot * REMEMBERED
    for i in range(first, first + past.count[spot]):
        other, then, others = past.value[i], past.time[i], past.done[i]
        if other >= value and then <= time and others & ~done == 0:
            return True
        if not (value >= other and time <= then and done & ~others == 0):
            past.value[kept], past.time[kept], past.done[kept] = other, then, others
            kept += 1
    if kept == first + REMEMBERED:  # the poorest is forgotten
        at = first
        for i in range(first + 1, kept):
            if past.value[i] < past.value[at]:
                at = i
    else:
        at, kept = kept, kept + 1
    past.value[at], past.time[at], past.done[at] = value, time, done
    past.count[spot] = kept - first
    return False


@inlined
def _begin(
    grid,
    ready,
    offers,
    unit,
    lengths,
    job,
    spot,
    a,
    base,
    pending,
    value,
    time,
    done,
    source,
    best,
):  # one call for each label and job: too many for arguments that are named tuples of their own
    """Do a job as early as possible, and in each later spell that pays more; the best day so far,
    which may end with it.
    """
    at, top, close = grid.team[job], 0.0, _last_start(grid, unit, lengths, job)
    for i in range(grid.first_open[job], grid.first_open[job + 1]):
        start, last = max(time, grid.opens[i]), min(grid.closes[i], close)
        while start <= last:
            spell = start // grid.spell
            pays = offers.single[job] if at < 0 else offers.team[at, spell]
            if pays > top:
                top = pays
                gain = pays - _toll(grid, unit, lengths[job], job, start, close)
                end = max(start + lengths[job], grid.until[job])
                if gain > 0.0 and not (pending and end > unit[6]):
                    day = _day_ends(grid, offers, unit, a, value + gain, end, pending)
                    if day > best:
                        best = day
                        offers.final[0], offers.final[1], offers.final[2] = job, spell, source
                    cell = spot * grid.buckets + (end >> grid.bits) - base
                    what = (job << SPELL_BITS) + spell
                    _offer(ready, cell, value + gain, end, done | grid.mark[job], source, what)
            if at < 0:
                return best
            start = offers.better[at, spell] * grid.spell
    return best


@inlined
def _day_ends(
    grid: Grid, offers: Offers, unit: np.ndarray, a: int, value: float, end: int, pending: bool
) -> float:
    """What the day is worth that ends after this job; 0 when there is no time to come home."""
    here, home = offers.places[a], unit[1]
    if home >= 0:
        value, end = value - grid.costs[here, home], end + grid.ways[here, home]
    if pending:
        end = max(end, unit[5]) + unit[4]
    return value if end <= unit[3] else 0.0


@inlined
def _toll(grid: Grid, unit: np.ndarray, length: int, job: int, start: int, close: int) -> float:
    """The least that the unit bears of the job's lateness, and its overtime, for any start from
    then on.

    Of a cover job, a later start means less overtime and more lateness: the sum is least at the
    beginning, when lateness begins, or at the end.
    """
    if grid.until[job] < 0:
        return _toll_at(grid, unit, length, job, start, start + length)
    least = _toll_at(grid, unit, 0, job, start, grid.until[job])
    if unit[8] > 0:
        due = min(max(start, grid.due[job]), close)
        least = min(least, _toll_at(grid, unit, 0, job, due, grid.until[job]))
        least = min(least, _toll_at(grid, unit, 0, job, close, grid.until[job]))
    return least


@inlined
def _toll_at(grid: Grid, unit: np.ndarray, length: int, job: int, start: int, end: int) -> float:
    late = max(0, start + length - grid.due[job])
    waiting = max(0.0, (start + length) * grid.waiting[job] - 1.0)  # a team's is rounded down
    toll = min(waiting + late * grid.late[job], grid.late_most[job])
    if unit[8] > 0:
        toll += max(0, end - max(start, unit[7])) * unit[8]
    return toll


@inner
def _offer(
    ready: Ready, cell: int, value: float, time: int, done: np.uint64, source: int, job: int
) -> None:
    """Keep a label, the richer of two first.

    A poorer one that has done all that the other has only gives it its time; of three, the two
    poorer become one as good as both.
    """
    first, second, count = cell * RANKS, cell * RANKS + 1, ready.count[cell]
    values, times, marks = ready.value, ready.time, ready.done
    at, fixed = first, count
    if count > 0 and values[first] >= value:
        if marks[first] & ~done == 0:
            times[first] = min(times[first], time)
            return
        if count == 2:
            times[second], marks[second] = min(times[second], time), marks[second] & done
            if values[second] >= value:
                return
            time, done = times[second], marks[second]
        at, fixed = second, 2
    elif count > 0 and done & ~marks[first] == 0:
        time = min(time, times[first])
        if count == 2 and done & ~marks[second] == 0:
            time, fixed = min(time, times[second]), 1
    elif count > 0:
        if count == 2:
            times[first], marks[first] = (
                min(times[first], times[second]),
                marks[first] & marks[second],
            )
        values[second], times[second], marks[second] = values[first], times[first], marks[first]
        ready.source[second], ready.job[second] = ready.source[first], ready.job[first]
        fixed = 2
    values[at], times[at], marks[at] = value, time, done
    ready.source[at], ready.job[at], ready.count[cell] = source, job, max(fixed, 1)


@inner
def _trace(grid: Grid, arrived: Arrived, ready: Ready, offers: Offers, best: float) -> None:
    """Follow the best day back to its start and list its stops, the last one first."""
    offers.route[0, 0] = 0
    if best <= 0.0:
        return
    what, code = (offers.final[0] << SPELL_BITS) + offers.final[1], offers.final[2]
    while True:
        if what >= 0:
            job, spell = what >> SPELL_BITS, what & ((1 << SPELL_BITS) - 1)
            count, at = offers.route[0, 0] + 1, grid.team[job]
            offers.route[0, 0], offers.route[count, 0], offers.route[count, 2] = count, job, spell
            offers.route[count, 1] = offers.slot[at, spell] if at >= 0 else 0
        if code == -1:
            return
        if code < -1:
            what, code = -1, arrived.source[-2 - code]
        else:
            what, code = ready.job[code], ready.source[code]
