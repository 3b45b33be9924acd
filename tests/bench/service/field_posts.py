"""A storm of taps: 100 reports a second for a minute, posted to the running service while it plans
again and again.

``python tests/bench/service/field_posts.py [--rate 100] [--seconds 60] [--sqlite-only] [--behind 0]
[--system-sqlite]``; on this machine's loopback only. ``--behind 1`` puts two years behind it first
(`grown`); ``--system-sqlite`` has the service use the system's library, as where there is no build
of ours: an older one keeps no write-ahead log. The seconds of processor that the board's process
took for a tap stand beside what the phones saw, for a machine that others use.

Each post is sent at its own instant of a fixed beat, whatever became of those before it, and its
time counts from that instant until the answer is there: a server that falls behind is not spared.
Afterwards every tap that was answered 200 must be in the database, once. The database is durable as
a bureau runs it (SQLite as delivered, PostgreSQL with fsync).
"""

import argparse
import contextlib
import http.client
import json
import os
import queue
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import solver
from data.db.sqlite import sqlite3
from data.model.operation import Operation, TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.field.progress import own_jobs
from ops.intake.sample import load_sample
from ops.notifications.notices import NotifySettings
from ops.notifications.signed_links import Links
from tests.bench.service.grown import grow
from tests.helpers.processes import postgres

SENDERS = 64
MOST_RATE, MOST_SECONDS = 500, 300
REPLAN_S = 15  # between two causes to plan
KINDS = ("accept", "depart", "arrive", "clear")
TIMEOUT_S = 30.0
PATH = os.environ.get("PYTHONPATH", str(ROOT))


def now() -> datetime:
    return datetime.now(UTC)


def addresses(store: Store, operation: Operation) -> list[tuple[str, str]]:
    """The path of the events of each crew and machine, with each job that it has, and of its
    station where it has no link of its own: no link alone sends more than its budget lets it.
    """
    links, city = Links(store, NotifySettings(link_hours=720.0), now), store.city()
    version = store.plans.current(operation.id)
    tokens = {
        (station.id, whose): links.token(operation.id, version.number, station.id, whose)
        for station in city.stations
        for whose in (None, *city.resource_by_id)
    }
    found = []
    for station in city.stations:
        for name, job in own_jobs(version, station.id, city).items():
            own = [tokens.get((station.id, one.resource_id)) for one in job.members]
            to = [one for one in own if one] or [tokens[station.id, None]]
            found += [(f"/s/{token}/events", name) for token in to]
    return found


