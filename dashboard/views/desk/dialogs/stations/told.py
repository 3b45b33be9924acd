"""Write down that somebody of a station was reached by telephone."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.render.needs import telephone
from ops.notifications.reached import told_by_phone


def steps(board: Board, station_id: str, number: int | None = None) -> None:
    """Who answered; written down, of the version that was in force when it was opened: one that is
    published while people talk is told to nobody yet.
    """
    t, station = board.t, looked_at(board).city.station_by_id[station_id]
    st.html(telephone(station, t))
    with st.form("tick", border=False):
        who = st.text_input(t("reach.who"), value=station.chief, max_chars=80, key="tick_who")
        sent = st.form_submit_button(t("reach.tick_done"), type="primary")
    if sent:
        operation, now = current(board)
        told_by_phone(board.store, operation, board.actor, station.id, who, now, number=number)
        finish(t("reach.ticked", station=station.name, who=who))
