"""The water to be expected, and what work takes off it: laws that hold on every draw."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.plan import RainOutlook
from ops.risk.inlet_state import inlet_states
from ops.risk.parameters import WorthSettings
from ops.risk.segment_risk import assess
from ops.risk.worth import HOUR, Worth
from tests.helpers.makers import NOW, make_city

CITY = make_city()
WHOLE_NOW = NOW.replace(minute=0, second=0, microsecond=0)


def rain_of(amounts: list[float], lead: float = 2.0) -> RainOutlook:
    """Hourly rain that begins some hours from now."""
    onset = WHOLE_NOW + lead * HOUR
    hours = tuple((onset + n * HOUR, mm) for n, mm in enumerate(amounts))
    end = onset + len(amounts) * HOUR
    return RainOutlook(
        source="forecast",
        fetched_at=NOW,
        onset_at=onset,
        end_at=end,
        storms=((onset, end),),
        total_mm=sum(amounts),
        peak_mm_h=max(amounts),
        hours=hours,
    )


def worth_of(amounts: list[float], **kwargs) -> Worth:
    return Worth(
        city=CITY,
        states=inlet_states(CITY, WHOLE_NOW),
        silted=inlet_states(CITY, WHOLE_NOW),
        rain=rain_of(amounts),
        now=WHOLE_NOW,
        **kwargs,
    )


AMOUNTS = st.lists(st.floats(0, 60), min_size=1, max_size=12)
SEGMENT = CITY.segments[0]
INLETS = tuple(inlet.id for inlet in CITY.inlets_by_segment[SEGMENT.id])


@given(AMOUNTS, st.integers(0, 11), st.floats(0, 40))
def test_more_rain_in_any_hour_is_never_less_water(amounts, at, more):
    wetter = [mm + more * (n == at % len(amounts)) for n, mm in enumerate(amounts)]
    for segment in CITY.segments:
        assert worth_of(wetter).unattended(segment) >= worth_of(amounts).unattended(segment) - 1e-9


@given(AMOUNTS)
def test_an_earlier_end_of_clearing_is_never_worth_less_and_late_is_never_nothing(amounts):
    worth = worth_of(amounts).clearing(SEGMENT, INLETS, guarded=False, share=0.9)
    assert worth.best > worth.most >= 0
    assert worth.per_hour >= 0


@given(AMOUNTS, st.floats(0, 10), st.floats(0.1, 5))
def test_a_longer_watch_prevents_more_and_its_parts_add_up(amounts, begin, length):
    worth = worth_of(amounts)
    start = worth.spells[0].start + begin * HOUR
    middle, end = start + length * HOUR, start + 2 * length * HOUR
    whole = worth.guarding(SEGMENT, start, end)
    parts = worth.guarding(SEGMENT, start, middle) + worth.guarding(SEGMENT, middle, end)
    assert whole == pytest.approx(parts)
    assert whole >= worth.guarding(SEGMENT, start, middle) >= 0


@given(AMOUNTS)
def test_hour_by_hour_an_inlet_is_no_less_likely_blocked(amounts):
    worth = worth_of(amounts)
    for inlet_id, state in worth.states.items():
        hours = worth.chance_by_hour(inlet_id)
        chances = [state.probability, *(chance for _, chance in hours)]
        assert chances == sorted(chances)
        assert chances[-1] <= 1
        assert len(hours) == len(worth.spells)


@given(AMOUNTS)
def test_no_work_prevents_more_than_there_is(amounts):
    worth = worth_of(amounts)
    water = worth.unattended(SEGMENT)
    cleared = worth.clearing(SEGMENT, INLETS, guarded=False, share=1.0)
    guarded = worth.guarding(SEGMENT, WHOLE_NOW, worth.ends_at)
    assert cleared.most <= water + 1e-9
    assert guarded <= water + 1e-9


@given(AMOUNTS, st.floats(0, 400))
def test_a_guard_takes_no_worth_from_inlets_beyond_his_reach(amounts, reach):
    worth = worth_of(amounts, settings=WorthSettings(near_m=max(reach, 1.0)))
    for inlet in INLETS:
        alone, beside = (
            worth.clearing(SEGMENT, (inlet,), guarded=guarded, share=0.9).best
            for guarded in (False, True)
        )
        assert beside <= alone
        assert inlet in worth.near(SEGMENT) or beside == pytest.approx(alone)


@given(AMOUNTS)
def test_a_guard_leaves_less_to_be_cleared(amounts):
    worth = worth_of(amounts)
    alone = worth.clearing(SEGMENT, INLETS, guarded=False, share=0.9)
    beside = worth.clearing(SEGMENT, INLETS, guarded=True, share=0.9)
    assert 0 < beside.best <= alone.best


def test_a_blocked_inlet_counts_whole_and_an_important_road_more():
    worth = worth_of([12.0, 20.0])
    blocked = {key: replace(state, probability=1.0) for key, state in worth.states.items()}
    certain = replace(worth, states=blocked)
    assert certain.blocked(INLETS) == len(INLETS)
    by_importance = sorted(CITY.segments, key=lambda segment: certain.weight(segment))
    scores = {risk.segment_id: risk.score for risk in assess(certain)}
    assert scores[by_importance[-1].id] >= scores[by_importance[0].id] > 0


def test_the_water_of_a_storm_falls_in_its_hours():
    worth = worth_of([0.0, 10.0], settings=WorthSettings(light_share=0.0, recede_hours=0.0))
    onset = worth.spells[0].start
    assert worth.water_hours(onset, onset + HOUR) == 0
    assert worth.water_hours(onset) == pytest.approx(1.0)
    assert worth.water_hours(onset + 1.5 * HOUR) == pytest.approx(0.5)
    assert worth.water_hours(onset - timedelta(days=1)) == pytest.approx(1.0)


@pytest.mark.parametrize("colours", [[(50, 12), (50, 6), (50, 3), (100, 3)]])
def test_a_graver_signal_is_never_less_water(colours):
    """The amounts of the signals blue to red (CMA Order 16, 2007)."""
    water = [worth_of([mm / hours] * hours).unattended(SEGMENT) for mm, hours in colours]
    assert water == sorted(water)


def pumped(amounts: list[float], m3_per_hour: float, without: int = 0, **changed) -> float:
    """What a pump takes off the first road, with so many of its inlets left out of the tables."""
    road = replace(SEGMENT, **changed)
    gone = INLETS[:without]
    city = replace(
        CITY,
        segments=(road, *CITY.segments[1:]),
        inlets=tuple(each for each in CITY.inlets if each.id not in gone),
    )
    worth = replace(worth_of(amounts), city=city)
    return worth.pumping(road, m3_per_hour, WHOLE_NOW, WHOLE_NOW + 30 * HOUR)


@given(AMOUNTS, st.floats(20, 1500), st.integers(1, 2), st.floats(0.01, 5), st.floats(0, 5))
def test_a_pump_takes_more_where_more_runs_to_fewer_inlets(amounts, m3_per_hour, fewer, ha, more):
    usual = pumped(amounts, m3_per_hour, catchment_ha=ha)
    assert pumped(amounts, m3_per_hour, fewer, catchment_ha=ha) >= usual - 1e-9
    assert pumped(amounts, m3_per_hour, catchment_ha=ha + more) >= usual - 1e-9
    assert pumped(amounts, m3_per_hour + 100, catchment_ha=ha) >= usual - 1e-9
    assert pumped([each + more for each in amounts], m3_per_hour, catchment_ha=ha) >= usual - 1e-9


@given(AMOUNTS, st.floats(20, 1500), st.floats(0.05, 1.0))
def test_a_short_underpass_is_pumped_as_much_as_a_low_point_of_usual_length(amounts, m3, part):
    """It takes what its approaches bring: by a strip along it alone it got no pump."""
    (x, y), *_, (east, north) = SEGMENT.line
    short = (x, y), (x + part * (east - x), y + part * (north - y))
    usual = pumped(amounts, m3, low_lying=True)
    assert pumped(amounts, m3, low_lying=True, line=short) == pytest.approx(usual)
    assert pumped(amounts, m3, low_lying=False, line=short) <= usual


@pytest.mark.parametrize(("hectares", "used"), [(0.05, WorthSettings().pump_used), (5.0, 1.0)])
def test_a_pump_has_work_all_the_time_only_where_the_inlets_do_not_take_all(hectares, used):
    worth, settings = worth_of([30.0, 30.0]), WorthSettings()
    raining = worth.water_hours(WHOLE_NOW, WHOLE_NOW + 4 * HOUR)
    after = worth.water_hours(WHOLE_NOW + 4 * HOUR)
    inlets = 180.0 / settings.pump_m3_per_hour * worth.weight(SEGMENT)
    found = pumped([30.0, 30.0], 180.0, len(INLETS) - 1, catchment_ha=hectares)
    assert found == pytest.approx(inlets * (used * raining + settings.pump_used * after))
