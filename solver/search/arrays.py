"""The problem and a solution as arrays that compiled code can walk.

A *visit* is one slot of one job, numbered ``first_visit[job] + slot``. A *node* is a visit, the
start of a unit's shift (``V + unit``) or its end (``V + U + unit``). Times are seconds, costs
points, all 64-bit whole numbers.

A *mode* is one number of seconds that a job can take, by the people of the unit in its first slot;
modes of a job stand longest first, from ``first_mode[job]`` on. A cover job has one mode, of length
0: it ends at ``until``, which of all others is -1.
"""

from collections import namedtuple
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np

from solver.construct import pinned_only
from solver.indexed import IndexedProblem, Place, Schedule, days, value
from solver.parts import DumpSite
from solver.search.roads import roads
from solver.tanks import tour

FAR = 2**40
"""Later than any time; also "never" and "no limit"."""
NO_CAP = 2**62
"""More than any lateness can cost."""
NEAR_JOBS = 100
LABELS = 16
"""Ways kept to each stop of a day while its dump sites are chosen."""


def _numbers(names: str, **others: type) -> np.dtype:
    """Records of whole numbers, and others."""
    return np.dtype([(name, np.int64) for name in names.split()] + list(others.items()))


Data = namedtuple(
    "Data",
    "units jobs visits sites travel_cost tolerance overtime loads gives_off "
    "unit job visit mode start rest site opening "
    "travel location fit before follower rival near admits",
)
"""The constant side: counts and settings, tables of records (a `unit` for each unit and so on),
and plain arrays.

Ragged lists are flat arrays with an offset `first_...` in the record of whom they belong to, and
such a table has one record more, which closes them. Tables rather than an array for each quantity:
compiled code passes every array on as seven arguments, so they cost compile time at each call.
`loads` says whether any tank counts; only then is the part on loads and dump sites looked at.
"""
State = namedtuple("State", "node job score memory")
"""A solution: orders, not times.

``node[n].rested`` counts the breaks its unit has taken before it, so the arc from a to b holds
breaks ``rested`` of a to ``rested`` of b; ``node[n].dump`` is the dump site, counted from 1, on the
arc to the node, 0 for none. ``job[j].floor`` is the earliest start that a kept publication asks
for; `same` marks a published job that has its old team; `mode` is that of a done job; `score` has
one element.
"""
NODE = np.dtype([(key, np.int64) for key in ("prev", "next", "rested", "unit", "dump")])
JOB = np.dtype([(key, np.int64) for key in ("done", "earliest", "latest", "floor", "same", "mode")])
Work = namedtuple(
    "Work",
    "seeds heap keys queue removed nearby touched random tuning "
    "job ordered log slot option trip stop label",
)
"""Scratch memory of one search; nothing in it outlives an iteration but `random`.

`ordered` are jobs with their ranks and, by ratio, what each counts for; `log` the starts before a
try; a `slot` of the job being inserted has `option` places, a `trip` is what is aboard at a node
and loaded from there on, a `stop` of the day whose dump sites are chosen has ``label[n, i]`` as the
ways to it.
"""


class Route(NamedTuple):
    """One unit's day as the search found it: its jobs in order, their starts, and the seconds on
    the road, dump sites with them.
    """

    unit: int
    jobs: tuple[int, ...]
    starts: tuple[int, ...]
    travel: int


def _ragged(lists: list, dtype: type = np.int64) -> tuple[np.ndarray, np.ndarray]:
    offsets = np.array([0, *accumulate(len(each) for each in lists)], np.int64)
    return offsets, np.array([value for each in lists for value in each], dtype)


def _table(**columns: np.ndarray) -> np.ndarray:
    """A record for each row; columns that are shorter than the longest end in zeros."""
    kinds = np.dtype([(key, column.dtype) for key, column in columns.items()], align=True)
    table = np.zeros(max(len(column) for column in columns.values()), kinds)
    for key, column in columns.items():
        table[key][: len(column)] = column
    return table


