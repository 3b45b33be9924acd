"""The page of dry-day works: clashes with a button, the table, what is told."""

from datetime import UTC, datetime

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboard.render import markup
from data.model.operation import OperationKind
from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.pages import opened, press, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views import works
from dashboard.core.board import open_board
works.show(open_board(lambda: datetime(2022, 7, 18, 1, tzinfo=UTC)))
"""
NOW = datetime(2022, 7, 18, tzinfo=UTC)


@pytest.fixture
def store(store, store_url, city, monkeypatch) -> Store:
    monkeypatch.setenv("XUNBAN_DB", store_url)
    st.cache_resource.clear()
    store.replace_city(city)
    store.operations.start(OperationKind.DRILL, NOW, NOW)
    return store


def open_page(lang: str = "zh") -> AppTest:
    return opened(PAGE, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_clash_stands_first_and_is_agreed_by_one_tap(store, lang):
    t, page = Translator(lang), open_page(lang)
    seen = text(page)
    assert seen.index("供水公司") < seen.index(t("works.title"))
    names = {"trench": "西宁大街供水支管", "surface": "西宁大街路面铺装"}
    press(page, markup.plain(t("works.agree", **names)))
    assert t("works.clash_title", n=1) not in text(open_page(lang))


def test_what_is_told_of_a_work_is_shown(store):
    t, page = Translator(), open_page()
    press(page, t("works.step_started"))
    assert t("works.stands_under_way", day="2022年7月18日") in text(open_page())


def test_a_wrong_word_is_taken_back_although_the_work_is_over_by_it(store):
    t, page = Translator(), open_page()
    press(page, t("works.step_started"))
    press(open_page(), t("works.step_finished"))
    assert t("works.stands_under_way", day="2022年7月18日") not in text(open_page())
    press(open_page(), t("works.step_back"))
    assert t("works.stands_under_way", day="2022年7月18日") in text(open_page())
