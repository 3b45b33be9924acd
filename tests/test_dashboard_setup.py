"""The page for setting up: what is amiss, tables in and out, all or nothing, and only for those who may."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from makers import make_city
from streamlit.testing.v1 import AppTest
from test_dashboard_pages import checked, text, url  # noqa: F401

from dashboard import setup
from data.store import Store
from ops.district import read_upload, workbook
from ops.survey import survey
from ops.text import LANGUAGES, Speaker

PAGE = """
from datetime import UTC, datetime
from dashboard import setup
from dashboard.board import open_board
setup.show(open_board(lambda: datetime.now(UTC)))
"""
NOW = datetime(2022, 7, 8, tzinfo=UTC)


def page(lang: str = "zh") -> AppTest:
    shown = AppTest.from_string(PAGE, default_timeout=60)
    shown.query_params["lang"] = lang
    return checked(shown.run())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_database_offers_three_ways(url, lang):  # noqa: F811
    shown, say = page(lang), Speaker(lang)
    assert say("setup.first_title") in text(shown)
    assert shown.button("load_sample").label == say("setup.load_sample")


def test_the_sample_is_loaded_by_one_button(url):  # noqa: F811
    checked(page().button("load_sample").click().run())
    store = Store(url)
    assert store.city().district.sample
    assert store.current_operation().is_drill
    store.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_amiss_is_told_with_what_to_do(url, lang):  # noqa: F811
    store, say = Store(url), Speaker(lang)
    town = make_city()
    store.replace_city(replace(town, crews=(replace(town.crews[0], leader="待定"), *town.crews[1:])))
    shown = text(page(lang))
    assert say("survey.crew_without_leader", n=1, which=(town.crews[0].name,)) in shown
    assert say("survey.crew_without_leader_do") in shown
    store.close()


def test_a_long_finding_is_cut_and_counted():
    town = make_city()
    finding = next(one for one in survey(replace(town, inlets=tuple(
        replace(one, position=(125.3, 42.9)) for one in town.inlets)), NOW.date()) if one.code == "inlet_far_off")
    shown = setup.card(finding, Speaker("zh"))
    assert len(finding.subjects) == 12
    assert finding.subjects[7] in shown
    assert finding.subjects[8] not in shown
    assert Speaker("zh")("setup.and_more", n=4) in shown


def test_errors_stand_beside_their_rows_and_nothing_in_a_cell_becomes_markup():
    town = make_city()
    upload = read_upload({"a.xlsx": workbook(replace(town, crews=(
        replace(town.crews[0], shift_id="no such", name="<script>alert(1)</script>"), *town.crews[1:])), "zh")})
    shown = setup.error_table(upload, Speaker("zh"))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "no such" in shown


def test_the_difference_counts_each_sheet():
    town = make_city()
    shown = setup.difference(town, replace(town, crews=town.crews[:3]), Speaker("en"))
    assert f"<td>crews</td><td>{len(town.crews)}</td><td><b>3</b></td>" in shown
    assert "<td>—</td>" in setup.difference(None, town, Speaker("en"))


def test_who_may_not_see_it_is_told_so(url):  # noqa: F811
    shown = AppTest.from_string(PAGE.replace("setup.show(open_board(lambda: datetime.now(UTC)))", """
from dataclasses import replace
from data.accounts import Role
from ops.access import Actor
setup.show(replace(open_board(lambda: datetime.now(UTC)), actor=Actor(name="乙", role=Role.MANAGER)))
"""), default_timeout=60)
    assert Speaker("zh")("setup.not_for_you") in text(checked(shown.run()))
