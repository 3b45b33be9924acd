"""Channels, address and targets set up on the page, and tried there."""

import pytest
from streamlit.testing.v1 import AppTest

from ops.base.messages import Translator
from ops.settings import load
from tests.helpers.pages import checked, fill, text
from tests.helpers.processes.robots import robot

SAY = Translator()
PAGE = """
from datetime import UTC, datetime
from dashboard.core.board import open_board
from dashboard.views import setup_ways
setup_ways.show(open_board(lambda: datetime.now(UTC)))
"""


@pytest.fixture
def folder(url, monkeypatch, tmp_path):
    monkeypatch.setenv("XUNBAN_HOME", str(tmp_path / "home"))
    fill(url)
    return tmp_path / "home"


def page() -> AppTest:
    return checked(AppTest.from_string(PAGE, default_timeout=30).run())


def press(page: AppTest, label: str, number: int = 0) -> AppTest:
    return checked([one for one in page.button if one.label == SAY(label)][number].click().run())


def test_a_channel_is_added_tried_and_taken_away(folder):
    with robot() as desk:
        shown = page()
        shown.selectbox(key="new_kind").select("webhook")
        shown.text_input(key="new_name").set_value("voice")
        shown.text_input(key="new_url").set_value(desk.url)
        shown.text_input(key="new_phones").set_value("10086，10010")
        press(shown, "ways.add")
        (channel,) = load(folder).settings.channels
        assert (channel.kind, channel.phones) == ("webhook", ("10086", "10010"))
        shown = page()
        assert desk.url not in repr(shown), "an address is a secret"
        shown = press(shown, "ways.try")
        assert [one.value for one in shown.success] == [SAY("channels_cli.tested", name="voice")]
        assert len(desk.posts) == 1
        desk.answers = [(200, {"code": 7})]
        assert press(page(), "ways.try").error
    press(page(), "ways.drop")
    assert load(folder).settings.channels == ()


def test_what_can_not_be_is_told_in_words(folder):
    shown = page()
    shown.text_input(key="way_base_url").set_value("ftp://x")
    assert "base_url must begin with" in text(press(shown, "ways.save"))
    assert load(folder).settings.notify.base_url == ""


def test_address_and_targets_are_saved_and_what_stands_by_hand_is_locked(folder):
    folder.mkdir()
    (folder / "settings.toml").write_text("[notify]\nanswer_minutes = 7.0\n", encoding="utf-8")
    shown = page()
    assert shown.number_input(key="way_answer_minutes").disabled
    shown.number_input(key="way_on_site_minutes").set_value(20.0)
    press(shown, "ways.save", 1)
    shown = page()
    shown.text_input(key="way_base_url").set_value("https://xunban.example")
    press(shown, "ways.save")
    settings = load(folder).settings
    assert settings.notify.base_url == "https://xunban.example"
    assert (settings.response.on_site_minutes, settings.notify.answer_minutes) == (20.0, 7.0)


def test_a_feed_is_asked_once_and_says_in_words_what_is_wrong(folder):
    shown = page()
    shown.selectbox(key="new_feed_kind").select("open-meteo")
    shown.text_input(key="new_feed_url").set_value("http://127.0.0.1:9/")
    press(shown, "ways.add", 1)
    (feed,) = load(folder).settings.feeds
    shown = press(page(), "ways.try_feed")
    (told,) = (one.value for one in shown.error)
    assert told.startswith(f"{feed.name}")
    assert not shown.success
