"""Plans from the workers of a Dask cluster on loopback: the same ones, and none the less where
that fails.
"""

import threading
import time

import pytest

from ops.replanning import solver_process
from ops.replanning.solver_process import Solving, Stopped, asked
from ops.runtime import engine, engine_connection
from ops.runtime.engine import EngineFailed, EngineSolving, solving_by, work
from ops.runtime.health_check import Patient, _engine
from ops.runtime.local_cluster import LocalCluster
from solver import Plan, Problem, solve
from solver.referee import violations
from tests.helpers.paths import TESTS

pytest.importorskip(
    "distributed", reason="no Dask here: the engine is not tried (install xunban[cluster])"
)
pytestmark = [
    pytest.mark.solver_process,
    pytest.mark.xdist_group("engine"),
    pytest.mark.filterwarnings("ignore"),  # those of the library are not ours
]
TINY = Problem.from_json((TESTS / "instances/tiny.json").read_text(encoding="utf-8"))
LONG_S = 120.0  # how long a worker may take to start on a machine that is busy


@pytest.fixture(autouse=True)
def patient_with_processes(monkeypatch):
    """One that searches here is waited for, however busy the machine is."""
    for module in (solver_process, engine):
        monkeypatch.setattr(module, "PATIENCE_S", LONG_S)


@pytest.fixture(scope="module")
def cluster():
    with LocalCluster(workers=1) as cluster:
        yield cluster


@pytest.fixture
def solving(cluster):
    solving = EngineSolving(cluster.address, queue_s=LONG_S)
    connected(solving)
    yield solving
    solving.stop()


def connected(solving):
    until = time.monotonic() + LONG_S
    while True:
        try:
            if solving.workers():
                return
        except EngineFailed:
            pass
        assert time.monotonic() < until, "the cluster does not begin"
        time.sleep(0.2)


def test_the_engine_is_asked_where_one_is_named_and_else_a_process_here():
    assert isinstance(solving_by({engine.ENGINE: "tcp://127.0.0.1:1"}, 0.2), EngineSolving)
    assert type(solving_by({engine.ENGINE: " "}, 0.2)) is Solving


def test_the_same_problem_seed_and_steps_give_the_same_plan_here_and_there(solving):
    question = asked(TINY, steps=300, workers=1, seed=3)
    there = Plan.from_json(solving.answer(question, LONG_S))
    again = Plan.from_json(solving.answer(question, LONG_S))
    assert there == again == solve(TINY, steps=300, workers=1, seed=3)


def test_a_worker_has_loaded_the_search_before_it_is_asked(cluster, solving):
    with solving._connection.client() as client:
        assert set(client.run(_waits).values()) == {True}


def _waits() -> bool:
    return engine.kept()._ready is not None


def test_what_the_engine_answers_is_no_fallback_and_legal(solving, monkeypatch):
    monkeypatch.setattr(engine, "GRACE_S", LONG_S)
    monkeypatch.setattr(Solving, "solve", lambda *_: pytest.fail("it was solved here"))
    plan, is_fallback = solving.solve(TINY, 1.0)
    assert not is_fallback
    assert violations(TINY, plan) == []


def test_a_worker_of_another_version_answers_nothing_and_the_plan_is_made_here(
    solving, monkeypatch, caplog
):
    monkeypatch.setattr(engine, "solver_version", lambda: "another")
    plan, is_fallback = solving.solve(TINY, 0.5)
    assert violations(TINY, plan) == []
    assert not is_fallback
    assert "another version" in caplog.text


def test_told_to_end_it_waits_no_longer(solving):
    threading.Timer(0.5, solving.stop).start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        solving.answer(asked(TINY, seconds=60.0, workers=1, seed=1), 60.0)
    assert time.monotonic() - began < 30


def test_a_connection_is_closed_once_nobody_asks_it_any_more():
    """Who asked one that another was closing waited for its answer for ever."""

    class Fake:
        status = "running"

        def close(self, timeout):
            self.status = "closed"

    connection = engine_connection.Connection("tcp://127.0.0.1:1", engine._loader)
    first = connection._client = Fake()
    with connection.client() as one, connection.client() as two:
        assert one is two is first
        connection.let_go()
        assert first.status == "running"
        second = connection._client = Fake()
    assert first.status == "closed"
    assert second.status == "running", "somebody has made a new one"
    connection.let_go()
    assert second.status == "closed"


