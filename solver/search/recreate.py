"""One more job in a solution: the cheapest place for it, and its exact effect.

An insertion is first checked against earliest and latest starts in constant time for each arc; only
the chosen one is carried through exactly, and undone if it closes a circle between teams or costs
more than it wins.
"""

import numpy as np

from solver.search.arrays import Data, State, Work
from solver.search.dumps import follow_loads, holds
from solver.search.jit import inlined, inner
from solver.search.propagate import leg, push_earlier, push_later, road, unlink
from solver.search.rng import fraction
from solver.search.timing import (
    NEVER,
    depart,
    end_of,
    late_points,
    latest_of,
    leave,
    limit_at,
    mode_of,
    overtime_points,
    penalty,
    reach,
    start_from,
)

MANY_UNITS = 16
"""From so many fitting units on, only those nearby are looked at in most steps."""


@inner
def insert(
    data: Data, state: State, work: Work, job: int, touched_only: bool, blink: float
) -> bool:
    """Put the job where it costs least; whether it is now done.

    Parameters
    ----------
    touched_only
        Whether at least one of its units must be among the touched ones.
    blink
        Probability of overlooking an arc.
    """
    fastest = data.first_mode[job + 1] - 1
    lo, hi = (
        0,
        data.start_hi[data.first_start[fastest + 1] - 1]
        if data.first_start[fastest] < data.first_start[fastest + 1]
        else -1,
    )
    for i in range(data.first_before[job], data.first_before[job + 1]):
        predecessor = data.before[i]
        if not state.done[predecessor]:
            return False
        lo = max(lo, end_of(data, state, predecessor))
    for i in range(data.first_rival[job], data.first_rival[job + 1]):
        if state.done[data.rival[i]]:
            return False
    for i in range(data.first_follower[job], data.first_follower[job + 1]):
        if state.done[data.follower[i]]:
            if data.until[job] > state.latest[data.follower[i]]:
                return False
            hi = min(hi, state.latest[data.follower[i]] - data.length[fastest])
    lo = start_from(data, fastest, lo)
    if lo > hi:
        return False
    slots = data.first_visit[job + 1] - data.first_visit[job]
    if work.tuning[14] > 0.0:
        _look_around(data, state, work, job)
    for k in range(slots):
        if _gather(data, state, work, job, k, lo, hi, touched_only and slots == 1, blink) == 0:
            return False
    start = (
        _choose_one(data, work, job)
        if slots == 1
        else _choose_team(data, work, job, slots, touched_only)
    )
    return start < NEVER and _carry_out(data, state, work, job, slots, start)


@inner
def _look_around(data: Data, state: State, work: Work, job: int) -> None:
    """Mark the units at work on the jobs nearest to this one: where there are many, the others are
    rarely better.
    """
    last = len(work.nearby) - 1
    work.nearby[last] += 1
    for n in range(min(int(work.tuning[14]), data.near.shape[1])):
        neighbour = data.near[job, n]
        if state.done[neighbour]:
            for v in range(data.first_visit[neighbour], data.first_visit[neighbour + 1]):
                work.nearby[state.unit[v]] = work.nearby[last]


