"""``xunban up`` as a real process: it opens, plans, goes on where it was, and leaves nothing
behind.
"""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest

from ops.runtime import supervisor
from tests.helpers.service import PATIENCE_S, Running, until, versions
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
    up = run()
    until(
        lambda: "127.0.0.1" in up.output() and versions(home) == [1],
        "the board is open and the first plan published",
    )
    assert up.listening()
    end(up, signal.SIGTERM)

    second = run()
    until(lambda: second.listening() and up.output().count("127.0.0.1") >= 2, "it is open again")
    time.sleep(3)  # a second plan would be made by now
    assert versions(home) == [1]
    end(second, signal.SIGINT)


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


def test_a_program_that_is_killed_takes_its_board_with_it_and_goes_on_when_started_again(home, run):
    up = run()
    until(
        lambda: "127.0.0.1" in up.output() and versions(home) == [1],
        "the board is open and the first plan published",
    )
    children = up.children()
    up.process.kill()
    up.process.wait()
    until(
        lambda: not any(Path(f"/proc/{child}").exists() for child in children),
        "its children are gone",
    )
    second = run()
    until(lambda: second.listening(), "it is open again")
    assert versions(home) == [1]


def test_a_taken_port_is_passed_by():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert supervisor.free_port("127.0.0.1", port) > port
        with pytest.raises(OSError, match="taken"):
            supervisor.free_port("127.0.0.1", port, tries=1)


def test_a_board_that_ends_by_itself_ends_the_program_and_says_where_to_look(home, run):
    up = run()
    until(lambda: "127.0.0.1" in up.output(), "the board is open")
    for child in up.children():
        os.kill(child, signal.SIGKILL)
    assert up.process.wait(PATIENCE_S) == 1
    assert "board" in up.output()
