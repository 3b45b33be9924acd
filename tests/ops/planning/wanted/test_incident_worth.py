"""What a matter is worth and what waiting costs: laws that hold on every draw."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from data.model.field import INCIDENT_KINDS
from data.model.plan import Phase
from ops.field.calls.incidents import IncidentSettings
from ops.field.calls.matters import Matter
from ops.planning.tiers import Tier, duty_points
from ops.planning.wanted.incident_worth import IncidentWorth, incident_worth, tier_of
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_city, make_forecast
from tests.helpers.storm import make_storm

STORM, CITY, SETTINGS = make_storm(), make_city(), IncidentSettings()
SEGMENTS = st.sampled_from(CITY.segments)
DEPTHS = st.none() | st.floats(0, 200)
AGES = st.integers(0, 600)  # minutes


def worth(segment, kind="standing_water", depth=None, age=0) -> IncidentWorth:
    call = incident(kind=kind, depth_cm=depth, reported_at=NOW - timedelta(minutes=age))
    return incident_worth(Matter((call,)), segment, STORM, SETTINGS)


def won(of: IncidentWorth, late_s: int) -> int:
    """What is won by doing it so many seconds late."""
    return of.points - min(of.late_most, of.late_points * late_s)


@given(SEGMENTS, DEPTHS, DEPTHS, AGES, AGES, st.integers(0, 20_000))
def test_an_older_or_deeper_matter_never_weighs_less_at_any_time(segment, a, b, old, young, late):
    deeper, shallower = sorted((a, b), key=lambda depth: -(depth or 0.0))
    grave = worth(segment, depth=deeper, age=max(old, young))
    light = worth(segment, depth=shallower, age=min(old, young))
    assert won(grave, late) >= won(light, late)
    assert grave.late_points >= light.late_points


@given(SEGMENTS, st.sampled_from(INCIDENT_KINDS), DEPTHS, AGES, st.integers(0, 10**6))
def test_coming_late_is_always_worth_more_than_not_coming(segment, kind, depth, age, late):
    found = worth(segment, kind, depth, age)
    assert found.late_most <= 0.6 * found.points + 1
    assert won(found, late) >= 0.4 * found.points - 1 > 0
    assert found.late_points > 0


@given(SEGMENTS, DEPTHS, AGES)
def test_water_waits_for_no_post_of_a_lower_tier(segment, depth, age):
    """A minute of waiting costs more than a minute of an unmanned low point wins."""
    found = worth(segment, depth=depth, age=age)
    assert found.late_points * 60 > duty_points(Tier.LOW_POINT, 1)


def test_waiting_costs_on_when_a_downpour_lets_crews_go():
    """They may not leave the low points before: else it would be all one when they come after."""
    held = make_storm(series=make_forecast({8: 25.0, 9: 30.0, 10: 2.0, 11: 2.0}))
    call = Matter((incident(kind="standing_water", depth_cm=5.0, reported_at=NOW),))
    found = incident_worth(call, CITY.segments[0], held, SETTINGS)
    over = max(end for _, end in held.downpours) - NOW
    patience = timedelta(minutes=SETTINGS.patience_minutes)
    assert over > timedelta(hours=1)
    assert won(found, (over + patience).seconds) < won(found, over.seconds)
    usual = incident_worth(call, CITY.segments[0], STORM, SETTINGS)
    assert abs(found.points - usual.points) < 0.001 * usual.points


def test_low_ground_and_importance_weigh_more():
    by_weight = sorted(CITY.segments, key=lambda each: (each.low_lying, each.importance))
    light, heavy = by_weight[0], by_weight[-1]
    assert worth(heavy).points > worth(light).points
    assert worth(replace(light, importance=5)).points >= worth(light).points


def test_danger_comes_first_and_a_blocked_inlet_once_it_rains():
    def tier(kind, storm=STORM, **facts):
        return tier_of(Matter((incident(kind=kind, **facts),)), storm)

    raining = replace(STORM, now=STORM.rain.onset_at + timedelta(minutes=30))
    assert raining.phase is Phase.DURING
    assert (tier("blocked_inlet"), tier("blocked_inlet", raining)) == (Tier.GAIN, Tier.WATER)
    for kind in ("standing_water", "burst_pipe"):
        assert tier(kind) is Tier.WATER
    for kind in ("vehicle_in_water", "missing_cover"):
        assert tier(kind) is Tier.SAFETY
    assert tier("standing_water", depth_cm=14.0) is Tier.WATER
    assert tier("standing_water", depth_cm=15.0) is Tier.FLOODED, "GB 51222-2017"
    assert tier("standing_water", depth_cm=29.0) is Tier.FLOODED
    assert tier("standing_water", depth_cm=30.0) is Tier.SAFETY, "cars stall in it"
    assert tier("fallen_tree") is Tier.POST
    assert tier("fallen_tree", depth_cm=40.0) is Tier.POST, "no depth of water"


@given(DEPTHS)
def test_water_before_the_rain_is_a_danger_by_whatever_name_it_was_called(depth):
    """A grate under 10 cm of water is no grate to be opened some time."""
    call = Matter((incident(kind="blocked_inlet", depth_cm=depth),))
    cm = depth or 0.0
    deep = Tier.SAFETY if cm >= 30.0 else Tier.FLOODED if cm >= 15.0 else Tier.WATER
    assert tier_of(call, STORM) is (deep if cm > 0 else Tier.GAIN)
