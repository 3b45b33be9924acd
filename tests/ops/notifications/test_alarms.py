"""Alarms to the desk's channels tell the district's time, whatever the database does."""

from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from ops.notifications.alarms import Alarms
from ops.notifications.channels import ChannelSettings
from tests.helpers.makers import NOW, make_city


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
    Alarms([desk], "en", american).check_round(NOW, NOW + timedelta(hours=1))
    assert "20:20" in desk.sent[0]  # 08:20 in Beijing


def test_an_alarm_goes_out_though_the_database_fails(american, monkeypatch):
    desk = Desk()
    alarms = Alarms([desk], "en", american)
    alarms.check_round(NOW - timedelta(days=1), NOW)

    def fail():
        raise OperationalError("", None, Exception("gone"))

    monkeypatch.setattr(american, "city", fail)
    alarms.check_round(NOW, NOW + timedelta(hours=1))
    assert len(desk.sent) == 2
    assert "20:20" in desk.sent[1]


def test_an_alarm_goes_out_before_a_district_is_loaded(store):
    desk = Desk()
    Alarms([desk], "en", store).check_round(NOW, NOW + timedelta(hours=1))
    assert len(desk.sent) == 1
