"""How good plans are within a time: ``python tests/bench/solvers/quality.py --seconds 5 rich-s-11
c104:3``.

Prints a row for each problem: score, for TOPTW the share of the best known profit and for the
storms of format 2 of the best known score, proven gap, seconds to the first plan and in all, steps,
peak memory.
"""

import argparse
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from solver import solve, warm
from solver.referee import violations
from tests.bench.solvers.instances import FOLDER, PROFIT_POINTS, best_profit, load
from tests.bench.solvers.storms import best_known

STORMS = "storm2-s-1 storm2-s-2 storm2-m-1 storm2-m-2 storm2-l-1"
RICH = "rich-s-11 rich-s-12 rich-s-13 rich-m-11 rich-m-12 rich-l-11"
TOPTW = "c104:3 c108:4 r104:2 r112:4 r203:1 rc102:3 rc206:2 rc208:1"


def row(name: str, seconds: float, workers: int, seed: int, patience: float | None) -> str:
    """Solve one problem; its line of the table."""
    problem = load(name)
    began = time.monotonic()
    plan = solve(problem, seconds=seconds, workers=workers, seed=seed, patience=patience)
    wall = time.monotonic() - began
    broken = violations(problem, plan)
    share = ""
    if ":" in name:
        profit = (
            sum(problem.job_by_id[each.job].weight for each in plan.assignments) // PROFIT_POINTS
        )
        share = f"{100 * profit / best_profit(*name.split(':')):.2f}"
    if name.startswith("storm2-"):
        share = f"{100 * plan.score / best_known(name):.2f}"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    first, steps = plan.stats.get("first_s"), plan.stats.get("steps", 0)
    cells = (
        f"{plan.score:>12} {share:>7} {100 * plan.gap:>7.2f}"
        f" {first:>7} {wall:>6.2f} {steps:>9} {memory:>6}"
    )
    return f"{name:<11} {cells}  {'; '.join(broken) or 'legal'}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=f"{STORMS} {RICH} {TOPTW}".split())
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--patience", type=float, help="end early when stalled, see `solve`")
    args = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"no benchmark folder at {FOLDER}")
    warm()
    print(
        f"{'problem':<11} {'score':>12} {'% best':>7} {'gap %':>7}"
        f" {'first s':>7} {'all s':>6} {'steps':>9} {'MB':>6}"
    )
    for name in args.names:
        print(row(name, args.seconds, args.workers, args.seed, args.patience), flush=True)


if __name__ == "__main__":
    main()
