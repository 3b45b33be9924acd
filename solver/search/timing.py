"""Earliest and latest starts of a solution, recomputed only where they change.

A job with several units is one node on all their routes; routes and `after` together make a graph
without circles. Every job lasts at least one second, so starts strictly grow along it and old
starts are an order to work in.
"""

import numpy as np

from solver.search.arrays import FAR, Data, State, Work
from solver.search.jit import compiled, inlined, inner

NEVER = FAR


@inner
def mode_of(data: Data, job: int, unit: int) -> int:
    """The mode of a job with this unit in its first slot."""
    mode = data.first_mode[job + 1] - 1
    while data.least_people[mode] > data.people[unit]:
        mode -= 1
    return mode


@inner
def start_from(data: Data, mode: int, moment: int) -> int:
    """The first allowed start at or after `moment`; NEVER when there is none."""
    for i in range(data.first_start[mode], data.first_start[mode + 1]):
        if moment <= data.start_hi[i]:
            return max(moment, data.start_lo[i])
    return NEVER


@inner
def start_until(data: Data, job: int, mode: int, moment: int) -> int:
    """The last allowed start from which the job ends by `moment`; -NEVER when there is none."""
    if data.until[job] > moment:
        return -NEVER
    moment -= data.length[mode]
    for i in range(data.first_start[mode + 1] - 1, data.first_start[mode] - 1, -1):
        if moment >= data.start_lo[i]:
            return min(moment, data.start_hi[i])
    return -NEVER


@inner
def end_of(data: Data, state: State, job: int) -> int:
    """The end of a done job."""
    return max(state.earliest[job] + data.length[state.mode[job]], data.until[job])


@inner
def leave(data: Data, state: State, unit: int, node: int) -> int:
    """The moment at which the unit can leave a visit or its start."""
    if node < data.visits:
        return end_of(data, state, data.job_of[node])
    return data.shift_lo[unit]


@inner
def arrive(data: Data, unit: int, left: int, way: int, i: int, k: int) -> int:
    """Arrival after setting out at `left` for a way of `way` seconds with breaks i..k on it; NEVER
    if one is missed.
    """
    if i == k:
        return left + way
    at = data.first_break[unit] + i * (data.breaks[unit] + 1) + k
    if left > data.break_last[at]:
        return NEVER
    return max(left + way + data.break_sum[at], data.break_reach[at])


@inner
def set_out(data: Data, unit: int, limit: int, way: int, i: int, k: int) -> int:
    """The last moment to set out so as to arrive by `limit`, breaks i..k on the way; -NEVER if
    impossible.
    """
    if i == k:
        return limit - way
    at = data.first_break[unit] + i * (data.breaks[unit] + 1) + k
    if limit < data.break_reach[at]:
        return -NEVER
    return min(limit - way - data.break_sum[at], data.break_last[at])


@inner
def reach(data: Data, unit: int, left: int, a: int, b: int, site: int, i: int, k: int) -> int:
    """Arrival at node b after setting out from node a at `left`, by the dump site (from 1; 0: none)
    and with breaks i..k.
    """
    origin, target = data.location[a], data.location[b]
    if site == 0:
        return arrive(data, unit, left, data.travel[origin, target], i, k)
    best, at = NEVER, data.site_place[site - 1]
    for m in range(i, k + 1):
        there = arrive(data, unit, left, data.travel[origin, at], i, m)
        for n in range(data.first_site[site - 1], data.first_site[site]):
            if there <= data.site_hi[n]:
                gone = max(there, data.site_lo[n]) + data.site_length[site - 1]
                best = min(best, arrive(data, unit, gone, data.travel[at, target], m, k))
                break
    return best


@inner
def depart(data: Data, unit: int, limit: int, a: int, b: int, site: int, i: int, k: int) -> int:
    """The last moment to set out from node a so as to be at node b by `limit`; -NEVER if
    impossible.
    """
    origin, target = data.location[a], data.location[b]
    if site == 0:
        return set_out(data, unit, limit, data.travel[origin, target], i, k)
    best, at = -NEVER, data.site_place[site - 1]
    for m in range(i, k + 1):
        by = set_out(data, unit, limit, data.travel[at, target], m, k)
        by -= data.site_length[site - 1]
        for n in range(data.first_site[site] - 1, data.first_site[site - 1] - 1, -1):
            if by >= data.site_lo[n]:
                start = min(by, data.site_hi[n])
                best = max(best, set_out(data, unit, start, data.travel[origin, at], i, m))
                break
    return best


