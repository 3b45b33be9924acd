"""The page that fetches the board's scripts: Streamlit's own, with our words, in the reader's
language.
"""

import re
import shutil
from datetime import UTC, datetime

import pytest
import streamlit as st
from starlette.requests import Request

from dashboard.core.sites import plain_store
from dashboard.views.navigation import PAGES
from dashboard.web import splash, visitor
from dashboard.web.static_assets import FOLDER
from data.model.account import Role
from data.store.store import Store
from ops.auth.accounts import add_account
from ops.auth.permissions import CONSOLE
from ops.auth.sessions import AccessSettings, sign_in
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.pages import fill

GOOD = "lightning over liaoyuan"

STREAMLITS = (FOLDER / "index.html").read_text("utf-8")


def get(path: str = "/", query: str = "", cookie: str = ""):
    """The answer at a page's address."""
    route = next(one for one in splash.ROUTES if one.path == path)
    headers = [(b"cookie", cookie.encode()), (b"host", b"127.0.0.1:8501")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode()}
    return route.endpoint(Request(scope | {"headers": headers, "client": ("192.0.2.7", 5)}))


@pytest.mark.parametrize("path", ["/", *(f"/{page.path}" for page in PAGES)])
def test_each_page_says_that_it_opens_and_is_asked_for_anew_each_time(path):
    answer = get(path)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "正在打开" in answer.body.decode()


@pytest.mark.parametrize(
    ("asked", "lang", "word", "title"),
    [
        ("", "zh-CN", "正在打开", "汛班"),
        ("lang=en", "en", "Opening", "Xunban"),
        ("lang=<script>", "zh-CN", "正在打开", "汛班"),
        ("wall=1&lang=en", "en", "Opening", "Xunban"),
    ],
)
def test_in_the_readers_language_and_no_word_of_streamlits(asked, lang, word, title):
    text = get(query=asked).body.decode()
    assert f'<html lang="{lang}">' in text
    assert word in text
    assert re.search(f"<title>{title}[^<]*</title>", text)
    assert text.count("<noscript>") == text.count('<div id="root">') == text.count("<title>") == 1
    assert not re.search("You need to enable|>Streamlit<|AI\n? *agents", text)


def test_all_scripts_and_styles_of_streamlits_page_are_there_and_no_type_is_fetched_before_them():
    named = re.findall(r'(?:src|href)="(\./static/[^"]+\.(?:js|css))"', STREAMLITS)
    text = get().body.decode()
    assert len(named) > 10
    assert re.findall(r'(?:src|href)="(\./static/[^"]+\.(?:js|css))"', text) == named
    assert 'as="font"' in STREAMLITS  # or the page need no longer be rid of it
    assert 'as="font"' not in text


# --- the desk's head, ahead of the board


@pytest.fixture
def sessions(tmp_path, sqlite_template, monkeypatch):
    """The session of somebody of each role, over a drill with a plan in force."""
    shutil.copyfile(sqlite_template, tmp_path / "xunban.db")
    url = f"sqlite:///{tmp_path / 'xunban.db'}"
    monkeypatch.setenv("XUNBAN_DB", url)
    fill(url)
    st.cache_resource.clear()
    plain_store.cache_clear()
    store, now = Store(url), datetime.now(UTC)
    given = {}
    for role in (Role.DUTY, Role.MANAGER, Role.CHIEF):
        station = "S1" if role is Role.CHIEF else None
        add_account(store, CONSOLE, role, role, GOOD, now, station)
        given[role] = sign_in(store, AccessSettings(), role, GOOD, "x", now).secret
    yield given
    store.close()
    st.cache_resource.clear()
    plain_store.cache_clear()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_whoever_may_see_the_desk_reads_its_four_cards_before_any_script(sessions, lang):
    t = Translator(lang)
    for role in (Role.DUTY, Role.MANAGER):
        answer = get("/", f"lang={lang}", f"xunban_session={sessions[role]}")
        text = answer.body.decode()
        assert len(re.findall('class="xb-card[ "]', text)) == 4
        assert t("board.drill") in text
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "query", "who"),
    [
        ("/", "", None),
        ("/", "", Role.CHIEF),
        ("/", "wall=1", Role.DUTY),
        ("/help", "", Role.DUTY),
    ],
)
def test_nobody_else_and_no_other_page_is_told_anything(sessions, path, query, who):
    cookie = f"xunban_session={sessions[who] if who else 'made-up'}"
    answer = get(path, query, cookie)
    assert "xb-card" not in answer.body.decode()
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_browser_at_the_machine_counts_only_where_it_comes_from_there(sessions, monkeypatch):
    """What it keeps is proof only with an address of this machine (``client`` is another's)."""
    monkeypatch.setattr(visitor, "is_at_the_machine", lambda *_: True)
    assert "xb-card" not in get().body.decode()


def test_what_fails_ahead_of_the_board_leaves_the_page_as_it_was(sessions, monkeypatch):
    monkeypatch.setattr(splash, "shared_situation", lambda *_: 1 / 0)
    answer = get("/", "", f"xunban_session={sessions[Role.DUTY]}")
    assert "正在打开" in answer.body.decode()
