"""The duty desk (值班台): what is in force, what comes next, where, when and why, at a glance.

Two parts refresh by themselves: the bar of buttons with what became of the last request, quickly;
and all panels together, slowly, or at once when the bar sees another plan.
"""

import streamlit as st

from dashboard.core import pulse
from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.render.needs import needs_mark
from dashboard.views.desk import actions, ahead, job_list, map, needs
from dashboard.views.desk.chart import chart
from dashboard.views.desk.details import details
from dashboard.views.desk.reaching import nobody_told
from dashboard.views.headquarters import directives
from ops.documents import labels

LEFT, RIGHT = 0.36, 0.64


def show(board: Board) -> None:
    """The whole page; its living parts refresh by themselves."""
    if board.city is None:
        _empty(board)
        return
    actions.bar(board)
    directives.received(board)
    _panels(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _panels(board: Board) -> None:
    """All that tells how things stand, as of one instant."""
    if board.theme != st.session_state.get("painted", board.theme):
        st.rerun(scope="app")  # the reader, or his system, has turned from day to night
    if board.situation is not None:
        pulse.listen(board.situation.stamp)
    _glance(board)
    left, right = st.columns([LEFT, RIGHT], gap="small")
    with left:
        ahead.ahead_card(board)
        needs.needs_list(board)
        map.district_map(board)
    with right:
        chart(board)
    left, right = st.columns([0.46, 0.54], gap="small")
    with left:
        job_list.job_list(board)
    with right:
        details(board)


@st.fragment(run_every=REFRESH_S)
@safe
def _empty(board: Board) -> None:
    """No district yet: how to get one; the page comes by itself when it is there."""
    if board.city is not None:
        st.rerun(scope="app")
    st.html(status.no_city(board.t))


@safe
def _glance(board: Board) -> None:
    """Silence of the loop, how far the gravest roads are, and the four cards."""
    t, situation, own = board.t, board.situation, board.own_situation
    if situation is None or own is None:
        st.html(
            markup.notice("care", t("board.no_operation"), [t("board.no_operation_do")], alone=True)
        )
        return
    _alarms(board, situation)
    st.html(
        nobody_told(situation, board.settings.channels, t)
        + needs_mark(situation.needs, t)
        + status.readiness_bar(own, t)
        + status.off_duty(situation, t)
        + status.stale_forecast(situation, t)
        + status.held(situation, t)
        + status.status_cards(own, t)
    )


def _alarms(board: Board, situation: Situation) -> None:
    """What keeps the planning from working: its loop silent or stuck, a fault, a failure."""
    t = board.t
    if situation.loop_silent:
        since = (
            t("board.loop_since", age=labels.span_of(t, situation.real_now - situation.beat_at))
            if situation.beat_at
            else ""
        )
        st.html(markup.notice("stop", t("board.loop_silent") + since, [t("board.loop_silent_do")]))
    if situation.loop_stuck:
        st.html(
            markup.notice(
                "stop", t("board.loop_stuck", at=situation.round_at), [t("board.loop_stuck_do")]
            )
        )
    if board.settings_fault:
        st.html(
            markup.notice(
                "care",
                t("board.settings_wrong"),
                [board.settings_fault, t("board.settings_wrong_do")],
            )
        )
    if situation.failure:
        st.html(
            markup.notice(
                "stop",
                t("board.plan_failed", at=situation.failure.at),
                [
                    t("board.plan_failed_why", error=situation.failure.error),
                    t("board.plan_failed_do"),
                ],
            )
        )
