"""Jobs in and out of a solution: the cheapest place for one more, its exact effect, and removal.

An insertion is first checked against earliest and latest starts in constant time for each arc; only the chosen one is
carried through exactly, and undone if it closes a circle between teams or costs more than it wins.
"""

from solver.search.chance import fraction
from solver.search.data import Data, State, Work
from solver.search.jit import compiled, inlined
from solver.search.timing import (
    NEVER,
    arrive,
    latest_of,
    leave,
    limit_at,
    penalty,
    set_out,
    start_from,
    start_until,
)


@compiled
def leg(data: Data, a: int, b: int) -> int:
    """Seconds from node to node; none for a unit that stays at home."""
    if a >= data.visits and b >= data.visits:
        return 0
    return data.travel[data.location[a], data.location[b]]


@compiled
def insert(data: Data, state: State, work: Work, job: int, touched_only: bool, blink: float) -> bool:
    """Put the job where it costs least; whether it is now done.

    Parameters
    ----------
    touched_only
        Whether at least one of its units must be among the touched ones.
    blink
        Probability of overlooking an arc.
    """
    lo, hi = (
        0,
        data.start_hi[data.first_start[job + 1] - 1] if data.first_start[job] < data.first_start[job + 1] else -1,
    )
    for i in range(data.first_before[job], data.first_before[job + 1]):
        other = data.before[i]
        if not state.done[other]:
            return False
        lo = max(lo, state.earliest[other] + data.duration[other])
    for i in range(data.first_follower[job], data.first_follower[job + 1]):
        if state.done[data.follower[i]]:
            hi = min(hi, state.latest[data.follower[i]] - data.duration[job])
    lo = start_from(data, job, lo)
    if lo > hi:
        return False
    slots = data.first_visit[job + 1] - data.first_visit[job]
    for k in range(slots):
        if _gather(data, state, work, job, k, lo, hi, touched_only and slots == 1, blink) == 0:
            return False
    start = _choose_one(data, work, job) if slots == 1 else _choose_team(data, work, job, slots, touched_only)
    return start < NEVER and _carry_out(data, state, work, job, slots, start)


@inlined
def _gather(
    data: Data, state: State, work: Work, job: int, slot: int, lo: int, hi: int, touched_only: bool, blink: float
) -> int:
    """All arcs of all fitting units at which the slot could be filled, into the tables of `work`; how many."""
    count = 0
    visit = data.first_visit[job] + slot
    for f in range(data.first_fit[visit], data.first_fit[visit + 1]):
        unit = data.fit[f]
        if touched_only and not work.touched[unit]:
            continue
        a = data.visits + unit
        while a < data.visits + data.units:
            left = leave(data, state, unit, a)
            if left > hi:
                break
            b = state.next[a]
            if limit_at(data, state, unit, b) > lo and (blink == 0.0 or fraction(work) >= blink):
                count = _gather_arc(data, state, work, slot, visit, unit, a, b, left, lo, hi, count)
            a = b if b < data.visits else data.visits + data.units
    work.options[slot] = count
    return count


@compiled
def _gather_arc(data, state, work, slot, visit, unit, a, b, left, lo, hi, count):
    """The arc from a to b, once for each way to share its breaks between the two halves."""
    job = data.job_of[visit]
    way, on = leg(data, a, visit), leg(data, visit, b)
    detour = way + on - leg(data, a, b)
    limit = limit_at(data, state, unit, b)
    for rested in range(state.rested[a], state.rested[b] + 1):
        first = max(lo, arrive(data, unit, left, way, state.rested[a], rested))
        if first > hi:
            continue
        last = min(hi, set_out(data, unit, limit, on, rested, state.rested[b]) - data.duration[job])
        if first <= last and start_from(data, job, first) <= last:
            work.node_of[slot, count], work.rested_of[slot, count], work.unit_of[slot, count] = a, rested, unit
            work.lo_of[slot, count], work.hi_of[slot, count], work.cost_of[slot, count] = first, last, detour
            count += 1
    return count


@compiled
def _place_cost(data, job, start, same):
    """Points lost by starting then with the published team, or with another."""
    late = start + data.duration[job] - data.due[job]
    cost = late * data.late_cost[job] if late > 0 else 0
    if data.published[job]:
        if not same:
            cost += data.reassign
        elif abs(start - data.old_start[job]) > data.tolerance:
            cost += data.retime
    return cost


@compiled
def _floored(data, job, lo, same):
    """The earliest start of a job with its published team: not before the tolerance around its published start."""
    return max(lo, data.old_start[job] - data.tolerance) if same and data.retime > 0 else lo


