"""The page of the watch: notes, the handover signed by two, and briefings; the card on the desk."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from data.model.duty_log import LogKind
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


def open_page(lang: str = "zh") -> AppTest:
    return opened(PAGE, lang)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_note_is_written_and_shown(storm_store, lang):
    t, page = Translator(lang), open_page(lang)
    page.text_area(key="log_text").set_value("西宁大街积水已退")
    press(page, t("duty_log.write"))
    assert "西宁大街积水已退" in text(open_page(lang))


def test_whoever_goes_signs_and_another_takes_over(storm_store):
    t, page = Translator(), open_page()
    press(page, t("handover.give"))
    operation = storm_store.operations.current()
    (given,) = storm_store.duty_log.entries(operation.id)
    assert given.kind is LogKind.HANDOVER
    assert given.open, "a storm goes on"
    page = open_page()
    assert t("handover.waiting", by=given.by, at=given.written_at) in text(page)
    press(page, t("handover.take"))
    assert len(storm_store.duty_log.entries(operation.id)) == 1, "what stands open is not read"


def test_another_officer_signs_by_his_own_sign_in(storm_store):
    t, operation = Translator(), storm_store.operations.current()
    hand_over(storm_store, operation, replace(CONSOLE, name="王"), "", (), operation.clock_at)
    page = open_page()
    page.checkbox(key="take_read").set_value(True)
    press(page, t("handover.take"))
    assert [one.by for one in storm_store.duty_log.entries(operation.id)] == ["王", CONSOLE.name]
    assert t("duty_log.on_watch", name=CONSOLE.name) in text(open_page())


def test_each_briefing_is_one_click(storm_store):
    labels = [one.proto.label for one in open_page().get("download_button")]
    t = Translator()
    for kind in ("morning", "evening"):
        for form in ("pdf", "excel"):
            assert t(f"briefing.{form}", kind=t(f"briefing.{kind}")) in labels
