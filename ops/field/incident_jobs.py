"""Incidents and calls for help as jobs of a plan: how their jobs, and what asks for a plan, are
called.
"""

from collections.abc import Iterable

from data.model.city import City, Station
from data.model.field import Incident, Outage
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.base.naming import segment_name

POSTS = (
    JobKind.GUARD,
    JobKind.PUMP,
    JobKind.RESERVE,
)  # manned until the incident is closed, one crew after another
HELP = "help"  # the source of an incident that is a crew's call for help


def job_id(incident: Incident) -> str:
    """The job of an incident, the same in every version; those that follow it have a number behind
    it.
    """
    return f"incident:{incident.id}"


def incident_of(job: str | None) -> int | None:
    """The incident that a job was made for; ``None`` for ordinary work."""
    head, _, rest = (job or "").partition(":")
    number = rest.partition(":")[0]
    return int(number) if head == "incident" and number.isdigit() else None


def _station(incident: Incident, city: City) -> Station | None:
    """The station that calls for help as a whole: the place of its call is its own."""
    if incident.segment_id or incident.source != HELP:
        return None
    return next(
        (station for station in city.stations if station.position == incident.position), None
    )


def made_for(incident_id: int | None, version: PlanVersion | None) -> list[Assignment]:
    """The work of a plan that an incident asked for, in order of time."""
    return sorted(
        (
            work
            for work in (version.assignments if version else ())
            if incident_of(work.job_id) == incident_id
        ),
        key=lambda work: (work.start_at, work.job_id),
    )


def name_of(incident: Incident, city: City) -> Message:
    """What happened, and where."""
    kind = Message("incident.help" if incident.source == HELP else f"incident.{incident.kind}")
    if incident.depth_cm is not None:
        kind = Message("incident.deep", {"what": kind, "cm": incident.depth_cm})
    station = _station(incident, city)
    place = station.name if station else segment_name(incident.segment_id or "-", city)
    return Message("incident.at", {"what": kind, "place": place})


def named_causes(
    incidents: Iterable[Incident], outages: Iterable[Outage], city: City
) -> dict[str, Message]:
    """Causes that incidents and outages are, told by their names."""
    names = {crew.id: crew.name for crew in city.crews} | {
        machine.id: machine.plate for machine in city.machines
    }
    found = {
        f"incident:{one.id}": Message(
            "cause.incident_named",
            {"what": name_of(one, city), "at": one.reported_at, "by": one.by},
        )
        for one in incidents
    }
    for one in outages:
        unit = names.get(one.resource_id, one.resource_id)
        found[f"outage:{one.id}"] = Message(
            "cause.outage_named", {"unit": unit, "by": one.by, "at": one.from_at}
        )
        if one.to_at is not None:
            found[f"back:{one.id}"] = Message(
                "cause.back_named", {"unit": unit, "by": one.ended_by, "at": one.to_at}
            )
    return found
