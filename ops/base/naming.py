"""How jobs, roads, warnings and people are called, in one place."""

from data.model.city import City, Driver
from data.model.message import Message
from data.model.plan import JobKind, Member, UnassignedJob, UnitKind
from weather.model import Alert


def job_name(kind: JobKind, segment_id: str | None, station_id: str, city: City) -> Message:
    """How a job is called: what is done, and where."""
    segment = next((segment for segment in city.segments if segment.id == segment_id), None)
    if segment:
        return Message(
            "name.job", {"kind": Message(f"job.{kind}"), "place": segment_name(segment.id, city)}
        )
    station = next((station for station in city.stations if station.id == station_id), None)
    return Message(
        "name.job",
        {"kind": Message(f"job.{kind}"), "place": station.name if station else station_id},
    )


def left_name(left: UnassignedJob, city: City) -> Message:
    """How a job left out is called; a watch with its time."""
    name = job_name(left.kind, left.segment_id, left.station_id, city)
    if "start" not in left.why.facts:
        return name
    return Message(
        "name.job_at", {"job": name, "start": left.why.facts["start"], "end": left.why.facts["end"]}
    )


def segment_name(segment_id: str, city: City) -> Message:
    """Road and the two places between which the stretch lies."""
    segment = next((segment for segment in city.segments if segment.id == segment_id), None)
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
    crews = {crew.id: crew.name for crew in city.crews}
    machines = {machine.id: machine.plate for machine in city.machines}
    drivers: dict[str, Driver] = {driver.id: driver for driver in city.drivers}
    names = []
    for member in members:
        if member.kind is UnitKind.CREW:
            names.append(crews.get(member.resource_id, member.resource_id))
        else:
            driver = drivers.get(member.driver_id or "")
            plate = machines.get(member.resource_id, member.resource_id)
            names.append(f"{plate}（{driver.post}）" if driver else plate)
    return tuple(names)
