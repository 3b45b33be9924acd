"""Telephone a station that says nothing, and write down what it told of its jobs."""

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish, looked_at
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.render.frames import hm
from dashboard.render.needs import need_line
from data.model.field import EventKind, ReportWay
from ops.documents import labels
from ops.field.job_board import JobLine, JobState
from ops.field.needs import Need
from ops.field.notes import note
from ops.field.reports import Report, take_report
from ops.field.verification import reopen

TELL = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR, EventKind.REOPEN)
"""What a job may be told to be; the last: not done, so do it again."""


def steps(board: Board, key: str) -> None:
    """Whom to call, and each silent job with what they say of it; nothing is chosen before."""
    t, situation = board.t, looked_at(board)
    need = next((one for one in situation.needs if one.key == key), None)
    if need is None or need.station_id is None:
        st.html(markup.notice("plain", t("needs.gone")))
        return
    st.html(need_line(need, situation.city, situation.now, t))
    station = situation.city.station_by_id.get(need.station_id)
    with st.form("station_call", border=False):
        told_by = st.text_input(
            t("needs.call_who"),
            value=station.chief if station else "",
            max_chars=80,
            key="call_who",
        )
        told = {line.job.job_id: _told(board, line) for line in _silent(situation, need)}
        text = st.text_input(t("needs.note_text"), max_chars=200, key="call_text")
        sent = st.form_submit_button(t("needs.call_done"), type="primary")
    if sent:
        _write_down(board, need, told_by.strip(), told, text.strip())


def _silent(situation: Situation, need: Need) -> list[JobLine]:
    return [
        line
        for line in situation.lines
        if need.station_id in line.stations and line.state is JobState.SILENT
    ]


def _told(board: Board, line: JobLine) -> EventKind | None:
    t, city, job = board.t, board.city, line.job
    place = labels.place_name(t, city, job.segment_id) if city else job.job_id
    what = f"{hm(t, job.start_at)}–{hm(t, job.end_at)} {place} {labels.job_name(t, job.kind)}"
    kinds = TELL if not job.kind.is_post else TELL[:-1]
    return st.segmented_control(
        markup.plain(what),
        kinds,
        format_func=lambda kind: t(f"needs.tell_{kind}"),
        key=f"tell_{job.job_id}",
    )


def _write_down(
    board: Board, need: Need, told_by: str, told: dict[str, EventKind | None], text: str
) -> None:
    """Each job as it was told, then the note that they were reached."""
    t, situation = board.t, looked_at(board)
    if not told_by:
        st.error(t("field.needs_teller"))
        return
    operation, now = current(board)
    assert situation.version is not None  # a job was silent in it
    assert need.station_id is not None
    for job_id, kind in told.items():
        if kind is EventKind.REOPEN:
            why = t("needs.told_not_done", who=told_by)
            reopen(board.store, operation, board.actor, job_id, why, now)
        elif kind:
            report = Report(
                event_id=f"phone-{job_id}-{kind}-{now:%Y%m%dT%H%M%S}"[:80],
                version=situation.version.number,
                station_id=need.station_id,
                kind=kind,
                job_id=job_id,
                way=ReportWay.PHONE,
                told_by=told_by,
            )
            take_report(board.store, operation, board.actor, report, now)
    note(
        board.store,
        operation,
        board.actor,
        need.key,
        need.station_id,
        text or t("needs.noted_by_phone"),
        now,
        told_by=told_by,
    )
    finish(t("needs.call_noted", who=told_by, n=sum(kind is not None for kind in told.values())))
