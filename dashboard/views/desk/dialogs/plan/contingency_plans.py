"""The plans kept ready for each warning colour: which there are, of when, and each on paper."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current
from dashboard.render import markup
from data.model.city import City
from data.model.desk import ContingencyPlan
from data.model.message import Message
from ops.documents.duty_sheet_pdf import duty_sheets
from weather.hazards import SIGNAL_AMOUNTS


def steps(board: Board) -> None:
    """A line for each colour; what is not kept yet can't be made here: the board never plans."""
    t, city = board.t, board.city
    operation, _ = current(board)
    if board.settings.contingency.hours == 0:
        st.html(markup.notice("plain", t("standing.off")))
    ready = board.store.desk.contingency_plans(operation.id)
    for colour in SIGNAL_AMOUNTS:
        with st.container(
            horizontal=True,
            vertical_alignment="center",
            horizontal_alignment="distribute",
            key=f"standing_{colour}",
        ):
            word, plan = Message(f"level.{colour}"), ready.get(colour)
            text = (
                t("standing.ready", colour=word, at=plan.made_at)
                if plan
                else t("standing.none", colour=word)
            )
            st.html(markup.tag("p", text), width="content")
            if plan and city:
                _paper(board, city, plan)


def _paper(board: Board, city: City, contingency: ContingencyPlan) -> None:
    t = board.t
    st.download_button(
        t("standing.print"),
        lambda: duty_sheets(contingency.plan, city, (), t),
        file_name=t("standing.file", colour=Message(f"level.{contingency.colour}")) + ".pdf",
        mime="application/pdf",
        key=f"standing_paper_{contingency.colour}",
        on_click="ignore",
        icon=":material/print:",
    )
