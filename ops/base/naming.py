"""How jobs, roads, warnings and people are called, in one place."""

from data.model.city import Beat, City, Machine
from data.model.headquarters.directives import Directive
from data.model.ids import JobId, UnitId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, Member, UnitKind
from data.model.street.service_cars import KIT_ITEMS
from weather.model import Alert


def job_name(kind: JobKind, segment_id: str | None, station_id: str, city: City) -> Message:
    """How a job is called: what is done, and where."""
    place: Message | str = station_name(station_id, city)
    if segment_id and segment_id in city.segment_by_id:
        place = segment_name(segment_id, city)
    return Message("name.job", {"kind": Message(f"job.{kind}"), "place": place})


def work_name(job: Assignment, city: City) -> Message:
    """How planned work is called: a visit by the place of the beat, as its people know it."""
    beat = beat_of(job, city)
    if beat is None:
        return job_name(job.kind, job.segment_id, job.station_id, city)
    return Message("name.job", {"kind": Message(f"job.{job.kind}"), "place": beat.name})


def station_name(station_id: str, city: City) -> str:
    """A station's name; the id of one that the district no longer has."""
    station = city.station_by_id.get(station_id)
    return station.name if station else station_id


def segment_name(segment_id: str, city: City) -> Message:
    """Road and the two places between which the stretch lies."""
    segment = city.segment_by_id.get(segment_id)
    if not segment:
        return Message("name.text", {"text": segment_id})
    return Message(
        "name.segment", {"road": segment.road, "start": segment.start_name, "end": segment.end_name}
    )


def beat_of(job: Assignment, city: City) -> Beat | None:
    """The place of a patrol's beat that a job visits; ``None`` where it looks elsewhere."""
    name = JobId.parse(job.job_id).parts[:1] if job.kind is JobKind.PATROL else ()
    return next(
        (
            beat
            for beat in city.patrol_beats
            if (beat.id,) == name and beat.segment_id == job.segment_id
        ),
        None,
    )


def item_name(item: str) -> Message | str:
    """How an item of a car's kit is called; the bureau's own as it is written."""
    return Message(f"kit_item.{item}") if item in KIT_ITEMS else item


def alert_name(alert: Alert) -> Message:
    """How a warning is called: hazard and colour."""
    hazard = Message("name.hazard", {"text": alert.type})
    if alert.level is None:
        return hazard
    return Message("name.alert", {"type": hazard, "level": Message(f"level.{alert.level}")})


def machine_name(name: str, city: City) -> Message:
    """How a machine is called by its kind and plate; a kind by its word."""
    machine = city.machine_by_id.get(name)
    if machine is None:
        return Message(f"machine.{name}")
    return Message(
        "name.machine", {"kind": Message(f"machine.{machine.kind}"), "plate": machine.plate}
    )


def member_names(members: tuple[Member, ...], city: City) -> tuple[Message | str, ...]:
    """How the members of a team are called: a crew by its name, a squad by its number and people, a
    machine by its plate with its driver.
    """
    return tuple(_member_name(member, city) for member in members)


def _member_name(member: Member, city: City) -> Message | str:
    if member.kind is UnitKind.CREW:
        return unit_name(member.unit_id, member.resource_id, member.people, city)
    machine = city.machine_by_id.get(member.resource_id)
    driver = city.driver_by_id.get(member.driver_id or "")
    plate = machine.plate if machine else member.resource_id
    if driver is None:
        return plate
    return Message("name.more", {"what": plate, "more": driver.post})


def unit_name(unit_id: str, resource_id: str, people: int | None, city: City) -> Message | str:
    """How a unit is called: a crew by its name, its squad by number and people, a machine by its
    plate; by its id where the tables no longer know it.
    """
    resource = city.resource_by_id.get(resource_id)
    if resource is None:
        return resource_id
    if isinstance(resource, Machine):
        return resource.plate
    squad = UnitId.parse(unit_id).squad
    if squad is None:
        return resource.name
    facts = {"crew": resource.name, "squad": squad, "people": people}
    return Message("name.squad", facts)


def resource_name(name: object) -> str:
    """The crew's or machine's own name in what ``member_names`` gives."""
    return str(name.facts.get("crew")) if isinstance(name, Message) else str(name)


def resource_label(resource_id: str, city: City) -> str:
    """A crew by its name, a machine by its plate; by its id where the tables no longer know it."""
    resource = city.resource_by_id.get(resource_id)
    if resource is None:
        return resource_id
    return resource.plate if isinstance(resource, Machine) else resource.name


def directive_words(directive: Directive) -> Message:
    """What a directive says, in the reader's language and time."""
    if directive.loan is None:
        return Message("name.text", {"text": directive.text})
    return directive.loan.told
