"""From a trigger to a published plan on the bundled sample, and where the time goes.

``python tests/bench/trigger_to_plan.py [--tries 12] [--seconds 8]``, with the repository on the
path.

Each try is a cause as it comes in a storm (a new forecast, an incident, a crew out of action, the
desk's "plan again"), some minutes after the one before, answered by the planning loop with the
solver in its own process. Told are the median and the 95th percentile of the whole, and of each
part of it.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import solver
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample
from ops.planning.prevented import total
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from tests.bench.answers import ask, time_parts

REAL_NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("forecast", "incident", "outage", "again")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=LoopSettings().solve_seconds)
    parser.add_argument("--patience", type=float, default=LoopSettings().patience)
    args = parser.parse_args()
    solver.warm()
    spent: dict[str, float] = defaultdict(float)
    times: dict[str, list[float]] = defaultdict(list)
    time_parts(spent)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        store = Store(f"sqlite:///{folder}/bench.db")
        store.migrate()
        load_sample(store, CONSOLE, REAL_NOW)
        drill = store.operations.current()
        clock = [REAL_NOW]
        limits = LoopSettings(solve_seconds=args.seconds, patience=args.patience)
        loop = Loop(store, Settings(loop=limits), lambda: clock[0])
        stack.callback(loop.stop)
        loop.get_ready()
        loop.beat()
        loop.answer()
        for number in range(args.tries):
            clock[0] += timedelta(minutes=4)
            loop.beat()
            kind = KINDS[number % len(KINDS)]
            ask(store, drill, kind, number, drill.now(clock[0]))
            time.sleep(3)  # what comes in a storm comes some time after the last plan
            spent.clear()
            began = time.perf_counter()
            version = loop.answer()
            spent["whole"] = time.perf_counter() - began
            for name, seconds in spent.items():
                times[name].append(seconds)
            hours = total(version).spared
            print(f"{kind:9} {spent['whole']:6.2f} s  {version.number:3}  {hours:7.1f}", flush=True)
    print(f"{'':15}{'median':>8}{'p95':>8}")
    for name, seconds in sorted(times.items(), key=lambda each: -max(each[1])):
        p95 = sorted(seconds)[min(len(seconds) - 1, int(0.95 * len(seconds)))]
        print(f"{name:15}{statistics.median(seconds):8.2f}{p95:8.2f}")


if __name__ == "__main__":
    main()
