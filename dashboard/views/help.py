"""The handbook (帮助), on the board for everybody who is signed in."""

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.model import handbook
from dashboard.render import handbook as render
from dashboard.render import markup

MOST_HITS = 30
# a link to a section may come before its page is drawn
_GO = """<script>
(() => {
  const go = () => {
    const name = decodeURIComponent(location.hash.slice(1));
    if (name) document.getElementById(name)?.scrollIntoView();
  };
  window.removeEventListener("hashchange", window.xunbanGo);
  window.addEventListener("hashchange", window.xunbanGo = go);
  setTimeout(go, 50);
})();
</script>"""


@safe
def show(board: Board) -> None:
    """The page that the address names, else the index; over it all pages, a search, and its
    contents.
    """
    t = board.t
    pages = handbook.pages(t.language)
    if not pages:
        st.html(markup.notice("care", t("help.none"), alone=True))
        return
    page = pages.get(st.query_params.get("page", ""), next(iter(pages.values())))
    st.html(render.page_links(pages.values(), page, t.language))
    text = st.text_input(
        t("help.find"),
        key="help_find",
        max_chars=60,
        placeholder=t("help.find"),
        label_visibility="collapsed",
    )
    if text.strip():
        _show_hits(board, text)
        return
    contents = render.contents(page, t("help.contents"))
    st.html(contents + render.page_html(page, t.language))
    st.html(_GO, unsafe_allow_javascript=True)


def _show_hits(board: Board, text: str) -> None:
    """What a search has found."""
    t = board.t
    hits = handbook.search(text, t.language)
    st.html(markup.head(t("help.hits", n=len(hits))))
    if hits:
        st.html(render.hit_list(hits[:MOST_HITS], t.language))
