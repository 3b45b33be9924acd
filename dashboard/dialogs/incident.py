"""Report an incident, or close one."""

from html import escape

import streamlit as st

from dashboard import words
from dashboard.board import Board
from dashboard.dialogs import current, finish, follow
from dashboard.reading import Situation
from data.events import INCIDENT_KINDS, Incident
from ops.access import Action
from ops.incidents import DEEPEST_CM, Told, close, report, station_of
from ops.urgent import job_id, name_of


def steps(board: Board) -> None:
    """The report in one form; below it what is open, each to be closed."""
    situation = board.situation
    if situation is None:
        return
    if board.may(Action.REPORT_INCIDENT):
        _form(board, situation)
    _open_ones(board, situation)


def _form(board: Board, situation: Situation) -> None:
    say = board.say
    places = {segment.id: words.segment_name(say, segment)
              for segment in sorted(situation.city.segments, key=lambda one: (one.road, one.id))}
    with st.form("incident_form", border=False):
        kind = st.segmented_control(say("desk.incident_kind"), INCIDENT_KINDS, default=INCIDENT_KINDS[1], required=True,
                                    format_func=lambda one: say(f"incident.{one}"), key="incident_kind")
        place = st.selectbox(say("desk.incident_place"), list(places), index=None, format_func=places.get,
                             placeholder=say("desk.incident_place_find"), key="incident_place")
        left, right = st.columns(2)
        depth = left.number_input(say("desk.incident_depth"), 0.0, DEEPEST_CM, None, 1.0, "%.0f", key="incident_depth")
        by = right.text_input(say("desk.incident_by"), value=board.actor.name, max_chars=80, key="incident_by")
        told = st.text_area(say("desk.incident_words"), height=80, max_chars=500, key="incident_words")
        if st.form_submit_button(say("desk.incident_do"), type="primary"):
            _report(board, kind, place, depth, by.strip(), told.strip())


def _report(board: Board, kind: str, place: str | None, depth: float | None, by: str, words_: str) -> None:
    operation, now = current(board)
    told = Told(kind=kind, by=by or board.actor.name, source="desk", reported_at=now, segment_id=place, depth_cm=depth,
                text=words_)
    kept, _ = report(board.store, operation, board.actor, told, now, board.settings.incident)
    follow(operation, job_id(kept))
    finish(board.say("incident.taken", number=kept.id, what=name_of(kept, board.city)))


def _open_ones(board: Board, situation: Situation) -> None:
    say = board.say
    if situation.incidents:
        st.html(f'<div class="xb-head">{say("desk.incidents_open", n=len(situation.incidents))}</div>')
    for one in situation.incidents:
        with st.container(horizontal=True, vertical_alignment="center", key=f"incident_{one.id}"):
            st.html(f"<p>{escape(_line(one, board))}</p>")
            if board.may(Action.CLOSE_INCIDENT, station_of(one, situation.city)) and st.button(
                    say("desk.incident_close"), key=f"incident_close_{one.id}"):
                operation, now = current(board)
                close(board.store, operation, board.actor, one.id, now)
                finish(say("incident.closed", number=one.id))


def _line(one: Incident, board: Board) -> str:
    return board.say("incident.line", number=one.id, what=name_of(one, board.city), at=one.reported_at, by=one.by,
                     text=one.text)
