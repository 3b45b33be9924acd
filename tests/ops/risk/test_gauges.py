"""Gauges: what a value and a time may be, what has fallen by the hour, and which can't be
trusted.
"""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.risk.gauges import Gauge, GaugeState, measured_rain, read, statuses
from ops.risk.outlook_change import would_change_the_plan
from ops.risk.rain_outlook import outlook
from tests.helpers.makers import HOUR, NOW, local, make_alert, make_forecast
from weather.model import Level

MINUTE = timedelta(minutes=1)
RAIN = Gauge(kind="rain", name="R1")
TOTAL = Gauge(kind="rain_total", name="T1")
WATER = Gauge(kind="level", name="W1", segment_id="S1")


def took(gauge: Gauge, values: dict[float, object], now=NOW) -> list:
    """Readings of a gauge, by the minutes before now."""
    return [
        read(gauge, (now - minutes * MINUTE).isoformat(), value, now, 1)
        for minutes, value in values.items()
    ]


@pytest.mark.parametrize(
    ("gauge", "value", "kept", "fault"),
    [
        (RAIN, 2.5, 2.5, ""),
        (RAIN, "2.5", 2.5, ""),
        (RAIN, -0.2, None, "gauge.out_of_range"),
        (RAIN, 191, None, "gauge.out_of_range"),
        (RAIN, float("nan"), None, "gauge.no_number"),
        (RAIN, "1e999", None, "gauge.no_number"),
        (RAIN, None, None, "gauge.no_number"),
        (RAIN, True, None, "gauge.no_number"),
        (RAIN, [1], None, "gauge.no_number"),
        (RAIN, "", None, "gauge.no_number"),
        (RAIN, 10**400, None, "gauge.no_number"),
        (WATER, -3, 0.0, ""),
        (WATER, -9, None, "gauge.out_of_range"),
        (WATER, 9999, None, "gauge.out_of_range"),
        (TOTAL, 812.4, 812.4, ""),
    ],
)
def test_a_value_that_can_not_be_is_none_and_says_why(gauge, value, kept, fault):
    reading = read(gauge, None, value, NOW, 1)
    assert (reading.value, reading.fault) == (kept, fault)


@pytest.mark.parametrize(
    ("raw", "at", "fault"),
    [
        (None, NOW, ""),
        ("2022-07-08T08:00:00+08:00", NOW - 20 * MINUTE, ""),
        (NOW.timestamp(), NOW, ""),
        (NOW.timestamp() * 1000, NOW, ""),
        (str(int(NOW.timestamp())), NOW, ""),
        ((NOW + 4 * MINUTE).isoformat(), NOW, ""),  # a little ahead
        ((NOW + 6 * MINUTE).isoformat(), NOW, "gauge.in_future"),
        ((NOW + 8 * HOUR).isoformat(), NOW, "gauge.in_future"),  # its zone is wrong
        ("2022-07-08T08:00:00", NOW, "gauge.bad_time"),
        ("soon", NOW, "gauge.bad_time"),
        (10**30, NOW, "gauge.bad_time"),
        ([], NOW, "gauge.bad_time"),
    ],
)
def test_a_time_that_can_not_be_is_that_of_the_receipt(raw, at, fault):
    """And the value stands: a clock that is wrong makes no street dry."""
    reading = read(WATER, raw, 30, NOW, 1)
    assert (reading.measured_at, reading.value, reading.fault) == (at, 30, fault)


def test_a_time_of_another_day_is_of_another_clock():
    for raw in ("2000-01-01T00:00:00Z", (NOW + 2 * 24 * HOUR).isoformat(), 0):
        assert read(WATER, raw, 30, NOW, 1).value is None


def test_rain_is_summed_by_the_hour_by_the_gauge_with_most():
    other = Gauge(kind="rain", name="R2")
    readings = [
        *took(RAIN, {20 + 5 * n: 1.0 for n in range(12)}),  # 7:00 to 8:00, a millimetre each
        *took(RAIN, {10: 3.0}),
        *took(other, {10: 4.0}),
        *took(WATER, {10: 40.0}),
    ]
    assert measured_rain((RAIN, other, WATER), readings, NOW) == {local(7): 12.0, local(8): 4.0}


