"""The whole path: a warning's text in, a plan version, duty sheets; again, nothing; raised, the
difference.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import pytest

from data.model.city import District
from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind, TriggerKind
from data.model.plan import PlanVersion
from ops.auth.permissions import CONSOLE
from ops.base.messages import Translator
from ops.field.calls.incidents import IncidentReport, close, report
from ops.field.outages import bring_back, take_out
from ops.intake import alerts as intake
from ops.intake.areas import is_elsewhere
from ops.intake.operations import begin_real, resume_clock
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings
from ops.planning.duty_sheets import station_sheets
from ops.planning.in_force import plan_diff
from ops.replanning.search_process import SearchProcess
from ops.replanning.solver_process import Solving
from ops.runtime.planning_loop import FAILURE, LEADER, LEASE_TTL, Loop
from ops.settings import LoopSettings, Settings
from solver import Problem
from solver.plan import Plan
from solver.referee import violations
from tests.helpers.desk import ORANGE, YELLOW, Desk
from tests.helpers.makers import DESK, NOW, local, make_city, make_forecast
from tests.helpers.processes import robots
from weather.model import AlertStatus, BadPayload, Health
from weather.sources import Feed


@pytest.fixture
def desk(store) -> Iterator[Desk]:
    desk = Desk(store)
    yield desk
    desk.loop.stop()


@pytest.mark.solver_process
def test_a_warning_becomes_duty_sheets_and_a_raised_one_a_new_version_with_its_difference(desk):
    t = Translator("zh")
    (taken,) = desk.paste(YELLOW)
    assert (taken.new, taken.over) == (True, False)
    first = desk.loop.answer()
    assert (first.number, first.drill, first.causes) == (1, True, (f"alert:{taken.alert.digest}",))
    assert first.made_at == NOW
    sheets = station_sheets(first, desk.store.city())
    assert [sheet.station.id for sheet in sheets] == ["A", "B"]
    assert all(sheet.units for sheet in sheets)
    assert t.message(first.changes[0]) == "辽源市气象台发布暴雨黄色预警"

    (again,) = desk.paste(YELLOW)
    assert not again.new
    assert desk.loop.answer() is None
    assert desk.store.plans.current(desk.drill.id) == first

    desk.wait(minutes=45)
    (raised,) = desk.paste(ORANGE)
    second = desk.loop.answer()
    assert second.number == 2
    told = [t.message(change) for change in second.changes]
    assert told[0] == "辽源市气象台升级发布暴雨橙色预警"
    assert len(told) > 1
    # the yellow one stands on for the district alone that the orange one does not name
    assert second.alert_digests == (raised.alert.digest,)
    under_way = {work.job_id: work for work in second.assignments if work.state == "under_way"}
    assert under_way
    was = {work.job_id: work for work in first.assignments}
    assert all(
        (work.start_at, work.members) == (was[job].start_at, was[job].members)
        for job, work in under_way.items()
    )


def test_a_plan_reaches_its_stations_and_a_repeat_or_a_silence_is_no_news(store):
    with robots.robot() as robot:
        address = ChannelSettings(name="各站群", kind="wecom", url=robot.url, drill=True)
        desk = Desk(
            store, channels=(address,), notify=NotifySettings(base_url="https://xunban.example/")
        )
        desk.paste(YELLOW)
        assert desk.loop.answer().number == 1
        robot.answers.append((200, {"errcode": -1}))
        assert desk.loop.send() == 0
        desk.wait(seconds=30)
        assert desk.loop.send() == 2
        assert desk.loop.send() == 0
        first, again, second = robot.texts()
        assert first == again, "the first was refused with HTTP 200, so it went again"
        assert first.splitlines()[:2] == [
            "【汛班·演练】甲站 第1版出勤单（通知1号），仅为演练",
            "辽源市气象台发布暴雨黄色预警",
        ]
        assert second.splitlines()[-1].startswith("出勤单：https://xunban.example/s/")
        assert [one.urgency for one in store.outbox.notices(desk.drill.id)] == [2, 2], (
            "by the warning's colour"
        )
        desk.wait(minutes=45)
        desk.paste(ORANGE.replace("龙山区", "龙山区、西安区"))  # in place of the yellow one
        desk.loop.answer()
        desk.loop.send()
        told = {one.station_id for one in store.outbox.notices(desk.drill.id, version=2)}
        assert told
        assert len(robot.posts) == 3 + len(told)
        desk.loop.stop()


def test_every_stored_plan_passes_the_referee(desk):
    desk.paste(YELLOW)
    stored = desk.loop.answer()
    assert violations(Problem.from_json(stored.problem), Plan.from_json(stored.plan)) == []


def test_a_text_that_is_not_understood_changes_nothing(desk):
    for text in ("今天天气不错", "", "辽源市气象台发布暴雨预警"):
        with pytest.raises(BadPayload):
            desk.paste(text)
    assert desk.store.weather.alerts(desk.drill.id) == []
    assert desk.loop.answer() is None


def test_a_warning_whose_time_is_over_is_kept_and_plans_nothing(desk):
    desk.wait(hours=30)
    (taken,) = desk.paste(YELLOW)
    assert (taken.new, taken.over, taken.trigger) == (True, True, None)
    assert len(desk.store.weather.alerts(desk.drill.id)) == 1
    assert desk.loop.answer() is None


def test_an_exercise_counts_in_a_drill_and_nowhere_else_and_a_test_never(desk):
    alerts = [
        replace(alert, status=AlertStatus.EXERCISE) for alert in intake.understand(YELLOW, desk.now)
    ]
    (taken,) = intake.take_alerts(desk.store, desk.drill, CONSOLE, alerts, desk.now)
    assert taken.trigger is not None
    assert desk.loop.answer().alert_digests == (alerts[0].digest,)
    real = begin_real(desk.store, desk.real_now)
    tests = [replace(alert, status=AlertStatus.TEST, issued_at=desk.real_now) for alert in alerts]
    exercises = [replace(alert, issued_at=desk.real_now) for alert in alerts]
    taken = intake.take_alerts(desk.store, real, CONSOLE, tests + exercises, desk.real_now)
    assert [each.trigger for each in taken] == [None, None]
    assert desk.loop.answer() is None


def test_once_the_search_is_compiled_the_plan_in_force_is_looked_at_again_once(desk):
    desk.loop.improve()  # nothing to improve yet
    assert desk.loop.answer() is None
    desk.paste(YELLOW)
    first = desk.loop.answer()
    desk.wait(minutes=1)
    desk.loop.improve()
    desk.loop.improve()
    assert desk.loop.answer() == first, "it can't be improved"
    trigger = desk.store.triggers.get(desk.drill.id, "search:1")
    assert (trigger.answered_by, trigger.outcome.code) == (1, "outcome.unchanged")
    assert desk.loop.answer() is None


@pytest.mark.parametrize(
    ("text", "doubted"),
    [
        (YELLOW, False),
        (
            YELLOW.replace("辽源市气象台", "吉林省气象台").replace("龙山区、西安区", "我省中部"),
            False,
        ),
        (
            YELLOW.replace("辽源市气象台", "长春市气象台").replace("龙山区、西安区", "长春市区"),
            True,
        ),
    ],
)
def test_a_warning_of_another_place_is_doubted_before_it_acts(desk, text, doubted):
    district = District(adcode="220402", name="辽源市龙山区")
    (alert,) = intake.understand(text, desk.now, district)
    assert ("doubt.elsewhere" in alert.doubts) is doubted
    assert (alert.confidence < 0.7) is doubted
    coded = replace(alert, adcodes=("220100",))
    assert is_elsewhere(coded, district)
    assert is_elsewhere(replace(alert, adcodes=("220000",)), district) is doubted


def test_a_lifting_is_news_and_not_over(desk):
    desk.paste(YELLOW)
    desk.loop.answer()
    desk.wait(minutes=70)
    (taken,) = desk.paste("辽源市气象台7月8日9时40分解除7月8日8时20分发布的暴雨黄色预警信号。")
    assert (taken.new, taken.over) == (True, False)
    assert taken.alert.issued_at == local(9 + 40 / 60), (
        "minutes ahead of our clock, and of this year"
    )
    version = desk.loop.answer()
    assert version.alert_digests == ()
    assert Translator("zh").message(version.changes[0]) == "辽源市气象台解除暴雨黄色预警"


def test_causes_that_come_together_are_answered_by_one_version(desk):
    desk.paste(YELLOW)
    forecast = make_forecast({12: 20.0, 13: 20.0})
    assert intake.take_forecast(desk.store, desk.drill, forecast, NOW).kind is TriggerKind.FORECAST
    version = desk.loop.answer()
    assert len(version.causes) == 2
    assert version.rain.source == "both"
    assert intake.take_forecast(desk.store, desk.drill, forecast, NOW) is None
    assert desk.loop.answer() is None


def test_a_plan_that_changes_nothing_is_no_version_and_told_to_nobody(store):
    """The same rain once more, and the desk's own request: looked at, with its time and causes."""
    channel = ChannelSettings(name="各站群", kind="wecom", url="https://h.example/", drill=True)
    desk = Desk(store, channels=(channel,))
    desk.paste(YELLOW)
    intake.take_forecast(store, desk.drill, make_forecast({12: 20.0, 13: 20.0}), desk.now)
    first = desk.loop.answer()
    told = len(store.outbox.notices(desk.drill.id))
    desk.wait(minutes=1)
    again = make_forecast({12: 20.2, 13: 20.0}, desk.now)
    assert intake.take_forecast(store, desk.drill, again, desk.now) is None
    asked = intake.plan_again(store, desk.drill, CONSOLE, desk.now).cause
    assert desk.loop.answer() == first
    desk.loop.stop()
    assert [line.number for line in store.plans.versions(desk.drill.id)] == [1]
    assert len(store.outbox.notices(desk.drill.id)) == told
    triggers = store.triggers.all(desk.drill.id)
    assert {each.cause for each in triggers if each.outcome} == {asked}
    assert {each.answered_by for each in triggers} == {1}
    said = plan_diff.cause_messages(triggers, ())
    (recheck,) = plan_diff.rechecks(triggers, 1, said)
    assert Translator("zh").message(recheck).startswith("08:21复核，无变化（")


