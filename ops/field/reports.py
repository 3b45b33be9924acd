"""What comes back from the stations: each report checked against the version it speaks of, then
kept, once.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City, Position
from data.model.field import (
    BY_THE_DESK,
    HELP,
    OF_A_JOB,
    OF_A_KIT,
    OF_AN_INLET,
    SKIP_REASONS,
    EventKind,
    FieldEvent,
    Incident,
    ReportWay,
)
from data.model.ids import EventId, JobId
from data.model.operation import Operation
from data.model.plan import PlanState, PlanVersion
from data.model.street.service_cars import KIT_ITEMS
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, PermissionDenied
from ops.field.calls.incident_jobs import made_for
from ops.field.progress import own_jobs

NEEDS_REASON = (EventKind.REFUSE, EventKind.ASK, EventKind.HAND_OVER)
MOST_SILT_M3, MOST_INLETS, MOST_DELAY_MINUTES = 200.0, 500, 480
AMOUNTS = {
    EventKind.DELAY: {"minutes": float(MOST_DELAY_MINUTES)},
    EventKind.CLEAR: {"silt_m3": MOST_SILT_M3, "inlets": float(MOST_INLETS)},
    EventKind.INLET_CLEARED: {"silt_before": 100.0, "silt_after": 100.0},
}
"""What may be told with a report and the most that is believed of it: of a job cubic metres and
inlets (a planning assumption), of an inlet the per cent that silt fills, of a delay its
minutes (who comes a shift later does not come: an assumption).
"""
MOST_ITEMS = 50.0
LONGEST_REASON, LONGEST_ID = 500, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One tap as a device tells it; ``reason`` is for a hand-over the deputy's name. What was told
    by telephone or radio names who said it.
    """

    event_id: str
    version: int
    station_id: str
    kind: EventKind
    job_id: str | None = None
    unit_id: str | None = None
    device_at: datetime | None = None
    position: Position | None = None
    amounts: Mapping[str, float] | None = None
    photo: str | None = None
    reason: str | None = None
    inlet_id: str | None = None
    way: ReportWay = ReportWay.TAP
    told_by: str | None = None


def take_report(
    store: Store, operation: Operation, actor: Actor, report: Report, now: datetime
) -> bool:
    """Keep one tap; a refusal asks for a plan in the same transaction, a call for help becomes an
    incident that does.

    Parameters
    ----------
    now
        The operation's time.

    Returns
    -------
    bool
        Whether it is new; one that is known changes nothing, whatever else it says. One to a
        version that is no longer in force is kept too: it was tapped before its device could know.

    Raises
    ------
    NotAllowed
        ``actor`` may not say this of this station's work, or it does not fit the version, the
        station or the work.
    """
    require(actor, Action.REPORT_WORK, report.station_id)
    if report.kind in BY_THE_DESK or report.kind is EventKind.TAKE_BACK:
        raise Invalid("field.unreadable", what=report.kind)
    version = store.plans.version(operation.id, report.version)
    if version is None or version.state is PlanState.DRAFT or version.published_at is None:
        raise Invalid("field.no_version", number=report.version)
    check(report, version, store.city())
    if actor.resource_id:
        check_crew(report, version, actor.resource_id)
    event = _event_of(report, operation, actor, now)
    if report.kind is EventKind.HELP:
        store.field.report_incident(_help_incident(event, version, store.city()))
    new = store.field.save_event(event)
    if report.kind is EventKind.CLEAR:  # of a known tap too: we may have ended between the two
        _close(store, event)
    return new


def _event_of(report: Report, operation: Operation, actor: Actor, now: datetime) -> FieldEvent:
    """The report as it is recorded, with who sent it and when it came."""
    return FieldEvent(
        operation_id=operation.id,
        event_id=report.event_id,
        version=report.version,
        station_id=report.station_id,
        kind=report.kind,
        job_id=report.job_id,
        unit_id=report.unit_id,
        device_at=report.device_at,
        server_at=now,
        by=actor.name,
        position=report.position,
        amounts=dict(report.amounts or {}),
        photo=report.photo,
        reason=report.reason,
        inlet_id=report.inlet_id,
        way=report.way,
        told_by=report.told_by,
    )


