"""Go over from the drill to real operation."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import finish
from dashboard.render import markup
from ops.intake.operations import leave_drill


def steps(board: Board) -> None:
    """What leaving the drill means, then done or not."""
    t = board.t
    st.html(
        markup.notice(
            "care", t("board.leave_what"), [t("board.leave_keeps"), t("board.leave_starts")]
        )
    )
    with st.container(horizontal=True):
        if st.button(t("board.leave_do"), type="primary", key="leave_do"):
            leave_drill(board.store, board.actor, board.clock())
            st.session_state.pop("followed", None)
            finish(t("desk.left_drill"))
        if st.button(t("board.leave_not"), key="leave_not"):
            st.rerun(scope="app")
