"""Incidents and outages as they are reported: checked, placed on a segment, kept once, and planned on."""

import csv
import io
import math
from dataclasses import dataclass, replace
from datetime import datetime

from data.accounts import Role
from data.entities import City, Operation
from data.errors import BadSheets, RowError
from data.events import INCIDENT_KINDS, Incident, Outage
from data.store import Store
from ops.access import Action, Actor, NotAllowed, require
from ops.audit import record
from ops.field import check_text
from ops.urgent import IncidentSettings, nearest

DEEPEST_CM = 500.0
COLUMNS = ("kind", "segment_id", "lon", "lat", "depth_cm", "text", "external_id", "reported_at", "by")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An incident as it is told, before it is checked; either the segment or the position says where."""

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


def report(store: Store, operation: Operation, actor: Actor, told: Told, now: datetime,
           settings: IncidentSettings = IncidentSettings()) -> tuple[Incident, bool]:
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


def report_all(store: Store, operation: Operation, actor: Actor, incidents: list[Incident],
               now: datetime) -> list[tuple[Incident, bool]]:
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


def _kept(store: Store, operation: Operation, actor: Actor, incident: Incident, now: datetime) -> tuple[Incident, bool]:
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


def placed(told: Told, operation: Operation, city: City, now: datetime,
           settings: IncidentSettings = IncidentSettings()) -> Incident:
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
        operation_id=operation.id, kind=told.kind, segment_id=_segment(told, city, settings), position=told.position,
        depth_cm=told.depth_cm, text=told.text, source=told.source, external_id=told.external_id or None,
        reported_at=told.reported_at, received_at=now, by=told.by, photo=told.photo)


def _segment(told: Told, city: City, settings: IncidentSettings) -> str:
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
    if found is None or found[1] > settings.place_m:
        raise NotAllowed("incident.too_far", metres=round(found[1]) if found else "-", most=settings.place_m)
    return found[0].id


def read_csv(raw: bytes, name: str, operation: Operation, city: City, now: datetime,
             settings: IncidentSettings = IncidentSettings()) -> list[Incident]:
    """The incidents of a CSV file (UTF-8, the headings of ``COLUMNS``; times with their offset).

    Raises
    ------
    BadSheets
        With everything that is wrong: then none is taken.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadSheets((RowError(name, None, None, "field.unreadable", {"what": str(error)}),)) from error
    found, errors = [], []
    for number, row in enumerate(rows, 2):
        try:
            found.append(placed(_told(row, now), operation, city, now, settings))
        except NotAllowed as refused:
            errors.append(RowError(name, number, None, refused.code, dict(refused.facts)))
    if errors or not rows:
        raise BadSheets(tuple(errors) or (RowError(name, None, None, "field.unreadable", {"what": "0"}),))
    return found


def _told(row: dict[str | None, str | None], now: datetime) -> Told:
    def text(column: str) -> str:
        return (row.get(column) or "").strip()

    def number(column: str) -> float | None:
        try:
            return float(text(column)) if text(column) else None
        except ValueError:
            raise NotAllowed("field.unreadable", what=f"{column}: {text(column)}") from None

    lon, lat = number("lon"), number("lat")
    try:
        at = datetime.fromisoformat(text("reported_at")) if text("reported_at") else now
    except ValueError:
        raise NotAllowed("field.unreadable", what=f"reported_at: {text('reported_at')}") from None
    return Told(kind=text("kind"), by=text("by") or "csv", source="csv", reported_at=at,
                segment_id=text("segment_id") or None, depth_cm=number("depth_cm"), text=text("text"),
                position=(lon, lat) if lon is not None and lat is not None else None,
                external_id=text("external_id") or None)


def take_out(store: Store, operation: Operation, actor: Actor, resource_id: str, reason: str,
             now: datetime) -> tuple[Outage, bool]:
    """A crew or machine is out of action from now on; as it is kept, and whether that is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at its station; or the tables know none of this id.
    """
    station = _home_of(store.city(), resource_id)
    require(actor, Action.SET_OUTAGE, station)
    if station is None:
        raise NotAllowed("unit.unknown", unit=resource_id)
    check_text(reason)
    outage, new = store.begin_outage(Outage(operation_id=operation.id, resource_id=resource_id, from_at=now,
                                            by=actor.name, reason=reason), now)
    if new:
        record(store, actor, Action.SET_OUTAGE, resource_id, now, operation, reason=outage.reason)
    return outage, new


def _home_of(city: City, resource_id: str) -> str | None:
    """The station of a crew or machine."""
    return next((unit.station_id for unit in (*city.crews, *city.machines) if unit.id == resource_id), None)


def bring_back(store: Store, operation: Operation, actor: Actor, resource_id: str, now: datetime) -> bool:
    """It can be used again; whether it was out.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at its station; or it is not out.
    """
    require(actor, Action.SET_OUTAGE, _home_of(store.city(), resource_id))
    out = [one for one in store.outages(operation.id) if one.resource_id == resource_id and one.ended_by is None]
    if not out:
        raise NotAllowed("unit.not_out", unit=resource_id)
    ended = [store.end_outage(one, actor.name, now) for one in out]
    record(store, actor, Action.SET_OUTAGE, resource_id, now, operation, back=True)
    return all(ended)
