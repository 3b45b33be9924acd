"""The page of street cleaning: what is owed, a check, an action filled, the month's sheet."""

from datetime import UTC, datetime

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.model.operation import OperationKind
from data.store.store import Store
from ops.base.messages import LANGUAGES, Translator
from ops.cleaning.reading import posts_now
from tests.helpers.pages import opened, press, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views.cleaning import page
from dashboard.core.board import open_board
page.show(open_board(lambda: datetime(2022, 7, 18, 1, tzinfo=UTC)))
"""
POST = PAGE.replace("page.show(", "posts.steps(").replace("import page", "import posts")
POST = POST.replace("tzinfo=UTC))", "tzinfo=UTC)), 1")
NOW = datetime(2022, 7, 18, 1, tzinfo=UTC)


@pytest.fixture
def store(store, store_url, city, monkeypatch) -> Store:
    monkeypatch.setenv("XUNBAN_DB", store_url)
    st.cache_resource.clear()
    store.replace_city(city)
    store.operations.start(OperationKind.DRILL, NOW, NOW)
    return store


def open_page(lang: str = "zh", what: str = PAGE) -> AppTest:
    return opened(what, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_owed_is_shown_by_road_and_a_check_is_kept(store, lang):
    t, page = Translator(lang), open_page(lang)
    seen = text(page)
    assert t("cleaning.title") in seen
    assert t("cleaning.unknown") in seen
    page.multiselect(key="check_faults").select("mud")
    page.number_input(key="check_score").set_value(85)
    press(page, t("cleaning.check_do"))
    (kept,) = store.cleaning.checks(1, NOW)
    assert (kept.score, kept.faults) == (85, ("mud",))
    assert t("cleaning.fault_mud") in text(open_page(lang))


def test_an_action_is_called_and_filled(store):
    t, page = Translator(), open_page()
    page.text_input(key="post_name").set_value("清扫家园")
    page.text_input(key="post_place").set_value("市委广场")
    press(page, t("cleaning.post_call"))
    operation = store.operations.current()
    assert "市委广场" in text(open_page())
    page = open_page(what=POST)
    page.text_input(key="post_who").set_value("王芳")
    press(page, t("cleaning.do_fill"))
    (one,) = posts_now(store, operation, NOW)
    assert dict(one.names) == {"王芳": "volunteer"}
    press(open_page(what=POST), t("cleaning.do_cancel"))
    assert posts_now(store, operation, NOW)[0].cancelled
    press(open_page(what=POST), t("cleaning.called_again"))
    (one,) = posts_now(store, operation, NOW)
    assert (one.cancelled, one.filled) == (False, 1)
