"""``xunban up`` as a real process: it opens, plans, goes on where it was, and leaves nothing
behind.
"""

import os
import signal
import socket
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.model.operation import TriggerKind
from data.store.store import Store
from ops.runtime import supervisor
from tests.helpers.processes.browsing import free_port
from tests.helpers.processes.service import PATIENCE_S, Running, until, versions
from tests.helpers.stepwise import wait_for_compiled_code

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """The search compiled before, so that no plan is made again because it is ready now."""
    wait_for_compiled_code()


def end(up: Running, how: signal.Signals) -> None:
    """It ends well, and leaves nothing behind."""
    children = up.children()
    assert children
    up.process.send_signal(how)
    assert up.process.wait(PATIENCE_S) == 0, up.output()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert not up.listening()


def test_up_opens_plans_goes_on_where_it_was_and_ends_everything(home, run):
    """Ended by a signal, it goes on where it was; so it does when it was killed, which takes its
    board with it.
    """
    first = run()
    until(
        lambda: "127.0.0.1" in first.output() and versions(home) == [1],
        "the board is open and the first plan published",
    )
    assert first.listening()
    end(first, signal.SIGTERM)

    second = run()
    until(lambda: second.listening() and first.output().count("127.0.0.1") >= 2, "it is open again")
    time.sleep(3)  # a second plan would be made by now
    assert versions(home) == [1]
    children = second.children()
    second.process.kill()
    second.process.wait()
    until(
        lambda: not any(Path(f"/proc/{child}").exists() for child in children),
        "its children are gone",
    )

    third = run()
    until(lambda: third.output().count("/here/") == 3, "it is open again")
    assert third.listening()
    assert versions(home) == [1]
    a_killed_board_is_started_again_and_planning_goes_on(home, third)
    end(third, signal.SIGINT)


def a_killed_board_is_started_again_and_planning_goes_on(home: Path, up: Running) -> None:
    opened, first = up.output().count("/here/"), board_of(up)
    os.kill(first, signal.SIGKILL)
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    operation = store.operations.current()
    now = operation.now(datetime.now(UTC))
    store.triggers.request(operation.id, "manual:while-it-is-down", TriggerKind.MANUAL, now)
    until(lambda: not store.triggers.pending(operation.id), "what asks meanwhile is answered")
    store.close()
    until(lambda: up.output().count("/here/") == opened + 1, "the board is open again")
    assert "排班照常进行" in up.output()
    assert board_of(up) != first


def test_ending_while_the_search_is_still_being_compiled_leaves_nothing_behind(home, run, tmp_path):
    up = run(XDG_CACHE_HOME=str(tmp_path / "cold"))
    until(lambda: len(up.children()) >= 2, "the board and the compilation are at work")
    children = up.children()
    up.process.terminate()
    assert up.process.wait(PATIENCE_S) == 0, up.output()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert not list(tmp_path.glob("cold/*/*/compiling"))
    assert not [path for path in Path("/proc").glob("[0-9]*/environ") if _cold(path, tmp_path)]


def _cold(environ: Path, tmp_path: Path) -> bool:
    try:
        return f"XDG_CACHE_HOME={tmp_path / 'cold'}".encode() in environ.read_bytes()
    except OSError:
        return False


def test_a_taken_port_is_passed_by():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert supervisor.free_port("127.0.0.1", port) > port
        with pytest.raises(OSError, match="taken"):
            supervisor.free_port("127.0.0.1", port, tries=1)


def board_of(up: Running) -> int:
    """The board's process."""
    return next(
        child
        for child in up.children()
        if b"dashboard.serve" in Path(f"/proc/{child}/cmdline").read_bytes()
    )


class Board(supervisor.Board):
    """A board that is another program."""

    program = ""

    def _start(self) -> None:
        self.starts = getattr(self, "starts", 0) + 1
        self._command = [sys.executable, "-c", self.program, str(self._address[1])]
        super()._start()


SERVES = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Page).serve_forever()
"""


@pytest.fixture
def quick(monkeypatch):
    for name, seconds in (("LOOK_S", 0.1), ("ANSWER_S", 0.3), ("BOARD_PATIENCE_S", 3.0)):
        monkeypatch.setattr(supervisor, name, seconds)
    monkeypatch.setattr(supervisor, "LONGEST_REST_S", 0.2)


def start(program: str, tmp_path, monkeypatch) -> Board:
    monkeypatch.setattr(Board, "program", program)
    return Board("sqlite:///x", "127.0.0.1", free_port(), tmp_path / "board.log")


def test_a_board_that_hangs_is_ended_and_started_again(tmp_path, monkeypatch, quick):
    board = start(SERVES, tmp_path, monkeypatch)
    until(lambda: board.look() == "open", "it opens")
    os.kill(board._child.pid, signal.SIGSTOP)
    until(lambda: board.look() == "down", "it is given up")
    until(lambda: board.look() == "open", "another one is open")
    assert board.starts == 2
    board.end(0.1)


def test_a_board_that_was_begun_anew_has_longer_to_answer(tmp_path, monkeypatch, quick):
    """All who look come back at once: one that is only busy is not ended again and again."""
    board = start(SERVES, tmp_path, monkeypatch)
    monkeypatch.setattr(board, "answers", lambda: False)
    looks = []
    for _ in range(3):
        until(lambda: board.look() == "open", "it is open")
        deafest = 0
        while board.look() == "open":
            deafest = max(deafest, board._deaf)
            time.sleep(0.01)
        looks.append(deafest)
    assert looks == [2, 5, 11]
    board.end(0.1)


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import time; time.sleep(600)"])
def test_a_board_that_never_opens_is_tried_again_and_nobody_waits_for_it(
    tmp_path, monkeypatch, quick, program
):
    board = start(program, tmp_path, monkeypatch)
    longest = 0.0

    def look() -> bool:
        nonlocal longest
        begun = time.monotonic()
        board.look()
        longest = max(longest, time.monotonic() - begun)
        return board.starts >= 3

    until(look, "it is tried again and again")
    assert longest < 2
    board.end(0.1)


def test_a_log_that_can_not_be_written_holds_up_no_board(tmp_path, monkeypatch, quick):
    (tmp_path / "board.log").mkdir()
    board = start(
        "print('x' * 80 + chr(10), end='', flush=True)\n" * 3 + SERVES, tmp_path, monkeypatch
    )
    until(lambda: board.look() == "open", "it opens all the same")
    board.end(0.1)
