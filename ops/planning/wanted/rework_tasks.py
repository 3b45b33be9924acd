"""Work that the desk has opened anew: asked for until it is done or a day is over, whatever the
storm asks. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.field import EventKind, FieldEvent
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import SAME_JOB_WITHIN, Assignment, PlanVersion
from ops.planning.context import Storm
from ops.planning.tiers import COUNTS_MINUTES, Tier, duty_points
from ops.planning.wanted.task_types import spans_of, team_of
from ops.planning.wanted.tasks import Task

DUE = timedelta(
    minutes=60
)  # the water is back: it should be done again so soon, beside its own length (assumption)
_ENDS = (EventKind.CLEAR, EventKind.VERIFY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rework:
    """A job opened anew: as it was ordered, how long it takes, and the word that opened it."""

    job: Assignment
    minutes: int
    event: FieldEvent


def reopened(
    events: Iterable[FieldEvent], versions: Mapping[int, PlanVersion], now: datetime
) -> tuple[Rework, ...]:
    """The jobs opened anew and not done since, each once.

    Parameters
    ----------
    versions
        Those that the events speak of, by number; what was opened anew in another is not found.
    """
    events = sorted(
        (event for event in events if event.job_id),
        key=lambda event: (event.happened_at, event.event_id),
    )
    last = {event.job_id: event for event in events if event.kind in (EventKind.REOPEN, *_ENDS)}
    found = []
    for job_id, event in sorted(last.items(), key=lambda item: item[0] or ""):
        version = versions.get(event.version)
        if (
            event.kind is not EventKind.REOPEN
            or now - event.happened_at >= SAME_JOB_WITHIN
            or not version
        ):
            continue
        job = _job(version, job_id)
        if job:
            planned = [same for each in versions.values() if (same := _job(each, job_id))]
            found.append(Rework(job=job, event=event, minutes=max(map(_minutes, planned))))
    return tuple(found)


def _job(version: PlanVersion, job_id: str | None) -> Assignment | None:
    return next((job for job in version.assignments if job.job_id == job_id), None)


def _minutes(job: Assignment) -> int:
    return max(1, round((job.end_at - job.start_at) / timedelta(minutes=1)))


def with_rework(tasks: Iterable[Task], reworks: Iterable[Rework], storm: Storm) -> tuple[Task, ...]:
    """The tasks with those opened anew: the storm may ask for them still, or no more.

    The work of an incident is asked for by the incident itself, which is open again.
    """
    by_id = {task.id: task for task in tasks}
    for rework in reworks:
        task = by_id.get(rework.job.job_id)
        if task:
            by_id[task.id] = replace(task, why=(_why(rework), *task.why))
        elif new := _task(rework, storm):
            by_id[new.id] = new
    return tuple(by_id.values())


def _why(rework: Rework) -> Message:
    return Message(
        "why.reopened",
        {
            "by": rework.event.by,
            "at": rework.event.happened_at,
            "reason": rework.event.reason or "",
        },
    )


def _task(rework: Rework, storm: Storm) -> Task | None:
    job = rework.job
    segment = storm.city.segment_by_id.get(job.segment_id or "")
    if segment is None or JobId.parse(job.job_id).incident_id is not None or job.kind.is_post:
        return None
    due = max(storm.now, rework.event.happened_at) + DUE + timedelta(minutes=rework.minutes)
    return Task(
        id=job.job_id,
        kind=job.kind,
        phase=job.phase,
        segment_id=segment.id,
        station_id=job.station_id,
        position=segment.middle,
        inlet_ids=job.inlet_ids,
        minutes=rework.minutes,
        spans=spans_of(job.kind, storm),
        due_at=due,
        points=duty_points(Tier.POST, rework.minutes + COUNTS_MINUTES),
        late_points=duty_points(Tier.POST, 1) // 60,
        late_most=duty_points(Tier.POST, COUNTS_MINUTES),
        tier=Tier.POST,
        needs=team_of(job.kind, storm, segment),
        risk=job.risk,
        why=(_why(rework), *job.why),
    )
