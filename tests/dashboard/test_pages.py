"""The board's pages, run whole against a database, in both languages, with and without what they
show.
"""

import os
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.core import board
from dashboard.render import colours
from data.model.message import Message
from data.model.notice import NoticeState
from data.model.operation import OperationKind, TriggerKind
from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from ops.runtime.planning_loop import FAILURE
from tests.helpers.makers import make_admin, make_notice
from tests.helpers.pages import APP, ROOT, STATION_PAGE, WARNING, checked, desk, dialog, fill, text
from tests.helpers.town import NOW, make_alert, make_city, make_series
from weather.model import Health, SourceHealth


def station(lang: str = "zh", **asked: str) -> AppTest:
    page = AppTest.from_string(STATION_PAGE, default_timeout=30)
    for name, value in {"lang": lang, **asked}.items():
        page.query_params[name] = value
    return checked(page.run())


def asked_for(page: AppTest, name: str) -> str:
    """What the page's address says; a list or a text, as the page or the test has set it."""
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


# --- the desk


@pytest.mark.parametrize("lang", LANGUAGES)
def test_desk_in_a_drill_tells_drill_warning_and_plan(url, lang):
    fill(url)
    shown, t = text(desk(lang)), Translator(lang)
    assert t("board.drill") in shown
    assert "暴雨黄色预警" in shown or "Yellow rainstorm warning" in shown
    assert t("board.plan_version", number=1) in shown
    assert "08:25" in shown  # the first crew sets out


def test_real_operation_shows_no_drill(url):
    fill(url, OperationKind.REAL)
    page = desk()
    assert "xb-drill" not in text(page)
    assert [button.key for button in page.button if button.key == "leave"] == []


def test_empty_database_says_how_to_begin(url):
    shown = text(desk())
    assert Translator()("board.no_city") in shown
    assert "xunban import" in shown


def test_city_without_operation_says_so(url):
    Store(url).replace_city(make_city())
    assert Translator()("board.no_operation") in text(desk())


def test_no_plan_yet_is_no_failure(url):
    fill(url, plan=False)
    assert Translator()("board.plan_none") in text(desk())


def test_plan_without_jobs_is_no_failure(url):
    fill(url, assignments=(), left_out=(), rests=(), risks=())
    assert Translator()("board.no_jobs") in text(desk())


@pytest.mark.parametrize("waits", [True, False])
def test_why_a_plan_that_was_asked_for_could_not_be_made_is_said(url, waits):
    store = fill(url)
    store.settings.save(FAILURE, {"at": NOW.isoformat(), "error": "OperationalError: disk <full>"})
    if waits:
        store.triggers.request(store.operations.current().id, "manual:1", TriggerKind.MANUAL, NOW)
    assert ("OperationalError: disk &lt;full&gt;" in text(desk())) is waits


@pytest.mark.parametrize("beat", [True, False])
def test_silent_loop_is_said_loudly(url, beat):
    fill(url, beat=beat)
    assert (Translator()("board.loop_silent") in text(desk())) is not beat


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("minutes", "stale"), [(50, False), (70, True)])
def test_a_stale_forecast_is_said_in_red_with_its_age(url, lang, minutes, stale):
    store, t = fill(url, OperationKind.REAL), Translator(lang)
    now = datetime.now(UTC)
    store.weather.save_forecast(
        1,
        replace(make_series(), provider="made-up", fetched_at=now - timedelta(minutes=minutes)),
        stale=timedelta(hours=1),
    )
    title = t("board.forecast_stale_title", age="").partition("（" if lang == "zh" else "(")[0]
    for shown in (text(desk(lang)), text(station(lang, station="S1"))):
        assert (f"✕ {title}" in shown) is stale  # a box that stops the eye, not a line among others
        assert ("made-up" in shown.split("xb-cards")[0]) is stale
    assert (f"background:{colours.STALE[0]};color:{colours.STALE[1]}" in text(desk(lang))) is stale
    assert ("预报已过期（1 小时 10 分前取得）" in text(desk("zh"))) is stale


@pytest.mark.parametrize(
    ("state", "key"),
    [
        (Health.OK, "board.alert_none"),
        (Health.QUIET, "board.alert_none"),
        (Health.STALE, "board.alert_unknown"),
        (Health.FAILED, "board.alert_unknown"),
        (Health.OVER_QUOTA, "board.alert_unknown"),
    ],
)
def test_no_warning_and_source_down_are_two_things(url, state, key):
    store = fill(url, OperationKind.REAL, alert=False)
    store.weather.save_health(
        SourceHealth(provider="open_meteo", state=state, tried_at=datetime.now(UTC))
    )
    shown = text(desk())
    assert Translator()(key) in shown
    assert Translator()(f"board.health_{state}") in shown


