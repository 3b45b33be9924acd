"""In which order jobs are put into a solution."""

from solver.search.arrays import Data, State, Work
from solver.search.jit import inlined, inner
from solver.search.recreate import carry_out, cheapest, insert
from solver.search.rng import fraction
from solver.search.timing import NEVER

BY_WAY = 8
"""The rank by worth for the time a job takes, with the way to it from the step's seed."""
BY_RATIO = 9
"""By worth for the time that a job then takes, see `by_ratio`; until then only chance counts."""
FIRST = -1e300
"""The rank of a job that goes before all others."""


@inlined
def enlist(work: Work, at: int, job: int, key: float) -> None:
    """Put a job with its rank into ``work.ordered``."""
    work.ordered[at].job, work.ordered[at].rank = job, key


@inlined
def rank(data: Data, work: Work, job: int, mode: int, seed: int) -> float:
    """The smaller, the earlier a job is put back; a little chance is mixed in."""
    luck = 0.8 + 0.4 * fraction(work)
    slots = data.job[job + 1].first_visit - data.job[job].first_visit
    if mode == 0 or mode == BY_RATIO:
        return luck
    if mode <= 2:
        return -data.job[job].worth * luck
    if mode <= 5 or mode == BY_WAY:
        seconds = data.job[job].duration + work.tuning[3]
        if mode == BY_WAY:
            here, there = data.job[seed].first_visit, data.job[job].first_visit
            seconds += data.travel[data.location[here], data.location[there]]
        return -data.job[job].worth * luck / (slots * seconds)
    fastest = data.job[job + 1].first_mode - 1
    first, last = data.mode[fastest].first_start, data.mode[fastest + 1].first_start - 1
    if last < first:
        return 0.0
    if mode == 6:
        return (data.start[last].hi - data.start[first].lo) * luck
    return data.start[last].hi * luck


@inlined
def _sort(work: Work, count: int) -> None:
    """The first `count` of ``work.ordered`` by rank; a shell sort, the lists are short."""
    step = count // 2
    while step > 0:
        for i in range(step, count):
            job, key, k = work.ordered[i].job, work.ordered[i].rank, i
            while k >= step and work.ordered[k - step].rank > key:
                work.ordered[k] = work.ordered[k - step]
                k -= step
            enlist(work, k, job, key)
        step //= 2


@inlined
def by_rank(data: Data, state: State, work: Work, count: int, blink: float) -> None:
    """Insert the first `count` jobs of ``work.ordered`` by rank; numbers above ``data.jobs`` mean:
    touched units only.

    Jobs that waited for others in the list get a second chance.
    """
    _sort(work, count)
    for sweep in range(2):
        for i in range(count):
            job, touched_only = work.ordered[i].job % data.jobs, work.ordered[i].job >= data.jobs
            if state.job[job].done:
                continue
            if sweep == 0 or data.job[job + 1].first_before > data.job[job].first_before:
                insert(data, state, work, job, touched_only, blink)


@inner
def by_ratio(data: Data, state: State, work: Work, count: int, blink: float) -> None:
    """The same, always that job which is worth most for the time it takes in its best place, as in
    Vansteenwegen et al. (2009); how much worth outweighs time is drawn anew each time.

    A place gets dearer with every job that goes in, hardly ever cheaper: so only the job that seems
    best is looked at again (Minoux 1978).
    """
    power, left = 1.0 + fraction(work), 0
    for i in range(count):
        number, luck = work.ordered[i].job, work.ordered[i].rank
        job, touched_only = number % data.jobs, number >= data.jobs
        if luck == FIRST:
            insert(data, state, work, job, touched_only, blink)
            continue
        start, cost = cheapest(data, state, work, job, touched_only, blink)
        if start < NEVER:
            prize = luck * data.job[job].worth ** power
            enlist(work, left, number, _ratio(data, work, job, prize, cost))
            work.ordered[left].prize = prize
            left += 1
    while left > 0:
        at, next_rank = _two_best(work, left)
        number, prize = work.ordered[at].job, work.ordered[at].prize
        job = number % data.jobs
        start, cost = cheapest(data, state, work, job, number >= data.jobs, 0.0)
        if start < NEVER:
            work.ordered[at].rank = _ratio(data, work, job, prize, cost)
            if work.ordered[at].rank > next_rank:
                continue
            carry_out(data, state, work, job, start)
        left -= 1
        work.ordered[at] = work.ordered[left]


@inlined
def _ratio(data: Data, work: Work, job: int, prize: float, cost: float) -> float:
    """A rank by prize for the time of the job with its detour."""
    return -prize / max(1.0, data.job[job].duration + cost / work.tuning[0])


@inlined
def _two_best(work: Work, count: int) -> tuple[int, float]:
    """Where the first in rank of ``work.ordered`` stands, and the rank of the second."""
    at, second = 0, 1e300
    for i in range(1, count):
        if work.ordered[i].rank < work.ordered[at].rank:
            second, at = work.ordered[at].rank, i
        elif work.ordered[i].rank < second:
            second = work.ordered[i].rank
    return at, second
