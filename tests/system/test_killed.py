"""``kill -9`` of the planning program at random instants: no half plan, none lost or doubled, no
notice lost.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from data.model.operation import OperationKind
from data.store.store import Store
from tests.helpers.makers import NOW, both_databases, make_city
from tests.helpers.paths import ROOT
from tests.helpers.processes import robots
from tests.helpers.processes.killed import command
from tests.helpers.processes.killing import ask, check, settled, wait_until_settled

pytestmark = [
    both_databases,
    pytest.mark.skipif(sys.platform == "win32", reason="killed the POSIX way"),
]


@contextmanager
def program(
    url: str, robot: robots.Robot, base: float, end_at: int = 0
) -> Iterator[subprocess.Popen]:
    """The program, ready; killed at the end whatever it does. ``end_at``: by itself, at that
    boundary of a transaction.
    """
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as errors:
        child = subprocess.Popen(
            command(url, robot.url, base, end_at),
            env=env,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        try:
            assert child.stdout.readline() == b"ready\n"
            yield child
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            errors.seek(0)
            sys.stderr.write(errors.read().decode())  # pytest shows it where a test fails


def kill_often(store: Store, url: str, robot: robots.Robot, kills: int) -> int:
    """Ask, let it work for a while, kill it, again; then let one finish, and one plan more. How
    many were asked for.
    """
    base, chance, requests = time.time(), random.Random(kills), 0
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.DRILL, NOW, NOW)
    for _ in range(kills):
        with program(url, robot, base):
            for _ in range(chance.randint(1, 3)):
                ask(store, operation, requests, base)
                requests += 1
                time.sleep(chance.uniform(0.1, 1.0))
    with program(url, robot, base):
        wait_until_settled(store, operation)
        ask(store, operation, requests, base)
        wait_until_settled(store, operation)
    return requests + 1


def test_a_program_that_is_killed_loses_and_doubles_nothing(store, store_url):
    with robots.robot() as robot:
        check(store, robot, kill_often(store, store_url, robot, kills=1))


@pytest.mark.slow
def test_a_program_that_is_killed_at_every_boundary_of_its_transactions_loses_and_doubles_nothing(
    store, store_url
):
    """It ends itself by SIGKILL before and after each commit of a write in turn, until it gets to
    the end.
    """
    base, boundary, requests, at_the_end = time.time(), 1, 0, False
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.DRILL, NOW, NOW)
    with robots.robot() as robot:
        while not at_the_end:
            whole = settled(
                store, operation
            )  # else it takes up what the one before left: that has fewer boundaries
            if whole:
                ask(store, operation, requests, base)
                requests += 1
            with program(store_url, robot, base, end_at=boundary) as child:
                while child.poll() is None and not settled(store, operation):
                    time.sleep(0.05)
                time.sleep(0.3)  # a boundary may lie behind the last of what can be seen
                died = child.poll() is not None
            boundary += died
            at_the_end = whole and not died
        print(f"{boundary - 1} boundaries")
        assert boundary > 20
        check(store, robot, requests)


@pytest.mark.slow
def test_a_program_that_is_killed_a_hundred_and_fifty_times_loses_and_doubles_nothing(
    store, store_url
):
    with robots.robot() as robot:
        check(store, robot, kill_often(store, store_url, robot, kills=150))
