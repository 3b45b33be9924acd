"""Work that the desk has opened anew: wanted again until it is done or a day is over, whatever the
storm asks. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import SAME_JOB_WITHIN, Assignment, JobKind, Member, PlanVersion, UnitKind
from ops.planning.context import Storm
from ops.planning.tasks import Requirement, Task
from ops.risk.stop_work import well_spans

DUE = timedelta(
    minutes=60
)  # the water is back: it should be done again so soon, beside its own length (assumption)
RISK = 100  # what came back is no forecast: it weighs as much as the highest risk
_SKILLS = {
    JobKind.CLEAR: ("clearing",),
    JobKind.JET: ("jetting",),
    JobKind.WELL: ("confined_space",),
    JobKind.DESILT: ("clearing",),
}
_ENDS = (EventKind.CLEAR, EventKind.VERIFY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A job opened anew: as it was ordered, how long it takes, and the word that opened it."""

    job: Assignment
    minutes: int
    event: FieldEvent


def reopened(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion], now: datetime
) -> tuple[Again, ...]:
    """The jobs opened anew and not done since, each once.

    Parameters
    ----------
    versions
        Those that the events speak of, by number; what was opened anew in another is not found.
    """
    told = sorted(
        (event for event in events if event.job_id),
        key=lambda event: (event.happened_at, event.event_id),
    )
    last = {event.job_id: event for event in told if event.kind in (EventKind.REOPEN, *_ENDS)}
    found = []
    for job_id, event in sorted(last.items()):
        if (
            event.kind is EventKind.REOPEN
            and now - event.happened_at < SAME_JOB_WITHIN
            and event.version in versions
        ):
            planned = [
                job
                for version in versions.values()
                for job in version.assignments
                if job.job_id == job_id
            ]
            job = next(
                (job for job in versions[event.version].assignments if job.job_id == job_id), None
            )
            if job:
                found.append(Again(job=job, event=event, minutes=max(map(_minutes, planned))))
    return tuple(found)


def _minutes(job: Assignment) -> int:
    return max(1, round((job.end_at - job.start_at) / timedelta(minutes=1)))


def with_reopened(tasks: Iterable[Task], again: Iterable[Again], storm: Storm) -> tuple[Task, ...]:
    """The works with those opened anew: the storm may ask for them still, or no more.

    The work of an incident is asked for by the incident itself, which is open again.
    """
    tasks = tuple(tasks)
    why = {one.job.job_id: _why(one) for one in again}
    asked = {task.id for task in tasks}
    return (
        *(
            replace(task, why=(why[task.id], *task.why)) if task.id in why else task
            for task in tasks
        ),
        *(task for one in again if one.job.job_id not in asked and (task := _work(one, storm))),
    )


def _why(one: Again) -> Message:
    return Message(
        "why.reopened",
        {"by": one.event.by, "at": one.event.happened_at, "reason": one.event.reason or ""},
    )


def _work(one: Again, storm: Storm) -> Task | None:
    job = one.job
    segment = next((each for each in storm.city.segments if each.id == job.segment_id), None)
    if segment is None or job.job_id.startswith("incident:"):
        return None
    spans = (
        well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
        if job.kind is JobKind.WELL
        else storm.open_ground(storm.now, storm.horizon)
    )
    points = {
        JobKind.CLEAR: storm.work.clear_points,
        JobKind.JET: storm.work.jet_points,
        JobKind.WELL: storm.work.well_points,
        JobKind.DESILT: storm.work.desilt_points,
        JobKind.HAUL: storm.work.haul_points,
        JobKind.FLUSH: storm.work.flush_points,
    }.get(job.kind)
    return points and Task(
        id=job.job_id,
        kind=job.kind,
        phase=job.phase,
        segment_id=segment.id,
        station_id=job.station_id,
        position=segment.middle,
        inlet_ids=job.inlet_ids,
        minutes=one.minutes,
        spans=spans,
        due_at=max(storm.now, one.event.happened_at) + DUE + timedelta(minutes=one.minutes),
        points=points * RISK,
        late_points=storm.work.watch_late_points,
        needs=tuple(_need(member, job, storm) for member in job.members),
        risk=job.risk,
        why=(_why(one), *job.why),
    )


def _need(member: Member, job: Assignment, storm: Storm) -> Requirement:
    """The same place in a team as before, for whoever can fill it."""
    if member.kind is UnitKind.MACHINE:
        kinds = {machine.id: machine.kind for machine in storm.city.machines}
        return Requirement(machine_kind=kinds.get(member.resource_id))
    people = storm.safety.well_people if job.kind is JobKind.WELL else 2
    return Requirement(skills=_SKILLS.get(job.kind, ()), people=people)
