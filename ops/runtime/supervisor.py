"""``xunban up`` and ``xunban serve``: the planning loop and the board, started together and ended
together.
"""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from data.store.store import DatabaseError
from ops.base.collector import look_seldom
from ops.base.json_logs import keep_output
from ops.runtime.fleet import Fleet
from ops.runtime.planning_loop import Loop
from ops.runtime.programs import Program
from ops.runtime.scheduler import end_ticking, tick_now, ticking
from solver import begin_warming

log = logging.getLogger(__name__)
BOARD_PATIENCE_S = 60.0
END_PATIENCE_S = 8.0  # for ticks and board together; then they are left behind, as a kill would
LOOK_S = 10.0  # between two looks at whether loop and board are well
LOOP_S = 0.5
MOST_DEAF = 3  # looks in a row that it does not answer
MOST_PATIENT = 3  # times that so many are doubled
STEADY_S = 300.0  # one that has run for so long is started again at once
LONGEST_REST_S = 60.0
ANSWER_S = 5.0  # what a board that is well takes at most to say so


def free_port(host: str, wanted: int, tries: int = 20) -> int:
    """The first port from ``wanted`` on that nobody listens on.

    Raises
    ------
    OSError
        All of them are taken.
    """
    for port in range(wanted, wanted + tries):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            if sys.platform != "win32":  # there the option means something else: two may listen
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"ports {wanted} to {wanted + tries - 1} are all taken")


class Board:
    """The board's process (Streamlit), with its output in a log file; started again, after a while
    that grows, whenever it ends or hangs. One that was begun anew is given more time to answer:
    all who look at it come back at once, and to end it for that would only begin it all again.
    """

    def __init__(self, db_url: str, host: str, port: int, log_file: Path):
        self.url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
        self.log = log_file
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)
        self._command = [
            *(sys.executable, "-m", "dashboard.serve"),
            *("--address", host, "--port", str(port)),
        ]
        self._env = os.environ | {"XUNBAN_DB": db_url, "XUNBAN_PARENT": "stdin"}
        self._failures = self._deaf = 0
        self._open = False
        self._next_at = 0.0
        self._start()

    def _start(self) -> None:
        # a session of its own: Ctrl-C reaches us alone, and we end the board in order; should we be
        # killed, the board sees its standard input close and ends too
        self._child = subprocess.Popen(
            self._command,
            cwd=Path(__file__).resolve().parents[2],
            env=self._env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._child.stdout is not None, "it was asked for"
        self._writing = threading.Thread(
            target=keep_output, args=(self._child.stdout, self.log), name="board log", daemon=True
        )
        self._writing.start()
        self._begun_at, self._open, self._deaf = time.monotonic(), False, 0

    def look(self) -> str:
        """How it is, after what can be done about it: ``opening``, ``open`` or ``down``. It is not
        waited for.
        """
        now = time.monotonic()
        if not self.alive():
            return self._again(now, "ended by itself")
        if not self._open:
            if now - self._begun_at > BOARD_PATIENCE_S:
                return self._again(now, "did not open its port")
            self._open = self._is_listening()
            return "open" if self._open else "opening"
        if now - self._looked_at < LOOK_S:
            return "open"
        self._looked_at = now
        self._deaf = 0 if self.answers() else self._deaf + 1
        if self._deaf >= MOST_DEAF * 2 ** min(self._failures, MOST_PATIENT):
            return self._again(now, "does not answer")
        if now - self._begun_at > STEADY_S:
            self._failures = 0
        return "open"

    _looked_at = 0.0

    def _again(self, now: float, why: str) -> str:
        """End what is left of it, and start it once its time has come."""
        if not self._next_at:
            rest_s = min(2.0**self._failures, LONGEST_REST_S)
            log.error("the board %s; it is started again in %.0f s: see %s", why, rest_s, self.log)
            self._failures, self._next_at = self._failures + 1, now + rest_s
            self.end(0.1)
        if now >= self._next_at:
            self._next_at = 0.0
            self._start()
        return "down"

    def _is_listening(self) -> bool:
        try:
            socket.create_connection(self._address, timeout=1).close()
        except OSError:
            return False
        return True

    def alive(self) -> bool:
        return self._child.poll() is None

    def answers(self) -> bool:
        """Whether it serves: a process that hangs still holds its port open."""
        try:
            with socket.create_connection(self._address, timeout=ANSWER_S) as door:
                door.sendall(b"GET /_stcore/health HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return b" 200 " in door.recv(64)
        except OSError:
            return False

    def terminate(self) -> None:
        with suppress(OSError):
            self._child.terminate()

    def end(self, patience_s: float) -> None:
        """Wait for it to end; after a while, end it."""
        try:
            self._child.wait(patience_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdin:
            self._child.stdin.close()
        self._writing.join(1.0)


def run(
    loop: Loop | Fleet,
    board: Board,
    stopped: threading.Event,
    on_open: Callable[[str], None],
    on_well: Callable[[], None] = lambda: None,
    on_down: Callable[[Path], None] = lambda _log: None,
    on_behind: Callable[[Program], None] = lambda _program: None,
) -> None:
    """Serve until ``stopped`` is set (Ctrl-C, SIGTERM); then end every process that was started.
    Planning never waits for the board.

    Parameters
    ----------
    on_open
        Told the board's address whenever it can be opened.
    on_well
        Called every few seconds while the loop beats, whatever the board does.
    on_down
        Told where the board's log is when it ended or hangs.
    on_behind
        Told once which other program leads while this one stands by.
    """
    look_seldom()
    scheduler = ticking(loop)
    warming = begin_warming()
    try:
        loop.beat()
        scheduler.start()
        prepared, told_at, before, last = False, time.monotonic(), loop.clock(), "opening"
        known: Program | None = None
        while not stopped.wait(LOOP_S):
            if loop.clock() < before:
                log.warning("the clock was put back")
                tick_now(scheduler, loop)
            before = loop.clock()
            if time.monotonic() - told_at >= LOOK_S and loop.beats():
                told_at = time.monotonic()
                on_well()
                if (leads := _leads_before(loop)) and leads != known:
                    known = leads
                    on_behind(leads)
            last, was = board.look(), last
            if last != was and last == "open":
                on_open(board.url)
            elif last != was and last == "down":
                on_down(board.log)
            if warming.is_over and not prepared:
                prepared = True
                loop.get_ready()
                if warming.done:
                    loop.improve()
    finally:
        warming.stop()
        _end(lambda: end_ticking(scheduler, loop), board)


def _leads_before(loop: Loop | Fleet) -> Program | None:
    with suppress(DatabaseError):
        return loop.behind()
    return None


def _end(end_ticks: Callable[[], None], board: Board) -> None:
    """End ticks and board side by side. A tick that hangs (a channel, a database that does not
    answer) is left behind, and the exit code says so: what it held is done again by whoever leads
    next, as after a kill.
    """
    until = time.monotonic() + END_PATIENCE_S
    board.terminate()
    ending = threading.Thread(target=end_ticks, name="end", daemon=True)
    ending.start()
    board.end(END_PATIENCE_S)
    ending.join(max(until - time.monotonic(), 0.1))
    if ending.is_alive():
        log.error("a tick did not end within %s s and is left behind", END_PATIENCE_S)
        logging.shutdown()
        os._exit(1)


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stopped = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopped.set())
    return stopped
