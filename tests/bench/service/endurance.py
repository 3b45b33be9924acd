"""A long day in a quarter of an hour: 24 hours of a drill and a while of real operation on the
running service, while it is killed, its clocks are put, its disk is full, the world outside falls
silent, strangers stand at the door and fifty boards are open; afterwards no fact may be lost or
doubled.

``python tests/bench/service/endurance.py [--minutes 15] [--rate 5] [--boards 50] [--browsers 1]
[--attackers 6]``; on this machine's loopback only. SQLite, as a bureau runs it.

The drill's clock is put on so that 24 hours pass in four fifths of the time, with a storm every
six; then the drill is left, and feeds are asked, too. Faults come one after the other, `EVERY_S`
apart:

- the board, the solver, the loop and all of them at once are killed (SIGKILL);
- the machine's clock is put ``STEP`` on, and back (`day_world.MachineClock`);
- no file of the service grows any further (``RLIMIT_FSIZE``), which is what a full disk does;
- feeds and channels take what they are sent and say nothing, cut the line, or answer by half.
"""

import argparse
import contextlib
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import cycle
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

import solver
from data.store.store import DatabaseError, Store
from ops.auth.permissions import CONSOLE
from ops.intake.operations import ROUND, leave_drill
from ops.intake.sample import load_sample
from tests.bench.service.day_crowd import Crowd, storm
from tests.bench.service.day_watch import Faults, Watch, children, judge, owed, role_of, told
from tests.bench.service.day_world import MachineClock, Outside
from tests.bench.service.field_posts import serving, wait_until_open
from tests.helpers.processes.browsing import free_port

EVERY_S, FULL_S = 15.0, 5.0
IDLE_ROUNDS = 20
"""A plan ends a round, and so does a look at which nothing was due."""
STUCK_S = 180.0
"""No plan of this day takes so long, on however busy a machine (an assumption)."""
STEP = timedelta(minutes=40)
DAY, STORM_H, TURN_S = timedelta(hours=24), 6, 5.0
DRILL_SHARE = 0.8
MOST_MINUTES = 120
SETTINGS = "[contingency]\nhours = 0.0\n[loop]\nsolve_seconds = 2.0\n"


