"""The board's entry: its frame (name, pages, language) and the pages themselves."""

from datetime import UTC, datetime
from html import escape
from pathlib import Path

import streamlit as st

from dashboard import cards, desk, manager, setup, station, theme, wall
from dashboard.board import Board, open_board, safe
from dashboard.guard import watch_browser


def real_clock() -> datetime:
    """Read here and nowhere else: all below are told what time it is."""
    return datetime.now(UTC)


def main() -> None:
    """One run of the page that the address asks for."""
    board = open_board(real_clock)
    say = board.say
    st.set_page_config(page_title=say("board.title"), page_icon="🌧️", layout="wide", initial_sidebar_state="collapsed")
    theme.paint(board, Path(__file__).with_name("style.css").read_text("utf-8"))
    first = wall if st.query_params.get("wall") == "1" else desk
    pages = [st.Page(lambda: first.show(board), title=say("board.page_desk"), url_path="desk", default=True),
             st.Page(lambda: station.show(board), title=say("board.page_station"), url_path="station"),
             st.Page(lambda: manager.show(board), title=say("manager.page"), url_path="manager"),
             st.Page(lambda: setup.show(board), title=say("board.page_setup"), url_path="setup")]
    page = st.navigation(pages, position="hidden")
    _head(board, pages, page)
    _page(board, page)
    watch_browser(say("board.lost"))


def _head(board: Board, pages: list, page) -> None:
    """The top line: name, district, pages, the other language."""
    say = board.say
    lang = {"lang": say.language}
    with st.container(horizontal=True, vertical_alignment="center", key="head"):
        district = _district(board)
        st.html(f'<div class="xb-brand"><b>{say("board.brand")}</b><span>{district}</span></div>', width="content")
        for one, word in zip(pages, ("board.page_desk", "board.page_station", "manager.page", "board.page_setup"),
                             strict=True):
            st.page_link(one, label=say(word), query_params=lang, disabled=one is page)
        theme.switch(board, [one.url_path for one in pages if one.url_path])
        other = "en" if say.language == "zh" else "zh"
        if st.button(say("board.other_language"), key="language", type="tertiary"):
            st.query_params["lang"] = other
            st.session_state["lang"] = other
            st.rerun()


def _district(board: Board) -> str:
    try:
        city = board.city if board.url else None
    except Exception:  # the page below says what is wrong
        return ""
    if city is None:
        return ""
    return escape(city.district.name) + (" · " + escape(board.say("board.sample")) if city.district.sample else "")


@safe
def _page(board: Board, page) -> None:
    if not board.url:
        st.html(cards.notice("stop", board.say("board.no_address"), [board.say("board.no_address_do")], alone=True))
        return
    page.run()


main()
