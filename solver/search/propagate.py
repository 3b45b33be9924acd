"""What an insertion or a removal does to a solution: links, score, and the starts before and behind
it.
"""

from solver.search.arrays import Data, State, Work
from solver.search.jit import inlined, inner
from solver.search.timing import depart, end_of, opens, penalty, reach, start_from, start_until


@inner
def leg(data: Data, a: int, b: int) -> int:
    """Seconds from node to node; none for a unit that stays at home."""
    if a >= data.visits and b >= data.visits:
        return 0
    return data.travel[data.location[a], data.location[b]]


@inner
def road(data: Data, a: int, b: int, site: int) -> int:
    """The same by a dump site (from 1; 0: none)."""
    if site == 0:
        return leg(data, a, b)
    at = data.site[site - 1].place
    return data.travel[data.location[a], at] + data.travel[at, data.location[b]]


@inner
def trip_holds(data: Data, state: State, unit: int, b: int, load: int) -> bool:
    """Whether the tank holds from node b on to the next visit to a dump site or the end, with so
    much aboard before it.
    """
    while b < data.visits:
        load += data.visit[b].load
        if load < 0 or load > data.unit[unit].capacity:
            return False
        b = state.node[b].next
        if state.node[b].dump > 0:
            return True
    return load == 0 or not data.unit[unit].ends_empty


@inner
def load_after(data: Data, state: State, unit: int, node: int) -> int:
    """What the unit has aboard when it leaves a node of its route."""
    load, at = data.unit[unit].aboard, data.visits + unit
    while at != node:
        at = state.node[at].next
        if state.node[at].dump > 0:
            load = 0
        load += data.visit[at].load
    return load


@inner
def _dump_between(data: Data, state: State, unit: int, a: int, b: int, one: int, two: int) -> int:
    """The dump site on the arc that is left of two, with `one` and `two` on them; the neighbours
    are linked.
    """
    if (one == 0 and two == 0) or (a >= data.visits and b >= data.visits):
        return 0
    if trip_holds(data, state, unit, b, load_after(data, state, unit, a)):
        return 0
    if one == 0 or two == 0:
        return max(one, two)
    return one if road(data, a, b, one) <= road(data, a, b, two) else two


@inner
def unlink(data: Data, state: State, job: int) -> int:
    """Take a job off its routes; seconds of travel saved."""
    saved = 0
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        a, b, unit = state.node[v].prev, state.node[v].next, state.node[v].unit
        state.node[a].next, state.node[b].prev, state.node[v].unit = b, a, -1
        if data.loads:
            one, two = state.node[v].dump, state.node[b].dump
            kept = _dump_between(data, state, unit, a, b, one, two)
            saved += road(data, a, v, one) + road(data, v, b, two) - road(data, a, b, kept)
            state.node[v].dump, state.node[b].dump = 0, kept
        else:
            saved += leg(data, a, v) + leg(data, v, b) - leg(data, a, b)
    state.job[job].done, state.job[job].same, state.job[job].floor = False, False, 0
    return saved


@inner
def remove(data: Data, state: State, work: Work, job: int, count: int) -> int:
    """Take a job out of the solution, its score with it; the neighbours become seeds, whose new
    number is returned.
    """
    gain = -data.job[job].weight + penalty(data, state, job, state.job[job].earliest)
    if state.job[job].same:
        gain -= data.job[job].reassign
    for v in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        work.touched[state.node[v].unit] = True
        for node in (state.node[v].prev, state.node[v].next):
            if node < data.visits:
                work.seeds[count] = data.visit[node].job
                count += 1
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        work.seeds[count] = data.before[i]
        count += 1
    state.score[0] += gain + data.travel_cost * unlink(data, state, job)
    return count


@inlined
def push_later(data: Data, state: State, work: Work, job: int) -> tuple[int, int]:
    """Move what stands behind a new job to later starts, logging the old ones.

    Returns
    -------
    tuple
        How many starts were logged (if it fails: minus that, minus 1), and the points won by the
        moves (never > 0 but for retimed jobs).
    """
    logged, gain, head, size = 0, 0, 0, 1
    room = len(work.queue)
    work.queue[0] = job
    while size > 0:
        at = work.queue[head]
        head, size = (head + 1) % room, size - 1
        work.job[at].waiting = False
        end = end_of(data, state, at)
        slots = data.job[at + 1].first_visit - data.job[at].first_visit
        followers = data.job[at + 1].first_follower - data.job[at].first_follower
        for i in range(slots + followers):
            if i < slots:
                v = data.job[at].first_visit + i
                b = state.node[v].next
                if b >= data.visits:
                    continue
                neighbour, unit = data.visit[b].job, state.node[v].unit
                site = state.node[b].dump if data.loads else 0
                left = max(end, opens(data, neighbour, unit))
                moment = reach(
                    data, unit, left, v, b, site, state.node[v].rested, state.node[b].rested
                )
            else:
                neighbour, moment = data.follower[data.job[at].first_follower + i - slots], end
            if not state.job[neighbour].done or moment <= state.job[neighbour].earliest:
                continue
            new = start_from(data, state.job[neighbour].mode, moment)
            if neighbour == job or new > state.job[neighbour].latest:
                while size > 0:
                    work.job[work.queue[head]].waiting = False
                    head, size = (head + 1) % room, size - 1
                for n in range(logged):
                    work.job[work.log[n].job].marked = False
                return -logged - 1, 0
            if not work.job[neighbour].marked:
                work.job[neighbour].marked = True
                work.log[logged].job, work.log[logged].start = (
                    neighbour,
                    state.job[neighbour].earliest,
                )
                logged += 1
            state.job[neighbour].earliest = new
            if not work.job[neighbour].waiting:
                work.job[neighbour].waiting = True
                work.queue[(head + size) % room] = neighbour
                size += 1
    for n in range(logged):
        neighbour = work.log[n].job
        work.job[neighbour].marked = False
        gain += penalty(data, state, neighbour, work.log[n].start) - penalty(
            data, state, neighbour, state.job[neighbour].earliest
        )
    return logged, gain


@inlined
def push_earlier(data: Data, state: State, work: Work, job: int) -> None:
    """Tighten the latest starts of what stands before a new job."""
    head, size = 0, 1
    room = len(work.queue)
    work.queue[0] = job
    while size > 0:
        at = work.queue[head]
        head, size = (head + 1) % room, size - 1
        work.job[at].waiting = False
        slots = data.job[at + 1].first_visit - data.job[at].first_visit
        before = data.job[at + 1].first_before - data.job[at].first_before
        for i in range(slots + before):
            if i < slots:
                v = data.job[at].first_visit + i
                a = state.node[v].prev
                if a >= data.visits:
                    continue
                neighbour = data.visit[a].job
                unit, site = state.node[v].unit, state.node[v].dump if data.loads else 0
                moment = depart(
                    data,
                    unit,
                    state.job[at].latest,
                    a,
                    v,
                    site,
                    state.node[a].rested,
                    state.node[v].rested,
                )
            else:
                neighbour, moment = (
                    data.before[data.job[at].first_before + i - slots],
                    state.job[at].latest,
                )
            new = start_until(data, neighbour, state.job[neighbour].mode, moment)
            if new < state.job[neighbour].latest:
                state.job[neighbour].latest = new
                if not work.job[neighbour].waiting:
                    work.job[neighbour].waiting = True
                    work.queue[(head + size) % room] = neighbour
                    size += 1
