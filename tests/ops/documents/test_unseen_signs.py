"""Signs that nobody sees reach no reader, by whichever door the words go out."""

from dataclasses import replace
from io import BytesIO

import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from dashboard.render import markup
from dashboard.web.phone_page import TEMPLATES
from data.signs import escape, seen
from ops.base.messages import Translator
from ops.documents import place_cards, typesetting
from ops.documents.place_cards import Known
from ops.documents.spreadsheets import as_csv, as_excel
from ops.documents.tables import Table
from ops.notifications import channels
from ops.notifications.channels import Channel, ChannelSettings
from tests.helpers.makers import NOW
from tests.helpers.town import make_city

CITY = make_city()
TURNED = "甲\x0b站\u202e站乙\u2066x\u200b\ud800\uffff\x00\x9f"
WORDS = "甲站站乙x"


@given(st.text())
def test_what_is_seen_stays_and_is_seen_again(text):
    assert seen(seen(text)) == seen(text)
    assert [sign for sign in text if sign in seen(text)] == list(seen(text))
    assert seen(text) == text or len(seen(text)) < len(text)


def test_what_people_write_with_is_left_alone():
    for text in ("值班\n\t员 é 👨\u200d👩\u200d👧 𠮷", "שלום", "नमस्\u200dते", ""):
        assert seen(text) == text


def test_no_door_lets_them_out(monkeypatch):
    told, sent = [], []
    monkeypatch.setattr(typst, "compile", lambda *_, **named: told.append(named) or b"")
    typesetting.typeset("x.typ", {"name": TURNED})
    monkeypatch.setattr(channels, "_post", lambda _, content, *__: sent.append(content.decode()))
    settings = ChannelSettings(kind="wecom", name="x", url="http://127.0.0.1:9/")
    Channel(settings, {}).send(TURNED, NOW)
    page = TEMPLATES.from_string("{{ words }}").render(words=TURNED)
    made = [
        told[0]["sys_inputs"]["document"],
        *sent,
        page,
        escape(TURNED),
        markup.tag("p", TURNED, title=TURNED),
        markup.plain(TURNED),
    ]
    assert all(WORDS in one and seen(one) == one for one in made), made


@pytest.mark.parametrize("sign", ["\x00", "\x0b", "\x1b", "\x7f", "\ufffe", "\ud800", "\U000e0041"])
def test_a_sign_that_no_paper_holds_costs_nobody_the_paper(sign):
    name = f"人民{sign}大街"
    place = replace(CITY.segments[0], road=name)
    city = replace(CITY, segments=(place, *CITY.segments[1:]))
    known = Known(city=city, now=NOW, drill=True)
    assert place_cards.as_pdf(known, [place], Translator()).startswith(b"%PDF")
    table = Table(title="表", heads=("名称",), rows=((name,),))
    book = load_workbook(BytesIO(as_excel([table], Translator())))
    assert [cell.value for cell in book["表"]["A"]] == ["名称", "人民大街"]
    assert "人民大街" in as_csv(table, Translator()).decode("utf-8-sig")
