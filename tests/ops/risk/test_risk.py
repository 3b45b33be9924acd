"""Risk and outlook: every factor from both sides."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from data.db.codec import pack, unpack
from data.model.plan import RainOutlook
from ops.risk.inlet_state import inlet_states
from ops.risk.parameters import RiskSettings, WorthSettings
from ops.risk.rain_outlook import outlook
from ops.risk.segment_risk import assess
from ops.risk.worth import Worth
from tests.helpers.makers import NOW, local, make_alert, make_blockage, make_city, make_forecast
from weather.model import Action, Level

STORM = {11: 8.0, 12: 18.0, 13: 12.0, 15: 4.0}


def scores(city, rain):
    return {risk.segment_id: risk.score for risk in risks(city, rain, NOW)}


def risks(city, rain, now):
    """On a scale for a town of a dozen inlets, where whole points tell little amounts apart."""
    small = WorthSettings(risk_hours=10.0)
    states = inlet_states(city, now)
    worth = Worth(city=city, states=states, silted=states, rain=rain, now=now, settings=small)
    return assess(worth)


def test_rain_of_a_fresh_forecast_begins_and_ends_with_its_storm():
    rain = outlook(make_forecast(STORM), (), None, NOW)
    assert (rain.source, rain.onset_at, rain.end_at) == ("forecast", local(11), local(16))
    assert rain.total_mm == pytest.approx(42.0)
    assert rain.peak_mm_h == pytest.approx(18.0)


@pytest.mark.parametrize(
    ("mm_by_hour", "storms", "most"),
    [
        ({11: 8.0, 20: 30.0, 21: 5.0}, [(11, 12), (20, 22)], (35, 30)),
        ({8: 1.2, 13: 25.0, 14: 35.0}, [(8, 9), (13, 15)], (60, 35)),  # a drizzle hides nothing
        ({8: 1.2, 11: 1.2, 14: 25.0}, [(8, 15)], (27.4, 25)),
        ({11: 30.0, 40: 4.0, 41: 4.0}, [(11, 12), (40, 42)], (30, 30)),
        ({11: 0.9}, [], (0, 0)),
    ],
)
def test_every_storm_of_the_horizon_is_seen_and_the_gravest_weighs(mm_by_hour, storms, most):
    rain = outlook(make_forecast(mm_by_hour), (), None, NOW)
    assert rain.storms == tuple((local(start), local(end)) for start, end in storms)
    assert (rain.onset_at, rain.end_at) == (rain.storms[0] if storms else (None, None))
    assert (rain.total_mm, rain.peak_mm_h) == pytest.approx(most)
    assert len(rain.hours) == 40


def test_the_next_storm_is_told_while_the_last_is_remembered():
    """The rain that fell is counted with its storm, and no storm that is called off with it."""
    series = make_forecast({11: 8.0, 12: 20.0, 20: 60.0})
    before = outlook(series, (), None, NOW)
    rain = outlook(series, (), outlook(series, (), before, local(12.5)), local(14))
    assert rain.storms == before.storms
    assert (rain.onset_at, rain.end_at, rain.total_mm) == (local(20), local(21), 60)
    rain = outlook(make_forecast({}, local(14)), (), before, local(14))
    assert (rain.storms, rain.onset_at) == (((local(11), local(13)),), local(11))
    assert (rain.total_mm, rain.peak_mm_h) == (28, 20)
    assert outlook(make_forecast({}, local(22)), (), before, local(22)).storms == (
        (local(20), local(21)),
    )


def test_an_outlook_stored_when_one_storm_was_known_is_of_that_storm():
    rain = outlook(make_forecast(STORM), (), None, NOW)
    stored = {name: value for name, value in pack(rain).items() if name != "storms"}
    assert unpack(RainOutlook, stored) == rain == unpack(RainOutlook, pack(rain))


LONG_AGO = NOW - timedelta(hours=7)


def test_the_rain_of_a_stale_forecast_is_still_planned_on_and_the_forecast_is_named():
    fresh, stale = (
        outlook(make_forecast(STORM, fetched_at=at), (), None, NOW) for at in (NOW, LONG_AGO)
    )
    assert stale == replace(
        fresh,
        fetched_at=LONG_AGO,
        stale_fetched_at=LONG_AGO,
        stale_provider=fresh.provider,
        sources=(replace(fresh.sources[0], at=LONG_AGO),),
        seen=(),
    )


def test_a_plan_made_while_the_feeds_are_silent_drops_no_rain_that_was_planned_on():
    """The storm of the plan in force has not begun; neither does a warning in force shorten it."""
    before = outlook(make_forecast(STORM, fetched_at=LONG_AGO), (), None, LONG_AGO)
    for alerts in ((), (make_alert(),), (make_alert(forecast_mm=5.0),)):
        rain = outlook(make_forecast(STORM, fetched_at=LONG_AGO), alerts, before, NOW)
        assert rain.onset_at <= before.onset_at < before.end_at <= rain.end_at
        assert (rain.total_mm, rain.peak_mm_h) >= (before.total_mm, before.peak_mm_h)


def test_the_dry_hours_of_a_stale_forecast_count_for_nothing():
    rain = outlook(make_forecast({}, fetched_at=LONG_AGO), (), None, NOW)
    assert (rain.source, rain.onset_at, rain.stale_fetched_at) == ("none", None, LONG_AGO)
    rain = outlook(make_forecast({}, fetched_at=LONG_AGO), (make_alert(),), None, NOW)
    assert (rain.source, rain.end_at) == ("alert", NOW + timedelta(hours=6))


def test_a_warning_and_a_stale_forecast_are_planned_on_together_hour_by_hour():
    series = make_forecast(STORM, fetched_at=LONG_AGO)
    rain = outlook(series, (make_alert(),), None, NOW)
    assert (rain.source, rain.stale_provider, rain.stale_fetched_at) == (
        "both",
        series.provider,
        LONG_AGO,
    )
    assert (rain.onset_at, rain.end_at) == (NOW + timedelta(hours=1), local(16))
    assert all(
        later - start == timedelta(hours=1) for (start, _), (later, _) in pairwise(rain.hours)
    )
    amounts = dict(
        rain.hours
    )  # the warning's 50 mm in its five hours, or the forecast's where that is more
    assert [amounts[local(hour)] for hour in (8, 9, 10, 11, 12, 13, 14, 15, 16)] == [
        0,
        pytest.approx(20 / 3, abs=1e-4),
        10,
        10,
        18,
        12,
        pytest.approx(10 / 3, abs=1e-4),
        4,
        0,
    ]


def test_a_warning_goes_on_where_a_stale_forecast_has_ended():
    series = make_forecast({11: 8.0}, fetched_at=LONG_AGO)
    short = replace(series, steps=tuple(step for step in series.steps if step.start < local(12)))
    rain = outlook(short, (make_alert(),), None, NOW)
    assert (rain.onset_at, rain.end_at, rain.peak_mm_h) == (
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=6),
        10,
    )
    assert [round(mm, 2) for _, mm in rain.hours] == [0, 6.67, 10, 10, 10, 10, 3.33]


def test_a_warning_and_a_stale_forecast_of_another_storm_are_two_storms():
    rain = outlook(make_forecast({22: 30.0}, fetched_at=LONG_AGO), (make_alert(),), None, NOW)
    assert rain.end_at == NOW + timedelta(hours=6)
    assert (rain.storms[1:], rain.total_mm) == (((local(22), local(23)),), pytest.approx(50))
    evening = make_alert(onset_at=local(20), expires_at=local(23))
    rain = outlook(make_forecast({10: 30.0}, fetched_at=LONG_AGO), (evening,), None, NOW)
    assert rain.storms == ((local(10), local(11)), (local(20), local(23)))


def test_the_forecast_that_is_planned_on_is_told_with_its_run():
    rain = outlook(replace(make_forecast(STORM), run_at=NOW - timedelta(hours=2)), (), None, NOW)
    assert (rain.fetched_at, rain.run_at, rain.stale_provider) == (
        NOW,
        NOW - timedelta(hours=2),
        None,
    )


def test_a_storm_remembered_from_a_forecast_keeps_the_time_it_was_fetched():
    before = outlook(make_forecast(STORM), (), None, NOW)
    rain = outlook(None, (), before, local(14))
    assert (rain.source, rain.provider, rain.fetched_at) == ("forecast", before.provider, NOW)


def test_a_warning_stands_in_where_no_forecast_is():
    rain = outlook(None, (make_alert(),), None, NOW)
    assert (rain.source, rain.onset_at, rain.end_at) == (
        "alert",
        NOW + timedelta(hours=1),
        NOW + timedelta(hours=6),
    )
    assert rain.total_mm == 50


def test_a_dry_forecast_does_not_overrule_a_warning_in_force():
    assert outlook(make_forecast({}), (make_alert(),), None, NOW).source == "alert"


def test_an_amount_of_zero_in_a_warning_is_not_taken_for_unsaid():
    assert outlook(None, (make_alert(forecast_mm=0.0),), None, NOW).total_mm == 0


def test_a_cancelled_warning_brings_no_rain():
    assert outlook(None, (make_alert(action=Action.CANCEL),), None, NOW).onset_at is None


def test_a_storm_just_over_is_remembered_for_the_work_after_it():
    before = outlook(make_forecast(STORM), (), None, NOW)
    now = local(17)
    rain = outlook(make_forecast(STORM, fetched_at=now), (), before, now)
    assert (rain.onset_at, rain.end_at, rain.total_mm) == (
        before.onset_at,
        local(16),
        before.total_mm,
    )


def test_a_storm_is_forgotten_after_a_night():
    before = outlook(make_forecast(STORM), (), None, NOW)
    assert outlook(None, (), before, local(25)).onset_at is None


def test_half_way_through_a_storm_its_beginning_and_amount_stay():
    before = outlook(make_forecast(STORM), (), None, NOW)
    now = local(13.5)
    rain = outlook(make_forecast(STORM, fetched_at=now), (), before, now)
    assert (rain.onset_at, rain.end_at, rain.total_mm) == (local(11), local(16), before.total_mm)


def test_more_rain_more_history_and_more_importance_each_raise_the_risk():
    city = make_city()
    light, heavy = (
        outlook(make_forecast({11: 5.0}), (), None, NOW),
        outlook(make_forecast(STORM), (), None, NOW),
    )
    assert scores(city, light)["S1"] < scores(city, heavy)["S1"]
    more = replace(
        city, blockages=(*city.blockages, *(make_blockage("S1-3", day) for day in range(5, 60, 5)))
    )
    assert scores(city, light)["S1"] < scores(more, light)["S1"]
    lesser = replace(
        city, segments=tuple(replace(segment, importance=1) for segment in city.segments)
    )
    assert scores(lesser, heavy)["S1"] < scores(city, heavy)["S1"]


def test_a_warning_lifts_the_risk_above_what_a_light_forecast_gives():
    city, light = make_city(), make_forecast({11: 2.0})
    calm, warned, red = (
        scores(city, outlook(light, alerts, None, NOW))["S1"]
        for alerts in ((), (make_alert(),), (make_alert(Level.RED),))
    )
    assert calm <= warned <= red


def test_an_open_blockage_counts_and_comes_first():
    city, rain = make_city(), outlook(make_forecast(STORM), (), None, NOW)
    risk = next(risk for risk in risks(city, rain, NOW) if risk.segment_id == "S2")
    assert risk.inlet_ids[0] == "S2-0"
    assert "risk.blocked_now" in {why.code for why in risk.why}
    later = next(
        risk for risk in risks(city, rain, NOW - timedelta(days=30)) if risk.segment_id == "S2"
    )
    assert "risk.blocked_now" not in {why.code for why in later.why}


def test_a_city_without_records_is_planned_by_the_prior_and_one_without_inlets_has_no_risk():
    rain = outlook(make_forecast(STORM), (), None, NOW)
    bare = scores(make_city(blockages=()), rain)
    assert 0 < bare["S2"] < min(bare["S1"], bare["S3"])  # the lesser road
    assert set(scores(make_city(blockages=(), inlets=()), rain).values()) == {0}


def test_risk_settings_check_themselves():
    with pytest.raises(ValueError, match="half_life_days"):
        RiskSettings(half_life_days=0)
