"""What an open incident asks of the crews: the work itself where they can do it, else a post that keeps people away."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from data.coordinates import distance_m
from data.entities import City, JobKind, Message, Phase, Position, Segment
from data.events import Incident, Outage
from ops.explain import segment_name
from ops.rules import Span
from ops.work import Need, Storm, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSettings:
    """What incidents ask for. All are planning assumptions: agree them with the centre.

    Attributes
    ----------
    clear_minutes, pump_minutes, post_minutes
        How long it takes to open a blocked grate, to pump standing water, and how long a post is manned until whoever
        must mend it (water company, parks, rescue) has come.
    pump_from_cm
        Standing water of at least this depth is pumped; shallower, or of unknown depth, its grates are opened.
    due_minutes
        The work should be done this long after the report, beside its own length.
    points, late_points
        What it is worth, and what each second too late costs; a clearing at the highest risk is worth 25,000.
    place_m
        A position further than this from every segment is not taken: nobody here looks after it.
    """

    clear_minutes: int = 25
    pump_minutes: int = 60
    post_minutes: int = 60
    pump_from_cm: float = 15.0
    due_minutes: int = 30
    points: int = 60_000
    late_points: int = 8
    place_m: float = 150.0

    def __post_init__(self) -> None:
        if min(self.clear_minutes, self.pump_minutes, self.post_minutes) < 1 or min(
                self.points, self.late_points, self.due_minutes, self.pump_from_cm, self.place_m) < 0:
            raise ValueError("durations must be at least 1, the others not negative")


CLEARED_BY_CREWS = ("blocked_inlet", "standing_water")


def nearest(position: Position, city: City) -> tuple[Segment, float] | None:
    """The segment with the point of its course that is nearest to a position, and how far that is in metres."""
    found = [(min(_off(position, a, b) for a, b in zip(one.line, one.line[1:], strict=False)), one.id, one)
             for one in city.segments]
    metres, _, segment = min(found, default=(0.0, "", None))
    return (segment, metres) if segment else None


def _off(position: Position, a: Position, b: Position) -> float:
    """Metres from a position to the straight stretch from ``a`` to ``b``, short enough to take the earth for flat."""
    along = (b[0] - a[0], b[1] - a[1])
    length = along[0] ** 2 + along[1] ** 2
    share = 0.0 if length == 0 else ((position[0] - a[0]) * along[0] + (position[1] - a[1]) * along[1]) / length
    share = min(1.0, max(0.0, share))
    return distance_m(position, (a[0] + share * along[0], a[1] + share * along[1]))


def called_for(storm: Storm, settings: IncidentSettings = IncidentSettings()) -> tuple[Work, ...]:
    """The work that the open incidents ask for; one whose place the tables no longer know asks for none."""
    return tuple(_works(storm, settings))


def job_id(incident: Incident) -> str:
    """The job of an incident, the same in every version."""
    return f"incident:{incident.id}"


def incident_of(job: str | None) -> int | None:
    """The incident that a job was made for; ``None`` for ordinary work."""
    head, _, rest = (job or "").partition(":")
    number = rest.partition(":")[0]
    return int(number) if head == "incident" and number.isdigit() else None


def _works(storm: Storm, settings: IncidentSettings) -> Iterator[Work]:
    segments = {segment.id: segment for segment in storm.city.segments}
    scores = {risk.segment_id: risk.score for risk in storm.risks}
    for incident in storm.incidents:
        segment = segments.get(incident.segment_id or "")
        if segment is None:
            continue
        kind, minutes, needs, spans = _remedy(incident, storm, settings)
        due = max(storm.now, incident.reported_at) + timedelta(minutes=settings.due_minutes + minutes)
        why = Message("why.incident", {"what": name_of(incident, storm.city), "at": incident.reported_at,
                                       "by": incident.by})
        yield Work(
            id=job_id(incident), kind=kind, phase=_phase(storm), segment_id=segment.id, station_id=segment.station_id,
            position=segment.middle, inlet_ids=(incident.inlet_id,) if incident.inlet_id else (), minutes=minutes,
            spans=spans, due_at=due,
            points=settings.points, late_points=settings.late_points, needs=needs, risk=scores.get(segment.id),
            why=(why,))


def _remedy(incident: Incident, storm: Storm,
            settings: IncidentSettings) -> tuple[JobKind, int, tuple[Need, ...], tuple[Span, ...]]:
    """What is done, how long, by whom, when. Nobody works on open ground while that is forbidden: then it is a post."""
    always = ((storm.now, storm.horizon),)
    deep = incident.depth_cm is not None and incident.depth_cm >= settings.pump_from_cm
    if incident.kind == "standing_water" and deep and any(m.kind == "pump_truck" for m in storm.city.machines):
        return (JobKind.PUMP, settings.pump_minutes,
                (Need(skills=("pumping",), people=2), Need(machine_kind="pump_truck")), always)
    dry = storm.open_ground(storm.now, storm.horizon)
    enough = timedelta(minutes=settings.clear_minutes + storm.work.turnout_minutes + storm.work.way_minutes)
    soon = storm.now + timedelta(minutes=settings.due_minutes)
    if incident.kind in CLEARED_BY_CREWS and not deep and any(
            start <= soon and end - start >= enough for start, end in dry):
        return JobKind.CLEAR, settings.clear_minutes, (Need(skills=("clearing",), people=2),), dry
    return JobKind.GUARD, settings.post_minutes, (Need(people=2),), always


def _phase(storm: Storm) -> Phase:
    return Phase.BEFORE if storm.rain.onset_at and storm.rain.onset_at > storm.now else Phase.DURING


def name_of(incident: Incident, city: City) -> Message:
    """What happened, and where."""
    kind = Message(f"incident.{incident.kind}")
    if incident.depth_cm is not None:
        kind = Message("incident.deep", {"what": kind, "cm": incident.depth_cm})
    return Message("incident.at", {"what": kind, "place": segment_name(incident.segment_id or "-", city)})


def named_causes(incidents: Iterable[Incident], outages: Iterable[Outage], city: City) -> dict[str, Message]:
    """Causes that incidents and outages are, told by their names."""
    names = {crew.id: crew.name for crew in city.crews} | {machine.id: machine.plate for machine in city.machines}
    found = {f"incident:{one.id}": Message("cause.incident_named", {
        "what": name_of(one, city), "at": one.reported_at, "by": one.by}) for one in incidents}
    for one in outages:
        unit = names.get(one.resource_id, one.resource_id)
        found[f"outage:{one.id}"] = Message("cause.outage_named", {"unit": unit, "by": one.by, "at": one.from_at})
        if one.to_at is not None:
            found[f"back:{one.id}"] = Message("cause.back_named", {"unit": unit, "by": one.ended_by, "at": one.to_at})
    return found
