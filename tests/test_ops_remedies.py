"""What it would take: one more unit of each sort, each tried by a search."""

from collections import Counter
from typing import ClassVar

import pytest
from makers import DESK
from test_flow import YELLOW, Desk

from data.accounts import Role
from data.store import Store
from ops import remedies as what_it_takes
from ops.access import Actor, NotAllowed
from ops.remedies import remedies
from ops.settings import Settings
from ops.text import Speaker
from solver import Plan, Problem, solve
from solver.check import violations

SETTINGS = Settings()


class Searching:
    """Stands in for the solver's own process: searches that repeat exactly, each plan before the referee."""

    asked: ClassVar[list[Problem]] = []

    def solve(self, problem: Problem, _seconds: float) -> tuple[Plan, bool]:
        self.asked.append(problem)
        plan = solve(problem, steps=300)
        assert violations(problem, plan) == []
        return plan, False


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(what_it_takes, "Solving", Searching)
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store, seconds=0.5)
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def test_one_more_unit_of_a_sort_that_is_short_does_more_and_is_named(desk):
    version = desk.store.current_version(desk.drill.id)
    assert version.left_out
    found = remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS)
    without, *tried = Searching.asked
    assert {len(one.units) for one in tried} == {len(without.units) + 1}
    sorts = Counter((one.units[-1].kind, one.units[-1].skills) for one in tried)
    assert set(sorts.values()) == {1}, "each sort once"
    assert found
    stations = {station.name for station in desk.store.city().stations}
    say = Speaker("zh")
    for one in found:
        assert one.more > 0
        assert one.like.station in stations
        assert all(say.message(name) for name in one.gained)
    assert desk.store.current_version(desk.drill.id) == version, "nothing is changed"


def test_nothing_is_tried_where_nothing_is_left_out(store, monkeypatch):
    monkeypatch.setattr(what_it_takes, "Solving", Searching)
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store)
    assert remedies(store, desk.drill, DESK, desk.now, SETTINGS) == ()
    assert len(Searching.asked) <= 1
    desk.loop.stop()


def test_a_search_that_fails_is_no_answer(desk, monkeypatch):
    monkeypatch.setattr(Searching, "solve", lambda self, problem, _seconds: (solve(problem, steps=1), True))
    assert remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS) is None


def test_a_chief_is_not_told(desk):
    with pytest.raises(NotAllowed):
        remedies(desk.store, desk.drill, Actor(name="站长", role=Role.CHIEF, station_id="A"), desk.now, SETTINGS)
    assert Searching.asked == []
