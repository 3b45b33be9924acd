"""One evening of the patrols through the real path: loop, plan, referee, sheet, rain, findings."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from data.model.city import PATROL, Beat, Crew, Shift, Station
from data.model.field import EventKind
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, UnassignedJob
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.documents.labels import work_place
from ops.documents.street.beats_table import beats_table
from ops.field.reports import Report, take_report
from ops.intake import alerts
from ops.intake.alerts import plan_again
from ops.notifications.channels import ChannelSettings
from ops.planning.duty_sheets import station_sheets
from tests.flows.test_street import Street, local
from tests.helpers.makers import make_city
from tests.helpers.processes import robots

STORM = (
    "辽源市气象台2022年7月8日19时40分发布暴雨黄色预警信号：预计未来6小时内，龙山区、西安区降雨量将达50毫米以上，"
    "请有关单位和人员做好防范准备。"
)


def town():
    """The small district, two pairs on the evening shift, one of them on scooters, and a beat."""
    city = make_city()
    late = Shift(id="eve", name="晚巡", start=time(17, 30), end=time(22))
    station = Station(
        id="P",
        name="城管巡逻队",
        position=(125.142, 42.902),
        chief="队长",
        deputy="副队长",
        service=PATROL,
    )
    pair = Crew(
        id="P1", station_id="P", name="一组", leader="甲", size=2, skills=(), shift_id="eve"
    )
    beat = Beat(
        id="square",
        name="市委广场",
        station_id="P",
        segment_id="S2",
        start=time(18),
        end=time(21, 30),
        every_minutes=60,
    )
    return replace(
        city,
        shifts=(*city.shifts, late),
        stations=(*city.stations, station),
        crews=(*city.crews, pair, replace(pair, id="P2", name="二组", skills=("scooter",))),
        patrol_beats=(
            beat,
            replace(
                beat,
                id="river",
                name="河畔栈道",
                segment_id="S3",
                every_minutes=30,
                scooter=True,
            ),
        ),
    )


@pytest.fixture
def evening(store):
    with robots.robot() as robot:
        desk = ChannelSettings(name="值班台", kind="wecom", url=robot.url, role="desk", drill=True)
        street = Street(store, desk, town(), (PATROL,), local(8, 17, 20))
        street.robot = robot
        yield street
        street.loop.stop()


def visits(version, start):
    """Those of the plan from then on, and those that it leaves out: by place and interval."""
    done = [one for one in version.assignments if one.kind is JobKind.PATROL]
    left = [one for one in version.left_out if one.kind is JobKind.PATROL]
    for one in done:
        begins = JobId.parse(one.job_id).parts[1]
        assert f"{one.start_at:%Y%m%dT%H%M}" >= begins
    named = [JobId.parse(one.job_id).parts[:2] for one in (*done, *left)]
    assert len(named) == len(set(named))
    return done, left


def by_hour_and_place(done, city):
    """Every visit stands once in the table, in its hour; what nobody does stands there too."""
    table = beats_table((("", one) for one in done), (), city, Translator.of_city("zh", city))
    assert [row[0] for row in table.rows] == ["市委广场", "河畔栈道"]
    assert table.heads[1:] == ("18:00", "19:00", "20:00", "21:00")
    square, river = table.rows
    said = [f"{one.start_at + timedelta(hours=8):%H:%M}" for one in done]
    cells = " ".join((*square[1:], *river[1:]))
    assert all(cells.count(at) >= said.count(at) for at in said)
    for head, cell in zip(table.heads[1:], river[1:], strict=True):
        assert cell.count(head[:3]) == cell.count("二组")
    nobody = tuple(
        UnassignedJob(
            job_id=one.job_id,
            kind=one.kind,
            phase=one.phase,
            segment_id=one.segment_id,
            station_id="P",
            risk=None,
            why=Message("why.patrol_eyes"),
        )
        for one in done
    )
    table = beats_table((), nobody, city, Translator.of_city("zh", city))
    assert sum(cell.count("无人") for row in table.rows for cell in row) == len(done)
    assert table.rows[1][1] == "18:00 无人；18:30 无人"
    assert beats_table((), (), city, Translator()) is None


def test_an_evening_of_visits_that_rain_turns_into_eyes(evening):
    store, drill = evening.store, evening.drill
    plan_again(store, drill, CONSOLE, evening.now)
    dry = evening.plan()
    done, left = visits(dry, evening.now)
    assert len(done) + len(left) == 4 + 7
    assert not left
    for one in done:
        (member,) = one.members
        is_river = JobId.parse(one.job_id).parts[0] == "river"
        assert member.resource_id == "P2" if is_river else member.resource_id in ("P1", "P2")
        assert one.segment_id == ("S3" if is_river else "S2")
        said = work_place(Translator(), store.city(), one, "P")
        assert said.startswith("河畔栈道" if is_river else "市委广场")
    (sheet,) = (one for one in station_sheets(dry, store.city()) if one.station.id == "P")
    t = Translator.of_city("zh", store.city())
    words = [
        t.message(why) for unit in sheet.units for at in unit.stops for why in at.assignment.why
    ]
    assert any("喊话器" in word for word in words)

    by_hour_and_place(done, store.city())

    first = min(done, key=lambda one: one.start_at)
    evening.turn_to(first.end_at + timedelta(minutes=1))
    tap = Report(
        event_id="tap-0001",
        version=dry.number,
        station_id="P",
        kind=EventKind.CLEAR,
        job_id=first.job_id,
    )
    take_report(store, drill, CONSOLE, tap, evening.now)
    going = min(
        (one for one in done if one.segment_id == "S2" and one.start_at >= local(8, 19, 41)),
        key=lambda one: one.start_at,
    )
    evening.turn_to(going.start_at + timedelta(minutes=2))
    alerts.take_alerts(store, drill, CONSOLE, alerts.understand(STORM, evening.now), evening.now)
    wet = evening.plan()
    done, left = visits(wet, evening.now)
    low = {one.id for one in store.city().segments if one.low_lying or one.guard}
    (still,) = (one for one in done if one.job_id == going.job_id)  # rain moves the next one
    assert still.segment_id == going.segment_id
    ahead = [one for one in done if one.start_at > evening.now + timedelta(minutes=30)]
    assert ahead
    for one in ahead:
        assert one.segment_id in low
        assert "水情" in t.message(one.why[0])
