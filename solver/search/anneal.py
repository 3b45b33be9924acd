"""Ruin and recreate under simulated annealing, and the multi-start insertion before it."""

import math

import numpy as np

from solver.search.arrays import Data, State, Work
from solver.search.dumps import choose_dumps
from solver.search.jit import compiled, inlined
from solver.search.order import BY_RATIO, BY_WAY, FIRST, by_rank, by_ratio, enlist, rank
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


@compiled
def assign(target: State, source: State) -> None:
    """Copy a solution."""
    for i in range(len(source.memory)):
        target.memory[i] = source.memory[i]


@inlined
def _untouch(work: Work) -> None:
    for u in range(len(work.touched)):
        work.touched[u] = False


@inlined
def _absent(data: Data, state: State, work: Work, seed: int, count: int, mode: int) -> int:
    """Add absent jobs to the list: all of them in a small problem, else those near to the seed and
    a few others.
    """
    most = count + work.tuning[4]
    if data.jobs <= 2 * work.tuning[4]:
        for job in range(data.jobs):
            if not state.job[job].done and not work.job[job].marked:
                enlist(work, count, job + data.jobs, rank(data, work, job, mode, seed))
                count += 1
        return count
    for n in range(data.near.shape[1]):
        job = data.near[seed, n]
        if count < most and not state.job[job].done and not work.job[job].marked:
            enlist(work, count, job + data.jobs, rank(data, work, job, mode, seed))
            work.job[job].marked = True
            count += 1
    for _ in range(24):
        job = below(work, data.jobs)
        if not state.job[job].done and not work.job[job].marked:
            enlist(work, count, job + data.jobs, rank(data, work, job, mode, seed))
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
def _mode(work: Work) -> int:
    """The order in which jobs are put back."""
    if work.tuning[13] > 0.0 and fraction(work) < work.tuning[13]:
        return BY_RATIO
    return BY_WAY if fraction(work) < work.tuning[12] else below(work, 8)


@inlined
def step(data: Data, state: State, work: Work) -> bool:
    """One ruin and recreate; False when the ruined solution is not legal and must be thrown
    away.
    """
    _untouch(work)
    work.tuning[14] = work.tuning[1] if fraction(work) < 0.5 else 0.0
    work.tuning[15] = work.tuning[11] if fraction(work) < NARROW else 0.0
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
    mode = _mode(work)
    for i in range(taken):
        job = work.removed[i]
        work.job[job].marked = True
        enlist(work, i, job, rank(data, work, job, mode, seed))
    count = _absent(data, state, work, seed, taken, mode)
    for i in range(count):
        job = work.ordered[i].job % data.jobs
        work.job[job].marked = False
        if job == seed and forced and fraction(work) < 0.8:
            work.ordered[i].rank = FIRST
    if mode == BY_RATIO:
        by_ratio(data, state, work, count, work.tuning[2])
    else:
        by_rank(data, state, work, count, work.tuning[2])
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
    work.tuning[15] = 0.0
    count = 0
    for job in range(data.jobs):
        if not state.job[job].done:
            mode = 1 + (number + 3) % 7
            enlist(work, count, job, rank(data, work, job, mode, job))
            count += 1
    by_rank(data, state, work, count, 0.0)
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
