"""What is left out, decision by decision: before, during and after the rain, the gravest first,
each with what the desk can do about it.
"""

from collections.abc import Callable

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, open_dialog
from dashboard.model.accepted import Acceptance, about, acceptances
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.desk import actions
from dashboard.views.desk.dialogs.plan import extra_capacity, left_out, manual_change
from data.model.plan import Phase, PlanVersion
from ops.auth.permissions import Action
from ops.documents import labels
from ops.field.notes import note
from ops.planning.left_out_groups import LeftOutGroup, left_count, left_out_groups


def show(board: Board, situation: Situation, version: PlanVersion) -> None:
    """The decisions that are open, by phase; those that are accepted unfold."""
    t = board.t
    groups = left_out_groups(version.left_out, situation.city, situation.now)
    if not groups:
        st.html(markup.notice("plain", t("board.left_none")))
        return
    accepted = acceptances(groups, situation.events, _finder(board, version), situation.city)
    st.html(
        markup.head(t("board.left_title", n=left_count(version.left_out)), t("board.left_tell"))
    )
    for phase in Phase:
        own = [one for one in groups if one.phase is phase and one.name not in accepted]
        if own:
            st.html(status.left_out_phase(phase, own, t))
        for group in own:
            _line(board, group)
    known = [one for one in groups if one.name in accepted]
    if known:
        with st.expander(t("left.accepted", n=len(known)), key="fold_accepted"):
            for group in known:
                st.html(status.left_out_line(group, t, _by(board, accepted[group.name])))
    actions.remedies_button(board)


def _finder(board: Board, version: PlanVersion) -> Callable[[int], PlanVersion | None]:
    def find(number: int) -> PlanVersion | None:
        if number == version.number:
            return version
        return board.store.plans.version(version.operation_id, number)

    return find


def _by(board: Board, accepted: Acceptance) -> str:
    return board.t("left.accepted_by", by=accepted.by, at=accepted.at)


def _line(board: Board, group: LeftOutGroup) -> None:
    """One decision with its buttons: have it done, ask for help, accept."""
    t = board.t
    with st.container(key=f"left_{group.name}", gap=None):
        st.html(status.left_out_line(group, t))
        if not board.may(Action.CHANGE_PLAN):
            return
        with st.container(horizontal=True, key=f"left_do_{group.name}"):
            if st.button(t("left.arrange"), key=f"arrange_{group.name}"):
                manual_change.forget()
                open_dialog(board, "left.arrange_title", left_out.arrange, group.name, wide=True)
            if st.button(t("left.help"), key=f"help_{group.name}"):
                extra_capacity.forget()
                open_dialog(board, "left.help_title", left_out.ask_help, group.name, wide=True)
            if board.may(Action.ANSWER_QUESTION) and st.button(
                t("left.accept"), key=f"accept_{group.name}"
            ):
                _accept(board, group)


def _accept(board: Board, group: LeftOutGroup) -> None:
    t, (operation, now) = board.t, current(board)
    version = board.store.plans.current(operation.id)
    what = labels.left_title(t, group)
    if version is not None:
        name = about(group, version.number)
        note(board.store, operation, board.actor, name, "", t("left.noted", what=what), now)
    finish(t("left.noted", what=what))
