"""What it would take: one more unit of each sort, each tried by a search."""

from collections import Counter
from dataclasses import replace
from typing import ClassVar

import pytest

from data.model.account import Role
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.base.errors import NotAllowed
from ops.base.messages import Translator
from ops.replanning import extra_capacity
from ops.replanning.extra_capacity import remedies
from ops.replanning.plan_worth import PlanWorth
from ops.settings import Settings
from solver import Plan, Problem, solve
from solver.referee import violations
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import DESK, make_city
from tests.helpers.paths import TESTS

SETTINGS = Settings()


class Searching:
    """Stands in for the solver's own process: searches that repeat exactly, each plan before the
    referee.
    """

    asked: ClassVar[list[Problem]] = []

    def plans(self, problems: list[Problem], _seconds: float) -> list[Plan]:
        self.asked.extend(problems)
        plans = [solve(problem, steps=300) for problem in problems]
        assert not any(map(violations, problems, plans))
        return plans


@pytest.fixture
def desk(store: Store, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(extra_capacity, "SEARCHES", Searching())
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store, seconds=0.5)
    city = make_city()
    few = tuple(crew for crew in city.crews if crew.shift_id != "day" or crew.station_id == "A")
    store.replace_city(replace(city, crews=few), desk.real_now)
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
    sorts = Counter((one.units[-1].kind, one.units[-1].shift) for one in tried)
    assert set(sorts.values()) == {1}, "each sort once in each shift"
    assert found
    city, t = desk.store.city(), Translator("zh")
    assert {one.shift for one in found} <= {shift.name for shift in city.shifts}
    for one in found:
        assert one.station in {station.name for station in city.stations}
        assert desk.now < one.start < one.end
        assert t.message(one.said)
        assert all(t.message(name) for name in one.gained)
    assert desk.store.plans.current(desk.drill.id) == version, "nothing is changed"


def test_every_shift_is_tried_and_what_helps_most_stands_first(store, monkeypatch):
    """A district without crews until the night: a day crew for the storm at hand, and not one for
    the evening after it.
    """
    monkeypatch.setattr(extra_capacity, "SEARCHES", Searching())
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store, seconds=0.5)
    city = make_city()
    night = tuple(crew for crew in city.crews if crew.shift_id == "night")
    assert night
    store.replace_city(replace(city, crews=night), desk.real_now)
    desk.paste(YELLOW)
    desk.loop.answer()
    best, *others = remedies(store, desk.drill, DESK, desk.now, SETTINGS)
    desk.loop.stop()
    days = {shift.id: shift.name for shift in city.shifts}
    assert (best.machine_kind, best.shift) == (None, days["day"])
    assert best.more >= max(one.more for one in (best, *others))
    tried = {one.units[-1].shift for one in Searching.asked[1:] if one.units[-1].kind == "crew"}
    assert len(tried) > 1


@pytest.mark.parametrize(
    ("hours", "minutes", "is_offered"),
    [
        (5.0, 0.0, True),
        (0.0, 60.0, True),
        (5.0, 60.0, True),
        (-5.0, 60.0, False),
        (5.0, -60, False),
    ],
)
def test_nothing_is_offered_that_takes_away_what_there_is(
    desk, monkeypatch, hours, minutes, is_offered
):
    """ "Manned 60 minutes more, 62.8 blocked-inlet-hours more" is no help: whoever is there already
    could have it so.
    """
    without = set()

    def worth(plan, inputs, *_):
        without.add(len(inputs.problem.units))
        is_tried = len(inputs.problem.units) > min(without)
        return PlanWorth(hours=100 + hours * is_tried, duty_minutes=600 + minutes * is_tried)

    base = len(baseline_of(desk).inputs.problem.units)
    without.add(base)
    monkeypatch.setattr(extra_capacity, "worth_of", worth)
    found = remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS)
    assert bool(found) == is_offered


def baseline_of(desk):
    return extra_capacity.baseline(desk.store, desk.drill, DESK, desk.now, SETTINGS)


@pytest.mark.parametrize("capacity", [60.0, 900.0])
def test_one_more_pump_truck_is_worth_what_such_a_truck_takes_off(store, monkeypatch, capacity):
    """The trucks that are there stand where they take off most, whichever came to which place in a
    trial: one more never makes it less.
    """
    monkeypatch.setattr(extra_capacity, "SEARCHES", Searching())
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store, seconds=0.5)
    city = make_city()
    machines = tuple(
        replace(one, capacity=capacity) if one.kind == "pump_truck" else one
        for one in city.machines
    )
    roads = tuple(replace(road, low_lying=True, catchment_ha=6.0) for road in city.segments)
    store.replace_city(replace(city, segments=roads, machines=machines), desk.real_now)
    desk.paste(YELLOW)
    desk.loop.answer()
    found = remedies(desk.store, desk.drill, DESK, desk.now, SETTINGS)
    desk.loop.stop()
    pumps = [one for one in found if one.machine_kind == "pump_truck"]
    assert pumps, "a low point has none"
    assert max(one.difference.hours for one in pumps) > 1
    assert not any(one.difference.takes_away for one in found)


def test_the_time_for_all_trials_does_not_grow_with_their_number(monkeypatch):
    asked = []

    class Timed:
        def plans(self, problems, seconds):
            asked.extend([seconds] * len(problems))
            return [solve(problem, steps=1) for problem in problems]

    monkeypatch.setattr(extra_capacity, "SEARCHES", Timed())
    tiny = Problem.from_json((TESTS / "instances/tiny.json").read_text(encoding="utf-8"))
    for number in (1, 10, 40):
        asked.clear()
        extra_capacity._plans([tiny] * number)
        longest = max(extra_capacity.ALL_S, number * extra_capacity.LEAST_S / 2)
        assert sum(asked) / 2 <= longest + 1e-9


def test_nothing_is_tried_where_nothing_is_left_out(store, monkeypatch):
    monkeypatch.setattr(extra_capacity, "SEARCHES", Searching())
    monkeypatch.setattr(Searching, "asked", [])
    desk = Desk(store)
    assert remedies(store, desk.drill, DESK, desk.now, SETTINGS) == ()
    assert len(Searching.asked) <= 1
    desk.loop.stop()


def test_a_search_that_fails_is_no_answer(desk, monkeypatch):
    monkeypatch.setattr(Searching, "plans", lambda self, problems, _seconds: None)
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
