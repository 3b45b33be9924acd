"""What the desk can do, as a row of buttons, and what became of the last request."""

from datetime import timedelta
from html import escape

import streamlit as st

from dashboard import words
from dashboard.board import Board, forget, safe
from dashboard.books import EXCEL
from dashboard.dialogs import (
    alert,
    approve,
    change,
    current,
    drill,
    follow,
    incident,
    level,
    open_dialog,
    remedies,
    standing,
    unit,
)
from dashboard.duty_book import duty_book
from dashboard.paper import duty_sheets
from dashboard.reading import Situation, addresses_of, alerts_of, order_of
from data.entities import Trigger
from ops.access import Action
from ops.intake import plan_again

PATIENCE = timedelta(minutes=2)  # a plan takes seconds: a request open for longer means that something is wrong
TOLD_FOR = timedelta(minutes=3)  # an answer stays on the page this long


@st.fragment(run_every=3)
@safe
def bar(board: Board) -> None:
    """The desk's buttons, those that the actor may use, and what became of the last request."""
    situation = board.situation
    if situation is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        _buttons(board, situation)
    told = _what_became(board, situation)
    if told:
        st.html(told)


def _buttons(board: Board, situation: Situation) -> None:
    draft = situation.draft
    if draft and _button(board, Action.APPROVE_PLAN, "approve", "desk.approve", "task_alt", number=draft.number):
        open_dialog(board, "desk.approve_title", approve.steps, draft.number, wide=True)
    if _button(board, Action.PLAN_AGAIN, "plan_again", "board.plan_again", "refresh"):
        _ask_again(board)
    if _button(board, Action.TAKE_ALERT, "paste", "board.paste", "content_paste"):
        alert.forget_pasted()
        open_dialog(board, "board.paste_title", alert.steps, wide=True)
    still = len(situation.incidents)
    word = "desk.incident_still" if still else "desk.incident"
    if _button(board, Action.REPORT_INCIDENT, "incident", word, "warning", n=still):
        open_dialog(board, "desk.incident_title", incident.steps, wide=True)
    if _button(board, Action.ORDER_LEVEL, "level", "desk.level_button", "campaign"):
        open_dialog(board, "desk.level_title", level.steps, wide=True)
    if _button(board, Action.SET_OUTAGE, "unit", "desk.unit_button", "build"):
        open_dialog(board, "desk.unit_title", unit.steps, wide=True)
    if situation.version and _button(board, Action.CHANGE_PLAN, "add", "desk.add_button", "add_task"):
        change.forget()
        open_dialog(board, "desk.add_title", change.steps, wide=True)
    if situation.operation.is_drill and _button(board, Action.SWITCH_OPERATION, "leave", "board.leave_button",
                                                "logout"):
        open_dialog(board, "board.leave_title", drill.steps)


def _button(board: Board, action: Action, key: str, word: str, icon: str, **facts: object) -> bool:
    """A button for those who may, and whether it was pressed; what must be seen first is the coloured one."""
    first = key == "approve" or (key == "plan_again" and board.situation.draft is None)
    return board.may(action) and st.button(board.say(word, **facts), key=key, icon=f":material/{icon}:",
                                           type="primary" if first else "secondary")


def _ask_again(board: Board) -> None:
    operation, now = current(board)
    st.session_state.pop("told", None)
    follow(operation, plan_again(board.store, operation, board.actor, now).cause)
    forget()


def _what_became(board: Board, situation: Situation) -> str:
    """What was done here last and what came of it, or of anyone's request that is still open; else an empty text."""
    followed = st.session_state.get("followed")
    trigger = board.store.trigger(*followed) if followed else None
    own = trigger is not None
    if trigger is None or (trigger.settled_at is not None and situation.pending):
        trigger, own = (situation.pending[-1], False) if situation.pending else (trigger, own)
    if trigger is None:
        return ""
    kind, told = _became(board, situation, trigger)
    done = st.session_state.get("told", "") if own else ""
    return _state(kind, board.say("desk.done_then", done=done, then=told) if done and told else told)


def _became(board: Board, situation: Situation, trigger: Trigger) -> tuple[str, str]:
    """Whether it is cared for, waited for or settled, and the words; empty once it is no news."""
    say = board.say
    if trigger.settled_at is None:
        waited = situation.now - trigger.requested_at
        if situation.loop_silent:
            return "care", say("board.asked_silent")
        if waited > PATIENCE:
            return "care", say("board.asked_long", age=words.span_of(say, waited))
        return "wait", say("board.asked", at=trigger.requested_at)
    if abs(situation.now - trigger.settled_at) > TOLD_FOR and abs(situation.real_now - trigger.settled_at) > TOLD_FOR:
        return "done", ""
    if trigger.answered_by is not None:
        return "done", say("board.answered", number=trigger.answered_by)
    return "done", say.message(trigger.outcome) if trigger.outcome else say("board.answered_nothing")


def _state(kind: str, told: str) -> str:
    if not told:
        return ""
    if kind == "wait":
        return f'<div class="xb-state xb-wait" role="status">{escape(told)}</div>'
    return f'<div class="xb-state {kind}" role="status">{"▲" if kind == "care" else "✓"} {escape(told)}</div>'


# --- paper ------------------------------------------------------------------------------------------------------------


def paper_buttons(board: Board, situation: Situation, station_id: str | None) -> None:
    """Buttons that give the duty sheets as PDF and as Excel: of one station, or of all. Each is made when asked for."""
    say, version = board.say, situation.version
    if version is None:
        return
    station = next((one for one in situation.city.stations if one.id == station_id), None)
    whose = station.name if station else say("board.all_stations")
    name, key = say("board.paper_file", station=whose, number=version.number), station_id or "all"

    def asked() -> tuple:
        return (version, situation.city, alerts_of(board.store, version), say, station_id,
                order_of(board.store, version))

    st.download_button(
        say("board.paper_one" if station else "board.paper_all"), lambda: duty_sheets(
            *asked(), addresses_of(board.store, version, board.settings, board.actor)),
        file_name=f"{name}.pdf", mime="application/pdf", key=f"paper_{key}", on_click="ignore",
        icon=":material/print:")
    st.download_button(say("board.paper_book"), lambda: duty_book(*asked()), file_name=f"{name}.xlsx", mime=EXCEL,
                       key=f"book_{key}", on_click="ignore", icon=":material/table:")


def remedies_button(board: Board) -> None:
    """A button to what it would take to do more."""
    if board.may(Action.CHANGE_PLAN) and st.button(board.say("remedies.button"), key="remedies",
                                                   icon=":material/group_add:"):
        remedies.forget()
        open_dialog(board, "remedies.title", remedies.steps, wide=True)


def standing_button(board: Board) -> None:
    """A button to the plans kept ready: there is one while an operation is on, with a plan in force or without."""
    if board.situation and st.button(board.say("standing.button"), key="standing", icon=":material/inventory_2:"):
        open_dialog(board, "standing.head", standing.steps)
