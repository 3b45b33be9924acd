"""What the field says by telephone, asks or leaves unsaid, as the desk sees and answers it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core import board
from data.model.field import EventKind
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.pages import APP, causes, checked, desk, dialog, fill, tap, text
from tests.helpers.town import NOW, make_version

SAY = Translator()


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
