"""The manager's page: times, ledger and tables of a storm that was played, in both languages; and its empty states."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from makers import HOUR, NOW, make_city
from streamlit.testing.v1 import AppTest
from test_dashboard_pages import checked, text, url  # noqa: F401  (a fixture)

from dashboard import colours, manager, retrospect, workload
from dashboard.tables import cases_table, ledger_table, rates_table, response_table
from data.accounts import Role
from data.entities import LevelOrder, OperationKind
from data.store import Store
from ops.access import Actor
from ops.kpi import KEYS, ResponseSettings, summary
from ops.rates import shares
from ops.storms import KINDS, ledger, storms
from ops.text import LANGUAGES, Speaker
from ops.workload import Stint, WorkloadSettings, loads

PAGE = """
from datetime import UTC, datetime
from dashboard import manager
from dashboard.board import open_board
manager.show(open_board(lambda: datetime.now(UTC)))
"""
pytestmark = pytest.mark.xdist_group("storm")


@pytest.fixture
def storm_url(played, tmp_path, monkeypatch):
    file = tmp_path / "board.db"
    shutil.copyfile(played[0], file)
    monkeypatch.setenv("XUNBAN_DB", f"sqlite:///{file}")
    st.cache_resource.clear()
    yield f"sqlite:///{file}"
    st.cache_resource.clear()


def open_page(lang: str = "zh") -> AppTest:
    page = AppTest.from_string(PAGE, default_timeout=60)
    page.query_params["lang"] = lang
    return checked(page.run())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_storm_is_told_with_its_times_and_its_ledger(storm_url, lang):
    page, say = open_page(lang), Speaker(lang)
    shown = text(page)
    assert say("board.drill") in shown
    assert say("kpi.on_site") in shown
    assert say("manager.clocks") in shown
    assert say("manager.version_then", number=5, at=NOW + 3.6 * HOUR) in shown
    assert say("storm.kind_incident_closed") in shown
    assert "{" not in shown.replace("{x}", "")


def test_the_slider_goes_back_to_the_version_then_in_force(storm_url):
    page = open_page()
    moment = page.slider(key="moment_1")
    page = checked(moment.set_value(datetime(2022, 7, 8, 10, 30)).run())
    shown = text(page)
    assert Speaker()("manager.version_then", number=3, at=NOW + HOUR * 100 / 60) in shown
    assert Speaker()("manager.version_then", number=5, at=NOW + 3.6 * HOUR) not in shown


def test_the_whole_operation_has_times_and_no_ledger(storm_url):
    page = open_page()
    page = checked(page.selectbox(key="manager_storm").set_value(0).run())
    assert Speaker()("manager.choose_storm") in text(page)
    page = checked(page.selectbox(key="trend_measure").set_value("clearance").run())
    assert Speaker()("kpi.clearance") in text(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workload_of_the_crews_is_told_with_its_limits(storm_url, lang):
    say = Speaker(lang)
    assert say("workload.none") not in (shown := text(open_page(lang)))
    assert say("workload.table") in shown
    assert say("workload.fine") in shown
    store = Store(storm_url)
    store.set_clock(store.current_operation().id, NOW + HOUR / 4, datetime.now(UTC))
    st.cache_resource.clear()
    assert say("workload.none_do") in text(open_page(lang)), "nobody has worked yet"
    store.close()


def test_a_broken_limit_is_marked_and_exempt_only_under_a_level():
    city, say, rules = make_city(), Speaker(), WorkloadSettings()
    worked = [Stint(crew_id=city.crews[n].id, unit_id=f"{city.crews[n].id}+@2022-07-08", start_at=NOW + n * 2 * HOUR,
                    end_at=NOW + (4 + n) * HOUR, reported=False) for n in range(2)]
    order = LevelOrder(id=1, operation_id=1, level="II", by="x", at=NOW)
    for orders, word in (((order,), "workload.exempt"), ((), "workload.over")):
        found = loads(worked, orders, city, (NOW, NOW + 9 * HOUR), rules, ResponseSettings())
        table, over = workload.load_table(found, city, say), workload.breach_table(found, city, say)
        assert (len(table.rows), len(over.rows)) == (len(city.crews), 1)
        assert table.rows[0][-1] == say(word, n=1)
        frame = workload.load_frame(found, city, say)
        assert frame["hours"].sum() == pytest.approx(sum(load.hours for load in found))
        assert next(iter(frame["told"])) == "4.0 ▲"
        assert workload.load_chart(frame, say, colours.paint_of("dark")).to_dict()["layer"]


def test_whoever_may_not_see_it_sees_nothing_of_it(storm_url, monkeypatch):
    chief = Actor(name="站长", role=Role.CHIEF, station_id="A")
    opened = manager.may
    monkeypatch.setattr(manager, "may", lambda _actor, action: opened(chief, action))
    shown = text(open_page())
    assert Speaker()("manager.clocks") not in shown


def test_before_any_storm_the_page_says_what_will_stand_there(url):  # noqa: F811
    store = Store(url)
    store.replace_city(make_city())
    assert Speaker()("board.no_operation") in text(open_page())
    st.cache_resource.clear()
    store.start_operation(OperationKind.DRILL, NOW, datetime.now(UTC))
    assert Speaker()("manager.nothing") in text(open_page())
    store.close()


# --- frames and tables ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("by", KEYS)
def test_each_table_has_a_cell_under_every_head(played, lang, by):
    _, history, now = played
    city, say, settings = make_city(), Speaker(lang), ResponseSettings()
    cases = history.cases(city)
    groups = summary(cases, city, now, settings, by)
    rates = shares(cases, history, now, settings)
    (storm,) = storms(history, now, timedelta(hours=12))
    entries = ledger(storm, history, city)
    for table in (response_table(groups, by, say, 10), rates_table(rates, rates[-1], say),
                  cases_table(cases, city, say),
                  ledger_table(entries, city, say)):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.heads)}
    assert len(cases_table(cases, city, say).rows) == len(cases)


def test_a_measure_of_few_cases_is_marked_as_not_ranked_though_its_group_has_many(played):
    _, history, now = played
    say, city, settings = Speaker(), make_city(), ResponseSettings()
    groups = summary(history.cases(city), city, now, settings)
    counts = [one.count for group in groups for one in group.spans if one.count]
    least = max(counts)
    assert min(counts) < least, "the storm holds measures of both kinds"
    told = [row[-1] for row in response_table(groups, "all", say, least).rows]
    assert told == [say("manager.yes" if count == least else "manager.no") for count in counts]


def test_the_charts_hold_every_measure_and_entry(played):
    _, history, now = played
    say, city = Speaker(), make_city()
    cases = history.cases(city)
    (whole,) = summary(cases, city, now, ResponseSettings())
    frame = retrospect.legs_frame(whole, say)
    assert list(frame["measure"]) == [say(f"kpi.{one.name}") for one in whole.spans if one.count]
    assert retrospect.legs_chart(frame, say, colours.paint_of("dark")).to_dict()["layer"]
    days = summary(cases, city, now, ResponseSettings(), "day")
    trend = retrospect.trend_frame(days, "travel", "day", say)
    assert list(trend["when"]) == ["2022-07-08"]
    assert retrospect.trend_chart(trend, say, colours.paint_of("light")).to_dict()["layer"]
    (storm,) = storms(history, now, timedelta(hours=12))
    entries = ledger(storm, history, city)
    assert len(retrospect.timeline_frame(entries, say)) == len(entries)
    assert set(retrospect.LANES) == set(KINDS)


def test_a_measure_that_nobody_has_yet_is_no_row(played):
    _, history, now = played
    quiet = replace(history, events=(), incidents=())
    (whole,) = summary(quiet.cases(make_city()), make_city(), now, ResponseSettings())
    assert Speaker()("kpi.travel") not in set(retrospect.legs_frame(whole, Speaker())["measure"])
