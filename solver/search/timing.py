"""Earliest and latest starts of a solution, recomputed only where they change.

A job with several units is one node on all their routes; routes and `after` together make a graph
without circles. Every job lasts at least one second, so starts strictly grow along it and old
starts are an order to work in.
"""

import numpy as np

from solver.parts import HOUR
from solver.search.arrays import FAR, Data, State, Work
from solver.search.jit import compiled, hot, inlined, inner

NEVER = FAR


@inner
def mode_of(data: Data, job: int, unit: int) -> int:
    """The mode of a job with this unit in its first slot."""
    mode = data.job[job + 1].first_mode - 1
    while data.mode[mode].least_people > data.unit[unit].people:
        mode -= 1
    return mode


@inner
def start_from(data: Data, mode: int, moment: int) -> int:
    """The first allowed start at or after `moment`; NEVER when there is none."""
    for i in range(data.mode[mode].first_start, data.mode[mode + 1].first_start):
        if moment <= data.start[i].hi:
            return max(moment, data.start[i].lo)
    return NEVER


@inner
def start_until(data: Data, job: int, mode: int, moment: int) -> int:
    """The last allowed start from which the job ends by `moment`; -NEVER when there is none."""
    if data.job[job].until > moment:
        return -NEVER
    moment -= data.mode[mode].length
    for i in range(data.mode[mode + 1].first_start - 1, data.mode[mode].first_start - 1, -1):
        if moment >= data.start[i].lo:
            return min(moment, data.start[i].hi)
    return -NEVER


@inner
def opens(data: Data, job: int, unit: int) -> int:
    """The first second at which the unit may set out for the job."""
    return -FAR if data.job[job].in_margin else data.unit[unit].regular_lo


@inner
def closes(data: Data, job: int, unit: int) -> int:
    """The last second at which it may be at work on it."""
    return FAR if data.job[job].in_margin else data.unit[unit].regular_hi


@inner
def begun_by(data: Data, job: int, mode: int, unit: int) -> int:
    """The last second at which the unit may begin the job, its windows aside."""
    last = closes(data, job, unit)
    return -NEVER if data.job[job].until > last else last - data.mode[mode].length


@inner
def end_of(data: Data, state: State, job: int) -> int:
    """The end of a done job."""
    return max(state.job[job].earliest + data.mode[state.job[job].mode].length, data.job[job].until)


@inner
def leave(data: Data, state: State, unit: int, node: int) -> int:
    """The moment at which the unit can leave a visit or its start."""
    if node < data.visits:
        return end_of(data, state, data.visit[node].job)
    return data.unit[unit].shift_lo


@inner
def arrive(data: Data, unit: int, left: int, way: int, i: int, k: int) -> int:
    """Arrival after setting out at `left` for a way of `way` seconds with breaks i..k on it; NEVER
    if one is missed.
    """
    if i == k:
        return left + way
    at = data.unit[unit].first_break + i * (data.unit[unit].breaks + 1) + k
    if left > data.rest[at].last:
        return NEVER
    return max(left + way + data.rest[at].sum, data.rest[at].reach)


@inner
def set_out(data: Data, unit: int, limit: int, way: int, i: int, k: int) -> int:
    """The last moment to set out so as to arrive by `limit`, breaks i..k on the way; -NEVER if
    impossible.
    """
    if i == k:
        return limit - way
    at = data.unit[unit].first_break + i * (data.unit[unit].breaks + 1) + k
    if limit < data.rest[at].reach:
        return -NEVER
    return min(limit - way - data.rest[at].sum, data.rest[at].last)


