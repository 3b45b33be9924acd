"""What the desk sees of the jobs and does by its buttons: each from the press to the row in the
database.
"""

from collections import Counter
from dataclasses import replace
from datetime import UTC, time, timedelta
from io import BytesIO
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.core import board
from dashboard.render import status
from dashboard.views import wall
from data.model.account import Role
from data.model.desk import ContingencyPlan
from data.model.field import EventKind, FieldEvent, Incident
from data.model.message import Message
from data.model.operation import OperationKind
from data.model.plan import PlanState
from ops.auth.permissions import CONSOLE, Actor, may
from ops.base.messages import LANGUAGES, Translator
from ops.documents import labels
from ops.field.calls.incident_jobs import matter_name
from ops.field.calls.incidents import IncidentReport, report
from ops.field.calls.matters import matters
from ops.field.job_board import JobLine, JobState
from ops.field.photos import keep_photo
from ops.field.progress import Stage
from ops.field.standing import Standing, Step
from tests.helpers.pages import APP, checked, desk, dialog, fill, text
from tests.helpers.town import NOW, make_city, make_operation, make_version
from weather.hazards import SIGNAL_AMOUNTS

SAY = Translator()
HALF_HOUR = timedelta(minutes=30)


def tap(
    store, kind: EventKind, job_id: str, reason: str | None = None, minute: int = 0, **more
) -> None:
    store.field.save_event(
        FieldEvent(
            operation_id=1,
            event_id=f"{kind}:{job_id}:{minute}",
            version=1,
            station_id="S1",
            kind=kind,
            job_id=job_id,
            server_at=NOW + timedelta(minutes=minute),
            by="王站长",
            reason=reason,
            **more,
        )
    )


def causes(store) -> list[str]:
    return [trigger.cause.partition(":")[0] for trigger in store.triggers.pending(1)]


# --- the list of jobs


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_job_stands_with_sign_word_road_and_crew(url, lang):
    fill(url)
    shown = text(desk(lang))
    assert "？ 未确认" in shown or "？ Unanswered" in shown
    assert "永宁路（甲路口—乙路口）" in shown or "永宁路 (甲路口 – 乙路口)" in shown


def test_a_refusal_stands_first_with_its_reason(url):
    store = fill(url)
    tap(store, EventKind.REFUSE, "jet:G01", "人手不够")
    shown = text(desk()).partition("st-key-jobs")[0]
    first = shown[shown.index('class="xb-job') :]
    assert first.startswith('class="xb-job bad"')
    assert "王站长：退回，人手不够" in first.partition("</div></div>")[0]


def test_all_inlets_are_counted_below_the_map(url):
    city = fill(url).city()
    assert f"雨水口 {len(city.inlets)} 个：已知堵塞 0，" in text(desk())


def test_jobs_by_state_and_by_station(url):
    store = fill(url)
    tap(store, EventKind.CLEAR, "clear:G00")
    page = desk()
    page.selectbox(key="jobs_state").select("done").run()
    assert text(checked(page)).count('class="xb-job ') == 1
    page.selectbox(key="jobs_station").select("S2").run()
    assert text(checked(page)).count('class="xb-job ') in (0, 1)
    page.selectbox(key="jobs_state").select("help").run()
    assert SAY("desk.jobs_none") in text(checked(page))


def test_yesterdays_jobs_are_not_todays(url):
    first = make_version().assignments[0]
    old = replace(
        first, job_id="old", start_at=NOW - timedelta(hours=20), end_at=NOW - timedelta(hours=19)
    )
    fill(url, assignments=(first, old))
    assert text(desk()).count('class="xb-job ') == 1


def test_more_jobs_come_when_asked_for(url):
    first = make_version().assignments[0]
    fill(url, assignments=tuple(replace(first, job_id=f"clear:{n}") for n in range(12)))
    page = desk()
    assert text(page).count('class="xb-job ') == 8
    page.button(key="jobs_more").click().run()
    assert text(checked(page)).count('class="xb-job ') == 12


