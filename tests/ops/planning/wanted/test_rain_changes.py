"""What a new version tells of the rain: the next storm, not the one that has begun."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ops.planning.in_force.plan_diff import difference
from ops.risk.rain_outlook import outlook
from tests.helpers.makers import NOW, local, make_city, make_forecast, make_version

TWO = {11: 8.0, 12: 20.0, 20: 60.0}


def planned(mm_by_hour, at, before=None):
    rain = outlook(make_forecast(mm_by_hour, at), (), before.rain if before else None, at)
    return replace(make_version(1), rain=rain, made_at=at)


@pytest.mark.parametrize(
    ("then", "at", "told"),
    [
        (TWO, local(14), []),  # the first is over: the second has not moved
        (TWO, local(11.5), []),
        ({11: 8.0, 12: 20.0, 22: 60.0}, local(14), [("change.onset", local(20), local(22))]),
        ({11: 8.0, 12: 20.0}, local(14), []),
        ({10: 8.0, 12: 20.0}, local(9), [("change.onset", local(11), local(10))]),
        ({}, local(9), [("change.rain_gone",)]),
    ],
)
def test_the_next_storm_is_told_when_it_moves(then, at, told):
    old = planned(TWO, NOW)
    changes = difference(old, planned(then, at, old), (), (), make_city())
    rain = [change for change in changes if change.code.startswith(("change.onset", "change.rain"))]
    assert [(change.code, *change.facts.values()) for change in rain] == told


def test_a_storm_that_appears_behind_one_under_way_is_told():
    old = planned({8: 4.0}, NOW)
    new = planned({8: 4.0, 20: 60.0}, NOW + timedelta(minutes=5), old)
    changes = difference(old, new, (), (), make_city())
    assert [change.facts for change in changes if change.code == "change.rain_now"] == [
        {"new": local(20)}
    ]
