"""Tanks in the compiled search: what one more stop asks of them, and the best visits for a day."""

from solver.search.arrays import LABELS, Data, State, Work
from solver.search.jit import inlined, inner
from solver.search.propagate import road
from solver.search.timing import (
    NEVER,
    end_of,
    late_points,
    leave,
    reach,
    refresh,
    start_from,
)

TIME, COST, LOAD, BEFORE, SITE = range(5)
"""Columns of a label: when the unit may leave the stop, points so far, what is aboard, the label of
the stop before, and the dump site on the way from there.
"""


@inner
def follow_loads(data: Data, state: State, work: Work, unit: int) -> None:
    """For each node of a route what is aboard behind it, and of the loads from it on, to the next
    visit to a dump site, the greatest and the least sum and the whole; and whether that is the end.
    """
    load, node = data.aboard[unit], data.visits + unit
    work.load_at[node] = load
    while True:
        node = state.next[node]
        if node >= data.visits:
            break
        if state.dump[node] > 0:
            load = 0
        load += data.load[node]
        work.load_at[node] = load
    top, bottom, rest, open_end = 0, 0, 0, 1
    work.top[node], work.bottom[node], work.rest[node], work.open_end[node] = 0, 0, 0, 1
    ahead, node = node, state.prev[node]
    while node < data.visits:
        if state.dump[ahead] > 0:
            top, bottom, rest, open_end = 0, 0, 0, 0
        own = data.load[node]
        top, bottom, rest = max(0, own + top), min(0, own + bottom), own + rest
        work.top[node], work.bottom[node] = top, bottom
        work.rest[node], work.open_end[node] = rest, open_end
        ahead, node = node, state.prev[node]


@inner
def holds(
    data: Data, work: Work, unit: int, visit: int, a: int, b: int, one: bool, two: bool
) -> bool:
    """Whether the tank allows a visit between a and b, emptied before it (`one`), after it
    (`two`).
    """
    own, most = data.load[visit], data.capacity[unit]
    load = own if one else own + work.load_at[a]
    if load < 0 or load > most:
        return False
    if two:
        load = 0
    if load + work.top[b] > most or load + work.bottom[b] < 0:
        return False
    if work.open_end[b] == 1 and data.ends_empty[unit]:
        return load + work.rest[b] == 0
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
        work.route[length, 0] = node
        work.route[length, 1] = state.dump[node]
        some = some or state.dump[node] > 0
        if length > 0 and node < data.visits:
            work.route[length, 2] = _others(data, state, node)
        length += 1
        if node >= data.visits and length > 1:
            break
        node = state.next[node]
    return length if some else 0


@inner
def _others(data: Data, state: State, node: int) -> int:
    """The earliest start of the job of a visit from all but its own unit."""
    job = data.job_of[node]
    moment = state.floor[job]
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        if v != node:
            a, u = state.prev[v], state.unit[v]
            left = leave(data, state, u, a)
            own = reach(data, u, left, a, v, state.dump[v], state.rested[a], state.rested[v])
            moment = max(moment, own)
    for i in range(data.first_before[job], data.first_before[job + 1]):
        moment = max(moment, end_of(data, state, data.before[i]))
    return moment


@inlined
def _spread(data: Data, state: State, work: Work, unit: int, length: int) -> int:
    """Labels from the start of the route to its end; the cheapest there, -1 when there is none."""
    first = work.label[0, 0]
    first[TIME], first[COST], first[LOAD] = data.shift_lo[unit], 0, data.aboard[unit]
    work.labels[0] = 1
    most = _points_now(data, state, work, length)
    for n in range(1, length):
        work.labels[n] = 0
        for at in range(work.labels[n - 1]):
            for site in range(len(data.site_place) + 1):
                if site == 0 or data.admits[unit, site - 1]:
                    _extend(data, state, work, unit, n, at, site, most)
    best = -1
    for at in range(work.labels[length - 1]):
        if best < 0 or work.label[length - 1, at, COST] < work.label[length - 1, best, COST]:
            best = at
    return best


