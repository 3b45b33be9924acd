"""``xunban serve`` and its unit: what a system manager starts, watches and ends."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from typer.testing import CliRunner

from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.cli.app import cli
from ops.intake.sample import load_sample
from ops.runtime import scheduler as schedule
from ops.runtime import supervisor
from ops.runtime.systemd import notifier, unit_text
from tests.helpers.processes.service import PATIENCE_S, until, versions
from tests.helpers.stepwise import wait_for_compiled_code

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is for Linux")


@pytest.fixture(scope="module", autouse=True)
def _warm():
    wait_for_compiled_code()


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "settings.toml").write_text("[loop]\nsolve_seconds = 0.5\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def manager():
    """A socket that hears what a service tells its manager; its path must be short (108 bytes)."""
    with (
        tempfile.TemporaryDirectory(prefix="xb") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard,
    ):
        heard.bind(f"{folder}/notify")
        heard.settimeout(PATIENCE_S)
        yield heard


def test_a_service_without_a_database_says_what_to_do_and_makes_nothing(home, run):
    serve = run("serve")
    assert serve.process.wait(PATIENCE_S) == 1
    assert "xunban init" in serve.output()
    assert not (home / "xunban.db").exists()


@pytest.fixture
def refused(home, monkeypatch) -> Callable[..., str]:
    """What ``serve`` says that ends before it begins: in this process, whose signals and log stay
    as they are.
    """
    monkeypatch.setattr(supervisor, "stop_on_signals", threading.Event)
    monkeypatch.setattr("ops.cli.serve.log_to", lambda *_: None)

    def serve(*options: str) -> str:
        done = CliRunner().invoke(cli, ["serve", *options], env={"XUNBAN_HOME": str(home)})
        assert done.exit_code == 1
        return done.output

    return serve


def test_a_service_begins_no_drill_by_itself(home, refused):
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    store.migrate()
    assert "xunban init" in refused()
    assert store.is_empty()
    assert store.operations.current() is None
    store.close()


def test_a_service_tells_its_manager_that_it_is_ready_and_well_and_ends_when_told(
    home, run, manager
):
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    store.migrate()
    load_sample(store, CONSOLE, datetime.now(UTC))
    store.close()
    serve = run("serve", "--journal", NOTIFY_SOCKET=manager.getsockname())
    before = set(iter(lambda: manager.recv(100), b"READY=1"))
    assert before <= {b"WATCHDOG=1"}, "where its board opens slowly it is well before it is ready"
    assert serve.listening()
    assert manager.recv(100) == b"WATCHDOG=1"
    until(lambda: versions(home) == [1], "the first plan is published")
    assert "ops.replanning.replan published version=1" in serve.output(), (
        "the journal has what the log has"
    )
    assert "ops.replanning.replan published version=1" in (home / "log" / "xunban.log").read_text(
        encoding="utf-8"
    )
    serve.process.send_signal(signal.SIGTERM)
    assert serve.process.wait(PATIENCE_S) == 0, serve.output()
    assert not serve.listening()


def test_a_service_takes_no_other_port_than_the_one_it_was_given(home, refused):
    store = Store(f"sqlite:///{home / 'xunban.db'}")
    store.migrate()
    load_sample(store, CONSOLE, datetime.now(UTC))
    store.close()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "taken" in refused("--port", str(taken.getsockname()[1]))


def test_the_unit_is_one_that_systemd_takes(tmp_path):
    odd = tmp_path / "the home 100%"
    text = unit_text(
        [sys.executable, "-m", "ops", "serve", "--port", "8501"], tmp_path, odd, "root"
    )
    assert f'ReadWritePaths="{tmp_path}/the home 100%%"' in text
    tool = shutil.which("systemd-analyze")
    if tool is None:
        pytest.skip("no systemd-analyze here: the unit was not verified")
    unit = tmp_path / "xunban.service"
    unit.write_text(text, encoding="utf-8")
    done = subprocess.run([tool, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(text.replace("Restart=always", "Restart=perhaps"), encoding="utf-8")
    assert subprocess.run(
        [tool, "verify", str(unit)], capture_output=True, text=True, check=False
    ).stderr


def test_states_reach_a_socket_without_a_name_in_the_file_system_and_nobody_is_no_error():
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("\0xunban-test-notify")
        heard.settimeout(PATIENCE_S)
        notifier({"NOTIFY_SOCKET": "@xunban-test-notify"})("READY=1")
        assert heard.recv(100) == b"READY=1"
    notifier({"NOTIFY_SOCKET": "@xunban-test-notify"})("READY=1")
    notifier({})("READY=1")


class Answering(supervisor.Board):
    """A board whose process is a socket of the test's."""

    def __init__(self, port: int):
        self._address = ("127.0.0.1", port)


