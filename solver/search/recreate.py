"""One more job in a solution: the cheapest place for it, and its exact effect.

An insertion is first checked against earliest and latest starts in constant time for each arc; only
the chosen one is carried through exactly, and undone if it closes a circle between teams or costs
more than it wins.
"""

import numpy as np

from solver.search.arrays import Data, State, Work
from solver.search.dumps import follow_loads, holds
from solver.search.jit import hot, inlined, inner
from solver.search.propagate import leg, push_earlier, push_later, road, unlink
from solver.search.rng import fraction
from solver.search.timing import (
    NEVER,
    closes,
    depart,
    end_of,
    late_points,
    latest_of,
    limit_at,
    mode_of,
    opens,
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
    """Put the job where it costs least; whether it is now done."""
    start, _ = cheapest(data, state, work, job, touched_only, blink)
    return start < NEVER and carry_out(data, state, work, job, start)


@inner
def cheapest(
    data: Data, state: State, work: Work, job: int, touched_only: bool, blink: float
) -> tuple[int, float]:
    """Where the job costs least: its start there, NEVER when there is no place, and the points; the
    place is noted in `work` for `carry_out`.

    Parameters
    ----------
    touched_only
        Whether at least one of its units must be among the touched ones.
    blink
        Probability of overlooking an arc.
    """
    fastest = data.job[job + 1].first_mode - 1
    lo, hi = (
        0,
        data.start[data.mode[fastest + 1].first_start - 1].hi
        if data.mode[fastest].first_start < data.mode[fastest + 1].first_start
        else -1,
    )
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        predecessor = data.before[i]
        if not state.job[predecessor].done:
            return NEVER, 0.0
        lo = max(lo, end_of(data, state, predecessor))
    for i in range(data.job[job].first_rival, data.job[job + 1].first_rival):
        if state.job[data.rival[i]].done:
            return NEVER, 0.0
    for i in range(data.job[job].first_follower, data.job[job + 1].first_follower):
        if state.job[data.follower[i]].done:
            if data.job[job].until > state.job[data.follower[i]].latest:
                return NEVER, 0.0
            hi = min(hi, state.job[data.follower[i]].latest - data.mode[fastest].length)
    lo = start_from(data, fastest, lo)
    if lo > hi:
        return NEVER, 0.0
    slots = data.job[job + 1].first_visit - data.job[job].first_visit
    if work.tuning[15] > 0.0:
        _look_around(data, state, work, job)
    for k in range(slots):
        if _gather(data, state, work, job, k, lo, hi, touched_only and slots == 1, blink) == 0:
            return NEVER, 0.0
    if slots == 1:
        return _choose_one(data, work, job)
    return _choose_team(data, work, job, slots, touched_only)


@inner
def _look_around(data: Data, state: State, work: Work, job: int) -> None:
    """Mark the units at work on the jobs nearest to this one: where there are many, the others are
    rarely better.
    """
    last = len(work.nearby) - 1
    work.nearby[last] += 1
    for n in range(min(int(work.tuning[15]), data.near.shape[1])):
        neighbour = data.near[job, n]
        if state.job[neighbour].done:
            for v in range(data.job[neighbour].first_visit, data.job[neighbour + 1].first_visit):
                work.nearby[state.node[v].unit] = work.nearby[last]


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
    visit = data.job[job].first_visit + slot
    here, until = data.location[visit], data.job[job].until
    shortest = data.mode[data.job[job + 1].first_mode - 1].length
    narrow = (
        work.tuning[15] > 0.0
        and data.visit[visit + 1].first_fit - data.visit[visit].first_fit > MANY_UNITS
    )
    for f in range(data.visit[visit].first_fit, data.visit[visit + 1].first_fit):
        unit = data.fit[f]
        if touched_only and not work.touched[unit]:
            continue
        if (
            narrow
            and not work.touched[unit]
            and work.nearby[unit] != work.nearby[len(work.nearby) - 1]
        ):
            continue
        tank, followed = data.loads and data.unit[unit].capacity >= 0, False
        b, left = data.visits + unit, data.unit[unit].shift_lo
        while left <= hi:
            a, b = b, state.node[b].next
            limit = limit_at(data, state, unit, b)
            start = max(lo, left + data.travel[data.location[a], here])
            end = max(start + shortest, until)
            # most places fail here, dump sites and breaks aside
            if (
                limit > lo
                and (blink == 0.0 or fraction(work) >= blink)
                and start <= hi
                and end + data.travel[here, data.location[b]] <= limit
            ):
                if tank:
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
            if b >= data.visits:
                break
            left = end_of(data, state, data.visit[b].job)
    work.slot[slot].options = count
    return count


@inner
def _gather_tank(data, state, work, slot, visit, unit, a, b, left, lo, hi, count):
    """The arc from a to b, once for each way to empty the tank before the visit or after it, as far
    as what is aboard asks for it.
    """
    old, sites, before = state.node[b].dump, data.sites, count
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


@hot
def _gather_arc(data, state, work, slot, visit, unit, a, b, left, lo, hi, count, one, two):
    """The arc from a to b, once for each way to share its breaks between the two halves, with these
    dump sites on them.
    """
    job = data.visit[visit].job
    fastest = data.job[job + 1].first_mode - 1
    mode = mode_of(data, job, unit) if slot == 0 else fastest
    hi -= data.mode[mode].length - data.mode[fastest].length
    left = max(left, opens(data, job, unit))
    if data.loads:
        old = state.node[b].dump
        detour = road(data, a, visit, one) + road(data, visit, b, two) - road(data, a, b, old)
        detour += _dumping(data, one) + _dumping(data, two) - _dumping(data, old)
    else:
        detour = leg(data, a, visit) + leg(data, visit, b) - leg(data, a, b)
    limit = limit_at(data, state, unit, b)
    for rested in range(state.node[a].rested, state.node[b].rested + 1):
        first = max(lo, reach(data, unit, left, a, visit, one, state.node[a].rested, rested))
        if first > hi:
            continue
        by = depart(data, unit, limit, visit, b, two, rested, state.node[b].rested)
        by = min(by, closes(data, job, unit))
        last = min(hi, by - data.mode[mode].length) if data.job[job].until <= by else -NEVER
        if first <= last and start_from(data, mode, first) <= last:
            cost = np.float64(detour)
            if b < data.visits and work.tuning[14] > 0.0:
                begin = max(
                    start_from(data, mode, first) + data.mode[mode].length, data.job[job].until
                )
                late = (
                    reach(data, unit, begin, visit, b, two, rested, state.node[b].rested)
                    - state.job[data.visit[b].job].earliest
                )
                cost += work.tuning[14] * max(0, late)
            option = work.option[slot, count]
            option.node, option.rested, option.unit = a, rested, unit
            option.first, option.second = one, two
            option.lo, option.hi, option.cost = first, last, cost
            count += 1
    return count


@inlined
def _dumping(data: Data, site: int) -> int:
    """Seconds that a visit to the site takes; none for no site (0)."""
    return data.site[site - 1].length if site > 0 else 0


@hot
def place_cost(data, job, mode, start, same):
    """Points lost by starting then with the published team, or with another; overtime aside."""
    cost = late_points(data, job, mode, start)
    if data.job[job].published:
        if not same:
            cost += data.job[job].reassign
        elif abs(start - data.job[job].old_start) > data.tolerance:
            cost += data.job[job].retime
    return cost


@inner
def floored(data, job, lo, same):
    """The earliest start of a job with its published team: not before the tolerance around its
    published start.
    """
    if same and data.job[job].retime > 0:
        return max(lo, data.job[job].old_start - data.tolerance)
    return lo


@inlined
def _choose_one(data: Data, work: Work, job: int) -> tuple[int, float]:
    """The cheapest of the gathered places of a job with one slot: its start and cost."""
    best, best_start = 1e300, NEVER
    old = data.visit[data.job[job].first_visit].old_unit
    for i in range(work.slot[0].options):
        cost = work.option[0, i].cost * work.tuning[0]
        if cost >= best:
            continue
        unit = work.option[0, i].unit
        same, mode = unit == old, mode_of(data, job, unit)
        start = start_from(data, mode, floored(data, job, work.option[0, i].lo, same))
        if start > work.option[0, i].hi:
            continue
        cost += place_cost(data, job, mode, start, same)
        if data.overtime:
            cost += overtime_points(data, job, mode, unit, start)
        if cost < best:
            best, best_start, work.slot[0].chosen = cost, start, i
    return best_start, best


@inner
def was_of_team(data: Data, job: int, unit: int) -> bool:
    """Whether a unit is of the published team of a job."""
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        if data.visit[v].old_unit == unit:
            return True
    return False


@inlined
def _choose_team(
    data: Data, work: Work, job: int, slots: int, touched_only: bool
) -> tuple[int, float]:
    """The cheapest meeting of different units: every place for the first slot, the best partner for
    each other.
    """
    best, best_start = 1e300, NEVER
    picked = work.seeds  # free for use until the next removal
    for i in range(work.slot[0].options):
        cost = work.option[0, i].cost
        if cost * work.tuning[0] >= best:
            continue
        lo, hi, picked[0] = work.option[0, i].lo, work.option[0, i].hi, i
        mode = mode_of(data, job, work.option[0, i].unit)
        slower = data.mode[mode].length - data.mode[data.job[job + 1].first_mode - 1].length
        touched = work.touched[work.option[0, i].unit]
        same = data.job[job].published and was_of_team(data, job, work.option[0, i].unit)
        for k in range(1, slots):
            at = _partner(
                data, work, job, mode, k, lo, hi, touched_only and not touched and k == slots - 1
            )
            if at < 0:
                hi = -1
                break
            picked[k] = at
            cost += work.option[k, at].cost
            lo, hi = max(lo, work.option[k, at].lo), min(hi, work.option[k, at].hi - slower)
            touched = touched or work.touched[work.option[k, at].unit]
            same = same and was_of_team(data, job, work.option[k, at].unit)
        start = start_from(data, mode, floored(data, job, lo, same))
        if start > hi:
            continue
        cost = cost * work.tuning[0] + place_cost(data, job, mode, start, same)
        if data.overtime:
            for k in range(slots):
                cost += overtime_points(data, job, mode, work.option[k, picked[k]].unit, start)
        if cost < best:
            best, best_start = cost, start
            for k in range(slots):
                work.slot[k].chosen = picked[k]
    return best_start, best


@inlined
def _partner(
    data: Data, work: Work, job: int, mode: int, slot: int, lo: int, hi: int, touched_only: bool
) -> int:
    """The cheapest place for a further slot that can begin between `lo` and `hi`; -1 when there is
    none.
    """
    best, best_cost = -1, 1e300
    slower = data.mode[mode].length - data.mode[data.job[job + 1].first_mode - 1].length
    for i in range(work.slot[slot].options):
        cost, last = work.option[slot, i].cost * work.tuning[0], work.option[slot, i].hi - slower
        if cost >= best_cost or work.option[slot, i].lo > hi or last < lo:
            continue
        unit = work.option[slot, i].unit
        if touched_only and not work.touched[unit]:
            continue
        taken = False
        for k in range(slot):
            taken = taken or work.option[k, work.seeds[k]].unit == unit
        start = start_from(data, mode, max(lo, work.option[slot, i].lo))
        if taken or start > min(hi, last):
            continue
        same = data.job[job].published and was_of_team(data, job, unit)
        cost += place_cost(data, job, mode, start, same)
        if data.overtime:
            cost += overtime_points(data, job, mode, unit, start)
        if cost < best_cost:
            best, best_cost = i, cost
    return best


@inner
def carry_out(data: Data, state: State, work: Work, job: int, start: int) -> bool:
    """Insert at the places that `cheapest` has chosen, push what stands behind, and undo it all if
    that fails or does not pay; whether the job is now done.
    """
    slots = data.job[job + 1].first_visit - data.job[job].first_visit
    detour, same = 0, data.job[job].published
    for k in range(slots):
        a, visit = work.option[k, work.slot[k].chosen].node, data.job[job].first_visit + k
        b = state.node[a].next
        if data.loads:
            i, old = work.slot[k].chosen, state.node[b].dump
            one, two = work.option[k, i].first, work.option[k, i].second
            detour += road(data, a, visit, one) + road(data, visit, b, two) - road(data, a, b, old)
            work.slot[k].old_dump, state.node[visit].dump, state.node[b].dump = old, one, two
        else:
            detour += leg(data, a, visit) + leg(data, visit, b) - leg(data, a, b)
        state.node[a].next, state.node[visit].prev, state.node[visit].next, state.node[b].prev = (
            visit,
            a,
            b,
            visit,
        )
        state.node[visit].rested = work.option[k, work.slot[k].chosen].rested
        state.node[visit].unit = work.option[k, work.slot[k].chosen].unit
        same = same and was_of_team(data, job, state.node[visit].unit)
    state.job[job].mode = mode_of(data, job, state.node[data.job[job].first_visit].unit)
    state.job[job].done, state.job[job].same, state.job[job].earliest = True, same, start
    state.job[job].floor = floored(data, job, 0, same)
    logged, gain = push_later(data, state, work, job)
    gain += data.job[job].weight - penalty(data, state, job, start) - data.travel_cost * detour
    if same:
        gain += data.job[job].reassign
    if logged < 0 or gain < 0:
        for i in range(abs(logged) - (1 if logged < 0 else 0)):
            state.job[work.log[i].job].earliest = work.log[i].start
        unlink(data, state, job)
        if data.loads:
            for k in range(slots):
                state.node[
                    state.node[work.option[k, work.slot[k].chosen].node].next
                ].dump = work.slot[k].old_dump
        return False
    state.score[0] += gain
    state.job[job].latest = latest_of(data, state, job)
    push_earlier(data, state, work, job)
    for k in range(slots):
        work.touched[state.node[data.job[job].first_visit + k].unit] = True
    return True
