"""Silt after a storm through the real path: tanks, dump sites, one closed, a garden on the way."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from data.model.city import DumpSite, Garden
from data.model.field import EventKind
from data.model.plan import JobKind
from ops.analytics.haulage import hauls
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.labels import work_place
from ops.field.gardens import gardens_served
from ops.field.outages import take_out
from ops.field.reports import Report, take_report
from ops.intake import alerts
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from ops.planning.tanks import is_dumping
from solver import Problem
from tests.flows.test_street import Street, local
from tests.helpers.makers import make_city
from tests.helpers.processes import robots

STORM = (
    "辽源市气象台2022年7月8日9时05分发布暴雨黄色预警信号：预计未来3小时内，龙山区、西安区降雨量将达50毫米以上，"
    "请有关单位和人员做好防范准备。"
)
NEAR = DumpSite(
    id="near",
    name="东郊干化场",
    station_id="A",
    position=(125.150, 42.910),
    opens=time(7),
    closes=time(22),
)
FAR = replace(NEAR, id="far", name="西郊处理厂", position=(125.100, 42.880))


def town():
    """The small district, its suction truck with a small tank, two dump sites and a garden."""
    city = make_city()
    machines = tuple(
        replace(one, capacity=0.3) if one.kind == "suction_truck" else one for one in city.machines
    )
    garden = Garden(id="g1", name="王大爷菜园", station_id="A", position=(125.1455, 42.903), m3=0.1)
    return replace(city, machines=machines, dump_sites=(NEAR, FAR), gardens=(garden,))


@pytest.fixture
def storm(store):
    with robots.robot() as robot:
        desk = ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True)
        street = Street(store, desk, town(), ("grid",), local(8, 9))
        street.robot = robot
        words = alerts.understand(STORM, street.now)
        street.turn_to(local(8, 9, 6))
        alerts.take_alerts(store, street.drill, CONSOLE, words, street.now)
        yield street
        street.loop.stop()


def trips(version):
    return sorted((one for one in version.assignments if is_dumping(one)), key=lambda j: j.start_at)


def site_of(job):
    return job.job_id.split(":")[2]


def test_a_truck_is_emptied_where_and_when_it_must_be_and_a_garden_gets_some(storm):
    store, drill, t = storm.store, storm.drill, Translator()
    first = storm.plan()
    stops = [one for one in first.assignments if one.kind is JobKind.DESILT]
    assert len(stops) >= 2
    assert trips(first)
    assert {site_of(one) for one in trips(first)} == {"near"}
    assert not [one for one in first.left_out if one.kind is JobKind.GARDEN]
    problem = Problem.from_json(first.problem)
    assert {unit.capacity for unit in problem.units if unit.kind == "suction_truck"} == {300}

    (sheet,) = (one for one in station_sheets(first, store.city()) if one.station.id == "A")
    own = [at for unit in sheet.units for at in unit.stops if is_dumping(at.assignment)]
    assert work_place(t, store.city(), own[0].assignment, "A") == "东郊干化场"
    assert "第1车 → 东郊干化场" in t.message(own[0].assignment.why[0])

    garden = next(one for one in first.assignments if one.kind is JobKind.GARDEN)
    for _ in range(2):
        storm.loop.rounds()
        storm.loop.send()
    told = [text for text in storm.robot.texts() if "王大爷菜园" in text]
    assert len(told) == 1

    take_out(store, drill, CONSOLE, "near", "检修", storm.now)
    closed = storm.plan()
    assert {site_of(one) for one in trips(closed)} == {"far"}

    done = trips(closed)[0]
    storm.turn_to(done.end_at + timedelta(minutes=1))
    for number, (job, m3) in enumerate(((done, 0.22), (garden, 0.1))):
        take_report(
            store,
            drill,
            CONSOLE,
            Report(
                event_id=f"tap-{number:04}",
                version=closed.number,
                station_id="A",
                kind=EventKind.CLEAR,
                job_id=job.job_id,
                unit_id=job.members[0].unit_id,
                amounts={"silt_m3": m3},
            ),
            storm.now,
        )
    found = hauls(store.field.events(drill.id))
    assert {(one.machine_id, one.to, one.trips, one.m3) for one in found} == {
        ("M-suction_truck", "far", 1, 0.22),
        ("M-suction_truck", "g1", 1, 0.1),
    }

    later = storm.now + timedelta(days=40)  # that long ago is no longer among what is recent
    accepted = Report(
        event_id="tap-0009", version=closed.number, station_id="A", kind=EventKind.ACCEPT
    )
    take_report(store, drill, CONSOLE, accepted, later)
    assert garden.job_id not in {one.job_id for one in store.field.events(drill.id)}
    assert gardens_served(store, drill, store.city(), later) == {"g1"}
