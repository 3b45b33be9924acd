"""The plans kept ready for each warning colour: which there are, of when, and each on paper."""

from html import escape

import streamlit as st

from dashboard import cards
from dashboard.board import Board
from dashboard.dialogs import current
from dashboard.paper import duty_sheets
from data.entities import City, Message
from data.events import StandingPlan
from ops.standing import RAIN


def steps(board: Board) -> None:
    """A line for each colour; what is not kept yet can't be made here: the board never plans."""
    say, city = board.say, board.city
    operation, _ = current(board)
    if board.settings.standing.hours == 0:
        st.html(cards.notice("plain", say("standing.off")))
    kept = board.store.standing_plans(operation.id)
    for colour in RAIN:
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute",
                          key=f"standing_{colour}"):
            word, found = Message(f"level.{colour}"), kept.get(colour)
            told = say("standing.ready", colour=word, at=found.made_at) if found else say("standing.none", colour=word)
            st.html(f"<p>{escape(told)}</p>", width="content")
            if found and city:
                _paper(board, city, found)


def _paper(board: Board, city: City, found: StandingPlan) -> None:
    say = board.say
    st.download_button(
        say("standing.print"), lambda: duty_sheets(found.plan, city, (), say),
        file_name=say("standing.file", colour=Message(f"level.{found.colour}")) + ".pdf", mime="application/pdf",
        key=f"standing_paper_{found.colour}", on_click="ignore", icon=":material/print:")
