"""Incidents and outages as they are reported: checked, placed on a segment, kept once, and planned
on.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta

from data.model.account import Role
from data.model.city import City
from data.model.field import HELP, INCIDENT_KINDS, Incident
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound, PermissionDenied
from ops.district.places import nearest
from ops.field.calls.matters import Matter, matters, sorting_by
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
        Standing water of at least this depth is pumped, and nobody wades in it: a crew keeps people
        away. Shallower, or of unknown depth, its grates are opened. 15 cm is the depth from which
        GB 51222-2017 counts a street as flooded.
    due_minutes
        The work should be done this long after the report, beside its own length.
    worth_hours
        What a matter costs on a road of importance 5 until somebody comes, in weighted
        blocked-inlet-hours: three inlets that take no water for the two hours that water stands
        (``work.recede_hours``; three is an assumption).
    depth_cm
        Every so many centimetres of depth weigh as much again as the matter without any: at some
        30 cm cars stall and roads are closed (widely quoted).
    deepest_cm
        What is deeper weighs no more.
    older_per_hour, oldest_hours
        What has been waiting weighs so much more for every hour, up to so many (assumption).
    patience_minutes, waiting_share
        Every second of waiting costs the same until this long from now, in all this share of the
        worth; the rest is never lost, so that what is late is still worth doing.
    leaving
        A second of a place left by those who man it costs as much as so many of a place not reached
        yet: or each new call would set all crews on the way to one another (assumption).
    same_place_m, same_hours
        Calls of one kind so near to one another, or on one segment, and within so many hours are
        about the same matter (assumption: how far off the next crossing callers name a place).
    maybe_same_m
        Matters so near to one another, of one kind or of a kind that nobody knows, are proposed to
        the desk as one (assumption).
    max_distance_m
        A position further than this from every segment is not taken: nobody here looks after it.
    """

    clear_minutes: int = 25
    pump_minutes: int = 60
    post_minutes: int = 60
    pump_from_cm: float = 15.0
    due_minutes: int = 30
    worth_hours: float = 6.0
    depth_cm: float = 30.0
    deepest_cm: float = 60.0
    older_per_hour: float = 0.1
    oldest_hours: float = 5.0
    patience_minutes: int = 120
    waiting_share: float = 0.6
    leaving: int = 3
    same_place_m: float = 60.0
    same_hours: float = 12.0
    maybe_same_m: float = 250.0
    max_distance_m: float = 150.0

    def __post_init__(self) -> None:
        for setting in fields(self):
            value = getattr(self, setting.name)
            least = 1 if setting.name in _AT_LEAST_ONE else 0
            if not least <= value <= MOST:
                raise ValueError(f"{setting.name} must lie in {least} to {MOST}, got {value}")
        if self.waiting_share >= 1:
            raise ValueError("waiting_share must be below 1: what is late is still worth doing")


_AT_LEAST_ONE = (
    "clear_minutes",
    "pump_minutes",
    "post_minutes",
    "depth_cm",
    "patience_minutes",
    "leaving",
)
MOST = 10_000
"""No minutes, metres or hours are more; the solver's arithmetic has room above."""
DEEPEST_CM = 500.0
CLOCKS_APART = timedelta(minutes=5)
"""The clock of whoever reports may be so far ahead of ours (an assumption): then it is now."""


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


