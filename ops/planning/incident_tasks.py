"""What an open incident asks of the crews: the work itself where they can do it, else a post that
keeps people away.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import JobId, UnitId
from data.model.message import Message
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.field.incident_jobs import HELP, calling_station, made_for, name_of
from ops.field.incidents import IncidentSettings
from ops.planning.context import Storm
from ops.planning.task_types import TASK_TYPES, spans_of, team_of
from ops.planning.tasks import Task

CLEARED_BY_CREWS = ("blocked_inlet", "standing_water")
FOLLOW = timedelta(
    minutes=30
)  # who follows at a post is planned so long before it ends (assumption: turnout and way)


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpRequest:
    """A crew's call for help: from which station, and for which job (``None``: its whole sheet)."""

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
    calls: Mapping[str, HelpRequest] | None = None,
) -> tuple[Task, ...]:
    """The work that the open incidents ask for; one whose place the tables no longer know asks for
    none.

    Parameters
    ----------
    current
        The plan in force: a post in it is followed by the next one for as long as its incident is
        open.
    calls
        The calls for help, by the number of their incidents at their source.
    """
    return tuple(_tasks(storm, settings, current, calls or {}))


def _tasks(
    storm: Storm,
    settings: IncidentSettings,
    current: PlanVersion | None,
    calls: Mapping[str, HelpRequest],
) -> Iterator[Task]:
    for incident in storm.incidents:
        call = calls.get(incident.external_id or "") if incident.source == HELP else None
        task = _task(incident, call, storm, settings)
        if task:
            yield from _going_on(task, made_for(incident.id, current), storm)


def _task(
    incident: Incident, call: HelpRequest | None, storm: Storm, settings: IncidentSettings
) -> Task | None:
    segment = storm.city.segment_by_id.get(incident.segment_id or "")
    station = calling_station(incident, storm.city)
    if segment:
        station_id, position = segment.station_id, segment.middle
    elif station:
        station_id, position = station.id, station.position
    else:
        return None
    kind = _kind(incident, call, storm, settings)
    minutes = _minutes(kind, settings)
    risks = (risk.score for risk in storm.risks if risk.segment_id == incident.segment_id)
    return Task(
        id=str(JobId.of_incident(incident.id)),
        kind=kind,
        phase=storm.phase,
        segment_id=segment.id if segment else None,
        station_id=station_id,
        position=position,
        inlet_ids=_inlets(incident, kind, call),
        minutes=minutes,
        spans=spans_of(kind, storm, for_incident=True),
        due_at=max(storm.now, incident.reported_at)
        + timedelta(minutes=settings.due_minutes + minutes),
        points=settings.points,
        late_points=settings.late_points,
        needs=team_of(kind, storm, segment),
        risk=next(risks, None),
        why=(_why(incident, storm.city),),
        not_by=_callers(call, storm.city),
    )


def _why(incident: Incident, city: City) -> Message:
    if incident.source == HELP:
        facts = {"by": incident.by, "at": incident.reported_at, "text": incident.text}
        return Message("why.help_said" if incident.text else "why.help", facts)
    return Message(
        "why.incident",
        {"what": name_of(incident, city), "at": incident.reported_at, "by": incident.by},
    )


def _inlets(incident: Incident, kind: JobKind, call: HelpRequest | None) -> tuple[str, ...]:
    if incident.inlet_id:
        return (incident.inlet_id,)
    return call.job.inlet_ids if call and call.job and kind is JobKind.CLEAR else ()


def _callers(call: HelpRequest | None, city: City) -> frozenset[str]:
    """Who calls for help is no help: the team of the job (the crew's other squad is), or all of the
    station."""
    if call is None:
        return frozenset()
    if call.job:
        return frozenset(UnitId.parse(member.unit_id).team for member in call.job.members)
    units = city.resource_by_id.values()
    return frozenset(unit.id for unit in units if unit.station_id == call.station_id)


def _going_on(task: Task, posts: list[Assignment], storm: Storm) -> Iterator[Task]:
    """The work, and as long as the incident is open the next post after the one that ends.

    A post that is planned keeps its name; crews do what they can as soon as they may, after however
    many posts.
    """
    if not posts:
        yield task
        return
    last = posts[-1]
    number = max(JobId.parse(job.job_id).number for job in posts)
    follower = str(JobId.parse(task.id).numbered(number + 1))
    if not task.kind.is_post:
        yield replace(
            task,
            id=last.job_id if last.kind is task.kind or last.start_at > storm.now else follower,
        )
        return
    until = storm.now
    for job in posts:
        if job.end_at > storm.now:
            yield _from(task, job.job_id, until, storm)
        until = max(until, job.end_at)
    if ends_soon(last, storm.now):
        yield _from(task, follower, until, storm)


def _from(task: Task, name: str, start: datetime, storm: Storm) -> Task:
    due = start + timedelta(minutes=task.minutes) if start > storm.now else task.due_at
    return replace(task, id=name, spans=((start, storm.horizon),), due_at=due)


def ends_soon(post: Assignment, now: datetime) -> bool:
    """Whether it is time to plan who follows at a post."""
    return post.end_at <= now + FOLLOW


def _kind(
    incident: Incident, call: HelpRequest | None, storm: Storm, settings: IncidentSettings
) -> JobKind:
    """What is done: the work itself, or what is done in its place where that can't be.

    Nobody works on open ground while that is forbidden: then it is a post. A station that calls
    gets a crew more.
    """
    deep = incident.depth_cm is not None and incident.depth_cm >= settings.pump_from_cm
    cleared = incident.kind in CLEARED_BY_CREWS or (call and call.job and call.job.inlet_ids)
    kind: JobKind | None = JobKind.GUARD
    if incident.kind == "standing_water" and deep:
        kind = JobKind.PUMP
    elif cleared and not deep:
        kind = JobKind.CLEAR
    while kind and not _can_be_done(kind, incident, storm, settings):
        kind = TASK_TYPES[kind].fallback
    return kind or JobKind.RESERVE


def _can_be_done(
    kind: JobKind, incident: Incident, storm: Storm, settings: IncidentSettings
) -> bool:
    if kind is JobKind.PUMP:
        return any(machine.kind == "pump_truck" for machine in storm.city.machines)
    if kind is JobKind.GUARD:
        return bool(incident.segment_id)
    if kind is not JobKind.CLEAR:
        return True
    enough = timedelta(
        minutes=settings.clear_minutes + storm.work.turnout_minutes + storm.work.travel_minutes
    )
    soon = storm.now + timedelta(minutes=settings.due_minutes)
    return any(
        start <= soon and end - start >= enough
        for start, end in spans_of(kind, storm, for_incident=True)
    )


def _minutes(kind: JobKind, settings: IncidentSettings) -> int:
    if kind is JobKind.CLEAR:
        return settings.clear_minutes
    return settings.pump_minutes if kind is JobKind.PUMP else settings.post_minutes
