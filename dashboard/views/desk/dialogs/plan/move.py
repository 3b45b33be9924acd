"""A bar was dragged: what the move would cost and which rules it would break, then done or not."""

from dataclasses import replace
from datetime import datetime

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import looked_at
from dashboard.render import markup
from dashboard.views.desk.dialogs.plan import manual_change
from data.model.desk import ChangeAction
from data.model.ids import UnitId
from data.model.plan import Assignment
from ops.base.errors import NotAllowed
from ops.base.naming import member_names
from ops.documents import labels
from ops.replanning.manual_changes import ChangeRequest


def steps(board: Board, job_id: str, unit: str, to: str, start_at: datetime) -> None:
    """From what to what, and what it would do; nothing is changed before it is confirmed."""
    t, situation = board.t, looked_at(board)
    line = next((line for line in situation.lines if line.job.job_id == job_id), None)
    if line is None:
        st.html(markup.notice("care", t("desk.job_gone")))
        return
    job = line.job
    units = tuple(to if member.unit_id == unit else member.unit_id for member in job.members)
    moved = _moved(job, units, unit, to, start_at)
    st.html(
        markup.facts_table(
            (
                (t("board.tip_job"), labels.job_name(t, job.kind)),
                (t("board.tip_place"), labels.place_name(t, situation.city, job.segment_id)),
                (t("chart.move_from"), _who_when(board, job)),
                (t("chart.move_to"), _who_when(board, moved)),
            )
        )
    )
    request = ChangeRequest(action=ChangeAction.MOVE, job_id=job_id, start=start_at, units=units)
    try:
        manual_change.weigh(board, request)
    except NotAllowed:  # under way or about to be: planning holds it as it is
        st.html(markup.notice("stop", t("desk.change_held"), [t("desk.change_held_do")]))
    if st.button(t("chart.move_not"), key="move_not"):
        st.rerun(scope="app")


def _moved(
    job: Assignment, units: tuple[str, ...], unit: str, to: str, start_at: datetime
) -> Assignment:
    """The job as it would be, to be told."""
    members = tuple(
        replace(member, unit_id=other, resource_id=UnitId.parse(other).resource_id)
        if member.unit_id == unit and unit != to
        else member
        for member, other in zip(job.members, units, strict=True)
    )
    late = start_at - job.start_at
    return replace(job, members=members, start_at=start_at, end_at=job.end_at + late)


def _who_when(board: Board, job: Assignment) -> str:
    t, city = board.t, looked_at(board).city
    names = labels.join_names(t, member_names(job.members, city))
    at = t.moment(job.start_at)
    return f"{names} · {at:day} {at:hm}"
