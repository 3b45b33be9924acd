"""What an insertion or a removal does to a solution: links, score, and the starts before and behind
it.
"""

from solver.search.arrays import Data, State, Work
from solver.search.jit import compiled, inlined
from solver.search.timing import arrive, end_of, penalty, set_out, start_from, start_until


@compiled
def leg(data: Data, a: int, b: int) -> int:
    """Seconds from node to node; none for a unit that stays at home."""
    if a >= data.visits and b >= data.visits:
        return 0
    return data.travel[data.location[a], data.location[b]]


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
    """Take a job out of the solution, its score with it; the neighbours become seeds, whose new
    number is returned.
    """
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
                neighbour = data.job_of[b]
                moment = arrive(
                    data, state.unit[v], end, leg(data, v, b), state.rested[v], state.rested[b]
                )
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
                unit = state.unit[v]
                moment = set_out(
                    data, unit, state.latest[at], leg(data, a, v), state.rested[a], state.rested[v]
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
