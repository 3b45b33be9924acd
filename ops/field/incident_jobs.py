"""Incidents and calls for help as jobs of a plan: how their jobs, and what asks for a plan, are
called.
"""

from collections.abc import Iterable

from data.model.city import City, Station
from data.model.field import Incident, Outage
from data.model.ids import Cause, CauseKind, JobId
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from data.model.state_triggers import closing
from ops.base.naming import segment_name

HELP = "help"  # the source of an incident that is a crew's call for help


def calling_station(incident: Incident, city: City) -> Station | None:
    """The station that calls for help as a whole: the place of its call is its own."""
    if incident.segment_id or incident.source != HELP:
        return None
    return next(
        (station for station in city.stations if station.position == incident.position), None
    )


def made_for(incident_id: int | None, version: PlanVersion | None) -> list[Assignment]:
    """The work of a plan that an incident asked for, in order of time; of one that is not kept yet
    there is none.
    """
    return sorted(
        (
            work
            for work in (version.assignments if version else ())
            if incident_id is not None and JobId.parse(work.job_id).incident_id == incident_id
        ),
        key=lambda work: (work.start_at, work.job_id),
    )


def name_of(incident: Incident, city: City) -> Message:
    """What happened, and where."""
    kind = Message("incident.help" if incident.source == HELP else f"incident.{incident.kind}")
    if incident.depth_cm is not None:
        kind = Message("incident.deep", {"what": kind, "cm": incident.depth_cm})
    station = calling_station(incident, city)
    place = station.name if station else segment_name(incident.segment_id or "-", city)
    return Message("incident.at", {"what": kind, "place": place})


def named_causes(
    incidents: Iterable[Incident], outages: Iterable[Outage], city: City
) -> dict[str, Message]:
    """Causes that incidents and outages are, told by their names."""
    found: dict[str, Message] = {}
    for incident in incidents:
        found |= _incident_causes(incident, city)
    for outage in outages:
        found |= _outage_causes(outage, city)
    return found


def _incident_causes(incident: Incident, city: City) -> dict[str, Message]:
    what = name_of(incident, city)
    reported = {"what": what, "at": incident.reported_at, "by": incident.by}
    found = {
        str(Cause.of(CauseKind.INCIDENT, incident.id)): Message("cause.incident_named", reported)
    }
    if incident.id is not None and incident.closed_at is not None:
        closed = {"what": what, "at": incident.closed_at, "by": incident.closed_by}
        found[str(closing(incident.id, incident.closed_at))] = Message("cause.closed_named", closed)
    return found


def _outage_causes(outage: Outage, city: City) -> dict[str, Message]:
    crew = city.crew_by_id.get(outage.resource_id)
    machine = city.machine_by_id.get(outage.resource_id)
    unit = crew.name if crew else machine.plate if machine else outage.resource_id
    found = {
        str(Cause.of(CauseKind.OUTAGE, outage.id)): Message(
            "cause.outage_named", {"unit": unit, "by": outage.by, "at": outage.from_at}
        )
    }
    if outage.to_at is not None:
        found[str(Cause.of(CauseKind.BACK, outage.id))] = Message(
            "cause.back_named", {"unit": unit, "by": outage.ended_by, "at": outage.to_at}
        )
    return found