@inlined
def _gather(
    data: Data,
    state: State,
    work: Work,
    job: int,
    slot: int,
    lo: int,
    hi: int,
    touched_only: bool,
    blink: float,
) -> int:
    """All arcs of all fitting units at which the slot could be filled, into the tables of `work`;
    how many.

    Slots but the first do not know yet how long the job takes: theirs are counted for the fastest
    team.
    """
    count = 0
    visit = data.first_visit[job] + slot
    narrow = (
        work.tuning[14] > 0.0 and data.first_fit[visit + 1] - data.first_fit[visit] > MANY_UNITS
    )
    for f in range(data.first_fit[visit], data.first_fit[visit + 1]):
        unit = data.fit[f]
        if touched_only and not work.touched[unit]:
            continue
        if (
            narrow
            and not work.touched[unit]
            and work.nearby[unit] != work.nearby[len(work.nearby) - 1]
        ):
            continue
        tank, followed = data.loads and data.capacity[unit] >= 0, False
        a = data.visits + unit
        while a < data.visits + data.units:
            left = leave(data, state, unit, a)
            if left > hi:
                break
            b = state.next[a]
            if limit_at(data, state, unit, b) > lo and (blink == 0.0 or fraction(work) >= blink):
                if tank:
                    if _has_time(data, state, unit, visit, a, b, left, lo, hi):
                        if not followed:
                            follow_loads(data, state, work, unit)
                            followed = True
                        count = _gather_tank(
                            data, state, work, slot, visit, unit, a, b, left, lo, hi, count
                        )
                else:
                    count = _gather_arc(
                        data, state, work, slot, visit, unit, a, b, left, lo, hi, count, 0, 0
                    )
            a = b if b < data.visits else data.visits + data.units
    work.options[slot] = count
    return count


@inner
def _has_time(data, state, unit, visit, a, b, left, lo, hi):
    """Whether the visit fits between a and b by time, dump sites and breaks aside: most places fail
    here, before anything is asked of the tank.
    """
    job = data.job_of[visit]
    start = max(lo, left + leg(data, a, visit))
    end = max(start + data.length[data.first_mode[job + 1] - 1], data.until[job])
    return start <= hi and end + leg(data, visit, b) <= limit_at(data, state, unit, b)


@inner
def _gather_tank(data, state, work, slot, visit, unit, a, b, left, lo, hi, count):
    """The arc from a to b, once for each way to empty the tank before the visit or after it, as far
    as what is aboard asks for it.
    """
    old, sites, before = state.dump[b], len(data.site_place), count
    if old == 0 and holds(data, work, unit, visit, a, b, False, False):
        return _gather_arc(data, state, work, slot, visit, unit, a, b, left, lo, hi, count, 0, 0)
    first = holds(data, work, unit, visit, a, b, True, False)
    second = holds(data, work, unit, visit, a, b, False, True)
    for s in range(1, sites + 1):
        if not data.admits[unit, s - 1]:
            continue
        if first:
            count = _gather_arc(
                data, state, work, slot, visit, unit, a, b, left, lo, hi, count, s, 0
            )
        if second:
            count = _gather_arc(
                data, state, work, slot, visit, unit, a, b, left, lo, hi, count, 0, s
            )
    if count > before or not holds(data, work, unit, visit, a, b, True, True):
        return count
    for s in range(1, sites + 1):
        for t in range(1, sites + 1):
            if data.admits[unit, s - 1] and data.admits[unit, t - 1]:
                count = _gather_arc(
                    data, state, work, slot, visit, unit, a, b, left, lo, hi, count, s, t
                )
    return count


@inner
def _gather_arc(data, state, work, slot, visit, unit, a, b, left, lo, hi, count, one, two):
    """The arc from a to b, once for each way to share its breaks between the two halves, with these
    dump sites on them.
    """
    job = data.job_of[visit]
    fastest = data.first_mode[job + 1] - 1
    mode = mode_of(data, job, unit) if slot == 0 else fastest
    hi -= data.length[mode] - data.length[fastest]
    if data.loads:
        old = state.dump[b]
        detour = road(data, a, visit, one) + road(data, visit, b, two) - road(data, a, b, old)
        detour += _dumping(data, one) + _dumping(data, two) - _dumping(data, old)
    else:
        detour = leg(data, a, visit) + leg(data, visit, b) - leg(data, a, b)
    limit = limit_at(data, state, unit, b)
    for rested in range(state.rested[a], state.rested[b] + 1):
        first = max(lo, reach(data, unit, left, a, visit, one, state.rested[a], rested))
        if first > hi:
            continue
        by = depart(data, unit, limit, visit, b, two, rested, state.rested[b])
        last = min(hi, by - data.length[mode]) if data.until[job] <= by else -NEVER
        if first <= last and start_from(data, mode, first) <= last:
            cost = np.float64(detour)
            if b < data.visits and work.tuning[13] > 0.0:
                begin = max(start_from(data, mode, first) + data.length[mode], data.until[job])
                late = (
                    reach(data, unit, begin, visit, b, two, rested, state.rested[b])
                    - state.earliest[data.job_of[b]]
                )
                cost += work.tuning[13] * max(0, late)
            work.node_of[slot, count], work.rested_of[slot, count], work.unit_of[slot, count] = (
                a,
                rested,
                unit,
            )
            if data.loads:
                work.first_of[slot, count], work.second_of[slot, count] = one, two
            work.lo_of[slot, count], work.hi_of[slot, count], work.cost_of[slot, count] = (
                first,
                last,
                cost,
            )
            count += 1
    return count


