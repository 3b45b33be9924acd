"""Report an incident, close one, or say which calls are about the same."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import streamlit as st

from dashboard.core.board import Board, named
from dashboard.core.dialog import current, finish, follow, looked_at
from dashboard.model.situation import Situation
from dashboard.render import markup
from dashboard.render.needs import telephone
from dashboard.views import photos
from dashboard.views.desk.dialogs.road_box import road_box
from data.model.city import City
from data.model.field import INCIDENT_KINDS, Incident
from data.model.ids import Cause, CauseKind
from data.model.plan import SAME_JOB_WITHIN
from ops.auth.permissions import Action
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.amounts import amounts_of
from ops.field.calls.incident_jobs import call_line, made_for, matter_line, matter_name, taken
from ops.field.calls.incidents import (
    DEEPEST_CM,
    IncidentReport,
    close,
    join,
    report,
    split,
    station_of,
)
from ops.field.calls.matter_standing import MatterStanding, matter_standing, standing_line
from ops.field.calls.matters import Matter, matters, maybe_same, sorting_by
from ops.field.photos import Picture, pictures_of
from ops.field.progress import Stage
from ops.field.verification import verify


def steps(board: Board, at: str | None = None) -> None:
    """The report in one form, of the road ``at`` if one is meant; below it what is open, each to be
    closed, split or joined.
    """
    situation = board.situation
    if situation is None:
        return
    if board.may(Action.REPORT_INCIDENT):
        _form(board, situation, at)
    _open_ones(board, situation)


def _form(board: Board, situation: Situation, at: str | None) -> None:
    t = board.t
    kind = st.segmented_control(
        t("desk.incident_kind"),
        INCIDENT_KINDS,
        default=INCIDENT_KINDS[1],
        required=True,
        format_func=lambda kind: t(f"incident.{kind}"),
        key="incident_kind",
    )
    place = road_box(
        t,
        situation.city,
        lambda segment: labels.segment_name(t, segment),
        "desk.incident_place",
        f"incident_place_{at}" if at else "incident_place",
        at,
    )
    _known_here(board, situation, kind, place)
    with st.form("incident_form", border=False):
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


def _known_here(board: Board, situation: Situation, kind: str, place: str | None) -> None:
    """What is known at this place already, before one more report of it is taken."""
    if place is None:
        return
    t, city, rules = board.t, situation.city, board.settings.incident
    call = Incident(
        operation_id=situation.operation.id,
        kind=kind,
        segment_id=place,
        source="desk",
        reported_at=situation.now,
        received_at=situation.now,
        by="",
    )
    known = matters(situation.incidents)
    joins, _ = sorting_by(rules.same_place_m, rules.same_hours)(call, situation.incidents)
    for matter in known:
        if matter.id == joins is not None:
            name = t.message(matter_name(matter, city))
            st.html(markup.notice("care", t("matter.here", number=matter.id, what=name)))
            return
    near = maybe_same(Matter((call,)), known, city, rules.maybe_same_m, rules.same_hours)
    for matter in near:
        name = t.message(matter_name(matter, city))
        st.html(markup.notice("plain", t("matter.maybe", number=matter.id, what=name)))


def _open_ones(board: Board, situation: Situation) -> None:
    found = matters(situation.incidents)
    if found:
        st.html(markup.head(board.t("desk.incidents_open", n=len(found))))
    for matter in found:
        if matter.id is not None:
            _open_one(board, situation, matter, matter.id)
    if len(found) > 1 and board.may(Action.SORT_INCIDENTS):
        _join(board, found, situation.city)
    _closed_ones(board, situation)


def _open_one(board: Board, situation: Situation, matter: Matter, number: int) -> None:
    """A matter with who comes and when, and what may be done with it; of several calls each one,
    to be split off.
    """
    t, city = board.t, situation.city
    with st.container(horizontal=True, vertical_alignment="center", key=f"incident_{number}"):
        told = t.message(standing_line(standing_of(board, situation, matter), city, situation.now))
        lines = markup.tag("p", t.message(matter_line(matter, city))), markup.tag("p", told)
        st.html(markup.html(*lines, _owner(situation, matter, t)))
        if board.may(Action.CLOSE_INCIDENT, station_of(matter.first, city)) and st.button(
            t("desk.incident_close"), key=f"incident_close_{number}"
        ):
            operation, now = current(board)
            ended = close(board.store, operation, board.actor, _number(matter.first), now)
            code = "incident.closed_all" if ended > 1 else "incident.closed"
            finish(t(code, number=number, n=ended))
    _proposed(board, situation, matter, number)
    photos.show(_pictures(situation, matter), board)
    if matter.count > 1:
        with st.expander(t("desk.incident_calls", n=matter.count), key="fold_calls"):
            for call in matter.calls:
                _call(board, call, city)


def _owner(situation: Situation, matter: Matter, t: Translator) -> markup.Html:
    """Whose it is, with the telephone: the stations of those who come, else that of the road; and
    what was told of the work done.
    """
    own = {job.job_id for job in made_for(matter.id, situation.version)}
    city, known = situation.city, situation.city.station_by_id
    coming = [one for line in situation.lines if line.job.job_id in own for one in line.stations]
    names = dict.fromkeys(sorted(coming)) or [station_of(matter.first, city) or ""]
    called = (
        markup.html(f"{labels.chief(t, known[one])} ", telephone(known[one], t))
        for one in names
        if one in known
    )
    amounts = labels.amount_texts(t, amounts_of(situation.events, own))
    parts: list[tuple[str, str]] = [(t("matter.owner"), one) for one in called]
    parts += [(t("desk.amounts"), one) for one in amounts]
    return markup.html(markup.tag("p", name, " ", value) for name, value in parts)


def standing_of(board: Board, situation: Situation, matter: Matter) -> MatterStanding:
    """Who comes, with what he leaves: the version before the one that answered tells."""
    cause = str(Cause.of(CauseKind.INCIDENT, matter.id))
    trigger = board.store.triggers.get(situation.operation.id, cause)
    answered = trigger.answered_by if trigger else None
    before = (
        board.store.plans.version(situation.operation.id, answered - 1)
        if answered and answered > 1
        else None
    )
    lines = {line.job.job_id: line for line in situation.lines}
    on_site = timedelta(minutes=board.settings.response.on_site_minutes)
    version, now = situation.version, situation.now
    return matter_standing(matter, version, before, lines, situation.city, now, on_site)


def _proposed(board: Board, situation: Situation, matter: Matter, number: int) -> None:
    """Another that may be the same, told once of each two, with its one button."""
    t, rules = board.t, board.settings.incident
    if not board.may(Action.SORT_INCIDENTS):
        return
    known = [one for one in matters(situation.incidents) if (one.id or 0) < number]
    near = maybe_same(matter, known, situation.city, rules.maybe_same_m, rules.same_hours)
    for other in near[:1]:
        with st.container(horizontal=True, vertical_alignment="center", key=f"maybe_{number}"):
            name = t.message(matter_name(other, situation.city))
            st.html(markup.notice("plain", t("matter.maybe", number=other.id, what=name)))
            if st.button(t("matter.maybe_do"), key=f"maybe_join_{number}"):
                operation, now = current(board)
                to = _number(other.first)
                join(board.store, operation, board.actor, _number(matter.first), to, now)
                finish(t("incident.joined", number=number, to=to))


def _pictures(situation: Situation, matter: Matter) -> list[Picture]:
    own = {job.job_id for job in made_for(matter.id, situation.version)}
    events = [event for event in situation.events if event.job_id in own]
    return pictures_of(events, matter.calls)


def _closed_ones(board: Board, situation: Situation) -> None:
    """What was closed within a day, to be looked at and verified."""
    t, city = board.t, situation.city
    found = [
        one
        for one in matters(situation.calls)
        if not one.is_open
        and max(call.closed_at for call in one.calls if call.closed_at)
        > situation.now - SAME_JOB_WITHIN
    ]
    if not found:
        return
    with st.expander(t("matter.closed_title", n=len(found)), key="fold_closed_matters"):
        for matter in reversed(found):
            one = standing_of(board, situation, matter)
            st.html(
                markup.tag("p", t.message(matter_line(matter, city)))
                + markup.tag("p", t.message(standing_line(one, city, situation.now)))
            )
            photos.show(_pictures(situation, matter), board)
            _verify(board, situation, matter)


def _verify(board: Board, situation: Situation, matter: Matter) -> None:
    """The work that was made for it, where it is done and nobody has looked at it."""
    own = {job.job_id for job in made_for(matter.id, situation.version)}
    for line in situation.lines:
        if line.job.job_id not in own or line.stage is not Stage.CLEARED:
            continue
        if board.may(Action.VERIFY_WORK) and st.button(
            board.t("matter.verify"), key=f"verify_{line.job.job_id}"
        ):
            operation, now = current(board)
            verify(board.store, operation, board.actor, line.job.job_id, now)
            finish(board.t("desk.verified"))


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
