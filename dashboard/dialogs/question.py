"""Answer what a station asks."""

import streamlit as st

from dashboard import cards
from dashboard.board import Board
from dashboard.dialogs import current, finish
from ops.field import LONGEST_REASON
from ops.questions import answer


def steps(board: Board, asked_id: str) -> None:
    """The question, and the answer in words."""
    say, situation = board.say, board.situation
    asked = next((event for event in situation.events if event.event_id == asked_id), None) if situation else None
    if asked is None:
        st.html(cards.notice("care", say("question.none", id=asked_id)))
        return
    station = next(one.name for one in situation.city.stations if one.id == asked.station_id)
    st.html(cards.notice("plain", asked.reason or ""))
    with st.form("answer", border=False):
        text = st.text_area(say("desk.answer_text"), max_chars=LONGEST_REASON, key="answer_text")
        sent = st.form_submit_button(say("desk.answer_send", station=station), type="primary")
    if sent:
        operation, now = current(board)
        answer(board.store, operation, board.actor, asked_id, text, now)
        finish(say("desk.answer_sent", station=station))
