"""The best choice among all routes seen so far: set packing by CP-SAT.

Routes can be chosen freely only where no two of them must agree on a time, so this is for problems
without teams and predecessors (`solver.insertion.separable`).
"""

import threading
import time

from ortools.sat.python import cp_model

from solver.budget import Budget
from solver.indexed import IndexedProblem, Place, Schedule, change
from solver.search.arrays import Route

Column = tuple[tuple[int, frozenset[int]], tuple[int, Route]]
"""Kind of unit and jobs; points and route."""
MOST_ROUTES = 20_000


class Pool:
    """Routes of one problem, the best of each set of jobs and kind of unit; threads may share
    it.
    """

    def __init__(self, indexed: IndexedProblem):
        self.indexed = indexed
        self.kind = _kinds(indexed)
        self.routes: dict[tuple[int, frozenset[int]], tuple[int, Route]] = {}
        self.seen: set[tuple[int, tuple[int, ...]]] = set()
        self.lock = threading.Lock()

    def add(self, routes: list[Route]) -> None:
        """Remember routes that are new."""
        with self.lock:
            for route in routes:
                kind = self.kind[route.unit]
                if (kind, route.jobs) in self.seen or len(self.seen) >= MOST_ROUTES:
                    continue
                self.seen.add((kind, route.jobs))
                key, worth = (kind, frozenset(route.jobs)), self._worth(route)
                if key not in self.routes or self.routes[key][0] < worth:
                    self.routes[key] = worth, route

    def _worth(self, route: Route) -> int:
        """Points of a route beyond those of leaving its jobs out."""
        indexed, points = self.indexed, 0
        for j, start in zip(route.jobs, route.starts, strict=True):
            place = Place(start, (route.unit,))
            points += indexed.jobs[j].weight - indexed.toll(j, place)
            points += change(indexed, j, None) - change(indexed, j, place)
        return points - indexed.problem.travel_cost * route.travel

    def pack(self, budget: Budget) -> Schedule | None:
        """The best legal combination found of routes in the pool; ``None`` when there is none in
        time.
        """
        began = time.monotonic()
        with self.lock:
            columns = sorted(self.routes.items(), key=lambda each: (each[0][0], each[1][1][1]))
        model, chosen = self._model(columns)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = budget.workers
        solver.parameters.random_seed = budget.seed
        if budget.seconds is not None:
            solver.parameters.max_time_in_seconds = max(
                0.01, budget.seconds - (time.monotonic() - began)
            )
        if budget.effort is not None:
            solver.parameters.max_deterministic_time = budget.effort
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        picked = zip(columns, chosen, strict=True)
        return self._combined([route for (_, (_, route)), var in picked if solver.value(var)])

    def _model(self, columns: list[Column]) -> tuple[cp_model.CpModel, list[cp_model.IntVar]]:
        """Each job at most once (pinned work exactly once), no more routes than units of a kind."""
        model = cp_model.CpModel()
        chosen = [model.new_bool_var("") for _ in columns]
        by_job: dict[int, list] = {}
        by_kind: dict[int, list] = {}
        for ((kind, jobs), _), var in zip(columns, chosen, strict=True):
            by_kind.setdefault(kind, []).append(var)
            for j in sorted(jobs):
                by_job.setdefault(j, []).append(var)
        for j, own in by_job.items():
            model.add_exactly_one(own) if j in self.indexed.pins else model.add_at_most_one(own)
        for group in self.indexed.groups:
            model.add(sum(var for j in group for var in by_job.get(j, ())) <= 1)
        for kind, own in by_kind.items():
            model.add(sum(own) <= self.kind.count(kind))
        model.maximize(
            sum(worth * var for (_, (worth, _)), var in zip(columns, chosen, strict=True))
        )
        return model, chosen

    def _combined(self, routes: list[Route]) -> Schedule:
        """Give each chosen route to a unit of its kind, its own if that is free."""
        free = set(range(len(self.kind)))
        schedule: Schedule = {}
        waiting = []
        for route in routes:
            if route.unit in free:
                free.remove(route.unit)
                schedule |= _places(route, route.unit)
            else:
                waiting.append(route)
        for route in waiting:
            twin = min(u for u in free if self.kind[u] == self.kind[route.unit])
            free.remove(twin)
            schedule |= _places(route, twin)
        return schedule


def _places(route: Route, unit: int) -> Schedule:
    """The jobs of a route, done by a unit."""
    return {j: Place(start, (unit,)) for j, start in zip(route.jobs, route.starts, strict=True)}


def _kinds(indexed: IndexedProblem) -> list[int]:
    """The same number for units that can do each other's routes at the same price."""
    fits: list[list[int]] = [[] for _ in indexed.units]
    for j, slots in enumerate(indexed.fitting):
        for u in slots[0]:
            fits[u].append(j)
    known: dict[object, int] = {}
    people_count, sites = any(job.durations for job in indexed.jobs), indexed.problem.dump_sites
    result = []
    for u, unit in enumerate(indexed.units):
        key = (
            unit.start,
            unit.end,
            unit.profile,
            unit.shift,
            unit.breaks,
            tuple(fits[u]),
            unit.size if people_count else 1,
            unit.overtime_from,
            unit.overtime_cost,
            unit.regular,
            (unit.capacity, unit.aboard, unit.ends_empty, *(s.admits(unit) for s in sites)),
            u if indexed.published else -1,
        )
        result.append(known.setdefault(key, len(known)))
    return result
