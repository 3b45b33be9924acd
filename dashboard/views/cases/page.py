"""The page of the cases (案件): a new one, those that are open with the late ones first, and the
errands of the grid's people.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import streamlit as st

from dashboard.core.board import REFRESH_S, Board, named, safe
from dashboard.core.dialog import current, open_dialog
from dashboard.render import markup, status
from dashboard.views.cases import dialog, points
from dashboard.views.desk.job_list import row as job_row
from data.model.city import City
from data.model.street.street_case import GRID, CaseLevel
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.documents.street.case_sheet import owner_line, state_word
from ops.field.cases.kinds import CASE_KINDS
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import CaseReport, all_standings, open_case
from ops.field.reports import LONGEST_REASON

SHOWN_CLOSED = 20
SHOWN_OPEN = 60
"""Whoever has more open than this closes some first (an assumption): a page of buttons."""
TONES = {CaseLevel.SMALL: "dim", CaseLevel.LARGE: "open", CaseLevel.HARD: "late"}


def show(board: Board) -> None:
    """The whole page."""
    t = board.t
    if board.city is None or board.situation is None:
        st.html(markup.notice("care", t("board.no_operation"), alone=True))
        return
    left, right = st.columns([0.64, 0.36], gap="medium")
    with left:  # on a phone it comes first
        _listed(board)
    with right:
        _new(board, board.city)
        _points(board, board.city)


@safe
def _points(board: Board, city: City) -> None:
    points.show(board, city)


@safe
def _new(board: Board, city: City) -> None:
    """A case that came by telephone or was seen: what, where, and in words."""
    t = board.t
    if not board.may(Action.REPORT_INCIDENT):
        return
    st.html(markup.head(t("case.new")))
    kinds = {kind: t(f"case_kind.{kind}") for kind in CASE_KINDS}
    roads = {one.id: labels.place_name(t, city, one.id) for one in city.segments}
    with st.form("case_form", clear_on_submit=True, border=False):
        kind = st.selectbox(t("case.fact_what"), list(kinds), index=None, format_func=named(kinds))
        road = st.selectbox(t("case.fact_where"), list(roads), index=None, format_func=named(roads))
        text = st.text_area(t("case.text"), max_chars=LONGEST_REASON, key="case_text", height=84)
        by = st.text_input(t("case.fact_by"), max_chars=80, key="case_by")
        sent = st.form_submit_button(t("case.take_in"), type="primary")
    if sent:
        take_in(board, "case.taken_in", kind, road, text, by)


def take_in(
    board: Board, done: str, kind: str | None, road: str | None, text: str, by: str = ""
) -> None:
    """Open the case that a form tells of; ``done`` is what is said then."""
    t = board.t
    if not kind or not road:
        st.html(markup.notice("care", t("case.say_what_where")))
        return
    operation, now = current(board)
    told = CaseReport(
        kind=kind,
        by=by.strip() or board.actor.name,
        source="desk",
        reported_at=now,
        segment_id=road,
        text=text,
    )
    rules = board.settings
    case, _ = open_case(board.store, operation, board.actor, told, now, rules.grid, rules.incident)
    st.toast(markup.plain(t(done, number=case.id)))


@st.fragment(run_every=REFRESH_S)
@safe
def _listed(board: Board) -> None:
    """The cases, and what the grid's people are sent to."""
    t, situation = board.t, board.situation
    if situation is None:
        return
    st.html(status.operation_strip(situation, t))
    now = situation.now
    found = seen(board, all_standings(board.store, situation.operation))
    unseen = [one for one in found if one.is_unseen]
    if unseen:
        st.html(markup.head(t("point.unseen_title", n=len(unseen))))
        with st.container(key="unseen_list", gap=None):
            for one in unseen:
                case_line(board, one, situation.city, now)
    open_ = [one for one in found if not (one.closed or one.is_unseen)]
    st.html(markup.head(t("case.open_title", n=len(open_)), beside=_counts(open_, t)))
    if not open_:
        st.html(markup.faint(t("case.none")))
    open_cases(board, open_, situation.city, now)
    _errands(board)
    closed_cases(board, found, situation.city, now)


