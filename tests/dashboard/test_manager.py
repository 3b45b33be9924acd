"""The manager's page: times, ledger and tables of a storm that was played, in both languages; and
its empty states.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.core import board
from dashboard.render import colours, manager_charts, workload_chart
from data.model.account import Role
from data.model.operation import LevelOrder, OperationKind
from data.store.store import Store
from ops.analytics import storm_ledger
from ops.analytics.share_kpis import shares
from ops.analytics.storm_ledger import KINDS, ledger, storms
from ops.analytics.time_kpis import KEYS, ResponseSettings, summary
from ops.analytics.workload import WorkInterval, WorkloadSettings, crew_workloads
from ops.auth import permissions
from ops.auth.permissions import Actor
from ops.base.messages import LANGUAGES, Translator
from ops.documents import workload_tables
from ops.documents.tables import cases_table, ledger_table, rates_table, response_table
from tests.helpers.makers import HOUR, NOW, make_city
from tests.helpers.pages import checked, opened, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views.manager import page as manager
from dashboard.core.board import open_board
manager.show(open_board(lambda: datetime.now(UTC)))
"""
pytestmark = pytest.mark.xdist_group("storm")


def open_page(lang: str = "zh") -> AppTest:
    return opened(PAGE, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_storm_is_told_with_its_times_and_its_ledger(storm_url, lang):
    page, t = open_page(lang), Translator(lang)
    shown = text(page)
    assert t("board.drill") in shown
    assert t("kpi.on_site") in shown
    assert t("manager.clocks") in shown
    assert t("manager.version_then", number=5, at=NOW + 3.6 * HOUR) in shown
    assert t("storm.kind_incident_closed") in shown
    assert "{" not in shown.replace("{x}", "")


def test_the_slider_goes_back_to_the_version_then_in_force(storm_url):
    page = open_page()
    moment = page.slider(key="moment_1")
    page = checked(moment.set_value(datetime(2022, 7, 8, 10, 30)).run())
    shown = text(page)
    assert Translator()("manager.version_then", number=3, at=NOW + HOUR * 100 / 60) in shown
    assert Translator()("manager.version_then", number=5, at=NOW + 3.6 * HOUR) not in shown


def test_the_whole_operation_has_times_and_no_ledger(storm_url):
    page = open_page()
    page = checked(page.selectbox(key="manager_storm").set_value(0).run())
    assert Translator()("manager.choose_storm") in text(page)
    page = checked(page.selectbox(key="trend_measure").set_value("clearance").run())
    assert Translator()("kpi.clearance") in text(page)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workload_of_the_crews_is_told_with_its_limits(storm_url, lang):
    t = Translator(lang)
    assert t("workload.none") not in (shown := text(open_page(lang)))
    assert t("workload.table") in shown
    assert t("workload.fine") in shown
    store = Store(storm_url)
    store.operations.set_clock(store.operations.current().id, NOW + HOUR / 4, datetime.now(UTC))
    st.cache_resource.clear()
    assert t("workload.none_do") in text(open_page(lang)), "nobody has worked yet"
    store.close()


def test_a_broken_limit_is_marked_and_exempt_only_under_a_level():
    city, t, rules = make_city(), Translator(), WorkloadSettings()
    worked = [
        WorkInterval(
            crew_id=city.crews[n].id,
            unit_id=f"{city.crews[n].id}+@2022-07-08",
            start_at=NOW + n * 2 * HOUR,
            end_at=NOW + (4 + n) * HOUR,
            reported=False,
        )
        for n in range(2)
    ]
    order = LevelOrder(id=1, operation_id=1, level="II", by="x", at=NOW)
    for orders, word in (((order,), "workload.exempt"), ((), "workload.over")):
        found = crew_workloads(
            worked, orders, city, (NOW, NOW + 9 * HOUR), rules, ResponseSettings()
        )
        table, over = (
            workload_tables.load_table(found, city, t),
            workload_tables.breach_table(found, city, t),
        )
        assert (len(table.rows), len(over.rows)) == (len(city.crews), 1)
        assert table.rows[0][-1] == t(word, n=1)
        frame = workload_chart.load_frame(found, city, t)
        assert frame["hours"].sum() == pytest.approx(sum(load.hours for load in found))
        assert next(iter(frame["text"])) == "4.0 ▲"
        assert workload_chart.load_chart(frame, t, colours.paint_of("dark")).to_dict()["layer"]


def test_whoever_may_not_see_it_sees_nothing_of_it(storm_url, monkeypatch):
    chief = Actor(name="站长", role=Role.CHIEF, station_id="A")
    opened = permissions.may
    monkeypatch.setattr(board, "may", lambda _actor, action, station=None: opened(chief, action))
    shown = text(open_page())
    assert Translator()("manager.clocks") not in shown


def test_before_any_storm_the_page_says_what_will_stand_there(url):
    store = Store(url)
    store.replace_city(make_city())
    assert Translator()("board.no_operation") in text(open_page())
    st.cache_resource.clear()
    store.operations.start(OperationKind.DRILL, NOW, datetime.now(UTC))
    assert Translator()("manager.nothing") in text(open_page())
    store.close()


# --- frames and tables


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("by", KEYS)
def test_each_table_has_a_cell_under_every_head(played, lang, by):
    _, history, now = played
    city, t, settings = make_city(), Translator(lang), ResponseSettings()
    cases = history.cases(city)
    groups = summary(cases, city, now, settings, by)
    rates = shares(cases, history, now, settings)
    (storm,) = storms(history, now, timedelta(hours=12))
    entries = ledger(storm, history, city)
    for table in (
        response_table(groups, by, t, 10),
        rates_table(rates, rates[-1], t),
        cases_table(cases, city, t),
        ledger_table(entries, city, t),
    ):
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.heads)}
    assert len(cases_table(cases, city, t).rows) == len(cases)


