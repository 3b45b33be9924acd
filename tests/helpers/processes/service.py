"""``xunban up`` and ``serve`` as a process of its own, which ends with the test."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store.store import Store
from tests.helpers.processes.browsing import free_port

PATIENCE_S = 90.0  # a loaded machine is slow; nothing here is timed


def until(met, what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not met():
        assert time.monotonic() < deadline, f"not met in time: {what}"
        time.sleep(0.1)


class Running:
    """One run of ``xunban up`` or ``serve``; its children are found by its own process group and
    the board's port.
    """

    def __init__(self, home: Path, command: tuple[str, ...], more: dict[str, str]):
        self.port = free_port()
        self.log = home / "up.log"
        env = {key: value for key, value in os.environ.items() if not key.startswith("XUNBAN")}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ops", command[0], "--port", str(self.port), *command[1:]],
                stdout=log,
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                env=env | {"XUNBAN_HOME": str(home), **more},
            )

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def children(self) -> set[int]:
        children = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            if int(fields[1]) == self.process.pid:
                children.add(int(stat.parent.name))
        return children

    def listening(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


@pytest.fixture
def home(tmp_path) -> Path:
    (tmp_path / "settings.toml").write_text("[loop]\nsolve_seconds = 0.5\n", encoding="utf-8")
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
        operation = store.operations.current()
        return [line.number for line in store.plans.versions(operation.id)] if operation else []
    except Exception:  # the schema is being made
        return []
    finally:
        store.close()
