"""Put a held plan in force."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish
from dashboard.render import markup, status
from data.store.store import StalePlan
from ops.planning.left_out_groups import left_count
from ops.replanning.approval import approve


def steps(board: Board, number: int) -> None:
    """What the held plan would change, then the approval."""
    t, operation = board.t, current(board)[0]
    draft = board.store.plans.draft(operation.id)
    if draft is None or draft.number != number:
        st.html(markup.notice("care", t("plan.stale_draft", number=number)))
        return
    st.html(
        markup.notice(
            "plain",
            t("desk.approve_what", number=number, at=draft.made_at),
            [
                t("board.plan_jobs", jobs=len(draft.assignments), left=left_count(draft.left_out)),
                t("desk.approve_tells"),
            ],
        )
        + status.sentences(draft.changes, t)
    )
    if st.button(t("desk.approve_do", number=number), type="primary", key="approve_do"):
        _approve(board, number)


def _approve(board: Board, number: int) -> None:
    operation, now = current(board)
    settings = board.settings
    try:
        approve(
            board.store, operation, board.actor, number, now, settings.channels, settings.notify
        )
    except StalePlan as stale:
        st.html(markup.notice("care", board.t(stale.code, **stale.facts)))
        return
    finish(board.t("plan_cli.approved", number=number, by=board.actor.name))