@inlined
def _choose_one(data: Data, work: Work, job: int) -> int:
    """The cheapest of the gathered places of a job with one slot; its start."""
    best, best_start = 1e300, NEVER
    old = data.old_unit[data.first_visit[job]]
    for i in range(work.options[0]):
        cost = work.cost_of[0, i] * work.tuning[0]
        if cost >= best:
            continue
        same = work.unit_of[0, i] == old
        start = start_from(data, job, _floored(data, job, work.lo_of[0, i], same))
        if start > work.hi_of[0, i]:
            continue
        cost += _place_cost(data, job, start, same) + work.tuning[1] * (start - work.lo_of[0, i])
        if cost < best:
            best, best_start, work.chosen[0] = cost, start, i
    return best_start


@compiled
def _was_of_team(data: Data, job: int, unit: int) -> bool:
    for v in range(data.first_visit[job], data.first_visit[job + 1]):  # noqa: SIM110 (compiled)
        if data.old_unit[v] == unit:
            return True
    return False


@inlined
def _choose_team(data: Data, work: Work, job: int, slots: int, touched_only: bool) -> int:
    """The cheapest meeting of different units: every place for the first slot, the best partner for each other."""
    best, best_start = 1e300, NEVER
    picked = work.seeds  # free for use until the next removal
    for i in range(work.options[0]):
        cost = work.cost_of[0, i]
        if cost * work.tuning[0] >= best:
            continue
        lo, hi, picked[0] = work.lo_of[0, i], work.hi_of[0, i], i
        touched = work.touched[work.unit_of[0, i]]
        same = data.published[job] and _was_of_team(data, job, work.unit_of[0, i])
        for k in range(1, slots):
            at = _partner(data, work, job, k, lo, hi, touched_only and not touched and k == slots - 1)
            if at < 0:
                hi = -1
                break
            picked[k] = at
            cost += work.cost_of[k, at]
            lo, hi = max(lo, work.lo_of[k, at]), min(hi, work.hi_of[k, at])
            touched = touched or work.touched[work.unit_of[k, at]]
            same = same and _was_of_team(data, job, work.unit_of[k, at])
        start = start_from(data, job, _floored(data, job, lo, same))
        if start > hi:
            continue
        cost = cost * work.tuning[0] + _place_cost(data, job, start, same)
        if cost < best:
            best, best_start = cost, start
            for k in range(slots):
                work.chosen[k] = picked[k]
    return best_start


@inlined
def _partner(data: Data, work: Work, job: int, slot: int, lo: int, hi: int, touched_only: bool) -> int:
    """The cheapest place for a further slot that can begin between `lo` and `hi`; -1 when there is none."""
    best, best_cost = -1, 1e300
    for i in range(work.options[slot]):
        cost = work.cost_of[slot, i] * work.tuning[0]
        if cost >= best_cost or work.lo_of[slot, i] > hi or work.hi_of[slot, i] < lo:
            continue
        unit = work.unit_of[slot, i]
        if touched_only and not work.touched[unit]:
            continue
        taken = False
        for k in range(slot):
            taken = taken or work.unit_of[k, work.seeds[k]] == unit
        start = start_from(data, job, max(lo, work.lo_of[slot, i]))
        if taken or start > min(hi, work.hi_of[slot, i]):
            continue
        cost += _place_cost(data, job, start, data.published[job] and _was_of_team(data, job, unit))
        if cost < best_cost:
            best, best_cost = i, cost
    return best


@inlined
def _carry_out(data: Data, state: State, work: Work, job: int, slots: int, start: int) -> bool:
    """Insert at the chosen places, push what stands behind, and undo it all if that fails or does not pay."""
    detour, same = 0, data.published[job]
    for k in range(slots):
        a, visit = work.node_of[k, work.chosen[k]], data.first_visit[job] + k
        b = state.next[a]
        detour += leg(data, a, visit) + leg(data, visit, b) - leg(data, a, b)
        state.next[a], state.prev[visit], state.next[visit], state.prev[b] = visit, a, b, visit
        state.rested[visit] = work.rested_of[k, work.chosen[k]]
        state.unit[visit] = work.unit_of[k, work.chosen[k]]
        same = same and _was_of_team(data, job, state.unit[visit])
    state.done[job], state.same[job], state.earliest[job] = True, same, start
    state.floor[job] = _floored(data, job, 0, same)
    logged, gain = _push_later(data, state, work, job)
    gain += data.weight[job] - penalty(data, state, job, start) - data.travel_cost * detour
    if same:
        gain += data.reassign
    if logged < 0 or gain < 0:
        for i in range(abs(logged) - (1 if logged < 0 else 0)):
            state.earliest[work.log_job[i]] = work.log_start[i]
        unlink(data, state, job)
        return False
    state.score[0] += gain
    state.latest[job] = latest_of(data, state, job)
    _push_earlier(data, state, work, job)
    for k in range(slots):
        work.touched[state.unit[data.first_visit[job] + k]] = True
    return True