def test_a_job_opens_with_all_that_was_said_of_it(url):
    store = fill(url)
    tap(store, EventKind.DEPART, "clear:G00", minute=1)
    tap(store, EventKind.HELP, "clear:G00", "水太深", 2)
    page = desk()
    page.button(key="job_clear:G00").click().run()
    shown = text(checked(page))
    assert (
        SAY(
            "desk.job_times",
            leave=NOW + timedelta(minutes=5),
            start=NOW + timedelta(minutes=15),
            end=NOW + timedelta(minutes=55),
        )
        in shown
    )
    assert "王站长：已出发" in shown
    assert "王站长：请求支援，水太深" in shown


def test_a_job_that_is_gone_is_said_so(url):
    fill(url)
    assert SAY("desk.job_gone") in text(dialog("job", "clear:none"))


def test_cleared_work_is_verified_or_ordered_again(url):
    store = fill(url)
    tap(store, EventKind.CLEAR, "clear:G00", minute=-1)
    page = dialog("job", "clear:G00")
    page.button[1].click().run()
    assert SAY("field.needs_reason") in text(checked(page))
    page.button[0].click().run()
    assert [event.kind for event in store.field.events(1)] == [EventKind.CLEAR, EventKind.VERIFY]
    board.forget()
    page = dialog("job", "clear:G00")
    page.text_input(key="reopen_why").input("又堵了")
    page.button[0].click().run()
    assert store.field.events(1)[-1].kind is EventKind.REOPEN
    assert causes(store) == ["reopen"]


# --- the level


def test_a_level_is_ordered_and_followed(url):
    store = fill(url)
    page = desk()
    page.button(key="level").click().run()
    assert SAY("desk.level_proposed", level="III") in text(checked(page))
    page = dialog(
        "response_level"
    )  # in a browser the same box; the proposed level is chosen already
    page.button(key="level_do").click().run()
    assert [order.level for order in store.level_orders.all(1)] == ["III"]
    assert causes(store) == ["level"]
    assert SAY("desk.level_done", level="III") == page.session_state["done"]


def test_what_was_done_stays_on_the_page_while_its_plan_is_made(url):
    store = fill(url)
    order = store.level_orders.order(1, "III", "李", NOW)
    page = desk()
    page.session_state["done"], page.session_state["followed"] = (
        "做了一件事",
        (1, f"level:{order.id}"),
    )
    shown = text(checked(page.run()))
    assert "做了一件事。" in shown
    assert "xb-wait" in shown


def test_a_level_is_ended(url):
    store = fill(url)
    store.level_orders.order(1, "II", "李", NOW)
    page = dialog("response_level")
    assert SAY("desk.level_ordered", level="II", by="李", at=NOW) in text(page)
    page.button(key="level_end").click().run()
    assert [order.level for order in store.level_orders.all(1)] == ["II", None]


def test_without_a_warning_no_level_is_proposed_and_none_chosen(url):
    fill(url, alert=False)
    page = dialog("response_level")
    assert SAY("desk.level_proposed_none") in text(page)
    assert page.button(key="level_do").disabled


# --- incidents


def test_an_incident_is_reported_and_asks_for_a_plan(url):
    store = fill(url)
    page = dialog("incident")
    page.selectbox(key="incident_place").select("G02")
    page.number_input(key="incident_depth").set_value(20)
    page.text_area(key="incident_words").input("桥下积水")
    page.button[0].click().run()
    (kept,) = store.field.incidents(1)
    assert (kept.kind, kept.segment_id, kept.depth_cm, kept.text) == (
        "standing_water",
        "G02",
        20.0,
        "桥下积水",
    )
    assert causes(store) == ["incident"]
    checked(page)


def test_an_incident_without_a_place_changes_nothing(url):
    store = fill(url)
    page = dialog("incident")
    page.button[0].click().run()
    assert SAY("incident.nowhere") in text(checked(page))
    assert store.field.incidents(1) == []


def test_open_incidents_are_counted_on_the_button(url):
    store = fill(url)
    assert desk().button(key="incident").label == SAY("desk.incident")
    store.field.report_incident(
        Incident(
            operation_id=1,
            kind="fallen_tree",
            segment_id="G01",
            source="desk",
            reported_at=NOW,
            received_at=NOW,
            by="热线",
        )
    )
    board.forget()
    assert desk().button(key="incident").label == SAY("desk.incident_still", n=1)


