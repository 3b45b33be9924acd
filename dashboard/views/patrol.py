"""The page of the evening patrols: who visits which place when, and what they have found."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.render import markup, status
from dashboard.views.cases.page import closed_cases, open_cases, seen
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
    findings, visits = st.columns(2, gap="medium")
    with findings:  # on a phone it comes first
        cases = seen(board, all_standings(board.store, situation.operation), PATROL)
        found = [one for one in cases if one.case.source == PATROL]
        open_ = sum(not one.closed for one in found)
        st.html(markup.head(t("patrol.findings", n=len(found), open=open_)))
        if not found:
            st.html(markup.faint(t("patrol.no_findings")))
        open_cases(board, found, situation.city, situation.now)
        closed_cases(board, found, situation.city, situation.now)
    with visits:
        if not jobs(situation, PATROL, "patrol.visits", t):
            st.html(markup.faint(t("patrol.no_visits")))
        left_out(situation, PATROL, "patrol.left_out", t)