@compiled
def unlink(data: Data, state: State, job: int) -> int:
    """Take a job off its routes; seconds of travel saved."""
    saved = 0
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        a, b = state.prev[v], state.next[v]
        saved += leg(data, a, v) + leg(data, v, b) - leg(data, a, b)
        state.next[a], state.prev[b], state.unit[v] = b, a, -1
    state.done[job], state.same[job], state.floor[job] = False, False, 0
    return saved


@compiled
def remove(data: Data, state: State, work: Work, job: int, count: int) -> int:
    """Take a job out of the solution, its score with it; the neighbours become seeds, whose new number is returned."""
    gain = -data.weight[job] + penalty(data, state, job, state.earliest[job])
    if state.same[job]:
        gain -= data.reassign
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        work.touched[state.unit[v]] = True
        for node in (state.prev[v], state.next[v]):
            if node < data.visits:
                work.seeds[count] = data.job_of[node]
                count += 1
    for i in range(data.first_before[job], data.first_before[job + 1]):
        work.seeds[count] = data.before[i]
        count += 1
    state.score[0] += gain + data.travel_cost * unlink(data, state, job)
    return count


@inlined
def _push_later(data: Data, state: State, work: Work, job: int) -> tuple[int, int]:
    """Move what stands behind a new job to later starts, logging the old ones.

    Returns
    -------
    tuple
        How many starts were logged (if it fails: minus that, minus 1), and the points won by the moves (never > 0
        but for retimed jobs).
    """
    logged, gain, head, size = 0, 0, 0, 1
    room = len(work.queue)
    work.queue[0] = job
    while size > 0:
        at = work.queue[head]
        head, size = (head + 1) % room, size - 1
        work.waiting[at] = False
        end = state.earliest[at] + data.duration[at]
        slots = data.first_visit[at + 1] - data.first_visit[at]
        followers = data.first_follower[at + 1] - data.first_follower[at]
        for i in range(slots + followers):
            if i < slots:
                v = data.first_visit[at] + i
                b = state.next[v]
                if b >= data.visits:
                    continue
                other = data.job_of[b]
                moment = arrive(data, state.unit[v], end, leg(data, v, b), state.rested[v], state.rested[b])
            else:
                other, moment = data.follower[data.first_follower[at] + i - slots], end
            if not state.done[other] or moment <= state.earliest[other]:
                continue
            new = start_from(data, other, moment)
            if other == job or new > state.latest[other]:
                while size > 0:
                    work.waiting[work.queue[head]] = False
                    head, size = (head + 1) % room, size - 1
                for n in range(logged):
                    work.marked[work.log_job[n]] = False
                return -logged - 1, 0
            if not work.marked[other]:
                work.marked[other] = True
                work.log_job[logged], work.log_start[logged] = other, state.earliest[other]
                logged += 1
            state.earliest[other] = new
            if not work.waiting[other]:
                work.waiting[other] = True
                work.queue[(head + size) % room] = other
                size += 1
    for n in range(logged):
        other = work.log_job[n]
        work.marked[other] = False
        gain += penalty(data, state, other, work.log_start[n]) - penalty(data, state, other, state.earliest[other])
    return logged, gain


@inlined
def _push_earlier(data: Data, state: State, work: Work, job: int) -> None:
    """Tighten the latest starts of what stands before a new job."""
    head, size = 0, 1
    room = len(work.queue)
    work.queue[0] = job
    while size > 0:
        at = work.queue[head]
        head, size = (head + 1) % room, size - 1
        work.waiting[at] = False
        slots = data.first_visit[at + 1] - data.first_visit[at]
        before = data.first_before[at + 1] - data.first_before[at]
        for i in range(slots + before):
            if i < slots:
                v = data.first_visit[at] + i
                a = state.prev[v]
                if a >= data.visits:
                    continue
                other = data.job_of[a]
                unit = state.unit[v]
                moment = set_out(data, unit, state.latest[at], leg(data, a, v), state.rested[a], state.rested[v])
            else:
                other, moment = data.before[data.first_before[at] + i - slots], state.latest[at]
            new = start_until(data, other, moment - data.duration[other])
            if new < state.latest[other]:
                state.latest[other] = new
                if not work.waiting[other]:
                    work.waiting[other] = True
                    work.queue[(head + size) % room] = other
                    size += 1
