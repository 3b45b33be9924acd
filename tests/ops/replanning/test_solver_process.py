"""The solver's own process: loaded before it is asked, kept for the next problem, gone with whoever
started it.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ops.replanning import search_process
from ops.replanning.solver_process import Solving, Stopped, asked
from solver import Plan, Problem
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


def test_who_has_answered_waits_for_the_next_problem_where_one_is_kept(solving):
    assert solving.solve(TINY, 1.0)[1] is False
    assert waiting(solving) is None, "nobody asked for one"
    solving.get_ready()
    first = waiting(solving)
    solving.get_ready()
    assert waiting(solving) == first
    for _ in range(3):
        plan, failed = solving.solve(TINY, 0.3)
        assert plan.assignments
        assert not failed
        assert waiting(solving) == first, "what it has loaded serves again"


@pytest.mark.parametrize("limit", ["MOST_ASKED", "LARGE_BYTES"])
def test_who_has_served_long_or_hard_gives_its_memory_back(solving, monkeypatch, limit):
    monkeypatch.setattr(search_process, limit, 1)
    solving.get_ready()
    first = waiting(solving)
    assert solving.solve(TINY, 0.3)[1] is False
    assert gone(first)
    assert waiting(solving) not in (None, first)


def test_a_problem_answered_after_another_has_the_plan_that_it_has_alone(solving):
    question = asked(TINY, steps=300, workers=1, seed=3)
    solving.get_ready()
    plans = {solving.search(question, PATIENCE_S) for _ in range(3)}
    solving.rest()
    plans.add(solving.search(question, PATIENCE_S))
    assert len(plans) == 1


def test_who_died_while_he_waited_is_not_asked(solving):
    solving.get_ready()
    os.kill(waiting(solving), signal.SIGKILL)
    assert gone(waiting(solving))
    assert solving.solve(TINY, 1.0)[1] is False


def test_after_a_failure_nobody_waits_and_the_next_plan_has_a_new_process(
    solving, monkeypatch, caplog
):
    monkeypatch.setattr(search_process.sys, "executable", "/bin/false")
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
    hear = search_process.heard

    def late(pipe):
        answer = hear(pipe)
        os.kill(solving._searching.pid, signal.SIGKILL)
        assert gone(solving._searching.pid)
        return answer

    monkeypatch.setattr(search_process, "heard", late)
    solving.get_ready()
    plan, failed = solving.solve(TINY, 1.0)
    assert plan.assignments
    assert not failed
    monkeypatch.undo()
    assert solving.solve(TINY, 0.3)[1] is False, "who was ended is not asked again"


BUSY = """#!/bin/sh
exec {python} -c "
import sys, time
while time.process_time() < {work}:
    sum(range(20000))
n = int(sys.stdin.buffer.readline()); sys.stdin.buffer.read(n)
sys.stdout.buffer.write(b'3\\nyes'); sys.stdout.flush(); time.sleep(60)
"
"""


@pytest.mark.parametrize(
    ("work", "within", "is_answered"),
    [
        (0.5, 0.8, True),  # of the processor it has had less than its time when that is up
        (60.0, 0.3, False),  # works on and on
    ],
)
def test_who_gets_too_little_of_a_busy_machine_is_waited_for(
    tmp_path, monkeypatch, work, within, is_answered
):
    busy = tmp_path / "busy"
    busy.write_text(BUSY.format(python=sys.executable, work=work))
    busy.chmod(0o755)
    monkeypatch.setattr(search_process.sys, "executable", str(busy))
    monkeypatch.setattr(search_process, "STARVED_TIMES", 100)
    process = search_process.SearchProcess()
    if is_answered:
        assert process.answer(b"x", within) == b"yes"
    else:
        with pytest.raises(search_process.SearchFailed, match="no answer in"):
            process.answer(b"x", within)
    process.end()


def test_who_does_nothing_is_not_waited_for(tmp_path, monkeypatch):
    idle = tmp_path / "idle"
    idle.write_text("#!/bin/sh\nexec sleep 600\n")
    idle.chmod(0o755)
    monkeypatch.setattr(search_process.sys, "executable", str(idle))
    monkeypatch.setattr(search_process, "STARVED_TIMES", 10_000)
    process = search_process.SearchProcess()
    with pytest.raises(search_process.SearchFailed, match="no answer in"):
        process.answer(b"x", 0.2)
    process.end()


def test_what_a_library_prints_is_no_part_of_an_answer():
    script = (
        "import os; from ops.replanning import solver_child\n"
        "solver_child.warm = lambda: (print('hello'), os.system('echo hello'))\n"
        "solver_child.compiling.ready = lambda: True\n"
        "solver_child.main()"
    )
    question = asked(TINY, seconds=0.2, search=False)
    message = b"%d\n" % len(question) + question
    done = subprocess.run(
        [sys.executable, "-c", script], input=message, capture_output=True, cwd=ROOT, check=True
    )
    length, _, answer = done.stdout.partition(b"\n")
    assert int(length) == len(answer)
    assert Plan.from_json(answer).assignments
    assert done.stderr.count(b"hello") == 2


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