@inlined
def _dumping(data: Data, site: int) -> int:
    """Seconds that a visit to the site takes; none for no site (0)."""
    return data.site_length[site - 1] if site > 0 else 0


@inner
def place_cost(data, job, mode, start, same):
    """Points lost by starting then with the published team, or with another; overtime aside."""
    cost = late_points(data, job, mode, start)
    if data.published[job]:
        if not same:
            cost += data.reassign[job]
        elif abs(start - data.old_start[job]) > data.tolerance:
            cost += data.retime[job]
    return cost


@inner
def floored(data, job, lo, same):
    """The earliest start of a job with its published team: not before the tolerance around its
    published start.
    """
    if same and data.retime[job] > 0:
        return max(lo, data.old_start[job] - data.tolerance)
    return lo


@inlined
def _choose_one(data: Data, work: Work, job: int) -> int:
    """The cheapest of the gathered places of a job with one slot; its start."""
    best, best_start = 1e300, NEVER
    old = data.old_unit[data.first_visit[job]]
    for i in range(work.options[0]):
        cost = work.cost_of[0, i] * work.tuning[0]
        if cost >= best:
            continue
        unit = work.unit_of[0, i]
        same, mode = unit == old, mode_of(data, job, unit)
        start = start_from(data, mode, floored(data, job, work.lo_of[0, i], same))
        if start > work.hi_of[0, i]:
            continue
        cost += place_cost(data, job, mode, start, same)
        if data.overtime:
            cost += overtime_points(data, job, mode, unit, start)
        if cost < best:
            best, best_start, work.chosen[0] = cost, start, i
    return best_start


@inner
def was_of_team(data: Data, job: int, unit: int) -> bool:
    """Whether a unit is of the published team of a job."""
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        if data.old_unit[v] == unit:
            return True
    return False


@inlined
def _choose_team(data: Data, work: Work, job: int, slots: int, touched_only: bool) -> int:
    """The cheapest meeting of different units: every place for the first slot, the best partner for
    each other.
    """
    best, best_start = 1e300, NEVER
    picked = work.seeds  # free for use until the next removal
    for i in range(work.options[0]):
        cost = work.cost_of[0, i]
        if cost * work.tuning[0] >= best:
            continue
        lo, hi, picked[0] = work.lo_of[0, i], work.hi_of[0, i], i
        mode = mode_of(data, job, work.unit_of[0, i])
        slower = data.length[mode] - data.length[data.first_mode[job + 1] - 1]
        touched = work.touched[work.unit_of[0, i]]
        same = data.published[job] and was_of_team(data, job, work.unit_of[0, i])
        for k in range(1, slots):
            at = _partner(
                data, work, job, mode, k, lo, hi, touched_only and not touched and k == slots - 1
            )
            if at < 0:
                hi = -1
                break
            picked[k] = at
            cost += work.cost_of[k, at]
            lo, hi = max(lo, work.lo_of[k, at]), min(hi, work.hi_of[k, at] - slower)
            touched = touched or work.touched[work.unit_of[k, at]]
            same = same and was_of_team(data, job, work.unit_of[k, at])
        start = start_from(data, mode, floored(data, job, lo, same))
        if start > hi:
            continue
        cost = cost * work.tuning[0] + place_cost(data, job, mode, start, same)
        if data.overtime:
            for k in range(slots):
                cost += overtime_points(data, job, mode, work.unit_of[k, picked[k]], start)
        if cost < best:
            best, best_start = cost, start
            for k in range(slots):
                work.chosen[k] = picked[k]
    return best_start


