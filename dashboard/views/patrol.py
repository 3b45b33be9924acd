"""The page of the evening patrols: who visits which place when, and what they have found."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup, status
from dashboard.views.cases.page import case_line, seen
from dashboard.views.service_jobs import beats, jobs, left_out
from data.model.city import PATROL
from ops.field.cases.street_cases import all_standings


def show(board: Board) -> None:
    """The whole page."""
    if board.city is None or board.situation is None:
        st.html(markup.notice("care", board.t("board.no_operation"), alone=True))
        return
    _listed(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _listed(board: Board) -> None:
    t, situation = board.t, board.situation
    if situation is None:
        return
    st.html(status.operation_strip(situation, t))
    beats(situation, PATROL, t)
    visits, findings = st.columns(2, gap="medium")
    with visits:
        if not jobs(situation, PATROL, "patrol.visits", t):
            st.html(markup.faint(t("patrol.no_visits")))
        left_out(situation, PATROL, "patrol.left_out", t)
    with findings:
        found = [
            one
            for one in reversed(
                seen(board, all_standings(board.store, situation.operation), PATROL)
            )
            if one.case.source == PATROL
        ]
        st.html(markup.head(t("patrol.findings", n=len(found))))
        for one in found:
            case_line(board, one, situation.city, situation.now)
        if not found:
            st.html(markup.faint(t("patrol.no_findings")))