def test_an_open_incident_is_closed(url):
    store = fill(url)
    store.field.report_incident(
        Incident(
            operation_id=1,
            kind="fallen_tree",
            segment_id="G01",
            source="desk",
            reported_at=NOW,
            received_at=NOW,
            by="<b>热线</b>",
        )
    )
    page = dialog("incident")
    assert "&lt;b&gt;热线" in text(page)
    page.button(key="incident_close_1").click().run()
    assert store.field.incidents(1, open_only=True) == []
    checked(page)


def test_calls_about_one_puddle_are_one_line_to_split_join_and_close(url):
    store = fill(url)
    operation, city = store.operations.current(), store.city()
    for number, segment in enumerate(("G01", "G01", "G02"), 1):
        told = IncidentReport(
            kind="standing_water",
            by="热线",
            source="desk",
            reported_at=NOW,
            segment_id=segment,
            depth_cm=10.0 * number,
        )
        report(store, operation, CONSOLE, told, NOW)
    two, _ = matters(store.field.incidents(1))
    assert desk().button(key="incident").label == SAY("desk.incident_still", n=2)
    page = dialog("incident")
    assert SAY.message(matter_name(two, city)) in text(page)
    page.button(key="incident_split_2").click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [1, 1, 1]
    board.forget()
    page = dialog("incident")
    page.selectbox(key="incident_join").select("3")
    page.selectbox(key="incident_join_to").select("1")
    next(each for each in page.button if each.label == SAY("desk.incident_join_do")).click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [2, 1]
    board.forget()
    page = dialog("incident")
    page.button(key="incident_close_1").click().run()
    assert [call.id for call in store.field.incidents(1, open_only=True)] == [2]
    checked(page)


# --- crews and machines


def test_a_crew_goes_out_and_comes_back(url):
    store = fill(url)
    page = dialog("outage")
    page.selectbox(key="unit_choice").select("C1")
    page.text_input(key="unit_why").input("车坏了")
    page.button[0].click().run()
    assert [(one.resource_id, one.reason) for one in store.desk.outages(1)] == [("C1", "车坏了")]
    board.forget()
    page = dialog("outage")
    page.button(key="unit_back_C1").click().run()
    assert [one.ended_by for one in store.desk.outages(1)] == [CONSOLE.name]
    assert causes(store) == ["outage", "back"]
    checked(page)


def test_nothing_chosen_takes_nothing_out(url):
    store = fill(url)
    page = dialog("outage")
    page.button[0].click().run()
    assert [warning.value for warning in page.warning] == [SAY("desk.unit_first")]
    assert store.desk.outages(1) == []


# --- streets


def test_a_street_is_closed_and_opened(url):
    store = fill(url)
    page = dialog("street")
    page.selectbox(key="street_place_None").select("G01")
    page.text_input(key="street_why_None").input("积水")
    page.button[0].click().run()
    (closure,) = store.streets.closures(1)
    assert (closure.speed_share, closure.entry, closure.reason) == (0.0, True, "积水")
    board.forget()
    page = dialog("street")
    page.button(key=f"closure_open_{closure.id}").click().run()
    assert [one.ended_by for one in store.streets.closures(1)] == [CONSOLE.name]
    assert causes(store) == ["closure", "opened"]
    checked(page)


# --- changes by hand

WATCH = "guard:G00:0708T1000"  # as planning names the watch of the guarded road from 10 to 12


def watched(url: str, monkeypatch):
    """A town whose first crew keeps that watch; a look at the cost takes no longer than it must."""
    monkeypatch.setattr("ops.replanning.manual_changes.PREVIEW_S", 0.05)
    job = replace(
        make_version().assignments[3],
        job_id=WATCH,
        start_at=NOW + timedelta(minutes=100),
        end_at=NOW + timedelta(minutes=220),
    )
    return fill(url, assignments=(job,))


def changes(store) -> list[tuple]:
    return [
        (one.job_id, one.action, tuple(one.body["units"])) for one in store.desk.manual_changes(1)
    ]


