"""Gauges that send by MQTT, against a broker on loopback."""

import time
from collections.abc import Callable

import pytest

from ops.intake.operations import begin_real
from ops.risk.gauges import Gauge
from ops.runtime.mqtt_gauges import GaugeListener, matches, readings_of
from ops.settings import MqttSettings, Settings
from tests.helpers.makers import NOW, make_city
from tests.helpers.processes.mqtt_broker import Broker
from weather.model import Health

GAUGES = (
    Gauge(kind="rain", name="R1", topic="city/rain/+"),
    Gauge(kind="level", name="W1", segment_id="S2", topic="city/water/w1"),
)


@pytest.mark.parametrize(
    ("pattern", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("a/+", "a/b/c", False),
        ("a/#", "a/b/c", True),
        ("#", "a", True),
        ("a/b/c", "a/b", False),
        ("+/b", "a/b", True),
    ],
)
def test_a_topic_fits_its_pattern(pattern: str, topic: str, fits: bool):
    assert matches(pattern, topic) is fits


@pytest.mark.parametrize(
    ("topic", "payload", "found"),
    [
        ("city/water/w1", b"23.5", [("W1", 23.5)]),
        ("city/water/w1", b'{"value": 7}', [("W1", 7)]),
        ("x", b'{"gauge": "R1", "value": 2}', [("R1", 2)]),
        ("x", b'[{"gauge": "R1", "value": 2}, 5]', [("R1", 2)]),
        ("x", b'{"readings": [{"gauge": "W1", "value": 3}]}', [("W1", 3)]),
        ("city/rain/4", b"\xff\xfe", [("R1", None)]),  # rubbish of a gauge is counted as its own
        ("x", b"", []),
    ],
)
def test_a_message_holds_readings(topic: str, payload: bytes, found: list):
    read = readings_of(GAUGES, topic, payload)
    assert [(each["gauge"], each.get("value")) for each in read] == found


def until(done: Callable[[], bool]) -> bool:
    end = time.monotonic() + 20
    while not done() and time.monotonic() < end:
        time.sleep(0.02)
    return done()


@pytest.fixture
def broker():
    pytest.importorskip("paho.mqtt.client", reason="the extra xunban[mqtt] is not installed")
    broker = Broker("secret")
    yield broker
    broker.close()


def listener(store, broker: Broker) -> GaugeListener:
    mqtt = MqttSettings(host="127.0.0.1", port=broker.port, user="x", password_env="MQTT_TEST")
    return GaugeListener(store, Settings(gauges=GAUGES, mqtt=mqtt), lambda: NOW)


def test_what_is_published_is_taken_in_and_rubbish_ends_nothing(store, broker, monkeypatch):
    monkeypatch.setenv("MQTT_TEST", "secret")
    store.replace_city(make_city())
    real = begin_real(store, NOW)
    listening = listener(store, broker)
    listening.keep_up()
    try:
        assert broker.ready.wait(20)
        assert until(lambda: len(broker.subscribed) == 2)
        for payload in (b"\x00\xff", b"[" * 100_000, b"{}", b"40"):
            broker.publish("city/water/w1", payload)
        assert until(lambda: len(store.field.incidents(real.id)) == 1)
        assert store.weather.healths()["mqtt"].state is Health.OK
        assert sum(bool(each.fault) for each in store.gauges.readings(real.id)) >= 1
    finally:
        listening.stop()


def test_a_broker_that_refuses_is_told(store, broker, monkeypatch):
    monkeypatch.setenv("MQTT_TEST", "wrong")
    store.replace_city(make_city())
    begin_real(store, NOW)
    listening = listener(store, broker)
    listening.keep_up()
    try:
        assert until(lambda: "mqtt" in store.weather.healths())
        assert store.weather.healths()["mqtt"].error.code == "gauge.refused"
    finally:
        listening.stop()
