"""Machines that a level wants ready, through the real path: ordered, planned with their drivers, on
the sheet, the page of the watch and in the ledger; one breaks down, and the desk sends another.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.field import EventKind
from data.model.levels import DEFAULT_LEVELS, Placement
from data.model.plan import JobKind
from ops.analytics.history import read_history
from ops.analytics.storm_ledger import ledger, storms
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.labels import placed_lines
from ops.duty.placed import in_place, not_in_place
from ops.field.job_board import job_lines
from ops.field.outages import take_out
from ops.field.reports import Report, take_report
from ops.intake import alerts
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from ops.replanning.manual_changes import baseline, choices
from ops.settings import Settings
from tests.flows.test_sludge import STORM
from tests.flows.test_street import Street, local
from tests.helpers.makers import make_city
from tests.helpers.processes import robots

LEVELS = tuple(
    replace(rule, placed=(Placement(what="M-loader", place="S1"),)) if rule.id == "III" else rule
    for rule in DEFAULT_LEVELS
)


def town():
    """The small district with a second loader."""
    city = make_city(levels=LEVELS)
    first = city.machine_by_id["M-loader"]
    own = (one for one in city.drivers if one.machine_id == first.id)
    drivers = (replace(one, id=f"{one.id}2", machine_id="M-loader2") for one in own)
    second = replace(first, id="M-loader2", plate="备用车")
    return replace(city, machines=(*city.machines, second), drivers=(*city.drivers, *drivers))


@pytest.fixture
def storm(store):
    with robots.robot() as robot:
        desk = ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True)
        street = Street(store, desk, town(), (), local(8, 9))
        street.turn_to(local(8, 9, 6))
        words = alerts.understand(STORM, street.now)
        alerts.take_alerts(store, street.drill, CONSOLE, words, street.now)
        yield street
        street.loop.stop()


def placed(version):
    return [job for job in version.assignments if job.kind is JobKind.PLACED]


def told(street, version):
    """What the page of the watch says: what is in place, and what is not."""
    store, t = street.store, Translator()
    city, events = store.city(), store.field.events(street.drill.id)
    lines = job_lines(version, city, events, {}, street.now, timedelta(minutes=20))
    return tuple(
        [t.message(one) for one in found]
        for found in (in_place(lines, city, street.now), not_in_place(version, city, street.now))
    )


def test_a_machine_is_placed_told_broken_and_replaced_by_the_desk(storm):
    store, drill, t = storm.store, storm.drill, Translator()
    assert placed(storm.plan()) == []
    assert placed_lines(t, LEVELS[2], store.city()) == ["前置：永宁路（东口—西口）：装载机车4"]
    store.level_orders.order(drill.id, "III", "李主任", storm.now)
    version = storm.plan()
    (job,) = placed(version)
    (member,) = job.members
    assert (member.resource_id, member.driver_id) == ("M-loader", "D-loader-day")

    (sheet,) = (one for one in station_sheets(version, store.city()) if one.station.id == "A")
    (unit,) = (one for one in sheet.units if one.resource_id == "M-loader")
    assert job.job_id in [stop.assignment.job_id for stop in unit.stops]
    ready, missing = told(storm, version)
    assert ["车4（司机）" in one for one in ready] == [True]
    assert missing == []

    storm.turn_to(job.start_at)
    arrived = Report(
        event_id="tap-00001",
        version=version.number,
        station_id="A",
        kind=EventKind.ARRIVE,
        job_id=job.job_id,
    )
    take_report(store, drill, CONSOLE, arrived, storm.now)
    assert "已到位" in told(storm, version)[0][0]

    take_out(store, drill, CONSOLE, "M-loader", "故障", storm.now)
    version = storm.plan()
    assert not [one for one in placed(version) if one.state != "past" and one.end_at > storm.now]
    (line,) = told(storm, version)[1]
    assert "备用车" in line
    assert "安排" in line
    left = next(one for one in version.left_out if one.kind is JobKind.PLACED)
    base = baseline(store, drill, CONSOLE, storm.now, Settings())
    ((choice,),) = choices(base, left.job_id)
    assert choice.unit_id.startswith("M-loader2@")

    history = read_history(store, drill)
    (one, *_) = storms(history, storm.now, timedelta(hours=6))
    entries = ledger(one, history, store.city())
    assert [entry.kind for entry in entries if "机械前置待命" in t.message(entry.what)] == [
        "arrive"
    ]