def test_a_job_is_locked_once_its_cost_was_seen_and_let_go_again(url, monkeypatch):
    store = watched(url, monkeypatch)
    page = dialog("job", WATCH)
    assert "change_do" not in [button.key for button in page.button]  # nothing is ordered unseen
    page.button(key="change_lock").click().run()
    assert changes(store) == []
    assert "代价" in text(checked(page))
    page.button(key="change_do").click().run()
    assert changes(store) == [(WATCH, "lock", ("C1@2022-07-08",))]
    assert causes(store) == ["change"]
    page = dialog("job", WATCH)
    page.button(key="change_unlock").click().run()
    page.button(key="change_do").click().run()
    assert [action for _, action, _ in changes(store)] == ["lock", "unlock"]


def test_a_job_is_given_to_another_crew(url, monkeypatch):
    store = watched(url, monkeypatch)
    page = dialog("job", WATCH)
    page.selectbox(key=f"change_unit_1_{WATCH}").select("C3@2022-07-08").run()
    page.button(key="change_do").click().run()
    assert changes(store) == [(WATCH, "move", ("C3@2022-07-08",))]
    checked(page)


def test_a_time_outside_the_shift_is_refused_before_it_is_ordered(url, monkeypatch):
    store = watched(url, monkeypatch)
    page = dialog("job", WATCH)
    page.time_input(key=f"change_start_{WATCH}").set_value(time(3)).run()
    assert SAY("desk.change_nothing") in text(checked(page))
    assert "change_do" not in [button.key for button in page.button]
    assert changes(store) == []


def test_a_job_is_added_where_the_desk_wants_it(url, monkeypatch):
    store = watched(url, monkeypatch)
    page = dialog("manual_change")
    page.selectbox(key="add_place").select("G02").run()
    page.button(key="change_do").click().run()
    ((_, action, _),) = changes(store)
    assert action == "add"
    assert causes(store) == ["change"]
    assert page.session_state["done"] == SAY("desk.changed")


def test_work_that_planning_does_not_know_can_be_looked_at_only(url):
    fill(url)
    page = dialog("job", "guard:G00:1")
    assert SAY("desk.change_held") in text(page)
    assert [button.label for button in page.button] == [SAY("report_for.do")]


# --- incidents with their owner, and pictures


def water(store, segment: str, minute: int = 0, **changes) -> Incident:
    facts = {
        "operation_id": 1,
        "kind": "standing_water",
        "segment_id": segment,
        "source": "desk",
        "reported_at": NOW + timedelta(minutes=minute),
        "received_at": NOW + timedelta(minutes=minute),
        "by": "热线",
    }
    return store.field.report_incident(Incident(**(facts | changes)))[0]


def test_an_incident_tells_who_comes_when_and_what_he_leaves(url):
    first = make_version().assignments[0]
    job = replace(first, job_id="incident:1", segment_id="G03")
    store = fill(url, assignments=(job, make_version().assignments[1]))
    water(store, "G03")
    told = text(dialog("incident"))
    assert SAY("matter.planned", team=("1班",), at=job.start_at, due=NOW + HALF_HOUR) in told
    tap(store, EventKind.ARRIVE, "incident:1", minute=20)
    board.forget()
    told = text(dialog("incident"))
    assert SAY("matter.came", came=NOW + timedelta(minutes=20), due=NOW + HALF_HOUR) in told
    assert SAY("matter.owner") in told
    assert "tel:0437" in told
    for minute, silt in ((25, 0.5), (30, 0.8)):  # of one job what was told last counts
        tap(store, EventKind.CLEAR, "incident:1", minute=minute, amounts={"silt_m3": silt})
    board.forget()
    told = text(dialog("incident"))
    assert labels.amount_texts(SAY, {"silt_m3": 0.8})[0] in told
    assert "1.3" not in told


def test_an_incident_nobody_comes_to_needs_the_desk(url):
    store = fill(url, assignments=make_version().assignments[:2])
    water(store, "G03")
    shown = text(desk())
    assert SAY("needs.title", n=1) in shown
    assert SAY("needs.kind_incident") in shown


