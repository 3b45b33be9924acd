"""Tanks in the compiled search: what one more stop asks of them, and the best visits for a day."""

from solver.search.arrays import LABELS, Data, State, Work
from solver.search.jit import inlined, inner
from solver.search.propagate import road
from solver.search.timing import (
    NEVER,
    begun_by,
    end_of,
    late_points,
    leave,
    opens,
    reach,
    refresh,
    start_from,
)


@inner
def follow_loads(data: Data, state: State, work: Work, unit: int) -> None:
    """For each node of a route what is aboard behind it, and of the loads from it on, to the next
    visit to a dump site, the greatest and the least sum and the whole; and whether that is the end.
    """
    load, node = data.unit[unit].aboard, data.visits + unit
    work.trip[node].load = load
    while True:
        node = state.node[node].next
        if node >= data.visits:
            break
        if state.node[node].dump > 0:
            load = 0
        load += data.visit[node].load
        work.trip[node].load = load
    top, bottom, rest, open_end = 0, 0, 0, 1
    end = work.trip[node]
    end.top, end.bottom, end.rest, end.open_end = 0, 0, 0, 1
    ahead, node = node, state.node[node].prev
    while node < data.visits:
        if state.node[ahead].dump > 0:
            top, bottom, rest, open_end = 0, 0, 0, 0
        own = data.visit[node].load
        top, bottom, rest = max(0, own + top), min(0, own + bottom), own + rest
        trip = work.trip[node]
        trip.top, trip.bottom, trip.rest, trip.open_end = top, bottom, rest, open_end
        ahead, node = node, state.node[node].prev


@inner
def holds(
    data: Data, work: Work, unit: int, visit: int, a: int, b: int, one: bool, two: bool
) -> bool:
    """Whether the tank allows a visit between a and b, emptied before it (`one`), after it
    (`two`).
    """
    own, most = data.visit[visit].load, data.unit[unit].capacity
    load = own if one else own + work.trip[a].load
    if load < 0 or load > most:
        return False
    if two:
        load = 0
    if load + work.trip[b].top > most or load + work.trip[b].bottom < 0:
        return False
    if work.trip[b].open_end == 1 and data.unit[unit].ends_empty:
        return load + work.trip[b].rest == 0
    return True


@inner
def choose_dumps(data: Data, state: State, work: Work, unit: int) -> None:
    """Choose dump sites and moments anew for the stops of a unit in their order, where the plan is
    worth more by it.

    Labels go from stop to stop; one that is no better in time, points and load than another is
    dropped, so with all of them kept the choice is the best for this unit (the others, their
    deadlines with them, stand still).
    """
    length = _list_route(data, state, work, unit)
    if length == 0:
        return
    end = _spread(data, state, work, unit, length)
    if end < 0:
        return
    now = state.score[0]
    count = _exchange(data, state, work, length, end)
    if count == 0:
        return
    if not refresh(data, state, work, count) or state.score[0] < now:
        count = _take_back(data, state, work, length)
        refresh(data, state, work, count)


@inlined
def _list_route(data: Data, state: State, work: Work, unit: int) -> int:
    """The nodes of a route, each with its dump site and the earliest start that others leave it;
    how many, 0 for a route that needs none.
    """
    node, length, some = data.visits + unit, 0, False
    while True:
        work.stop[length].node = node
        work.stop[length].dump = state.node[node].dump
        some = some or state.node[node].dump > 0
        if length > 0 and node < data.visits:
            work.stop[length].earliest = _others(data, state, node)
        length += 1
        if node >= data.visits and length > 1:
            break
        node = state.node[node].next
    return length if some else 0


@inner
def _others(data: Data, state: State, node: int) -> int:
    """The earliest start of the job of a visit from all but its own unit."""
    job = data.visit[node].job
    moment = state.job[job].floor
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        if v != node:
            a, u = state.node[v].prev, state.node[v].unit
            left = max(leave(data, state, u, a), opens(data, job, u))
            own = reach(
                data, u, left, a, v, state.node[v].dump, state.node[a].rested, state.node[v].rested
            )
            moment = max(moment, own)
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        moment = max(moment, end_of(data, state, data.before[i]))
    return moment


