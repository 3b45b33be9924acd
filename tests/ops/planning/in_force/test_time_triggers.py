"""What the clock brings is asked for once, however it jumps; a loop that is stuck is heard of."""

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dashboard.model.situation import look
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import CauseKind
from data.model.message import Message
from data.model.operation import OperationKind, TriggerKind
from data.model.plan import JobKind, Phase, UnassignedJob
from ops.auth.permissions import CONSOLE
from ops.base.json_logs import JsonLines
from ops.field.progress import Progress, Stage, concerned, homes
from ops.field.water.gauges import take_readings
from ops.intake import alerts
from ops.notifications.channels import ChannelSettings
from ops.planning.in_force.approval_policy import ApprovalSettings
from ops.planning.in_force.time_triggers import due_causes, last_boundary
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.replanning.approval import approve
from ops.replanning.request import situation
from ops.risk.gauges import Gauge
from ops.risk.rain_outlook import outlook
from ops.runtime.planning_loop import Loop
from ops.settings import Settings
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.makers import (
    NOW,
    both_databases,
    local,
    make_assignment,
    make_city,
    make_forecast,
    make_version,
)
from tests.helpers.processes import robots
from tests.helpers.processes.killed import Greedy
from weather.model import STALE


@pytest.fixture
def desk(store) -> Iterator[Desk]:
    desk = Desk(store)
    desk.loop._solving = Greedy()
    desk.paste(YELLOW)
    desk.loop.answer()
    yield desk
    desk.loop.stop()


def alarmed(loop: Loop, robot: robots.Robot) -> list[str]:
    """What the desk's channel has got, once all that was raised has gone out."""
    assert loop._alarms.settle(10)
    return robot.texts()


def causes(desk: Desk, kind: TriggerKind) -> list[str]:
    return [one.cause for one in desk.store.triggers.all(desk.drill.id) if one.kind is kind]


@both_databases
def test_a_change_of_shift_is_planned_once(desk):
    assert desk.loop.watch() == 0, "the shift began before the plan was made"
    desk.wait(hours=7, minutes=41)  # 16:01
    assert desk.loop.watch() == 1
    assert desk.loop.watch() == 0
    assert desk.loop.answer().causes == ("shift:20220708T0800Z",)
    assert desk.loop.watch() == 0


@both_databases
def test_a_clock_that_jumps_ten_hours_and_back_brings_one_plan_and_no_storm(desk):
    before = len(desk.store.plans.versions(desk.drill.id))
    for hours in (10, -10, 10, -10, 10):
        desk.wait(hours=hours)
        for _ in range(3):
            desk.loop.watch()
            desk.loop.answer()
    assert causes(desk, TriggerKind.SHIFT) == ["shift:20220708T0800Z"], (
        "16:00; nothing for what was slept through"
    )
    assert len(desk.store.plans.versions(desk.drill.id)) == before + 1
    assert desk.store.triggers.pending(desk.drill.id) == []


def test_a_week_asleep_is_one_change_of_shift(desk):
    desk.wait(days=7)
    assert desk.loop.watch() == 1


@both_databases
def test_work_nobody_set_out_for_is_asked_for_once_where_stations_report(desk):
    version = desk.store.plans.current(desk.drill.id)
    work = next(
        one for one in version.assignments if one.end_at - one.start_at > timedelta(minutes=25)
    )
    desk.wait(minutes=(work.start_at - desk.now) / timedelta(minutes=1) + 21)
    desk.loop.watch()
    assert causes(desk, TriggerKind.OVERDUE) == [], "nobody reports here"
    desk.store.field.save_event(
        FieldEvent(
            operation_id=desk.drill.id,
            event_id="accepted-1",
            version=1,
            by="站长",
            station_id=next(iter(concerned(work, homes(desk.store.city())))),
            kind=EventKind.ACCEPT,
            server_at=desk.now,
        )
    )
    desk.loop.watch()
    asked = causes(desk, TriggerKind.OVERDUE)
    assert f"overdue:{work.job_id}@{work.start_at:%Y%m%dT%H%MZ}" in asked
    desk.loop.answer()
    desk.loop.watch()
    assert causes(desk, TriggerKind.OVERDUE) == asked, "the next version does not ask again"


