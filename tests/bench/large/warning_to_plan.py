"""From a warning to a published plan in a large made-up district, and what it costs.

``python tests/bench/large/warning_to_plan.py [--tries 3] [--streets] [--profile]``: 1,250 segments,
17,000 inlets, 12 stations, 60 crews, 40 machines. The first plan answers the warning; the others
answer what comes in a storm. Told of each are seconds of the clock and of the processor (ours and
the solver's), where they went, and the size of the version as it is stored; at the end the most
memory that a process of ours held.
"""

import argparse
import contextlib
import cProfile
import pstats
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from sqlalchemy import text

import solver
from data.db.engine import reading
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from data.streets.reading import read_streets
from ops.auth.permissions import CONSOLE
from ops.base.collector import look_seldom
from ops.district.tables import replace_city
from ops.intake.sample import load_sample
from ops.intake.streets import load_streets
from ops.planning.prevented import total
from ops.runtime.planning_loop import Loop
from ops.settings import LoopSettings, Settings
from tests.bench.answers import ask, time_parts
from tests.bench.large.made_up import Size, make_district, streets

REAL_NOW = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = ("incident", "outage", "again")


def cpu() -> float:
    """Seconds of the processor, ours and those of our children that have ended."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    used = [resource.getrusage(who) for who in whose]
    return sum(one.ru_utime + one.ru_stime for one in used)


def fill(store: Store, folder: Path, size: Size, with_streets: bool) -> Operation:
    """The district with a warning in force that no plan answers yet."""
    store.migrate()
    city = make_district(size)
    replace_city(store, CONSOLE, city, REAL_NOW)
    if with_streets:
        path = folder / "streets.geojson"
        path.write_text(streets(city), encoding="utf-8")
        load_streets(store, CONSOLE, read_streets(path), REAL_NOW)
    load_sample(store, CONSOLE, REAL_NOW, keep_city=True)
    return store.operations.current()


def stored_bytes(store: Store, version: PlanVersion) -> dict[str, int]:
    """What a version takes in the database, by table, as text."""
    found = {}
    tables = ("versions", "assignments", "members", "rests")
    with reading(store._engine) as connection:
        for table in tables:
            rows = connection.execute(
                text(f"SELECT * FROM {table} WHERE operation_id = :o AND number = :n"),
                {"o": version.operation_id, "n": version.number},
            )
            found[table] = sum(
                len(value) if isinstance(value, bytes) else len(str(value).encode())
                for row in rows
                for value in row
            )
    return found


@contextlib.contextmanager
def profiled(wanted: bool) -> Iterator[None]:
    if not wanted:
        yield
        return
    profile = cProfile.Profile()
    profile.enable()
    yield
    profile.disable()
    pstats.Stats(profile).sort_stats("cumulative").print_stats(70)
    pstats.Stats(profile).sort_stats("tottime").print_stats(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tries", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=LoopSettings().solve_seconds)
    parser.add_argument("--streets", action="store_true")
    parser.add_argument("--profile", action="store_true", help="of our own process")
    args = parser.parse_args()
    look_seldom()  # as where the loop runs
    solver.warm()
    spent: dict[str, float] = defaultdict(float)
    time_parts(spent)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        store = Store(f"sqlite:///{folder}/bench.db")
        began = time.perf_counter()
        drill = fill(store, Path(folder), Size(), args.streets)
        print(f"district taken in: {time.perf_counter() - began:.1f} s")
        clock = [REAL_NOW]
        limits = LoopSettings(solve_seconds=args.seconds)
        loop = Loop(store, Settings(loop=limits), lambda: clock[0])
        stack.callback(loop.stop)
        loop.get_ready()
        loop.beat()
        kind = "warning"
        for number in range(args.tries + 1):
            spent.clear()
            began, worked = time.perf_counter(), cpu()
            with profiled(args.profile):
                version = loop.answer()
            whole, worked = time.perf_counter() - began, cpu() - worked
            parts = "  ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items())
            print(f"{kind:9} {whole:6.2f} s  cpu {worked:6.2f}  {parts}")
            jobs, spared = len(version.assignments), total(version).spared
            print(
                f"  v{version.number} {jobs} assignments, {len(version.left_out)} left out,"
                f" {spared:.1f} h, fallback={version.fallback}"
            )
            stored = stored_bytes(store, version)
            print(f"  stored {sum(stored.values()) / 1e6:.2f} MB: {stored}", flush=True)
            clock[0] += timedelta(minutes=4)
            loop.beat()
            kind = KINDS[number % len(KINDS)]
            ask(store, drill, kind, number, drill.now(clock[0]))
    for who, of in ((resource.RUSAGE_SELF, "loop"), (resource.RUSAGE_CHILDREN, "solver")):
        print(f"{of}: at most {resource.getrusage(who).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
