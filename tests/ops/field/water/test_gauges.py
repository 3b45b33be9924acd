"""Readings as they come: standing water is one incident, which ends by itself; rain asks for a
plan.
"""

import random
from datetime import timedelta

import pytest

from data.model.operation import Operation, TriggerKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from ops.documents import labels, terminal
from ops.field.calls import incidents
from ops.field.calls.incidents import IncidentReport
from ops.field.water.gauges import take_readings
from ops.intake.alerts import take_forecast, use_best
from ops.intake.operations import begin_real
from ops.risk.gauges import Gauge
from tests.helpers.desk import Desk
from tests.helpers.makers import NOW, both_databases, make_city, make_forecast

WATER = Gauge(kind="level", name="下穿桥", segment_id="S2")
RAIN = Gauge(kind="rain", name="雨量站")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def real(store: Store) -> Operation:
    store.replace_city(make_city())
    return begin_real(store, NOW)


def push(store, real, gauge: Gauge, *values: tuple[float, object]) -> list:
    """Values with the minutes after now at which they are measured and come."""
    return [
        take_readings(
            store,
            real,
            CONSOLE,
            [
                {
                    "gauge": gauge.name,
                    "at": (NOW + minutes * MINUTE).isoformat(),
                    "value": value,
                }
            ],
            NOW + minutes * MINUTE,
            (WATER, RAIN),
        )[0]
        for minutes, value in values
    ]


@both_databases
def test_water_over_its_threshold_is_one_matter_and_ends_with_hysteresis(store):
    store.replace_city(make_city())
    real = begin_real(store, NOW)
    push(store, real, WATER, (0, 3), (5, 14.9))
    assert store.field.incidents(real.id) == []
    push(store, real, WATER, *((10 + n, 15 + n % 3) for n in range(30)))
    (call,) = store.field.incidents(real.id)
    assert (call.source, call.segment_id, call.depth_cm) == ("gauge:下穿桥", "S2", 15)
    push(store, real, WATER, (50, 14), (51, 9), (52, 16), (53, 8))
    assert len(store.field.incidents(real.id, open_only=True)) == 1
    push(store, real, WATER, (60, 7.9))
    assert store.field.incidents(real.id, open_only=True) == []
    push(store, real, WATER, (90, 30))
    assert len(store.field.incidents(real.id, open_only=True)) == 1


def test_water_that_rises_is_told_again_in_the_same_matter(store, real):
    push(store, real, WATER, (0, 16), (5, 20), (10, 27), (15, 36), (20, 60))
    calls = store.field.incidents(real.id)
    assert [call.depth_cm for call in calls] == [16, 27, 60]
    assert len({call.matter for call in calls}) == 1


def test_a_citizen_s_call_about_the_same_water_stands_when_the_gauge_is_dry(store, real):
    report = IncidentReport(
        kind="standing_water", by="热线", source="desk", reported_at=NOW, segment_id="S2"
    )
    incidents.report(store, real, CONSOLE, report, NOW)
    push(store, real, WATER, (5, 40), (60, 0))
    (call,) = store.field.incidents(real.id, open_only=True)
    assert call.source == "desk"


def test_late_and_doubled_readings_open_and_close_nothing(store, real):
    push(store, real, WATER, (10, 20))
    late = {"gauge": WATER.name, "at": (NOW + 5 * MINUTE).isoformat(), "value": 0}
    again = {"gauge": WATER.name, "at": (NOW + 10 * MINUTE).isoformat(), "value": 0}
    at = NOW + 11 * MINUTE
    taken = take_readings(store, real, CONSOLE, [late, again], at, (WATER,))
    assert [each.new for each in taken] == [True, False]
    assert len(store.field.incidents(real.id, open_only=True)) == 1


def test_water_counts_whatever_the_gauge_s_clock_says(store, real):
    ahead = {"gauge": WATER.name, "at": (NOW + 480 * MINUTE).isoformat(), "value": 33}
    (taken,) = take_readings(store, real, CONSOLE, [ahead], NOW, (WATER,))
    assert taken.fault == "gauge.in_future"
    assert len(store.field.incidents(real.id, open_only=True)) == 1


def test_anything_may_come_and_nothing_breaks(store, real):
    """A thousand messages of rubbish: each is counted or refused."""
    rubbish = [None, True, [], {}, "", "x", -1, 1e99, float("nan"), 10**400, "2022-01-01", "下穿桥"]
    draw = random.Random(7)
    raw = [
        {key: draw.choice(rubbish) for key in ("gauge", "at", "value")} | {"gauge": WATER.name}
        if draw.random() < 0.8
        else draw.choice(rubbish)
        for _ in range(1000)
    ]
    taken = take_readings(store, real, CONSOLE, raw, NOW, (WATER,))
    assert len(taken) == 1000
    assert all(each.fault for each in taken if each.reading is None or each.reading.value is None)


def test_a_road_that_is_none_of_ours_breaks_nothing(store, real):
    astray = Gauge(kind="level", name="外区", segment_id="nowhere")
    raw = [{"gauge": "外区", "value": 40}]
    assert take_readings(store, real, CONSOLE, raw, NOW, (astray,))[0].new
    assert store.field.incidents(real.id) == []


def test_rain_that_falls_unforeseen_asks_for_a_plan_once_an_hour(store, real):
    assert use_best(store, real, NOW, gauges=(RAIN,)) is None
    push(store, real, RAIN, *((n, 2.0) for n in range(0, 30, 5)))
    trigger = use_best(store, real, NOW + 30 * MINUTE, gauges=(RAIN,))
    assert trigger.kind is TriggerKind.MEASURED
    assert use_best(store, real, NOW + 31 * MINUTE, gauges=(RAIN,)) is None


def test_readings_are_kept_as_they_came(store, real):
    push(store, real, RAIN, (0, 1.5), (5, "bad"))
    kept = store.gauges.readings(real.id)
    assert [(each.value, each.fault) for each in kept] == [(1.5, ""), (None, "gauge.no_number")]


def test_rain_that_falls_unforeseen_is_planned_on_and_told(store):
    """From the gauge to the sheet: posts are manned, and the paper says that it is measured."""
    desk = Desk(store, seconds=0.5, gauges=(RAIN,))
    take_forecast(store, desk.drill, make_forecast({}, desk.now), desk.now)
    first = desk.loop.answer()
    assert not {job.kind for job in first.assignments} & {"guard", "pump"}
    raw = [
        {"gauge": RAIN.name, "at": (desk.now - n * MINUTE).isoformat(), "value": 3.0}
        for n in (1, 6, 11)
    ]
    take_readings(store, desk.drill, CONSOLE, raw, desk.now, (RAIN,))
    assert desk.loop.watch() >= 1
    version = desk.loop.answer()
    desk.loop.stop()
    assert version.rain.source == "measured"
    assert version.rain.peak_mm_h == 9.0
    assert {job.kind for job in version.assignments} & {"guard", "pump"}
    for lang in LANGUAGES:
        t = Translator(lang)
        assert terminal.stands_on(version, t) == t("sheet.rain_measured")
        assert t("gauge.rain", name="x", mm=1, at=NOW)
        assert labels.rain_sources(version.rain, t)
