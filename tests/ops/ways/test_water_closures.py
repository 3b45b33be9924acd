"""What reported water closes: calls about one matter close a street once."""

from datetime import timedelta

import pytest

from data.model.message import Message
from ops.ways.closures import water_closures
from ops.ways.speeds import WaySettings, share_in_water
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_city

CITY, SETTINGS = make_city(), WaySettings()


def closed(*depths, **changes):
    calls = [
        incident(
            **{"kind": "standing_water", "segment_id": "S1", "matter_id": 1}
            | {"id": number, "depth_cm": depth, "reported_at": NOW + number * timedelta(minutes=1)}
            | {key: value(number) for key, value in changes.items()}
        )
        for number, depth in enumerate(depths, 1)
    ]
    return list(water_closures(calls, CITY, SETTINGS))


@pytest.mark.parametrize(
    ("depths", "reason"),
    [
        ((12.0, 16.0, 14.0), Message("street.water_told", {"cm": 16.0})),
        ((None, 12.0), Message("street.water_told", {"cm": 12.0})),
        ((None, None), Message("street.water_assumed", {"cm": SETTINGS.unknown_depth_cm})),
        ((12.0, 0.0), Message("street.water_told", {"cm": 12.0})),
    ],
)
def test_calls_about_one_puddle_slow_its_street_once_by_the_deepest(depths, reason):
    """The head of every sheet told of the street as often as somebody had called."""
    (one,) = closed(*depths)
    assert one.reason == reason
    assert one.speed_share == share_in_water(reason.facts["cm"], SETTINGS)
    assert one.from_at == NOW + timedelta(minutes=1)


def test_two_matters_and_two_places_are_told_apart():
    assert len(closed(12.0, 16.0, matter_id=lambda number: number)) == 2
    assert len(closed(12.0, 16.0, position=lambda number: (125.1 + number / 100, 42.9))) == 2
    assert closed(0.0) == []
