"""The page that fetches the board's scripts: Streamlit's own, with our words, in the reader's
language.
"""

import re

import pytest
from starlette.requests import Request

from dashboard.views.navigation import PAGES
from dashboard.web import splash
from dashboard.web.static_assets import FOLDER

STREAMLITS = (FOLDER / "index.html").read_text("utf-8")


def get(path: str = "/", query: str = ""):
    """The answer at a page's address."""
    route = next(one for one in splash.ROUTES if one.path == path)
    return route.endpoint(
        Request({"type": "http", "method": "GET", "query_string": query.encode(), "headers": []})
    )


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