@hot
def reach(data: Data, unit: int, left: int, a: int, b: int, site: int, i: int, k: int) -> int:
    """Arrival at node b after setting out from node a at `left`, by the dump site (from 1; 0: none)
    and with breaks i..k.
    """
    origin, target = data.location[a], data.location[b]
    if site == 0:
        return arrive(data, unit, left, data.travel[origin, target], i, k)
    best, at = NEVER, data.site[site - 1].place
    for m in range(i, k + 1):
        there = arrive(data, unit, left, data.travel[origin, at], i, m)
        for n in range(data.site[site - 1].first_opening, data.site[site].first_opening):
            if there <= data.opening[n].hi:
                gone = max(there, data.opening[n].lo) + data.site[site - 1].length
                best = min(best, arrive(data, unit, gone, data.travel[at, target], m, k))
                break
    return best


@hot
def depart(data: Data, unit: int, limit: int, a: int, b: int, site: int, i: int, k: int) -> int:
    """The last moment to set out from node a so as to be at node b by `limit`; -NEVER if
    impossible.
    """
    origin, target = data.location[a], data.location[b]
    if site == 0:
        return set_out(data, unit, limit, data.travel[origin, target], i, k)
    best, at = -NEVER, data.site[site - 1].place
    for m in range(i, k + 1):
        by = set_out(data, unit, limit, data.travel[at, target], m, k)
        by -= data.site[site - 1].length
        for n in range(
            data.site[site].first_opening - 1, data.site[site - 1].first_opening - 1, -1
        ):
            if by >= data.opening[n].lo:
                start = min(by, data.opening[n].hi)
                best = max(best, set_out(data, unit, start, data.travel[origin, at], i, m))
                break
    return best


@inner
def limit_at(data: Data, state: State, unit: int, node: int) -> int:
    """By when the unit must be at a visit or at its end."""
    if node < data.visits:
        return state.job[data.visit[node].job].latest
    return data.unit[unit].shift_hi


@inner
def late_points(data: Data, job: int, mode: int, start: int) -> int:
    """Points lost by its hour; a cover job, of length 0, is late by its start."""
    end = start + data.mode[mode].length
    late = max(0, end - data.job[job].due)
    cost = data.job[job].wait_cost * end // HOUR + late * data.job[job].late_cost
    return min(cost, data.job[job].late_most)


@inner
def overtime_points(data: Data, job: int, mode: int, unit: int, start: int) -> int:
    """Points that the overtime of one unit of the team costs."""
    end = max(start + data.mode[mode].length, data.job[job].until)
    over = end - max(start, data.unit[unit].overtime_from)
    return over * data.unit[unit].overtime_cost if over > 0 else 0


@hot
def penalty(data: Data, state: State, job: int, start: int) -> int:
    """Points lost by starting then: lateness, overtime, and the move of a published job that keeps
    its team.
    """
    mode = state.job[job].mode
    cost = late_points(data, job, mode, start)
    if data.overtime:
        for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
            cost += overtime_points(data, job, mode, state.node[v].unit, start)
    if state.job[job].same and abs(start - data.job[job].old_start) > data.tolerance:
        cost += data.job[job].retime
    return cost


@hot
def earliest_of(data: Data, state: State, job: int) -> int:
    """Earliest start of a done job from all that stands directly before it."""
    moment = state.job[job].floor
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        a, u = state.node[v].prev, state.node[v].unit
        site = state.node[v].dump if data.loads else 0
        left = max(leave(data, state, u, a), opens(data, job, u))
        moment = max(
            moment, reach(data, u, left, a, v, site, state.node[a].rested, state.node[v].rested)
        )
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        other = data.before[i]
        moment = max(moment, end_of(data, state, other))
    return start_from(data, state.job[job].mode, moment)


@compiled
def latest_of(data: Data, state: State, job: int) -> int:
    """Latest start of a done job from all that stands directly after it."""
    moment = NEVER
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        b, u = state.node[v].next, state.node[v].unit
        site, limit = state.node[b].dump if data.loads else 0, limit_at(data, state, u, b)
        moment = min(moment, closes(data, job, u))
        moment = min(
            moment, depart(data, u, limit, v, b, site, state.node[v].rested, state.node[b].rested)
        )
    for i in range(data.job[job].first_follower, data.job[job + 1].first_follower):
        other = data.follower[i]
        if state.job[other].done:
            moment = min(moment, state.job[other].latest)
    return start_until(data, job, state.job[job].mode, moment)


