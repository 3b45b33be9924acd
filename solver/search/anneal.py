"""Ruin and recreate under simulated annealing, and the multi-start insertion before it."""

import math

import numpy as np

from solver.search.arrays import Data, State, Work
from solver.search.dumps import choose_dumps
from solver.search.jit import compiled, inlined
from solver.search.recreate import insert
from solver.search.rng import below, fraction
from solver.search.ruin import (
    anywhere,
    make_room,
    mend_loads,
    moment,
    neighbours,
    strings,
)
from solver.search.timing import refresh

NARROW = 0.9
"""Share of steps that look only at units nearby."""
CHOOSING = 0.15
"""Share of touched days whose dump sites are chosen anew in a step."""
BY_WAY = 8
"""The rank by worth for the time a job takes, with the way to it from the step's seed."""


@compiled
def assign(target: State, source: State) -> None:
    """Copy a solution."""
    for i in range(len(source.memory)):
        target.memory[i] = source.memory[i]


@inlined
def _list(work: Work, at: int, job: int, key: float) -> None:
    """Put a job with its rank into ``work.ordered``."""
    work.ordered[at].job, work.ordered[at].rank = job, key


@inlined
def _untouch(work: Work) -> None:
    for u in range(len(work.touched)):
        work.touched[u] = False


@inlined
def rank(data: Data, work: Work, job: int, mode: int, seed: int) -> float:
    """The smaller, the earlier a job is put back; a little chance is mixed in."""
    luck = 0.8 + 0.4 * fraction(work)
    slots = data.job[job + 1].first_visit - data.job[job].first_visit
    if mode == 0:
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
            _list(work, k, job, key)
        step //= 2


@inlined
def recreate(data: Data, state: State, work: Work, count: int, blink: float) -> None:
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


@inlined
def _absent(data: Data, state: State, work: Work, seed: int, count: int, mode: int) -> int:
    """Add absent jobs to the list: all of them in a small problem, else those near to the seed and
    a few others.
    """
    most = count + work.tuning[4]
    if data.jobs <= 2 * work.tuning[4]:
        for job in range(data.jobs):
            if not state.job[job].done and not work.job[job].marked:
                _list(work, count, job + data.jobs, rank(data, work, job, mode, seed))
                count += 1
        return count
    for n in range(data.near.shape[1]):
        job = data.near[seed, n]
        if count < most and not state.job[job].done and not work.job[job].marked:
            _list(work, count, job + data.jobs, rank(data, work, job, mode, seed))
            work.job[job].marked = True
            count += 1
    for _ in range(24):
        job = below(work, data.jobs)
        if not state.job[job].done and not work.job[job].marked:
            _list(work, count, job + data.jobs, rank(data, work, job, mode, seed))
            work.job[job].marked = True
            count += 1
    return count


@inlined
def _ruin(data: Data, state: State, work: Work, seed: int) -> tuple[int, int]:
    """One of the ways to tear a hole, around the seed."""
    goal = 1 + below(work, int(work.tuning[5]))
    fastest = data.job[seed + 1].first_mode - 1
    way = fraction(work)
    if (
        not state.job[seed].done
        and way < work.tuning[6]
        and data.mode[fastest].first_start < data.mode[fastest + 1].first_start
    ):
        return make_room(data, state, work, seed)
    way = fraction(work)
    if way < work.tuning[7]:
        return strings(data, state, work, seed, goal)
    if way < work.tuning[8]:
        return neighbours(data, state, work, seed, goal)
    if way < work.tuning[9]:
        return moment(data, state, work, seed, goal)
    return anywhere(data, state, work, goal)


@inlined
def step(data: Data, state: State, work: Work) -> bool:
    """One ruin and recreate; False when the ruined solution is not legal and must be thrown
    away.
    """
    _untouch(work)
    work.tuning[13] = work.tuning[1] if fraction(work) < 0.5 else 0.0
    work.tuning[14] = work.tuning[11] if fraction(work) < NARROW else 0.0
    seed = below(work, data.jobs)
    absent_seed = fraction(work) < work.tuning[10]
    for _ in range(20):
        if state.job[seed].done != absent_seed:
            break
        seed = below(work, data.jobs)
    forced = not state.job[seed].done
    work.touched[below(work, data.units)] = True  # or idle units would never be looked at
    taken, seeds = _ruin(data, state, work, seed)
    if data.gives_off:
        taken, seeds = mend_loads(data, state, work, taken, seeds)
        if taken < 0:
            return False
    if not refresh(data, state, work, seeds):
        return False
    mode = BY_WAY if fraction(work) < work.tuning[12] else below(work, 8)
    for i in range(taken):
        job = work.removed[i]
        work.job[job].marked = True
        _list(work, i, job, rank(data, work, job, mode, seed))
    count = _absent(data, state, work, seed, taken, mode)
    for i in range(count):
        job = work.ordered[i].job % data.jobs
        work.job[job].marked = False
        if job == seed and forced and fraction(work) < 0.8:
            work.ordered[i].rank = -1e300
    recreate(data, state, work, count, work.tuning[2])
    if data.loads:
        for unit in range(data.units):
            if work.touched[unit] and data.unit[unit].capacity >= 0 and fraction(work) < CHOOSING:
                choose_dumps(data, state, work, unit)
    return True


@compiled
def anneal(
    data: Data,
    state: State,
    current: State,
    best: State,
    work: Work,
    steps: int,
    hot: float,
    cold: float,
) -> None:
    """Run some steps while the temperature (points) falls from `hot` to `cold`; `best` never gets
    worse.

    Parameters
    ----------
    state
        Working copy; equal to `current` before and after.
    """
    cooling = (cold / hot) ** (1.0 / steps)
    heat = hot
    for _ in range(steps):
        heat *= cooling
        legal = step(data, state, work)
        if legal and state.score[0] > current.score[0] + heat * math.log(fraction(work) + 1e-300):
            assign(current, state)
            if state.score[0] > best.score[0]:
                assign(best, state)
        else:
            assign(state, current)


@compiled
def probe(data: Data, state: State, current: State, work: Work, losses: np.ndarray) -> int:
    """Try one step for each place in `losses` without taking it; how many lost points, their losses
    listed first.
    """
    count = 0
    for _ in range(len(losses)):
        if step(data, state, work) and state.score[0] < current.score[0]:
            losses[count] = current.score[0] - state.score[0]
            count += 1
        assign(state, current)
    return count


@compiled
def construct(data: Data, state: State, best: State, work: Work, base: State, number: int) -> None:
    """Insert all jobs into the base in a ranked order, another one for each number; `best` never
    gets worse.
    """
    assign(state, base)
    _untouch(work)
    work.tuning[14] = 0.0
    count = 0
    for job in range(data.jobs):
        if not state.job[job].done:
            mode = 1 + (number + 3) % 7
            _list(work, count, job, rank(data, work, job, mode, job))
            count += 1
    recreate(data, state, work, count, 0.0)
    if state.score[0] > best.score[0]:
        assign(best, state)


@compiled
def time_all(data: Data, state: State, work: Work) -> bool:
    """Times and penalties of routes just written; ``earliest`` must hold starts that respect their
    order.
    """
    count = 0
    for job in range(data.jobs):
        if state.job[job].done:
            state.job[job].latest = state.job[job].earliest
            work.seeds[count] = job
            count += 1
    return refresh(data, state, work, count)
