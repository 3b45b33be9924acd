"""The road list on the page of set-up: who waits for a place gets one by clicks, or by figures."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.core.surface import Touch
from dashboard.render.map_places import view_of
from dashboard.views import setup_roads
from data.geo import distance_m
from data.model.street.listed_roads import ListedRoad
from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from ops.district import listed_roads
from tests.helpers.makers import make_city
from tests.helpers.pages import checked, text

PAGE = """
from datetime import UTC, datetime
from dashboard.core.board import open_board
from dashboard.views import setup_roads
setup_roads.show(open_board(lambda: datetime.now(UTC)))
"""
ROADS = (ListedRoad(id="L1", road="人民路", count=8), ListedRoad(id="L2", road="建设街", count=3))


def fill(url) -> Store:
    store = Store(url)
    store.replace_city(make_city())
    listed_roads.keep(store, ROADS)
    return store


def open_page(lang: str = "zh") -> AppTest:
    shown = AppTest.from_string(PAGE, default_timeout=60)
    shown.query_params["lang"] = lang
    return checked(shown.run())


def test_a_district_without_a_list_is_told_nothing_of_it(url):
    Store(url).replace_city(make_city())
    assert Translator()("listed.title") not in text(open_page())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_points_are_clicked_taken_back_and_the_road_lies_there(url, lang, monkeypatch):
    store, t = fill(url), Translator(lang)
    touches: list[Touch] = []
    monkeypatch.setattr(setup_roads, "surface", lambda *_: touches.pop() if touches else None)
    page = open_page(lang)
    assert t("listed.lost_do") in text(page)
    page = checked(page.selectbox(key="listed_road").set_value("L1").run())
    assert page.button(key="road_put").disabled
    for x, y in ((300.0, 200.0), (500.0, 200.0), (500.0, 300.0), (9.0, 9.0)):
        touches.append(Touch(kind="point", id="map", x=x, y=y))
        page = checked(page.run())
    page = checked(page.button(key="road_undo").click().run())
    checked(page.button(key="road_put").click().run())
    found = [one for one in store.tables().segments if one.id.startswith("L1-S")]
    drawn = [*found[0].line, *(at for one in found[1:] for at in one.line[1:])]
    view = view_of(
        [at for one in make_city().segments for at in one.line]
        + [one.position for one in make_city().stations]
        + list(make_city().district.outline),
        setup_roads.WIDTH,
        setup_roads.HEIGHT,
    )
    for pixel in ((300.0, 200.0), (500.0, 200.0), (500.0, 300.0)):
        assert min(distance_m(view.position(*pixel), at) for at in drawn) < 2
    assert [one.id for one in listed_roads.waiting(store)] == ["L2"]


def test_figures_do_what_clicks_do_and_nonsense_is_answered(url, monkeypatch):
    store, t = fill(url), Translator()
    monkeypatch.setattr(setup_roads, "surface", lambda *_: None)
    page = checked(open_page().selectbox(key="listed_road").set_value("L2").run())
    page.text_input(key="road_figures_L2").set_value("甲,乙")
    page = checked(page.button(key="put_road_figures").click().run())
    assert t("listed.bad_line", line="甲,乙") in [one.value for one in page.warning]
    lon, lat = make_city().stations[0].position
    page.text_input(key="road_figures_L2").set_value(f"{lon},{lat} {lon + 0.002},{lat}")
    checked(page.button(key="put_road_figures").click().run())
    assert [one.id for one in listed_roads.waiting(store)] == ["L1"]