@pytest.mark.parametrize(
    ("stage", "late", "reporting", "patience", "due"),
    [
        (Stage.OPEN, 20, {"ST1"}, 20, True),
        (Stage.ACCEPTED, 20, {"ST1"}, 20, True),
        (Stage.OPEN, 19, {"ST1"}, 20, False),
        (Stage.UNDER_WAY, 20, {"ST1"}, 20, False),
        (Stage.CLEARED, 20, {"ST1"}, 20, False),
        (Stage.REFUSED, 20, {"ST1"}, 20, False),
        (Stage.OPEN, 20, {"ST2"}, 20, False),
        (Stage.OPEN, 20, {"ST1"}, 0, False),
        (Stage.OPEN, 50, {"ST1"}, 20, False),
        (Stage.OPEN, 60, {"ST1"}, 20, True),
        (Stage.OPEN, 60, {"ST1"}, 0, True),
        (Stage.OPEN, 60, {"ST2"}, 20, False),
        (Stage.CLEARED, 60, {"ST1"}, 20, False),
        (Stage.ON_SITE, 60, {"ST1"}, 20, False),
        (Stage.ON_SITE, 225, {"ST1"}, 20, True),
    ],
)
def test_overdue_is_what_waits_too_long_and_still_has_time(stage, late, reporting, patience, due):
    version = replace(make_version(1), assignments=make_version(1).assignments[:1])
    now = version.assignments[0].start_at + timedelta(minutes=late)
    told = {"clear:S01": Progress(stage=stage)}
    found = due_causes(version, make_city(shifts=()), told, reporting, now, patience)
    assert [cause.kind for cause in found] == [CauseKind.OVERDUE] * due


MINUTE = timedelta(minutes=1)


def freed(early: float, after: float = 1, *, patience: float = 15, made=None, **changes) -> list:
    """What is due so long after a clearing was done so many minutes early beside another left
    out.
    """
    job = make_assignment("clear:S01", "C01@2022-07-08")
    left = UnassignedJob(
        job_id="clear:S02",
        kind=JobKind.CLEAR,
        phase=job.phase,
        segment_id="S02",
        station_id="ST1",
        risk=1,
        why=Message(changes.pop("why", "left.outweighed_alone")),
    )
    others = changes.pop("others", ())
    left = replace(left, **changes)
    done = job.end_at - early * MINUTE
    version = make_version(
        1, assignments=(job, *others), left_out=(left,), made_at=made or job.start_at
    )
    told = {each.job_id: Progress(stage=Stage.CLEARED, since=done) for each in (job, *others)}
    city = make_city(shifts=())
    return list(due_causes(version, city, told, (), done + after * MINUTE, 20, (), patience))


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ({"early": 25}, 1),
        ({"early": 15}, 1),
        ({"early": 14}, 0),
        ({"early": 25, "after": 0.9}, 0),
        ({"early": 25, "patience": 0}, 0),
        ({"early": 25, "made": NOW + timedelta(hours=1)}, 0),
        ({"early": 25, "why": "left.no_unit_alone"}, 0),
        ({"early": 25, "kind": JobKind.DESILT}, 0),
        ({"early": 25, "kind": JobKind.JET, "phase": Phase.DURING}, 1),
        ({"early": 25, "kind": JobKind.HAUL}, 0),
    ],
)
def test_who_is_free_early_gets_other_work_that_he_could_do(asked, due):
    assert [cause.kind for cause in freed(**asked)] == [CauseKind.FREED] * due