def _help_incident(event: FieldEvent, version: PlanVersion, city: City) -> Incident:
    """A call for help as the desk sees and closes it: at the job's road, or at the station where
    all of it is meant.
    """
    job = next((job for job in version.assignments if job.job_id == event.job_id), None)
    station = city.station_by_id[event.station_id]
    segment = job.segment_id if job else None
    return Incident(
        operation_id=event.operation_id,
        kind="other",
        segment_id=segment,
        position=None if segment else station.position,
        text=event.reason or "",
        source=HELP,
        external_id=event.event_id,
        reported_at=event.happened_at,
        received_at=event.server_at,
        by=event.by,
    )


def _close(store: Store, clearing: FieldEvent) -> None:
    """Close the matter that the work was made for, and the calls for help with it, unless it was
    opened anew since.

    Who leaves a post while another one is planned to follow, or a pump is still to come or to work,
    has not cleared it.
    """
    # of most work there is none: a storm's taps come by the hundred, and each reading takes of the
    # next one's time
    about = [
        incident
        for incident in store.field.incidents(clearing.operation_id, open_only=True)
        if incident.source == HELP or incident.matter == _matter_of(clearing)
    ]
    if not about:
        return
    events = store.field.events(clearing.operation_id, job_id=clearing.job_id)  # not all of a storm
    cleared = next((event for event in events if event.event_id == clearing.event_id), None)
    if cleared is None or any(
        event.kind is EventKind.REOPEN and event.happened_at > cleared.happened_at
        for event in events
    ):
        return
    helped = {event.event_id for event in events if event.kind is EventKind.HELP}
    own = None if _is_followed(store, cleared) else _matter_of(cleared)
    over = {
        incident.matter
        for incident in about
        if incident.matter == own or (incident.source == HELP and incident.external_id in helped)
    }
    for matter in over:
        if matter is not None:
            store.field.close_matter(matter, cleared.by, cleared.server_at)


def _matter_of(event: FieldEvent) -> int | None:
    return JobId.parse(event.job_id).incident_id if event.job_id else None


def _is_followed(store: Store, cleared: FieldEvent) -> bool:
    """Whether others go on at the place when this team leaves: the next at its post, or beside a
    crew its pump. When the pump leaves the water is gone.
    """
    if cleared.job_id is None:
        return False
    job, version = JobId.parse(cleared.job_id), store.plans.current(cleared.operation_id)
    last = made_for(job.incident_id, version, job.is_of_pump)[-1:]
    beside = [] if job.is_of_pump else made_for(job.incident_id, version, pump=True)[-1:]
    return any(
        post.job_id != cleared.job_id and post.kind.is_post and cleared.happened_at < post.end_at
        for post in (*last, *beside)
    )


def check(report: Report, version: PlanVersion, city: City) -> None:
    """Whether a station may say this of this version.

    Raises
    ------
    NotAllowed
        It may not; the words are for the one who tapped.
    """
    station = city.station_by_id.get(report.station_id)
    if station is None:
        raise Invalid("field.no_station", station=report.station_id)
    check_id(report.event_id)
    own = own_jobs(version, report.station_id, city)
    if report.job_id is None and report.kind in OF_A_JOB:
        raise Invalid("field.needs_job")
    if report.job_id is not None and report.job_id not in own:
        raise Conflict(
            "field.not_yours", job=report.job_id, station=station.name, number=version.number
        )
    inlets = own[report.job_id].inlet_ids if report.job_id else ()
    if report.inlet_id not in (inlets if report.kind in OF_AN_INLET else (None,)):
        raise Invalid("field.no_inlet", inlet=report.inlet_id or "-")
    if report.unit_id is not None:
        jobs = [own[report.job_id]] if report.job_id else own.values()
        if not any(
            report.unit_id in (member.unit_id, member.resource_id)
            for job in jobs
            for member in job.members
        ):
            raise Invalid("field.no_unit", unit=report.unit_id)
    if report.kind is EventKind.HAND_OVER and report.unit_id is None:
        raise Invalid("field.needs_unit")
    _check_kit(report, city)
    _check_words(report, most_of(report.kind, city))


