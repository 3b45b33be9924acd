"""How jobs, roads, warnings and people are called, in one place."""

from data.model.city import City
from data.model.message import Message
from data.model.plan import JobKind, Member, UnitKind
from weather.model import Alert


def job_name(kind: JobKind, segment_id: str | None, station_id: str, city: City) -> Message:
    """How a job is called: what is done, and where."""
    place: Message | str = station_name(station_id, city)
    if segment_id and segment_id in city.segment_by_id:
        place = segment_name(segment_id, city)
    return Message("name.job", {"kind": Message(f"job.{kind}"), "place": place})


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


def alert_name(alert: Alert) -> Message:
    """How a warning is called: hazard and colour."""
    hazard = Message("name.hazard", {"text": alert.type})
    if alert.level is None:
        return hazard
    return Message("name.alert", {"type": hazard, "level": Message(f"level.{alert.level}")})


def member_names(members: tuple[Member, ...], city: City) -> tuple[str, ...]:
    """How the members of a team are called: a crew's name, a machine's plate with its driver."""
    return tuple(_member_name(member, city) for member in members)


def _member_name(member: Member, city: City) -> str:
    if member.kind is UnitKind.CREW:
        crew = city.crew_by_id.get(member.resource_id)
        return crew.name if crew else member.resource_id
    machine = city.machine_by_id.get(member.resource_id)
    driver = city.driver_by_id.get(member.driver_id or "")
    plate = machine.plate if machine else member.resource_id
    return f"{plate}（{driver.post}）" if driver else plate
