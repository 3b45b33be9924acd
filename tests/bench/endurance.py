"""A long day in a few minutes: taps without end on the running service while it is killed, its
drill's clock is put, its disk is full and strangers stand at the door; afterwards no fact may be
lost or doubled.

``python tests/bench/endurance.py [--minutes 10] [--rate 20] [--attackers 8]``; on this machine's
loopback only. SQLite, as a bureau runs it.

A phone keeps a tap until it is answered, and so does a sender here: what no answer came for is sent
again. Faults come one after the other, `EVERY_S` apart: the whole service killed and started again,
the board alone killed, the drill's clock put an hour on and back, and every file kept from growing
(`RLIMIT_FSIZE`), which is what a full disk does.
"""

import argparse
import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "bench")]

from field_posts import KINDS, addresses, now, serving, wait_until_open

import solver
from data.db.sqlite import sqlite3
from data.store.store import DatabaseError, Store
from ops.auth.permissions import CONSOLE
from ops.intake.sample import load_sample

EVERY_S, FULL_S = 20.0, 5.0
SENDERS, TIMEOUT_S, MOST_MINUTES = 8, 30.0, 60
SETTLED_S = 180.0


def children(pid: int) -> list[int]:
    """A process and all that it began, by what the kernel tells."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            told = Path(f"/proc/{each}/task/{each}/children").read_text()
            found += [int(child) for child in told.split()]
    return found


def memory_mb(pid: int) -> float:
    total = 0
    for each in children(pid):
        with contextlib.suppress(OSError, IndexError, ValueError):
            total += int(Path(f"/proc/{each}/statm").read_text().split()[1])
    return total * os.sysconf("SC_PAGE_SIZE") / 1e6


class Day:
    """What goes on beside the faults, and what came of it."""

    def __init__(self, port: int, targets: list[tuple[str, str]], rate: float):
        self.port, self._targets, self._rate = port, targets, rate
        self.over, self._lock, self._next = threading.Event(), threading.Lock(), 0
        self.kept: list[str] = []
        self.taps: list[float] = []
        self.pages: list[float] = []
        self.answers: Counter[object] = Counter()
        self.refused: Counter[object] = Counter()

    def send(self) -> None:
        """One phone after the other: a tap is sent until it is answered."""
        while not self.over.is_set():
            with self._lock:
                number, self._next = self._next, self._next + 1
            path, job = self._targets[number % len(self._targets)]
            kind = KINDS[number // len(self._targets) % len(KINDS)]
            event = {"event_id": f"day-{number:08d}", "kind": kind, "job_id": job}
            begun, told = time.perf_counter(), None
            while told != 200 and not self.over.is_set():
                told = self._ask("POST", path, json.dumps(event).encode())
                self.answers[told] += 1
                if told in (403, 404, 409, 422):
                    break
                if told != 200:
                    time.sleep(0.5)
            self.taps.append(time.perf_counter() - begun)
            if told == 200:
                self.kept.append(event["event_id"])
            self.over.wait(SENDERS / self._rate)

    def look(self) -> None:
        """A station's page, again and again."""
        while not self.over.is_set():
            begun = time.perf_counter()
            path = self._targets[0][0].removesuffix("/events")
            if self._ask("GET", path) == 200:
                self.pages.append(time.perf_counter() - begun)
            self.over.wait(1.0)

    def attack(self) -> None:
        """Guesses, half-open connections and bodies that nobody asked for."""
        number = 0
        while not self.over.is_set():
            number += 1
            if number % 3 == 0:
                with contextlib.suppress(OSError):
                    door = socket.create_connection(("127.0.0.1", self.port), timeout=2)
                    door.sendall(b"POST /api/incidents HTTP/1.1\r\nContent-Length: 400000000\r\n")
                    self.over.wait(1.0)
                    door.close()
            elif number % 3 == 1:
                self.refused[self._ask("GET", f"/s/made-up-{number}")] += 1
            else:
                self.refused[self._ask("POST", "/api/incidents", b"[" * 60_000)] += 1
            self.over.wait(0.05)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> object:
        door = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT_S)
        try:
            door.request(method, path, body, {"Content-Type": "application/json"})
            answer = door.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            door.close()


