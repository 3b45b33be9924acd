"""What it would take to do more of what is left out: one more unit of each sort, tried while the desk waits."""

from html import escape

import streamlit as st

from dashboard import cards
from dashboard.board import Board
from dashboard.dialogs import current
from ops.remedies import Remedy, remedies

MOST_JOBS = 6


def steps(board: Board) -> None:
    """A card for each unit that would help, the most helpful first."""
    say, (operation, now) = board.say, current(board)
    st.html(f'<p class="xb-faint">{escape(say("remedies.tell"))}</p>')
    if "remedies_found" not in st.session_state:
        with st.spinner(say("remedies.looking")):
            st.session_state["remedies_found"] = remedies(board.store, operation, board.actor, now, board.settings)
    found = st.session_state["remedies_found"]
    if found is None:
        st.html(cards.notice("care", say("remedies.failed")))
    elif not found:
        st.html(cards.notice("plain", say("remedies.none"), [say("remedies.none_why")]))
    else:
        st.html("".join(cards.notice("plain", told(board, remedy), [
            say("remedies.gained", jobs=remedy.gained[:MOST_JOBS])] if remedy.gained else []) for remedy in found))


def told(board: Board, remedy: Remedy) -> str:
    """One unit, and how many jobs more it would do."""
    like = remedy.like
    return board.say("remedies.like", name=like.name, station=like.station, start=like.start, end=like.end,
                     more=remedy.more)


def forget() -> None:
    """Try anew: what was found when the dialog was last open may no longer be so."""
    st.session_state.pop("remedies_found", None)