def open_cases(board: Board, found: Iterable[CaseStanding], city: City, now: datetime) -> None:
    """Those that are open, the late ones first; of more than ``SHOWN_OPEN`` how many more."""
    open_ = sorted((one for one in found if not one.closed), key=lambda one: _order(one, now))
    with st.container(key="case_list", gap=None):
        for one in open_[:SHOWN_OPEN]:
            case_line(board, one, city, now)
    if len(open_) > SHOWN_OPEN:
        st.html(markup.faint(board.t("case.more", n=len(open_) - SHOWN_OPEN)))


def closed_cases(board: Board, found: Iterable[CaseStanding], city: City, now: datetime) -> None:
    """Those that were closed last, the latest first, folded."""
    over = ((one.closed.at, one) for one in found if one.closed)
    closed = [one for _, one in sorted(over, key=lambda pair: pair[0], reverse=True)]
    if closed:
        with st.expander(board.t("case.closed_title", n=len(closed)), key="fold_closed_cases"):
            for one in closed[:SHOWN_CLOSED]:
                case_line(board, one, city, now)


def seen(board: Board, found: Iterable[CaseStanding], service: str = "") -> list[CaseStanding]:
    """All of them, or to a chief those that are his station's; to one of ``service`` all too."""
    if sees_all(board, service):
        return list(found)
    return [one for one in found if board.actor.station_id in one.parties]


def sees_all(board: Board, service: str) -> bool:
    """Whether more than one's own station's is shown: to whoever has none, and to ``service``."""
    station, city = board.actor.station_id, board.city
    return station is None or (city is not None and city.service_at(station) == service)


def _order(one: CaseStanding, now: datetime) -> tuple[timedelta, datetime, int]:
    return -one.late(now), one.due_at, one.case.id or 0


def _counts(found: Sequence[CaseStanding], t: Translator) -> markup.Html:
    """How many there are of each class."""
    badges = [
        markup.badge((f"{t(f'case_level.{level}')} ", markup.tag("b", str(number))), tone)
        for level, tone in TONES.items()
        if (number := sum(one.level is level for one in found))
    ]
    return markup.tag("span", badges, cls="xb-counts")


def case_line(board: Board, one: CaseStanding, city: City, now: datetime) -> None:
    """One case with the button that opens it."""
    number = one.case.id or 0
    with st.container(horizontal=True, vertical_alignment="center", key=f"row_case_{number}"):
        st.html(case_row(one, city, now, board.t))
        if st.button(board.t("case.open"), key=f"case_{number}", type="tertiary"):
            open_dialog(board, "case.title", dialog.steps, number, wide=True)


def case_row(one: CaseStanding, city: City, now: datetime, t: Translator) -> markup.Html:
    """One case: until when, of which class, what and where, with whom, how it stands."""
    tag, case = markup.tag, one.case
    due_day = t("case.due_day", day=f"{t.moment(one.due_at):day}")
    due = tag("time", f"{t.moment(one.due_at):hm}", tag("small", due_day))
    what = tag(
        "div",
        tag("b", f"{case.id} {t(f'case_kind.{case.kind}')}"),
        (" ", labels.place_name(t, city, case.segment_id), markup.BREAK),
        tag("em", owner_line(t, one, city)),
        tag("em", case.text, cls="word") if case.text else "",
        cls="what",
    )
    level = markup.badge(t(f"case_level.{one.level}"), TONES[one.level])
    is_late = bool(one.late(now))
    state = markup.badge(state_word(t, one, now), "bad" if is_late else "")
    return tag("div", due, level, what, state, cls=f"xb-job {'late' if is_late else ''}".strip())


def _errands(board: Board) -> None:
    """The work of the grid's people in the plan."""
    situation = board.situation
    lines = situation.of(GRID).lines if situation else ()
    if situation is None or not lines:
        return
    st.html(markup.head(board.t("case.errands")))
    for line in lines:
        st.html(job_row(line, situation.city, board.t))
