"""What an open incident asks of the crews: the work itself where they can do it, else a post that
keeps people away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Incident
from data.model.message import Message
from data.model.plan import Assignment, JobKind, Phase, PlanVersion
from ops.field.incident_jobs import HELP, POSTS, _station, job_id, made_for, name_of
from ops.field.incidents import IncidentSettings
from ops.planning.context import Storm
from ops.planning.tasks import Requirement, Task
from ops.risk.stop_work import Span

CLEARED_BY_CREWS = ("blocked_inlet", "standing_water")
FOLLOW = timedelta(
    minutes=30
)  # who follows at a post is planned so long before it ends (assumption: turnout and way)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """A crew's call for help: from which station, and for which job; ``None``: for its whole sheet."""

    station_id: str
    job: Assignment | None


def help_requests(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion]
) -> dict[str, HelpRequest]:
    """The calls for help, by the number of the tap, which is also the incident's own."""
    found = {}
    for event in events:
        if event.kind is EventKind.HELP:
            jobs = versions[event.version].assignments if event.version in versions else ()
            job = next((job for job in jobs if job.job_id == event.job_id), None)
            found[event.event_id] = HelpRequest(station_id=event.station_id, job=job)
    return found


def incident_tasks(
    storm: Storm,
    settings: IncidentSettings = IncidentSettings(),
    current: PlanVersion | None = None,
    called: Mapping[str, HelpRequest] | None = None,
) -> tuple[Task, ...]:
    """The work that the open incidents ask for; one whose place the tables no longer know asks for
    none.

    Parameters
    ----------
    current
        The plan in force: a post in it is followed by the next one for as long as its incident is
        open.
    called
        The calls for help, by the number of their incidents at their source.
    """
    return tuple(_tasks(storm, settings, current, called or {}))


def _tasks(
    storm: Storm,
    settings: IncidentSettings,
    current: PlanVersion | None,
    called: Mapping[str, HelpRequest],
) -> Iterator[Task]:
    segments = {segment.id: segment for segment in storm.city.segments}
    scores = {risk.segment_id: risk.score for risk in storm.risks}
    for incident in storm.incidents:
        segment, station = segments.get(incident.segment_id or ""), _station(incident, storm.city)
        place = segment or station
        if place is None:
            continue
        call = called.get(incident.external_id or "") if incident.source == HELP else None
        remedy = _remedy(incident, call, storm, settings)
        due = max(storm.now, incident.reported_at) + timedelta(
            minutes=settings.due_minutes + remedy.minutes
        )
        task = Task(
            id=job_id(incident),
            kind=remedy.kind,
            phase=_phase(storm),
            segment_id=segment.id if segment else None,
            station_id=segment.station_id if segment else place.id,
            position=segment.middle if segment else place.position,
            inlet_ids=_inlets(incident, remedy, call),
            minutes=remedy.minutes,
            spans=remedy.spans,
            due_at=due,
            points=settings.points,
            late_points=settings.late_points,
            needs=remedy.needs,
            risk=scores.get(incident.segment_id),
            why=(_why(incident, storm.city),),
            not_by=_helped(call, storm.city),
        )
        yield from _going_on(task, made_for(incident.id, current), storm)


def _why(incident: Incident, city: City) -> Message:
    if incident.source == HELP:
        told = {"by": incident.by, "at": incident.reported_at, "text": incident.text}
        return Message("why.help_said" if incident.text else "why.help", told)
    return Message(
        "why.incident",
        {"what": name_of(incident, city), "at": incident.reported_at, "by": incident.by},
    )


def _inlets(incident: Incident, remedy: "Remedy", call: HelpRequest | None) -> tuple[str, ...]:
    if incident.inlet_id:
        return (incident.inlet_id,)
    return call.job.inlet_ids if call and call.job and remedy.kind is JobKind.CLEAR else ()


def _helped(call: HelpRequest | None, city: City) -> frozenset[str]:
    """Those who call for help are no help themselves: the team of the job, or all of the station."""
    if call is None:
        return frozenset()
    if call.job:
        return frozenset(member.resource_id for member in call.job.members)
    return frozenset(
        unit.id for unit in (*city.crews, *city.machines) if unit.station_id == call.station_id
    )


def _going_on(task: Task, known: list[Assignment], storm: Storm) -> Iterator[Task]:
    """The work, and as long as the incident is open the next post after the one that ends.

    A post that is planned keeps its name; crews do what they can as soon as they may, after however
    many posts.
    """
    if not known:
        yield task
        return
    last, number = (
        known[-1],
        max(int(one.job_id.rpartition(":")[2]) for one in known[1:]) if known[1:] else 1,
    )
    follower = f"{task.id}:{number + 1}"
    if task.kind not in POSTS:
        yield replace(
            task,
            id=last.job_id if last.kind is task.kind or last.start_at > storm.now else follower,
        )
        return
    until = storm.now
    for one in known:
        if one.end_at > storm.now:
            yield _from(task, one.job_id, until, storm)
        until = max(until, one.end_at)
    if ends_soon(last, storm.now):
        yield _from(task, follower, until, storm)


def _from(task: Task, name: str, start: datetime, storm: Storm) -> Task:
    due = start + timedelta(minutes=task.minutes) if start > storm.now else task.due_at
    return replace(task, id=name, spans=((start, storm.horizon),), due_at=due)


def ends_soon(post: Assignment, now: datetime) -> bool:
    """Whether it is time to plan who follows at a post."""
    return post.end_at <= now + FOLLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What is done about an incident, how long, by whom, when."""

    kind: JobKind
    minutes: int
    needs: tuple[Requirement, ...]
    spans: tuple[Span, ...]


def _remedy(
    incident: Incident, call: HelpRequest | None, storm: Storm, settings: IncidentSettings
) -> Remedy:
    """Nobody works on open ground while that is forbidden: then it is a post. A station that calls
    gets a crew more.
    """
    always = ((storm.now, storm.horizon),)
    deep = incident.depth_cm is not None and incident.depth_cm >= settings.pump_from_cm
    if (
        incident.kind == "standing_water"
        and deep
        and any(m.kind == "pump_truck" for m in storm.city.machines)
    ):
        return Remedy(
            kind=JobKind.PUMP,
            minutes=settings.pump_minutes,
            spans=always,
            needs=(
                Requirement(skills=("pumping",), people=2),
                Requirement(machine_kind="pump_truck"),
            ),
        )
    dry = storm.open_ground(storm.now, storm.horizon)
    enough = timedelta(
        minutes=settings.clear_minutes + storm.work.turnout_minutes + storm.work.travel_minutes
    )
    soon = storm.now + timedelta(minutes=settings.due_minutes)
    clearing = incident.kind in CLEARED_BY_CREWS or (call and call.job and call.job.inlet_ids)
    if clearing and not deep and any(start <= soon and end - start >= enough for start, end in dry):
        return Remedy(
            kind=JobKind.CLEAR,
            minutes=settings.clear_minutes,
            spans=dry,
            needs=(Requirement(skills=("clearing",), people=2),),
        )
    return Remedy(
        kind=JobKind.GUARD if incident.segment_id else JobKind.RESERVE,
        minutes=settings.post_minutes,
        needs=(Requirement(people=2),),
        spans=always,
    )


def _phase(storm: Storm) -> Phase:
    return Phase.BEFORE if storm.rain.onset_at and storm.rain.onset_at > storm.now else Phase.DURING
