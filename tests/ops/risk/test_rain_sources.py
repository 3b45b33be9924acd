"""Sources of rain, joined: neither calls off what another one speaks of."""

from dataclasses import replace
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.risk.parameters import RiskSettings
from ops.risk.rain_outlook import outlook
from ops.risk.rain_sources import alert_rain, overlap
from tests.helpers.makers import HOUR, NOW, local, make_alert, make_forecast
from weather.model import Level, RainSeries, RainStep
from weather.validity import is_over

SOON = NOW + HOUR  # where only a warning speaks of the rain, it begins an hour after its issue


def red(**changes):
    return make_alert(Level.RED, **{"forecast_hours": 3.0, "forecast_mm": 100.0} | changes)


@pytest.mark.parametrize(
    ("mm_by_hour", "onset"),
    [
        ({}, SOON),
        ({43: 0.9}, SOON),
        ({43: 1.2}, SOON),  # one wet hour tomorrow calls off nothing today
        ({8: 1.0, 9: 1.0, 10: 1.0, 11: 1.0}, local(8)),
        ({9: 10.0, 10: 10.0}, local(9)),
    ],
)
def test_the_amount_of_a_warning_is_planned_on_beside_any_fresh_forecast(mm_by_hour, onset):
    rain = outlook(make_forecast(mm_by_hour), (red(),), None, NOW)
    assert rain.onset_at == onset
    assert rain.amounts(NOW, NOW + 3 * HOUR)[0] >= 99.9
    assert rain.peak_mm_h >= 33
    assert {source.kind for source in rain.sources} == {"forecast", "alert"}
    assert rain.storms[-1] == (
        (local(43), local(44)) if mm_by_hour.get(43, 0) > 1 else (onset, rain.end_at)
    )


def test_a_fresh_forecast_that_sees_the_amount_tells_the_hours_of_a_warning():
    """And at most twice of what it sees: the rest falls evenly, from the warning's own onset."""
    rain = outlook(make_forecast({11: 6.0, 12: 20.0, 13: 14.0}), (make_alert(),), None, NOW)
    assert (rain.source, rain.storms) == ("both", ((local(11), local(14)),))
    assert dict(rain.hours)[local(12)] == 25
    assert rain.total_mm == pytest.approx(50)
    rain = outlook(make_forecast({11: 5.0, 12: 5.0}), (make_alert(),), None, NOW)
    assert rain.onset_at == SOON
    amounts = dict(rain.hours)
    assert [round(amounts[local(hour)], 1) for hour in (9, 10, 11, 12, 13, 14)] == [
        4.0,
        6.0,
        16.0,
        16.0,
        6.0,
        2.0,
    ]


def test_a_warning_of_a_later_storm_and_a_forecast_of_an_earlier_are_two_storms():
    evening = make_alert(onset_at=local(20), expires_at=local(23))
    rain = outlook(make_forecast({10: 30.0}), (evening,), None, NOW)
    assert rain.storms == ((local(10), local(11)), (local(20), local(23)))
    assert [source.kind for source in rain.sources] == ["forecast", "alert"]
    assert rain.total_mm == pytest.approx(50, abs=1e-3)


def test_every_warning_in_force_counts_not_the_gravest_alone():
    night = make_alert(Level.BLUE, onset_at=local(22), expires_at=local(26), forecast_mm=40.0)
    rain = outlook(None, (red(), night), None, NOW)
    assert rain.storms == ((SOON, NOW + 3 * HOUR), (local(22), local(26)))


@pytest.mark.parametrize("hours", [3, 24])
def test_an_amount_falls_within_its_hours_however_long_the_warning_stands(hours):
    rain = outlook(None, (red(expires_at=NOW + hours * HOUR),), None, NOW)
    assert (rain.peak_mm_h, rain.end_at) == (50, NOW + hours * HOUR)
    assert all(mm > 0 for start, mm in rain.hours if start < rain.end_at)


def test_a_rate_is_an_hour_of_that_rain_and_no_duration():
    rain = outlook(
        None, (make_alert(forecast_hours=1.0, forecast_mm=30.0, hourly_mm=30.0),), None, NOW
    )
    assert (rain.onset_at, rain.end_at) == (SOON, NOW + 6 * HOUR)
    assert rain.total_mm >= 50
    assert rain.peak_mm_h >= 20


