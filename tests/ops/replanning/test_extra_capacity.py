"""What it would take: one more unit of each sort, each tried by a search."""

from collections import Counter
from typing import ClassVar

import pytest

from data.model.account import Role
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.replanning import extra_capacity
from ops.replanning.extra_capacity import remedies
from ops.settings import Settings
from solver import Plan, Problem, solve
from solver.referee import violations
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import DESK, make_city

SETTINGS = Settings()


class Searching:
    """Stands in for the solver's own process: searches that repeat exactly, each plan before the
    referee.
    """

    asked: ClassVar[list[Problem]] = []

    def solve(self, problem: Problem, _seconds: float) -> tuple[Plan, bool]:
        self.asked.append(problem)
        plan = solve(problem, steps=300)
        assert violations(problem, plan) == []
        return plan, False


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(extra_capacity, "Solving", Searching)
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store, seconds=0.5)
    alone = tuple(crew for crew in make_city().crews if crew.id == "A1day")
    store.replace_city(make_city(crews=alone), desk.real_now)
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def test_one_more_unit_of_a_sort_that_is_short_does_more_and_is_named(desk):
    version = desk.store.plans.current(desk.drill.id)
    assert version.left_out
    found = remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS)
    without, *tried = Searching.asked
    assert {len(one.units) for one in tried} == {len(without.units) + 1}
    sorts = Counter((one.units[-1].kind, one.units[-1].skills) for one in tried)
    assert set(sorts.values()) == {1}, "each sort once"
    assert found
    stations = {station.name for station in desk.store.city().stations}
    t = Translator("zh")
    for one in found:
        assert one.more > 0
        assert one.like.station in stations
        assert all(t.message(name) for name in one.gained)
    assert desk.store.plans.current(desk.drill.id) == version, "nothing is changed"


def test_nothing_is_tried_where_nothing_is_left_out(store, monkeypatch):
    monkeypatch.setattr(extra_capacity, "Solving", Searching)
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store)
    assert remedies(store, desk.drill, DESK, desk.now, SETTINGS) == ()
    assert len(Searching.asked) <= 1
    desk.loop.stop()


def test_a_search_that_fails_is_no_answer(desk, monkeypatch):
    monkeypatch.setattr(
        Searching, "solve", lambda self, problem, _seconds: (solve(problem, steps=1), True)
    )
    assert remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS) is None


def test_a_chief_is_not_told(desk):
    with pytest.raises(NotAllowed):
        remedies(
            desk.store,
            desk.drill,
            Actor(name="站长", role=Role.CHIEF, station_id="A"),
            desk.now,
            SETTINGS,
        )
    assert Searching.asked == []