@pytest.mark.solver_process
def test_a_solver_that_dies_is_answered_by_a_flagged_plan(desk, monkeypatch):
    monkeypatch.setattr("ops.replanning.search_process.sys.executable", "/bin/false")
    desk.paste(YELLOW)
    version = desk.loop.answer()
    assert version.fallback
    assert violations(Problem.from_json(version.problem), Plan.from_json(version.plan)) == []
    monkeypatch.undo()
    again = desk.loop.answer()
    assert not again.fallback, "it is made once more, with the search"
    assert Cause.parse(*again.causes).kind is CauseKind.SEARCH


@pytest.mark.solver_process
def test_a_solver_that_dies_again_and_again_is_asked_twice(desk, monkeypatch):
    monkeypatch.setattr("ops.replanning.search_process.sys.executable", "/bin/false")
    desk.paste(YELLOW)
    assert desk.loop.answer().fallback
    desk.loop.answer()
    assert desk.loop.answer() is None


@pytest.mark.solver_process
def test_a_solver_that_hangs_is_stopped_and_answered_by_a_flagged_plan(desk, monkeypatch, tmp_path):
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("ops.replanning.search_process.sys.executable", str(sleeper))
    monkeypatch.setattr("ops.replanning.solver_process.PATIENCE_S", 0.1)
    desk.paste(YELLOW)
    assert desk.loop.answer().fallback


