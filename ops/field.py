"""What comes back from the stations: each report checked against the version it speaks of, then kept, once."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from data.entities import City, Operation, PlanState, PlanVersion, Position
from data.events import EventKind, FieldEvent
from data.store import Store
from ops.access import Action, Actor, NotAllowed, require
from ops.audit import record
from ops.progress import own_jobs
from ops.urgent import incident_of

NEEDS_JOB = (EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR, EventKind.VERIFY, EventKind.REOPEN)
NEEDS_REASON = (EventKind.REFUSE, EventKind.ASK, EventKind.HAND_OVER)
AMOUNTS = {"silt_m3": 200.0, "inlets": 500.0}
"""What may be told of the work done, and the most that is believed of one job (a planning assumption)."""
LONGEST_REASON, LONGEST_ID = 500, 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One tap as a device tells it; ``reason`` is for a hand-over the deputy's name."""

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


def take_report(store: Store, operation: Operation, actor: Actor, report: Report, now: datetime) -> bool:
    """Keep one tap; a refusal or a call for help asks for a plan in the same transaction.

    Parameters
    ----------
    now
        The operation's time.

    Returns
    -------
    bool
        Whether it is new; one that is known changes nothing, whatever else it says. One to a version that is no longer
        in force is kept too: it was tapped before its device could know.

    Raises
    ------
    NotAllowed
        ``actor`` may not say this of this station's work, or it does not fit the version, the station or the work.
    """
    inspects = report.kind in (EventKind.VERIFY, EventKind.REOPEN)  # nobody verifies work of his own
    require(actor, Action.VERIFY_WORK if inspects else Action.REPORT_WORK, report.station_id)
    version = store.version(operation.id, report.version)
    if version is None or version.state is PlanState.DRAFT or version.published_at is None:
        raise NotAllowed("field.no_version", number=report.version)
    check(report, version, store.city())
    event = FieldEvent(
        operation_id=operation.id, event_id=report.event_id, version=report.version, station_id=report.station_id,
        kind=report.kind, job_id=report.job_id, unit_id=report.unit_id, device_at=report.device_at, server_at=now,
        by=actor.name, position=report.position, amounts=dict(report.amounts or {}), photo=report.photo,
        reason=report.reason)
    incident = incident_of(report.job_id)
    if report.kind is EventKind.CLEAR and incident is not None:
        store.close_incident(incident, actor.name, now)
    asks = report.kind in (EventKind.REFUSE, EventKind.HELP)
    new = store.save_event(event, cause=f"{report.kind}:{report.event_id}" if asks else None)
    if new and inspects:
        record(store, actor, Action.VERIFY_WORK, report.job_id, now, operation, kind=str(report.kind))
    return new


def check(report: Report, version: PlanVersion, city: City) -> None:
    """Whether a station may say this of this version.

    Raises
    ------
    NotAllowed
        It may not; the words are for the one who tapped.
    """
    station = next((each for each in city.stations if each.id == report.station_id), None)
    if station is None:
        raise NotAllowed("field.no_station", station=report.station_id)
    if not 8 <= len(report.event_id) <= LONGEST_ID or not report.event_id.isprintable():
        raise NotAllowed("field.bad_event_id")
    own = own_jobs(version, report.station_id, city)
    if report.job_id is None and report.kind in NEEDS_JOB:
        raise NotAllowed("field.needs_job")
    if report.job_id is not None and report.job_id not in own:
        raise NotAllowed("field.not_yours", job=report.job_id, station=station.name, number=version.number)
    if report.unit_id is not None:
        jobs = [own[report.job_id]] if report.job_id else own.values()
        if not any(report.unit_id in (member.unit_id, member.resource_id) for job in jobs for member in job.members):
            raise NotAllowed("field.no_unit", unit=report.unit_id)
    if report.kind is EventKind.HAND_OVER and report.unit_id is None:
        raise NotAllowed("field.needs_unit")
    _check_words(report)


def _check_words(report: Report) -> None:
    if report.kind in NEEDS_REASON and not (report.reason or "").strip():
        raise NotAllowed("field.needs_deputy" if report.kind is EventKind.HAND_OVER else "field.needs_reason")
    if len(report.reason or "") > LONGEST_REASON:
        raise NotAllowed("field.too_long", most=LONGEST_REASON)
    if report.device_at is not None and report.device_at.tzinfo is None:
        raise NotAllowed("field.bad_time")
    if report.amounts and report.kind is not EventKind.CLEAR:
        raise NotAllowed("field.no_amounts")
    for name, amount in (report.amounts or {}).items():
        if name not in AMOUNTS or isinstance(amount, bool) or not isinstance(amount, int | float) or not (
                math.isfinite(amount) and 0 <= amount <= AMOUNTS[name]):
            raise NotAllowed("field.bad_amount", name=name)
