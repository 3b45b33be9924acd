"""How a plan is mended: ``python tests/bench/solver_replan.py rich-s-11 --seconds 2``.

Publishes a plan, lets two hours pass (what has begun is pinned), loses a unit or gains an urgent job, plans again, and
prints what changed beyond what the event forced.
"""

import argparse
import random
import sys
import time
from dataclasses import replace

from solver_instances import FOLDER, load

from solver import Job, Pin, Plan, Problem, Slot, Stability, solve, warm
from solver.check import violations
from solver.whatif import without_unit

PRICE = Stability(reassign=2000, retime=500, tolerance=900)


def later(problem: Problem, plan: Plan, now: int) -> Problem:
    """The problem at second `now`: the plan is published, what has begun is pinned."""
    published = [Pin(each.job, each.start, each.units) for each in plan.assignments]
    pinned = [each for each in published if each.start <= now]
    jobs = []
    for job in problem.jobs:
        begun = any(each.job == job.id for each in pinned)
        windows = job.windows if begun else tuple((max(a, now), b) for a, b in job.windows if b >= now)
        jobs.append(replace(job, windows=windows or ((now, now),)))
    return replace(problem, jobs=jobs, pinned=pinned, previous=published, stability=PRICE)


def event(problem: Problem, now: int, chance: random.Random) -> tuple[str, Problem, set[str]]:
    """A unit lost that has work ahead, or an urgent job: name, new problem, and the jobs forced to change."""
    if chance.random() < 0.5:
        busy = {unit for each in problem.pinned for unit in each.units}
        ahead = sorted({unit for each in problem.previous for unit in each.units} - busy)
        if ahead:
            unit = chance.choice(ahead)
            forced = {each.job for each in problem.previous if unit in each.units}
            return f"lost {unit}", without_unit(problem, unit), forced
    where = chance.choice(problem.jobs).location
    heaviest = max(job.weight for job in problem.jobs)
    crew = next(unit.kind for unit in problem.units if unit.kind.startswith("crew"))
    urgent = Job("urgent", where, 1800, ((now, problem.horizon),), heaviest, (Slot(crew),), now + 3600, 2)
    return "urgent job", replace(problem, jobs=(*problem.jobs, urgent)), set()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["rich-s-11", "rich-m-11"])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--events", type=int, default=5)
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    warm()
    print(f"{'problem':<11} {'event':<12} {'all s':>6} {'published':>9} {'forced':>6} {'moved':>5} {'%':>6}")
    for name in args.names:
        problem = load(name)
        plan, chance = solve(problem, seconds=10), random.Random(1)
        for _ in range(args.events):
            what, changed, forced = event(later(problem, plan, 7200), 7200, chance)
            began = time.monotonic()
            new = solve(changed, seconds=args.seconds)
            wall = time.monotonic() - began
            moved, open_jobs = _moved(changed, new, forced)
            share = 100 * moved / max(1, open_jobs)
            legal = "; ".join(violations(changed, new))
            print(
                f"{name:<11} {what:<12} {wall:>6.2f} {open_jobs:>9} {len(forced):>6} {moved:>5} {share:>6.1f} {legal}",
                flush=True,
            )


def _moved(problem: Problem, plan: Plan, forced: set[str]) -> tuple[int, int]:
    """Published jobs not forced to change that changed hands, were dropped or moved; and how many could have."""
    pinned = {each.job for each in problem.pinned}
    new = {each.job: each for each in plan.assignments}
    open_jobs = [each for each in problem.previous if each.job not in pinned and each.job not in forced]
    moved = 0
    for old in open_jobs:
        now = new.get(old.job)
        same = now is not None and set(now.units) == set(old.units)
        moved += not same or abs(now.start - old.start) > PRICE.tolerance
    return moved, len(open_jobs)


if __name__ == "__main__":
    main()
