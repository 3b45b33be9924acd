"""Report an incident, or close one."""

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
from ops.field.incident_jobs import name_of
from ops.field.incidents import DEEPEST_CM, IncidentReport, close, report, station_of


def steps(board: Board) -> None:
    """The report in one form; below it what is open, each to be closed."""
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
    follow(operation, str(Cause.of(CauseKind.INCIDENT, stored.id)))
    finish(board.t("incident.taken", number=stored.id, what=name_of(stored, looked_at(board).city)))


def _open_ones(board: Board, situation: Situation) -> None:
    t = board.t
    if situation.incidents:
        st.html(markup.head(t("desk.incidents_open", n=len(situation.incidents))))
    for incident in situation.incidents:
        number = incident.id
        if number is None:
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=f"incident_{number}"):
            st.html(markup.tag("p", _line(incident, situation.city, t)))
            if board.may(Action.CLOSE_INCIDENT, station_of(incident, situation.city)) and st.button(
                t("desk.incident_close"), key=f"incident_close_{number}"
            ):
                operation, now = current(board)
                close(board.store, operation, board.actor, number, now)
                finish(t("incident.closed", number=number))


def _line(incident: Incident, city: City, t: Translator) -> str:
    return t(
        "incident.line",
        number=incident.id,
        what=name_of(incident, city),
        at=incident.reported_at,
        by=incident.by,
        text=incident.text,
    )
