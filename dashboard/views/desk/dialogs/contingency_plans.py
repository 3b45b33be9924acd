"""The plans kept ready for each warning colour: which there are, of when, and each on paper."""

from html import escape

import streamlit as st

from dashboard.core.board import Board
from dashboard.render import markup
from dashboard.views.desk.dialogs import current
from data.model.city import City
from data.model.desk import ContingencyPlan
from data.model.message import Message
from ops.documents.duty_sheet_pdf import duty_sheets
from weather.rain_warnings import RAIN


def steps(board: Board) -> None:
    """A line for each colour; what is not kept yet can't be made here: the board never plans."""
    t, city = board.t, board.city
    operation, _ = current(board)
    if board.settings.standing.hours == 0:
        st.html(markup.notice("plain", t("standing.off")))
    kept = board.store.desk.contingency_plans(operation.id)
    for colour in RAIN:
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="distribute",
            key=f"standing_{colour}",
        ):
            word, found = Message(f"level.{colour}"), kept.get(colour)
            told = (
                t("standing.ready", colour=word, at=found.made_at)
                if found
                else t("standing.none", colour=word)
            )
            st.html(f"<p>{escape(told)}</p>", width="content")
            if found and city:
                _paper(board, city, found)


def _paper(board: Board, city: City, found: ContingencyPlan) -> None:
    t = board.t
    st.download_button(
        t("standing.print"),
        lambda: duty_sheets(found.plan, city, (), t),
        file_name=t("standing.file", colour=Message(f"level.{found.colour}")) + ".pdf",
        mime="application/pdf",
        key=f"standing_paper_{found.colour}",
        on_click="ignore",
        icon=":material/print:",
    )
