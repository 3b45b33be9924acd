"""What a chief says on the signed-in page: the same words, by the same actions, as behind the
signed link.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import streamlit as st

from dashboard.core.board import Board, forget, named, safe
from dashboard.render import markup
from dashboard.views import photos
from data.model.city import City, Station
from data.model.field import (
    CAN_BE_TAKEN_BACK,
    DELAY_REASONS,
    INCIDENT_KINDS,
    LATER_BY,
    OF_AN_INLET,
    SKIP_REASONS,
    EventKind,
    Outage,
)
from data.model.operation import Operation
from data.model.plan import Assignment, PlanVersion
from ops.auth.permissions import Action
from ops.base.errors import Conflict, NotAllowed
from ops.base.messages import Translator
from ops.documents import labels
from ops.field.calls.incidents import DEEPEST_CM, IncidentReport
from ops.field.calls.incidents import report as report_incident
from ops.field.outages import bring_back, take_out
from ops.field.progress import DONE, OUT, Progress, Stage
from ops.field.reports import (
    LONGEST_REASON,
    MOST_INLETS,
    MOST_SILT_M3,
    Report,
    take_report,
)
from ops.field.taking_back import take_back

NEXT = {
    Stage.OPEN: (EventKind.ACCEPT, EventKind.DEPART),
    Stage.REFUSED: (EventKind.ACCEPT,),
    Stage.ACCEPTED: (EventKind.DEPART,),
    Stage.UNDER_WAY: (EventKind.ARRIVE, EventKind.CLEAR),
    Stage.ON_SITE: (EventKind.CLEAR,),
    Stage.CLEARED: (),
    Stage.VERIFIED: (),
}
"""What can be reported at each stage, the next step first; the rest stands under "more"."""
MAY_BE_LATE = (Stage.OPEN, Stage.ACCEPTED, Stage.UNDER_WAY)
IN_WORDS = (EventKind.HELP, EventKind.ASK, EventKind.REFUSE)
NEEDED = (EventKind.ASK, EventKind.REFUSE, EventKind.HAND_OVER)


def whole_sheet(
    board: Board, station: Station, version: PlanVersion, city: City, has_work: bool
) -> None:
    """Buttons for the whole sheet: accept, report an incident, help, ask; hand over, refuse."""
    t = board.t
    with st.container(horizontal=True, key="answers"):
        if (
            has_work
            and st.button(t("phone.accept_all"), type="primary", key="all_accept")
            and send(board, station, version, EventKind.ACCEPT)
        ):
            st.rerun()
        if st.button(t("phone.incident"), key="incident"):
            _open("phone.incident", _incident, board, station, city)
        for kind in (EventKind.HELP, EventKind.ASK):
            if st.button(t(f"phone.{kind}"), key=f"all_{kind}"):
                _open(f"phone.{kind}", _in_words, board, station, version, kind)
        if has_work and st.button(t("phone.hand_over"), key="hand_over"):
            _open("phone.hand_over", _hand_over, board, station, version, city)
        if has_work and st.button(t("phone.refuse_all"), key="all_refuse"):
            _open("phone.refuse_all", _in_words, board, station, version, EventKind.REFUSE)


def one_job(
    board: Board, station: Station, version: PlanVersion, job: Assignment, progress: Progress
) -> None:
    """The next steps of one job, the likeliest first, and what has to be said in words."""
    t = board.t
    with st.container(horizontal=True, key=f"job_{job.job_id}"):
        for number, kind in enumerate(NEXT[progress.stage]):
            pressed = st.button(
                t(f"phone.{kind}"),
                type="secondary" if number else "primary",
                key=f"{kind}_{job.job_id}",
            )
            if pressed and kind is EventKind.CLEAR:
                _open("phone.clear", _cleared, board, station, version, job)
            elif pressed and send(board, station, version, kind, job_id=job.job_id):
                st.rerun()
        may_tell = job.inlet_ids and progress.stage in (*OUT, *DONE)
        if may_tell and st.button(t("phone.each_inlet"), key=f"inlets_{job.job_id}"):
            _open("phone.each_inlet", _each_inlet, board, station, version, job)
        if progress.stage in MAY_BE_LATE and st.button(t("phone.delay"), key=f"late_{job.job_id}"):
            _open("phone.delay", _later, board, station, version, job)
        taken_back(board, station, job)
        if NEXT[progress.stage] and st.button(
            t("station.more"), key=f"more_{job.job_id}", type="tertiary"
        ):
            _open("station.more", _more, board, station, version, job)


def send(
    board: Board,
    station: Station,
    version: PlanVersion,
    kind: EventKind,
    *,
    job_id: str | None = None,
    unit_id: str | None = None,
    reason: str | None = None,
    amounts: Mapping[str, float] | None = None,
    photo: bytes | None = None,
    inlet_id: str | None = None,
) -> bool:
    """Report one thing; whether it was taken. What is refused is told and changes nothing."""
    operation, now = _now(board)
    report = Report(
        event_id=uuid4().hex,
        version=version.number,
        station_id=station.id,
        kind=kind,
        device_at=now,
        job_id=job_id,
        unit_id=unit_id,
        reason=reason,
        amounts=amounts,
        inlet_id=inlet_id,
    )
    try:
        with photos.keep(photo, board, report.event_id) as name:
            told = replace(report, photo=name)
            take_report(board.store, operation, board.actor, told, now)
    except NotAllowed as refused:
        st.toast(markup.plain(board.t(refused.code, **refused.facts)), duration="long")
        return False
    st.toast(board.t("station.taken"))
    forget()
    return True


def _now(board: Board) -> tuple[Operation, datetime]:
    operation = board.store.operations.current()
    if operation is None:
        raise Conflict("board.no_operation")
    return operation, operation.now(board.clock())


def _open(title: str, steps: Callable[..., None], board: Board, *parts: object) -> None:
    st.dialog(board.t(title))(safe(steps))(board, *parts)


def _in_words(
    board: Board,
    station: Station,
    version: PlanVersion,
    kind: EventKind,
    job: Assignment | None = None,
) -> None:
    """Words, and sent."""
    needed = kind in NEEDED
    with st.form(f"words_{kind}", border=False):
        reason = _text(board, "phone.needed" if needed else "phone.reason")
        if (
            st.form_submit_button(board.t("phone.send"), type="primary")
            and _has(board, reason, needed)
            and send(
                board,
                station,
                version,
                kind,
                reason=reason or None,
                job_id=job.job_id if job else None,
            )
        ):
            st.rerun()


def _more(board: Board, station: Station, version: PlanVersion, job: Assignment) -> None:
    """Which of the words is meant, then the words."""
    kind = st.segmented_control(
        board.t("station.more"),
        IN_WORDS,
        default=IN_WORDS[0],
        required=True,
        format_func=lambda kind: board.t(f"phone.{kind}"),
        label_visibility="collapsed",
    )
    _in_words(board, station, version, kind, job)


def _later(board: Board, station: Station, version: PlanVersion, job: Assignment) -> None:
    """How many minutes later, why, and sent."""
    t = board.t
    with st.form("later", border=False):
        minutes = st.segmented_control(
            t("phone.minutes"),
            LATER_BY,
            format_func=lambda n: t("phone.minutes_n", n=n),
            key="later_minutes",
        )
        why = st.pills(
            t("phone.reason"),
            DELAY_REASONS,
            format_func=lambda reason: t(f"phone.delay_{reason}"),
            key="later_why",
        )
        if (
            st.form_submit_button(t("phone.send"), type="primary")
            and _is_chosen(board, minutes)
            and send(
                board,
                station,
                version,
                EventKind.DELAY,
                job_id=job.job_id,
                amounts={"minutes": float(minutes or 0)},
                reason=t(f"phone.delay_{why}") if why else None,
            )
        ):
            st.rerun()


def _is_chosen(board: Board, minutes: int | None) -> bool:
    if minutes is None:
        st.error(board.t("phone.which_minutes"))
    return minutes is not None


def _cleared(board: Board, station: Station, version: PlanVersion, job: Assignment) -> None:
    """Amounts, a photo, and sent."""
    t = board.t
    with st.form("cleared", border=False):
        silt = st.number_input(t("phone.silt"), 0.0, MOST_SILT_M3, None, 0.1, key="silt_m3")
        inlets = st.number_input(t("phone.inlets"), 0, MOST_INLETS, None, 1, key="inlets")
        photo = photos.box(t("phone.photo"), "photo")
        reason = _text(board, "phone.reason")
        if st.form_submit_button(t("phone.send"), type="primary"):
            amounts = {
                name: float(amount)
                for name, amount in (("silt_m3", silt), ("inlets", inlets))
                if amount is not None
            }
            if send(
                board,
                station,
                version,
                EventKind.CLEAR,
                job_id=job.job_id,
                amounts=amounts,
                reason=reason or None,
                photo=photo,
            ):
                st.rerun()


def _each_inlet(board: Board, station: Station, version: PlanVersion, job: Assignment) -> None:
    """How each inlet of the job is, with why it was left, and sent; of those where nothing is
    chosen nothing is said, unless all others are told to be cleared.
    """
    t = board.t
    with st.form("each_inlet", border=False):
        told = {
            inlet_id: st.segmented_control(
                markup.plain(inlet_id),
                INLET_WORDS,
                format_func=lambda word: t(INLET_WORDS[word]),
                key=f"inlet_{inlet_id}",
            )
            for inlet_id in job.inlet_ids
        }
        others = st.checkbox(t("phone.all_cleared"), key="inlet_others")
        if not st.form_submit_button(t("phone.send"), type="primary"):
            return
    rest = str(EventKind.INLET_CLEARED) if others else None
    said = {inlet_id: word or rest for inlet_id, word in told.items()}
    if all(
        _send_inlet(board, station, version, job, inlet_id, word)
        for inlet_id, word in said.items()
        if word
    ):
        st.rerun()


INLET_WORDS = {
    str(kind): f"phone.{kind}" for kind in OF_AN_INLET if kind is not EventKind.INLET_SKIPPED
} | {reason: f"phone.skip_{reason}" for reason in SKIP_REASONS}
"""What may be said of an inlet, and how it is called: how it is, or why it was left."""


def _send_inlet(
    board: Board, station: Station, version: PlanVersion, job: Assignment, inlet_id: str, word: str
) -> bool:
    skipped = word in SKIP_REASONS
    kind = EventKind.INLET_SKIPPED if skipped else EventKind(word)
    reason = word if skipped else None
    return send(board, station, version, kind, job_id=job.job_id, inlet_id=inlet_id, reason=reason)


def taken_back(board: Board, station: Station, job: Assignment) -> None:
    """A button that takes back the station's last tap of a job, while that can be done."""
    situation, rules = board.situation, board.settings.taps
    own = [
        event
        for event in (situation.events if situation else ())
        if event.job_id == job.job_id
        and event.station_id == station.id
        and event.kind in CAN_BE_TAKEN_BACK
    ]
    operation, now = _now(board)
    last = max(own, key=lambda event: event.server_at, default=None)
    if last is None or now - last.server_at > timedelta(minutes=rules.take_back_minutes):
        return
    word = board.t("phone.take_back") + " " + board.t(f"phone.{last.kind}")
    if st.button(word, key=f"back_{job.job_id}", type="tertiary"):
        try:
            take_back(
                board.store,
                operation,
                board.actor,
                station.id,
                uuid4().hex,
                last.event_id,
                now,
                rules,
            )
        except NotAllowed as refused:
            st.toast(markup.plain(board.t(refused.code, **refused.facts)), duration="long")
            return
        forget()
        st.rerun()


