"""Two planning programs on one database: one answer for each cause, whoever is paused when; and a
season at high speed.
"""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from data.model.operation import OperationKind, TriggerKind
from data.model.plan import PlanState
from ops.intake import alerts
from ops.runtime.planning_loop import HASTE_S, LEASE_TTL, Loop
from ops.runtime.scheduler import BEAT_S
from ops.settings import Settings
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import NOW, both_databases, make_city, make_forecast
from tests.helpers.paths import ROOT
from tests.helpers.processes import robots
from tests.helpers.processes.killed import Greedy, command
from tests.helpers.processes.killing import ask, check, wait_until_settled

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paused the POSIX way")


@contextmanager
def leaders(
    url: str, robot: robots.Robot, base: float, logs: Path, count: int = 2
) -> Iterator[list[subprocess.Popen]]:
    """So many programs; killed at the end, paused or not. What they say goes to ``logs``."""
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    files = [(logs / f"{number}.log").open("wb") for number in range(count)]
    children = [
        subprocess.Popen(
            command(url, robot.url, base),
            env=env,
            stdout=subprocess.DEVNULL,
            stderr=file,
        )
        for file in files
    ]
    try:
        yield children
    finally:
        for child, file in zip(children, files, strict=True):
            child.send_signal(signal.SIGKILL)
            child.wait()
            file.close()


@pytest.mark.slow
@both_databases
def test_two_leaders_paused_at_random_give_one_answer_to_each_of_500_causes(
    store, store_url, tmp_path
):
    base, chance, requests = time.time(), random.Random(5), 0
    store.replace_city(make_city())
    operation = store.operations.start(OperationKind.DRILL, NOW, NOW)
    with robots.robot() as robot, leaders(store_url, robot, base, tmp_path) as children:
        while requests < 500:
            for _ in range(5):
                ask(store, operation, requests, base)
                requests += 1
            paused = chance.choice(children)
            time.sleep(chance.uniform(0.0, 0.2))
            paused.send_signal(signal.SIGSTOP)
            time.sleep(
                chance.uniform(0.1, 0.5)
            )  # the lease lasts a quarter of a second by their clock
            paused.send_signal(signal.SIGCONT)
        wait_until_settled(store, operation)
        check(store, robot, requests)
    log = "".join(file.read_text(encoding="utf-8") for file in tmp_path.glob("*.log"))
    refused = log.count("another process published first") + log.count(
        "another process leads and sends"
    )
    print(f"{refused} writes refused by the fence")
    assert "Traceback" not in log


@both_databases
def test_the_second_program_takes_over_when_the_lease_ends_and_the_first_can_write_nothing(store):
    desk = Desk(store)
    desk.loop._solving = Greedy()
    second = Loop(store, Settings(), lambda: desk.real_now)
    second._solving = Greedy()
    desk.paste(YELLOW)
    desk.real_now += LEASE_TTL - timedelta(seconds=1)
    assert not second.lead(), "the first may be alive"
    assert second.answer() is None
    desk.real_now += timedelta(
        seconds=BEAT_S
    )  # the first is paused; the second looks every few seconds
    second.beat()
    version = second.answer()
    assert version.number == 1
    desk.paste(YELLOW.replace("黄色", "橙色").replace("8时20分", "8时21分"))
    assert desk.loop.answer() is None, "it wakes with an old token"
    assert len(store.triggers.pending(desk.drill.id)) == 1
    assert [line.number for line in store.plans.versions(desk.drill.id)] == [1]
    assert second.answer().number == 2
    second.stop()


class Recording(Greedy):
    """Knows how long it was given."""

    def __init__(self):
        self.seconds: list[float] = []

    def solve(self, problem: Problem, seconds: float) -> tuple[Plan, bool]:
        self.seconds.append(seconds)
        return super().solve(problem, seconds)


def test_what_waited_for_a_dead_leader_is_answered_in_haste_and_nothing_else_is(store):
    desk = Desk(store)
    second = Loop(store, Settings(), lambda: desk.real_now)
    second._solving = solving = Recording()
    desk.paste(YELLOW)
    desk.real_now += LEASE_TTL
    second.beat()
    assert second.answer().number == 1
    for issued in ("8时21分", "8时22分"):  # one at once, one that waited while we led
        desk.paste(YELLOW.replace("黄色", "橙色").replace("8时20分", issued))
        assert second.answer().causes
        desk.real_now += LEASE_TTL * 2
    assert solving.seconds == [HASTE_S, 8.0, 8.0]


@pytest.mark.slow
def test_a_season_of_120_days_and_40_storms_leaves_no_trigger_and_no_memory_behind(store):
    """A forecast every six hours, a storm every three days, the clock's own causes; with the greedy
    solver.
    """
    desk = Desk(store)
    desk.loop._solving = Greedy()
    sizes = []
    for quarter in range(120 * 4):
        storm = quarter % 12 < 2
        hours = {quarter % 24 + n: 6.0 + quarter % 9 for n in range(4)} if storm else {}
        series = make_forecast(hours, desk.now)
        midnight = desk.now.replace(hour=0, minute=0, second=0, microsecond=0)
        shift = midnight - series.steps[0].start
        steps = tuple(
            type(step)(start=step.start + shift, end=step.end + shift, mm=step.mm)
            for step in series.steps
        )
        alerts.take_forecast(
            store,
            desk.drill,
            type(series)(provider="test", fetched_at=desk.now, steps=steps),
            desk.now,
        )
        for _ in range(3):
            desk.wait(hours=2)
            desk.loop.watch()
            desk.loop.answer()
        assert store.triggers.pending(desk.drill.id) == [], "no cause is stuck"
        if quarter % 40 == 39:
            sizes.append(resident_kb())
    lines = store.plans.versions(desk.drill.id)
    assert [line.number for line in lines] == list(range(1, len(lines) + 1))
    assert [line.state for line in lines].count(PlanState.PUBLISHED) == 1
    causes = [cause for line in lines for cause in line.causes]
    assert len(causes) == len(set(causes))
    assert (
        sum(one.kind is TriggerKind.SHIFT for one in store.triggers.all(desk.drill.id))
        >= 120 * 3 - 3
    )
    for line in lines[::10]:
        version = store.plans.version(desk.drill.id, line.number)
        assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{len(lines)} versions; resident kB {sizes}; at most {most}")
    assert sizes[-1] - sizes[3] < 50_000, "memory does not grow with the season"


def resident_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def test_a_store_is_left_as_it_was_by_a_loop_that_never_leads(store):
    desk = Desk(store)
    idle = Loop(store, Settings(), lambda: desk.real_now)
    desk.paste(YELLOW)
    assert (idle.lead(), idle.answer(), idle.watch(), idle.send()) == (False, None, 0, 0)
    assert store.plans.versions(desk.drill.id) == []