def build(indexed: IndexedProblem) -> Data:
    """The arrays of a numbered problem."""
    problem = indexed.problem
    first_visit = np.array([0, *accumulate(len(job.slots) for job in indexed.jobs)], np.int64)
    travel, location, site_place = roads(indexed)
    old_unit, published = _publication(indexed, first_visit)
    first_fit, fit = _ragged([units for slots in indexed.fitting for units in slots])
    offsets, lists = _relations(indexed)
    first_mode, modes, starts = _modes(indexed)
    first_break, rests = _break_tables(indexed)
    load = np.array([slot.load for job in indexed.jobs for slot in job.slots], np.int64)
    return Data(
        units=len(indexed.units),
        jobs=len(indexed.jobs),
        visits=int(first_visit[-1]),
        sites=len(problem.dump_sites),
        travel_cost=problem.travel_cost,
        tolerance=problem.stability.tolerance,
        overtime=any(u.overtime_from is not None and u.overtime_cost for u in indexed.units),
        loads=bool(load.any()) or any(unit.aboard and unit.ends_empty for unit in indexed.units),
        gives_off=problem.gives_off,
        unit=_table(**_shifts(indexed), first_break=first_break),
        job=_table(
            first_visit=first_visit,
            first_mode=first_mode,
            **_job_columns(indexed),
            **offsets,
            **published,
        ),
        visit=_table(job=_job_of(indexed), first_fit=first_fit, load=load, old_unit=old_unit),
        mode=modes,
        start=starts,
        rest=rests,
        **_sites(indexed, site_place),
        travel=travel,
        location=location,
        fit=fit,
        **lists,
        near=_near(indexed),
    )


def _job_of(indexed: IndexedProblem) -> np.ndarray:
    """The job of every visit."""
    return np.array([j for j, job in enumerate(indexed.jobs) for _ in job.slots], np.int64)


def _job_columns(indexed: IndexedProblem) -> dict[str, np.ndarray]:
    """A number for each job and quantity."""
    jobs = indexed.jobs
    columns = {
        key: np.array([getattr(job, key) for job in jobs], np.int64)
        for key in ("weight", "late_cost", "wait_cost")
    }
    caps = [NO_CAP if job.late_most is None else job.late_most for job in jobs]
    return columns | {
        "duration": np.array(indexed.usual, np.int64),
        "late_most": np.array(caps, np.int64),
        "until": np.array([-1 if job.until is None else job.until for job in jobs], np.int64),
        "due": np.array([FAR if job.due is None else job.due for job in jobs], np.int64),
        "pinned": np.array([j in indexed.pins for j in range(len(jobs))], np.bool_),
        "in_margin": np.array([j in indexed.pins or job.in_margin for j, job in enumerate(jobs)]),
        "worth": np.array([_worth(indexed, j) for j in range(len(jobs))], np.float64),
    }