@inner
def push(heap: np.ndarray, keys: np.ndarray, size: int, job: int) -> int:
    """Add a job to a heap ordered by `keys`; its new size."""
    at = size
    while at > 0:
        up = (at - 1) >> 1
        if keys[heap[up]] <= keys[job]:
            break
        heap[at] = heap[up]
        at = up
    heap[at] = job
    return size + 1


@inner
def settle(heap: np.ndarray, keys: np.ndarray, size: int) -> None:
    """Restore the heap after its first element was taken: its last of `size` + 1 elements moves
    up.
    """
    job, at = heap[size], 0
    while True:
        down = 2 * at + 1
        if down >= size:
            break
        if down + 1 < size and keys[heap[down + 1]] < keys[heap[down]]:
            down += 1
        if keys[job] <= keys[heap[down]]:
            break
        heap[at] = heap[down]
        at = down
    heap[at] = job


@inner
def refresh(data: Data, state: State, work: Work, count: int) -> bool:
    """Recompute earliest, then latest starts from the first `count` seeds outward; keeps the
    penalties right.

    Returns
    -------
    bool
        False when some job cannot start in time any more (a direct way may be longer than one by a
        stop).
    """
    rose = _refresh_earliest(data, state, work, count)
    legal = _refresh_latest(data, state, work, count)
    if rose and legal:
        for job in range(data.jobs):
            if state.job[job].done and state.job[job].earliest > state.job[job].latest:
                return False
    return legal


@inlined
def _refresh_earliest(data: Data, state: State, work: Work, count: int) -> bool:
    """The forward half of `refresh`; whether any start became later."""
    size, rose = 0, False
    for i in range(count):
        size = _wake(state, work, work.seeds[i], size, 1)
    while size > 0:
        job = work.heap[0]
        size -= 1
        settle(work.heap, work.keys, size)
        work.job[job].waiting = False
        new, old = earliest_of(data, state, job), state.job[job].earliest
        if new == old:
            continue
        rose = rose or new > old
        state.score[0] += penalty(data, state, job, old) - penalty(data, state, job, new)
        state.job[job].earliest = new
        for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
            if state.node[v].next < data.visits:
                size = _wake(state, work, data.visit[state.node[v].next].job, size, 1)
        for i in range(data.job[job].first_follower, data.job[job + 1].first_follower):
            size = _wake(state, work, data.follower[i], size, 1)
    return rose


@inlined
def _refresh_latest(data: Data, state: State, work: Work, count: int) -> bool:
    """The backward half of `refresh`; whether every job that was looked at can still start in
    time.
    """
    size, legal = 0, True
    for i in range(count):
        size = _wake(state, work, work.seeds[i], size, -1)
    while size > 0:
        job = work.heap[0]
        size -= 1
        settle(work.heap, work.keys, size)
        work.job[job].waiting = False
        new = latest_of(data, state, job)
        legal = legal and new >= state.job[job].earliest
        if new == state.job[job].latest:
            continue
        state.job[job].latest = new
        for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
            if state.node[v].prev < data.visits:
                size = _wake(state, work, data.visit[state.node[v].prev].job, size, -1)
        for i in range(data.job[job].first_before, data.job[job + 1].first_before):
            size = _wake(state, work, data.before[i], size, -1)
    return legal


@inlined
def _wake(state: State, work: Work, job: int, size: int, direction: int) -> int:
    """Let a done job wait for its turn, in the order of its old start (forward) or old latest start
    (backward).
    """
    if not state.job[job].done or work.job[job].waiting:
        return size
    work.job[job].waiting = True
    work.keys[job] = state.job[job].earliest if direction > 0 else -state.job[job].latest
    return push(work.heap, work.keys, size, job)