def test_what_may_be_the_same_is_proposed_and_joined_by_one_button(url):
    store = fill(url)
    water(store, "G03")
    water(store, "G03", kind="other")
    page = dialog("incident")
    page.button(key="maybe_join_2").click().run()
    assert [one.count for one in matters(store.field.incidents(1))] == [2]
    page = dialog("incident")
    page.selectbox(key="incident_place").select("G03").run()
    assert SAY("matter.here", number=1, what="").partition("1号")[0] in text(checked(page))


def test_pictures_stand_where_work_is_judged(url, tmp_path, monkeypatch):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path))
    picture = BytesIO()
    Image.new("RGB", (8, 8)).save(picture, "PNG")
    name = keep_photo(picture.getvalue(), tmp_path / "photos")
    store = fill(url)
    for event_id, photo in (("before", name), ("gone", "0" * 32 + ".jpg")):
        store.field.save_event(
            FieldEvent(
                operation_id=1,
                event_id=event_id,
                version=1,
                station_id="S1",
                kind=EventKind.ARRIVE,
                job_id="clear:G00",
                server_at=NOW,
                by="王站长",
                photo=photo,
            )
        )
    page = dialog("job", "clear:G00")
    assert [len(one.proto.imgs) for one in page.get("image")] == [1]
    assert SAY("photo.elsewhere", n=1) in text(page)


# --- what the field says by telephone, and what needs a hand


def test_a_report_by_telephone_tells_who_said_it_and_by_what_way(url):
    store = fill(url)
    page = dialog("job", "clear:G00")
    page.text_input(key="report_for_who").input("王班长")
    page.button_group(key="report_for_kind").set_value(EventKind.ARRIVE)
    next(one for one in page.button if one.label == SAY("report_for.do")).click().run()
    checked(page)
    (event,) = store.field.events(1)
    assert (event.kind, event.told_by, event.way) == ("arrive", "王班长", "phone")
    page = desk()
    assert "在外：已报 1 组 / 应在 " in text(page)
    page.button(key="job_clear:G00").click().run()
    assert "王班长电话报" in text(checked(page))


def test_a_delay_by_telephone_stands_on_the_desk_and_asks_for_a_plan(url):
    store = fill(url)
    page = dialog("job", "clear:G00")
    page.button_group(key="report_for_kind").set_value(EventKind.DELAY)
    page.number_input(key="report_for_minutes").set_value(45)
    page.text_input(key="report_for_words").input("堵车")
    next(one for one in page.button if one.label == SAY("report_for.do")).click().run()
    checked(page)
    (event,) = store.field.events(1)
    assert (event.kind, event.amounts, event.reason) == ("delay", {"minutes": 45.0}, "堵车")
    assert causes(store) == ["delay"]
    assert SAY("needs.kind_delayed") in text(desk())


def test_missed_work_is_opened_again_in_its_dialog(url):
    first = make_version().assignments[0]
    over = replace(first, start_at=NOW - timedelta(hours=2), end_at=NOW - timedelta(hours=1))
    store = fill(url, assignments=(over,))
    tap(store, EventKind.ASK, "clear:G00", "路在哪", -100)
    page = dialog("job", "clear:G00")
    page.text_input(key="reopen_why").input("没人去")
    next(one for one in page.button if one.label == SAY("desk.reopen_do")).click().run()
    checked(page)
    assert causes(store) == ["reopen"]


def test_a_refusal_stands_with_its_reason_until_the_desk_has_seen_to_it(url):
    store = fill(url, assignments=make_version().assignments[:2])
    tap(store, EventKind.REFUSE, "jet:G01", "人手不够")
    page = desk()
    assert SAY("needs.title", n=1) in text(page)
    assert "人手不够" in text(page).partition('class="xb-need"')[2].partition("</div></div>")[0]
    page.button(key="act_refuse:jet:G01:0").click().run()
    checked(page)
    page = dialog("note", "refuse:jet:G01:0")
    page.text_input(key="note_text").input("已改派")
    page.button[0].click().run()
    assert SAY("needs.none") in text(desk())


