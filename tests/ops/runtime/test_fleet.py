"""Many districts in one process: each its own loop, the solvers shared."""

import threading

import pytest

from data.errors import StoreError
from ops.base.sites import Site
from ops.replanning.solver_process import Solving, Stopped
from ops.runtime.fleet import Fleet, SharedSolving, Solvers
from tests.helpers.makers import NOW


class Kept:
    """A loop that notes what is asked of it."""

    def __init__(self, site: Site, fails: bool = False):
        self.site, self.fails, self.done = site, fails, []

    def beat(self) -> None:
        self.done.append("beat")
        if self.fails:
            raise StoreError("store.no_city")

    def beats(self) -> bool:
        return not self.fails

    def stop(self) -> None:
        self.done.append("stop")


def site(name: str, tmp_path) -> Site:
    return Site(name, tmp_path / name, f"sqlite:///{tmp_path / name}.db")


def test_a_fleet_follows_the_list_and_one_that_fails_stops_nobody(tmp_path):
    wanted, opened = [site(one, tmp_path) for one in ("a", "b")], []

    def open_loop(one: Site, _solving: Solving) -> Kept:
        if one.id == "gone":
            raise OSError("no such disk")
        opened.append(Kept(one, fails=one.id == "a"))
        return opened[-1]

    fleet = Fleet(lambda: wanted, open_loop, lambda: NOW, Solvers(1, 0.0))
    assert fleet.follow() == (["a", "b"], [])
    fleet.beat()
    assert [loop.done for loop in opened] == [["beat"], ["beat"]]
    assert fleet.beats()  # the other one does
    wanted[:] = [site(one, tmp_path) for one in ("b", "c", "gone")]
    assert fleet.follow() == (["c"], ["a"])
    assert opened[0].done == ["beat", "stop"]
    assert fleet.follow() == ([], [])
    fleet.stop()
    assert opened[1].done == ["beat", "stop"]


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
