"""What the desk can do, as a row of buttons, and what became of the last request."""

from datetime import timedelta

import streamlit as st

from dashboard.core import pulse
from dashboard.core.board import Board, forget, safe
from dashboard.core.dialog import current, follow, looked_at, open_dialog
from dashboard.model.changes import result_of
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.desk.dialogs import alert, go_live, incident, outage, response_level, street
from dashboard.views.desk.dialogs.plan import (
    approve,
    contingency_plans,
    extra_capacity,
    manual_change,
)
from data.model.ids import Cause, CauseKind
from data.model.operation import Trigger
from ops.auth.permissions import Action
from ops.documents import labels
from ops.field.calls.matter_standing import standing_line
from ops.field.calls.matters import matters
from ops.intake.alerts import plan_again

PATIENCE = timedelta(
    minutes=2
)  # a plan takes seconds: a request open for longer means that something is wrong
SHOWN_FOR = timedelta(minutes=3)  # an answer stays on the page this long


@st.fragment(run_every=3)
@safe
def bar(board: Board) -> None:
    """The drill's banner, the desk's buttons, those that the actor may use, and what became of the
    last request.
    """
    situation = _fresh(board)
    if situation is None:
        return
    st.html(status.operation_strip(situation, board.t) + status.beat(situation))
    with st.container(horizontal=True, vertical_alignment="center", key="actions"):
        _buttons(board, situation)
    if became := _what_became(board, situation):
        st.html(became)
    pulse.tell(situation.stamp, hurry=_awaits(board))


def _followed(board: Board) -> Trigger | None:
    """The request that was made here last."""
    followed = st.session_state.get("followed")
    return board.store.triggers.get(*followed) if followed else None


def _awaits(board: Board) -> bool:
    """Whether a request that was made here is open: its answer is shown as soon as it is there."""
    trigger = _followed(board)
    return trigger is not None and trigger.settled_at is None


def _fresh(board: Board) -> Situation | None:
    """The situation; looked at anew where what was asked for here is answered since."""
    situation, trigger = board.situation, _followed(board)
    if situation is None or trigger is None or trigger.answered_by is None:
        return situation
    shown = situation.version.number if situation.version else 0
    if trigger.settled_at and trigger.answered_by > shown and situation.draft is None:
        forget()
    return board.situation


def _buttons(board: Board, situation: Situation) -> None:
    draft = situation.draft
    if draft and _button(
        board, Action.APPROVE_PLAN, "approve", "desk.approve", "task_alt", number=draft.number
    ):
        open_dialog(board, "desk.approve_title", approve.steps, draft.number, wide=True)
    if _button(board, Action.PLAN_AGAIN, "plan_again", "board.plan_again", "refresh"):
        _request_plan(board)
    if _button(board, Action.TAKE_ALERT, "paste", "board.paste", "content_paste"):
        alert.forget_pasted()
        open_dialog(board, "board.paste_title", alert.steps, wide=True)
    still = len(matters(situation.incidents))
    word = "desk.incident_still" if still else "desk.incident"
    if _button(board, Action.REPORT_INCIDENT, "incident", word, "warning", n=still):
        open_dialog(board, "desk.incident_title", incident.steps, wide=True)
    if _button(board, Action.ORDER_LEVEL, "level", "desk.level_button", "campaign"):
        open_dialog(board, "desk.level_title", response_level.steps, wide=True)
    if _button(board, Action.SET_OUTAGE, "unit", "desk.unit_button", "build"):
        open_dialog(board, "desk.unit_title", outage.steps, wide=True)
    shut = len(situation.closures)
    word = "desk.street_still" if shut else "desk.street_button"
    if _button(board, Action.CLOSE_STREET, "street", word, "block", n=shut):
        open_dialog(board, "desk.street_title", street.steps, wide=True)
    if situation.version and _button(
        board, Action.CHANGE_PLAN, "add", "desk.add_button", "add_task"
    ):
        manual_change.forget()
        open_dialog(board, "desk.add_title", manual_change.steps, wide=True)
    if situation.operation.is_drill and _button(
        board, Action.SWITCH_OPERATION, "leave", "board.leave_button", "logout"
    ):
        open_dialog(board, "board.leave_title", go_live.steps)