def unreached(after: int, *jobs, end: datetime | None = NOW + timedelta(minutes=90)) -> list[str]:
    """What is due for a matter whose post of an hour and a half the plan in force leaves out."""
    left = UnassignedJob(
        job_id="incident:7",
        kind=JobKind.GUARD,
        phase=Phase.DURING,
        segment_id="S02",
        station_id="ST1",
        risk=1,
        why=Message("left.outweighed_alone", {"start": NOW, "end": end} if end else {}),
    )
    version = make_version(1, assignments=jobs, left_out=(left,))
    water = Incident(
        id=7,
        operation_id=1,
        kind="standing_water",
        segment_id="S02",
        source="desk",
        reported_at=NOW,
        received_at=NOW,
        by="巡查员",
    )
    now = NOW + after * MINUTE
    return [
        str(one) for one in due_causes(version, make_city(shifts=()), {}, (), now, 20, (water,))
    ]


def test_water_that_nobody_could_go_to_is_asked_for_until_somebody_goes():
    """Whoever was needed more elsewhere is free later: once for each half-hour, not for ever."""
    assert unreached(59) == unreached(60, end=None) == []
    assert [unreached(after) for after in (60, 89, 90)] == [
        ["relief:incident:7@20220708T0150Z"],
        ["relief:incident:7@20220708T0150Z"],
        ["relief:incident:7@20220708T0220Z"],
    ]
    going = replace(make_assignment("incident:7:2", "C01"), end_at=NOW + timedelta(hours=3))
    assert unreached(90, going) == []


def test_taps_within_a_minute_are_answered_together_whenever_they_are_looked_at():
    second = make_assignment("clear:S03", "C02@2022-07-08")
    (cause,) = freed(25, others=(second,))
    assert freed(25, after=5, others=(second,)) == [cause]


def test_all_first_jobs_done_early_ask_for_one_plan_and_more_is_done(store):
    """What was planned for later, or left out, is begun by those who are free."""
    desk = Desk(store)
    ours = desk.loop._settings
    desk.loop._settings = replace(
        ours,
        loop=replace(ours.loop, early_minutes=10.0),
        work=replace(ours.work, turnout_minutes=2),  # or the storm would come before they have read
    )
    city = make_city()
    few = [crew for crew in city.crews if crew.shift_id == "day" and crew.station_id == "A"]
    more = [replace(one, id=f"{one.id}-{n}") for one in city.inlets for n in range(4)]
    many = (*city.inlets, *more)  # more than these crews can open before the rain
    store.replace_city(replace(city, crews=tuple(few), inlets=many), desk.real_now)
    desk.paste(YELLOW)
    desk.loop.answer()
    version = desk.store.plans.current(desk.drill.id)
    first = [job for job in version.assignments if job.kind is JobKind.CLEAR]
    desk.wait(minutes=(first[0].start_at - desk.now) / MINUTE)
    for number, job in enumerate(first[:2]):
        desk.store.field.save_event(
            FieldEvent(
                operation_id=desk.drill.id,
                event_id=f"tap-clear-{number}",
                version=1,
                by="站长",
                station_id=job.station_id,
                kind=EventKind.CLEAR,
                job_id=job.job_id,
                server_at=desk.now,
            )
        )
    assert first[0].end_at - desk.now >= 10 * MINUTE
    assert any(left.segment_id for left in version.left_out), "more is wanted"
    desk.loop.watch()
    assert causes(desk, TriggerKind.FREED) == []
    desk.wait(minutes=1)
    desk.loop.watch()
    desk.loop.watch()
    assert len(causes(desk, TriggerKind.FREED)) == 1
    desk.loop.answer()
    desk.wait(minutes=1)
    desk.loop.watch()
    assert len(causes(desk, TriggerKind.FREED)) == 1, "answered once"
    now = store.plans.current(desk.drill.id)
    known = {job.job_id for job in version.assignments}
    assert any(job.job_id not in known for job in now.assignments)
    desk.loop.stop()


