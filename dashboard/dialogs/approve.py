"""Put a held plan in force."""

import streamlit as st

from dashboard import cards
from dashboard.board import Board
from dashboard.dialogs import current, finish
from data.store import StalePlan
from ops.approval import approve


def steps(board: Board, number: int) -> None:
    """What the held plan would change, then the approval."""
    say, operation = board.say, current(board)[0]
    draft = board.store.draft(operation.id)
    if draft is None or draft.number != number:
        st.html(cards.notice("care", say("plan.stale_draft", number=number)))
        return
    st.html(cards.notice("plain", say("desk.approve_what", number=number, at=draft.made_at), [
        say("board.plan_jobs", jobs=len(draft.assignments), left=len(draft.left_out)), say("desk.approve_tells")])
        + cards.sentences(draft.changes, say))
    if st.button(say("desk.approve_do", number=number), type="primary", key="approve_do"):
        _approve(board, number)


def _approve(board: Board, number: int) -> None:
    operation, now = current(board)
    settings = board.settings
    try:
        approve(board.store, operation, board.actor, number, now, settings.channels, settings.notify)
    except StalePlan as stale:
        st.html(cards.notice("care", board.say(stale.code, **stale.facts)))
        return
    finish(board.say("plan_cli.approved", number=number, by=board.actor.name))
