"""Note that what stood open is seen to."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.render import markup
from dashboard.render.needs import need_line
from ops.field.needs import Need
from ops.field.notes import note
from ops.field.reports import LONGEST_REASON


def steps(board: Board, key: str) -> None:
    """The need, and what was done about it."""
    t, situation = board.t, looked_at(board)
    need = next((one for one in situation.needs if one.key == key), None)
    if need is None:
        st.html(markup.notice("plain", t("needs.gone")))
        return
    st.html(need_line(need, situation.city, situation.now, t))
    form(board, need)


def form(board: Board, need: Need) -> None:
    """What was done, and who was reached; noted."""
    t = board.t
    with st.form(f"note_{need.key}", border=False):
        text = st.text_input(t("needs.note_text"), max_chars=LONGEST_REASON, key="note_text")
        told_by = st.text_input(t("needs.note_who"), max_chars=80, key="note_who")
        sent = st.form_submit_button(t("needs.act_note"), type="primary")
    if sent:
        operation, now = current(board)
        note(
            board.store,
            operation,
            board.actor,
            need.key,
            need.station_id or "",
            text or t("needs.noted_by_phone"),
            now,
            told_by=told_by,
            job_id=need.job_id,
        )
        finish(t("needs.noted"))