def test_shifts_begin_by_the_local_clock():
    assert last_boundary(make_city(), local(8.5)) == local(8)
    assert last_boundary(make_city(), local(7.9)) == local(0)
    assert last_boundary(make_city(shifts=()), NOW) is None


def test_a_loop_that_finishes_nothing_for_five_minutes_is_heard_of_once(store):
    with robots.robot() as robot:
        address = ChannelSettings(name="值班", kind="wecom", url=robot.url, role="desk", drill=True)
        desk = Desk(store, channels=(address,))
        desk.loop.answer()

        def stuck() -> bool:
            return look(store, store.city(), desk.real_now).loop_stuck

        for _ in range(5):
            desk.wait(minutes=1)
        assert (stuck(), alarmed(desk.loop, robot)) == (False, [])
        desk.wait(hours=3)
        assert (stuck(), alarmed(desk.loop, robot)) == (False, []), (
            "a machine that slept is not stuck"
        )
        for _ in range(7):
            desk.wait(minutes=1)
        assert stuck()
        assert len(alarmed(desk.loop, robot)) == 1
        assert "没有完成一轮工作" in alarmed(desk.loop, robot)[0]
        desk.loop.answer()
        desk.wait(minutes=1)
        assert not stuck()
        desk.loop.stop()


def test_a_forecast_that_turns_stale_is_told_to_the_desk_once_and_plans_nothing(store):
    clock = [NOW]
    store.replace_city(make_city())
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    with robots.robot() as robot:
        address = ChannelSettings(name="值班", kind="wecom", url=robot.url, role="desk")
        loop = Loop(store, Settings(feeds=(), channels=(address,)), lambda: clock[0])
        loop._solving = Greedy()
        for number in (1, 2):  # a second silence is told again
            alerts.take_forecast(
                store, real, make_forecast({4 + 8 * number: 20.0}, clock[0]), clock[0]
            )
            for wait, told in (
                (timedelta(0), number - 1),
                (STALE, number - 1),
                (timedelta(minutes=1), number),
                (timedelta(minutes=20), number),
            ):
                clock[0] += wait
                loop.beat()
                loop.poll()
                loop.answer()
                assert len(alarmed(loop, robot)) == told
        assert "降雨预报已过期" in robot.texts()[0]
        assert [each.kind for each in store.triggers.all(real.id)] == ["forecast"] * 2
        loop.stop()


def test_a_plan_made_while_the_feeds_are_silent_sends_nobody_home(store):
    clock = [NOW]
    store.replace_city(make_city())
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    loop = Loop(store, Settings(feeds=()), lambda: clock[0])
    loop._solving = Greedy()
    alerts.take_forecast(store, real, make_forecast({16: 20.0, 17: 30.0}, clock[0]), clock[0])
    loop.beat()
    before = loop.answer()
    clock[0] += STALE + timedelta(minutes=1)
    loop.beat()
    store.triggers.request(real.id, "manual:1", TriggerKind.MANUAL, clock[0])
    after = loop.answer()
    assert (after.rain.onset_at, after.rain.end_at) == (before.rain.onset_at, before.rain.end_at)
    assert after.rain.stale_fetched_at == NOW
    posts = [
        {job.segment_id for job in version.assignments if job.kind == "guard"}
        for version in (before, after)
    ]
    assert posts[1] >= posts[0] != set()
    loop.stop()


