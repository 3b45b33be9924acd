"""What an insertion or a removal does to a solution: links, score, and the starts before and behind
it.
"""

from solver.search.arrays import Data, State, Work
from solver.search.jit import inlined, inner
from solver.search.timing import depart, end_of, penalty, reach, start_from, start_until


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
    at = data.site_place[site - 1]
    return data.travel[data.location[a], at] + data.travel[at, data.location[b]]


@inner
def trip_holds(data: Data, state: State, unit: int, b: int, load: int) -> bool:
    """Whether the tank holds from node b on to the next visit to a dump site or the end, with so
    much aboard before it.
    """
    while b < data.visits:
        load += data.load[b]
        if load < 0 or load > data.capacity[unit]:
            return False
        b = state.next[b]
        if state.dump[b] > 0:
            return True
    return load == 0 or not data.ends_empty[unit]


@inner
def load_after(data: Data, state: State, unit: int, node: int) -> int:
    """What the unit has aboard when it leaves a node of its route."""
    load, at = data.aboard[unit], data.visits + unit
    while at != node:
        at = state.next[at]
        if state.dump[at] > 0:
            load = 0
        load += data.load[at]
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
    for v in range(data.first_visit[job], data.first_visit[job + 1]):
        a, b, unit = state.prev[v], state.next[v], state.unit[v]
        state.next[a], state.prev[b], state.unit[v] = b, a, -1
        if data.loads:
            one, two = state.dump[v], state.dump[b]
            kept = _dump_between(data, state, unit, a, b, one, two)
            saved += road(data, a, v, one) + road(data, v, b, two) - road(data, a, b, kept)
            state.dump[v], state.dump[b] = 0, kept
        else:
            saved += leg(data, a, v) + leg(data, v, b) - leg(data, a, b)
    state.done[job], state.same[job], state.floor[job] = False, False, 0
    return saved


@inner
def remove(data: Data, state: State, work: Work, job: int, count: int) -> int:
    """Take a job out of the solution, its score with it; the neighbours become seeds, whose new
    number is returned.
    """
    gain = -data.weight[job] + penalty(data, state, job, state.earliest[job])
    if state.same[job]:
        gain -= data.reassign[job]
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
        work.waiting[at] = False
        end = end_of(data, state, at)
        slots = data.first_visit[at + 1] - data.first_visit[at]
        followers = data.first_follower[at + 1] - data.first_follower[at]
        for i in range(slots + followers):
            if i < slots:
                v = data.first_visit[at] + i
                b = state.next[v]
                if b >= data.visits:
                    continue
                neighbour, unit = data.job_of[b], state.unit[v]
                site = state.dump[b] if data.loads else 0
                moment = reach(data, unit, end, v, b, site, state.rested[v], state.rested[b])
            else:
                neighbour, moment = data.follower[data.first_follower[at] + i - slots], end
            if not state.done[neighbour] or moment <= state.earliest[neighbour]:
                continue
            new = start_from(data, state.mode[neighbour], moment)
            if neighbour == job or new > state.latest[neighbour]:
                while size > 0:
                    work.waiting[work.queue[head]] = False
                    head, size = (head + 1) % room, size - 1
                for n in range(logged):
                    work.marked[work.log_job[n]] = False
                return -logged - 1, 0
            if not work.marked[neighbour]:
                work.marked[neighbour] = True
                work.log_job[logged], work.log_start[logged] = neighbour, state.earliest[neighbour]
                logged += 1
            state.earliest[neighbour] = new
            if not work.waiting[neighbour]:
                work.waiting[neighbour] = True
                work.queue[(head + size) % room] = neighbour
                size += 1
    for n in range(logged):
        neighbour = work.log_job[n]
        work.marked[neighbour] = False
        gain += penalty(data, state, neighbour, work.log_start[n]) - penalty(
            data, state, neighbour, state.earliest[neighbour]
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
        work.waiting[at] = False
        slots = data.first_visit[at + 1] - data.first_visit[at]
        before = data.first_before[at + 1] - data.first_before[at]
        for i in range(slots + before):
            if i < slots:
                v = data.first_visit[at] + i
                a = state.prev[v]
                if a >= data.visits:
                    continue
                neighbour = data.job_of[a]
                unit, site = state.unit[v], state.dump[v] if data.loads else 0
                moment = depart(
                    data, unit, state.latest[at], a, v, site, state.rested[a], state.rested[v]
                )
            else:
                neighbour, moment = data.before[data.first_before[at] + i - slots], state.latest[at]
            new = start_until(data, neighbour, state.mode[neighbour], moment)
            if new < state.latest[neighbour]:
                state.latest[neighbour] = new
                if not work.waiting[neighbour]:
                    work.waiting[neighbour] = True
                    work.queue[(head + size) % room] = neighbour
                    size += 1
