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
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import solver
from data.model.operation import Operation
from data.store.plans import Plans
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.field.calls.incidents import IncidentReport, report
from ops.field.outages import take_out
from ops.intake import alerts
from ops.intake.sample import load_sample
from ops.planning.prevented import total
from ops.replanning import replan, solver_process
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings

REAL_NOW = datetime(2026, 1, 1, tzinfo=UTC)
PARTS: tuple[tuple[str, object, str], ...] = (
    ("gather", replan, "planning_request"),
    ("problem", replan, "solver_input_for"),
    ("solver process", solver_process.Solving, "solve"),
    ("referee", solver_process, "violations"),
    ("version", replan, "new_version"),
    ("save", Plans, "save"),
    ("confirm", Plans, "confirm"),
)


def timed(spent: dict[str, float], name: str, call: Callable) -> Callable:
    def wrapped(*args: object, **named: object) -> object:
        began = time.perf_counter()
        try:
            return call(*args, **named)
        finally:
            spent[name] += time.perf_counter() - began

    return wrapped


def ask(store: Store, drill: Operation, number: int, now: datetime) -> str:
    """One cause of four kinds, by turns; what it was."""
    kind = ("forecast", "incident", "outage", "again")[number % 4]
    city = store.city()
    if kind == "forecast":
        best = store.weather.latest_forecast(drill.id, now)
        factor = 1.0 + 0.05 * (number % 3 - 1)
        steps = tuple(replace(step, mm=step.mm * factor) for step in best.steps)
        alerts.take_forecast(store, drill, replace(best, steps=steps, fetched_at=now), now)
    elif kind == "incident":
        segment = city.segments[number % len(city.segments)].id
        told = IncidentReport(
            kind="standing_water",
            by="热线",
            source="desk",
            reported_at=now,
            segment_id=segment,
            depth_cm=15.0,
        )
        report(store, drill, CONSOLE, told, now)
    elif kind == "outage":
        take_out(store, drill, CONSOLE, city.crews[number % len(city.crews)].id, "", now)
    alerts.plan_again(store, drill, CONSOLE, now)
    return kind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=LoopSettings().solve_seconds)
    parser.add_argument("--patience", type=float, default=LoopSettings().patience)
    args = parser.parse_args()
    solver.warm()
    spent: dict[str, float] = defaultdict(float)
    times: dict[str, list[float]] = defaultdict(list)
    for name, where, attribute in PARTS:
        setattr(where, attribute, timed(spent, name, getattr(where, attribute)))
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
            kind = ask(store, drill, number, drill.now(clock[0]))
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
