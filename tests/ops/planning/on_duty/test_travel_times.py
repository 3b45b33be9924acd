"""How long ways take, and that whoever asks for them asks the district's own settings."""

from dataclasses import replace

import pytest

from data.geo import distance_m
from data.model.plan import JobKind
from ops.planning.on_duty.travel_times import TravelSettings, travel_seconds
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import make_city
from tests.helpers.storm import make_storm

PLACES = ((125.13, 42.90), (125.14, 42.91), (125.13, 42.95))


def test_ways_are_straight_lines_stretched_with_a_start_each():
    settings = TravelSettings(detour=1.5, speed_km_h=36, start_s=60)
    ways = travel_seconds(PLACES, settings)
    for a, row in zip(PLACES, ways, strict=True):
        for b, way in zip(PLACES, row, strict=True):
            exact = 60 + distance_m(a, b) * 1.5 / 10
            assert way == 0 if a == b else way == pytest.approx(exact, abs=1)
    assert (travel_seconds(PLACES[:1], settings, PLACES[1:]) == ways[:1, 1:]).all()


def test_a_reserve_is_worth_the_less_the_slower_the_district_s_streets_are():
    storm = make_storm(make_city())
    worth = {
        speed: [
            task.points
            for task in storm_tasks(replace(storm, travel=TravelSettings(speed_km_h=speed)))
            if task.kind is JobKind.RESERVE
        ]
        for speed in (20.0, 0.01)
    }
    assert sum(worth[20.0]) > sum(worth[0.01])
