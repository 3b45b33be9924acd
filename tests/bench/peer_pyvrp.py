"""Our problem as PyVRP can state it, and its answer as routes.

Every job is an optional client with its weight as prize. Skills and sizes: a client that a vehicle may not serve is out
of its reach (a travel matrix for each set of abilities). Lateness: a job has one client for the time up to `due` and
one for each part of the time after it, with the mean lateness taken off its prize, of which at most one is visited.
Breaks: a required group of clients at several places, of which one is visited; a vehicle can carry as many of them as
it has breaks of that kind, so that each vehicle takes its own number.
"""

import time
from itertools import groupby

import numpy
import pyvrp
from peer_days import Routes
from pyvrp.constants import MAX_VALUE
from pyvrp.stop import MaxRuntime

from solver import Job, Problem, Slot, Unit

LATE_PARTS = 1
"""Clients for the late part of a job's window."""
BREAK_PLACES = 4
"""Places at which each break could be taken, besides the vehicle's depot."""


class Statement:
    """One problem in PyVRP's terms.

    Parameters
    ----------
    problem
        Jobs of one slot, no `after`, units that end somewhere.
    scale
        Prizes are weights divided by this.
    """

    def __init__(self, problem: Problem, scale: int = 1) -> None:
        self.problem, self.scale = problem, scale
        self.slots = list(dict.fromkeys(job.slots[0] for job in problem.jobs))
        self.rests = list(dict.fromkeys(rest for unit in problem.units for rest in unit.breaks))
        self.places: dict[tuple[int, Slot | None], int] = {}
        self.depots = list(dict.fromkeys(place for unit in problem.units for place in (unit.start, unit.end)))
        for place in self.depots:
            self._location(place, None)
        self.clients: list[pyvrp.Client] = []
        self.names: list[str | None] = []
        self.groups: list[pyvrp.ClientGroup] = []
        for job in problem.jobs:
            self._add_job(job)
        self._add_breaks()
        self.fleet = self._fleet()

    def _location(self, place: int, slot: Slot | None) -> int:
        return self.places.setdefault((place, slot), len(self.places))

    def _add_job(self, job: Job) -> None:
        where = self._location(job.location, job.slots[0])
        parts = list(_parts(job))
        group = None if len(parts) == 1 else self._group(len(parts), required=False)
        for first, last, points in parts:
            self.names.append(job.id)
            self.clients.append(
                pyvrp.Client(
                    where,
                    [0] * len(self.rests),
                    service_duration=job.duration,
                    tw_early=first,
                    tw_late=last,
                    prize=max(0, points) // self.scale,
                    required=False,
                    group=group,
                )
            )

    def _group(self, size: int, required: bool) -> int:
        first = len(self.clients)
        self.groups.append(pyvrp.ClientGroup(list(range(first, first + size)), required))
        return len(self.groups) - 1

    def _add_breaks(self) -> None:
        everywhere = sorted({job.location for job in self.problem.jobs})
        owed = [(unit, rest) for unit in self.problem.units for rest in unit.breaks]
        for n, (unit, rest) in enumerate(owed):
            extra = [everywhere[(n * BREAK_PLACES + k) % len(everywhere)] for k in range(BREAK_PLACES)]
            places = list(dict.fromkeys([unit.start, *extra]))
            group = self._group(len(places), required=True)
            for place in places:
                self.names.append(None)
                self.clients.append(
                    pyvrp.Client(
                        self._location(place, None),
                        [int(each == rest) for each in self.rests],
                        service_duration=rest.duration,
                        tw_early=rest.window[0],
                        tw_late=rest.window[1] - rest.duration,
                        required=False,
                        group=group,
                    )
                )

    def _fleet(self) -> list[tuple[tuple, list[Unit]]]:
        """Units that PyVRP need not tell apart, and what tells them from the others."""

        def look(unit: Unit) -> tuple:
            able = tuple(slot.fits(unit) for slot in self.slots)
            return unit.start, unit.end, unit.shift, able, tuple(unit.breaks.count(rest) for rest in self.rests)

        return [(key, list(units)) for key, units in groupby(sorted(self.problem.units, key=look), key=look)]

    def data(self) -> pyvrp.ProblemData:
        """What PyVRP is given."""
        abilities = list(dict.fromkeys(key[3] for key, _ in self.fleet))
        matrices = [self._matrix({slot for slot, can in zip(self.slots, able, strict=True) if can})
                    for able in abilities]  # fmt: skip
        vehicles = [
            pyvrp.VehicleType(
                len(units),
                list(rests),
                self.depots.index(start),
                self.depots.index(end),
                tw_early=shift[0],
                tw_late=shift[1],
                unit_distance_cost=self.problem.travel_cost,
                profile=abilities.index(able),
            )
            for (start, end, shift, able, rests), units in self.fleet
        ]
        locations = [pyvrp.Location(0, 0) for _ in self.places]
        depots = [pyvrp.Depot(self.places[place, None]) for place in self.depots]
        return pyvrp.ProblemData(locations, self.clients, depots, vehicles, matrices, matrices, self.groups)

    def _matrix(self, served: set[Slot]) -> numpy.ndarray:
        rows = [place for place, _ in self.places]
        matrix = numpy.array(self.problem.travel, dtype=numpy.int64)[numpy.ix_(rows, rows)]
        barred = [i for (_, slot), i in self.places.items() if slot is not None and slot not in served]
        matrix[:, barred] = MAX_VALUE
        numpy.fill_diagonal(matrix, 0)
        return matrix

    def routes(self, solution: pyvrp.Solution) -> Routes:
        """PyVRP's answer by unit; alike units are named in any order."""
        spare = [list(units) for _, units in self.fleet]
        found: Routes = {}
        for route in solution.routes():
            visits = [self.names[stop.idx] for stop in route if stop.is_client()]
            found[spare[route.vehicle_type()].pop().id] = [name for name in visits if name is not None]
        return found


def _parts(job: Job) -> list[tuple[int, int, int]]:
    """Spans of the job's start, and the points that it is worth in each."""
    for opens, closes in job.windows:
        cuts = [closes]
        if job.due is not None and job.late_cost and opens + job.duration <= job.due < closes:
            late = closes - job.due
            cuts = [job.due + late * k // LATE_PARTS for k in range(LATE_PARTS + 1)]
        ends = opens + job.duration
        for cut in cuts:
            mean = (job.lateness_cost(ends) + job.lateness_cost(cut)) // 2
            yield ends - job.duration, cut - job.duration, job.weight - mean
            ends = cut + 1


def answer(problem: Problem, seconds: float, seed: int, scale: int = 1) -> tuple[list[Routes], float, float]:
    """PyVRP's routes, and the wall and processor seconds that it took; one thread is all it uses."""
    statement = Statement(problem, scale)
    data = statement.data()
    wall, cpu = time.monotonic(), time.process_time()
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, collect_stats=False, display=False)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    return [statement.routes(result.best)], wall, cpu