def test_a_silent_station_is_called_and_its_jobs_are_written_down(url):
    first = make_version().assignments[0]
    over = replace(first, start_at=NOW - timedelta(hours=2), end_at=NOW - timedelta(hours=1))
    store = fill(url, assignments=(over,))
    page = desk()
    assert SAY("needs.title", n=1) in text(page)
    (button,) = (one for one in page.button if one.key and one.key.startswith("act_silent:"))
    key = button.key.removeprefix("act_")
    page = dialog("station_call", key)
    page.button_group(key="tell_clear:G00").set_value(EventKind.CLEAR)
    page.text_input(key="call_who").input("李站长")
    page.button[0].click().run()
    checked(page)
    told = [(event.kind, event.told_by) for event in store.field.events(1)]
    assert told == [("clear", "李站长"), ("note", "李站长")]
    assert SAY("needs.none") in text(desk())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_sentence_and_one_bar_stand_on_top(url, lang):
    store = fill(url)
    tap(store, EventKind.CLEAR, "clear:G00")
    shown = text(desk(lang)).partition('class="xb-ready"')[2].partition("xb-cards")[0]
    assert ("重大 2 段，已清 1 · 在做 0（报）· 已排 1" in shown) is (lang == "zh")
    assert '<i class="cleared" style="width:50.0%">' in shown
    assert '<i class="planned" style="width:50.0%">' in shown


def test_the_wall_is_not_green_while_anything_waits(url):
    store = fill(url, assignments=make_version().assignments[:2])
    page = AppTest.from_file(APP, default_timeout=30)
    page.query_params["wall"] = "1"
    assert SAY("needs.none") in text(checked(page.run()))
    tap(store, EventKind.REFUSE, "jet:G01", "人手不够")
    board.forget()
    shown = text(checked(page.run()))
    assert SAY("needs.none") not in shown
    assert "人手不够" in shown


# --- questions


def test_a_question_stands_over_the_jobs_until_it_is_answered(url):
    store = fill(url)
    tap(store, EventKind.ASK, "clear:G00", "水泵放哪里？")
    page = desk()
    shown = text(page)
    assert shown.index("水泵放哪里？") < shown.index(SAY("desk.jobs_title"))
    page.button(key="act_ask:clear:G00:0").click().run()
    assert SAY("desk.answer_text") in [one.label for one in checked(page).text_area]
    page = dialog("answer_question", "ask:clear:G00:0")
    page.button[0].click().run()
    assert SAY("field.needs_reason") in text(checked(page))
    page.text_area[0].input("东侧路口")
    page.button[0].click().run()
    checked(page)
    assert [(one.kind, one.reason, one.by) for one in store.field.events(1)][1:] == [
        (EventKind.ANSWER, "东侧路口", CONSOLE.name)
    ]
    assert "act_ask:clear:G00:0" not in {button.key for button in desk().button}


# --- a held plan


def test_a_held_plan_is_looked_at_and_approved(url):
    store = fill(url)
    store.plans.save(
        make_version(operation_id=1, number=2, state=PlanState.DRAFT, published_at=None), [], NOW
    )
    page = desk()
    page.button(key="approve").click().run()
    assert SAY("desk.approve_tells") in text(checked(page))
    page = dialog("approve", 2)
    page.button(key="approve_do").click().run()
    assert store.plans.current(1).number == 2
    assert store.plans.current(1).approved_by == CONSOLE.name
    assert "approve" not in [button.key for button in desk().button]


def test_a_plan_that_waits_no_longer_is_said_so(url):
    fill(url)
    assert SAY("plan.stale_draft", number=7) in text(dialog("approve", 7))


# --- who may


@pytest.mark.parametrize(
    ("role", "keys"),
    [
        (Role.MANAGER, set()),
        (Role.DUTY, {"plan_again", "paste", "incident", "level", "unit", "street", "add"}),
    ],
)
def test_only_the_buttons_of_the_role_are_shown(url, monkeypatch, role, keys):
    fill(url)
    somebody = Actor(name="某人", role=role)
    monkeypatch.setattr(
        board, "may", lambda _actor, action, station=None: may(somebody, action, station)
    )
    shown = {button.key for button in desk().button}
    assert (
        shown
        & {"plan_again", "paste", "incident", "level", "unit", "street", "add", "leave", "approve"}
        == keys
    )


