"""The page of the evening patrols: who visits which place when, and what they have found."""

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.cases.page import case_line
from dashboard.views.desk.job_list import row as job_row
from dashboard.views.desk.job_list import todays
from data.model.city import PATROL
from ops.base.messages import Translator
from ops.field.cases.street_cases import all_standings
from ops.planning.left_out_groups import left_out_groups


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
    visits, findings = st.columns(2, gap="medium")
    with visits:
        lines = sorted(todays(situation.of(PATROL)), key=lambda line: line.leave_at)
        st.html(markup.head(t("patrol.visits", n=len(lines))))
        for line in lines:
            st.html(job_row(line, situation.city, t))
        if not lines:
            st.html(markup.faint(t("patrol.no_visits")))
        _left_out(situation, t)
    with findings:
        found = [
            one
            for one in reversed(all_standings(board.store, situation.operation))
            if one.case.source == PATROL
        ]
        st.html(markup.head(t("patrol.findings", n=len(found))))
        for one in found:
            case_line(board, one, situation.city, situation.now)
        if not found:
            st.html(markup.faint(t("patrol.no_findings")))


def _left_out(situation: Situation, t: Translator) -> None:
    """The visits that nobody makes, and why."""
    version = situation.of(PATROL).version
    groups = left_out_groups(version.left_out if version else (), situation.city, situation.now)
    if groups:
        st.html(markup.head(t("patrol.left_out")) + status.left_out_list(groups, t))
