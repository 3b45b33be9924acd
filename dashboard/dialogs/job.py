"""One job looked at closely: all that is known of it, and what can be done about it."""

from html import escape

import streamlit as st

from dashboard import cards, words
from dashboard.board import Board
from dashboard.dialogs import change, current, finish
from dashboard.reading import Situation
from data.events import FieldEvent
from ops.access import Action
from ops.joblist import JobLine
from ops.progress import Stage, moment
from ops.text import Speaker
from ops.verify import reopen, verify


def steps(board: Board, job_id: str) -> None:
    """The job as it is planned, and what was said of it."""
    say, situation = board.say, board.situation
    line = next((one for one in situation.lines if one.job.job_id == job_id), None) if situation else None
    if line is None:
        st.html(cards.notice("care", say("desk.job_gone")))
        return
    st.html(_told(line, situation, say) + _said(line, situation, say))
    if board.may(Action.VERIFY_WORK) and line.stage in (Stage.CLEARED, Stage.VERIFIED):
        _judge(board, line)
    elif board.may(Action.CHANGE_PLAN) and line.job.end_at > situation.now:
        change.adjust(board, line.job)


def _judge(board: Board, line: JobLine) -> None:
    """Cleared work is verified, or ordered again with a reason."""
    say = board.say
    with st.form("judge", border=False):
        why = st.text_input(say("desk.reopen_why"), max_chars=200, key="reopen_why")
        with st.container(horizontal=True):
            fine = line.stage is Stage.CLEARED and st.form_submit_button(say("desk.verify_do"), type="primary")
            again = st.form_submit_button(say("desk.reopen_do"))
    operation, now = current(board)
    if fine:
        verify(board.store, operation, board.actor, line.job.job_id, now)
        finish(say("desk.verified"))
    elif again:
        reopen(board.store, operation, board.actor, line.job.job_id, why, now)
        finish(say("desk.reopened"))


def _told(line: JobLine, situation: Situation, say: Speaker) -> str:
    job, city = line.job, situation.city
    rows = [(say("board.tip_job"), f"{words.phase_name(say, job.phase)} · {words.job_name(say, job.kind)}"),
            (say("board.tip_place"), words.place_name(say, city, job.segment_id)),
            (say("board.tip_time"), say("desk.job_times", leave=line.leave_at, start=job.start_at, end=job.end_at)),
            (say("board.tip_row"), words.join_names(say, words.partner_names(say, city, job.members))),
            (say("board.tip_state"), say(f"stage.{line.stage}")),
            (say("board.tip_why"), words.why_short(say, job))]
    return '<table class="xb-table">' + "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in rows if value) + "</table>"


def _said(line: JobLine, situation: Situation, say: Speaker) -> str:
    own = [event for event in situation.events if event.job_id == line.job.job_id]
    if not own and line.last:
        own = [line.last]
    if not own:
        return cards.notice("plain", say("desk.job_silent"))
    return '<ul class="xb-list">' + "".join(
        f"<li>{escape(word(event, say))}</li>" for event in sorted(own, key=moment, reverse=True)) + "</ul>"


def word(event: FieldEvent, say: Speaker) -> str:
    """What was said, when and by whom."""
    told = say("desk.said", at=moment(event), what=say(f"desk.said_{event.kind}"), by=event.by)
    return say("desk.said_why", said=told, why=event.reason) if event.reason else told
