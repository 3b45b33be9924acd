"""Sixty-four districts on a real PostgreSQL: all write as in a storm while fifty boards look, and
what the desk above and the planning process ask goes on beside them.

``python tests/bench/service/many_districts.py [--districts 64] [--boards 50] [--seconds 60]``, with
the repository on the path. Commits are durable, as a bureau runs them. Everything stands in one
process, over one pool of connections, as the board has it. Told are how soon a tap is kept, how
soon a board has its situation and the desk above its districts, what failed, how many connections
were open at most, and whether every row that was written is there, in its own district.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from dashboard.model.situation import look
from data.model.field import EventKind
from data.model.headquarters.members import Member
from data.store.batching import DoorStore
from data.store.store import MAIN, Store
from ops.auth.permissions import CONSOLE
from ops.base.sites import Site
from ops.documents.sources import read_city
from ops.field.reports import Report, take_report
from ops.headquarters.exchange import summarise
from ops.headquarters.register import Register
from ops.intake.sample import load_sample
from ops.settings import Settings
from tests.helpers.makers import make_version
from tests.helpers.processes import postgres

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOARD_EVERY_S, ABOVE_EVERY_S = 2.0, 10.0
TAP_EVERY_S = 1.0  # of each district: a station's crews in a storm


class Kept:
    """What was measured, by name, and what failed."""

    def __init__(self) -> None:
        self.spans: dict[str, list[float]] = defaultdict(list)
        self.failures: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()

    def time(self, name: str, do: Callable[[], object]) -> None:
        began = time.perf_counter()
        try:
            do()
        except Exception as error:  # whatever it is: it is counted
            with self._lock:
                self.failures[f"{name}: {type(error).__name__}: {error}"[:160]] += 1
        else:
            with self._lock:
                self.spans[name].append(time.perf_counter() - began)

    def lines(self) -> None:
        for name, spans in sorted(self.spans.items()):
            spans.sort()
            p50, p95 = (spans[min(len(spans) - 1, int(q * len(spans)))] for q in (0.5, 0.95))
            print(f"{name:10} {len(spans):6}  p50 {p50:6.3f} s  p95 {p95:6.3f} s  {spans[-1]:6.3f}")
        for name, count in self.failures.items():
            print(f"failed     {count:6}  {name}")


def installation(url: str, folder: Path, districts: int) -> tuple[Register, list[Store]]:
    """So many districts, each the sample with a plan."""
    register, stores = Register(Site(MAIN, folder, url)), []
    Store(url).migrate()
    for number in range(districts):
        member = Member(id=f"d{number}", name=f"区{number}", city=f"市{number % 8}", added_at=NOW)
        store = DoorStore(register.add(CONSOLE, member, NOW).url)
        load_sample(store, CONSOLE, NOW)
        drill = store.operations.current()
        store.plans.save(replace(make_version(drill.id), operation_id=drill.id), [], NOW)
        stores.append(store)
    return register, stores


def tap(store: Store, number: int) -> None:
    """A station asks something: an event and no plan."""
    drill = store.operations.current()
    station = store.city().stations[number % 3]
    report = Report(
        event_id=f"tap-{number:08}",
        version=1,
        station_id=station.id,
        kind=EventKind.ACCEPT,
    )
    take_report(store, drill, CONSOLE, report, NOW + timedelta(seconds=number))


def every(seconds: float, until: float, do: Callable[[int], None], pause: random.Random) -> None:
    """Do it again and again, begun at a time of its own."""
    due, number = time.monotonic() + pause.random() * seconds, 0
    while due < until:
        time.sleep(max(0.0, due - time.monotonic()))
        do(number)
        due, number = max(due + seconds, time.monotonic()), number + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--districts", type=int, default=64)
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with postgres.server(durable=True) as server, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        server.prepare()
        register, stores = installation(server.fresh(), Path(folder), args.districts)
        print(f"{args.districts} districts made in {time.perf_counter() - began:.0f} s", flush=True)
        run(register, stores, args.boards, args.seconds, server)
        register.close()
        for store in stores:
            store.close()


def run(
    register: Register, stores: list[Store], boards: int, seconds: float, server: postgres.Server
) -> None:
    kept, written, pause = Kept(), defaultdict(int), random.Random(1)
    until, most = time.monotonic() + seconds, [0]
    above, settings = register.store, Settings()

    def taps(at: int) -> Callable[[int], None]:
        def once(number: int) -> None:
            kept.time("tap", lambda: tap(stores[at], number))
            written[at] = number + 1

        return once

    def board(at: int) -> Callable[[int], None]:
        store = stores[at % len(stores)]

        def once(_: int) -> None:
            kept.time(
                "board", lambda: look(store, read_city(store), NOW, timedelta(minutes=30), settings)
            )

        return once

    def publish(_: int) -> None:
        for number, store in enumerate(stores):
            told = summarise(store, f"d{number}", settings, NOW)
            kept.time("publish", lambda told=told: above.members.publish(told))

    def headquarters(_: int) -> None:
        kept.time("above", lambda: (above.members.all(), above.members.summaries()))

    def count(_: int) -> None:
        with server._connect("postgres") as connection:
            (found,) = connection.execute("SELECT count(*) FROM pg_stat_activity").fetchone()
            most[0] = max(most[0], found)

    jobs = [(TAP_EVERY_S, taps(at)) for at in range(len(stores))]
    jobs += [(BOARD_EVERY_S, board(at)) for at in range(boards)]
    jobs += [(ABOVE_EVERY_S, publish), (ABOVE_EVERY_S, headquarters), (1.0, count)]
    began, cpu = time.monotonic(), time.process_time()
    with ThreadPoolExecutor(len(jobs)) as pool:
        for span, do in jobs:
            pool.submit(every, span, until, do, random.Random(pause.random()))
    took = time.monotonic() - began
    kept.lines()
    print(f"{took:.0f} s, {(time.process_time() - cpu) / took:.2f} processors of this process")
    print(f"connections at most {most[0]}")
    wrong = [at for at, store in enumerate(stores) if _events(store) != written[at]]
    print(f"districts that do not hold all of their own taps and no other: {wrong}")


def _events(store: Store) -> int:
    drill = store.operations.current()
    return len(store.field.events(drill.id))


if __name__ == "__main__":
    main()
