"""Signs that nobody sees reach no reader, by whichever door the words go out."""

import typst
from hypothesis import given
from hypothesis import strategies as st

from dashboard.render import markup
from dashboard.web.phone_page import TEMPLATES
from data.signs import escape, seen
from ops.documents import typesetting
from ops.notifications import channels
from ops.notifications.channels import Channel, ChannelSettings
from tests.helpers.makers import NOW

TURNED = "甲站\u202e站乙\u2066x\u200b"
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
