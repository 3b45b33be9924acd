"""Alarms to the desk's channels tell the district's time, whatever the database does."""

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from ops.notifications.alarms import Alarms
from ops.notifications.background import BackgroundSender
from ops.notifications.channels import ChannelSettings, DeliveryError
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from tests.helpers.makers import NOW, make_city
from tests.helpers.processes.service import until


@dataclass
class Desk:
    """A channel that keeps what it is given."""

    settings: ChannelSettings = field(
        default_factory=lambda: ChannelSettings(name="desk", kind="wecom", url="x", role="desk")
    )
    sent: list[str] = field(default_factory=list)

    def send(self, text, _now):
        self.sent.append(text)


@pytest.fixture
def american(store):
    city = make_city()
    store.replace_city(replace(city, district=replace(city.district, time_zone="America/New_York")))
    return store


def test_an_alarm_tells_the_districts_time(american):
    desk = Desk()
    alarms = Alarms([desk], "en", american)
    alarms.check_round(NOW, NOW + timedelta(hours=1))
    assert alarms.settle(10)
    assert "20:20" in desk.sent[0]  # 08:20 in Beijing


def test_an_alarm_goes_out_though_the_database_fails(american, monkeypatch):
    desk = Desk()
    alarms = Alarms([desk], "en", american)
    alarms.check_round(NOW - timedelta(days=1), NOW)

    def fail():
        raise OperationalError("", None, Exception("gone"))

    monkeypatch.setattr(american, "city", fail)
    alarms.check_round(NOW, NOW + timedelta(hours=1))
    assert alarms.settle(10)
    assert len(desk.sent) == 2
    assert "20:20" in desk.sent[1]


def test_an_alarm_goes_out_before_a_district_is_loaded(store):
    desk = Desk()
    alarms = Alarms([desk], "en", store)
    alarms.check_round(NOW, NOW + timedelta(hours=1))
    assert alarms.settle(10)
    assert len(desk.sent) == 1


def test_an_alarm_to_a_channel_that_is_silent_holds_up_neither_the_beat_nor_another(store):
    answer, desk = threading.Event(), Desk()

    class Silent(Desk):
        def send(self, text, now):
            answer.wait(20)
            super().send(text, now)

    silent, now = Silent(), [NOW]
    loop = Loop(store, Settings(), lambda: now[0])
    loop._alarms = alarms = Alarms([silent, desk], "en", store)
    loop.beat()
    began = time.monotonic()
    for _ in range(3):  # no round is finished for minutes: the second and third are late already
        now[0] += timedelta(minutes=6)
        loop._beaten_at = now[0]
        loop.beat()
    alarms.tell_backup(now[0], "full")
    assert time.monotonic() - began < 5, "the lease ends after six seconds"
    until(lambda: len(desk.sent) == 2, "the other channel has both alarms")
    assert silent.sent == []
    answer.set()
    assert alarms.settle(10)
    assert silent.sent == desk.sent


@pytest.mark.parametrize(("failures", "told"), [(2, True), (9, False)])
def test_an_alarm_is_tried_again_while_the_other_side_is_down(failures, told):
    desk, left = Desk(), [DeliveryError("channel.late")] * failures

    class Down(Desk):
        def send(self, text, now):
            if left:
                raise left.pop()
            desk.send(text, now)

    sender = BackgroundSender(Down(), waits_s=(0.0, 0.0, 0.0))
    sender.send("x", NOW)
    assert sender.settle(10)
    assert desk.sent == (["x"] if told else [])