def test_warnings_that_are_over_leave_a_quiet_board(url):
    store = fill(url, alert=False)
    store.weather.save_alerts(1, [make_alert(issued_at=NOW - timedelta(days=2))])
    assert Translator()("board.alert_quiet") in text(desk())


def test_language_switch_opens_the_page_in_the_other(url):
    """Anew: what a box shows is drawn by the browser, in the words of the first time."""
    fill(url)
    page = desk("zh")
    page.button(key="language").click().run()
    assert 'searchParams.set("lang", "en")' in text(checked(page))
    assert Translator("en")("desk.jobs_title") in text(desk("en"))


def test_unknown_language_falls_back_to_chinese(url):
    fill(url)
    assert Translator("zh")("desk.jobs_title") in text(desk("xx"))


def test_missing_schema_is_told_in_words(tmp_path, monkeypatch):
    monkeypatch.setenv("XUNBAN_DB", f"sqlite:///{tmp_path / 'none.db'}")
    st.cache_resource.clear()
    shown = text(desk())
    assert Translator()("board.wrong_database") in shown
    board._store(os.environ["XUNBAN_DB"]).close()
    st.cache_resource.clear()


def test_server_tells_nobody_anything_and_shows_no_traceback():
    with open(os.path.join(ROOT, "dashboard", ".streamlit", "config.toml"), "rb") as file:
        settings = tomllib.load(file)
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["client"]["showErrorDetails"] == "none"


def test_missing_address_is_told_in_words(monkeypatch):
    monkeypatch.delenv("XUNBAN_DB", raising=False)
    assert Translator()("board.no_address") in text(desk())


PARTS = {
    "dashboard.render.frames.segment_frame": "board.map_title",
    "dashboard.views.desk.chart.time_chart": "board.tab_chart",
    "dashboard.views.desk.needs.needs_head": None,
    "dashboard.render.status.readiness_bar": None,
    "dashboard.views.desk.job_list.counts": "desk.jobs_title",
    "dashboard.views.desk.left_out.left_out_groups": "board.left_tell",
}
"""What makes each part of the desk, and the word that stands in it alone."""


@pytest.mark.parametrize("broken", PARTS)
def test_failing_part_leaves_the_rest(url, monkeypatch, broken):
    fill(url)
    monkeypatch.setattr(broken, lambda *_, **__: 1 / 0)
    page = AppTest.from_file(APP, default_timeout=30).run()
    assert not page.exception
    shown, t = text(page), Translator()
    assert shown.count(t("board.wrong")) == 1
    for part, word in PARTS.items():
        assert part == broken or word is None or t(word) in shown
    assert "plan_again" in [button.key for button in page.button]


def test_names_cannot_act_as_html(url):
    store = fill(url)
    city = make_city()
    crew = city.crews[0].__class__(
        **{name: getattr(city.crews[0], name) for name in city.crews[0].__slots__}
        | {"name": "<script>alert(1)</script>"}
    )
    store.replace_city(make_city(crews=(crew, *city.crews[1:])))
    shown = text(desk()) + text(station(station="S2"))
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;" in shown


# --- what the desk does


def test_plan_again_writes_a_request_and_waits(url):
    store = fill(url)
    page = desk()
    page.button(key="plan_again").click().run()
    assert [trigger.kind for trigger in store.triggers.pending(1)] == ["manual"]
    assert "xb-wait" in text(checked(page))


def test_answered_request_tells_what_came_of_it(url):
    store = fill(url)
    page = desk()
    page.button(key="plan_again").click().run()
    store.triggers.settle(
        [store.triggers.pending(1)[0].id],
        store.operations.current().now(datetime.now(UTC)),
        Message("outcome.over", {"type": "暴雨"}),
    )
    board.forget()
    assert Translator()("outcome.over", type="暴雨") in text(checked(page.run()))


