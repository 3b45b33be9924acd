"""Many districts in one process: each its own loop, the solvers shared."""

import logging
import threading

import pytest

from data.errors import StoreError
from data.model.headquarters.members import Member
from data.store.store import MAIN, Store
from ops.auth.permissions import CONSOLE
from ops.base.json_logs import log_to
from ops.base.sites import Site
from ops.cli.context import Context, console
from ops.cli.districts.planners import fleet_of
from ops.headquarters.register import Register
from ops.replanning.solver_process import Solving, Stopped
from ops.runtime.engine import ENGINE, EngineSolving
from ops.runtime.fleet import Fleet, Share, SharedSolving, Solvers
from ops.runtime.planning_loop import Loop
from ops.runtime.scheduler import ticking
from ops.settings import Settings
from tests.helpers.makers import NOW, make_city


class Kept:
    """A loop that notes what is asked of it."""

    def __init__(self, site: Site, fails: Exception | None = None):
        self.site, self.fails, self.done = site, fails, []

    def beat(self) -> None:
        self.done.append("beat")
        if self.fails:
            raise self.fails

    def beats(self) -> bool:
        return not self.fails

    def close(self) -> None:
        self.done.append("close")


def site(name: str, tmp_path) -> Site:
    return Site(name, tmp_path / name, f"sqlite:///{tmp_path / name}.db")


@pytest.mark.parametrize("failure", [StoreError("store.no_city"), ValueError("an odd row")])
def test_a_fleet_follows_the_list_and_one_that_fails_stops_nobody(failure, tmp_path):
    wanted, opened = [site(one, tmp_path) for one in ("a", "b")], []

    def open_loop(one: Site, _solving: Solving) -> Kept:
        if one.id == "gone":
            raise failure
        opened.append(Kept(one, failure if one.id == "a" else None))
        return opened[-1]

    fleet = Fleet(lambda: wanted, open_loop, lambda: NOW, Solvers(1, 0.0))
    assert fleet.follow() == (["a", "b"], [])
    fleet.beat()
    assert [loop.done for loop in opened] == [["beat"], ["beat"]]
    assert fleet.beats()  # the other one does
    wanted[:] = [site(one, tmp_path) for one in ("b", "c", "gone")]
    assert fleet.follow() == (["c"], ["a"])
    assert opened[0].done == ["beat", "close"]
    assert fleet.follow() == ([], [])
    fleet.stop()
    assert opened[1].done == ["beat", "close"]


def test_a_district_that_is_archived_leaves_no_connection_and_one_that_fails_none(
    installation, monkeypatch
):
    kept, begin = [], Store.__init__

    def noted(store: Store, url: str) -> None:
        begin(store, url)
        kept.append(store)

    monkeypatch.setattr(Store, "__init__", noted)
    fleet = fleet_of(installation, Settings())
    (east,) = [one for one in kept if "east" in str(one._engine.url)]
    assert east._engine.pool.checkedin() > 0
    Register(installation.root).archive(CONSOLE, "east", NOW)
    assert fleet.follow() == ([], ["east"])
    assert east._engine.pool.checkedin() == 0
    monkeypatch.setattr(Store, "migrate", lambda store: store.city() and 1 / 0)
    Register(installation.root).archive(CONSOLE, "east", NOW, back=True)
    assert fleet.follow() == ([], [])
    failed = [one for one in kept if "east" in str(one._engine.url)][-1]
    assert failed is not east
    assert failed._engine.pool.checkedin() == 0
    fleet.stop()


def test_districts_search_one_after_the_other_and_one_that_stops_leaves_the_others(monkeypatch):
    at_work, most, go = set(), [], threading.Event()

    def solve(self: Solving, problem: str, seconds: float) -> tuple[str, bool]:
        at_work.add(problem)
        most.append(len(at_work))
        go.wait(5)
        at_work.discard(problem)
        if self._stopped:
            raise Stopped
        return problem, False

    monkeypatch.setattr(Solving, "solve", solve)
    solvers, answers = Solvers(1, 0.0), {}
    shared = {name: SharedSolving(solvers) for name in "abc"}

    def ask(name: str) -> None:
        try:
            answers[name] = shared[name].solve(name, 1.0)[0]
        except Stopped:
            answers[name] = "stopped"

    threads = {name: threading.Thread(target=ask, args=(name,)) for name in "abc"}
    threads["a"].start()
    while "a" not in at_work:
        threads["a"].join(0.01)
    threads["b"].start()
    threads["c"].start()
    shared["a"].stop()
    go.set()
    for thread in threads.values():
        thread.join(5)
    assert answers == {"a": "stopped", "b": "b", "c": "c"}
    assert max(most) == 1
    with pytest.raises(Stopped):
        shared["a"].solve("a", 1.0)
    solvers.stop()


