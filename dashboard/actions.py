"""What the desk can do: plan again, take in a warning, go over to real operation, print. Nothing here plans:
a request is written, and the planning loop answers it.
"""

from datetime import datetime, timedelta
from html import escape

import streamlit as st

from dashboard import cards, colours, words
from dashboard.board import Board, forget, safe
from dashboard.paper import duty_sheets
from dashboard.reading import Situation, alerts_of, order_of
from data.entities import Message, Operation, Trigger
from ops.intake import Taken, has_passed, plan_again, take_alerts, understand
from ops.operation import leave_drill
from weather.forecast import Alert, WeatherError

PATIENCE = timedelta(minutes=2)  # a plan takes seconds: a request open for longer means that something is wrong
TOLD_FOR = timedelta(minutes=3)  # an answer stays on the page this long


@st.fragment(run_every=2)
@safe
def bar(board: Board) -> None:
    """The desk's buttons, and what became of the last request."""
    say, situation = board.say, board.situation
    if situation is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        if st.button(say("board.plan_again"), type="primary", key="plan_again", icon=":material/refresh:"):
            _ask_again(board)
        if st.button(say("board.paste"), key="paste", icon=":material/content_paste:"):
            _forget_pasted()
            _paste_dialog(board)
        if situation.operation.is_drill and st.button(say("board.leave_button"), key="leave", icon=":material/logout:"):
            _leave_dialog(board)
        told = _what_became(board)
        if told:
            st.html(told, width="content")


def _now(board: Board) -> tuple[Operation, datetime]:
    """The operation as it stands, and its time: an action never trusts what the page showed a while ago."""
    operation = board.store.current_operation()
    if operation is None:
        raise RuntimeError("an action without an operation")
    return operation, operation.now(board.clock())


def _ask_again(board: Board) -> None:
    operation, now = _now(board)
    _follow(operation, plan_again(board.store, operation, board.actor, now))


def _follow(operation: Operation, trigger: Trigger) -> None:
    """Remember the request, to tell what becomes of it."""
    st.session_state["followed"] = (operation.id, trigger.cause)
    forget()


def _what_became(board: Board) -> str:
    """The last request of this page, or anyone's that is still open; an empty text when there is none."""
    say, situation = board.say, board.situation
    followed = st.session_state.get("followed")
    trigger = board.store.trigger(*followed) if followed else None
    if trigger is None or (trigger.settled_at is not None and situation.pending):
        trigger = situation.pending[-1] if situation.pending else trigger
    if trigger is None:
        return ""
    if trigger.settled_at is None:
        if situation.loop_silent:
            return f'<div class="xb-state"><b>▲ {escape(say("board.asked_silent"))}</b></div>'
        waited = situation.now - trigger.requested_at
        if waited > PATIENCE:
            told = say("board.asked_long", age=words.span_of(say, waited))
            return f'<div class="xb-state"><b>▲ {escape(told)}</b></div>'
        return f'<div class="xb-state xb-wait">{escape(say("board.asked", at=trigger.requested_at))}</div>'
    if abs(situation.now - trigger.settled_at) > TOLD_FOR and abs(situation.real_now - trigger.settled_at) > TOLD_FOR:
        return ""
    if trigger.answered_by is not None:
        told = say("board.answered", number=trigger.answered_by)
    else:
        told = say.message(trigger.outcome) if trigger.outcome else say("board.answered_nothing")
    return f'<div class="xb-state">✓ {escape(told)}</div>'


# --- a warning, pasted ------------------------------------------------------------------------------------------------


def _paste_dialog(board: Board) -> None:
    st.dialog(board.say("board.paste_title"), width="large")(safe(paste_steps))(board)


def paste_steps(board: Board) -> None:
    """Step by step in one box: the text, what was understood, taken in."""
    say = board.say
    alerts: list[Alert] | None = st.session_state.get("understood")
    if alerts:
        _confirm(board, alerts)
        return
    with st.form("paste_form", border=False):
        st.text_area(say("board.paste_label"), value=st.session_state.get("pasted", ""), height=170,
                     placeholder=say("board.paste_example"), key="paste_text")
        st.form_submit_button(say("board.paste_read"), type="primary", on_click=_read, args=(board,))
    refused: Message | None = st.session_state.get("refused")
    if refused:
        st.html(cards.notice("stop", say("board.paste_refused"), [say.message(refused), say("board.paste_unchanged")]))