@pytest.mark.parametrize(
    ("age", "state", "said"),
    [
        (0, NoticeState.PENDING, False),
        (5, NoticeState.PENDING, True),
        (0, NoticeState.FAILED, True),
    ],
)
def test_orders_that_did_not_reach_a_station_are_said_with_its_name(url, age, state, said):
    store = fill(url)
    asked = NOW - timedelta(minutes=age)
    store.outbox.add(
        [make_notice(1, station_id="S2", state=state, created_at=asked, next_at=asked)]
    )
    station = next(one for one in make_city().stations if one.id == "S2")
    shown = text(desk())
    before, heard, _ = shown.partition(Translator()("needs.undelivered", number=1))
    assert bool(heard) is said
    assert not said or station.name in before.rpartition('class="xb-need"')[2]


def test_request_to_a_silent_loop_says_that_no_one_answers(url):
    fill(url, beat=False)
    page = desk()
    page.button(key="plan_again").click().run()
    assert Translator()("board.asked_silent") in text(checked(page))


def test_request_without_an_answer_for_long_is_said(url):
    store = fill(url)
    store.triggers.request(1, "manual:x", TriggerKind.MANUAL, NOW - timedelta(minutes=4))
    assert Translator()("board.asked_long", age="4 分钟") in text(desk())


def paste(words: str) -> AppTest:
    page = dialog("alert")
    page.text_area(key="paste_text").input(words)
    return checked(page.button[0].click().run())


def test_pasted_warning_is_shown_then_taken_in(url):
    store = fill(url)
    page = paste(WARNING)
    assert "暴雨橙色预警" in text(page)
    assert store.triggers.pending(1) == []  # nothing happens before it is confirmed
    page.button(key="paste_take").click().run()
    assert [trigger.cause.partition(":")[0] for trigger in store.triggers.pending(1)] == ["alert"]


def test_a_warning_for_another_place_plans_when_the_officer_takes_it_for_ours(url):
    store = fill(url)
    elsewhere = WARNING.replace("龙山区", "东丰县").replace("西安区", "东辽县")
    page = paste(elsewhere)
    assert "东丰县" in text(page)
    page.button(key="paste_take").click().run()
    assert store.triggers.pending(1) == []
    paste(elsewhere).button(key="paste_ours").click().run()
    assert len(store.triggers.pending(1)) == 1
    shown = text(dialog("alert"))
    assert Translator()("alert.why_elsewhere") in shown
    assert Translator()("alert.why_in_force") in shown


def test_pasted_text_is_kept_on_the_way_back(url):
    fill(url)
    page = paste(WARNING)
    page.button(key="paste_back").click().run()
    assert page.text_area(key="paste_text").value == WARNING


def test_warning_that_is_over_is_said_before_it_is_taken_in(url):
    fill(url)
    assert Translator()("board.read_over") in text(
        paste(WARNING.replace("2022年7月8日", "2022年7月6日"))
    )


def test_text_not_understood_changes_nothing(url):
    store = fill(url)
    before = store.weather.alerts(1)
    assert Translator()("board.paste_refused") in text(paste("今天天气不错"))
    assert store.weather.alerts(1) == before


def test_desk_opens_its_dialogs(url):
    store = fill(url)
    page = desk()
    page.button(key="paste").click().run()
    assert page.text_area(key="paste_text").value == ""
    page.button(key="leave").click().run()
    assert Translator()("board.leave_what") in text(checked(page))
    assert store.operations.current().is_drill  # one click alone leaves nothing


def test_leaving_the_drill_goes_over_to_real_operation(url):
    store = fill(url)
    page = dialog("go_live")
    page.button(key="leave_do").click().run()
    assert store.operations.current().is_drill  # nobody could sign in
    assert "xunban account add" in text(page)
    make_admin(store)
    page.button(key="leave_do").click().run()
    assert not store.operations.current().is_drill


# --- the station's page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_station_of_the_address_is_shown(url, lang):
    fill(url)
    page = station(lang, station="S2")
    assert "安宁管理站" in text(page)
    assert "1班" in text(page)
    assert asked_for(page, "station") == "S2"


def test_unknown_station_falls_back_to_the_first(url):
    fill(url)
    assert asked_for(station(station="nowhere"), "station") == "S1"


def test_station_offers_its_paper(url):
    fill(url)
    assert [one.proto.label for one in station().get("download_button")] == [
        Translator()("board.paper_one"),
        Translator()("board.paper_book"),
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_station_pages_without_data_say_so(url, lang):
    assert Translator(lang)("board.no_city") in text(station(lang))
    fill(url, plan=False)
    st.cache_resource.clear()
    assert Translator(lang)("board.plan_none") in text(station(lang))