def _hand_over(board: Board, station: Station, version: PlanVersion, city: City) -> None:
    """Which crew, to whom."""
    t = board.t
    busy = {member.resource_id for job in version.assignments for member in job.members}
    crews = {
        crew.id: crew.name
        for crew in city.crews
        if crew.station_id == station.id and crew.id in busy
    }
    with st.form("hand_over_form", border=False):
        crew = st.selectbox(
            t("phone.crew"), list(crews), format_func=named(crews), key="hand_over_crew"
        )
        deputy = _text(board, "phone.deputy")
        if (
            st.form_submit_button(t("phone.send"), type="primary")
            and _has(board, deputy, True)
            and send(board, station, version, EventKind.HAND_OVER, unit_id=crew, reason=deputy)
        ):
            st.rerun()


def _incident(board: Board, station: Station, city: City) -> None:
    """What happened on which of the station's roads."""
    t = board.t
    segments = {
        segment.id: labels.segment_name(t, segment)
        for segment in city.segments
        if segment.station_id == station.id
    }
    with st.form("incident_form", border=False):
        kind = st.selectbox(
            t("phone.kind"),
            INCIDENT_KINDS,
            format_func=lambda kind: t(f"incident.{kind}"),
            key="incident_kind",
        )
        place = st.selectbox(
            t("phone.place"), list(segments), format_func=named(segments), key="incident_place"
        )
        depth = st.number_input(t("phone.depth"), 0.0, DEEPEST_CM, None, 1.0, key="incident_depth")
        text = _text(board, "phone.reason")
        photo = photos.box(t("phone.photo"), "incident_photo")
        if st.form_submit_button(t("phone.send"), type="primary") and place:
            operation, now = _now(board)
            incident = IncidentReport(
                kind=kind,
                by=board.actor.name,
                source="crew",
                reported_at=now,
                segment_id=place,
                depth_cm=depth,
                text=text,
                external_id=uuid4().hex,
            )
            _send_incident(board, operation, incident, photo, now)


