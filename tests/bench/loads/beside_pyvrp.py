"""Tanks and dump sites beside PyVRP's reloads: ``python tests/bench/loads/beside_pyvrp.py``.

One thread and the same time for both, one after the other; with ``--cpu`` (a busy machine) so many
seconds of the processor, for ours counted in steps, and for PyVRP no less than ours took. PyVRP
(``pip install pyvrp`` in an environment of the bench's own) is told the same: optional clients with
their weight as prize, a pickup each, a vehicle type for each tank, the dump sites as depots to
reload at. Its routes are timed by us, each stop as early as may be, and judged by our referee.
"""

import argparse
import sys
import time
from pathlib import Path
from statistics import mean

import numpy
import pyvrp
from pyvrp.stop import MaxRuntime

sys.path.insert(0, str(Path(__file__).parents[3]))

from solver import Assignment, Dumping, Plan, Problem, Reason, Status, Unassigned, solve, warm
from solver.referee import score, violations
from tests.bench.loads.instances import NAMES, named


def stated(problem: Problem) -> pyvrp.ProblemData:
    """The problem in PyVRP's terms; depot 0 is the yard, the others are the dump sites."""
    depots = [pyvrp.Depot(0)]
    for site in problem.dump_sites:
        ((opens, closes),) = site.windows
        last = closes - site.duration
        depots.append(pyvrp.Depot(site.location, opens, last, service_duration=site.duration))
    clients = []
    for job in problem.jobs:
        ((opens, closes),) = job.windows
        clients.append(
            pyvrp.Client(
                job.location,
                pickup=[job.slots[0].load],
                service_duration=job.duration,
                tw_early=opens,
                tw_late=closes - job.duration,
                prize=job.weight,
                required=False,
            )
        )
    vehicles = [
        pyvrp.VehicleType(
            1,
            capacity=[unit.capacity or 0],
            tw_early=unit.shift[0],
            tw_late=unit.shift[1],
            unit_distance_cost=problem.travel_cost,
            reload_depots=range(1, len(depots)),
        )
        for unit in problem.units
    ]
    ways = numpy.array(problem.travel, dtype=numpy.int64)
    places = [pyvrp.Location(0, 0) for _ in ways]
    return pyvrp.ProblemData(places, clients, depots, vehicles, [ways], [ways])


def plan_of(problem: Problem, solution: pyvrp.Solution) -> Plan:
    """PyVRP's routes, each stop as early as may be."""
    done, dumped = [], []
    for route in solution.routes():
        unit = problem.units[route.vehicle_type()]
        at, free = unit.start, unit.shift[0]
        for stop in list(route)[1:-1]:
            if stop.is_client():
                job = problem.jobs[stop.idx]
                start = max(free + problem.travel[at][job.location], job.windows[0][0])
                at, free = job.location, start + job.duration
                done.append(Assignment(job.id, start, free, (unit.id,)))
            else:
                site = problem.dump_sites[stop.idx - 1]
                start = max(free + problem.travel[at][site.location], site.windows[0][0])
                at, free = site.location, start + site.duration
                dumped.append(Dumping(unit.id, site.id, start, free))
    left = {job.id for job in problem.jobs} - {each.job for each in done}
    out = [Unassigned(job, Reason.OUTWEIGHED) for job in sorted(left)]
    parts = {"format": "xunban-plan/2", "dumpings": tuple(dumped)}
    bare = Plan(problem.id, 0, 0, Status.FEASIBLE, tuple(done), (), tuple(out), **parts)
    points = score(problem, bare)
    return Plan(problem.id, points, points, Status.FEASIBLE, tuple(done), (), tuple(out), **parts)


def steps_within(problem: Problem, seconds: float) -> int:
    """How many steps take no more than so many seconds of the processor."""
    spent = []
    for steps in (200, 5000):
        began = time.process_time()
        solve(problem, steps=steps)
        spent.append(time.process_time() - began)
    each = (spent[1] - spent[0]) / 4800
    return max(200, int(0.9 * (seconds - spent[0]) / each))


def row(name: str, seconds: float, seed: int, cpu: bool) -> tuple[str, float]:
    """One line of the table, and by how much our score is above PyVRP's in per cent."""
    problem = named(name)
    limit = {"steps": steps_within(problem, seconds)} if cpu else {"seconds": seconds}
    began = time.process_time()
    ours = solve(problem, **limit, seed=seed)
    middle = time.process_time()
    ends = middle + max(seconds, middle - began)
    stop = (lambda _cost: time.process_time() > ends) if cpu else MaxRuntime(seconds)
    result = pyvrp.solve(stated(problem), stop, seed=seed, collect_stats=False, display=False)
    end = time.process_time()
    theirs = plan_of(problem, result.best)
    flaws = [*violations(problem, ours)[:1], *violations(problem, theirs)[:1]]
    ahead = 100 * (ours.score / theirs.score - 1)
    cells = f"{ours.score:>9} {theirs.score:>9} {ahead:>+8.2f} {100 * ours.gap:>6.1f}"
    counts = f"{len(ours.assignments):>4} {len(theirs.assignments):>4}"
    trips = f"{len(ours.dumpings):>4} {len(theirs.dumpings):>4}"
    spent = f"{middle - began:>6.1f} {end - middle:>6.1f}"
    return f"{name:<10} {cells} {counts} {trips} {spent}  {'; '.join(flaws) or 'legal'}", ahead


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES.split())
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor")
    args = parser.parse_args()
    warm()
    heads = f"{'ours':>9} {'pyvrp':>9} {'ahead %':>8} {'gap %':>6} {'jobs':>9} {'dumps':>9}"
    print(f"{'problem':<10} {heads} {'cpu s':>13}")
    leads = []
    for name in args.names:
        line, ahead = row(name, args.seconds, args.seed, args.cpu)
        leads.append(ahead)
        print(line, flush=True)
    print(f"ahead by {mean(leads):+.2f} % on average, {min(leads):+.2f} % at worst")


if __name__ == "__main__":
    main()