@pytest.mark.solver_process
def test_ending_while_the_solver_runs_publishes_nothing_and_the_cause_waits(desk, monkeypatch):
    desk.paste(YELLOW)
    answer = SearchProcess.answer

    def ended(process, question, within):
        desk.loop.stop()
        return answer(process, question, within)

    monkeypatch.setattr(SearchProcess, "answer", ended)
    assert desk.loop.answer() is None
    assert desk.store.plans.current(desk.drill.id) is None
    assert len(desk.store.triggers.pending(desk.drill.id)) == 1


def test_a_plan_that_breaks_a_rule_is_never_stored_and_the_board_hears_of_it(desk, monkeypatch):
    monkeypatch.setattr(
        "ops.replanning.solver_process.violations", lambda problem, plan: ["a rule is broken"]
    )
    desk.paste(YELLOW)
    with pytest.raises(Exception, match="a rule is broken"):
        desk.loop.answer()
    assert desk.store.plans.current(desk.drill.id) is None
    assert "a rule is broken" in desk.store.settings.get(FAILURE)["error"]
    assert len(desk.store.triggers.pending(desk.drill.id)) == 1
    monkeypatch.undo()
    assert desk.loop.answer() is None  # it rests before the next try
    desk.wait(seconds=31)
    assert desk.loop.answer().number == 1
    assert desk.store.settings.get(FAILURE) is None


