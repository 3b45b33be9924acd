"""What needs the desk's hand (要您处理): one list, each line with its one main button."""

from collections.abc import Callable

import streamlit as st

from dashboard.core.board import Board, safe
from dashboard.core.dialog import open_dialog
from dashboard.core.places import places
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.render.needs import need_line, needs_head
from dashboard.views.desk.dialogs import incident, note
from dashboard.views.desk.dialogs.plan import job, manual_change
from dashboard.views.desk.dialogs.stations import answer_question, station_call
from ops.auth.permissions import Action
from ops.field.needs import Act, Need, NeedKind

SHOWN = 6  # lines at first; the others unfold


@st.fragment
@safe
def needs_list(board: Board) -> None:
    """The list, the gravest first; with none it says so."""
    situation = board.situation
    if situation is None or (situation.version is None and not situation.needs):
        return
    found = situation.needs
    st.html(markup.tag("div", needs_head(found, board.t), id="needs"))
    with st.container(key="needs", gap=None):
        *shown, rest = places(SHOWN + 1)
        for place, need in zip(shown, found, strict=False):
            with place.container():
                _line(board, situation, need)
        if len(found) > SHOWN:
            with rest.expander(board.t("needs.more", n=len(found) - SHOWN), key="fold_needs"):
                for need in found[SHOWN:]:
                    _line(board, situation, need)


def _line(board: Board, situation: Situation, need: Need) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"need_{need.key}"):
        st.html(need_line(need, situation.city, situation.now, board.t))
        act_button(board, situation, need, f"act_{need.key}")


def act_button(board: Board, situation: Situation, need: Need, key: str) -> None:
    """The button of its main act, for those who may."""
    act = act_of(need, situation)
    action = _NEEDED.get(act)
    if (action is None or board.may(action)) and st.button(
        board.t(f"needs.act_{act}"), key=key, type="secondary"
    ):
        _OPEN[act](board, need)


def act_of(need: Need, situation: Situation) -> Act:
    """The main act; a refused job that the plan still holds is given to others in its dialog."""
    held = any(line.job.job_id == need.job_id for line in situation.lines)
    if need.kind is NeedKind.REFUSED and held:
        return Act.JOB
    return need.act


def _open_job(board: Board, need: Need) -> None:
    manual_change.forget()
    open_dialog(board, "desk.job_title", job.steps, need.job_id or "", wide=True)


_OPEN: dict[Act, Callable[[Board, Need], None]] = {
    Act.JOB: _open_job,
    Act.NOTE: lambda board, need: open_dialog(board, "needs.note_title", note.steps, need.key),
    Act.CALL: lambda board, need: open_dialog(
        board, "needs.call_title", station_call.steps, need.key, wide=True
    ),
    Act.ANSWER: lambda board, need: open_dialog(
        board, "desk.answer_title", answer_question.steps, need.key
    ),
    Act.INCIDENT: lambda board, _: open_dialog(
        board, "desk.incident_title", incident.steps, wide=True
    ),
    Act.CLOSE: lambda board, _: open_dialog(
        board, "desk.incident_title", incident.steps, wide=True
    ),
}
_NEEDED = {
    Act.NOTE: Action.ANSWER_QUESTION,
    Act.CALL: Action.ANSWER_QUESTION,
    Act.ANSWER: Action.ANSWER_QUESTION,
    Act.CLOSE: Action.CLOSE_INCIDENT,
}
"""What the actor must be allowed to, to see the button."""
