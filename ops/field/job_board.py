"""The jobs of a plan as the duty desk reads them: one state each, the last word from the field
beside it. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City
from data.model.field import BY_THE_DESK, EventKind, FieldEvent
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.field.progress import Progress, Stage, concerned, homes, plan_of, progress


class JobState(StrEnum):
    """How a job stands against its time, the most pressing first."""

    HELP = "help"  # help was called for
    REFUSED = "refused"
    MISSED = "missed"  # its time is over and nobody got there
    LATE = "late"  # should have set out, or be done
    UNANSWERED = "unanswered"  # still ahead, and its station has not said that it knows
    ON_TIME = "on_time"
    UNKNOWN = "unknown"  # begun or over, at a station that reports nothing
    DONE = "done"
    VERIFIED = "verified"


PRESSING = (JobState.HELP, JobState.REFUSED, JobState.MISSED, JobState.LATE)
_ORDER = {state: number for number, state in enumerate(JobState)}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job and how it stands.

    Attributes
    ----------
    stations
        Those whose crews or machines are in it.
    late
        How long it has been late; zero where it is not.
    last
        The last thing that was said of it, or of its station's whole sheet since the job is planned
        as it is.
    """

    job: Assignment
    state: JobState
    stage: Stage
    stations: frozenset[str]
    late: timedelta = timedelta(0)
    last: FieldEvent | None = None

    @property
    def awaits_answer(self) -> bool:
        """Whether the last word is a question or a call for help."""
        return self.last is not None and self.last.kind in (EventKind.ASK, EventKind.HELP)

    @property
    def pressing(self) -> bool:
        """Whether the desk has to do something about it."""
        return self.state in PRESSING or self.awaits_answer

    @property
    def leave_at(self) -> datetime:
        """When the first of its units sets out."""
        return min((member.leave_at for member in self.job.members), default=self.job.start_at)


def job_lines(
    version: PlanVersion,
    city: City,
    events: Collection[FieldEvent],
    earlier: Mapping[int, PlanVersion],
    now: datetime,
    patience: timedelta,
) -> tuple[JobLine, ...]:
    """Every job of a version with its state, the most pressing first, then by time.

    Parameters
    ----------
    events, earlier
        All that was reported in the operation, and the versions it speaks of, by number.
    patience
        How long after its start work without a departure is late.
    """
    home, progress_by_job = homes(city), progress(events, version, city, earlier)
    versions = {**earlier, version.number: version}
    reporting = {event.station_id for event in events if event.kind not in BY_THE_DESK}
    by_job = _events_by_job(version, events, versions, home)
    lines = [
        _line(
            job,
            progress_by_job[job.job_id],
            by_job.get(job.job_id, ()),
            home,
            reporting,
            now,
            patience,
        )
        for job in version.assignments
    ]
    return tuple(
        sorted(
            lines,
            key=lambda line: (
                _ORDER[line.state] if line.pressing else len(_ORDER),
                line.state in _SETTLED,
                line.leave_at,
                line.job.job_id,
            ),
        )
    )


def _line(
    job: Assignment,
    reported: Progress,
    events: Sequence[FieldEvent],
    home: Mapping[str, str],
    reporting: set[str],
    now: datetime,
    patience: timedelta,
) -> JobLine:
    """One job; ``reporting`` are the stations that report at all."""
    stations = concerned(job, home)
    answered = {event.station_id for event in events if event.kind not in BY_THE_DESK} >= stations
    state = _state(job, reported, now, patience, bool(stations & reporting), answered)
    return JobLine(
        job=job,
        state=state,
        stage=reported.stage,
        stations=stations,
        late=_late(job, state, reported.stage, now),
        last=events[-1] if events else None,
    )


_SETTLED = (JobState.UNKNOWN, JobState.DONE, JobState.VERIFIED)


def _events_by_job(
    version: PlanVersion,
    events: Iterable[FieldEvent],
    versions: Mapping[int, PlanVersion],
    home: Mapping[str, str],
) -> dict[str, list[FieldEvent]]:
    """What was said of each job, oldest first: of the job itself, or of a sheet that held it as it
    is planned now.
    """
    jobs = {job.job_id: job for job in version.assignments}
    held = {
        number: {
            job.job_id
            for job in plan.assignments
            if job.job_id in jobs and plan_of(job) == plan_of(jobs[job.job_id])
        }
        for number, plan in versions.items()
    }
    events_by_job: dict[str, list[FieldEvent]] = {}
    for event in sorted(events, key=lambda event: (event.happened_at, event.event_id)):
        job_ids = (event.job_id,) if event.job_id else held.get(event.version, set())
        for job_id in job_ids:
            if job_id in jobs and (
                event.job_id or event.station_id in concerned(jobs[job_id], home)
            ):
                events_by_job.setdefault(job_id, []).append(event)
    return events_by_job


def _state(
    job: Assignment,
    reported: Progress,
    now: datetime,
    patience: timedelta,
    reporting: bool,
    answered: bool,
) -> JobState:
    if reported.stage in (Stage.CLEARED, Stage.VERIFIED):
        return JobState.DONE if reported.stage is Stage.CLEARED else JobState.VERIFIED
    if reported.wants_help or reported.stage is Stage.REFUSED:
        return JobState.HELP if reported.wants_help else JobState.REFUSED
    if reported.stage is Stage.ON_SITE:
        return JobState.ON_TIME if now < job.end_at + patience else JobState.LATE
    over, begun = job.end_at <= now, job.start_at + patience <= now
    waits = job.kind is JobKind.RESERVE  # it stays where it is: nobody sets out
    if over and (waits or not reporting):
        return JobState.UNKNOWN
    if begun and not waits:
        return JobState.UNKNOWN if not reporting else JobState.MISSED if over else JobState.LATE
    if reported.stage in (Stage.ACCEPTED, Stage.UNDER_WAY) or answered:
        return JobState.ON_TIME
    return JobState.UNANSWERED


def _late(job: Assignment, state: JobState, stage: Stage, now: datetime) -> timedelta:
    if state not in (JobState.LATE, JobState.MISSED):
        return timedelta(0)
    return now - (job.end_at if stage is Stage.ON_SITE else job.start_at)