def _read(board: Board) -> None:
    """Read what was pasted; nothing is kept but what was understood, or why it was not."""
    _forget_pasted()
    text = st.session_state["pasted"] = st.session_state["paste_text"]
    try:
        st.session_state["understood"] = understand(text, _now(board)[1], board.store.city().district)
    except WeatherError as error:
        st.session_state["refused"] = Message(error.code, error.facts)


def _confirm(board: Board, alerts: list[Alert]) -> None:
    say = board.say
    _, now = _now(board)
    for alert in alerts:
        st.html(understood(alert, now, board))
    with st.container(horizontal=True):
        if st.button(say("board.paste_take"), type="primary", key="paste_take"):
            _take(board, alerts)
            st.rerun(scope="app")
        st.button(say("board.paste_back"), key="paste_back", on_click=st.session_state.pop, args=("understood",))


def _forget_pasted() -> None:
    for name in ("understood", "pasted", "refused"):
        st.session_state.pop(name, None)


def understood(alert: Alert, now: datetime, board: Board) -> str:
    """What a text was understood to say, its doubts last."""
    say = board.say
    ground, ink = colours.LEVEL[alert.level]
    lines = [say("board.read_line", issuer=alert.issuers or say("board.unsaid"),
                 action=Message(f"action.{alert.action}"), at=alert.issued_at or say("board.unsaid"))]
    if alert.areas:
        lines.append(say("board.read_areas", areas=alert.areas))
    if cards.amount(alert, say):
        lines.append(cards.amount(alert, say).strip("，,· "))
    doubts = [say.message(Message(doubt)) for doubt in alert.doubts]
    if has_passed(alert, now):
        doubts.insert(0, say("board.read_over"))
    head = (f'<div class="xb-card" style="background:{ground};color:{ink};border-color:{ground}">'
            f'<b><i>⚠</i>{escape(words.alert_name(say, alert))}</b>'
            + "".join(f"<p>{escape(line)}</p>" for line in lines) + "</div>")
    return head + (cards.notice("care", say("board.read_doubts"), doubts) if doubts else "")


def _take(board: Board, alerts: list[Alert]) -> None:
    operation, now = _now(board)
    taken = take_alerts(board.store, operation, board.actor, alerts, now)
    _forget_pasted()
    for one in taken:
        st.toast(_taken_word(one, board), duration="long")
        if one.trigger:
            _follow(operation, one.trigger)
    forget()


def _taken_word(taken: Taken, board: Board) -> str:
    key = "board.taken_known" if not taken.new else "board.taken_over" if taken.over else (
        "board.taken_new" if taken.trigger else "board.taken_kept")
    return board.say(key, alert=words.alert_name(board.say, taken.alert))


# --- over to real operation -------------------------------------------------------------------------------------------


def _leave_dialog(board: Board) -> None:
    st.dialog(board.say("board.leave_title"))(safe(leave_steps))(board)


def leave_steps(board: Board) -> None:
    """What leaving the drill means, then done or not."""
    say = board.say
    st.html(cards.notice("care", say("board.leave_what"), [say("board.leave_keeps"), say("board.leave_starts")]))
    with st.container(horizontal=True):
        if st.button(say("board.leave_do"), type="primary", key="leave_do"):
            leave_drill(board.store, board.actor, board.clock())
            st.session_state.pop("followed", None)
            forget()
            st.rerun(scope="app")
        if st.button(say("board.leave_not"), key="leave_not"):
            st.rerun(scope="app")


# --- paper ------------------------------------------------------------------------------------------------------------


def paper_button(board: Board, situation: Situation, station_id: str | None) -> None:
    """A button that gives the duty sheets as PDF: of one station, or of all. The paper is made when it is asked for."""
    say, version = board.say, situation.version
    if version is None:
        return
    station = next((one for one in situation.city.stations if one.id == station_id), None)
    whose = station.name if station else say("board.all_stations")
    st.download_button(
        say("board.paper_one" if station else "board.paper_all"), lambda: duty_sheets(
            version, situation.city, alerts_of(board.store, version), say, station_id,
            order_of(board.store, version)),
        file_name=say("board.paper_file", station=whose, number=version.number) + ".pdf",
        mime="application/pdf", key=f"paper_{station_id or 'all'}", on_click="ignore",
        icon=":material/print:")
