"""How a service fares through a long day, and what is true afterwards."""

import contextlib
import math
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.db.sqlite import sqlite3
from data.model.notice import Notice, NoticeState
from data.model.operation import Operation
from data.store.store import Store
from tests.bench.service.day_crowd import Crowd

EVERY_S = 10.0
Took = tuple[float, float]
"""When something began, by the monotonic clock, and how long it took, in seconds."""
STEADY_S = 2.0
MOST_MB, MOST_FILES = 2500.0, 1200
"""Of a machine of 4 GB the half is left; the unit file allows more files."""
MOST_LOG_MB = 31.0
"""Of one log, in six files of 5 MB."""


def children(pid: int) -> list[int]:
    """A process and all that it began, by what the kernel tells."""
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            for thread in Path(f"/proc/{each}/task").iterdir():
                found += [int(one) for one in (thread / "children").read_text().split()]
    return found


def role_of(pid: int, service: int) -> str:
    """``loop``, ``board`` or ``solver``."""
    if pid == service:
        return "loop"
    with contextlib.suppress(OSError):
        if b"dashboard.serve" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return "board"
    return "solver"


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process holds: its own share of memory in MB, open files, seconds of processor."""

    role: str
    memory: float
    files: int
    seconds: float


def sampled(pid: int, service: int) -> Sample | None:
    try:
        rolled = Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1]
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        files = len(list(Path(f"/proc/{pid}/fd").iterdir()))
    except (OSError, IndexError):
        return None
    ticks = int(fields[11]) + int(fields[12])
    return Sample(role_of(pid, service), int(rolled.split()[0]) / 1000, files, ticks / 100)


class Watch:
    """Looks at the service from time to time."""

    def __init__(self, folder: Path, service: Callable[[], int | None]):
        self._folder, self._service = folder, service
        self._begun = time.monotonic()
        self.rows: list[tuple[float, dict[str, tuple[float, int]], dict[str, float]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            if (service := self._service()) is None:
                continue
            held: dict[str, tuple[float, int]] = {}
            for one in (sampled(pid, service) for pid in children(service)):
                if one is not None:
                    memory, files = held.get(one.role, (0.0, 0))
                    held[one.role] = memory + one.memory, files + one.files
            self.rows.append((time.monotonic() - self._begun, held, sizes(self._folder)))

    def table(self) -> Iterator[str]:
        """A row of about each minute."""
        yield "| min | loop MB, files | board MB, files | solver MB | database MB | logs MB |"
        yield "|---|---|---|---|---|---|"
        for at, held, kept in self.rows[:: max(1, round(60 / EVERY_S))]:
            cells = [f"{at / 60:.0f}"]
            for role in ("loop", "board", "solver"):
                memory, files = held.get(role, (0.0, 0))
                cells.append(f"{memory:.0f}" + (f", {files}" if role != "solver" else ""))
            base = sum(size for name, size in kept.items() if name.startswith("xunban.db"))
            yield f"| {' | '.join(cells)} | {base:.1f} | {logs(kept):.1f} |"

    def faults(self) -> Iterator[str]:
        """What was held beyond all bounds."""
        for at, held, kept in self.rows:
            for role, (memory, files) in held.items():
                if memory > MOST_MB or files > MOST_FILES:
                    yield f"{role} held {memory:.0f} MB and {files} files at {at:.0f} s"
            for name in {name.partition(".log")[0] for name in kept if ".log" in name}:
                if sum(size for file, size in kept.items() if file.startswith(name)) > MOST_LOG_MB:
                    yield f"{name}.log has outgrown its bound at {at:.0f} s"


def sizes(folder: Path) -> dict[str, float]:
    """MB of each file that the service keeps."""
    found = {}
    for file in folder.rglob("*"):
        with contextlib.suppress(OSError):
            if file.is_file():
                found[file.name] = file.stat().st_size / 1e6
    return found


def logs(kept: dict[str, float]) -> float:
    return sum(size for name, size in kept.items() if ".log" in name)


def judge(crowd: Crowd, store: Store, folder: Path) -> Iterator[str]:
    """What is wrong with what was kept; nothing, if all went well."""
    with contextlib.closing(sqlite3.connect(folder / "xunban.db")) as connection:
        yield from _kept_once(crowd, connection)
        operations = [row[0] for row in connection.execute("SELECT id FROM operations")]
    for operation in operations:
        numbers = [line.number for line in store.plans.versions(operation)]
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"versions are missing of operation {operation}"
        causes = Counter(one.cause for one in store.triggers.all(operation))
        yield from (f"cause twice: {cause}" for cause, count in causes.items() if count > 1)
    if (broken := store.desk.broken_seal()) is not None:
        yield f"the audit log's seal is broken at {broken}"


def owed(store: Store, operation: Operation, now: datetime) -> set[str]:
    """What waits for a plan, and what should have been told by now, in words."""
    return {f"nobody answered {one.cause}" for one in store.triggers.pending(operation.id)} | {
        f"notice {one.id} was not told" for one in untold(store, operation, now)
    }


def untold(store: Store, operation: Operation, now: datetime) -> list[Notice]:
    """The notices that should have gone out."""
    waiting = (NoticeState.PENDING, NoticeState.CLAIMED)
    notices = store.outbox.notices(operation.id)
    return [one for one in notices if one.state in waiting and one.next_at <= now]


def _kept_once(crowd: Crowd, connection: sqlite3.Connection) -> Iterator[str]:
    if (sound := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
        yield f"database: {sound}"
    if torn := connection.execute("PRAGMA foreign_key_check").fetchall():
        yield f"rows without what they belong to: {torn[:3]}"
    for kept, column in (
        (crowd.kept, "event_id FROM field_events"),
        (crowd.reported, "external_id FROM incidents WHERE source = 'api:hotline'"),
    ):
        found = Counter(row[0] for row in connection.execute(f"SELECT {column}"))
        yield from (f"lost {one}" for one in set(kept) if not found[one])
        yield from (f"doubled {one}" for one, count in found.items() if count > 1)


class Faults:
    """The time that faults take from the service: from when one is done to it until its door has
    answered for `STEADY_S` without a miss, from the first of those answers back. What lies there is
    told apart, and how long it was is told, too.
    """

    def __init__(self, answers: Callable[[], bool]):
        self._answers, self._over = answers, threading.Event()
        self.spans: list[tuple[float, float]] = []
        self._open_from: float | None = None  # when a fault began that is not over
        self._is_doing, self._good_from = False, math.inf
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        self._close(time.monotonic())

    @contextlib.contextmanager
    def doing(self) -> Iterator[None]:
        """A fault is done."""
        self._close(time.monotonic())  # one that is not over goes over into this one
        self._is_doing, self._open_from = True, time.monotonic()
        try:
            yield
        finally:
            self._good_from, self._is_doing = math.inf, False

    def _look(self) -> None:
        while not self._over.wait(0.2):
            asked, is_good = time.monotonic(), self._answers()
            if self._is_doing or not is_good:
                self._good_from = math.inf
            elif asked - self._good_from >= STEADY_S:
                self._close(self._good_from)
            else:
                self._good_from = min(self._good_from, asked)

    def _close(self, at: float) -> None:
        if self._open_from is not None:
            self.spans.append((self._open_from, at))
            self._open_from = None

    def touch(self, took: Took) -> bool:
        """Whether something fell into one of them, in part."""
        begun, end = took[0], took[0] + took[1]
        return any(first < end and begun < last for first, last in self.spans)

    def table(self) -> str:
        """How many there were and how long they were."""
        lengths = [last - first for first, last in self.spans]
        longest = max(lengths, default=0.0)
        return f"faults took {sum(lengths):.0f} s in {len(lengths)}, the longest {longest:.1f} s"


def told(name: str, took: Sequence[Took], faults: Faults) -> str:
    """P50, P95 and the longest: of all, and of those that no fault fell into."""
    calm = [one for one in took if not faults.touch(one)]
    return f"{name}: {_quantiles(took)}; beside faults {_quantiles(calm)}"


def _quantiles(took: Sequence[Took]) -> str:
    lasted = [one for _, one in took]
    if len(lasted) < 2:
        return f"{len(lasted)}"
    cuts = statistics.quantiles(lasted, n=20)
    p50, p95 = f"P50 {cuts[9]:.2f} s", f"P95 {cuts[18]:.2f} s"
    return f"{len(lasted)} with {p50}, {p95}, longest {max(lasted):.1f} s"