@inlined
def _spread(data: Data, state: State, work: Work, unit: int, length: int) -> int:
    """Labels from the start of the route to its end; the cheapest there, -1 when there is none."""
    first = work.label[0, 0]
    first.time, first.cost, first.load = data.unit[unit].shift_lo, 0, data.unit[unit].aboard
    work.stop[0].labels = 1
    most = _points_now(data, state, work, length)
    for n in range(1, length):
        work.stop[n].labels = 0
        for at in range(work.stop[n - 1].labels):
            for site in range(data.sites + 1):
                if site == 0 or data.admits[unit, site - 1]:
                    _extend(data, state, work, unit, n, at, site, most)
    best = -1
    for at in range(work.stop[length - 1].labels):
        if best < 0 or work.label[length - 1, at].cost < work.label[length - 1, best].cost:
            best = at
    return best


@inlined
def _points_now(data: Data, state: State, work: Work, length: int) -> int:
    """What the route costs as it is: a way that costs so much before its end is not followed."""
    cost = 0
    for n in range(1, length):
        b = work.stop[n].node
        cost += data.travel_cost * road(data, work.stop[n - 1].node, b, state.node[b].dump)
        if b < data.visits:
            job = data.visit[b].job
            cost += late_points(data, job, state.job[job].mode, state.job[job].earliest)
    return cost


@inner
def _extend(data, state, work, unit, n, at, site, most):
    """A label at stop n of the route from one at the stop before, by this dump site, unless it
    costs `most` points or more.
    """
    a, b = work.stop[n - 1].node, work.stop[n].node
    old = work.label[n - 1, at]
    if site > 0 and old.load == 0:
        return
    load = 0 if site > 0 else old.load
    left = old.time
    if b < data.visits:
        left = max(left, opens(data, data.visit[b].job, unit))
    moment = reach(data, unit, left, a, b, site, state.node[a].rested, state.node[b].rested)
    cost = old.cost + data.travel_cost * road(data, a, b, site)
    if b >= data.visits:
        if moment > data.unit[unit].shift_hi or (load > 0 and data.unit[unit].ends_empty):
            return
    else:
        job = data.visit[b].job
        load += data.visit[b].load
        if load < 0 or load > data.unit[unit].capacity:
            return
        mode = state.job[job].mode
        start = start_from(data, mode, max(moment, work.stop[n].earliest))
        shared = data.job[job + 1].first_visit - data.job[job].first_visit > 1
        shared = shared or data.job[job + 1].first_follower > data.job[job].first_follower
        if start >= NEVER or start > begun_by(data, job, mode, unit):
            return
        if shared and start > state.job[job].latest:
            return
        cost += late_points(data, job, mode, start)
        moment = max(start + data.mode[mode].length, data.job[job].until)
    if cost < most:
        _keep(data, work, n, moment, cost, load, at, site)


@inner
def _keep(
    data: Data, work: Work, n: int, time: int, cost: int, load: int, at: int, site: int
) -> None:
    """Add a label unless another is as good in all; those that it is as good as go."""
    count, kept = work.stop[n].labels, 0
    for i in range(count):
        one = work.label[n, i]
        alike = one.load == load if data.gives_off else one.load <= load
        if alike and one.time <= time and one.cost <= cost:
            return
    for i in range(count):
        one = work.label[n, i]
        alike = one.load == load if data.gives_off else one.load >= load
        if not (alike and one.time >= time and one.cost >= cost):
            if kept < i:
                work.label[n, kept] = one
            kept += 1
    if kept == LABELS:
        kept -= 1
    new = work.label[n, kept]
    new.time, new.cost, new.load, new.before, new.site = time, cost, load, at, site
    work.stop[n].labels = kept + 1


@inlined
def _exchange(data: Data, state: State, work: Work, length: int, end: int) -> int:
    """Put the chosen dump sites into the route, the price of travel with them; how many jobs are to
    be timed anew.
    """
    count, at = 0, end
    for n in range(length - 1, 0, -1):
        site = work.label[n, at].site
        at = work.label[n, at].before
        count = _replace(data, state, work, n, site, count)
    return count


@inlined
def _take_back(data: Data, state: State, work: Work, length: int) -> int:
    count = 0
    for n in range(1, length):
        count = _replace(data, state, work, n, work.stop[n].dump, count)
    return count


@inner
def _replace(data: Data, state: State, work: Work, n: int, site: int, count: int) -> int:
    a, b = work.stop[n - 1].node, work.stop[n].node
    old = state.node[b].dump
    if site == old:
        return count
    state.score[0] -= data.travel_cost * (road(data, a, b, site) - road(data, a, b, old))
    state.node[b].dump = site
    for node in (a, b):
        if node < data.visits:
            work.seeds[count] = data.visit[node].job
            count += 1
    return count
