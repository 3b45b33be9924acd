"""Our problem as PyVRP can state it, and its answer as routes.

Every job is an optional client with its weight as prize. Skills and sizes: a client that a vehicle
may not serve is out of its reach (a travel matrix for each set of abilities). Lateness: a job has
one client for the time up to `due` and one for the time after it, with the mean lateness taken off
its prize, of which at most one is visited. Breaks: the vehicle's working time is shorter by them,
and they are put where they fit afterwards. (As clients that must be visited, with several places to
choose from, they cost more: lite-m-11 lost 6 %.)
"""

import math
import time
from collections.abc import Iterator
from itertools import groupby

import numpy
import pyvrp
from pyvrp.constants import MAX_VALUE
from pyvrp.stop import MaxRuntime

from solver import Job, Problem, Slot, Unit
from tests.bench.solvers.peer_days import Routes

LATE_SHARE = 0.4
"""A job may end so late that it costs this share of its weight."""


class Statement:
    """One problem in PyVRP's terms.

    Parameters
    ----------
    problem
        Jobs of one slot, no `after`, units that end somewhere.
    scale
        Prizes are weights divided by this.
    """

    def __init__(self, problem: Problem, scale: int) -> None:
        self.problem, self.scale = problem, scale
        self.slots = list(dict.fromkeys(job.slots[0] for job in problem.jobs))
        self.depots = list(
            dict.fromkeys(place for unit in problem.units for place in (unit.start, unit.end))
        )
        self.places: dict[tuple[int, Slot | None], int] = {
            (place, None): i for i, place in enumerate(self.depots)
        }
        self.clients: list[pyvrp.Client] = []
        self.names: list[str] = []
        self.groups: list[pyvrp.ClientGroup] = []
        for job in problem.jobs:
            self._add_job(job)
        self.fleet = self._fleet()

    def _add_job(self, job: Job) -> None:
        where = self.places.setdefault((job.location, job.slots[0]), len(self.places))
        parts = list(_parts(job))
        group = None
        if len(parts) > 1:
            first, group = len(self.clients), len(self.groups)
            self.groups.append(
                pyvrp.ClientGroup(list(range(first, first + len(parts))), required=False)
            )
        for early, late, points in parts:
            self.names.append(job.id)
            self.clients.append(
                pyvrp.Client(
                    where,
                    service_duration=job.duration,
                    tw_early=early,
                    tw_late=late,
                    prize=max(0, points) // self.scale,
                    required=False,
                    group=group,
                )
            )

    def _fleet(self) -> list[tuple[tuple, list[Unit]]]:
        """Units that PyVRP need not tell apart, and what tells them from the others."""

        def look(unit: Unit) -> tuple:
            able = tuple(slot.fits(unit) for slot in self.slots)
            working = unit.shift[1] - unit.shift[0] - sum(rest.duration for rest in unit.breaks)
            return unit.start, unit.end, unit.shift, working, able

        return [
            (key, list(units))
            for key, units in groupby(sorted(self.problem.units, key=look), key=look)
        ]

    def data(self) -> pyvrp.ProblemData:
        """What PyVRP is given."""
        abilities = list(dict.fromkeys(able for (*_, able), _ in self.fleet))
        matrices = [self._matrix(able) for able in abilities]
        vehicles = [
            pyvrp.VehicleType(
                len(units),
                start_depot=self.depots.index(start),
                end_depot=self.depots.index(end),
                tw_early=shift[0],
                tw_late=shift[1],
                shift_duration=working,
                unit_distance_cost=self.problem.travel_cost,
                profile=abilities.index(able),
            )
            for (start, end, shift, working, able), units in self.fleet
        ]
        locations = [pyvrp.Location(0, 0) for _ in self.places]
        depots = [pyvrp.Depot(i) for i in range(len(self.depots))]
        return pyvrp.ProblemData(
            locations, self.clients, depots, vehicles, matrices, matrices, self.groups
        )

    def _matrix(self, able: tuple[bool, ...]) -> numpy.ndarray:
        rows = [place for place, _ in self.places]
        matrix = numpy.array(self.problem.travel, dtype=numpy.int64)[numpy.ix_(rows, rows)]
        barred = {slot for slot, can in zip(self.slots, able, strict=True) if not can}
        matrix[:, [i for (_, slot), i in self.places.items() if slot in barred]] = MAX_VALUE
        numpy.fill_diagonal(matrix, 0)
        return matrix

    def routes(self, solution: pyvrp.Solution) -> Routes:
        """PyVRP's answer by unit; alike units are named in any order."""
        spare = [list(units) for _, units in self.fleet]
        return {
            spare[route.vehicle_type()].pop().id: [
                self.names[stop.idx] for stop in route if stop.is_client()
            ]
            for route in solution.routes()
        }


def _parts(job: Job) -> Iterator[tuple[int, int, int]]:
    """Spans of the job's start, and the points that it is worth in each."""
    for opens, closes in job.windows:
        early = opens + job.duration
        cuts = [closes]
        if job.due is not None and job.late_cost:
            late = max(
                early, min(closes, job.due + math.floor(LATE_SHARE * job.weight / job.late_cost))
            )
            cuts = [job.due, late] if early <= job.due < late else [late]
        for cut in cuts:
            ends = (early, cut)
            mean = sum(job.lateness_cost(end - job.duration, end) for end in ends) // 2
            yield early - job.duration, cut - job.duration, job.weight - mean
            early = cut + 1


def answer(
    problem: Problem, seconds: float, seed: int, scale: int
) -> tuple[list[Routes], float, float]:
    """PyVRP's routes, and the wall and processor seconds that it took; one thread is all it
    uses.
    """
    statement = Statement(problem, scale)
    data = statement.data()
    wall, cpu = time.monotonic(), time.process_time()
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    return [statement.routes(result.best)], wall, cpu