def test_a_measure_of_few_cases_is_marked_as_not_ranked_though_its_group_has_many(played):
    _, history, now = played
    t, city, settings = Translator(), make_city(), ResponseSettings()
    groups = summary(history.cases(city), city, now, settings)
    counts = [one.count for group in groups for one in group.spans if one.count]
    least = max(counts)
    assert min(counts) < least, "the storm holds measures of both kinds"
    told = [row[-1] for row in response_table(groups, "all", t, least).rows]
    assert told == [t("manager.yes" if count == least else "manager.no") for count in counts]


def test_the_charts_hold_every_measure_and_entry(played):
    _, history, now = played
    t, city = Translator(), make_city()
    cases = history.cases(city)
    (whole,) = summary(cases, city, now, ResponseSettings())
    frame = manager_charts.legs_frame(whole, t)
    assert list(frame["measure"]) == [t(f"kpi.{one.name}") for one in whole.spans if one.count]
    assert manager_charts.legs_chart(frame, t, colours.paint_of("dark")).to_dict()["layer"]
    days = summary(cases, city, now, ResponseSettings(), "day")
    trend = manager_charts.trend_frame(days, "travel", "day", t)
    assert list(trend["when"]) == ["2022-07-08"]
    assert manager_charts.trend_chart(trend, t, colours.paint_of("light")).to_dict()["layer"]
    (storm,) = storms(history, now, timedelta(hours=12))
    entries = ledger(storm, history, city)
    assert len(manager_charts.timeline_frame(entries, t)) == len(entries)
    assert set(storm_ledger.LANES) == set(KINDS)


def test_a_measure_that_nobody_has_yet_is_no_row(played):
    _, history, now = played
    quiet = replace(history, events=(), incidents=())
    (whole,) = summary(quiet.cases(make_city()), make_city(), now, ResponseSettings())
    assert Translator()("kpi.travel") not in set(
        manager_charts.legs_frame(whole, Translator())["measure"]
    )
