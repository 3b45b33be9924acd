"""How a plan is mended: ``python tests/bench/solvers/replan.py rich-s-11 --seconds 2``.

Publishes a plan, lets two hours pass (what has begun is pinned), then in turn loses a unit, gains
an urgent job, has the windows of coming jobs moved by a new forecast, or has the level raised (more
weight on a third of the jobs, and a few new ones); plans again, and prints what changed beyond what
the event forced.
"""

import argparse
import math
import random
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from solver import Job, Pin, Plan, Problem, Slot, Stability, solve, warm
from solver.referee import violations
from tests.bench.solvers.instances import FOLDER, load

PRICE = Stability(reassign=2000, retime=500, tolerance=900)


def later(problem: Problem, plan: Plan, now: int) -> Problem:
    """The problem at second `now`: the plan is published, what has begun is pinned."""
    published = [Pin(each.job, each.start, each.units) for each in plan.assignments]
    pinned = [each for each in published if each.start <= now]
    jobs = []
    for job in problem.jobs:
        begun = any(each.job == job.id for each in pinned)
        windows = (
            job.windows if begun else tuple((max(a, now), b) for a, b in job.windows if b >= now)
        )
        jobs.append(replace(job, windows=windows or ((now, now),)))
    return replace(problem, jobs=jobs, pinned=pinned, previous=published, stability=PRICE)


Event = tuple[str, Problem, set[str]]
"""What happened, the problem after it, and the jobs that it forces to change."""


def lost(problem: Problem, now: int, chance: random.Random) -> Event:
    """A unit that has work ahead and none under way is gone."""
    busy = {unit for each in problem.pinned for unit in each.units}
    unit = chance.choice(sorted({unit for each in problem.previous for unit in each.units} - busy))
    return (
        f"lost {unit}",
        replace(problem, units=tuple(each for each in problem.units if each.id != unit)),
        {each.job for each in problem.previous if unit in each.units},
    )


def urgent(problem: Problem, now: int, chance: random.Random, name: str = "urgent") -> Event:
    """One more job, as heavy as the heaviest."""
    crew = next(unit.kind for unit in problem.units if unit.kind.startswith("crew"))
    heaviest, where = max(job.weight for job in problem.jobs), chance.choice(problem.jobs).location
    job = Job(name, where, 1800, ((now, problem.horizon),), heaviest, (Slot(crew),), now + 3600, 2)
    return "urgent job", replace(problem, jobs=(*problem.jobs, job)), set()


def moved_windows(problem: Problem, now: int, chance: random.Random) -> Event:
    """The rain comes up to half an hour earlier or later for the jobs of one place in five."""
    by, published = (
        chance.choice([-1800, -900, 900, 1800]),
        {each.job: each for each in problem.previous},
    )
    places = set(
        chance.sample(sorted({job.location for job in problem.jobs}), len(problem.travel) // 5)
    )
    pinned, jobs, forced = {each.job for each in problem.pinned}, [], set()
    for job in problem.jobs:
        if job.id not in pinned and job.location in places:
            windows = [
                (max(now, a + by), min(problem.horizon, b + by))
                for a, b in job.windows
                if b + by > now
            ]
            job = replace(job, windows=tuple((a, b) for a, b in windows if a <= b) or ((now, now),))
            old = published.get(job.id)
            if old and not any(
                a <= old.start and old.start + job.duration <= b for a, b in job.windows
            ):
                forced.add(job.id)
        jobs.append(job)
    return f"windows {by:+}", replace(problem, jobs=jobs), forced


def raised(problem: Problem, now: int, chance: random.Random) -> Event:
    """A third of the jobs weigh half as much again, and there is one new job for every forty."""
    heavier = set(chance.sample([job.id for job in problem.jobs], len(problem.jobs) // 3))
    jobs = [
        replace(job, weight=job.weight * 3 // 2) if job.id in heavier else job
        for job in problem.jobs
    ]
    changed = replace(problem, jobs=jobs)
    for i in range(len(jobs) // 40):
        _, changed, _ = urgent(changed, now, chance, f"urgent{i}")
    return "level raised", changed, set()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=["rich-s-11", "rich-s-12", "rich-m-11"])
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--events", type=int, default=12)
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    warm()
    print(
        f"{'problem':<11} {'event':<12} {'all s':>6} {'published':>9}"
        f" {'forced':>6} {'moved':>5} {'%':>6}"
    )
    for name in args.names:
        problem = load(name)
        plan, chance = solve(problem, seconds=10), random.Random(1)
        walls, shares = [], []
        for i in range(args.events):
            happens = (lost, urgent, moved_windows, raised)[i % 4]
            what, changed, forced = happens(later(problem, plan, 7200), 7200, chance)
            began = time.monotonic()
            new = solve(changed, seconds=args.seconds)
            wall = time.monotonic() - began
            moved, open_jobs = _moved(changed, new, forced)
            share = 100 * moved / max(1, open_jobs)
            legal = "; ".join(violations(changed, new))
            walls.append(wall)
            shares.append(share)
            print(
                f"{name:<11} {what:<12} {wall:>6.2f} {open_jobs:>9}"
                f" {len(forced):>6} {moved:>5} {share:>6.1f} {legal}",
                flush=True,
            )
        p95 = sorted(walls)[math.ceil(0.95 * len(walls)) - 1]
        print(
            f"{name}: P95 {p95:.2f} s, changes mean {sum(shares) / len(shares):.1f} %,"
            f" most {max(shares):.1f} %"
        )


def _moved(problem: Problem, plan: Plan, forced: set[str]) -> tuple[int, int]:
    """Published jobs not forced to change that changed hands, were dropped or moved; and how many
    could have.
    """
    pinned = {each.job for each in problem.pinned}
    new = {each.job: each for each in plan.assignments}
    open_jobs = [
        each for each in problem.previous if each.job not in pinned and each.job not in forced
    ]
    moved = 0
    for old in open_jobs:
        now = new.get(old.job)
        same = now is not None and set(now.units) == set(old.units)
        moved += not same or abs(now.start - old.start) > PRICE.tolerance
    return moved, len(open_jobs)


if __name__ == "__main__":
    main()
