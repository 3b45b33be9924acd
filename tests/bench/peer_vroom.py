"""Our problem as VROOM can state it, and its answers as routes.

Weights become priorities (at most 100), skills with sizes become skills, breaks stay breaks. VROOM has no price for
lateness, so it gets the problem once for each share of the time after `due` that a job may still end in.
"""

import math
import time

import numpy
import vroom
from peer_days import Routes
from vroom.solution.solution import Solution

from solver import Job, Problem

EXPLORATION = 5
LATE_SHARES = (0.0, 0.5, 1.0)


def answer(problem: Problem, threads: int) -> tuple[list[Routes], float, float]:
    """Its routes for each statement, and the wall and processor seconds of all; VROOM stops by itself."""
    statements = [_statement(problem, share) for share in _shares(problem)]
    wall, cpu = time.monotonic(), time.process_time()
    solutions = [each.solve(exploration_level=EXPLORATION, nb_threads=threads) for each in statements]
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    return [_routes(problem, each) for each in solutions], wall, cpu


def _shares(problem: Problem) -> tuple[float, ...]:
    """One statement is enough where nothing is ever late."""
    return LATE_SHARES if any(job.late_cost for job in problem.jobs) else LATE_SHARES[-1:]


def _statement(problem: Problem, share: float) -> vroom.Input:
    slots = list(dict.fromkeys(job.slots[0] for job in problem.jobs))
    unit_points = max(math.gcd(*(job.weight for job in problem.jobs)), max(job.weight for job in problem.jobs) // 100)
    stated = vroom.Input()
    stated.set_durations_matrix("car", numpy.array(problem.travel, dtype=numpy.uint32))
    for n, unit in enumerate(problem.units):
        rests = [
            vroom.Break(k, [(rest.window[0], rest.window[1] - rest.duration)], rest.duration)
            for k, rest in enumerate(unit.breaks)
        ]
        skills = {i for i, slot in enumerate(slots) if slot.fits(unit)}
        stated.add_vehicle(vroom.Vehicle(n, unit.start, unit.end, skills=skills, time_window=unit.shift, breaks=rests))
    for n, job in enumerate(problem.jobs):
        stated.add_job(
            vroom.Job(
                n,
                job.location,
                default_service=job.duration,
                skills={slots.index(job.slots[0])},
                priority=min(100, job.weight // unit_points),
                time_windows=_starts(job, share),
            )
        )
    return stated


def _starts(job: Job, share: float) -> list[tuple[int, int]]:
    """Spans of the job's start, cut where the lateness that we allow ends."""
    spans = []
    for opens, closes in job.windows:
        if job.late_cost and job.due is not None and job.due < closes:
            closes = max(opens + job.duration, job.due + int(share * (closes - job.due)))
        spans.append((opens, closes - job.duration))
    return spans


def _routes(problem: Problem, solution: Solution) -> Routes:
    found: Routes = {}
    for route in solution.to_dict()["routes"]:
        stops = [step["id"] for step in route["steps"] if step["type"] == "job"]
        found[problem.units[route["vehicle"]].id] = [problem.jobs[n].id for n in stops]
    return found