@inner
def limit_at(data: Data, state: State, unit: int, node: int) -> int:
    """By when the unit must be at a visit or at its end."""
    if node < data.visits:
        return state.latest[data.job_of[node]]
    return data.shift_hi[unit]


@inner
def late_points(data: Data, job: int, mode: int, start: int) -> int:
    """Points lost by lateness; a cover job, of length 0, is late by its start."""
    late = start + data.length[mode] - data.due[job]
    return min(late * data.late_cost[job], data.late_most[job]) if late > 0 else 0


@inner
def overtime_points(data: Data, job: int, mode: int, unit: int, start: int) -> int:
    """Points that the overtime of one unit of the team costs."""
    end = max(start + data.length[mode], data.until[job])
    over = end - max(start, data.overtime_from[unit])
    return over * data.overtime_cost[unit] if over > 0 else 0


@inner
def penalty(data: Data, state: State, job: int, start: int) -> int:
    """Points lost by starting then: lateness, overtime, and the move of a published job that keeps
    its team.
    """
    mode = state.mode[job]
    cost = late_points(data, job, mode, start)
    if data.overtime:
        for v in range(data.first_visit[job], data.first_visit[job + 1]):
            cost += overtime_points(data, job, mode, state.unit[v], start)
    if state.same[job] and abs(start - data.old_start[job]) > data.tolerance:
        cost += data.retime[job]
    return cost


@inner
def earliest_of(data: Data, state: State, job: int) -> int:
    """Earliest start of a done job from all that stands directly before it."""
    moment = state.floor[job]
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        a, u = state.prev[v], state.unit[v]
        site = state.dump[v] if data.loads else 0
        left = leave(data, state, u, a)
        moment = max(moment, reach(data, u, left, a, v, site, state.rested[a], state.rested[v]))
    for i in range(data.first_before[job], data.first_before[job + 1]):
        other = data.before[i]
        moment = max(moment, end_of(data, state, other))
    return start_from(data, state.mode[job], moment)


@compiled
def latest_of(data: Data, state: State, job: int) -> int:
    """Latest start of a done job from all that stands directly after it."""
    moment = NEVER
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        b, u = state.next[v], state.unit[v]
        site, limit = state.dump[b] if data.loads else 0, limit_at(data, state, u, b)
        moment = min(moment, depart(data, u, limit, v, b, site, state.rested[v], state.rested[b]))
    for i in range(data.first_follower[job], data.first_follower[job + 1]):
        other = data.follower[i]
        if state.done[other]:
            moment = min(moment, state.latest[other])
    return start_until(data, job, state.mode[job], moment)


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
            if state.done[job] and state.earliest[job] > state.latest[job]:
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
        work.waiting[job] = False
        new, old = earliest_of(data, state, job), state.earliest[job]
        if new == old:
            continue
        rose = rose or new > old
        state.score[0] += penalty(data, state, job, old) - penalty(data, state, job, new)
        state.earliest[job] = new
        for v in range(data.first_visit[job], data.first_visit[job + 1]):
            if state.next[v] < data.visits:
                size = _wake(state, work, data.job_of[state.next[v]], size, 1)
        for i in range(data.first_follower[job], data.first_follower[job + 1]):
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
        work.waiting[job] = False
        new = latest_of(data, state, job)
        legal = legal and new >= state.earliest[job]
        if new == state.latest[job]:
            continue
        state.latest[job] = new
        for v in range(data.first_visit[job], data.first_visit[job + 1]):
            if state.prev[v] < data.visits:
                size = _wake(state, work, data.job_of[state.prev[v]], size, -1)
        for i in range(data.first_before[job], data.first_before[job + 1]):
            size = _wake(state, work, data.before[i], size, -1)
    return legal


@inlined
def _wake(state: State, work: Work, job: int, size: int, direction: int) -> int:
    """Let a done job wait for its turn, in the order of its old start (forward) or old latest start
    (backward).
    """
    if not state.done[job] or work.waiting[job]:
        return size
    work.waiting[job] = True
    work.keys[job] = state.earliest[job] if direction > 0 else -state.latest[job]
    return push(work.heap, work.keys, size, job)
