"""Incidents and outages as they are reported: checked, placed on a segment, kept once, and planned
on.
"""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from data.model.account import Role
from data.model.city import City
from data.model.field import INCIDENT_KINDS, Incident
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound
from ops.district.places import nearest
from ops.field.reports import check_text


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSettings:
    """What incidents ask for. All are planning assumptions: agree them with the centre.

    Attributes
    ----------
    clear_minutes, pump_minutes, post_minutes
        How long it takes to open a blocked grate, to pump standing water, and how long a post is
        manned until whoever must mend it (water company, parks, rescue) has come.
    pump_from_cm
        Standing water of at least this depth is pumped; shallower, or of unknown depth, its grates
        are opened.
    due_minutes
        The work should be done this long after the report, beside its own length.
    points, late_points
        What it is worth, and what each second too late costs; a clearing at the highest risk is
        worth 25,000.
    max_distance_m
        A position further than this from every segment is not taken: nobody here looks after it.
    """

    clear_minutes: int = 25
    pump_minutes: int = 60
    post_minutes: int = 60
    pump_from_cm: float = 15.0
    due_minutes: int = 30
    points: int = 60_000
    late_points: int = 8
    max_distance_m: float = 150.0

    def __post_init__(self) -> None:
        if (
            min(self.clear_minutes, self.pump_minutes, self.post_minutes) < 1
            or min(
                self.points,
                self.late_points,
                self.due_minutes,
                self.pump_from_cm,
                self.max_distance_m,
            )
            < 0
        ):
            raise ValueError("durations must be at least 1, the others not negative")


DEEPEST_CM = 500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """An incident as it is told, before it is checked; either the segment or the position says
    where.
    """

    kind: str
    by: str
    source: str
    reported_at: datetime
    segment_id: str | None = None
    position: tuple[float, float] | None = None
    depth_cm: float | None = None
    text: str = ""
    external_id: str | None = None
    photo: str | None = None


def report(
    store: Store,
    operation: Operation,
    actor: Actor,
    incident_report: IncidentReport,
    now: datetime,
    settings: IncidentSettings = IncidentSettings(),
) -> tuple[Incident, bool]:
    """Take an incident; it asks for a plan. As it is kept, and whether it is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at this place; or it can't be placed.
    """
    if actor.role is Role.PLATFORM:
        incident_report = replace(incident_report, source=actor.name)
    city = store.city()
    incident = placed(incident_report, operation, city, now, settings)
    require(actor, Action.REPORT_INCIDENT, station_of(incident, city))
    return _stored(store, operation, actor, incident, now)


def report_all(
    store: Store, operation: Operation, actor: Actor, incidents: list[Incident], now: datetime
) -> list[tuple[Incident, bool]]:
    """Take the incidents of a table; each as it is kept, and whether it is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at one of the places: then none is taken.
    """
    city = store.city()
    for incident in incidents:
        require(actor, Action.REPORT_INCIDENT, station_of(incident, city))
    return [_stored(store, operation, actor, incident, now) for incident in incidents]


def _stored(
    store: Store, operation: Operation, actor: Actor, incident: Incident, now: datetime
) -> tuple[Incident, bool]:
    stored, new = store.field.report_incident(incident)
    if new:
        record(store, actor, Action.REPORT_INCIDENT, stored.id, now, operation, kind=stored.kind)
    return stored, new


def station_of(incident: Incident, city: City) -> str | None:
    """The station whose segment an incident lies on."""
    segment = city.segment_by_id.get(incident.segment_id or "")
    return segment.station_id if segment else None


def close(store: Store, operation: Operation, actor: Actor, number: int, now: datetime) -> bool:
    """It is over; whether it was open until now. A platform closes only what it reported.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or there is none of this number.
    """
    require(actor, Action.CLOSE_INCIDENT)
    incident = next(
        (each for each in store.field.incidents(operation.id) if each.id == number), None
    )
    if incident is None or (actor.role is Role.PLATFORM and incident.source != actor.name):
        raise NotFound("incident.not_found", number=number)
    ended = store.field.close_incident(number, actor.name, now)
    if ended:
        record(store, actor, Action.CLOSE_INCIDENT, number, now, operation)
    return ended


def placed(
    incident_report: IncidentReport,
    operation: Operation,
    city: City,
    now: datetime,
    settings: IncidentSettings = IncidentSettings(),
) -> Incident:
    """The incident, on the segment that is named or lies nearest.

    Raises
    ------
    NotAllowed
        Of no kind that we know, nowhere near a segment, or with figures or words that can't be.
    """
    if incident_report.kind not in INCIDENT_KINDS:
        raise Invalid("incident.no_kind", kind=incident_report.kind, kinds=INCIDENT_KINDS)
    if incident_report.depth_cm is not None and not 0 <= incident_report.depth_cm <= DEEPEST_CM:
        raise Invalid("incident.bad_depth", most=DEEPEST_CM)
    check_text(incident_report.text, incident_report.by, incident_report.external_id)
    if incident_report.reported_at.tzinfo is None or incident_report.reported_at > now:
        raise Invalid("incident.bad_time")
    return Incident(
        operation_id=operation.id,
        kind=incident_report.kind,
        segment_id=_segment(incident_report, city, settings),
        position=incident_report.position,
        depth_cm=incident_report.depth_cm,
        text=incident_report.text,
        source=incident_report.source,
        external_id=incident_report.external_id or None,
        reported_at=incident_report.reported_at,
        received_at=now,
        by=incident_report.by,
        photo=incident_report.photo,
    )


def _segment(incident_report: IncidentReport, city: City, settings: IncidentSettings) -> str:
    if incident_report.segment_id:
        if incident_report.segment_id not in city.segment_by_id:
            raise Invalid("incident.no_segment", segment=incident_report.segment_id)
        return incident_report.segment_id
    if incident_report.position is None:
        raise Invalid("incident.nowhere")
    lon, lat = incident_report.position
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise Invalid("incident.bad_position")
    found = nearest(incident_report.position, city)
    if found is None or found[1] > settings.max_distance_m:
        raise Invalid(
            "incident.too_far",
            metres=round(found[1]) if found else "-",
            most=settings.max_distance_m,
        )
    return found[0].id