def _send_incident(
    board: Board,
    operation: Operation,
    incident: IncidentReport,
    photo: bytes | None,
    now: datetime,
) -> None:
    with photos.keep(photo, board, incident.external_id or "") as name:
        told = replace(incident, photo=name)
        report_incident(board.store, operation, board.actor, told, now, board.settings.incident)
    st.toast(board.t("station.taken"))
    forget()
    st.rerun()


def _text(board: Board, label: str) -> str:
    return st.text_area(board.t(label), max_chars=LONGEST_REASON, key="said").strip()


def _has(board: Board, text: str, needed: bool) -> bool:
    if needed and not text:
        st.error(board.t("field.needs_reason"))
    return bool(text) or not needed


def units(board: Board, station: Station, city: City) -> None:
    """The station's crews and machines: who is out of action, and out or back by a tap."""
    t = board.t
    if not board.may(Action.SET_OUTAGE, station.id):
        return
    operation, _ = _now(board)
    out = {
        outage.resource_id: outage
        for outage in board.store.desk.outages(operation.id)
        if outage.ended_by is None
    }
    for resource_id, name in _unit_names(station, city, t).items():
        _unit_row(board, resource_id, name, out.get(resource_id))


def _unit_names(station: Station, city: City, t: Translator) -> dict[str, str]:
    names = {crew.id: crew.name for crew in city.crews if crew.station_id == station.id}
    names |= {
        machine.id: f"{labels.machine_name(t, machine.kind)} {machine.plate}"
        for machine in city.machines
        if machine.station_id == station.id
    }
    return names


def _unit_row(board: Board, resource_id: str, name: str, outage: Outage | None) -> None:
    """One crew or machine with the button that takes it out or brings it back."""
    t = board.t
    with st.container(horizontal=True, vertical_alignment="center", key=f"unit_{resource_id}"):
        text = t("station.unit_out", name=name, at=outage.from_at, by=outage.by) if outage else name
        st.write(markup.plain(text))
        if outage and st.button(t("station.back"), key=f"back_{resource_id}", type="primary"):
            operation, now = _now(board)
            bring_back(board.store, operation, board.actor, resource_id, now)
            _done(board)
        elif outage is None and st.button(t("station.out"), key=f"out_{resource_id}"):
            _open("station.out", _out, board, resource_id)


def _out(board: Board, resource_id: str) -> None:
    """Why, and out."""
    with st.form("out_form", border=False):
        reason = _text(board, "phone.needed")
        if st.form_submit_button(board.t("station.out"), type="primary") and _has(
            board, reason, True
        ):
            operation, now = _now(board)
            take_out(board.store, operation, board.actor, resource_id, reason, now)
            _done(board)


def _done(board: Board) -> None:
    st.toast(board.t("station.taken"))
    forget()
    st.rerun()