def test_only_the_process_that_leads_plans(desk):
    other = Loop(desk.store, Settings(loop=LoopSettings(solve_seconds=1)), lambda: desk.real_now)
    assert not other.lead()
    desk.paste(YELLOW)
    assert other.answer() is None
    desk.real_now += LEASE_TTL * 2
    assert other.lead()
    assert other.answer().number == 1
    other.stop()


def test_a_leader_that_slept_can_write_nothing(desk, monkeypatch):
    desk.paste(YELLOW)
    solve = Solving.solve

    def slow(self, problem, seconds):
        desk.real_now += LEASE_TTL * 2
        assert desk.store.leases.acquire(LEADER, "another", desk.real_now, LEASE_TTL)
        return solve(self, problem, seconds)

    monkeypatch.setattr(Solving, "solve", slow)
    assert desk.loop.answer() is None
    assert desk.store.plans.current(desk.drill.id) is None
    assert len(desk.store.triggers.pending(desk.drill.id)) == 1


def test_nothing_of_the_drill_is_in_force_in_real_operation(desk):
    desk.paste(YELLOW)
    desk.loop.answer()
    real = begin_real(desk.store, desk.real_now)
    assert real.kind is OperationKind.REAL
    assert desk.store.operations.current() == real
    assert desk.store.weather.alerts(real.id) == []
    assert desk.store.plans.current(real.id) is None
    assert desk.loop.answer() is None


def test_a_drill_s_clock_stands_still_while_nothing_runs(desk):
    desk.wait(minutes=10)
    desk.loop.stop()
    resumed = resume_clock(desk.store, desk.drill, desk.real_now + timedelta(hours=9))
    assert resumed.now(desk.real_now + timedelta(hours=9)) == NOW + timedelta(minutes=10)
    assert (
        resume_clock(desk.store, resumed, desk.real_now + timedelta(hours=9, seconds=10)) == resumed
    )


def test_the_sheet_reads_in_the_district_s_time(desk):
    desk.paste(YELLOW)
    version = desk.loop.answer()
    stop = station_sheets(version, desk.store.city())[0].units[0].stops[0]
    assert local(8.5) <= stop.leave_at
    assert format(Translator("zh").moment(local(8.5)), "hm") == "08:30"
    assert str(Translator("en").moment(local(8.5))) == "8 Jul 08:30"


class Forecasts(BaseHTTPRequestHandler):
    """Answers as Open-Meteo documents, with the rain that the test sets."""

    mm: ClassVar[dict[int, float]] = {}
    status: ClassVar[int] = 200

    def do_GET(self):
        hours = [f"2022-07-08T{hour:02d}:00" for hour in range(24)]
        body = json.dumps(
            {
                "latitude": 42.9,
                "longitude": 125.1,
                "utc_offset_seconds": 28800,
                "hourly_units": {"precipitation": "mm"},
                "hourly": {
                    "time": hours,
                    "precipitation": [self.mm.get(hour - 1, 0.0) for hour in range(24)],
                },
            }
        ).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        pass


