"""The page for setting up: what is amiss, tables in and out, all or nothing, and only for those who
may.
"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.views import setup
from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from ops.district.data_quality import check_data_quality
from ops.district.tables import workbook
from ops.district.uploads import read_upload
from tests.helpers.makers import make_city
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views import setup
from dashboard.core.board import open_board
setup.show(open_board(lambda: datetime.now(UTC)))
"""
NOW = datetime(2022, 7, 8, tzinfo=UTC)


def page(lang: str = "zh") -> AppTest:
    shown = AppTest.from_string(PAGE, default_timeout=60)
    shown.query_params["lang"] = lang
    return checked(shown.run())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_an_empty_database_offers_three_ways(url, lang):
    shown, t = page(lang), Translator(lang)
    assert t("setup.first_title") in text(shown)
    assert shown.button("load_sample").label == t("setup.load_sample")


def test_the_sample_is_loaded_by_one_button(url):
    checked(page().button("load_sample").click().run())
    store = Store(url)
    assert store.city().district.sample
    assert store.operations.current().is_drill
    store.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_amiss_is_told_with_what_to_do(url, lang):
    store, t = Store(url), Translator(lang)
    town = make_city()
    store.replace_city(
        replace(town, crews=(replace(town.crews[0], leader="待定"), *town.crews[1:]))
    )
    shown = text(page(lang))
    assert t("data_quality.crew_without_leader", n=1, which=(town.crews[0].name,)) in shown
    assert t("data_quality.crew_without_leader_do") in shown
    store.close()


def test_a_long_finding_is_cut_and_counted():
    town = make_city()
    finding = next(
        one
        for one in check_data_quality(
            replace(
                town, inlets=tuple(replace(one, position=(125.3, 42.9)) for one in town.inlets)
            ),
            NOW.date(),
        )
        if one.code == "inlet_far_off"
    )
    shown = setup.card(finding, Translator("zh"))
    assert len(finding.subjects) == 12
    assert finding.subjects[7] in shown
    assert finding.subjects[8] not in shown
    assert Translator("zh")("setup.and_more", n=4) in shown


def test_errors_stand_beside_their_rows_and_nothing_in_a_cell_becomes_markup():
    town = make_city()
    upload = read_upload(
        {
            "a.xlsx": workbook(
                replace(
                    town,
                    crews=(
                        replace(
                            town.crews[0], shift_id="no such", name="<script>alert(1)</script>"
                        ),
                        *town.crews[1:],
                    ),
                ),
                "zh",
            )
        }
    )
    shown = setup.error_table(upload, Translator("zh"))
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert "no such" in shown


def test_the_difference_counts_each_sheet():
    town = make_city()
    shown = setup.difference(town, replace(town, crews=town.crews[:3]), Translator("en"))
    assert f"<td>crews</td><td>{len(town.crews)}</td><td><b>3</b></td>" in shown
    assert "<td>—</td>" in setup.difference(None, town, Translator("en"))


def test_who_may_not_see_it_is_told_so(url):
    shown = AppTest.from_string(
        PAGE.replace(
            "setup.show(open_board(lambda: datetime.now(UTC)))",
            """
from dataclasses import replace
from data.model.account import Role
from ops.auth.permissions import Actor
manager = Actor(name="乙", role=Role.MANAGER)
setup.show(replace(open_board(lambda: datetime.now(UTC)), viewer=manager))
""",
        ),
        default_timeout=60,
    )
    assert Translator("zh")("setup.not_for_you") in text(checked(shown.run()))


def test_a_district_of_many_thousand_points_is_drawn(url):
    """A chart library stopped at 5,000 and took its neighbours with it."""
    store, town = Store(url), make_city()
    first = town.segments[0]
    line = tuple(
        (first.line[0][0] + n * 1e-5, first.line[0][1] + n % 2 * 1e-6) for n in range(3000)
    )
    more = tuple(replace(first, id=f"L{n}", road=f"长路{n}", line=line) for n in range(4))
    store.replace_city(replace(town, segments=(*town.segments, *more)))
    shown = text(page())
    assert Translator()("setup.map_title") in shown
    assert Translator()("setup.exchange") in shown