def test_a_counter_is_read_by_its_steps_also_where_it_is_set_to_nought():
    readings = took(TOTAL, {80: 100.0, 50: 106.0, 40: 106.0, 30: 2.0, 20: 5.0, 10: 900.0, 5: 901.0})
    hours = measured_rain((TOTAL,), readings, NOW)
    assert hours[local(7)] == pytest.approx(6 + 2 + 3, abs=0.1)
    assert hours[local(8)] == pytest.approx(1.0)  # a leap of 895 mm is no rain


@given(st.permutations(range(8)), st.integers(0, 7))
def test_order_and_repetition_change_nothing(order, again):
    readings = took(RAIN, {5.0 * n + 1: n / 2 for n in range(8)})
    mixed = [readings[n] for n in order]
    assert measured_rain((RAIN,), mixed, NOW) == measured_rain((RAIN,), readings, NOW)
    assert statuses((RAIN,), mixed, NOW) == statuses((RAIN,), readings, NOW)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({}, GaugeState.NEVER),
        ({5: 0.0}, GaugeState.OK),
        ({61: 0.2}, GaugeState.SILENT),
        ({30 * n + 1: 7.0 for n in range(13)}, GaugeState.STUCK),
        ({30 * n + 1: 7.0 for n in range(11)}, GaugeState.OK),
        ({30 * n + 1: 0.0 for n in range(30)}, GaugeState.OK),  # a dry street is dry for long
        ({30 * n + 1: 7.0 + n % 2 for n in range(13)}, GaugeState.OK),
        ({5: "broken"}, GaugeState.NEVER),
    ],
)
def test_a_gauge_that_is_silent_or_stuck_is_told(values, state):
    for gauge in (RAIN, WATER):
        (status,) = statuses((gauge,), took(gauge, values), NOW)
        assert status.state is state
    assert status.faults == ("broken" in values.values())


def test_rain_of_a_gauge_that_is_stuck_does_not_count():
    stuck = took(RAIN, {5 * n + 1: 7.0 for n in range(80)})
    assert measured_rain((RAIN,), stuck, NOW) == {}


def test_measured_rain_joins_the_outlook_where_it_is_more():
    measured = {local(7): 18.0, local(8): 6.0}
    rain = outlook(None, (), None, NOW, measured=measured)
    assert (rain.source, rain.storms) == ("measured", ((local(7), local(9)),))
    assert (rain.total_mm, rain.peak_mm_h) == (24.0, 18.0)
    rain = outlook(make_forecast({8: 20.0, 9: 5.0}), (), None, NOW, measured=measured)
    assert dict(rain.hours)[local(8)] == 20.0
    assert (rain.source, rain.peak_mm_h, rain.storms) == (
        "forecast",
        20.0,
        ((local(7), local(10)),),
    )
    assert [source.kind for source in rain.sources] == ["forecast", "measured"]
    red = make_alert(Level.RED, forecast_hours=3.0, forecast_mm=100.0)
    assert outlook(None, (red,), None, NOW, measured={local(8): 1.0}).peak_mm_h > 30


def test_less_than_was_foreseen_calls_nothing_off():
    series = make_forecast({8: 20.0, 9: 5.0})
    dry = outlook(series, (), None, NOW)
    assert outlook(series, (), None, NOW, measured={local(8): 0.2, local(7): 0.0}) == dry


def test_rain_that_nobody_foresaw_changes_the_plan():
    dry = outlook(make_forecast({}), (), None, NOW)
    falling = outlook(make_forecast({}), (), dry, NOW, measured={local(8): 9.0})
    assert would_change_the_plan(dry, falling, NOW, NOW)
    assert not would_change_the_plan(dry, dry, NOW, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "snow"},
        {"kind": "level"},
        {"minutes": 0},
        {"clear_cm": 20.0},
        {"alarm_cm": 900.0},
        {"silent_minutes": 0},
    ],
)
def test_a_gauge_that_can_not_work_is_refused(changes):
    with pytest.raises(ValueError):  # noqa: PT011
        Gauge(**({"kind": "rain", "name": "x"} | changes))
