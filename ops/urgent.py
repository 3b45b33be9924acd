"""What an open incident asks of the crews: the work itself where they can do it, else a post that keeps people away."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.coordinates import distance_m
from data.entities import Assignment, City, JobKind, Message, Phase, PlanVersion, Position, Segment, Station
from data.events import EventKind, FieldEvent, Incident, Outage
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
POSTS = (JobKind.GUARD, JobKind.PUMP, JobKind.RESERVE)  # manned until the incident is closed, one crew after another
HELP = "help"  # the source of an incident that is a crew's call for help
FOLLOW = timedelta(minutes=30)  # who follows at a post is planned so long before it ends (assumption: turnout and way)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A crew's call for help: from which station, and for which job; ``None``: for its whole sheet."""

    station_id: str
    job: Assignment | None


def calls(events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion]) -> dict[str, Call]:
    """The calls for help, by the number of the tap, which is also the incident's own."""
    found = {}
    for event in events:
        if event.kind is EventKind.HELP:
            jobs = versions[event.version].assignments if event.version in versions else ()
            job = next((job for job in jobs if job.job_id == event.job_id), None)
            found[event.event_id] = Call(station_id=event.station_id, job=job)
    return found


def called_for(storm: Storm, settings: IncidentSettings = IncidentSettings(), current: PlanVersion | None = None,
               called: Mapping[str, Call] | None = None) -> tuple[Work, ...]:
    """The work that the open incidents ask for; one whose place the tables no longer know asks for none.

    Parameters
    ----------
    current
        The plan in force: a post in it is followed by the next one for as long as its incident is open.
    called
        The calls for help, by the number of their incidents at their source.
    """
    return tuple(_works(storm, settings, current, called or {}))


def job_id(incident: Incident) -> str:
    """The job of an incident, the same in every version; those that follow it have a number behind it."""
    return f"incident:{incident.id}"


def incident_of(job: str | None) -> int | None:
    """The incident that a job was made for; ``None`` for ordinary work."""
    head, _, rest = (job or "").partition(":")
    number = rest.partition(":")[0]
    return int(number) if head == "incident" and number.isdigit() else None


def _works(storm: Storm, settings: IncidentSettings, current: PlanVersion | None,
           called: Mapping[str, Call]) -> Iterator[Work]:
    segments = {segment.id: segment for segment in storm.city.segments}
    scores = {risk.segment_id: risk.score for risk in storm.risks}
    for incident in storm.incidents:
        segment, station = segments.get(incident.segment_id or ""), _station(incident, storm.city)
        place = segment or station
        if place is None:
            continue
        call = called.get(incident.external_id or "") if incident.source == HELP else None
        remedy = _remedy(incident, call, storm, settings)
        due = max(storm.now, incident.reported_at) + timedelta(minutes=settings.due_minutes + remedy.minutes)
        work = Work(
            id=job_id(incident), kind=remedy.kind, phase=_phase(storm), segment_id=segment.id if segment else None,
            station_id=segment.station_id if segment else place.id,
            position=segment.middle if segment else place.position, inlet_ids=_inlets(incident, remedy, call),
            minutes=remedy.minutes, spans=remedy.spans, due_at=due, points=settings.points,
            late_points=settings.late_points, needs=remedy.needs, risk=scores.get(incident.segment_id),
            why=(_why(incident, storm.city),), not_by=_helped(call, storm.city))
        yield from _going_on(work, made_for(incident.id, current), storm)


def _station(incident: Incident, city: City) -> Station | None:
    """The station that calls for help as a whole: the place of its call is its own."""
    if incident.segment_id or incident.source != HELP:
        return None
    return next((station for station in city.stations if station.position == incident.position), None)


def _why(incident: Incident, city: City) -> Message:
    if incident.source == HELP:
        told = {"by": incident.by, "at": incident.reported_at, "text": incident.text}
        return Message("why.help_said" if incident.text else "why.help", told)
    return Message("why.incident", {"what": name_of(incident, city), "at": incident.reported_at, "by": incident.by})


def _inlets(incident: Incident, remedy: "Remedy", call: Call | None) -> tuple[str, ...]:
    if incident.inlet_id:
        return (incident.inlet_id,)
    return call.job.inlet_ids if call and call.job and remedy.kind is JobKind.CLEAR else ()


