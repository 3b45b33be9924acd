"""Solvers side by side: each run in a fresh process, one after the other, its answer judged by our
referee.
"""

import argparse
import importlib.util
import multiprocessing
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from solver import Plan, Problem
from solver.referee import violations
from tests.bench.solvers.instances import PROFIT_POINTS, best_profit, load

PACKAGES = {"pyvrp": "pyvrp", "vroom": "pyvroom"}
"""What to install for each peer, in an environment of the bench's own."""
TOPTW_SCALE = PROFIT_POINTS // 1000
"""PyVRP does best on TOPTW with prizes of 1000 for each point of profit."""


@dataclass(frozen=True)
class Entry:
    """One run: `engine` is ``ours``, ``pyvrp`` or ``vroom``; `name` as `instances.load`
    knows it.
    """

    engine: str
    name: str
    seconds: float
    workers: int = 1
    seed: int = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    `share` is the percentage of the best known profit (TOPTW only); `flaw` the first rule that the
    plan breaks, empty for a legal one; `dropped` the jobs of a peer's answer that had to go, or
    went because the plan is better without.
    """

    entry: Entry
    score: int
    share: float
    wall: float
    cpu: float
    dropped: int
    flaw: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that every bench with entrants has."""
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--parallel", type=int, default=1, help="runs at a time, each in its own process"
    )


def present(peers: Iterable[str]) -> list[str]:
    """The peers that are installed; a line for each that is not."""
    found = []
    for peer in peers:
        if importlib.util.find_spec(peer):
            found.append(peer)
        else:
            print(
                f"{peer} is skipped: to have it, run  pip install {PACKAGES[peer]}"
                "  in a virtual environment"
            )
    return found


def outcomes(entries: list[Entry], parallel: int = 1) -> Iterator[Outcome]:
    """What came of each entry, in their order."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(parallel, spawn, max_tasks_per_child=1) as pool:
        yield from pool.map(_outcome, entries)


def _outcome(entry: Entry) -> Outcome:
    problem = load(entry.name)
    plan, wall, cpu, dropped = (_ours if entry.engine == "ours" else _peer)(problem, entry)
    share = float("nan")
    if ":" in entry.name:
        profit = (
            sum(problem.job_by_id[each.job].weight for each in plan.assignments) // PROFIT_POINTS
        )
        share = 100 * profit / best_profit(*entry.name.split(":"))
    flaw = next(iter(violations(problem, plan)), "")
    return Outcome(entry, plan.score, share, wall, cpu, dropped, flaw)


def _ours(problem: Problem, entry: Entry) -> tuple[Plan, float, float, int]:
    from solver import solve, warm

    warm()
    wall, cpu = time.monotonic(), time.process_time()
    plan = solve(problem, seconds=entry.seconds, workers=entry.workers, seed=entry.seed)
    return plan, time.monotonic() - wall, time.process_time() - cpu, 0


def _peer(problem: Problem, entry: Entry) -> tuple[Plan, float, float, int]:
    """A peer's best answer, by our score, of those that it gave."""
    from tests.bench.solvers.peer_days import plan_of

    if entry.engine == "vroom":
        from tests.bench.solvers import peer_vroom

        answers, wall, cpu = peer_vroom.answer(problem, entry.seconds, entry.workers)
    else:
        from tests.bench.solvers import peer_pyvrp

        scale = TOPTW_SCALE if ":" in entry.name else 1
        answers, wall, cpu = peer_pyvrp.answer(problem, entry.seconds, entry.seed, scale)
    plan, dropped = max(
        (plan_of(problem, routes) for routes in answers), key=lambda each: each[0].score
    )
    return plan, wall, cpu, dropped