def full_disk(pid: int, file: Path) -> None:
    """No file of the service grows any further, for a while."""
    size = max(file.stat().st_size // 2, 4096)
    for each in children(pid):
        with contextlib.suppress(OSError):
            resource.prlimit(each, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    time.sleep(FULL_S)
    for each in children(pid):
        with contextlib.suppress(OSError):
            limits = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(each, resource.RLIMIT_FSIZE, limits)


def put_clock(store: Store, hours: float) -> None:
    operation = store.operations.current()
    with contextlib.suppress(DatabaseError):
        at = operation.now(now()) + timedelta(hours=hours)
        store.operations.set_clock(operation.id, at, now())


def kill_board(pid: int) -> None:
    for each in children(pid)[1:]:
        with contextlib.suppress(OSError):
            if b"dashboard.serve" in Path(f"/proc/{each}/cmdline").read_bytes():
                os.kill(each, signal.SIGKILL)


def live(day: Day, store: Store, url: str, folder: Path, until: float) -> list[float]:
    """Faults until the day is over; the memory of the service at times, in MB."""
    operation, memory, turn = store.operations.current(), [], 0
    while time.monotonic() < until:
        with serving(url, folder, day.port) as child:
            wait_until_open(day.port, store, operation)
            for fault in (
                lambda: kill_board(child.pid),
                lambda: put_clock(store, 1.0),
                lambda: full_disk(child.pid, folder / "xunban.db"),
                lambda: put_clock(store, -1.0),
            ):
                if time.monotonic() >= until:
                    break
                time.sleep(EVERY_S)
                memory.append(memory_mb(child.pid))
                fault()
                turn += 1
            killed = children(child.pid)
            time.sleep(EVERY_S)
            for each in killed:
                with contextlib.suppress(OSError):
                    os.kill(each, signal.SIGKILL)
    print(f"faults {turn}", flush=True)
    return memory


def judge(day: Day, store: Store, folder: Path) -> list[str]:
    """What is wrong afterwards; nothing, if all went well."""
    operation = store.operations.current()
    with contextlib.closing(sqlite3.connect(folder / "xunban.db")) as connection:
        sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
        rows = connection.execute("SELECT event_id FROM field_events").fetchall()
    found = Counter(row[0] for row in rows)
    lines = store.plans.versions(operation.id)
    wrong = [] if sound == "ok" else [f"database: {sound}"]
    wrong += [f"lost {one}" for one in day.kept if not found[one]]
    wrong += [f"doubled {one}" for one, count in found.items() if count > 1]
    if [line.number for line in lines] != list(range(1, len(lines) + 1)):
        wrong.append("versions are missing")
    return wrong


def settle(store: Store, url: str, folder: Path, port: int) -> str:
    """The service alone again: whether it answers what was asked for."""
    operation, until = store.operations.current(), time.monotonic() + SETTLED_S
    with serving(url, folder, port):
        wait_until_open(port, store, operation)
        while time.monotonic() < until:
            if not store.triggers.pending(operation.id):
                return "all answered"
            time.sleep(1)
    return f"{len(store.triggers.pending(operation.id))} causes wait"


def tell(day: Day, memory: list[float], folder: Path, wrong: list[str], settled: str) -> None:
    for name, took in (("taps", day.taps), ("pages", day.pages)):
        if len(took) > 1:
            cuts = statistics.quantiles(took, n=20)
            print(f"{name} {len(took)}: P50 {cuts[9]:.2f} s, P95 {cuts[18]:.2f} s, until answered")
    print(f"kept {len(day.kept)}, answers {dict(day.answers)}, strangers {dict(day.refused)}")
    print(f"memory MB: first {memory[0]:.0f}, last {memory[-1]:.0f}, most {max(memory):.0f}")
    files = sorted(folder.rglob("*"), key=lambda file: -file.stat().st_size)[:4]
    print("files MB:", {file.name: round(file.stat().st_size / 1e6, 1) for file in files})
    print(f"afterwards: {settled}; wrong: {wrong or 'nothing'}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=20.0, help="taps a second")
    parser.add_argument("--attackers", type=int, default=8)
    asked = parser.parse_args()
    if not 0 < asked.minutes <= MOST_MINUTES:
        parser.error(f"at most {MOST_MINUTES} minutes")
    solver.warm()
    with tempfile.TemporaryDirectory() as name:
        folder, url = Path(name), f"sqlite:///{name}/xunban.db"
        (folder / "settings.toml").write_text("[contingency]\nhours = 0.0\n")
        store = Store(url)
        store.migrate()
        load_sample(store, CONSOLE, now(), None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        operation = store.operations.current()
        with serving(url, folder, port):
            wait_until_open(port, store, operation)
        day = Day(port, addresses(store, operation), asked.rate)
        work = [day.send] * SENDERS + [day.look] + [day.attack] * asked.attackers
        threads = [threading.Thread(target=each) for each in work]
        for thread in threads:
            thread.start()
        try:
            memory = live(day, store, url, folder, time.monotonic() + asked.minutes * 60)
        finally:
            day.over.set()
            for thread in threads:
                thread.join()
        settled = settle(store, url, folder, port)
        wrong = judge(day, store, folder)
        tell(day, memory, folder, wrong, settled)
        store.close()
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
