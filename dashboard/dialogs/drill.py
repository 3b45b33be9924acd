"""Go over from the drill to real operation."""

import streamlit as st

from dashboard import cards
from dashboard.board import Board
from dashboard.dialogs import finish
from ops.operation import leave_drill


def steps(board: Board) -> None:
    """What leaving the drill means, then done or not."""
    say = board.say
    st.html(cards.notice("care", say("board.leave_what"), [say("board.leave_keeps"), say("board.leave_starts")]))
    with st.container(horizontal=True):
        if st.button(say("board.leave_do"), type="primary", key="leave_do"):
            leave_drill(board.store, board.actor, board.clock())
            st.session_state.pop("followed", None)
            finish(say("desk.left_drill"))
        if st.button(say("board.leave_not"), key="leave_not"):
            st.rerun(scope="app")
