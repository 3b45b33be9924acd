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
from ops.base.errors import NotAllowed
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
            or min(self.points, self.late_points, self.due_minutes, self.pump_from_cm, self.max_distance_m)
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
    told: IncidentReport,
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
        told = replace(told, source=actor.name)
    city = store.city()
    incident = placed(told, operation, city, now, settings)
    require(actor, Action.REPORT_INCIDENT, station_of(incident, city))
    return _kept(store, operation, actor, incident, now)


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
    return [_kept(store, operation, actor, incident, now) for incident in incidents]


def _kept(
    store: Store, operation: Operation, actor: Actor, incident: Incident, now: datetime
) -> tuple[Incident, bool]:
    kept, new = store.report_incident(incident)
    if new:
        record(store, actor, Action.REPORT_INCIDENT, kept.id, now, operation, kind=kept.kind)
    return kept, new


def station_of(incident: Incident, city: City) -> str | None:
    """The station whose segment an incident lies on."""
    return next((each.station_id for each in city.segments if each.id == incident.segment_id), None)


def close(store: Store, operation: Operation, actor: Actor, number: int, now: datetime) -> bool:
    """It is over; whether it was open until now. A platform closes only what it reported.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or there is none of this number.
    """
    require(actor, Action.CLOSE_INCIDENT)
    one = next((each for each in store.incidents(operation.id) if each.id == number), None)
    if one is None or (actor.role is Role.PLATFORM and one.source != actor.name):
        raise NotAllowed("incident.not_found", number=number)
    ended = store.close_incident(number, actor.name, now)
    if ended:
        record(store, actor, Action.CLOSE_INCIDENT, number, now, operation)
    return ended


def placed(
    told: IncidentReport,
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
    if told.kind not in INCIDENT_KINDS:
        raise NotAllowed("incident.no_kind", kind=told.kind, kinds=INCIDENT_KINDS)
    if told.depth_cm is not None and not 0 <= told.depth_cm <= DEEPEST_CM:
        raise NotAllowed("incident.bad_depth", most=DEEPEST_CM)
    check_text(told.text, told.by, told.external_id)
    if told.reported_at.tzinfo is None or told.reported_at > now:
        raise NotAllowed("incident.bad_time")
    return Incident(
        operation_id=operation.id,
        kind=told.kind,
        segment_id=_segment(told, city, settings),
        position=told.position,
        depth_cm=told.depth_cm,
        text=told.text,
        source=told.source,
        external_id=told.external_id or None,
        reported_at=told.reported_at,
        received_at=now,
        by=told.by,
        photo=told.photo,
    )


def _segment(told: IncidentReport, city: City, settings: IncidentSettings) -> str:
    if told.segment_id:
        if told.segment_id not in {segment.id for segment in city.segments}:
            raise NotAllowed("incident.no_segment", segment=told.segment_id)
        return told.segment_id
    if told.position is None:
        raise NotAllowed("incident.nowhere")
    lon, lat = told.position
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise NotAllowed("incident.bad_position")
    found = nearest(told.position, city)
    if found is None or found[1] > settings.max_distance_m:
        raise NotAllowed(
            "incident.too_far", metres=round(found[1]) if found else "-", most=settings.max_distance_m
        )
    return found[0].id
