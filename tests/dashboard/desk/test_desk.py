"""What the desk sees of the jobs and does by its buttons: each from the press to the row in the
database.
"""

from dataclasses import replace
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
import streamlit as st

from dashboard.core import board
from data.model.account import Role
from data.model.desk import ContingencyPlan
from data.model.field import EventKind
from data.model.message import Message
from data.model.plan import PlanState
from ops.auth.permissions import CONSOLE, Actor, may
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.pages import causes, checked, desk, dialog, fill, tap, text
from tests.helpers.town import NOW, make_version
from weather.hazards import SIGNAL_AMOUNTS

SAY = Translator()
HALF_HOUR = timedelta(minutes=30)


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


@pytest.mark.parametrize(("is_dry", "first"), [(False, "雨前"), (True, "进展")])
def test_the_map_is_against_an_onset_only_where_rain_is_ahead(url, is_dry, first):
    rain = make_version().rain
    fill(url, rain=replace(rain, onset_at=None) if is_dry else rain)
    choices = [one.options for one in desk().get("segmented_control")]
    (offered,) = (one for one in choices if "进展" in one)
    assert offered[0] == first
    assert ("雨前" in offered) is not is_dry


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