OF_A_STATION = (EventKind.ACCEPT, EventKind.REFUSE, EventKind.HAND_OVER)
"""What is said of a station's whole sheet."""


def check_crew(report: Report, version: PlanVersion, resource_id: str) -> None:
    """Whether who speaks for one crew or machine alone may say this: of its own jobs, and nothing
    of the station's whole sheet.

    Raises
    ------
    NotAllowed
        It may not.
    """
    job = next((one for one in version.assignments if one.job_id == report.job_id), None)
    its_own = job is not None and any(one.resource_id == resource_id for one in job.members)
    of_station = report.job_id is None and report.kind in OF_A_STATION
    if of_station or report.kind is EventKind.HAND_OVER or (report.job_id and not its_own):
        raise PermissionDenied("field.not_this_crew")


def check_id(event_id: str) -> None:
    """Whether a device's number of a tap can be told from others, the desk's own too, and written
    down.

    Raises
    ------
    NotAllowed
        It can't.
    """
    if (
        not 8 <= len(event_id) <= LONGEST_ID
        or not event_id.isprintable()
        or EventId.parse(event_id).kind in BY_THE_DESK
    ):
        raise Invalid("field.bad_event_id")


def check_text(*texts: str | None) -> None:
    """Whether what people wrote can be kept and shown: not too long, and no sign that only steers a
    machine.

    Raises
    ------
    NotAllowed
        It can't.
    """
    for text in texts:
        if len(text or "") > LONGEST_REASON:
            raise Invalid("field.too_long", most=LONGEST_REASON)
        if any(
            unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\n\r\t"
            for sign in text or ""
        ):
            raise Invalid("field.bad_text")


def most_of(kind: EventKind, city: City) -> Mapping[str, float]:
    """What may be told with a report, and the most of it: of a kit also what the tables name."""
    if kind in OF_A_KIT:
        return dict.fromkeys((*KIT_ITEMS, *(one.item for one in city.car_kit)), MOST_ITEMS)
    return AMOUNTS.get(kind, {})


def _check_kit(report: Report, city: City) -> None:
    """Used is something that this car carries; missing can be written in words too."""
    told = {item for item, number in (report.amounts or {}).items() if number}
    if report.kind is EventKind.KIT_USED:
        own = {one.item for one in city.car_kit if one.crew_id == report.unit_id}
        if not told or not told <= own:
            raise Invalid("field.not_carried")
    if report.kind is EventKind.KIT_MISSING and not told and not (report.reason or "").strip():
        raise Invalid("field.needs_reason")


def _check_words(report: Report, most: Mapping[str, float]) -> None:
    if report.kind in NEEDS_REASON and not (report.reason or "").strip():
        raise Invalid(
            "field.needs_deputy" if report.kind is EventKind.HAND_OVER else "field.needs_reason"
        )
    if report.way is not ReportWay.TAP and not (report.told_by or "").strip():
        raise Invalid("field.needs_teller")
    check_text(report.reason, report.told_by)
    if report.device_at is not None and report.device_at.tzinfo is None:
        raise Invalid("field.bad_time")
    if report.kind is EventKind.INLET_SKIPPED and report.reason not in SKIP_REASONS:
        raise Invalid("field.no_skip_reason", reasons=SKIP_REASONS)
    if report.kind is EventKind.PHOTO and not report.photo:
        raise Invalid("field.no_photo")
    if report.kind is EventKind.DELAY and not (report.amounts or {}).get("minutes"):
        raise Invalid("field.needs_minutes")
    if report.amounts and not most:
        raise Invalid("field.no_amounts")
    for name, amount in (report.amounts or {}).items():
        if (
            name not in most
            or isinstance(amount, bool)
            or not isinstance(amount, int | float)
            or not (math.isfinite(amount) and 0 <= amount <= most[name])
        ):
            raise Invalid("field.bad_amount", name=name)
