"""Plans compared while somebody waits: loaded before they are asked for, and not kept for ever."""

import subprocess
import sys
import threading
import time

import pytest

from ops.replanning import search_process, solver_process
from ops.replanning.search_process import SearchProcess
from ops.replanning.side_by_side import AT_ONCE, SideBySide
from ops.replanning.solver_process import Solving
from solver import Problem
from tests.helpers.paths import TESTS

pytestmark = pytest.mark.solver_process
TINY = Problem.from_json((TESTS / "instances/tiny.json").read_text(encoding="utf-8"))
PATIENCE_S = 60.0


@pytest.fixture
def waits(monkeypatch) -> list[SearchProcess]:
    """The processes begun; such that only wait, for loading the search takes long."""
    begun: list[SearchProcess] = []
    sleeper = subprocess.Popen

    class Waiting(SearchProcess):
        def __init__(self, niceness: int) -> None:
            super().__init__(niceness)
            begun.append(self)

    def popen(_command: list[str], **pipes: object) -> subprocess.Popen:
        return sleeper([sys.executable, "-c", "input()"], **pipes)

    monkeypatch.setattr(search_process.subprocess, "Popen", popen)
    monkeypatch.setattr(solver_process, "SearchProcess", Waiting)
    return begun


def test_those_that_wait_are_asked_and_wait_again():
    searches = SideBySide()
    searches.get_ready()
    first = {solving._ready.pid for solving in searches._all}
    for _ in range(2):
        plans = searches.plans([TINY] * AT_ONCE, 0.2)
        assert [bool(plan.assignments) for plan in plans] == [True] * AT_ONCE
        then = [solving._ready for solving in searches._all]
        assert {process.pid for process in then} == first
    searches.rest()
    assert not any(process.lives() for process in then)


def test_nobody_waits_for_ever(waits):
    asked_often = SideBySide(kept=PATIENCE_S)
    for _ in range(3):
        asked_often.get_ready()
    assert len(waits) == AT_ONCE, "whoever is asked again is there already"
    asked_often.rest()
    searches = SideBySide(kept=0.05)
    searches.get_ready()
    until = time.monotonic() + PATIENCE_S
    while any(process.lives() for process in waits[AT_ONCE:]) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(process.lives() for process in waits)
    with searches._lock:
        assert not any(solving._ready for solving in searches._all)


def test_a_second_desk_waits_for_its_turn_and_a_failed_search_gives_its_place_back(monkeypatch):
    at_once, most, lock = 0, 0, threading.Lock()

    def solve(_solving: Solving, problem: Problem, _seconds: float):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        try:
            if problem is not TINY:
                raise ValueError("a mistake of ours")
            return None, True
        finally:
            with lock:
                at_once -= 1

    monkeypatch.setattr(Solving, "solve", solve)
    searches = SideBySide()
    with pytest.raises(ValueError, match="ours"):
        searches.plans([None] * 3, 0.1)
    desks = [threading.Thread(target=searches.plans, args=([TINY] * 6, 0.1)) for _ in range(3)]
    for desk in desks:
        desk.start()
    for desk in desks:
        desk.join(PATIENCE_S)
    assert most <= AT_ONCE
    assert searches.plans([TINY], 0.1) is None, "a search that failed is no answer"
