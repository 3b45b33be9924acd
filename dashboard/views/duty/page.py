"""The page of the watch (值班): its log, who hands it to whom, and the papers of the day."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup, status
from dashboard.views.duty import handover, log, papers, placed, trainer, watch


def show(board: Board) -> None:
    """The whole page: the log beside the handover and the papers."""
    t = board.t
    if board.city is None:
        st.html(markup.notice("care", t("board.no_city"), [t("board.no_city_sample")], alone=True))
        return
    if board.situation is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    _head(board)
    left, right = st.columns([0.56, 0.44], gap="medium")
    with left:
        log.form(board)
        log.listed(board)
    with right:
        watch.section(board)
        placed.section(board)
        trainer.section(board)
        handover.section(board)
        papers.section(board)
        papers.place_cards(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _head(board: Board) -> None:
    """Drill or real, and the pulse of the page."""
    situation = board.situation
    if situation is not None:
        st.html(status.operation_strip(situation, board.t) + status.beat(situation))
