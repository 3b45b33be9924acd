"""A day of the roster changed by hand: whose it is, who may, what lies over the tables."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.account import Role
from data.model.city import Person
from data.model.operation import OperationKind
from data.model.roster import RosterDay
from data.model.street.street_case import GRID
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import Invalid, NotAllowed
from ops.district.roster_changes import DayChange, change_day, roster_causes, rostered_city
from ops.district.rosters import is_on_leave, shift_on
from tests.helpers.makers import NOW, make_city

TODAY = NOW.date()
CHIEF = Actor(name="甲", role=Role.CHIEF, station_id="A")
PEOPLE = (
    Person(id="p1", name="张", station_id="A", crew_id="A1day"),
    Person(id="p2", name="李", station_id="A"),
)


@pytest.fixture
def town(store):
    store.replace_city(replace(make_city(), people=PEOPLE))
    return store, store.operations.start(OperationKind.DRILL, NOW, NOW)


def change(town, key, actor=CONSOLE, **wanted) -> bool:
    store, drill = town
    return change_day(store, drill, actor, DayChange(worker=key, day=TODAY, **wanted), NOW)


def duty(town, key) -> str | None:
    city = rostered_city(*town)
    shift = shift_on(city.worker_by_key[key], TODAY, city)
    return shift.id if shift else None


@pytest.mark.parametrize("word", ["off", "leave", "absent"])
@pytest.mark.parametrize("key", [("crew", "A1day"), ("driver", "D-loader-day"), ("person", "p1")])
def test_who_is_away_does_nothing_that_day_and_comes_back_as_the_tables_say(town, key, word):
    usual = duty(town, key)
    assert usual
    assert change(town, key, duty=word)
    assert duty(town, key) is None
    city = rostered_city(*town)
    assert is_on_leave(city.worker_by_key[key], TODAY, city) == (word != "off")
    assert not change(town, key, duty=word), "told twice is told once"
    assert change(town, key)
    assert duty(town, key) == usual


def test_a_swap_is_undone_from_either_side(town):
    one, other = ("person", "p1"), ("person", "p2")
    usual = duty(town, one)
    assert duty(town, other) is None, "of no crew: only on the days that the roster names"
    change(town, one, swap_with="p2")
    assert (duty(town, one), duty(town, other)) == (None, usual)
    change(town, other)
    assert (duty(town, one), duty(town, other)) == (usual, None)


@pytest.mark.parametrize(("asks", "ill"), [("p1", "p2"), ("p2", "p1"), ("p1", "p1"), ("p2", "p2")])
def test_whoever_is_absent_leaves_the_other_of_a_swap_his_duty(town, asks, ill):
    """Whichever of the two asked for it, and whichever is ill."""
    both = {"p1": ("driver", "D-loader-day"), "p2": ("driver", "D-loader-night")}
    change(town, both[asks], swap_with=both["p1" if asks == "p2" else "p2"][1])
    (well,) = {"p1", "p2"} - {ill}
    kept = duty(town, both[well])
    assert kept == {"p1": "night", "p2": "day"}[well]
    change(town, both[ill], duty="absent", reason="发烧")
    assert (duty(town, both[ill]), duty(town, both[well])) == (None, kept)
    told = roster_causes(town[0].rosters.changes(town[1].id), rostered_city(*town))
    assert [*told.values()][-1].facts["duty"].code == "roster.absent"


def test_a_swap_made_or_undone_takes_no_absence_back(town):
    one, other = ("driver", "D-loader-day"), ("driver", "D-loader-night")
    change(town, other, duty="absent")
    change(town, one, swap_with=other[1])
    assert (duty(town, one), duty(town, other)) == ("night", None), "he stands in for who is ill"
    change(town, one)
    assert (duty(town, one), duty(town, other)) == ("day", None)
    change(town, one, swap_with=other[1])
    change(town, one, duty="leave")
    change(town, other)
    assert (duty(town, one), duty(town, other)) == (None, "night")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (("crew", "nobody"), {"duty": "off"}),
        (("crew", "A1day"), {"duty": "noon"}),
        (("crew", "A1day"), {"swap_with": "A1day"}),
        (("crew", "A1day"), {"swap_with": "p1"}),
        (("crew", "A1day"), {"duty": "off", "reason": "x" * 201}),
        (("crew", "A1day"), {"duty": "off", "reason": "a\x1b"}),
    ],
)
def test_what_can_t_be_is_refused_and_nothing_is_kept(town, key, wanted):
    with pytest.raises(NotAllowed):
        change(town, key, **wanted)
    assert town[0].rosters.changes(town[1].id) == []


def test_nobody_swaps_with_whoever_is_of_another_service(town):
    """Where that is switched off he would be in no plan, and the own duty would stand silently."""
    store, _ = town
    city = store.city()
    other = next(one for one in city.crews if one.station_id == "B")
    stations = tuple(replace(one, service=GRID) if one.id == "B" else one for one in city.stations)
    store.replace_city(replace(city, stations=stations))
    with pytest.raises(Invalid):
        change(town, ("crew", "A1day"), swap_with=other.id)
    assert not store.rosters.changes(town[1].id)


def test_a_chief_changes_his_own_station_alone(town):
    other = next(one for one in make_city().crews if one.station_id == "B")
    assert change(town, ("crew", "A1day"), CHIEF, duty="off")
    with pytest.raises(NotAllowed):
        change(town, ("crew", other.id), CHIEF, duty="off")
    with pytest.raises(NotAllowed):
        change(town, ("crew", "A1day"), CHIEF, swap_with=other.id)


def test_a_drill_moves_no_real_duty_and_a_newer_sheet_takes_nothing_away(town):
    store, drill = town
    change(town, ("crew", "A1day"), duty="absent")
    assert store.city().roster == ()
    (entry,) = rostered_city(store, drill).roster
    assert entry == RosterDay(day=TODAY, crew_id="A1day", duty="absent")
    told = RosterDay(day=TODAY, crew_id="A1day", duty="leave")
    tomorrow = RosterDay(day=TODAY + timedelta(days=1), crew_id="A1day", duty="off")
    store.replace_city(replace(make_city(), roster=(told, tomorrow)))
    assert set(rostered_city(store, drill).roster) == {entry, tomorrow}
    store.replace_city(replace(make_city(), crews=(), drivers=()))
    assert rostered_city(store, drill).roster == (), "of a crew that the tables know no more"
