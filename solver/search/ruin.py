"""Ways to tear a hole into a solution.

Each returns how many jobs it took out (listed in ``work.removed``).
"""

from solver.search.arrays import Data, State, Work
from solver.search.jit import inner
from solver.search.propagate import remove, road
from solver.search.rng import below, fraction
from solver.search.timing import end_of


@inner
def take(data: Data, state: State, work: Work, job: int, taken: int, seeds: int) -> tuple[int, int]:
    """Remove a job and every done job that waits for it; new numbers of removed jobs and seeds."""
    at = taken
    seeds = remove(data, state, work, job, seeds)
    work.removed[taken] = job
    taken += 1
    while at < taken:
        gone = work.removed[at]
        for i in range(data.job[gone].first_follower, data.job[gone + 1].first_follower):
            successor = data.follower[i]
            if state.job[successor].done:
                seeds = remove(data, state, work, successor, seeds)
                work.removed[taken] = successor
                taken += 1
        at += 1
    return taken, seeds


@inner
def free(data: Data, state: State, job: int) -> bool:
    """Whether the job may be removed."""
    return state.job[job].done and not data.job[job].pinned


@inner
def strings(data: Data, state: State, work: Work, seed: int, goal: int) -> tuple[int, int]:
    """Strings of neighbouring stops from the routes around the seed, each route once."""
    taken, seeds = 0, 0
    longest = 1 + below(work, min(goal, max(8, goal // 2)))
    for n in range(data.near.shape[1]):
        job = data.near[seed, n]
        if taken >= goal:
            break
        if not free(data, state, job):
            continue
        slots = data.job[job + 1].first_visit - data.job[job].first_visit
        visit = data.job[job].first_visit + below(work, slots)
        if work.touched[state.node[visit].unit] and fraction(work) < 0.9:
            continue
        length = 1 + below(work, min(longest, goal - taken))
        skip = below(work, length)
        node = visit
        while skip > 0 and state.node[node].prev < data.visits:
            node, skip = state.node[node].prev, skip - 1
        while length > 0 and node < data.visits:
            beyond, length = state.node[node].next, length - 1
            while beyond < data.visits and not free(data, state, data.visit[beyond].job):
                beyond = state.node[beyond].next
            gone = data.visit[node].job
            if free(data, state, gone):
                taken, seeds = take(data, state, work, gone, taken, seeds)
            node = beyond
            if node < data.visits and not state.job[data.visit[node].job].done:
                break  # it went with a job that it waited for
    return taken, seeds


@inner
def neighbours(data: Data, state: State, work: Work, seed: int, goal: int) -> tuple[int, int]:
    """Some of the jobs nearest to the seed."""
    taken, seeds = 0, 0
    for n in range(data.near.shape[1]):
        job = data.near[seed, n]
        if taken >= goal:
            break
        if free(data, state, job) and fraction(work) < 0.6:
            taken, seeds = take(data, state, work, job, taken, seeds)
    return taken, seeds


@inner
def moment(data: Data, state: State, work: Work, seed: int, goal: int) -> tuple[int, int]:
    """Jobs near to the seed in space that are done at about one time."""
    taken, seeds = 0, 0
    fastest = data.job[seed + 1].first_mode - 1
    when = (
        state.job[seed].earliest
        if state.job[seed].done
        else data.start[data.mode[fastest].first_start].lo
    )
    spread = 900 + below(work, 5400)
    for n in range(data.near.shape[1]):
        job = data.near[seed, n]
        if taken >= goal:
            break
        if (
            free(data, state, job)
            and abs(state.job[job].earliest - when) < spread
            and fraction(work) < 0.8
        ):
            taken, seeds = take(data, state, work, job, taken, seeds)
    return taken, seeds


@inner
def anywhere(data: Data, state: State, work: Work, goal: int) -> tuple[int, int]:
    """Jobs from anywhere."""
    taken, seeds = 0, 0
    for _ in range(goal):
        job = below(work, data.jobs)
        if free(data, state, job):
            taken, seeds = take(data, state, work, job, taken, seeds)
    return taken, seeds


@inner
def make_room(data: Data, state: State, work: Work, job: int) -> tuple[int, int]:
    """Room for an absent job at one moment: its team is picked slot by slot, and what stands in
    their way removed, and what does the same.

    This is the move that lets units meet which were never free together.
    """
    taken, seeds = 0, 0
    for i in range(data.job[job].first_rival, data.job[job + 1].first_rival):
        if free(data, state, data.rival[i]):
            taken, seeds = take(data, state, work, data.rival[i], taken, seeds)
    mode = data.job[job + 1].first_mode - 1
    i = data.mode[mode].first_start + below(
        work, data.mode[mode + 1].first_start - data.mode[mode].first_start
    )
    start = data.start[i].lo + below(work, data.start[i].hi - data.start[i].lo + 1)
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        predecessor = data.before[i]
        if state.job[predecessor].done:
            start = max(start, end_of(data, state, predecessor))
    end = max(start + data.mode[mode].length, data.job[job].until)
    for visit in range(data.job[job].first_visit, data.job[job + 1].first_visit):
        unit = _least_in_the_way(data, state, work, visit, start, end)
        if unit < 0:
            continue
        work.touched[unit] = True
        node = state.node[data.visits + unit].next
        while node < data.visits:
            candidate, beyond = data.visit[node].job, state.node[node].next
            way, on = (
                data.travel[data.location[node], data.location[visit]],
                data.travel[data.location[visit], data.location[node]],
            )
            begins = state.job[candidate].earliest
            clash = begins < end + on and end_of(data, state, candidate) + way > start
            waits = taken
            if clash and free(data, state, candidate) and not _needed(data, job, candidate):
                taken, seeds = take(data, state, work, candidate, taken, seeds)
            if taken > waits + 1:
                beyond = state.node[data.visits + unit].next  # others went with it: begin again
            node = beyond
    return taken, seeds


@inner
def _needed(data: Data, job: int, other: int) -> bool:
    for i in range(data.job[job].first_before, data.job[job + 1].first_before):
        if data.before[i] == other:
            return True
    return False


@inner
def _least_in_the_way(
    data: Data, state: State, work: Work, visit: int, start: int, end: int
) -> int:
    """Of a few units that fit the visit, the one with the least weight at work from `start` to
    `end`.
    """
    options = data.visit[visit + 1].first_fit - data.visit[visit].first_fit
    best, least = -1, 1e300
    for _ in range(min(options, 4)):
        unit = data.fit[data.visit[visit].first_fit + below(work, options)]
        if data.unit[unit].shift_lo > start or data.unit[unit].shift_hi < end:
            continue
        harm, node = 0.0, state.node[data.visits + unit].next
        while node < data.visits:
            other = data.visit[node].job
            if state.job[other].earliest < end and end_of(data, state, other) > start:
                harm += 1e15 if data.job[other].pinned else data.job[other].worth
            node = state.node[node].next
        if harm < least:
            best, least = unit, harm
    return best


@inner
def mend_loads(data: Data, state: State, work: Work, taken: int, seeds: int) -> tuple[int, int]:
    """Take out what can no longer be given off, and empty tanks that no longer hold what they take
    aboard; -1 when pinned work stands in the way.
    """
    unit = 0
    while unit < data.units:
        found = 0
        if work.touched[unit] and data.unit[unit].capacity >= 0:
            found, node = _first_flaw(data, state, unit)
            if found > 0:
                site = _nearest_site(data, state, unit, node)
                if site == 0 or state.node[node].dump > 0:
                    return -1, seeds
                way = road(data, state.node[node].prev, node, site)
                state.score[0] -= data.travel_cost * (
                    way - road(data, state.node[node].prev, node, 0)
                )
                state.node[node].dump = site
                for at in (state.node[node].prev, node):
                    if at < data.visits:
                        work.seeds[seeds] = data.visit[at].job
                        seeds += 1
            elif found < 0:
                if not free(data, state, data.visit[node].job):
                    return -1, seeds
                taken, seeds = take(data, state, work, data.visit[node].job, taken, seeds)
        unit = 0 if found != 0 else unit + 1
    return taken, seeds


@inner
def _first_flaw(data: Data, state: State, unit: int) -> tuple[int, int]:
    """The first node at which more is aboard than the tank holds (1), or less than is given off
    (-1); 0 when there is none.
    """
    load, node = data.unit[unit].aboard, state.node[data.visits + unit].next
    if node >= data.visits:
        return 0, node
    while node < data.visits:
        if state.node[node].dump > 0:
            load = 0
        load += data.visit[node].load
        if load < 0:
            return -1, node
        if load > data.unit[unit].capacity:
            return 1, node
        node = state.node[node].next
    over = data.unit[unit].ends_empty and load > 0 and state.node[node].dump == 0
    return 1 if over else 0, node


@inner
def _nearest_site(data: Data, state: State, unit: int, node: int) -> int:
    """The dump site that is least out of the way to a node; 0: none."""
    best, least = 0, 0
    for site in range(1, data.sites + 1):
        way = road(data, state.node[node].prev, node, site)
        if data.admits[unit, site - 1] and (best == 0 or way < least):
            best, least = site, way
    return best