# --- the wall screen


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("screen", range(len(wall.SCREENS)))
def test_each_wall_screen_in_its_turn_and_without_a_button_of_the_desk(
    url, monkeypatch, lang, screen
):
    fill(url)
    monkeypatch.setattr(wall, "SCREENS", (wall.SCREENS[screen],))
    page = AppTest.from_file(APP, default_timeout=30)
    page.query_params["lang"], page.query_params["wall"] = lang, "1"
    shown = text(checked(page.run()))
    assert "xb-wallhead" in shown
    assert {button.key for button in page.button} <= {"language", "theme"}  # hidden with the head
    marks = (
        Translator(lang)("board.next_title"),
        "xb-walljobs",
        "xb-tile",
        Translator(lang)("board.rain_title"),
    )
    assert [mark in shown for mark in marks].index(True) == screen


def test_wall_without_a_plan_or_a_forecast_is_no_failure(url, monkeypatch):
    fill(url, plan=False, alert=False)
    for screen in wall.SCREENS:
        monkeypatch.setattr(wall, "SCREENS", (screen,))
        page = AppTest.from_file(APP, default_timeout=30)
        page.query_params["wall"] = "1"
        checked(page.run())


def test_what_has_no_room_on_the_wall_takes_turns():
    """Every station and the most pressing jobs are shown, as many at once as there is room for."""
    stations = tuple(range(2 * wall.TILES + 1))
    situation = SimpleNamespace(
        city=SimpleNamespace(stations=stations), lines=(), now=NOW, zone=UTC
    )
    pages = Counter(wall.SCREENS.index(screen) for screen, _ in wall.turns(situation))
    assert pages == {0: 1, 1: 1, 2: 3, 3: 1}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_real_operation_says_that_it_is_meant_and_what_time_it_is(lang):
    t = Translator(lang)
    for kind, word in ((OperationKind.DRILL, "board.drill"), (OperationKind.REAL, "board.real")):
        situation = SimpleNamespace(operation=make_operation(kind), now=NOW)
        strip = status.operation_strip(situation, t)
        assert t(word) in strip
        assert f"{t.moment(NOW)}" in strip


def test_a_station_with_a_late_job_is_marked_on_its_tile():
    job = make_version().assignments[0]
    late = JobLine(
        job=job,
        state=JobState.LATE,
        stage=Stage.OPEN,
        stations=frozenset({"S1"}),
        standing=Standing(planned=Step.THERE),
    )
    situation = SimpleNamespace(now=NOW)
    station = make_city().stations[0]
    assert 'class="xb-tile late"' in wall.station_tile(station, [late], situation, SAY)
    assert SAY("board.station_no_work") in wall.station_tile(station, [], situation, SAY)


# --- the plans kept ready


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_plans_kept_ready_are_told_with_their_time_and_can_be_printed(url, lang, monkeypatch):
    store, t = fill(url), Translator(lang, ZoneInfo("Asia/Shanghai"))
    plan = make_version(causes=("standing:red",), published_at=None)
    store.desk.save_contingency_plan(
        ContingencyPlan(operation_id=1, colour="red", made_at=NOW, digest="made up", plan=plan),
        None,
    )
    monkeypatch.setattr(st, "query_params", {"lang": lang})
    page = dialog("contingency_plans")
    told = text(page)
    assert t("standing.ready", colour=Message("level.red"), at=NOW) in told
    assert [
        colour
        for colour in SIGNAL_AMOUNTS
        if t("standing.none", colour=Message(f"level.{colour}")) in told
    ] == ["blue", "yellow", "orange"]
    assert [one.proto.label for one in page.get("download_button")] == [t("standing.print")]


def test_the_plans_kept_ready_are_offered_without_a_plan_too_but_not_without_an_operation(url):
    assert "standing" not in [button.key for button in desk().button]
    fill(url, plan=False)
    st.cache_resource.clear()
    assert "standing" in [button.key for button in desk().button]