def test_they_load_the_search_while_districts_take_them_and_those_at_work_when_they_come_back(
    monkeypatch,
):
    solvers, ready = Solvers(2, 0.0), []
    at_work = solvers.take()

    def loads(self: Solving) -> None:
        ready.append(self)
        if len(ready) == 1:  # a district plans in this very moment
            solvers.give_back(solvers.take(), stopped=False)

    monkeypatch.setattr(Solving, "get_ready", loads)
    solvers.get_ready()
    assert at_work not in ready
    solvers.give_back(at_work, stopped=False)
    assert at_work in ready


def test_whoever_waits_for_a_solver_when_all_end_waits_no_longer():
    solvers = Solvers(1, 0.0)
    shared = SharedSolving(solvers)
    solvers.stop()
    with pytest.raises(Stopped):
        shared.solve(None, 1.0)


@pytest.fixture
def installation(tmp_path) -> Context:
    """An installation that holds two districts."""
    root = Site(MAIN, tmp_path, f"sqlite:///{tmp_path / 'xunban.db'}")
    own = Store(root.url)
    own.migrate()
    own.replace_city(make_city())
    own.close()
    Register(root).add(CONSOLE, Member(id="east", name="E", city="C", added_at=NOW), NOW)
    return Context(lambda: NOW, root.url, "zh", console(), console(), None, root)


def test_several_processes_share_the_districts_and_none_is_left_out_or_planned_for_twice(
    installation,
):
    for number in range(6):
        member = Member(id=f"d{number}", name="D", city="C", added_at=NOW)
        Register(installation.root).add(CONSOLE, member, NOW)
    shares = [Share.parse(f"{number}/3") for number in (1, 2, 3)]
    fleets = [fleet_of(installation, Settings(), share) for share in shares]
    held = [site_id for fleet in fleets for site_id in fleet.loops]
    assert len(held) == 8
    assert set(held) == {MAIN, "east", *(f"d{number}" for number in range(6))}
    assert all(fleet.loops for fleet in fleets)
    assert [fleet.back_up() is not None for fleet in fleets] == [True, False, False]
    for fleet in fleets:
        fleet.stop()
    for wrong in ("0/2", "3/2", "x", "1", "1/65"):
        with pytest.raises(ValueError, match=r"share|int"):
            Share.parse(wrong)


@pytest.mark.parametrize("address", ["", "tcp://127.0.0.1:1"])
def test_many_districts_ask_the_engine_that_is_named(address, installation, monkeypatch):
    monkeypatch.setenv(ENGINE, address)
    fleet = fleet_of(installation, Settings())
    asked = {type(loop._solving) for loop in fleet.loops.values()}
    assert asked == {EngineSolving if address else SharedSolving}
    assert len(fleet.loops) == 2
    fleet.stop()


def test_the_installations_own_district_is_planned_for_though_it_was_set_up_last(tmp_path):
    root = Site(MAIN, tmp_path, f"sqlite:///{tmp_path / 'xunban.db'}")
    Register(root).add(CONSOLE, Member(id="east", name="E", city="C", added_at=NOW), NOW)
    ctx = Context(lambda: NOW, root.url, "zh", console(), console(), None, root)
    first = fleet_of(ctx, Settings())
    assert list(first.loops) == ["east"]
    first.stop()
    own = Store(root.url)
    own.migrate()
    own.replace_city(make_city())
    own.close()
    again = fleet_of(ctx, Settings())
    assert set(again.loops) == {"east", MAIN}
    again.stop()


def test_the_desk_above_is_backed_up_too(installation, tmp_path):
    fleet = fleet_of(installation, Settings())
    made = fleet.back_up()
    assert made.parent == tmp_path / "districts" / "hq" / "backups"
    assert fleet.back_up() is None
    fleet.stop()
    jobs = {job.id: job.executor for job in ticking(fleet).get_jobs()}
    assert jobs["back_up"] == jobs["back_up:east"] == "idle"


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_logged_of_a_district_names_it(as_json, installation, tmp_path, monkeypatch):
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.INFO)
    log_to(tmp_path / "log", as_json)
    log = logging.getLogger("xunban.test")
    monkeypatch.setattr(Loop, "beat", lambda _: log.info("no plan"))
    fleet = fleet_of(installation, Settings())
    (tick,) = [job.func for job in ticking(fleet).get_jobs() if job.id == "beat:east"]
    for do in (tick, fleet.beat, lambda: log.info("the board")):
        do()
    for handler in logging.root.handlers:
        handler.close()
    lines = (tmp_path / "log" / "xunban.log").read_text("utf-8").splitlines()
    named = ["east" in one for one in lines if "no plan" in one]
    assert named == [True, *(site_id == "east" for site_id in fleet.loops)]
    assert "east" not in next(one for one in lines if "the board" in one)
    fleet.stop()
