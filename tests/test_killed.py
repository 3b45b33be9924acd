"""``kill -9`` of the planning program at random instants: no half plan, none lost or doubled, no notice lost."""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import robots
from killed import fast_clock
from makers import NOW, both_databases, make_city, make_forecast

from data.entities import OperationKind, PlanState
from data.events import NoticeState
from data.store import Store
from ops import intake
from solver import Problem
from solver.check import violations
from solver.plan import Plan

pytestmark = [both_databases, pytest.mark.skipif(sys.platform == "win32", reason="killed the POSIX way")]
PATIENCE_S = 120.0
HERE = Path(__file__).resolve().parent


@contextmanager
def program(url: str, robot: robots.Robot, base: float, end_at: int = 0) -> Iterator[subprocess.Popen]:
    """The program, ready; killed at the end whatever it does. ``end_at``: by itself, at that boundary of a transaction.
    """
    env = os.environ | {"PYTHONPATH": f"{HERE.parent}{os.pathsep}{HERE}"}
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen([sys.executable, str(HERE / "killed.py"), url, robot.url, str(base),
                                  str(end_at)], env=env,
                                 stdout=subprocess.PIPE, stderr=said)
        try:
            assert child.stdout.readline() == b"ready\n"
            yield child
        finally:
            child.send_signal(signal.SIGKILL)
            child.wait()
            child.stdout.close()
            said.seek(0)
            sys.stderr.write(said.read().decode())  # pytest shows it where a test fails


def ask(store: Store, operation, number: int, base: float) -> None:
    """A forecast that no one has seen, with its rain at another hour: jobs move."""
    now = operation.now(fast_clock(base))
    intake.take_forecast(store, operation, make_forecast({10 + number % 7: 5.0 + number}, now), now)


def settled(store: Store, operation) -> bool:
    return not store.pending(operation.id) and not store.undelivered(operation.id)


def kill_often(store: Store, url: str, robot: robots.Robot, kills: int) -> int:
    """Ask, let it work for a while, kill it, again; then let one finish, and one plan more. How many were asked for."""
    base, chance, asked = time.time(), random.Random(kills), 0
    store.replace_city(make_city())
    operation = store.start_operation(OperationKind.DRILL, NOW, NOW)
    for _ in range(kills):
        with program(url, robot, base):
            for _ in range(chance.randint(1, 3)):
                ask(store, operation, asked, base)
                asked += 1
                time.sleep(chance.uniform(0.1, 1.0))
    with program(url, robot, base):
        wait_until_settled(store, operation)
        ask(store, operation, asked, base)
        wait_until_settled(store, operation)
    return asked + 1


def wait_until_settled(store: Store, operation) -> None:
    until = time.monotonic() + PATIENCE_S
    while not settled(store, operation):
        assert time.monotonic() < until, (store.pending(operation.id), store.undelivered(operation.id))
        time.sleep(0.1)


def check(store: Store, robot: robots.Robot, asked: int) -> None:
    operation = store.current_operation()
    triggers, lines = store.triggers(operation.id), store.versions(operation.id)
    assert len(triggers) == asked, "every cause was kept"
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    answered = Counter(cause for line in lines for cause in line.causes)
    assert answered == Counter(trigger.cause for trigger in triggers), "one plan for each cause"
    assert all(trigger.cause in lines[trigger.answered_by - 1].causes for trigger in triggers)
    assert [line.state for line in lines[:-1]] == [PlanState.SUPERSEDED] * (len(lines) - 1)
    assert lines[-1].state is PlanState.PUBLISHED
    assert len(lines) > 1
    for line in lines:
        version = store.version(operation.id, line.number)
        assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
        assert version.assignments
    posted = Counter(text.partition("（通知")[2].partition("号）")[0] for text in robot.texts())
    notices = store.notices(operation.id)
    assert {one.state for one in notices} <= {NoticeState.SENT, NoticeState.SUPERSEDED}
    assert all(posted[str(one.id)] >= 1 for one in notices if one.sent_at), "marked as sent is sent"
    newest = {one.station_id: one for one in notices}
    assert set(newest) == {"A", "B"}
    assert all(one.state is NoticeState.SENT for one in newest.values()), "no order in force is lost"
    repeats = sum(posted.values()) - len(posted)
    print(f"{asked} causes, {len(lines)} versions, {len(notices)} notices, {repeats} sent twice")


def test_a_program_that_is_killed_loses_and_doubles_nothing(store, store_url):
    with robots.robot() as robot:
        check(store, robot, kill_often(store, store_url, robot, kills=2))


@pytest.mark.slow
def test_a_program_that_is_killed_at_every_boundary_of_its_transactions_loses_and_doubles_nothing(store, store_url):
    """It ends itself by SIGKILL before and after each commit of a write in turn, until it gets to the end."""
    base, boundary, asked, at_the_end = time.time(), 1, 0, False
    store.replace_city(make_city())
    operation = store.start_operation(OperationKind.DRILL, NOW, NOW)
    with robots.robot() as robot:
        while not at_the_end:
            whole = settled(store, operation)  # else it takes up what the one before left: that has fewer boundaries
            if whole:
                ask(store, operation, asked, base)
                asked += 1
            with program(store_url, robot, base, end_at=boundary) as child:
                while child.poll() is None and not settled(store, operation):
                    time.sleep(0.05)
                time.sleep(0.3)  # a boundary may lie behind the last of what can be seen
                died = child.poll() is not None
            boundary += died
            at_the_end = whole and not died
        print(f"{boundary - 1} boundaries")
        assert boundary > 20
        check(store, robot, asked)


@pytest.mark.slow
def test_a_program_that_is_killed_a_hundred_and_fifty_times_loses_and_doubles_nothing(store, store_url):
    with robots.robot() as robot:
        check(store, robot, kill_often(store, store_url, robot, kills=150))
