"""Report for a team that told the desk by telephone or radio: what, when, and who said it."""

from datetime import timedelta
from uuid import uuid4

import streamlit as st

from dashboard.core.board import Board
from dashboard.core.dialog import current, finish
from dashboard.model.situation import Situation
from data.model.field import EventKind, ReportWay
from data.model.wall_clock import last_at
from ops.field.job_board import JobLine
from ops.field.progress import Stage
from ops.field.reports import LONGEST_REASON, Report, take_report

LEFT = {
    Stage.UNDER_WAY: (EventKind.ARRIVE, EventKind.CLEAR, EventKind.DELAY),
    Stage.ON_SITE: (EventKind.CLEAR,),
}
ALL = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR, EventKind.DELAY)


def form(board: Board, situation: Situation, line: JobLine) -> None:
    """What they said, at what time it was, who said it; taken as their report."""
    t, kinds = board.t, LEFT.get(line.stage, ALL)
    local = situation.now.astimezone(t.zone)
    station = next(iter(sorted(line.stations)))
    chief = situation.city.station_by_id.get(station)
    with (
        st.expander(t("report_for.title"), expanded=line.pressing, key="fold_report_for"),
        st.form("report_for", border=False),
    ):
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
            local.time().replace(second=0, microsecond=0),
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
        silt = left.number_input(t("phone.silt"), 0.0, 200.0, None, 0.1, key="report_for_silt")
        later = right.number_input(t("phone.minutes"), 1, 480, None, 15, key="report_for_minutes")
        words = st.text_input(t("phone.reason"), max_chars=LONGEST_REASON, key="report_for_words")
        sent = st.form_submit_button(t("report_for.do"), type="primary")
    if sent:
        # told after midnight: of the evening before
        happened = last_at(at, situation.now + timedelta(minutes=1), t.zone)
        report = Report(
            event_id=uuid4().hex,
            version=situation.version.number if situation.version else 0,
            station_id=station,
            kind=kind,
            job_id=line.job.job_id,
            device_at=min(happened, situation.now),
            amounts=_amounts(kind, silt, later),
            reason=words.strip() or None,
            way=way,
            told_by=who.strip(),
        )
        operation, now = current(board)
        take_report(board.store, operation, board.actor, report, now)
        finish(t("report_for.done", who=who.strip(), what=t(f"desk.said_{kind}")))


def _amounts(kind: EventKind, silt: float | None, later: int | None) -> dict[str, float] | None:
    """Of what was filled in, what goes with this report."""
    if kind is EventKind.CLEAR and silt is not None:
        return {"silt_m3": silt}
    return {"minutes": later} if kind is EventKind.DELAY and later is not None else None
