"""Our problem as VROOM can state it, and its answers as routes.

Weights become priorities (at most 100), skills with sizes become skills, breaks stay breaks. VROOM
has no price for lateness, so it gets the problem several times: a job may end so late that it costs
a share of its weight.
"""

import math
import time
from datetime import timedelta

import numpy
import vroom
from vroom.solution.solution import Solution

from solver import Job, Problem
from tests.bench.solvers.peer_days import Routes

EXPLORATION = 5
LATE_SHARES = (0.1, 0.3, 0.5)


def answer(problem: Problem, seconds: float, threads: int) -> tuple[list[Routes], float, float]:
    """Its routes for each statement, within so many seconds each, and the wall and processor
    seconds of all.
    """
    answers, wall, cpu = [], 0.0, 0.0
    for share in _shares(problem):
        stated = _statement(
            problem, share
        )  # just before its turn: VROOM's clock starts when it is made
        began, worked = time.monotonic(), time.process_time()
        solution = stated.solve(EXPLORATION, threads, timedelta(seconds=seconds))
        wall, cpu = wall + time.monotonic() - began, cpu + time.process_time() - worked
        answers.append(_routes(problem, solution))
    return answers, wall, cpu


def _shares(problem: Problem) -> tuple[float, ...]:
    """One statement is enough where nothing is ever late."""
    return LATE_SHARES if any(job.late_cost for job in problem.jobs) else LATE_SHARES[:1]


def _statement(problem: Problem, share: float) -> vroom.Input:
    slots = list(dict.fromkeys(job.slots[0] for job in problem.jobs))
    unit_points = max(
        math.gcd(*(job.weight for job in problem.jobs)),
        max(job.weight for job in problem.jobs) // 100,
    )
    stated = vroom.Input()
    stated.set_durations_matrix("car", numpy.array(problem.travel, dtype=numpy.uint32))
    for n, unit in enumerate(problem.units):
        rests = [
            vroom.Break(k, [(rest.window[0], rest.window[1] - rest.duration)], rest.duration)
            for k, rest in enumerate(unit.breaks)
        ]
        skills = {i for i, slot in enumerate(slots) if slot.fits(unit)}
        stated.add_vehicle(
            vroom.Vehicle(
                n, unit.start, unit.end, skills=skills, time_window=unit.shift, breaks=rests
            )
        )
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
    """Spans of the job's start, cut where it costs more than that share of the weight; never
    empty.
    """
    latest = (
        math.inf
        if job.due is None or not job.late_cost
        else job.due + int(share * job.weight / job.late_cost)
    )
    spans = [(opens, min(closes, latest) - job.duration) for opens, closes in job.windows]
    return [(a, b) for a, b in spans if a <= b] or [(job.windows[0][0], job.windows[0][0])]


def _routes(problem: Problem, solution: Solution) -> Routes:
    found: Routes = {}
    for route in solution.to_dict()["routes"]:
        stops = [step["id"] for step in route["steps"] if step["type"] == "job"]
        found[problem.units[route["vehicle"]].id] = [problem.jobs[n].id for n in stops]
    return found