class Service:
    """The service, begun again whenever it has ended."""

    def __init__(self, url: str, folder: Path, port: int, env: dict[str, str]):
        self._url, self._folder, self._port, self._env = url, folder, port, env
        self.over, self.begun = threading.Event(), 0
        self.child: subprocess.Popen | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self.over.is_set():
            with serving(self._url, self._folder, self._port, self._env) as self.child:
                self.begun += 1
                while self.child.poll() is None and not self.over.is_set():
                    time.sleep(0.2)
            time.sleep(1.0)  # as a unit file says

    def pid(self) -> int | None:
        return self.child.pid if self.child and self.child.poll() is None else None

    def end(self) -> None:
        self.over.set()
        self._thread.join()

    def kill(self, *roles: str) -> None:
        """These parts at once."""
        if service := self.pid():
            for each in children(service):
                if role_of(each, service) in roles:
                    with contextlib.suppress(OSError):
                        os.kill(each, signal.SIGKILL)

    def fill_disk(self) -> None:
        """No file grows any further, for a while."""
        file, none = self._folder / "xunban.db", resource.RLIM_INFINITY
        size = max(file.stat().st_size // 2, 4096)
        for limit in ((size, none), (none, none)):
            for each in children(self.pid() or 0):
                with contextlib.suppress(OSError):
                    resource.prlimit(each, resource.RLIMIT_FSIZE, limit)
            if limit[0] == size:
                time.sleep(FULL_S)


def faults(
    service: Service, clock: MachineClock, outside: Outside
) -> Iterator[tuple[str, Callable]]:
    """One after the other, for ever."""

    def falls(way: str) -> None:
        outside.way = way

    yield from cycle(
        (
            ("outside silent", lambda: falls("silent")),
            ("board killed", lambda: service.kill("board")),
            ("disk full", service.fill_disk),
            ("outside reset", lambda: falls("reset")),
            ("solver killed", lambda: service.kill("solver")),
            ("clock on", lambda: clock.put(STEP)),
            ("outside good", lambda: falls("good")),
            ("loop killed", lambda: service.kill("loop")),
            ("clock back", lambda: clock.put(-STEP)),
            ("outside broken", lambda: falls("broken")),
            ("disk full", service.fill_disk),
            ("all killed", lambda: service.kill("loop", "board", "solver")),
            ("outside good", lambda: falls("good")),
        )
    )


def put_on(store: Store, clock: MachineClock, by: timedelta) -> None:
    """The drill's clock, as its trainer does."""
    operation = store.operations.current()
    if operation.is_drill:
        at = operation.now(clock.now()) + by
        store.operations.set_clock(operation.id, at, clock.now())


def live(
    store: Store,
    clock: MachineClock,
    service: Service,
    outside: Outside,
    seconds: float,
    taken: Faults,
) -> dict[str, int]:
    """The day; how often which fault came."""
    begun, came, coming = time.monotonic(), {}, faults(service, clock, outside)
    fault_at, storm_at = begun + EVERY_S, timedelta(0)
    passed, turn = timedelta(0), DAY * TURN_S / (seconds * DRILL_SHARE)
    while (at := time.monotonic()) < begun + seconds:
        with contextlib.suppress(DatabaseError):
            if passed < DAY:
                put_on(store, clock, turn)
                passed += turn
                if passed >= storm_at:
                    storm(store, clock, STORM_H)
                    storm_at += timedelta(hours=STORM_H)
            elif store.operations.current().is_drill:
                leave_drill(store, CONSOLE, clock.now())
                storm(store, clock, STORM_H)
        if at >= fault_at:
            name, fault = next(coming)
            with taken.doing():
                fault()
            came[name] = came.get(name, 0) + 1
            print(f"{at - begun:5.0f} s {name}", flush=True)
            fault_at = time.monotonic() + EVERY_S
        time.sleep(max(at + TURN_S - time.monotonic(), 0))
    return came


def settle(store: Store, clock: MachineClock) -> set[str]:
    """Wait for what was asked for by the end of the day to be answered and told; what is left when
    the loop has gone round `IDLE_ROUNDS` times and did none of it, or goes round no more. How busy
    the machine is makes no difference to that, and what is asked for meanwhile is not waited for.
    """
    left: set[str] | None = None
    round_at, rounds, moved_at = None, 0, time.monotonic()
    while time.monotonic() < moved_at + STUCK_S and rounds < IDLE_ROUNDS:
        with contextlib.suppress(DatabaseError):
            now_left = owed(store, store.operations.current(), clock.now())
            if left is None or left - now_left:
                rounds, moved_at = 0, time.monotonic()
            left = now_left if left is None else left & now_left
            if not left:
                return left
            if (at := store.leases.last_beat(ROUND)) != round_at:
                round_at, rounds, moved_at = at, rounds + 1, time.monotonic()
        time.sleep(2)
    return left or {"the database can't be read"}


def report(crowd: Crowd, watch: Watch, outside: Outside, taken: Faults) -> None:
    """What came of it all."""
    for name, took in {"taps": crowd.taps, **crowd.pages}.items():
        print(told(name, took, taken))
    print(taken.table())
    print(f"kept {len(crowd.kept)} taps and {len(crowd.reported)} reports of incidents")
    print(f"answers {dict(crowd.answers)}, strangers {dict(crowd.strangers)}")
    print(f"pages that failed {dict(crowd.failed)}")
    print(f"outside {dict(outside.told)}, notices taken {len(outside.texts)}")
    print(*watch.table(), sep="\n")


def run(asked: argparse.Namespace, folder: Path) -> list[str]:
    """What is wrong after the day."""
    clock, home = MachineClock(folder), folder / "home"
    home.mkdir()
    outside, url, port = Outside(clock), f"sqlite:///{home}/xunban.db", free_port()
    (home / "settings.toml").write_text(SETTINGS + outside.settings())
    store = Store(url)
    store.migrate()
    load_sample(store, CONSOLE, clock.now(), None)
    service = Service(url, home, port, clock.env)
    wait_until_open(port, store, store.operations.current())
    crowd, watch = Crowd(port, store, clock, asked.rate), Watch(home, service.pid)
    taken = Faults(crowd.answers_door)
    threads = list(crowd.threads(asked.boards, asked.browsers, asked.attackers))
    for thread in threads:
        thread.start()
    try:
        came = live(store, clock, service, outside, asked.minutes * 60, taken)
        outside.way = "good"
        crowd.over.set()
        left = settle(store, clock)
    finally:
        crowd.over.set()
        taken.end()
        watch.end()
        service.end()
        for thread in threads:
            thread.join(60)
    wrong = [*watch.faults(), *judge(crowd, store, home), *sorted(left)]
    report(crowd, watch, outside, taken)
    print(f"faults {came}, begun {service.begun} times, wrong: {wrong or 'nothing'}")
    outside.end()
    store.close()
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=15.0)
    parser.add_argument("--rate", type=float, default=5.0, help="taps a second")
    parser.add_argument("--boards", type=int, default=50)
    parser.add_argument("--browsers", type=int, default=1, help="real ones, beside the boards")
    parser.add_argument("--attackers", type=int, default=6)
    parser.add_argument("--keep", type=Path, help="a folder in which all that was written stays")
    asked = parser.parse_args()
    if not 0 < asked.minutes <= MOST_MINUTES or not 0 < asked.rate <= 100:
        parser.error(f"at most {MOST_MINUTES} minutes and 100 taps a second")
    solver.warm()
    if asked.keep:
        asked.keep.mkdir(parents=True)
        return 1 if run(asked, asked.keep) else 0
    with tempfile.TemporaryDirectory() as name:
        return 1 if run(asked, Path(name)) else 0


if __name__ == "__main__":
    raise SystemExit(main())