def test_a_worker_that_is_killed_is_not_waited_for_twice(cluster, solving):
    question = asked(TINY, seconds=LONG_S, workers=1, seed=1)
    killed = threading.Timer(2.0, cluster.kill_worker)
    killed.start()
    with pytest.raises(EngineFailed):
        solving.answer(question, 3.0)
    killed.join()


@pytest.mark.slow
@pytest.mark.parametrize("kill", ["kill_workers", "kill_scheduler"])
def test_with_nobody_there_the_plan_is_made_here_at_once(kill):
    with LocalCluster(workers=1) as cluster:
        solving = EngineSolving(cluster.address)
        connected(solving)
        getattr(cluster, kill)()
        plan, _ = solving.solve(TINY, 0.5)
        assert violations(TINY, plan) == []
        solving.stop()


def test_without_an_engine_at_the_address_the_plan_is_made_here(monkeypatch, caplog):
    monkeypatch.setattr(engine_connection, "CONNECT_S", 0.2)
    solving = EngineSolving("tcp://127.0.0.1:1")
    plan, is_fallback = solving.solve(TINY, 0.5)
    assert violations(TINY, plan) == []
    assert not is_fallback
    assert "the plan is made here" in caplog.text
    solving.stop()


class Told:
    """A client whose scheduler was begun again meanwhile, and of which many ask."""

    status = "running"

    def __init__(self) -> None:
        self.asked, self.begun = [], []

    def scheduler_info(self, n_workers: int) -> dict:
        return {"n_workers": 1}

    def subscribe_topic(self, topic: str, handler) -> None:
        self.asked.append("subscribe")
        self.handler = handler

    def submit(self, _work, *_facts, key: str, **_how) -> "Told":
        self.asked.append("submit")
        for name in ("another's", key):
            self.handler((0.0, name))
        return self

    def add_done_callback(self, tell) -> None:
        tell(self)

    def result(self, timeout: float) -> bytes:
        return b"plan"

    def cancel(self, force: bool) -> None:
        self.handler((0.0, "too late"))

    def close(self, timeout: float) -> None:
        self.asked.append("close")


def test_it_hears_that_its_own_problem_is_begun_and_keeps_nothing_of_others():
    solving = EngineSolving("tcp://127.0.0.1:1")
    client = solving._connection._client = Told()
    for _ in range(2):
        assert solving.answer(b"", 1.0) == b"plan"
    assert client.asked == ["subscribe", "submit"] * 2
    assert solving._connection.begun == {}
    solving.stop()


def test_districts_share_one_connection_and_the_last_one_closes_it():
    one, other = (EngineSolving("tcp://127.0.0.1:2") for _ in range(2))
    assert one._connection is other._connection
    client = one._connection._client = Told()
    for _ in range(2):
        one.stop()
    assert client.asked == []
    assert other.answer(b"", 1.0) == b"plan"
    other.stop()
    assert client.asked[-1] == "close"
    with pytest.raises(Stopped):
        one.answer(b"", 1.0)
    assert EngineSolving("tcp://127.0.0.1:2")._connection is not one._connection


def test_whoever_finds_a_broken_client_closes_no_new_one_of_another():
    connection = EngineSolving("tcp://127.0.0.1:1")._connection
    broken, new = Told(), Told()
    connection._client = new
    connection.let_go(broken)
    assert new.asked == []
    connection.let_go(new)
    assert new.asked == ["close"]


def test_the_doctor_says_whether_the_engine_is_reached(cluster, solving, monkeypatch):
    monkeypatch.setattr(engine_connection, "CONNECT_S", LONG_S)
    assert [one[:2] for one in _engine(patient(cluster.address))] == [("good", "engine")]
    monkeypatch.setattr(engine_connection, "CONNECT_S", 0.2)
    assert [one[:2] for one in _engine(patient("tcp://127.0.0.1:1"))] == [("bad", "engine_gone")]
    assert list(_engine(patient(""))) == []


def patient(address):
    return Patient(
        store=None, home=None, now=None, feeds=(), channels=(), backups=None, engine=address
    )


def test_a_worker_tells_no_lie_of_what_its_process_could_not_do(monkeypatch):
    with pytest.raises(EngineFailed, match="it ended with"):
        work(b'{"seconds": 1}\nnonsense', engine.solver_version(), 1.0, "name")
    engine.kept().stop()
    engine.kept.cache_clear()
