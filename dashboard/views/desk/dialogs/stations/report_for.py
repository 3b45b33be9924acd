"""Report for a team that told the desk by telephone or radio: what, when, and who said it."""

from datetime import time, timedelta
from typing import NamedTuple
from uuid import uuid4

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish
from dashboard.model.situation import Situation
from data.model.field import EventKind, ReportWay
from data.model.wall_clock import last_at
from ops.field.job_board import JobLine
from ops.field.progress import Stage
from ops.field.reports import (
    LONGEST_REASON,
    MOST_DELAY_MINUTES,
    MOST_SILT_M3,
    Report,
    take_report,
)

LEFT = {
    Stage.UNDER_WAY: (EventKind.ARRIVE, EventKind.CLEAR, EventKind.DELAY),
    Stage.ON_SITE: (EventKind.CLEAR,),
}
ALL = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR, EventKind.DELAY)


class _Said(NamedTuple):
    """What the desk fills in."""

    kind: EventKind
    who: str
    at: time
    way: ReportWay
    silt: float | None
    later: int | None
    words: str


def form(board: Board, situation: Situation, line: JobLine) -> None:
    """What they said, at what time it was, who said it; taken as their report."""
    station = next(iter(sorted(line.stations)))
    with (
        st.expander(board.t("report_for.title"), expanded=line.pressing, key="fold_report_for"),
        st.form("report_for", border=False),
    ):
        said = _boxes(board, situation, line, station)
        sent = st.form_submit_button(board.t("report_for.do"), type="primary")
    if sent:
        _take(board, situation, line, station, said)


def _boxes(board: Board, situation: Situation, line: JobLine, station: str) -> _Said:
    t, kinds = board.t, LEFT.get(line.stage, ALL)
    chief = situation.city.station_by_id.get(station)
    kind = st.segmented_control(
        t("report_for.what"),
        kinds,
        default=kinds[0],
        required=True,
        format_func=lambda kind: t(f"phone.{kind}"),
        key="report_for_kind",
    )
    left, middle, right = st.columns(3)
    who = left.text_input(
        t("report_for.who"), chief.chief if chief else "", max_chars=80, key="report_for_who"
    )
    at = middle.time_input(
        t("report_for.at"),
        situation.now.astimezone(t.zone).time().replace(second=0, microsecond=0),
        step=timedelta(minutes=1),
        key="report_for_at",
    )
    way = right.segmented_control(
        t("report_for.way"),
        (ReportWay.PHONE, ReportWay.RADIO),
        default=ReportWay.PHONE,
        required=True,
        format_func=lambda way: t(f"report_for.way_{way}"),
        key="report_for_way",
    )
    left, right = st.columns(2)
    silt = left.number_input(t("phone.silt"), 0.0, MOST_SILT_M3, None, 0.1, key="report_for_silt")
    later = right.number_input(
        t("phone.minutes"), 1, MOST_DELAY_MINUTES, None, 15, key="report_for_minutes"
    )
    words = st.text_input(t("phone.reason"), max_chars=LONGEST_REASON, key="report_for_words")
    return _Said(kind, who.strip(), at, way, silt, later, words.strip())


def _take(board: Board, situation: Situation, line: JobLine, station: str, said: _Said) -> None:
    """Their report, as of the last time that the clock showed that hour."""
    t = board.t
    # told after midnight: of the evening before
    happened = last_at(said.at, situation.now + timedelta(minutes=1), t.zone)
    report = Report(
        event_id=uuid4().hex,
        version=situation.version.number if situation.version else 0,
        station_id=station,
        kind=said.kind,
        job_id=line.job.job_id,
        device_at=min(happened, situation.now),
        amounts=_amounts(said.kind, said.silt, said.later),
        reason=said.words or None,
        way=said.way,
        told_by=said.who,
    )
    operation, now = current(board)
    take_report(board.store, operation, board.actor, report, now)
    finish(t("report_for.done", who=said.who, what=t(f"desk.said_{said.kind}")))


def _amounts(kind: EventKind, silt: float | None, later: int | None) -> dict[str, float] | None:
    """Of what was filled in, what goes with this report."""
    if kind is EventKind.CLEAR and silt is not None:
        return {"silt_m3": silt}
    return {"minutes": later} if kind is EventKind.DELAY and later is not None else None