def _helped(call: Call | None, city: City) -> frozenset[str]:
    """Those who call for help are no help themselves: the team of the job, or all of the station."""
    if call is None:
        return frozenset()
    if call.job:
        return frozenset(member.resource_id for member in call.job.members)
    return frozenset(unit.id for unit in (*city.crews, *city.machines) if unit.station_id == call.station_id)


def made_for(incident_id: int | None, version: PlanVersion | None) -> list[Assignment]:
    """The work of a plan that an incident asked for, in order of time."""
    return sorted((work for work in (version.assignments if version else ())
                   if incident_of(work.job_id) == incident_id), key=lambda work: (work.start_at, work.job_id))


def _going_on(work: Work, known: list[Assignment], storm: Storm) -> Iterator[Work]:
    """The work, and as long as the incident is open the next post after the one that ends.

    A post that is planned keeps its name; crews do what they can as soon as they may, after however many posts.
    """
    if not known:
        yield work
        return
    last, number = known[-1], max(int(one.job_id.rpartition(":")[2]) for one in known[1:]) if known[1:] else 1
    follower = f"{work.id}:{number + 1}"
    if work.kind not in POSTS:
        yield replace(work, id=last.job_id if last.kind is work.kind or last.start_at > storm.now else follower)
        return
    until = storm.now
    for one in known:
        if one.end_at > storm.now:
            yield _from(work, one.job_id, until, storm)
        until = max(until, one.end_at)
    if ends_soon(last, storm.now):
        yield _from(work, follower, until, storm)


def _from(work: Work, name: str, start: datetime, storm: Storm) -> Work:
    due = start + timedelta(minutes=work.minutes) if start > storm.now else work.due_at
    return replace(work, id=name, spans=((start, storm.horizon),), due_at=due)


def ends_soon(post: Assignment, now: datetime) -> bool:
    """Whether it is time to plan who follows at a post."""
    return post.end_at <= now + FOLLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is done about an incident, how long, by whom, when."""

    kind: JobKind
    minutes: int
    needs: tuple[Need, ...]
    spans: tuple[Span, ...]


def _remedy(incident: Incident, call: Call | None, storm: Storm, settings: IncidentSettings) -> Remedy:
    """Nobody works on open ground while that is forbidden: then it is a post. A station that calls gets a crew more."""
    always = ((storm.now, storm.horizon),)
    deep = incident.depth_cm is not None and incident.depth_cm >= settings.pump_from_cm
    if incident.kind == "standing_water" and deep and any(m.kind == "pump_truck" for m in storm.city.machines):
        return Remedy(kind=JobKind.PUMP, minutes=settings.pump_minutes, spans=always,
                      needs=(Need(skills=("pumping",), people=2), Need(machine_kind="pump_truck")))
    dry = storm.open_ground(storm.now, storm.horizon)
    enough = timedelta(minutes=settings.clear_minutes + storm.work.turnout_minutes + storm.work.way_minutes)
    soon = storm.now + timedelta(minutes=settings.due_minutes)
    clearing = incident.kind in CLEARED_BY_CREWS or (call and call.job and call.job.inlet_ids)
    if clearing and not deep and any(start <= soon and end - start >= enough for start, end in dry):
        return Remedy(kind=JobKind.CLEAR, minutes=settings.clear_minutes, spans=dry,
                      needs=(Need(skills=("clearing",), people=2),))
    return Remedy(kind=JobKind.GUARD if incident.segment_id else JobKind.RESERVE, minutes=settings.post_minutes,
                  needs=(Need(people=2),), spans=always)


def _phase(storm: Storm) -> Phase:
    return Phase.BEFORE if storm.rain.onset_at and storm.rain.onset_at > storm.now else Phase.DURING


def name_of(incident: Incident, city: City) -> Message:
    """What happened, and where."""
    kind = Message("incident.help" if incident.source == HELP else f"incident.{incident.kind}")
    if incident.depth_cm is not None:
        kind = Message("incident.deep", {"what": kind, "cm": incident.depth_cm})
    station = _station(incident, city)
    place = station.name if station else segment_name(incident.segment_id or "-", city)
    return Message("incident.at", {"what": kind, "place": place})


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
