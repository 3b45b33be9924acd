"""The board's entry: its frame (name, pages, language) and the pages themselves."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from dashboard.core import sign_in_box, theme
from dashboard.core.board import Board, open_board, safe
from dashboard.core.browser import open_in, watch_browser
from dashboard.render import markup
from dashboard.views import navigation, wall
from dashboard.views.navigation import PAGES, Page
from ops.auth.permissions import sees

if TYPE_CHECKING:  # the class is Streamlit's own affair; no name for it is public
    from streamlit.navigation.page import StreamlitPage


def real_clock() -> datetime:
    """Read here and nowhere else: all below are told what time it is."""
    return datetime.now(UTC)


def main() -> None:
    """One run of the page that the address asks for."""
    board = open_board(real_clock)
    t = board.t
    st.set_page_config(
        page_title=t("board.title"), page_icon="🌧️", layout="wide", initial_sidebar_state="collapsed"
    )
    theme.paint(board, Path(__file__).with_name("style.css").read_text("utf-8"))
    offered = navigation.pages(board)
    pages = {
        page: st.Page(
            _runner(page, board),
            title=t(page.title),
            url_path=page.path,
            default=page is offered[0],
        )
        for page in offered
    }
    current = st.navigation(list(pages.values()), position="hidden")
    page = next(page for page, shown in pages.items() if shown is current)
    if board.viewer and page is offered[0] and not sees(board.viewer, page.action):
        first = next((page for page in offered if sees(board.viewer, page.action)), None)
        if first:
            st.switch_page(pages[first])
    _head(board, pages, page)
    _page(board, page, current)
    watch_browser(t)


def _head(board: Board, pages: "dict[Page, StreamlitPage]", page: Page) -> None:
    """The top line: name, district, pages, the other language, who is signed in."""
    t = board.t
    lang = {"lang": t.language}
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        district = _district(board) if board.viewer else ""
        brand = markup.tag("b", t("board.brand")), markup.tag("span", district)
        st.html(markup.tag("div", brand, cls="xb-brand"), width="content")
        for entry, link in pages.items():
            if board.viewer and sees(board.viewer, entry.action):
                st.page_link(link, label=t(entry.title), query_params=lang, disabled=entry is page)
        theme.switch(board, [link.url_path for link in pages.values() if link.url_path])
        language = "en" if t.language == "zh" else "zh"
        if st.button(t("board.other_language"), key="language", type="tertiary"):
            open_in(language)
        if board.viewer:
            sign_in_box.way_out(board)


def _runner(page: Page, board: Board) -> Callable[[], None]:
    """What shows a page; the first one has a screen for the wall, too."""

    def run() -> None:
        is_wall = page is PAGES[0] and st.query_params.get("wall") == "1"
        (wall.show if is_wall else page.show)(board)

    return run


def _district(board: Board) -> str:
    try:
        city = board.city if board.url else None
    except Exception:  # the page below says what is wrong
        return ""
    if city is None:
        return ""
    name, sample = city.district.name, board.t("board.sample")
    return f"{name} · {sample}" if city.district.sample else name


@safe
def _page(board: Board, page: Page, current: "StreamlitPage") -> None:
    """The page, for whoever may look at it; for anyone else the way in, and nothing of the
    district's.
    """
    if not board.url:
        st.html(
            markup.notice(
                "stop", board.t("board.no_address"), [board.t("board.no_address_do")], alone=True
            )
        )
    elif board.viewer is None:
        sign_in_box.way_in(board, current.url_path)
    elif not sees(board.viewer, page.action):
        role = board.t(f"account_role.{board.viewer.role}")
        st.html(markup.notice("care", board.t("access.not_page", role=role), alone=True))
    else:
        current.run()


main()