@atomic
def report(
    store: Store,
    operation: Operation,
    actor: Actor,
    incident_report: IncidentReport,
    now: datetime,
    settings: IncidentSettings = IncidentSettings(),
) -> tuple[Incident, bool]:
    """Take an incident: it joins the calls about the same matter, or is one; it asks for a plan
    unless it says nothing new. As it is kept, and whether it is new.

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
    return _stored(store, operation, actor, incident, now, settings)


@atomic
def report_all(
    store: Store,
    operation: Operation,
    actor: Actor,
    incidents: list[Incident],
    now: datetime,
    settings: IncidentSettings = IncidentSettings(),
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
    return [_stored(store, operation, actor, incident, now, settings) for incident in incidents]


def _stored(
    store: Store,
    operation: Operation,
    actor: Actor,
    incident: Incident,
    now: datetime,
    settings: IncidentSettings,
) -> tuple[Incident, bool]:
    sort = sorting_by(settings.same_place_m, settings.same_hours)
    stored, new = store.field.report_incident(incident, sort)
    if new:
        record(store, actor, Action.REPORT_INCIDENT, stored.id, now, operation, kind=stored.kind)
    return stored, new


def station_of(incident: Incident, city: City) -> str | None:
    """The station whose segment an incident lies on."""
    segment = city.segment_by_id.get(incident.segment_id or "")
    return segment.station_id if segment else None


@atomic
def close(
    store: Store,
    operation: Operation,
    actor: Actor,
    number: int,
    now: datetime,
    alone: bool = False,
) -> int:
    """The matter of a call is over with all its calls; how many were open until now.

    Parameters
    ----------
    alone
        Only this call is over, whatever the others say. A platform closes only what it reported.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or there is none of this number.
    """
    require(actor, Action.CLOSE_INCIDENT)
    matter, call = _own(store, operation, actor, number)
    if matter.id is None or alone or actor.role is Role.PLATFORM:
        ended = int(store.field.close_incident(number, actor.name, now))
    else:
        ended = store.field.close_matter(matter.id, actor.name, now)
    if ended:
        record(store, actor, Action.CLOSE_INCIDENT, call.id, now, operation, calls=ended)
    return ended


@atomic
def split(store: Store, operation: Operation, actor: Actor, number: int, now: datetime) -> None:
    """A call is about something else than those it was put to: it is a matter of its own from now
    on. It asks for a plan.

    The jobs that are under way go on under the number of the first call; where that is split off,
    the others are another matter.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is none of this number, it is closed, or it stands alone.
    """
    require(actor, Action.SORT_INCIDENTS)
    matter, call = _own(store, operation, actor, number)
    _must_be_open(call)
    if matter.count == 1:
        raise Conflict("incident.alone", number=number)
    others = [each for each in matter.calls if each.id != number]
    moved = others if number == matter.id else [call]
    _move(store, operation, actor, moved, _number(moved[0]), now)


@atomic
def join(
    store: Store, operation: Operation, actor: Actor, number: int, to: int, now: datetime
) -> None:
    """The matters of two calls are one, under the number of the one that came first. It asks for a
    plan.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is none of a number, it is closed, they are one already, or one of
        them is a crew's call for help.
    """
    require(actor, Action.SORT_INCIDENTS)
    found = [_own(store, operation, actor, each) for each in (number, to)]
    for matter, call in found:
        _must_be_open(call)
        if matter.first.source == HELP:
            raise Conflict("incident.help_alone", number=call.id)
    first, second = sorted((matter for matter, _ in found), key=lambda matter: matter.id or 0)
    if first.id == second.id or first.id is None:
        raise Conflict("incident.joined_already", number=number, to=to)
    _move(store, operation, actor, second.calls, first.id, now)


def _move(
    store: Store,
    operation: Operation,
    actor: Actor,
    calls: Sequence[Incident],
    matter_id: int,
    now: datetime,
) -> None:
    """Put calls to a matter; a platform moves only what it reported."""
    if actor.role is Role.PLATFORM and any(call.source != actor.name for call in calls):
        raise PermissionDenied("incident.not_own")
    numbers = [_number(call) for call in calls]
    store.field.sort_incidents(operation.id, numbers, matter_id, actor.name, now)
    record(store, actor, Action.SORT_INCIDENTS, matter_id, now, operation, calls=numbers)


def _own(store: Store, operation: Operation, actor: Actor, number: int) -> tuple[Matter, Incident]:
    """The call of this number with its matter, if ``actor`` can see it: a platform sees only what
    it reported.
    """
    found = store.field.incident(operation.id, number)
    if found is None or (actor.role is Role.PLATFORM and found.source != actor.name):
        raise NotFound("incident.not_found", number=number)
    (matter,) = matters(store.field.calls_of(operation.id, found.matter or number))
    return matter, found


def _must_be_open(call: Incident) -> None:
    if call.closed_at is not None:
        raise Conflict("incident.not_open", number=call.id)


def _number(call: Incident) -> int:
    assert call.id is not None  # it was read from the database
    return call.id


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
    told_at = incident_report.reported_at
    if told_at.tzinfo is None or told_at > now + CLOCKS_APART:
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
        reported_at=min(told_at, now),
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