@inlined
def _partner(
    data: Data, work: Work, job: int, mode: int, slot: int, lo: int, hi: int, touched_only: bool
) -> int:
    """The cheapest place for a further slot that can begin between `lo` and `hi`; -1 when there is
    none.
    """
    best, best_cost = -1, 1e300
    slower = data.length[mode] - data.length[data.first_mode[job + 1] - 1]
    for i in range(work.options[slot]):
        cost, last = work.cost_of[slot, i] * work.tuning[0], work.hi_of[slot, i] - slower
        if cost >= best_cost or work.lo_of[slot, i] > hi or last < lo:
            continue
        unit = work.unit_of[slot, i]
        if touched_only and not work.touched[unit]:
            continue
        taken = False
        for k in range(slot):
            taken = taken or work.unit_of[k, work.seeds[k]] == unit
        start = start_from(data, mode, max(lo, work.lo_of[slot, i]))
        if taken or start > min(hi, last):
            continue
        same = data.published[job] and was_of_team(data, job, unit)
        cost += place_cost(data, job, mode, start, same)
        if data.overtime:
            cost += overtime_points(data, job, mode, unit, start)
        if cost < best_cost:
            best, best_cost = i, cost
    return best


@inlined
def _carry_out(data: Data, state: State, work: Work, job: int, slots: int, start: int) -> bool:
    """Insert at the chosen places, push what stands behind, and undo it all if that fails or does
    not pay.
    """
    detour, same = 0, data.published[job]
    for k in range(slots):
        a, visit = work.node_of[k, work.chosen[k]], data.first_visit[job] + k
        b = state.next[a]
        if data.loads:
            i, old = work.chosen[k], state.dump[b]
            one, two = work.first_of[k, i], work.second_of[k, i]
            detour += road(data, a, visit, one) + road(data, visit, b, two) - road(data, a, b, old)
            work.old_dump[k], state.dump[visit], state.dump[b] = old, one, two
        else:
            detour += leg(data, a, visit) + leg(data, visit, b) - leg(data, a, b)
        state.next[a], state.prev[visit], state.next[visit], state.prev[b] = visit, a, b, visit
        state.rested[visit] = work.rested_of[k, work.chosen[k]]
        state.unit[visit] = work.unit_of[k, work.chosen[k]]
        same = same and was_of_team(data, job, state.unit[visit])
    state.mode[job] = mode_of(data, job, state.unit[data.first_visit[job]])
    state.done[job], state.same[job], state.earliest[job] = True, same, start
    state.floor[job] = floored(data, job, 0, same)
    logged, gain = push_later(data, state, work, job)
    gain += data.weight[job] - penalty(data, state, job, start) - data.travel_cost * detour
    if same:
        gain += data.reassign[job]
    if logged < 0 or gain < 0:
        for i in range(abs(logged) - (1 if logged < 0 else 0)):
            state.earliest[work.log_job[i]] = work.log_start[i]
        unlink(data, state, job)
        if data.loads:
            for k in range(slots):
                state.dump[state.next[work.node_of[k, work.chosen[k]]]] = work.old_dump[k]
        return False
    state.score[0] += gain
    state.latest[job] = latest_of(data, state, job)
    push_earlier(data, state, work, job)
    for k in range(slots):
        work.touched[state.unit[data.first_visit[job] + k]] = True
    return True