def _button(board: Board, action: Action, key: str, word: str, icon: str, **facts: object) -> bool:
    """A button for those who may, and whether it was pressed; what must be seen first is the
    coloured one.
    """
    first = key == "approve" or (key == "plan_again" and looked_at(board).draft is None)
    return board.may(action) and st.button(
        board.t(word, **facts),
        key=key,
        icon=f":material/{icon}:",
        type="primary" if first else "secondary",
    )


def _request_plan(board: Board) -> None:
    operation, now = current(board)
    st.session_state.pop("done", None)
    follow(operation, plan_again(board.store, operation, board.actor, now).cause)
    forget()


def _what_became(board: Board, situation: Situation) -> str:
    """What was done here last and what came of it, or of anyone's request that is still open; else
    an empty text.
    """
    trigger = _followed(board)
    own = trigger is not None
    if trigger is None or (trigger.settled_at is not None and situation.pending):
        trigger, own = (situation.pending[-1], False) if situation.pending else (trigger, own)
    if trigger is None:
        return ""
    kind, text = _became(board, situation, trigger)
    done = st.session_state.get("done", "") if own else ""
    return _state(kind, board.t("desk.done_then", done=done, then=text) if done and text else text)


def _became(board: Board, situation: Situation, trigger: Trigger) -> tuple[str, str]:
    """Whether it is cared for, waited for or settled, and the words; empty once it is no news."""
    t = board.t
    if trigger.settled_at is None:
        waited = situation.now - trigger.requested_at
        if situation.loop_silent:
            return "care", t("board.asked_silent")
        if waited > PATIENCE:
            return "care", t("board.asked_long", age=labels.span_of(t, waited))
        return "wait", t("board.asked", at=trigger.requested_at)
    if (
        abs(situation.now - trigger.settled_at) > SHOWN_FOR
        and abs(situation.real_now - trigger.settled_at) > SHOWN_FOR
    ):
        return "done", ""
    if trigger.outcome:
        return "done", t.message(trigger.outcome)
    if trigger.answered_by is not None:
        answered = t("board.answered", number=trigger.answered_by)
        told = _who_comes(board, situation, trigger) or _result(board, situation, trigger)
        return "done", answered + told
    return "done", t("board.answered_nothing")


def _who_comes(board: Board, situation: Situation, trigger: Trigger) -> str:
    """Of an incident who comes, when, and what he leaves for it; else an empty text."""
    cause = str(trigger.cause)
    for matter in matters(situation.incidents):
        if cause == str(Cause.of(CauseKind.INCIDENT, matter.id)):
            one = incident.standing_of(board, situation, matter)
            told = standing_line(one, situation.city, situation.now)
            return board.t("matter.result", told=told)
    return ""


def _result(board: Board, situation: Situation, trigger: Trigger) -> str:
    """What else came of a request: who does the job that it was about, and what is not done."""
    operation_id, number = situation.operation.id, trigger.answered_by
    version = situation.version
    if version is None or version.number != number:
        version = board.store.plans.version(operation_id, number) if number else None
    if version is None:
        return ""
    told = result_of(version, _job_of(board, operation_id, trigger), situation.city)
    return board.t("matter.result", told=told)


def _job_of(board: Board, operation_id: int, trigger: Trigger) -> str | None:
    """The job that a request is about: that of a change by hand."""
    cause = Cause.parse(str(trigger.cause))
    if cause.kind != CauseKind.CHANGE:
        return None
    changes = board.store.desk.manual_changes(operation_id)
    return next((one.job_id for one in changes if str(one.id) == cause.subject), None)


def _state(kind: str, text: str) -> str:
    if not text:
        return ""
    sign = {"wait": "", "care": "▲ "}.get(kind, "✓ ")
    cls = "xb-state xb-wait" if kind == "wait" else f"xb-state {kind}"
    return markup.tag("div", sign + text, cls=cls, role="status")


def remedies_button(board: Board, key: str = "remedies") -> None:
    """A button to what it would take to do more."""
    if board.may(Action.CHANGE_PLAN) and st.button(
        board.t("remedies.button"), key=key, icon=":material/group_add:"
    ):
        extra_capacity.forget()
        open_dialog(board, "remedies.title", extra_capacity.steps, wide=True)


def standing_button(board: Board) -> None:
    """A button to the plans kept ready: there is one while an operation is on, with a plan in force
    or without.
    """
    if board.situation and st.button(
        board.t("standing.button"), key="standing", icon=":material/inventory_2:"
    ):
        open_dialog(board, "standing.head", contingency_plans.steps)
