"""Measured rain stands beside the forecast, and a gauge that is silent or stuck is told."""

from datetime import timedelta

import pytest

from dashboard.model.situation import look
from dashboard.render import status
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.field.water.gauges import take_readings
from ops.intake.operations import begin_real
from ops.risk.gauges import Gauge
from ops.settings import Settings
from tests.helpers.makers import HOUR, NOW, make_city, make_version

GAUGES = (
    Gauge(kind="rain", name="南站"),
    Gauge(kind="rain", name="北站"),
    Gauge(kind="level", name="下穿桥", segment_id="S2"),
)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def situation(store):
    city = make_city()
    store.replace_city(city)
    real = begin_real(store, NOW)
    store.plans.save(make_version(real.id, published_at=NOW), [], NOW)
    raw = [
        *({"gauge": "南站", "at": (NOW - n * MINUTE).isoformat(), "value": 2} for n in (5, 10, 15)),
        {"gauge": "南站", "at": NOW.isoformat(), "value": -7},
        {"gauge": "北站", "at": (NOW - 3 * HOUR).isoformat(), "value": 9},
    ]
    take_readings(store, real, CONSOLE, raw, NOW, GAUGES)
    return look(store, city, NOW, settings=Settings(gauges=GAUGES))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_measured_stands_beside_what_is_foreseen(situation, lang):
    t = Translator(lang)
    rain, feeds = str(status.rain_card(situation, t)), str(status.feed_card(situation, t))
    assert t("gauge.measured", mm="6") in rain
    assert t("gauge.rain", name="南站", mm="6", at=NOW - 5 * MINUTE) in feeds
    assert t("gauge.faults", n=1) in feeds
    assert t("gauge.silent", name="北站", at=NOW - 3 * HOUR) in feeds
    assert t("gauge.never", name="下穿桥") in feeds
    assert "▲" in feeds
