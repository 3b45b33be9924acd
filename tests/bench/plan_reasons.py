"""Do the reasons for what is left out hold when they are tried?

``python tests/bench/plan_reasons.py [--seeds 0-30] [--steps N] [--most N]``: plans of drawn
districts and storms; whatever each leaves out is asked for before all else, by a search ten times
as long. What nobody could do must stay undone; what was not worth it must make the plan no better
than so long a search does that is not asked for it: what both find is the search's own shortness.
"""

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import solver
from solver import MAX_POINTS, Plan, Problem
from solver.plan import Reason, Unassigned
from solver.referee import score
from tests.bench import plan_sense as bench
from tests.helpers.drawn.districts import district
from tests.helpers.drawn.storms import situation

STEPS, LONGER = 1000, 10
IMPOSSIBLE = (Reason.NO_UNIT, Reason.PINNED)


def plans(seed: int, steps: int) -> Iterator[tuple[Problem, Plan]]:
    """The first and the last plan of a drawn situation."""
    chance = Random(seed)
    case = situation(chance, district(chance), f"seed {seed}")
    with bench.steps_in_process(steps), bench.desk(case, 1.0) as desk:
        desk.begin()
        for number, event in enumerate(case.events):
            desk.happen(event, number)
        for version in {one.number: one for one in desk.versions[:1] + desk.versions[-1:]}.values():
            yield Problem.from_json(version.problem), Plan.from_json(version.plan)


def asked_first(problem: Problem, job_id: str) -> Problem:
    """The problem where the job is worth more than anything else."""
    jobs = tuple(
        replace(job, weight=MAX_POINTS) if job.id == job_id else job for job in problem.jobs
    )
    return replace(problem, jobs=jobs)


def tried(
    problem: Problem, plan: Plan, left: Unassigned, steps: int, unasked: Callable[[], int]
) -> str:
    """What comes of it: ``holds``, or how it does not; ``unasked`` is what so long a search finds
    by itself.
    """
    found = solver.solve(asked_first(problem, left.job), steps=steps, workers=1, seed=2)
    if left.job not in {each.job for each in found.assignments}:
        return "holds"
    if left.reason in IMPOSSIBLE:
        return "FALSE: it can be done"
    best = score(problem, found)
    if best <= plan.score:
        return "holds"
    gain = f"{best - plan.score} points more"
    return f"short search: {gain}" if best <= unasked() else f"BEATEN: {gain}"


def longer(problem: Problem, steps: int) -> int:
    """What a longer search finds, points."""
    return solver.solve(problem, steps=steps, workers=1, seed=2).score


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", default="0-30", help="one, or from-to")
    parser.add_argument("--steps", type=int, default=STEPS, help="of search for each plan")
    parser.add_argument("--most", type=int, default=12, help="reasons tried of each plan")
    given = parser.parse_args()
    logging.disable(logging.CRITICAL)
    solver.warm()
    first, _, last = given.seeds.partition("-")
    counts: Counter[str] = Counter()
    began = time.process_time()
    for seed in range(int(first), int(last or first) + 1):
        for problem, plan in plans(seed, given.steps):
            lefts = sorted(plan.unassigned, key=lambda one: -problem.job_by_id[one.job].weight)
            unasked = cache(partial(longer, problem, LONGER * given.steps))
            for left in lefts[: given.most]:
                came = tried(problem, plan, left, LONGER * given.steps, unasked)
                counts[f"{left.reason} {came.partition(':')[0]}"] += 1
                if came != "holds":
                    print(f"{seed}: {left.job} {left.reason} {came} of {plan.score}", flush=True)
    print(dict(counts), f"{time.process_time() - began:.0f} s CPU")


if __name__ == "__main__":
    main()
