"""Which machines stand ready where by the ordered level, and which are not in place."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup
from ops.duty.placed import in_place, not_in_place


@st.fragment(run_every=REFRESH_S)
@safe
def section(board: Board) -> None:
    """Nothing where no level wants any."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    ready = in_place(situation.lines, situation.city, situation.now)
    missing = not_in_place(situation.version, situation.city, situation.now)
    if not ready and not missing:
        return
    st.html(markup.head(t("placed.title")))
    if missing:
        lines = [t.message(one) for one in missing]
        st.html(markup.notice("care", t("placed.missing_title"), lines))
    if ready:
        st.html(markup.bullets([t.message(one) for one in ready]))