@pytest.mark.parametrize(
    ("answer", "well"),
    [(b"HTTP/1.1 200 OK\r\n\r\nok", True), (b"HTTP/1.1 503 No\r\n\r\n", False), (b"", False)],
)
def test_a_board_is_well_when_it_says_so(answer, well):
    with socket.create_server(("127.0.0.1", 0)) as server:

        def once():
            connection, _ = server.accept()
            connection.recv(1000)
            connection.sendall(answer)
            connection.close()

        thread = threading.Thread(target=once)
        thread.start()
        assert Answering(server.getsockname()[1]).answers() is well
        thread.join()


def test_a_board_that_hangs_is_not_well(monkeypatch):
    monkeypatch.setattr(supervisor, "ANSWER_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        board = Answering(server.getsockname()[1])
        assert not board.answers(), "its port is open and nobody answers"
    assert not board.answers()


class Beating:
    """A loop that only counts its beats and answers, by a clock that can be put back."""

    def __init__(self):
        self.back = timedelta(0)
        self.beats = self.answers = 0

    def clock(self) -> datetime:
        return datetime.now(UTC) - self.back

    def beat(self) -> None:
        self.beats += 1

    def answer(self) -> None:
        self.answers += 1

    def nothing(self) -> None:
        pass

    watch = rounds = prepare = send = poll = back_up = tidy = stop = nothing


@pytest.fixture
def ticking(monkeypatch) -> Iterator[tuple[Beating, BackgroundScheduler]]:
    """Ticks that have begun, by the loop's clock."""
    loop = Beating()

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return loop.clock().astimezone(tz)

    monkeypatch.setattr(schedule, "BEAT_S", 0.1)
    for part in ("schedulers", "executors"):
        monkeypatch.setattr(f"apscheduler.{part}.base.datetime", Clock)
    scheduler = schedule.ticking(loop)
    scheduler.start()
    until(lambda: loop.beats > 1, "it beats")
    yield loop, scheduler
    schedule.end_ticking(scheduler, loop)


def at_rest(loop: Beating) -> int:
    """How often it had beaten when it stopped: what was due by the old clock may still come."""
    beats = -1

    def still() -> bool:
        nonlocal beats
        before, beats = beats, loop.beats
        time.sleep(5 * schedule.BEAT_S)
        return before == beats == loop.beats

    until(still, "it waits")
    return beats


def test_ticks_go_on_when_the_clock_is_put_back_ten_hours(ticking):
    loop, scheduler = ticking
    loop.back = timedelta(hours=10)
    before = at_rest(loop)  # by itself it would wait ten hours
    schedule.tick_now(scheduler, loop)
    until(lambda: loop.beats > before + 1, "it beats again")


def test_ticks_that_were_slept_through_are_not_made_up_for(ticking):
    loop, _ = ticking
    loop.back = timedelta(hours=-10)
    before = loop.beats, loop.answers
    until(lambda: loop.beats > before[0] + 5, "it beats on")
    until(lambda: loop.answers > before[1], "it answers on")
    assert loop.answers - before[1] < 100, "36,000 were missed"
    assert loop.beats - before[0] < 1000, "360,000 were missed"