def _modes(indexed: IndexedProblem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Offsets by job of the modes; how long each takes with how many people at least; when it may
    then start.
    """
    covers = [job.until is not None for job in indexed.jobs]
    starts = [each for ranges in indexed.starts_by_length for each in ranges.values()]
    first_mode, length = _ragged(
        [[0] if covers[j] else each for j, each in enumerate(indexed.lengths)]
    )
    _, least_people = _ragged([_least_people(indexed, j) for j in range(len(indexed.jobs))])
    first_start, lo = _ragged([[lo for lo, _ in each] for each in starts])
    _, hi = _ragged([[hi for _, hi in each] for each in starts])
    # a job without any start may be the last
    windows = _table(lo=np.append(lo, 0), hi=np.append(hi, -1))
    modes = _table(length=length, least_people=least_people, first_start=first_start)
    return first_mode, modes, windows


def _least_people(indexed: IndexedProblem, job: int) -> list[int]:
    """From how many people on each mode of the job holds; the longest holds for all others."""
    lengths, fitting = indexed.lengths[job], indexed.fitting[job]
    if len(lengths) == 1:
        return [0]
    sizes = {indexed.units[u].size for u in fitting[0]}
    by_length = [[s for s in sizes if indexed.jobs[job].seconds(s) == each] for each in lengths]
    return [0, *(min(each) for each in by_length[1:])]


def _shifts(indexed: IndexedProblem) -> dict[str, np.ndarray]:
    """Begin and end of each unit's shift and of its regular hours, its people and breaks, the price
    of its overtime, and its tank.
    """
    units = indexed.units
    regular = [unit.regular or (0, FAR) for unit in units]
    since = [unit.overtime_from if unit.overtime_cost else None for unit in units]
    return {
        "people": np.array([unit.size for unit in units], np.int64),
        "overtime_from": np.array([FAR if each is None else each for each in since], np.int64),
        "overtime_cost": np.array([unit.overtime_cost for unit in units], np.int64),
        "shift_lo": np.array([unit.shift[0] for unit in units], np.int64),
        "shift_hi": np.array([unit.shift[1] for unit in units], np.int64),
        "regular_lo": np.array([lo for lo, _ in regular], np.int64),
        "regular_hi": np.array([hi for _, hi in regular], np.int64),
        "breaks": np.array([len(unit.breaks) for unit in units], np.int64),
        "capacity": np.array([unit.capacity or -1 for unit in units], np.int64),
        "aboard": np.array([unit.aboard for unit in units], np.int64),
        "ends_empty": np.array([unit.ends_empty for unit in units], np.bool_),
    }


def _relations(
    indexed: IndexedProblem,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What comes before and after each job, and what else does the same: offsets by job, lists."""
    first_before, before = _ragged(indexed.before)
    first_follower, follower = _ragged(indexed.followers)
    first_rival, rival = _ragged(indexed.rivals)
    return (
        {
            "first_before": first_before,
            "first_follower": first_follower,
            "first_rival": first_rival,
        },
        {"before": before, "follower": follower, "rival": rival},
    )


def _worth(indexed: IndexedProblem, job: int) -> float:
    """Weight of a job and half that of all which waits for it."""
    rest = indexed.descendants([job]) - {job}
    return indexed.jobs[job].weight + 0.5 * sum(indexed.jobs[j].weight for j in rest)


def break_order(indexed: IndexedProblem, unit: int) -> list[int]:
    """The fixed order in which a unit takes its breaks: as its pinned day allows, else by the end
    of their windows.
    """
    unit_spec = indexed.units[unit]
    by_window = sorted(
        range(len(unit_spec.breaks)),
        key=lambda b: (unit_spec.breaks[b].window[1], unit_spec.breaks[b].window[0]),
    )
    problem, stops = indexed.problem, days(indexed, pinned_only(indexed))[unit]
    day = tour(unit_spec, stops, indexed.travel[unit], problem.dump_sites)
    return sorted(by_window, key=lambda b: day.breaks[b][0]) if day and day.breaks else by_window


def _break_tables(indexed: IndexedProblem) -> tuple[np.ndarray, np.ndarray]:
    """Offsets by unit of its `rest`: for breaks i..k taken on one arc their sum, the earliest end
    of the last, the latest moment to set out.
    """
    first, sums, reaches, lasts = [0], [], [], []
    for u, unit in enumerate(indexed.units):
        rests = [unit.breaks[b] for b in break_order(indexed, u)]
        for i in range(len(rests) + 1):
            for k in range(len(rests) + 1):
                total, reach, last = 0, -FAR, FAR
                for rest in rests[i:k]:
                    total += rest.duration
                    reach = max(reach, max(rest.window[0], unit.shift[0]) + 0) + rest.duration
                    limit = min(rest.window[1], unit.shift[1])
                    last = min(last, limit - total) if reach <= limit else -FAR
                sums.append(total)
                reaches.append(reach)
                lasts.append(last)
        first.append(len(sums))
    lists = {"sum": sums, "reach": reaches, "last": lasts}
    columns = {key: np.array(each, np.int64) for key, each in lists.items()}
    return np.array(first, np.int64), _table(**columns)


def _sites(indexed: IndexedProblem, place: np.ndarray) -> dict[str, np.ndarray]:
    """The dump sites, when each lets a visit begin, and whom it admits."""
    units, sites = indexed.units, indexed.problem.dump_sites
    first_opening, lo = _ragged([[lo for lo, _ in _openings(site)] for site in sites])
    _, hi = _ragged([[hi for _, hi in _openings(site)] for site in sites])
    admits = np.zeros((len(units), len(sites)), np.bool_)
    for u, unit in enumerate(units):
        admits[u] = [site.admits(unit) for site in sites]
    length = np.array([site.duration for site in sites], np.int64)
    return {
        "site": _table(place=place, length=length, first_opening=first_opening),
        "opening": _table(lo=lo, hi=hi),
        "admits": admits,
    }


def _openings(site: DumpSite) -> list[tuple[int, int]]:
    """First and last second at which a visit may begin, in order."""
    spans = ((lo, hi - site.duration) for lo, hi in site.windows)
    return sorted(each for each in spans if each[0] <= each[1])


def _publication(
    indexed: IndexedProblem, first_visit: np.ndarray
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The unit of each visit as published, and of each job whether and for when it is published
    and what another team or start costs.
    """
    price = indexed.problem.stability
    published = np.array([j in indexed.published for j in range(len(indexed.jobs))], np.bool_)
    old_start = np.full(len(indexed.jobs), -FAR, np.int64)
    reassign, retime = np.zeros((2, len(indexed.jobs)), np.int64)
    old_unit = np.full(int(first_visit[-1]), -1, np.int64)
    for j, old in indexed.published.items():
        old_start[j] = old.start
        reassign[j], retime[j] = price.reassign + old.price, price.retime + old.price
        units = [indexed.unit_no.get(each, -1) for each in old.units]
        if len(units) == len(indexed.jobs[j].slots) and -1 not in units:
            old_unit[first_visit[j] : first_visit[j + 1]] = units
    return old_unit, {
        "published": published,
        "old_start": old_start,
        "reassign": reassign,
        "retime": retime,
    }


def _near(indexed: IndexedProblem) -> np.ndarray:
    """For each job the others by nearness in space and, less, in time; itself first."""
    count = len(indexed.jobs)
    if count == 0:
        return np.zeros((0, 1), np.int64)
    place = np.array([job.location for job in indexed.jobs])
    middle = np.array([(each[0][0] + each[-1][1]) / 2 if each else 0.0 for each in indexed.starts])
    travel = np.array(indexed.nearness, np.int64)
    both_ways = np.minimum(travel, travel.T)
    most = min(count, NEAR_JOBS)
    near = np.empty((count, most), np.int64)
    for job in range(count):
        distance = both_ways[place[job], place] + 0.05 * np.abs(middle - middle[job])
        distance[job] = -1
        if count > most:  # all as near as the last of the nearest, in the order of their numbers
            limit = np.partition(distance, most - 1)[most - 1]
            others = np.flatnonzero(distance <= limit)
        else:
            others = np.arange(count)
        near[job] = others[np.argsort(distance[others], kind="stable")[:most]]
    return near


def _blank(data: Data) -> State:
    nodes, jobs = data.visits + 2 * data.units, data.jobs
    split = nodes * NODE.itemsize // 8
    memory = np.zeros(split + jobs * JOB.itemsize // 8 + 1, np.int64)
    node, job = memory[:split].view(NODE), memory[split:-1].view(JOB)
    return State(node, job, memory[-1:], memory)


def empty_state(data: Data) -> State:
    """A solution in which nothing is done: every unit goes from its start to its end."""
    state, v, u = _blank(data), data.visits, data.units
    for key in ("prev", "next", "unit"):
        state.node[key][:] = -1
    state.job["latest"][:] = FAR
    state.score[0] = -data.job["reassign"].sum()
    starts, ends = np.arange(v, v + u), np.arange(v + u, v + 2 * u)
    state.node["next"][starts], state.node["prev"][ends] = ends, starts
    state.node["rested"][ends] = data.unit["breaks"][:u]
    return state


def scratch(data: Data, seed: int) -> Work:
    """Scratch memory with a random stream of its own."""
    j, u = max(data.jobs, 1), max(data.units, 1)
    slots = int(np.diff(data.job["first_visit"]).max(initial=1))
    most = int(data.visits + u) * (1 + int(data.unit["breaks"].max(initial=0)))
    nodes, sites = int(data.visits) + 2 * u, data.sites
    if data.loads:
        most *= max(1, 2 * sites, sites * sites)
    tank_nodes = nodes if data.loads else 0
    return Work(
        seeds=np.zeros(16 * j + 4 * int(data.visits) + len(data.before) * 2, np.int64),
        heap=np.zeros(j + 1, np.int64),
        keys=np.zeros(j, np.int64),
        queue=np.zeros(j + 1, np.int64),
        removed=np.zeros(j, np.int64),
        nearby=np.zeros(u + 1, np.int64),
        touched=np.zeros(u, np.bool_),
        random=np.array([(seed * 0x9E3779B97F4A7C15 + 0x1234567) % 2**64 | 1], np.uint64),
        tuning=np.zeros(16, np.float64),
        job=np.zeros(j, np.dtype([("waiting", np.bool_), ("marked", np.bool_)])),
        ordered=np.zeros(j, _numbers("job", rank=np.float64, prize=np.float64)),
        log=np.zeros(j + 1, _numbers("job start")),
        slot=np.zeros(slots, _numbers("options old_dump chosen")),
        option=np.zeros(
            (slots, most), _numbers("node rested unit lo hi first second", cost=np.float64)
        ),
        trip=np.zeros(tank_nodes, _numbers("load top bottom rest open_end")),
        stop=np.zeros(tank_nodes, _numbers("node dump earliest labels")),
        label=np.zeros((tank_nodes, LABELS), _numbers("time cost load before site")),
    )


def copied(data: Data, state: State) -> State:
    """A solution of its own with the same content."""
    twin = _blank(data)
    twin.memory[:] = state.memory
    return twin


def write_routes(indexed: IndexedProblem, data: Data, state: State, schedule: Schedule) -> bool:
    """Put a legal schedule into an empty state; latest starts are left to `anneal.time_all`.

    Returns
    -------
    bool
        False when some unit takes its breaks in another order than the fixed one; the state is then
        of no use.
    """
    problem = indexed.problem
    state.score[0] = value(indexed, schedule)
    for j, place in schedule.items():
        state.job["done"][j], state.job["earliest"][j] = True, place.start
        seconds = indexed.length(j, place.units[0])
        state.job["mode"][j] = data.job["first_mode"][j] + indexed.lengths[j].index(seconds)
        for k, u in enumerate(place.units):
            state.node["unit"][data.job["first_visit"][j] + k] = u
        _mark_publication(data, state, j, place.start)
    for u, stops in enumerate(days(indexed, schedule)):
        day = tour(indexed.units[u], stops, indexed.travel[u], problem.dump_sites)
        if day is None:
            return False
        begins = [day.breaks[b][0] for b in break_order(indexed, u)] if day.breaks else []
        if begins != sorted(begins):
            return False
        last = data.visits + u
        for stop in stops:
            j = indexed.job_no[stop.job]
            slot = schedule[j].units.index(u)
            node = int(data.job["first_visit"][j]) + slot
            state.node["next"][last], state.node["prev"][node] = node, last
            state.node["rested"][node] = sum(begin < stop.start for begin in begins)
            last = node
        end = data.visits + data.units + u
        state.node["next"][last], state.node["prev"][end] = end, last
        for k, visit in day.visits:
            node = end
            if k < len(stops):
                j = indexed.job_no[stops[k].job]
                node = int(data.job["first_visit"][j]) + schedule[j].units.index(u)
            state.node["dump"][node] = 1 + problem.dump_sites.index(visit.site)
        if len(indexed.tables) > 1 and stops:
            state.score[0] -= data.travel_cost * (walked(data, state, u) - day.travel)
    return True


def walked(data: Data, state: State, unit: int) -> int:
    """Seconds of a unit's route as the search counts them."""
    places, node = [data.location[data.visits + unit]], data.visits + unit
    while node < data.visits or len(places) == 1:
        node = state.node["next"][node]
        if data.loads and state.node["dump"][node]:
            places.append(data.site["place"][state.node["dump"][node] - 1])
        places.append(data.location[node])
    return int(sum(data.travel[a, b] for a, b in pairwise(places)))


def _mark_publication(data: Data, state: State, job: int, start: int) -> None:
    """Whether the job has its published team; if so, and it does not start earlier now, it shall
    not move forward.
    """
    visits = slice(*data.job["first_visit"][job : job + 2])
    old_team = set(data.visit["old_unit"][visits])
    same = bool(data.job["published"][job]) and set(state.node["unit"][visits]) == old_team
    state.job["same"][job] = same
    floor = max(0, data.job["old_start"][job] - data.tolerance)
    state.job["floor"][job] = (
        floor if same and data.job["retime"][job] > 0 and floor <= start else 0
    )


def read_schedule(data: Data, state: State) -> Schedule:
    """The schedule of a state: each job at its earliest start."""
    return {
        int(j): Place(
            int(state.job["earliest"][j]),
            tuple(state.node["unit"][slice(*data.job["first_visit"][j : j + 2])].tolist()),
        )
        for j in np.flatnonzero(state.job["done"])
    }