class Taps:
    """What was sent when, and what came of it."""

    def __init__(self, port: int, targets: list[tuple[str, str]], senders: int = SENDERS):
        self._port, self._targets, self._senders = port, targets, senders
        self._waiting: queue.Queue = queue.Queue()
        self.took: list[float] = []
        self.answers: Counter[object] = Counter()
        self.kept: list[str] = []

    def run(self, rate: int, seconds: int) -> None:
        threads = [threading.Thread(target=self._send_all) for _ in range(self._senders)]
        for thread in threads:
            thread.start()
        begun = time.perf_counter()
        for number in range(rate * seconds):
            due = begun + number / rate
            time.sleep(max(due - time.perf_counter(), 0))
            self._waiting.put((number, due))
        for _ in threads:
            self._waiting.put(None)
        for thread in threads:
            thread.join()

    def _send_all(self) -> None:
        door = http.client.HTTPConnection("127.0.0.1", self._port, timeout=TIMEOUT_S)
        while (one := self._waiting.get()) is not None:
            number, due = one
            path, job = self._targets[number % len(self._targets)]
            event = {
                "event_id": f"bench-{number:08d}",
                "kind": KINDS[number // len(self._targets) % 4],
                "job_id": job,
            }
            try:
                door.request("POST", path, json.dumps(event), {"Content-Type": "application/json"})
                answer = door.getresponse()
                answer.read()
                told: object = answer.status
            except OSError as error:
                told = type(error).__name__
                door.close()
            self.took.append(time.perf_counter() - due)
            self.answers[told] += 1
            if told == 200:
                self.kept.append(event["event_id"])
        door.close()


def plan_again(store: Store, operation: Operation, ended: threading.Event) -> None:
    """Ask for a plan every few seconds."""
    number = 0
    while not ended.is_set():
        number += 1
        store.triggers.request(
            operation.id, f"manual:bench-{number}", TriggerKind.MANUAL, operation.now(now())
        )
        ended.wait(REPLAN_S)


@contextlib.contextmanager
def serving(url: str, folder: Path, port: int, more: Mapping[str, str] = MappingProxyType({})):
    """``xunban serve`` as a process, which ends with the block."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("XUNBAN")}
    env |= {"XUNBAN_HOME": str(folder), "XUNBAN_DB": url, "PYTHONPATH": PATH} | more
    with (folder / "said.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "ops", "serve", "--port", str(port)],
            stdout=log,
            stderr=log,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
        )
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


def wait_until_open(port: int, store: Store, operation: Operation) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            if store.plans.current(operation.id):
                return
        time.sleep(0.2)
    raise TimeoutError("the service did not open")


def begin_again(folder: Path) -> int:
    """This bench where Python's own SQLite is used, and by itself, too: the connection of a newer
    library would keep the service from giving the write-ahead log up.
    """
    missing = folder / "pysqlite3"
    missing.mkdir()
    (missing / "__init__.py").write_text("raise ImportError")
    env = os.environ | {"PYTHONPATH": f"{folder}{os.pathsep}{ROOT}"}
    arguments = [one for one in sys.argv if one != "--system-sqlite"]
    return subprocess.call([sys.executable, *arguments], env=env)


def processor_s(pid: int) -> float:
    """Seconds of processor that the board below a service has taken."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"dashboard.serve" in Path(f"/proc/{child}/cmdline").read_bytes():
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
                return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def measure(title: str, url: str, folder: Path, asked: argparse.Namespace) -> None:
    rate, seconds, store = asked.rate, asked.seconds, Store(url)
    if asked.behind:
        grow(store, now(), asked.behind)
    else:
        store.migrate()
        load_sample(store, CONSOLE, now(), None)
    operation = store.operations.current()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with serving(url, folder, port) as service:
        wait_until_open(port, store, operation)
        worked = processor_s(service.pid)
        taps, ended = Taps(port, addresses(store, operation)), threading.Event()
        planner = threading.Thread(target=plan_again, args=(store, operation, ended))
        planner.start()
        begun = time.perf_counter()
        taps.run(rate, seconds)
        lasted = time.perf_counter() - begun
        worked = (processor_s(service.pid) - worked) / len(taps.took)
        ended.set()
        planner.join()
        versions = len(store.plans.versions(operation.id))
    found = Counter(event.event_id for event in store.field.events(operation.id))
    lost, doubled = (
        [one for one in taps.kept if not found[one]],
        [one for one in found if found[one] > 1],
    )
    cuts = statistics.quantiles(taps.took, n=100)
    errors = sum(count for told, count in taps.answers.items() if told != 200)
    print(
        f"| {title} | {len(taps.took)} | {lasted:.0f} | {versions} | {cuts[49]:.3f} | "
        f"{cuts[94]:.3f} | "
        f"{cuts[98]:.3f} | {max(taps.took):.3f} | {errors} | {len(lost)} | {len(doubled)} | "
        f"{worked * 1000:.1f} |",
        flush=True,
    )
    print(f"    answers {dict(taps.answers)}", file=sys.stderr)
    store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--rate", type=int, default=100, choices=range(1, MOST_RATE + 1), metavar="PER_S"
    )
    parser.add_argument(
        "--seconds", type=int, default=60, choices=range(1, MOST_SECONDS + 1), metavar="S"
    )
    parser.add_argument("--sqlite-only", action="store_true")
    parser.add_argument("--behind", type=float, default=0.0, help="share of two years (0 to 1)")
    parser.add_argument("--system-sqlite", action="store_true", help="Python's own library")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if asked.system_sqlite:
            raise SystemExit(begin_again(Path(folder)))
        bench(asked, Path(folder))


def bench(asked: argparse.Namespace, folder: Path) -> None:
    """A line for each database."""
    solver.warm()
    print(
        "| database | posts | took s | versions | P50 s | P95 s | P99 s | "
        "max s | errors | lost | doubled | processor ms a tap |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for name in ("sqlite", "postgresql"):
        (folder / name).mkdir()
    title = f"SQLite {sqlite3.sqlite_version}"
    measure(title, f"sqlite:///{folder}/sqlite/xunban.db", folder / "sqlite", asked)
    if not asked.sqlite_only:
        with postgres.server(durable=True) as server:
            server.prepare()
            measure("PostgreSQL", server.fresh(), folder / "postgresql", asked)


if __name__ == "__main__":
    main()