def test_a_warning_that_follows_another_puts_off_nothing():
    """Raised a quarter of an hour before the rain was to begin, and in the midst of it."""
    before = outlook(None, (make_alert(),), None, NOW)
    for minutes, onset in ((45, SOON), (150, SOON)):
        now = NOW + timedelta(minutes=minutes)
        rain = outlook(None, (red(issued_at=now, received_at=now),), before, now)
        assert (rain.onset_at, rain.storms[0][0]) == (onset, onset)
        assert all(mm > 0 for start, mm in rain.hours if start < rain.end_at)


def test_a_warning_in_the_rain_that_is_read_again_tells_the_same_hours():
    """Else the next plan, minutes later and without any news, calls off half of the posts."""
    series, alerts = make_forecast({8: 40.0, 9: 45.0}, NOW), (red(),)
    first = outlook(series, alerts, None, NOW)
    again = outlook(series, alerts, first, NOW)
    assert (again.storms, again.hours) == (first.storms, first.hours)


def test_hours_in_which_a_warning_brought_nothing_are_no_storm_afterwards():
    """The forecast told that its rain comes in the evening: so there is no silt at noon."""
    alerts = (make_alert(Level.BLUE, forecast_hours=12.0),)
    series = make_forecast({18: 40.0, 19: 30.0}, NOW)
    first = outlook(series, alerts, None, NOW)
    later = outlook(series, alerts, first, NOW + 2 * HOUR)
    assert first.storms == later.storms == ((local(18), local(20)),)


HOURS = st.dictionaries(st.integers(8, 47), st.sampled_from([0.3, 1.0, 1.2, 6.0, 25.0, 80.0]))
FORECASTS = st.builds(make_forecast, HOURS, st.sampled_from([NOW, NOW - 7 * HOUR]))
WARNINGS = st.builds(
    make_alert,
    st.sampled_from(Level),
    st.integers(0, 300).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    onset_at=st.sampled_from([None, local(10), local(20)]),
    forecast_hours=st.sampled_from([None, 1.0, 3.0, 12.0]),
    forecast_mm=st.sampled_from([None, 0.0, 5.0, 50.0, 200.0]),
    hourly_mm=st.sampled_from([None, 30.0]),
    window_hours=st.sampled_from([None, 24.0]),
)


def joined(series, alerts, now=NOW):
    return outlook(series, tuple(alerts), None, now)


def keeps(less, more):
    """No storm of the one is missing in the other."""
    return all(
        any(start < until and begin < end for begin, until in more.storms)
        for start, end in less.storms
    )


@given(st.none() | FORECASTS, st.lists(WARNINGS, max_size=3), WARNINGS)
def test_one_warning_more_lowers_no_hour_and_delays_no_storm(series, alerts, another):
    less, more = joined(series, alerts), joined(series, [*alerts, another])
    amounts = dict(more.hours)
    assert all(amounts[hour] >= mm for hour, mm in less.hours)
    assert keeps(less, more)
    assert all(any(b <= start and end <= e for b, e in more.storms) for start, end in less.storms)
    assert more.total_mm >= less.total_mm
    assert more.peak_mm_h >= less.peak_mm_h


@given(FORECASTS, st.lists(WARNINGS, min_size=1, max_size=3))
def test_a_forecast_beside_warnings_lowers_no_amount_and_hides_no_storm(series, alerts):
    warned, both = joined(None, alerts), joined(series, alerts)
    amounts = dict(both.hours)
    own = joined(series, ())
    assert all(amounts[hour] >= mm for hour, mm in own.hours)
    assert keeps(own, both)
    assert keeps(warned, both)
    for rain in (alert_rain(alert, NOW, RiskSettings()) for alert in alerts):
        ahead = [hour for hour in rain.hours if hour + HOUR > NOW]
        assert (
            sum(amounts[hour] for hour in ahead) >= sum(rain.hours[hour] for hour in ahead) - 0.01
        )
    if series.is_stale(NOW):
        assert all(amounts[hour] >= mm for hour, mm in warned.hours)


