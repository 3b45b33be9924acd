"""Messages that come late, twice, in any order, or never, through the store: the state they end
in.
"""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.db.codec import pack, unpack
from tests.helpers.alert_stories import T0, gone, stories
from weather.in_force import in_force
from weather.model import Action, Alert, AlertStatus

DRAWN = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}


def ends_as_ordered(story: list[Alert], random) -> None:
    """Shuffled and repeated: the same state. Of messages that only end others some lost: at least
    as much in force.
    """
    stored = [unpack(Alert, pack(each)) for each in story]  # as the database gives them back
    mixed = stored + random.choices(stored, k=random.randint(0, 5))
    random.shuffle(mixed)
    late = [
        replace(each, received_at=each.received_at + timedelta(minutes=random.randint(0, 90)))
        for each in mixed
    ]
    chosen = [each for each in late if each.action is not Action.CANCEL or random.random() < 0.5]
    for half_hours in (0, 3, 7, 24):
        at = T0 + timedelta(hours=half_hours / 2)
        held = in_force(story, at)
        result = [(each.provider, each.provider_id) for each in held]
        assert [(each.provider, each.provider_id) for each in in_force(late, at)] == result
        assert not gone(held, in_force(chosen, at))
        assert all(each.status is AlertStatus.ACTUAL for each in in_force(late, at))


@settings(max_examples=300, **DRAWN)
@given(stories(), st.randoms(use_true_random=False))
def test_some_hundred_sequences_end_as_the_ordered_one(story, random):
    ends_as_ordered(story, random)


@pytest.mark.slow
@settings(max_examples=10_000, **DRAWN)
@given(stories(), st.randoms(use_true_random=False))
def test_ten_thousand_sequences_end_as_the_ordered_one(story, random):
    ends_as_ordered(story, random)
