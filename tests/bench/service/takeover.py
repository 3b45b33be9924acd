"""How long the city is without a planner: ``kill -9`` of the leader, until the next one leads and
has answered.

``python tests/bench/service/takeover.py [--tries 20] [--sqlite-only] [--restarts 10]``, with the
repository on the path.

Takeover: two programs plan on one database, each with the real ticks and the real solver; the one
that leads is killed at a random moment, and at that moment a cause is asked for. Told are the
seconds until the other one holds the lease, and until the cause is answered by a published plan.
Then a new second program is started, and so on.

Restart: ``xunban serve`` alone is killed with its board while a cause waits, and started again as
systemd would (after ``RestartSec``); told are the seconds from the kill until the cause is
answered.
"""

import argparse
import contextlib
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from sqlalchemy import text

import solver
from data.model.operation import Operation, TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample
from ops.runtime.planning_loop import Loop
from ops.runtime.scheduler import ticking
from ops.runtime.systemd import RESTART_S
from ops.settings import Settings
from tests.bench.service.field_posts import serving
from tests.helpers.processes import postgres

PATIENCE_S = 120.0
LOOK_S = 0.05


def now() -> datetime:
    return datetime.now(UTC)


def plan_until_killed(url: str) -> None:
    """A planning program: the ticks of the real one, without a board."""
    ticks = ticking(Loop(Store(url), Settings(feeds=()), now))
    ticks.start()
    print("ready", flush=True)
    while os.getppid() != 1:
        time.sleep(1)


def started(url: str) -> subprocess.Popen:
    child = subprocess.Popen(
        [sys.executable, __file__, "--child", url],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    child.stdout.readline()
    return child


def leader(store: Store) -> int:
    """The process that holds the lease; 0 while none does."""
    with store._engine.connect() as connection:
        row = connection.execute(text("SELECT holder FROM leases WHERE name = 'leader'")).first()
    return int(row.holder.split(":")[1]) if row and row.holder else 0


def wait_for(met, what: str) -> float:
    """When it was met, by the monotonic clock."""
    until = time.monotonic() + PATIENCE_S
    while not met():
        if time.monotonic() > until:
            raise TimeoutError(what)
        time.sleep(LOOK_S)
    return time.monotonic()


def ask(store: Store, operation: Operation, number: int) -> str:
    cause = f"manual:takeover-{number}"
    store.triggers.request(operation.id, cause, TriggerKind.MANUAL, operation.now(now()))
    return cause


def leading(store: Store, others: tuple[int, ...]) -> float:
    """When a process leads that is none of ``others``."""
    return wait_for(lambda: leader(store) not in (0, *others), "a leader")


def answered(store: Store, operation: Operation, cause: str) -> float:
    """When the cause has its answer."""
    return wait_for(
        lambda: store.triggers.get(operation.id, cause).answered_by is not None, "an answer"
    )


def takeovers(url: str, tries: int) -> list[tuple[float, float]]:
    """Seconds until the other one leads, and until the cause is answered."""
    store, chance, found = Store(url), random.Random(1), []
    load_sample(store, CONSOLE, now(), None)
    children = [started(url), started(url)]
    try:
        operation = store.operations.current()
        wait_for(lambda: store.plans.current(operation.id), "the first plan")
        for number in range(tries):
            time.sleep(2 + chance.uniform(0, 4))
            first = leader(store)
            (dead,) = [child for child in children if child.pid == first]
            cause = ask(store, operation, number)
            dead.send_signal(signal.SIGKILL)
            killed = time.monotonic()
            dead.wait()
            found.append(
                (leading(store, (first,)) - killed, answered(store, operation, cause) - killed)
            )
            children = [child for child in children if child is not dead] + [started(url)]
    finally:
        for child in children:
            child.kill()
            child.wait()
            child.stdout.close()
        store.close()
    return found


def restarts(url: str, folder: Path, tries: int) -> list[tuple[float, float]]:
    """Seconds from the kill until somebody leads again, and until the cause is answered."""
    store, found, chance = Store(url), [], random.Random(2)
    load_sample(store, CONSOLE, now(), None)
    operation = store.operations.current()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    killed = cause = dead = None
    for number in range(tries + 1):
        with serving(url, folder, port) as child:
            if cause:
                found.append(
                    (leading(store, (dead,)) - killed, answered(store, operation, cause) - killed)
                )
            else:
                wait_for(lambda: store.plans.current(operation.id), "the first plan")
            time.sleep(2 + chance.uniform(0, 4))
            cause, dead = ask(store, operation, number), child.pid
            child.kill()
            killed = time.monotonic()
        time.sleep(RESTART_S)
    store.close()
    return found


def tell(what: str, found: list[tuple[float, float]]) -> None:
    leads, done = zip(*found, strict=True)
    print(
        f"| {what} | {len(found)} | {statistics.median(leads):.1f} | {max(leads):.1f} "
        f"| {statistics.median(done):.1f} | {max(done):.1f} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--child")
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=10)
    parser.add_argument("--sqlite-only", action="store_true")
    asked = parser.parse_args()
    if asked.child:
        plan_until_killed(asked.child)
        return
    solver.warm()
    print(
        "| | tries | leads again: median s | max | answered: median s | max |\n"
        "|---|---|---|---|---|---|",
        flush=True,
    )
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        urls = []
        for name in ("takeover", "restart"):
            (Path(folder) / name).mkdir()
            urls.append((f"SQLite, {name}", f"sqlite:///{folder}/{name}/xunban.db", name))
        if not asked.sqlite_only:
            server = stack.enter_context(postgres.server(durable=True))
            server.prepare()
            urls += [
                (f"PostgreSQL, {name}", server.fresh(), name) for name in ("takeover", "restart")
            ]
        for title, url, name in urls:
            store = Store(url)
            store.migrate()
            store.close()
            if name == "takeover":
                tell(title, takeovers(url, asked.tries))
            else:
                tell(title, restarts(url, Path(folder) / name, asked.restarts))


if __name__ == "__main__":
    main()
