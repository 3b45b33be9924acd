"""``xunban up``: the planning loop and the board, started together and ended together."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ops.loop import Loop
from ops.schedule import ticking
from solver import begin_warming

log = logging.getLogger(__name__)

BOARD_PATIENCE_S = 60.0
END_PATIENCE_S = 8.0


class BoardFailed(Exception):
    """The board's process ended, or did not open its port in time; its log says why."""


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
    """The board's process (Streamlit), with its output in a log file."""

    def __init__(self, db_url: str, host: str, port: int, log_file: Path):
        root = Path(__file__).resolve().parent.parent
        command = [sys.executable, "-m", "streamlit", "run", str(root / "dashboard" / "serve.py"),
                   "--server.address", host, "--server.port", str(port), "--server.headless", "true",
                   "--browser.gatherUsageStats", "false"]
        self.url = f"http://{'127.0.0.1' if host in ('0.0.0.0', '::') else host}:{port}"
        self._address = ("127.0.0.1" if host == "0.0.0.0" else host, port)
        self._log = log_file.open("ab")
        # a session of its own: Ctrl-C reaches us alone, and we end the board in order; should we be killed, the board
        # sees its standard input close and ends too
        self._child = subprocess.Popen(command, cwd=root, env=os.environ | {"XUNBAN_DB": db_url,
                                                                            "XUNBAN_PARENT": "stdin"},
                                       stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.PIPE,
                                       start_new_session=True)

    def wait_until_open(self, stopped: threading.Event) -> None:
        """Return when the board answers on its port, or when we are stopped.

        Raises
        ------
        BoardFailed
            It ended or took too long.
        """
        until = time.monotonic() + BOARD_PATIENCE_S
        while not stopped.is_set():
            if not self.alive() or time.monotonic() > until:
                raise BoardFailed(self._log.name)
            try:
                socket.create_connection(self._address, timeout=1).close()
                return
            except OSError:
                stopped.wait(0.2)

    def alive(self) -> bool:
        return self._child.poll() is None

    def end(self) -> None:
        """Ask it to end; after a while, end it."""
        self._child.terminate()
        try:
            self._child.wait(END_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child.stdin.close()
        self._log.close()


def run(loop: Loop, board: Board, stopped: threading.Event, on_open: Callable[[str], None]) -> None:
    """Serve until ``stopped`` is set (Ctrl-C, SIGTERM); then end every process that was started.

    Raises
    ------
    BoardFailed
        The board ended by itself.
    """
    scheduler = ticking(loop, on_failure=lambda error: log.error("tick failed: %s", error))
    warming = begin_warming()
    try:
        loop.beat()
        scheduler.start()
        board.wait_until_open(stopped)
        if not stopped.is_set():
            on_open(board.url)
        improved = False
        while not stopped.wait(1.0):
            if not board.alive():
                raise BoardFailed("board")
            if warming.done and not improved:
                loop.improve()
                improved = True
    finally:
        loop.stop()
        if scheduler.running:
            scheduler.shutdown(wait=True)
        warming.stop()
        board.end()


def stop_on_signals() -> threading.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stopped = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stopped.set())
    return stopped