@pytest.fixture
def forecasts() -> Iterator[str]:
    Forecasts.mm, Forecasts.status = {12: 9.0, 13: 20.0}, 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Forecasts)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/forecast"
    server.shutdown()
    thread.join()
    server.server_close()


def test_each_new_forecast_is_planned_on_once_and_a_source_that_is_down_is_said(store, forecasts):
    store.replace_city(make_city())
    real = begin_real(store, NOW)
    clock = {"now": NOW}
    settings = Settings(
        loop=LoopSettings(solve_seconds=1),
        feeds=(Feed(kind="open-meteo", name="open-meteo", url=forecasts),),
    )
    loop = Loop(store, settings, lambda: clock["now"])
    loop.beat()

    def turn(**later) -> PlanVersion | None:
        clock["now"] += timedelta(**later)
        loop.beat()
        loop.poll()
        return loop.answer()

    first = turn()
    assert (first.number, first.drill) == (1, False)
    assert first.rain.onset_at == local(12)
    assert turn(minutes=15) is None  # the same forecast
    assert store.weather.latest_forecast(real.id).fetched_at == clock["now"]  # yet it is fresh
    Forecasts.mm = {11: 9.0, 12: 30.0}
    second = turn(minutes=15)
    assert second.number == 2
    assert "change.onset" in {change.code for change in second.changes}
    Forecasts.status = 404
    assert turn(minutes=15) is None
    health = store.weather.healths()["open-meteo"]
    assert health.state is Health.FAILED
    assert health.good_at == clock["now"] - timedelta(minutes=15)
    assert store.plans.current(real.id).number == 2
    Forecasts.status = 200
    assert turn(minutes=15) is None
    assert store.weather.healths()["open-meteo"].state is Health.OK
    loop.stop()


def test_a_drill_asks_nobody_for_its_rain(desk, monkeypatch):
    monkeypatch.setattr(
        "weather.fetch.get", lambda *_args, **_how: pytest.fail("the outside world was asked")
    )
    desk.loop.poll()
    assert desk.store.weather.healths() == {}


def test_an_incident_and_a_unit_out_of_action_each_make_a_version_that_names_them(desk):
    t, store = Translator("zh"), desk.store
    desk.paste(YELLOW)
    first = desk.loop.answer()
    told = IncidentReport(
        kind="fallen_tree",
        by="热线",
        source="desk",
        reported_at=desk.now,
        position=(125.144, 42.902),
    )
    kept, new = report(store, desk.drill, CONSOLE, told, desk.now)
    assert (kept.segment_id, new) == ("S2", True)
    second = desk.loop.answer()
    assert second.causes == (f"incident:{kept.id}",)
    assert t.message(second.changes[0]) == "险情：安宁街（南口—北口）树木倒伏（热线于08:20报告）"
    (post,) = [work for work in second.assignments if work.job_id == f"incident:{kept.id}"]
    assert (post.kind, post.segment_id) == ("guard", "S2")

    close(store, desk.drill, DESK, kept.id, desk.now)
    out = next(member.resource_id for work in first.assignments for member in work.members)
    take_out(store, desk.drill, DESK, out, "车坏", desk.now)
    third = desk.loop.answer()
    assert out not in {member.resource_id for work in third.assignments for member in work.members}
    assert t.message(third.changes[0]).startswith("险情解除：")
    assert "停用（值班员，08:20）" in t.message(third.changes[1])
    bring_back(store, desk.drill, DESK, out, desk.now)
    fourth = desk.loop.answer()
    assert "恢复（值班员，08:20）" in t.message(fourth.changes[0])
    assert out in {member.resource_id for work in fourth.assignments for member in work.members}
