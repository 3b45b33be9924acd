"""Report an incident, close one, or say which calls are about the same."""

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.views.desk.dialogs import current, finish, follow, looked_at
from data.model.city import City
from data.model.field import INCIDENT_KINDS, Incident
from data.model.ids import Cause, CauseKind
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.incident_jobs import call_line, matter_line, taken
from ops.field.incidents import (
    DEEPEST_CM,
    IncidentReport,
    close,
    join,
    report,
    split,
    station_of,
)
from ops.field.matters import Matter, matters


def steps(board: Board) -> None:
    """The report in one form; below it what is open, each to be closed, split or joined."""
    situation = board.situation
    if situation is None:
        return
    if board.may(Action.REPORT_INCIDENT):
        _form(board, situation)
    _open_ones(board, situation)


def _form(board: Board, situation: Situation) -> None:
    t = board.t
    places = {
        segment.id: labels.segment_name(t, segment)
        for segment in sorted(
            situation.city.segments, key=lambda segment: (segment.road, segment.id)
        )
    }
    with st.form("incident_form", border=False):
        kind = st.segmented_control(
            t("desk.incident_kind"),
            INCIDENT_KINDS,
            default=INCIDENT_KINDS[1],
            required=True,
            format_func=lambda kind: t(f"incident.{kind}"),
            key="incident_kind",
        )
        place = st.selectbox(
            t("desk.incident_place"),
            list(places),
            index=None,
            format_func=named(places),
            placeholder=t("desk.incident_place_find"),
            key="incident_place",
        )
        left, right = st.columns(2)
        depth = left.number_input(
            t("desk.incident_depth"), 0.0, DEEPEST_CM, None, 1.0, "%.0f", key="incident_depth"
        )
        by = right.text_input(
            t("desk.incident_by"), value=board.actor.name, max_chars=80, key="incident_by"
        )
        words = st.text_area(
            t("desk.incident_words"), height=80, max_chars=500, key="incident_words"
        )
        if st.form_submit_button(t("desk.incident_do"), type="primary"):
            _report(board, kind, place, depth, by.strip(), words.strip())


def _report(
    board: Board, kind: str, place: str | None, depth: float | None, by: str, words_: str
) -> None:
    operation, now = current(board)
    incident = IncidentReport(
        kind=kind,
        by=by or board.actor.name,
        source="desk",
        reported_at=now,
        segment_id=place,
        depth_cm=depth,
        text=words_,
    )
    stored, _ = report(board.store, operation, board.actor, incident, now, board.settings.incident)
    still_open = board.store.field.incidents(operation.id, open_only=True)
    follow(operation, str(Cause.of(CauseKind.INCIDENT, stored.id)))
    finish(board.t.message(taken(stored, still_open, looked_at(board).city)))


def _open_ones(board: Board, situation: Situation) -> None:
    found = matters(situation.incidents)
    if found:
        st.html(markup.head(board.t("desk.incidents_open", n=len(found))))
    for matter in found:
        if matter.id is not None:
            _open_one(board, matter, matter.id, situation.city)
    if len(found) > 1 and board.may(Action.SORT_INCIDENTS):
        _join(board, found, situation.city)


def _open_one(board: Board, matter: Matter, number: int, city: City) -> None:
    """A matter with what may be done with it; of several calls each one, to be split off."""
    t = board.t
    with st.container(horizontal=True, vertical_alignment="center", key=f"incident_{number}"):
        st.html(markup.tag("p", t.message(matter_line(matter, city))))
        if board.may(Action.CLOSE_INCIDENT, station_of(matter.first, city)) and st.button(
            t("desk.incident_close"), key=f"incident_close_{number}"
        ):
            operation, now = current(board)
            ended = close(board.store, operation, board.actor, _number(matter.first), now)
            code = "incident.closed_all" if ended > 1 else "incident.closed"
            finish(t(code, number=number, n=ended))
    if matter.count > 1:
        with st.expander(t("desk.incident_calls", n=matter.count)):
            for call in matter.calls:
                _call(board, call, city)


def _call(board: Board, call: Incident, city: City) -> None:
    number = _number(call)
    with st.container(horizontal=True, vertical_alignment="center", key=f"call_{number}"):
        st.html(markup.tag("p", board.t.message(call_line(call, city))))
        if board.may(Action.SORT_INCIDENTS) and st.button(
            board.t("desk.incident_split"), key=f"incident_split_{number}"
        ):
            operation, now = current(board)
            split(board.store, operation, board.actor, number, now)
            finish(board.t("incident.split", number=number))


def _join(board: Board, found: Sequence[Matter], city: City) -> None:
    """Two of the open matters are one: which, and a button."""
    t = board.t
    names = {str(one.first.id): t.message(matter_line(one, city)) for one in found}
    with st.form("incident_join_form", border=False):
        left, right = st.columns(2)
        with left:
            number = _which(t("desk.incident_join"), names, t, "incident_join")
        with right:
            to = _which(t("desk.incident_join_to"), names, t, "incident_join_to")
        if st.form_submit_button(t("desk.incident_join_do")) and number and to:
            operation, now = current(board)
            join(board.store, operation, board.actor, int(number), int(to), now)
            finish(t("incident.joined", number=number, to=to))


def _which(label: str, names: Mapping[str, str], t: Translator, key: str) -> str | None:
    return st.selectbox(
        label,
        list(names),
        index=None,
        format_func=named(names),
        placeholder=t("desk.incident_join_which"),
        key=key,
    )


def _number(call: Incident) -> int:
    assert call.id is not None  # what is open was read from the database
    return call.id
