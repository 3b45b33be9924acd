"""``xunban up`` as a real process: it opens, plans, goes on where it was, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import free_port

import solver
from data.store import Store
from ops import service

PATIENCE_S = 90.0  # a loaded machine is slow; nothing here is timed

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent the POSIX way")


def until(met, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"not met in time: {what}"
        time.sleep(0.1)


class Running:
    """One run of ``xunban up`` or ``serve``; its children are found by its own process group and the board's port."""

    def __init__(self, home: Path, command: tuple[str, ...], more: dict[str, str]):
        self.port = free_port()
        self.log = home / "up.log"
        env = {key: value for key, value in os.environ.items() if not key.startswith("XUNBAN")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops", command[0], "--port", str(self.port), *command[1:]], stdout=log,
                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, env=env | {"XUNBAN_HOME": str(home), **more})

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def children(self) -> set[int]:
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[1]) == self.process.pid:
                found.add(int(stat.parent.name))
        return found

    def listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture(scope="module", autouse=True)
def _warm():
    """The search compiled before, so that no plan is made again because it is ready now."""
    solver.warm()


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "settings.toml").write_text("[loop]\nsolve_seconds = 2.0\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(home) -> Iterator:
    started = []

    def start(*command: str, **more: str) -> Running:
        started.append(Running(home, command or ("up",), more))
        return started[-1]

    yield start
    for running in started:
        running.process.kill()
        running.process.wait()


def versions(home: Path) -> list[int]:
    if not (home / "xunban.db").exists():
        return []
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    try:
        operation = store.current_operation()
        return [line.number for line in store.versions(operation.id)] if operation else []
    except Exception:  # the schema is being made
        return []
    finally:
        store.close()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_up_opens_plans_goes_on_where_it_was_and_ends_everything(home, run, how):
    up = run()
    until(lambda: "127.0.0.1" in up.said() and versions(home) == [1], "the board is open and the first plan published")
    assert up.listening()
    children = up.children()
    assert children
    up.process.send_signal(how)
    assert up.process.wait(PATIENCE_S) == 0, up.said()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert not up.listening()

    again = run()
    until(lambda: again.listening() and up.said().count("127.0.0.1") >= 2, "it is open again")
    time.sleep(3)  # a second plan would be made by now
    assert versions(home) == [1]
    again.process.send_signal(how)
    assert again.process.wait(PATIENCE_S) == 0


def test_ending_while_the_search_is_still_being_compiled_leaves_nothing_behind(home, run, tmp_path):
    up = run(XDG_CACHE_HOME=str(tmp_path / "cold"))
    until(lambda: len(up.children()) >= 2, "the board and the compilation are at work")
    children = up.children()
    up.process.terminate()
    assert up.process.wait(PATIENCE_S) == 0, up.said()
    assert not any(Path(f"/proc/{child}").exists() for child in children)
    assert not list(tmp_path.glob("cold/*/*/compiling"))
    assert not [path for path in Path("/proc").glob("[0-9]*/environ") if _cold(path, tmp_path)]


def _cold(environ: Path, tmp_path: Path) -> bool:
    try:
        return f"XDG_CACHE_HOME={tmp_path / 'cold'}".encode() in environ.read_bytes()
    except OSError:
        return False


def test_a_program_that_is_killed_takes_its_board_with_it_and_goes_on_when_started_again(home, run):
    up = run()
    until(lambda: "127.0.0.1" in up.said() and versions(home) == [1], "the board is open and the first plan published")
    children = up.children()
    up.process.kill()
    up.process.wait()
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "its children are gone")
    again = run()
    until(lambda: again.listening(), "it is open again")
    assert versions(home) == [1]


def test_a_taken_port_is_passed_by():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert service.free_port("127.0.0.1", port) > port
        with pytest.raises(OSError, match="taken"):
            service.free_port("127.0.0.1", port, tries=1)


def test_a_board_that_ends_by_itself_ends_the_program_and_says_where_to_look(home, run):
    up = run()
    until(lambda: "127.0.0.1" in up.said(), "the board is open")
    for child in up.children():
        os.kill(child, signal.SIGKILL)
    assert up.process.wait(PATIENCE_S) == 1
    assert "board" in up.said()
