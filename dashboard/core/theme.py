"""Day and night: the board follows the reader's system, and a switch that his browser remembers."""

import json

import streamlit as st

from dashboard.core.board import Board
from dashboard.render import colours, markup

# Streamlit keeps the reader's choice in the browser, for each address the board was opened at, and
# offers no other way to change it than the menu that we don't show.
THEME_KEY = '"stActiveTheme-" + path + "-v2"'  # as a script has it, of the address ``path``
_REMEMBER = f"""<script>
(() => {{
  for (const path of %s) localStorage.setItem({THEME_KEY}, JSON.stringify(%s));
  location.reload();
}})();
</script>"""
OTHER = {"light": "dark", "dark": "light"}


def paint(board: Board, css: str) -> None:
    """Give the page its style sheet in the colours of the reader's theme."""
    st.session_state["painted"] = board.theme
    st.html(markup.stylesheet(colours.style(board.theme) + css))


def switch(board: Board, paths: list[str]) -> None:
    """The button that turns day into night and back, at every address of the board."""
    other = OTHER[board.theme]
    if st.button(board.t(f"desk.theme_{other}"), key="theme", type="tertiary"):
        known = ["/", *(f"/{path}" for path in paths)]
        st.html(
            _REMEMBER % (json.dumps(known), json.dumps(other.capitalize())),
            unsafe_allow_javascript=True,
        )
