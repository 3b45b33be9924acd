"""Answer what a station asks."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.render import markup
from ops.field.questions import answer
from ops.field.reports import LONGEST_REASON


def steps(board: Board, question_id: str) -> None:
    """The question, and the answer in words."""
    t, situation = board.t, looked_at(board)
    question = next((event for event in situation.events if event.event_id == question_id), None)
    if question is None:
        st.html(markup.notice("care", t("question.none", id=question_id)))
        return
    station = situation.city.station_by_id[question.station_id].name
    st.html(markup.notice("plain", question.reason or ""))
    with st.form("answer", border=False):
        text = st.text_area(t("desk.answer_text"), max_chars=LONGEST_REASON, key="answer_text")
        sent = st.form_submit_button(t("desk.answer_send", station=station), type="primary")
    if sent:
        operation, now = current(board)
        answer(board.store, operation, board.actor, question_id, text, now)
        finish(t("desk.answer_sent", station=station))
