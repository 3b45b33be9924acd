"""Benchmark problems for the solver's benches: the storm problems as they are, TOPTW in the
contract's terms.
"""

import csv
import math
from dataclasses import replace

from solver import Job, Problem, Slot, Unit
from tests.bench.solvers import storms
from tests.helpers.paths import SHARED

FOLDER = SHARED / "benchmarks"
PROFIT_POINTS = 100_000


def load(name: str) -> Problem:
    """A problem by name: ``rich-s-11``, ``c104:3`` for a TOPTW instance with 3 routes,
    ``rich-l-11/300`` for a part, ``storm2-m-1`` for a made-up storm of format 2.
    """
    if name.startswith("storm2-"):
        return storms.named(name)
    if ":" in name:
        return toptw(*name.split(":"))
    if "/" in name:
        whole, size = name.split("/")
        return part(load(whole), int(size))
    return Problem.from_json((FOLDER / name.split("-")[0] / f"{name}.json").read_bytes())


def part(problem: Problem, size: int) -> Problem:
    """The jobs around location 0, so many of them, and its nearest units: of each kind the same
    share as of the jobs.

    A job comes with those that it comes after, so there may be one or two jobs fewer than asked
    for.
    """
    far = problem.travel[0]
    chosen: dict[str, Job] = {}
    for job in sorted(problem.jobs, key=lambda job: (far[job.location], job.id)):
        needed = [each for each in _with_predecessors(problem, job) if each.id not in chosen]
        if len(chosen) + len(needed) <= size:
            chosen |= {each.id: each for each in needed}
    units: list[Unit] = []
    for kind in sorted({unit.kind for unit in problem.units}):
        alike = sorted(
            (u for u in problem.units if u.kind == kind),
            key=lambda unit: (far[unit.start], unit.id),
        )
        units += alike[: max(1, round(len(alike) * size / len(problem.jobs)))]
    jobs = [job for job in problem.jobs if job.id in chosen]
    return replace(
        problem, id=f"{problem.id}-{size}", jobs=jobs, units=units, pinned=(), previous=()
    )


def _with_predecessors(problem: Problem, job: Job) -> list[Job]:
    return [
        job,
        *(
            each
            for name in job.after
            for each in _with_predecessors(problem, problem.job_by_id[name])
        ),
    ]


def toptw(instance: str, routes: str) -> Problem:
    """A Solomon instance of the team orienteering problem with time windows; times in tenths."""
    rows = [
        line.split() for line in (FOLDER / "toptw" / f"{instance}.txt").read_text().splitlines()[2:]
    ]
    stops = [row for row in rows if len(row) > 6]
    at = [(round(float(row[1]) * 100), round(float(row[2]) * 100)) for row in stops]
    travel = [[math.isqrt((a - c) ** 2 + (b - d) ** 2) // 10 for c, d in at] for a, b in at]
    closes = int(float(stops[0][-1]) * 10)
    jobs = []
    for i, row in enumerate(stops[1:], 1):
        service, opens, last = (int(float(row[k]) * 10) for k in (3, -2, -1))
        jobs.append(
            Job(
                f"c{i:03}",
                i,
                service,
                ((opens, last + service),),
                int(float(row[4])) * PROFIT_POINTS,
                (Slot(),),
            )
        )
    horizon = max(closes, *(job.windows[0][1] for job in jobs))
    units = [Unit(f"u{k}", "vehicle", 0, (0, closes), 0) for k in range(int(routes))]
    return Problem(f"{instance}-{routes}", "2000-01-01T00:00:00Z", horizon, travel, units, jobs, 1)


def best_profit(instance: str, routes: str) -> int:
    """The best known total profit of a TOPTW instance."""
    return int(_best(instance, routes)["bks_used"])


def status(instance: str, routes: str) -> str:
    """How sure the best known profit is; the benchmark folder explains the words."""
    return _best(instance, routes)["status"]


def _best(instance: str, routes: str) -> dict[str, str]:
    with (FOLDER / "toptw" / "best_known.csv").open() as file:
        return next(
            row for row in csv.DictReader(file) if (row["instance"], row["m"]) == (instance, routes)
        )
