"""Incidents and calls for help as jobs of a plan: how their jobs, and what asks for a plan, are
called.
"""

from collections.abc import Iterable

from data.model.city import City, Station
from data.model.field import HELP, INCIDENT_KINDS, Incident, Outage
from data.model.ids import Cause, CauseKind, JobId
from data.model.message import Message
from data.model.plan import Assignment, PlanVersion
from data.model.state_triggers import closing, sorting
from ops.base.naming import resource_label, segment_name
from ops.field.calls.matters import Matter, is_graver, matters


def calling_station(incident: Incident, city: City) -> Station | None:
    """The station that calls for help as a whole: the place of its call is its own."""
    if incident.segment_id or incident.source != HELP:
        return None
    return next(
        (station for station in city.stations if station.position == incident.position), None
    )


def made_for(
    matter_id: int | None, version: PlanVersion | None, pump: bool | None = None
) -> list[Assignment]:
    """The work of a plan that a matter asked for, in order of time: only its pump's, or only its
    crew's, if so asked; of one that is not kept yet there is none.
    """
    found = []
    for work in version.assignments if version and matter_id is not None else ():
        job = JobId.parse(work.job_id)
        if job.incident_id == matter_id and pump in (None, job.is_of_pump):
            found.append(work)
    return sorted(found, key=lambda work: (work.start_at, work.job_id))


def name_of(incident: Incident, city: City) -> Message:
    """What happened, and where."""
    kind = Message("incident.help" if incident.source == HELP else f"incident.{incident.kind}")
    if incident.depth_cm is not None:
        kind = Message("incident.deep", {"what": kind, "cm": incident.depth_cm})
    return Message("incident.at", {"what": kind, "place": _place_of(incident, city)})


def matter_name(matter: Matter, city: City) -> Message:
    """What happened, and where; of several calls how many there are, the worst depth that was told,
    and when the first was made.
    """
    if matter.count == 1:
        return name_of(matter.first, city)
    kinds = tuple(Message(f"incident.{kind}") for kind in INCIDENT_KINDS if kind in matter.kinds)
    what = Message("incident.at", {"what": kinds, "place": _place_of(matter.first, city)})
    facts: dict[str, object] = {
        "what": what,
        "n": matter.count,
        "at": matter.earliest.reported_at,
    }
    if matter.depth_cm is None:
        return Message("incident.calls", facts)
    return Message("incident.calls_deep", facts | {"cm": matter.depth_cm})


def call_line(call: Incident, city: City) -> Message:
    """One call, with its number, its time and who called."""
    facts: dict[str, object] = {
        "number": call.id,
        "what": name_of(call, city),
        "at": call.reported_at,
        "by": call.by,
        "text": call.text,
    }
    return Message("incident.line_closed" if call.closed_at else "incident.line", facts)


def matter_line(matter: Matter, city: City) -> Message:
    """A matter, with its number: a single call, or what its calls add up to."""
    if matter.count == 1:
        return call_line(matter.first, city)
    return Message("incident.matter_line", {"number": matter.id, "what": matter_name(matter, city)})


def taken(incident: Incident, still_open: Iterable[Incident], city: City) -> Message:
    """What became of a call: a new incident, or one more about a matter that is known."""
    of = next((one for one in matters(still_open) if one.id == incident.matter), None)
    facts: dict[str, object] = {"number": incident.id, "what": name_of(incident, city)}
    if of is None or of.count == 1:
        return Message("incident.taken", facts)
    before = Matter(tuple(call for call in of.calls if call.id != incident.id))
    code = "incident.taken_graver" if is_graver(incident, before) else "incident.taken_again"
    return Message(code, facts | {"matter": of.id, "n": of.count})


def _place_of(incident: Incident, city: City) -> Message | str:
    station = calling_station(incident, city)
    return station.name if station else segment_name(incident.segment_id or "-", city)


def named_causes(
    incidents: Iterable[Incident], outages: Iterable[Outage], city: City
) -> dict[str, Message]:
    """Causes that incidents and outages are, told by their names."""
    found: dict[str, Message] = {}
    for matter in matters(incidents):
        found |= _matter_causes(matter, city)
    for outage in outages:
        found |= _outage_causes(outage, city)
    return found


def causes_of(call: Incident) -> tuple[str, ...]:
    """Every cause that a call may be: itself, its closing and its matter's, another matter."""
    numbers = [number for number in (call.id, call.matter) if number is not None]
    found = [Cause.of(CauseKind.INCIDENT, call.id)]
    if call.closed_at is not None:
        found += [closing(number, call.closed_at) for number in numbers]
    if call.matter_at is not None:
        found += [sorting(number, call.matter_at) for number in numbers]
    return tuple(map(str, found))


def _matter_causes(matter: Matter, city: City) -> dict[str, Message]:
    """Each call that asked for a plan by itself, what came of the matter by its name."""
    found, name = {}, matter_name(matter, city)
    for number, call in enumerate(matter.calls):
        before = Matter(matter.calls[:number]) if number else None
        graver = before is not None and call.matter_by is None and is_graver(call, before)
        facts = {"what": name_of(call, city), "at": call.reported_at, "by": call.by}
        code = "cause.graver_named" if graver else "cause.incident_named"
        found[str(Cause.of(CauseKind.INCIDENT, call.id))] = Message(code, facts)
        if call.id is not None and call.closed_at is not None:
            closed = {"at": call.closed_at, "by": call.closed_by}
            one = Message("cause.closed_named", closed | {"what": name_of(call, city)})
            found[str(closing(call.id, call.closed_at))] = one
            if matter.id is not None:
                whole = Message("cause.closed_named", closed | {"what": name})
                found[str(closing(matter.id, call.closed_at))] = whole
        if matter.id is not None and call.matter_at is not None:
            facts = {"what": name, "at": call.matter_at, "by": call.matter_by}
            found[str(sorting(matter.id, call.matter_at))] = Message("cause.matter_named", facts)
    return found


def _outage_causes(outage: Outage, city: City) -> dict[str, Message]:
    unit = resource_label(outage.resource_id, city)
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
