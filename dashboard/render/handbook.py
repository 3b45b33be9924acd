"""The handbook's Markdown as HTML. Pure.

HTML within it is shown as it is written, not obeyed; pictures are left out; a link leads to another
page or section of the handbook, or to the web outside in a tab of its own.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from urllib.parse import quote, unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from dashboard.model.handbook import HandbookPage, Hit, anchor_of, sections, unmarked
from dashboard.render.markup import Html, bullets, fold, tag

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
_WIDE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]{2}")


def address(name: str, language: str, anchor: str = "") -> str:
    """Where a page or section of the handbook is on the board."""
    at = f"#{quote(anchor)}" if anchor else ""
    return f"/help?lang={language}&page={quote(name)}{at}"


@cache
def page_html(page: HandbookPage, language: str) -> Html:
    """A whole page.

    Parameters
    ----------
    language
        Of the board, in which links go on.
    """
    tokens, taken = _MARKDOWN.parse(page.source), dict[str, int]()
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            token.attrSet("id", anchor_of(unmarked(following.content), taken))
        for child in token.children or ():
            if child.type == "link_open":
                _lead(child, language)
        _join_lines(token.children or [])
    text = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    boxed = text.replace("<table>", '<div class="xb-scroll"><table class="xb-table">')
    return tag("article", Html(boxed.replace("</table>", "</table></div>")), cls="xb-book")


def _join_lines(inline: Sequence[Token]) -> None:
    """A new line within a paragraph is a gap where it is shown: none between Chinese letters."""
    for before, between, after in zip(inline, inline[1:], inline[2:], strict=False):
        if between.type == "softbreak" and _WIDE.fullmatch(before.content[-1:] + after.content[:1]):
            between.type = "text"


def _lead(link: Token, language: str) -> None:
    """Turn a link to a file of the handbook into one to its page; others open beside the board."""
    target, _, anchor = str(link.attrGet("href") or "").partition("#")
    if target.startswith(("http://", "https://")):
        link.attrSet("target", "_blank")
        link.attrSet("rel", "noopener")
        return
    if target:
        link.attrSet("href", address(target.removesuffix(".md"), language, unquote(anchor)))
    link.attrSet("target", "_self")


def contents(page: HandbookPage, title: str, levels: Iterable[int] = (2, 3)) -> Html:
    """The page's headings, folded away under ``title``; empty where there is only one."""
    listed = [section for section in sections(page) if section.level in set(levels)]
    if len(listed) < 2:
        return Html("")
    links = (
        tag(
            "a",
            section.title,
            href=f"#{quote(section.anchor)}",
            target="_self",
            cls=f"level{section.level}",
        )
        for section in listed
    )
    return fold(title, bullets(links, "xb-contents"))


def page_links(pages: Iterable[HandbookPage], current: HandbookPage, language: str) -> Html:
    """All pages of the handbook, the one that is open marked."""
    links = (
        tag(
            "a",
            page.title,
            href=address(page.name, language),
            target="_self",
            aria_current="page" if page is current else "",
        )
        for page in pages
    )
    return tag("nav", links, cls="xb-pages")


def hit_list(hits: Iterable[Hit], language: str) -> Html:
    """The sections that were found, each with the page it stands on."""
    return bullets(
        (
            tag(
                "a",
                hit.section.title or hit.page.title,
                href=address(hit.page.name, language, hit.section.anchor),
                target="_self",
            ),
            " ",
            tag("em", hit.page.title),
        )
        for hit in hits
    )
