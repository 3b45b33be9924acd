"""The page of the watch: notes, the handover signed by two, and briefings; the card on the desk."""

import shutil
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from data.model.duty_log import LogKind
from data.store.store import Store
from ops.auth.permissions import CONSOLE
from ops.base.messages import LANGUAGES, Translator
from ops.duty.log import hand_over
from tests.helpers.pages import opened, press, text

PAGE = """
from datetime import UTC, datetime
from dashboard.views.duty import page as duty
from dashboard.core.board import open_board
duty.show(open_board(lambda: datetime.now(UTC)))
"""
pytestmark = pytest.mark.xdist_group("storm")


@pytest.fixture
def store(played, tmp_path, monkeypatch):
    file = tmp_path / "board.db"
    shutil.copyfile(played[0], file)
    monkeypatch.setenv("XUNBAN_DB", f"sqlite:///{file}")
    st.cache_resource.clear()
    store = Store(f"sqlite:///{file}")
    yield store
    store.close()
    st.cache_resource.clear()


def open_page(lang: str = "zh") -> AppTest:
    return opened(PAGE, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_note_is_written_and_shown(store, lang):
    t, page = Translator(lang), open_page(lang)
    page.text_area(key="log_text").set_value("西宁大街积水已退")
    press(page, t("duty_log.write"))
    assert "西宁大街积水已退" in text(open_page(lang))


def test_whoever_goes_signs_and_another_takes_over(store):
    t, page = Translator(), open_page()
    press(page, t("handover.give"))
    operation = store.operations.current()
    (given,) = store.duty_log.entries(operation.id)
    assert given.kind is LogKind.HANDOVER
    assert given.open, "a storm goes on"
    page = open_page()
    assert t("handover.waiting", by=given.by, at=given.written_at) in text(page)
    press(page, t("handover.take"))
    assert len(store.duty_log.entries(operation.id)) == 1, "what stands open is not read"


def test_another_officer_signs_by_his_own_sign_in(store):
    t, operation = Translator(), store.operations.current()
    hand_over(store, operation, replace(CONSOLE, name="王"), "", (), operation.clock_at)
    page = open_page()
    page.checkbox(key="take_read").set_value(True)
    press(page, t("handover.take"))
    assert [one.by for one in store.duty_log.entries(operation.id)] == ["王", CONSOLE.name]
    assert t("duty_log.on_watch", name=CONSOLE.name) in text(open_page())


def test_each_briefing_is_one_click(store):
    labels = [one.proto.label for one in open_page().get("download_button")]
    t = Translator()
    for kind in ("morning", "evening"):
        for form in ("pdf", "excel"):
            assert t(f"briefing.{form}", kind=t(f"briefing.{kind}")) in labels