@pytest.mark.parametrize("seconds", [0, 1, 59, 60, 90, 1190, 1210])
def test_a_watch_that_nobody_could_still_come_to_is_none(seconds):
    """A job that lasts no time is no problem for a search: no plan could be made in the last
    moments of the rain. The order is read in ten minutes, and ten are the shortest watch.
    """
    city, end = make_city(), NOW + timedelta(seconds=seconds)
    rain = replace(
        outlook(make_forecast({8: 15.0}), (), None, NOW),
        onset_at=NOW - timedelta(hours=1),
        end_at=end,
        storms=((NOW - timedelta(hours=1), end),),
    )
    storm = situation(city, rain, (), NOW, Settings())
    watches = [
        one
        for one in storm_tasks(storm)
        if one.kind in (JobKind.GUARD, JobKind.PUMP, JobKind.RESERVE)
    ]
    assert bool(watches) is (seconds >= 1200)
    assert all(one.minutes >= 1 for one in watches)


@both_databases
def test_a_plan_that_waits_long_for_approval_is_told_to_the_desk_once_and_a_newer_one_again(store):
    clock = [NOW]
    store.replace_city(make_city())
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    held = ApprovalSettings(hold=("none",), minutes=5.0)
    with robots.robot() as robot:
        address = ChannelSettings(name="值班", kind="wecom", url=robot.url, role="desk")
        loop = Loop(store, Settings(feeds=(), channels=(address,), approval=held), lambda: clock[0])
        loop._solving = Greedy()
        for number in (1, 2):
            alerts.take_forecast(
                store, real, make_forecast({12: 20.0 * number}, clock[0]), clock[0]
            )
            for minutes, told in ((0, number - 1), (5, number - 1), (1, number), (20, number)):
                clock[0] += timedelta(minutes=minutes)
                loop.beat()
                loop.answer()
                loop.poll()
                assert len(alarmed(loop, robot)) == told
            assert f"第{number}版方案" in robot.texts()[-1]
        approve(store, real, CONSOLE, 2, clock[0], (), Settings().notify)
        clock[0] += timedelta(minutes=6)
        loop.poll()
        assert len(alarmed(loop, robot)) == 2, "nothing waits any more"
        loop.stop()


def test_a_plan_that_can_t_be_made_is_no_finished_round(desk, monkeypatch):
    monkeypatch.setattr("ops.runtime.planning_loop.replan", lambda *_: 1 / 0)
    desk.wait(minutes=1)
    desk.paste(YELLOW.replace("黄色", "橙色").replace("8时20分", "8时21分"))
    finished = desk.loop._finished_at
    with pytest.raises(ZeroDivisionError):
        desk.loop.answer()
    desk.wait(seconds=5)
    assert desk.loop.answer() is None, "it rests"
    assert desk.loop._finished_at == finished


def test_records_of_a_replan_are_json_lines_with_version_and_cause(desk, caplog):
    caplog.set_level(logging.INFO, "ops.replanning.replan")
    desk.wait(hours=8)
    desk.loop.watch()
    desk.loop.answer()
    (line,) = [
        json.loads(JsonLines().format(record))
        for record in caplog.records
        if record.name == "ops.replanning.replan"
    ]
    assert (line["version"], line["causes"], line["level"]) == (2, ["shift:20220708T0800Z"], "INFO")


def test_a_gauge_that_falls_silent_is_told_to_the_desk_once_for_each_silence(store):
    clock, gauge = [NOW], Gauge(kind="rain", name="南站")
    store.replace_city(make_city())
    real = store.operations.start(OperationKind.REAL, NOW, NOW)
    with robots.robot() as robot:
        address = ChannelSettings(name="值班", kind="wecom", url=robot.url, role="desk")
        settings = Settings(feeds=(), channels=(address,), gauges=(gauge,))
        loop = Loop(store, settings, lambda: clock[0])
        loop._solving = Greedy()
        for number in (1, 2):
            raw = [{"gauge": "南站", "value": 0}]
            take_readings(store, real, CONSOLE, raw, clock[0], (gauge,))
            for minutes, told in ((30, number - 1), (31, number), (20, number)):
                clock[0] += timedelta(minutes=minutes)
                loop.beat()
                loop.poll()
                assert len(alarmed(loop, robot)) == told
        assert "监测点南站自" in robot.texts()[0]
        loop.stop()
