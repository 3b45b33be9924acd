"""The handbook on the board: its order, its sections, its links, and what its Markdown may do."""

import re

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.model import handbook
from dashboard.model.handbook import HandbookPage, anchor_of, pages, search, sections
from dashboard.render import handbook as render
from ops.base.messages import LANGUAGES, Translator
from tests.helpers.pages import APP, checked, fill, text

LINK = re.compile(r"\]\((?!https?:)([\w-]*)(?:\.md)?(?:#([^)]*))?\)")


@pytest.fixture
def folder(tmp_path):
    """An index, two pages that it links to in an order of its own, one that it forgot, and one that
    one language lacks.
    """
    for language, words in (("zh", "断网"), ("en", "offline")):
        at = tmp_path / language
        at.mkdir()
        (at / "index.md").write_text(
            f"# {words} 0\n\n[b](b.md) [a](a.md#二认识看板)\n", encoding="utf-8"
        )
        (at / "a.md").write_text(
            f"# A\n\n## 二、认识看板\n\n{words} x\n\n```\n# no heading\n```\n\n## 二、认识看板\n",
            encoding="utf-8",
        )
        (at / "b.md").write_text(f"# B `{words}`\n\n## {words}\n", encoding="utf-8")
        (at / "forgotten.md").write_text("# Z\n", encoding="utf-8")
    (tmp_path / "zh" / "only.md").write_text("# 只有中文\n", encoding="utf-8")
    yield tmp_path
    pages.cache_clear()


def test_pages_stand_in_the_order_of_the_index_and_none_is_lost(folder):
    assert list(pages("zh", folder)) == ["index", "b", "a", "forgotten", "only"]
    assert [page.title for page in pages("en", folder).values()] == [
        "offline 0",
        "B offline",
        "A",
        "Z",
        "只有中文",
    ]


def test_a_folder_that_is_not_there_is_no_page(tmp_path):
    assert pages("zh", tmp_path / "gone") == {}


def test_a_heading_has_the_anchor_that_github_gives_it(folder):
    assert [one.anchor for one in sections(pages("zh", folder)["a"])] == [
        "a",
        "二认识看板",
        "二认识看板-1",
    ]
    assert anchor_of("Back up, and restore", {}) == "back-up-and-restore"


def test_a_search_finds_sections_by_all_their_words_titles_first(folder):
    found = search("断网", "zh", folder)
    assert [(hit.page.name, hit.section.title) for hit in found] == [
        ("index", "断网 0"),
        ("b", "B 断网"),
        ("b", "断网"),
        ("a", "二、认识看板"),
    ]
    assert search("断网 X", "zh", folder)[0].page.name == "a"
    assert search("  ", "zh", folder) == search("nowhere", "zh", folder) == ()


def shown(source: str) -> str:
    return render.page_html(HandbookPage("made-up", "zh", source), "en")


def test_links_lead_to_pages_and_sections_of_the_board_and_others_open_beside_it():
    html = shown("[a](office.md#二认识看板) [b](#here) [c](https://x.org/y) [d](index.md)")
    assert re.findall(r'href="([^"]*)"', html) == [
        "/help?lang=en&amp;page=office#%E4%BA%8C%E8%AE%A4%E8%AF%86%E7%9C%8B%E6%9D%BF",
        "#here",
        "https://x.org/y",
        "/help?lang=en&amp;page=index",
    ]
    assert html.count('target="_self"') == 3
    assert 'target="_blank" rel="noopener"' in html


@pytest.mark.parametrize(
    ("source", "never"),
    [
        ("<script>alert(1)</script>", "<script"),
        ("a <b onclick=x>b</b>", "<b "),
        ("[x](javascript:alert(1))", "href"),
        ("![x](http://elsewhere/x.png)", "<img"),
    ],
)
def test_its_markdown_draws_words_alone(source, never):
    assert never not in shown(source)


def test_lines_of_chinese_are_joined_without_a_gap():
    assert "再用备份恢复，然后" in shown("再用备份恢复，\n然后")
    assert "b\nc" in shown("b\nc")
    assert "甲\n乙" in shown("```\n甲\n乙\n```")


def test_tables_and_headings_are_drawn_for_narrow_screens_and_links():
    html = shown("## 一、开始\n\n|a|b|\n|---|---|\n|1|2|\n")
    assert '<h2 id="一开始">' in html
    assert '<div class="xb-scroll"><table class="xb-table">' in html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_section_that_our_handbook_links_to_is_there(lang):
    known = {(name, one.anchor) for name, page in pages(lang).items() for one in sections(page)} | {
        (name, "") for name in pages(lang)
    }
    for name, page in pages(lang).items():
        for target, anchor in LINK.findall(page.source):
            if (target or name) in pages(lang):
                assert (target or name, anchor) in known, f"{name}.md: {target}#{anchor}"


def at_help(lang: str, **asked: str) -> AppTest:
    page = AppTest.from_file(APP, default_timeout=30)
    for name, value in {"lang": lang, **asked}.items():
        page.query_params[name] = value
    page.run()
    page._page_hash = next(
        one for one, info in page._registered_pages.items() if info["url_pathname"] == "help"
    )
    return checked(page.run())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_shows_the_handbook_and_finds_in_it(url, folder, monkeypatch, lang):
    fill(url)
    monkeypatch.setattr(handbook, "pages", lambda language, _=None: pages(language, folder))
    t, words = Translator(lang), {"zh": "断网", "en": "offline"}[lang]
    page = at_help(lang, page="a")
    assert '<article class="xb-book"><h1 id="a">A</h1>' in text(page)
    assert t("help.contents") in text(page)
    page.text_input(key="help_find").input(words).run()
    assert t("help.hits", n=4) in text(checked(page))
    assert "<article" in text(at_help(lang, page="no-such-page"))


def test_without_its_files_the_page_says_so(url, tmp_path, monkeypatch):
    fill(url)
    monkeypatch.setattr(handbook, "pages", lambda _language: {})
    assert Translator()("help.none") in text(at_help("zh"))