@given(st.none() | FORECASTS, WARNINGS)
def test_a_higher_level_lowers_nothing_within_its_hours(series, alert):
    for lower, higher in combinations(Level, 2):
        silent = replace(
            alert, forecast_mm=None, forecast_hours=None, window_hours=None, hourly_mm=None
        )
        mild, grave = (replace(silent, level=each) for each in (lower, higher))
        if is_over(grave, NOW):
            continue
        less, more = joined(series, [mild]), joined(series, [grave])
        its = alert_rain(grave, NOW, RiskSettings())
        amounts, milder = dict(more.hours), dict(less.hours)
        # what fell before now counts too: of a shorter window more of it lies behind us
        least = sum(milder.get(hour, 0.0) * overlap(hour, its.storms[0]) for hour in its.hours)
        assert sum(amounts[hour] for hour in its.hours) >= 0.98 * least - 0.01
        assert not less.onset_at or more.onset_at <= less.onset_at
        less, more = joined(None, [mild]), joined(None, [grave])
        assert more.peak_mm_h >= less.peak_mm_h
        assert more.total_mm >= less.total_mm - 0.01


@given(st.none() | FORECASTS, WARNINGS, st.integers(1, 120))
def test_an_earlier_warning_delays_no_onset(series, alert, minutes):
    """But up to the hour from which the forecast itself sees rain: the more hours a warning has in
    common with it, the more of its amount is told by it.
    """
    sooner = replace(alert, issued_at=alert.issued_at - timedelta(minutes=minutes))
    late, early = joined(series, [alert]), joined(series, [sooner])
    if early.storms and late.storms and sooner.onset_at is None:
        seen = joined(series, []).storms
        assert early.storms[0][0] <= max(start for start, _ in (late.storms[0], *seen[:1]))


def members(*hours_of_each, mm=25.0):
    return RainSeries(
        provider="ensemble",
        fetched_at=NOW,
        steps=tuple(
            RainStep(
                start=local(hour),
                end=local(hour + 1),
                mm=mm if hour in wet else 0.0,
                member=f"m{number}",
            )
            for number, wet in enumerate(hours_of_each)
            for hour in range(8, 48)
        ),
    )


@pytest.mark.parametrize("step", [0.5, 1, 1.25])
def test_members_that_see_one_storm_at_different_hours_agree_on_the_storm(step):
    rain = outlook(members(*[(8 + int(n * step),) for n in range(31)]), (), None, NOW)
    assert (rain.total_mm, rain.peak_mm_h) == (25, 25)
    assert rain.spread.members == 31
    assert (rain.spread.dry, rain.spread.low_mm, rain.spread.high_mm) == (0, 25, 25)
    assert (rain.spread.first_at, rain.spread.last_at) == (local(8), local(8 + int(30 * step)))


def test_what_few_members_see_is_told_as_a_doubt_and_not_planned_on():
    rain = outlook(members((12,), *[()] * 9), (), None, NOW)
    assert rain.onset_at is None
    assert (rain.spread.dry, rain.spread.low_mm, rain.spread.high_mm) == (9, 0, 0)


def test_an_hour_that_members_lack_is_taken_from_those_that_have_it():
    whole = members(*[(12, 13)] * 8)
    part = replace(
        whole,
        steps=tuple(
            step
            for step in whole.steps
            if not (step.member in {"m0", "m1", "m2", "m3", "m4", "m5"} and step.start == local(13))
        ),
    )
    rain = outlook(part, (), None, NOW)
    assert (rain.storms, rain.total_mm) == (((local(12), local(14)),), 50)


@pytest.mark.parametrize(
    ("mm", "more", "storms"),
    [
        (2.0, (), 0),
        (12.0, (), 1),  # no snow falls so fast
        (2.0, (make_alert(),), 1),  # of rain
    ],
)
def test_what_falls_under_a_warning_of_snow_is_no_rain(mm, more, storms):
    snow = make_alert(type="暴雪", forecast_mm=6.0, forecast_hours=12.0)
    series = make_forecast(dict.fromkeys((10, 11, 12), mm))

    assert len(outlook(series, (snow, *more), None, NOW).storms) == storms
    assert outlook(series, more, None, NOW).storms, "without that warning it is rain"
    assert not outlook(None, (snow,), None, NOW).storms


def test_what_is_forecast_for_after_a_snow_warning_is_rain():
    snow = make_alert(type="暴雪", forecast_mm=6.0, forecast_hours=2.0)
    found = outlook(make_forecast({9: 2.0, 14: 2.0}), (snow,), None, NOW)
    assert found.storms == ((local(14), local(15)),)
