"""The whole page: the rounds that are owed and what the plan has of them, the inspection's checks,
actions of volunteers, the month's sheet.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, safe
from dashboard.core.dialog import current
from dashboard.model.situation import Situation
from dashboard.render import markup, status
from dashboard.views.cleaning import checks, posts
from dashboard.views.desk.job_list import row as job_row
from data.model.city import City
from data.model.plan import JobKind
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.cleaning.month import CleaningMonth
from ops.cleaning.reading import read_month, road_debts
from ops.cleaning.rounds import RoundDebt
from ops.cleaning.storm_first import rests, storm_spans
from ops.documents import labels
from ops.documents.spreadsheets import EXCEL
from ops.documents.street import month_sheet
from ops.planning.wanted.task_types import TASK_TYPES

SHOWN = 15
MONTHS = 12
HEADS = ("head_road", "head_owed", "head_last", "head_due", "head_note")


def show(board: Board) -> None:
    """The whole page; a chief sees what is his station's."""
    if board.city is None or board.situation is None:
        st.html(markup.notice("care", board.t("board.no_operation"), alone=True))
        return
    left, right = st.columns([0.64, 0.36], gap="medium")
    with left:  # on a phone it comes first
        _owed(board)
    with right:
        checks.show(board, board.city)
        posts.show(board, board.city)
        if board.may(Action.SEE_MANAGER):
            _month(board, board.city)


@st.fragment(run_every=6 * REFRESH_S)
@safe
def _owed(board: Board) -> None:
    t, situation = board.t, board.situation
    if situation is None:
        return
    st.html(status.operation_strip(situation, t))
    _storm(board, situation)
    city, now = situation.city, situation.now
    found = road_debts(
        board.store, situation.operation, city, situation.version, now, board.settings.cleaning
    )
    own = board.actor.station_id
    owed = [
        one
        for one in found
        if one.owed and own in (None, city.segment_by_id[one.segment_id].station_id)
    ]
    roads = len({one.segment_id for one in owed})
    count = t("cleaning.owed_count", n=roads) if owed else t("cleaning.none_owed")
    st.html(markup.head(t("cleaning.title"), count) + markup.faint(t("cleaning.tell")))
    for kind in (JobKind.SWEEP, JobKind.WASH):
        _machine(board, city, kind)
    _debts(owed, city, t)
    _planned(board, situation)


def _storm(board: Board, situation: Situation) -> None:
    """What the rule holds back now, or soon."""
    t, order, version = board.t, situation.order, situation.version
    level = situation.city.level_by_id.get(order.level or "") if order else None
    if rests(level):
        st.html(markup.notice("care", t("cleaning.rests")))
    for start, end in storm_spans(version.rain, board.settings.cleaning) if version else ():
        if end > situation.now:
            st.html(markup.notice("care", t("cleaning.holds", **{"from": start, "until": end})))


def _machine(board: Board, city: City, kind: JobKind) -> None:
    machine = next(need.machine_kind for need in TASK_TYPES[kind].team)
    if not any(one.kind == machine for one in city.machines):
        words = {"machine": board.t(f"machine.{machine}"), "kind": board.t(f"job.{kind}")}
        st.html(markup.notice("care", board.t("cleaning.no_machine", **words)))


def _debts(owed: Iterable[RoundDebt], city: City, t: Translator) -> None:
    """A row for each road, the most owed first."""
    by_road: dict[str, list[RoundDebt]] = {}
    for one in owed:
        by_road.setdefault(one.segment_id, []).append(one)
    if by_road:
        heads = [t(f"cleaning.{head}") for head in HEADS]
        rows = [debt_row(own, city, t) for own in list(by_road.values())[:SHOWN]]
        with st.container(key="long_debts"):
            st.html(markup.table(heads, rows))
    if len(by_road) > SHOWN:
        st.html(markup.faint(t("cleaning.more", n=len(by_road) - SHOWN)))


def debt_row(own: Sequence[RoundDebt], city: City, t: Translator) -> list[str]:
    """What one road owes of each kind of round, in words."""
    segment = city.segment_by_id[own[0].segment_id]
    notes = [
        *(
            t("cleaning.note_check", at=one.check.at, score=one.check.score)
            for one in own
            if one.check
        ),
        *(t("cleaning.note_untold", at=one.planned_at) for one in own if one.planned_at),
    ]
    return [
        t("cleaning.road", road=labels.segment_name(t, segment), importance=segment.importance),
        " · ".join(t(f"cleaning.owed_{one.kind}", n=one.owed) for one in own),
        " · ".join(_once(_moment(one.last_at, "unknown", t) for one in own)),
        " · ".join(_once(_moment(one.due_at, "now", t) for one in own)),
        ("；" if t.language == "zh" else "; ").join(dict.fromkeys(notes)),
    ]


def _once(words: Iterable[str]) -> Sequence[str]:
    """Those of both rounds; where all are the same, one stands for all."""
    found = tuple(words)
    return found if len(set(found)) > 1 else found[:1]


def _moment(at: datetime | None, otherwise: str, t: Translator) -> str:
    return f"{t.moment(at)}" if at else t(f"cleaning.{otherwise}")


def _planned(board: Board, situation: Situation) -> None:
    """The rounds that the plan has."""
    own = board.actor.station_id
    lines = [
        line
        for line in situation.lines
        if line.job.kind in (JobKind.SWEEP, JobKind.WASH) and own in (None, line.job.station_id)
    ]
    if not lines:
        return
    st.html(markup.head(board.t("cleaning.jobs"), str(len(lines))))
    for line in sorted(lines, key=lambda one: one.job.start_at):
        st.html(job_row(line, situation.city, board.t))


@safe
def _month(board: Board, city: City) -> None:
    """The month's sheet, this month's or one before."""
    t = board.t
    st.html(markup.head(t("cleaning.month")))
    operation, now = current(board)
    first = now.astimezone(t.zone).date().replace(day=1)
    months = [_before(first, back) for back in range(MONTHS)]
    by_name = {f"{one:%Y-%m}": one for one in months}
    named_month = st.selectbox(t("cleaning.month_of"), list(by_name), key="cleaning_month")
    chosen = by_name.get(named_month or "", first)

    def record() -> CleaningMonth:
        rules = board.settings.cleaning
        return read_month(board.store, operation, city, chosen, now, rules)

    name = t("cleaning.month_file", year=chosen.year, month=f"{chosen.month:02}")
    with st.container(horizontal=True):
        st.download_button(
            t("cleaning.month_excel"),
            lambda: month_sheet.as_workbook(record(), city, board.settings.cleaning, t),
            file_name=f"{name}.xlsx",
            mime=EXCEL,
            on_click="ignore",
            icon=":material/table_view:",
        )
        st.download_button(
            t("cleaning.month_pdf"),
            lambda: month_sheet.as_pdf(record(), operation, city, board.settings.cleaning, t),
            file_name=f"{name}.pdf",
            mime="application/pdf",
            on_click="ignore",
            icon=":material/print:",
        )


def _before(first: date, months: int) -> date:
    """The first of the month so many months before."""
    year, month = divmod(first.year * 12 + first.month - 1 - months, 12)
    return date(year, month + 1, 1)
