"""The solver's own process: loaded before it is asked, good for one answer, gone with whoever
started it.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.replanning import solver_process
from ops.replanning.solver_process import Solving, Stopped
from solver import Problem
from tests.helpers.paths import ROOT, TESTS

pytestmark = pytest.mark.solver_process
TINY = Problem.from_json((TESTS / "instances/tiny.json").read_text(encoding="utf-8"))
PATIENCE_S = 60.0


def gone(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def solving():
    solving = Solving()
    yield solving
    solving.stop()


def waiting(solving: Solving) -> int | None:
    return solving._ready.pid if solving._ready else None


def test_who_waits_answers_and_the_next_one_waits(solving):
    assert solving.solve(TINY, 1.0)[1] is False
    assert waiting(solving) is None, "nobody asked for one"
    solving.get_ready()
    first = waiting(solving)
    solving.get_ready()
    assert waiting(solving) == first
    plan, failed = solving.solve(TINY, 1.0)
    assert plan.assignments
    assert not failed
    assert gone(first), "one answer each"
    assert waiting(solving) not in (None, first)


def test_who_died_while_he_waited_is_not_asked(solving):
    solving.get_ready()
    os.kill(waiting(solving), signal.SIGKILL)
    assert gone(waiting(solving))
    assert solving.solve(TINY, 1.0)[1] is False


def test_after_a_failure_nobody_waits_and_the_next_plan_has_a_new_process(
    solving, monkeypatch, caplog
):
    monkeypatch.setattr(solver_process.sys, "executable", "/bin/false")
    solving.get_ready()
    plan, failed = solving.solve(TINY, 1.0)
    assert plan.assignments
    assert failed
    assert waiting(solving) is None
    assert "the plan is made without it" in caplog.text
    monkeypatch.undo()
    assert solving.solve(TINY, 1.0)[1] is False


def test_an_answer_in_the_moment_when_time_is_up_counts(solving, monkeypatch):
    """On a machine that is overloaded who waits may be told so late that it has ended."""
    collect = subprocess.Popen.communicate

    def late(child, asked=None, timeout=None):
        if asked is None:
            return collect(child)
        child.stdin.write(asked)
        child.stdin.close()
        child.stdin = None
        child.wait()
        raise subprocess.TimeoutExpired("solver", timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", late)
    plan, failed = solving.solve(TINY, 1.0)
    assert plan.assignments
    assert not failed


def test_stopped_it_leaves_no_process_and_starts_none(solving):
    solving.get_ready()
    pid = waiting(solving)
    solving.stop()
    assert gone(pid)
    solving.get_ready()
    assert waiting(solving) is None
    with pytest.raises(Stopped):
        solving.solve(TINY, 1.0)


def test_who_waits_ends_with_the_one_who_started_him():
    script = (
        "import time; from ops.replanning.solver_process import Solving\n"
        "solving = Solving(); solving.get_ready(); print(solving._ready.pid, flush=True)\n"
        "time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT
    ) as parent:
        pid = int(parent.stdout.readline())
        parent.kill()
    assert gone(pid)
