"""Take in a warning: the text is pasted, what was understood is shown, then it counts."""

from datetime import datetime

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, follow, looked_at
from dashboard.render import colours, markup, status
from data.model.message import Message
from ops.documents import labels
from ops.documents.alert_lines import state_line
from ops.intake.alert_list import alert_states
from ops.intake.alerts import Taken, has_passed, take_alerts, understand
from ops.intake.areas import ELSEWHERE
from weather.model import Alert, WeatherError

MOST_RECEIVED = 30


def steps(board: Board) -> None:
    """Step by step in one box: the text, what was understood, taken in."""
    t = board.t
    alerts: list[Alert] | None = st.session_state.get("understood")
    if alerts:
        _confirm(board, alerts)
        return
    with st.form("paste_form", border=False):
        st.text_area(
            t("board.paste_label"),
            value=st.session_state.get("pasted", ""),
            height=170,
            placeholder=t("board.paste_example"),
            key="paste_text",
        )
        st.form_submit_button(t("board.paste_read"), type="primary", on_click=_read, args=(board,))
    _received(board)
    refused: Message | None = st.session_state.get("refused")
    if refused:
        st.html(
            markup.notice(
                "stop", t("board.paste_refused"), [t.message(refused), t("board.paste_unchanged")]
            )
        )


def _received(board: Board) -> None:
    """The warnings received: which hold, from when to when, and why the others don't."""
    situation = looked_at(board)
    states = alert_states(
        situation.alerts, situation.operation, situation.city.district, situation.now
    )
    if states:
        with st.expander(board.t("board.alerts_received", n=len(states)), key="fold_alerts"):
            for state in states[:MOST_RECEIVED]:
                st.html(markup.faint(state_line(state, board.t)))


def _read(board: Board) -> None:
    """Read what was pasted; nothing is kept but what was understood, or why it was not."""
    forget_pasted()
    text = st.session_state["pasted"] = st.session_state["paste_text"]
    try:
        st.session_state["understood"] = understand(
            text, current(board)[1], board.store.city().district
        )
    except WeatherError as error:
        st.session_state["refused"] = Message(error.code, dict(error.facts))


def _confirm(board: Board, alerts: list[Alert]) -> None:
    t = board.t
    _, now = current(board)
    for alert in alerts:
        st.html(_understood(alert, now, board))
    elsewhere = any(ELSEWHERE in alert.doubts for alert in alerts)
    if elsewhere:
        st.html(markup.faint(t("board.paste_elsewhere")))
    with st.container(horizontal=True):
        if st.button(t("board.paste_take"), type="primary", key="paste_take"):
            _take(board, alerts)
        if elsewhere and st.button(t("board.paste_ours"), key="paste_ours"):
            _take(board, alerts, for_our_area=True)
        st.button(
            t("board.paste_back"),
            key="paste_back",
            on_click=st.session_state.pop,
            args=("understood",),
        )


def forget_pasted() -> None:
    """Begin anew."""
    for name in ("understood", "pasted", "refused"):
        st.session_state.pop(name, None)


def _understood(alert: Alert, now: datetime, board: Board) -> str:
    """What a text was understood to say, its doubts last."""
    t = board.t
    lines = [
        t(
            "board.read_line",
            issuer=alert.issuers or t("board.unsaid"),
            action=Message(f"action.{alert.action}"),
            at=alert.issued_at or t("board.unsaid"),
        )
    ]
    if alert.areas:
        lines.append(t("board.read_areas", areas=alert.areas))
    if status.amount(alert, t):
        lines.append(status.amount(alert, t).strip("，,· "))
    doubts = [t.message(Message(doubt)) for doubt in alert.doubts]
    if has_passed(alert, now):
        doubts.insert(0, t("board.read_over"))
    name, paint = labels.alert_name(t, alert), colours.LEVEL[alert.level]
    return markup.card(name, lines, paint, sign="⚠") + (
        markup.notice("care", t("board.read_doubts"), doubts) if doubts else ""
    )


def _take(board: Board, alerts: list[Alert], *, for_our_area: bool = False) -> None:
    operation, now = current(board)
    taken = take_alerts(board.store, operation, board.actor, alerts, now, for_our_area=for_our_area)
    forget_pasted()
    for receipt in taken:
        if receipt.trigger:
            follow(operation, receipt.trigger.cause)
    finish("\n".join(_taken_word(receipt, board) for receipt in taken))


def _taken_word(taken: Taken, board: Board) -> str:
    key = (
        "board.taken_known"
        if not taken.new
        else "board.taken_elsewhere"
        if taken.elsewhere
        else "board.taken_over"
        if taken.over
        else ("board.taken_new" if taken.trigger else "board.taken_kept")
    )
    return board.t(key, alert=labels.alert_name(board.t, taken.alert))
