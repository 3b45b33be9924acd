"""How the time to a good plan grows with the problem: ``python tests/bench/solvers/growth.py``.

For storm problems of several sizes, all parts of one: the shortest time limit whose plans reach 99
% of the best plan known (of a run of ``--long`` seconds and of all others), and the exponent of its
growth with the number of jobs, fitted by least squares in logarithms. Each limit is run anew, since
a search spreads its cooling over the time that it has.
"""

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression, mean

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from tests.bench.solvers.entrants import Entry, Outcome, outcomes
from tests.bench.solvers.instances import FOLDER, load

WHOLE, SIZES = "rich-l-11", (120, 200, 300, 500, 1000)
SHARE = 0.99
FIRST_LIMIT, RATIO = 0.1, math.sqrt(2)
"""Seconds of the shortest limit tried, and how much longer each next one is."""


@dataclass(frozen=True)
class Limit:
    """The runs with one time limit, on average over the seeds."""

    score: float
    wall: float
    cpu: float


def limit_of(runs: list[Outcome]) -> Limit:
    """The average of some runs.

    Raises
    ------
    ValueError
        When a plan is not legal.
    """
    flaws = [each.flaw for each in runs if each.flaw]
    if flaws:
        raise ValueError(f"{runs[0].entry.name}: {flaws[0]}")
    return Limit(mean(e.score for e in runs), mean(e.wall for e in runs), mean(e.cpu for e in runs))


def reached(limits: list[Limit], target: float) -> tuple[float, float]:
    """Wall and processor seconds at which the score passes the target, between two limits in
    proportion (log time).
    """
    at = next(i for i, each in enumerate(limits) if each.score >= target)
    if at == 0:
        return limits[0].wall, limits[0].cpu
    low, high = limits[at - 1], limits[at]
    part = (target - low.score) / (high.score - low.score)
    return low.wall * (high.wall / low.wall) ** part, low.cpu * (high.cpu / low.cpu) ** part


def measure(name: str, args: argparse.Namespace) -> tuple[float, float]:
    """Print the row of one problem; wall and processor seconds to the share of its best."""
    problem = load(name)
    (longest,) = outcomes([Entry("ours", name, args.long, args.workers, args.seeds + 1)])
    limits, best, seconds = [limit_of([longest])], longest.score, FIRST_LIMIT
    tried: list[Limit] = []
    while seconds < args.long and not (tried and tried[-1].score >= SHARE * best):
        runs = list(
            outcomes([Entry("ours", name, seconds, args.workers, k + 1) for k in range(args.seeds)])
        )
        tried.append(limit_of(runs))
        best = max(best, *(each.score for each in runs))
        seconds *= RATIO
    wall, cpu = reached(tried + limits, SHARE * best)
    print(
        f"{len(problem.jobs):>5} {len(problem.units):>6} {best:>12}"
        f" {100 * tried[0].score / best:>8.2f}"
        f" {wall:>8.2f} {cpu:>8.2f}",
        flush=True,
    )
    return wall, cpu


def main() -> None:
    """Print a row for each size, then the exponents."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--long", type=float, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    print(
        f"{'jobs':>5} {'units':>6} {'best':>12} {f'% {FIRST_LIMIT} s':>8}"
        f" {'wall s':>8} {'cpu s':>8}"
    )
    times = [measure(f"{WHOLE}/{size}", args) for size in args.sizes]
    sizes = [math.log(size) for size in args.sizes]
    for what, column in zip(("wall", "processor"), zip(*times, strict=True), strict=True):
        fit = linear_regression(sizes, [math.log(seconds) for seconds in column])
        print(
            f"{what} time to {SHARE:.0%} of the best grows with the number of jobs"
            f" to the power of {fit.slope:.2f}"
        )


if __name__ == "__main__":
    main()