@inlined
def _points_now(data: Data, state: State, work: Work, length: int) -> int:
    """What the route costs as it is: a way that costs so much before its end is not followed."""
    cost = 0
    for n in range(1, length):
        b = work.route[n, 0]
        cost += data.travel_cost * road(data, work.route[n - 1, 0], b, state.dump[b])
        if b < data.visits:
            job = data.job_of[b]
            cost += late_points(data, job, state.mode[job], state.earliest[job])
    return cost


@inner
def _extend(data, state, work, unit, n, at, site, most):
    """A label at stop n of the route from one at the stop before, by this dump site, unless it
    costs `most` points or more.
    """
    a, b = work.route[n - 1, 0], work.route[n, 0]
    old = work.label[n - 1, at]
    if site > 0 and old[LOAD] == 0:
        return
    load = 0 if site > 0 else old[LOAD]
    moment = reach(data, unit, old[TIME], a, b, site, state.rested[a], state.rested[b])
    cost = old[COST] + data.travel_cost * road(data, a, b, site)
    if b >= data.visits:
        if moment > data.shift_hi[unit] or (load > 0 and data.ends_empty[unit]):
            return
    else:
        job = data.job_of[b]
        load += data.load[b]
        if load < 0 or load > data.capacity[unit]:
            return
        mode = state.mode[job]
        start = start_from(data, mode, max(moment, work.route[n, 2]))
        shared = data.first_visit[job + 1] - data.first_visit[job] > 1
        shared = shared or data.first_follower[job + 1] > data.first_follower[job]
        if start >= NEVER or (shared and start > state.latest[job]):
            return
        cost += late_points(data, job, mode, start)
        moment = max(start + data.length[mode], data.until[job])
    if cost < most:
        _keep(data, work, n, moment, cost, load, at, site)


@inner
def _keep(
    data: Data, work: Work, n: int, time: int, cost: int, load: int, at: int, site: int
) -> None:
    """Add a label unless another is as good in all; those that it is as good as go."""
    count, kept = work.labels[n], 0
    for i in range(count):
        one = work.label[n, i]
        alike = one[LOAD] == load if data.gives_off else one[LOAD] <= load
        if alike and one[TIME] <= time and one[COST] <= cost:
            return
    for i in range(count):
        one = work.label[n, i]
        alike = one[LOAD] == load if data.gives_off else one[LOAD] >= load
        if not (alike and one[TIME] >= time and one[COST] >= cost):
            if kept < i:
                for column in range(5):
                    work.label[n, kept, column] = one[column]
            kept += 1
    if kept == LABELS:
        kept -= 1
    new = work.label[n, kept]
    new[TIME], new[COST], new[LOAD], new[BEFORE], new[SITE] = time, cost, load, at, site
    work.labels[n] = kept + 1


@inlined
def _exchange(data: Data, state: State, work: Work, length: int, end: int) -> int:
    """Put the chosen dump sites into the route, the price of travel with them; how many jobs are to
    be timed anew.
    """
    count, at = 0, end
    for n in range(length - 1, 0, -1):
        site = work.label[n, at, SITE]
        at = work.label[n, at, BEFORE]
        count = _replace(data, state, work, n, site, count)
    return count


@inlined
def _take_back(data: Data, state: State, work: Work, length: int) -> int:
    count = 0
    for n in range(1, length):
        count = _replace(data, state, work, n, work.route[n, 1], count)
    return count


@inner
def _replace(data: Data, state: State, work: Work, n: int, site: int, count: int) -> int:
    a, b = work.route[n - 1, 0], work.route[n, 0]
    old = state.dump[b]
    if site == old:
        return count
    state.score[0] -= data.travel_cost * (road(data, a, b, site) - road(data, a, b, old))
    state.dump[b] = site
    for node in (a, b):
        if node < data.visits:
            work.seeds[count] = data.job_of[node]
            count += 1
    return count
