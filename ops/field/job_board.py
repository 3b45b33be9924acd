"""The jobs of a plan as the duty desk reads them: one state each, the last word from the field
beside it. Pure.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City
from data.model.field import BY_THE_DESK, EventKind, FieldEvent
from data.model.ids import JobId
from data.model.plan import Assignment, JobKind, PlanVersion
from ops.field.progress import (
    DONE,
    OUT,
    Progress,
    Stage,
    as_delayed,
    concerned,
    homes,
    plan_of,
    progress,
)
from ops.field.questions import questions
from ops.field.reporting import is_missed, reporting_stations, reports
from ops.field.standing import Standing, leaves_at, standing


class JobState(StrEnum):
    """How a job stands against its time, the most pressing first."""

    HELP = "help"  # help was called for
    REFUSED = "refused"
    SILENT = "silent"  # should be begun or over, at a station that says nothing at all
    MISSED = "missed"  # its time is over and nobody got there: it is wanted again
    LATE = "late"  # should have set out, or be done
    UNANSWERED = "unanswered"  # still ahead, and its station has not said that it knows
    ON_TIME = "on_time"
    LEFT = "left"  # its team was called away; what is left of it is other work
    OVER = "over"  # the time of a crew in reserve, or of a post that was manned
    DONE = "done"
    VERIFIED = "verified"


PRESSING = (
    JobState.HELP,
    JobState.REFUSED,
    JobState.SILENT,
    JobState.MISSED,
    JobState.LATE,
)
_ORDER = {state: number for number, state in enumerate(JobState)}
_SETTLED = (JobState.LEFT, JobState.OVER, JobState.DONE, JobState.VERIFIED)
_OF_A_SHEET = (EventKind.ACCEPT, EventKind.REFUSE, EventKind.HAND_OVER)
"""What is said of a whole sheet and holds for each of its jobs."""
_ACCEPTS_NOTHING = frozenset(
    {*BY_THE_DESK, EventKind.ASK, EventKind.HELP, EventKind.REFUSE, EventKind.TAKE_BACK}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLine:
    """One job and how it stands.

    Attributes
    ----------
    stations
        Those whose crews or machines are in it.
    standing
        Where its team is, by plan and by report.
    late
        How long it has been late; zero where it is not.
    last
        The last thing that was said of it, or of its station's whole sheet since the job is planned
        as it is.
    comes_at
        When its team said that it comes, where that is later than planned.
    asks
        Whether a question about it waits for the desk's answer.
    """

    job: Assignment
    state: JobState
    stage: Stage
    stations: frozenset[str]
    standing: Standing
    late: timedelta = timedelta(0)
    last: FieldEvent | None = None
    comes_at: datetime | None = None
    asks: bool = False

    @property
    def awaits_answer(self) -> bool:
        """Whether somebody waits for the desk's word: a question or a call for help."""
        return self.asks or self.state is JobState.HELP

    @property
    def pressing(self) -> bool:
        """Whether the desk has to do something about it."""
        return self.state in PRESSING or self.awaits_answer

    @property
    def leave_at(self) -> datetime:
        """When the first of its units sets out."""
        return leaves_at(self.job)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    """What is known of the field, for all jobs alike: who reports, what waits for an answer, what
    the desk has settled, and from which posts their teams are known to have gone on.
    """

    home: Mapping[str, str]
    reporting: frozenset[str]
    asked: frozenset[str]
    settled: frozenset[str]
    went_on: frozenset[str]
    now: datetime
    patience: timedelta


def job_lines(
    version: PlanVersion,
    city: City,
    events: Collection[FieldEvent],
    earlier: Mapping[int, PlanVersion],
    now: datetime,
    patience: timedelta,
    helped: Iterable[str] = (),
) -> tuple[JobLine, ...]:
    """Every job of a version with its state: what needs a hand first, the gravest of it before the
    others; then by time.

    Parameters
    ----------
    events, earlier
        All that was reported in the operation, and the versions it speaks of, by number.
    patience
        How long after its start work without a departure is late.
    helped
        The calls for help, by the names of their events, that are closed.
    """
    home, progress_by_job = homes(city), progress(events, version, city, earlier)
    field = _Field(
        home=home,
        reporting=reporting_stations(events, now),
        asked=frozenset(
            one.event.job_id or "" for one in questions(events) if one.answered is None
        ),
        settled=settled(events).union(helped),
        went_on=went_on(version.assignments, progress_by_job, now),
        now=now,
        patience=patience,
    )
    by_job = _events_by_job(version, events, {**earlier, version.number: version}, home)
    lines = [
        _line(job, progress_by_job[job.job_id], by_job.get(job.job_id, ()), field)
        for job in version.assignments
    ]
    return tuple(sorted(lines, key=_rank))


def went_on(
    jobs: Collection[Assignment], progress_by_job: Mapping[str, Progress], now: datetime
) -> frozenset[str]:
    """The work whose time is over and whose team says that it is at later work, or has done it:
    whatever was said of the first, nobody looks for them there.
    """
    at: dict[str, datetime] = {}
    for job in jobs:
        if progress_by_job.get(job.job_id, Progress()).stage in (*OUT, *DONE):
            for one in job.members:
                at[one.unit_id] = max(job.start_at, at.get(one.unit_id, job.start_at))
    return frozenset(
        job.job_id
        for job in jobs
        if job.members
        and job.end_at <= now
        and all(one.unit_id in at and job.end_at <= at[one.unit_id] for one in job.members)
    )


def settled(events: Iterable[FieldEvent]) -> frozenset[str]:
    """What the desk has seen to, by the names of the events or needs."""
    return frozenset(
        event.about for event in events if event.kind is EventKind.NOTE and event.about
    )


def _rank(line: JobLine) -> tuple[int, int, bool, datetime, str]:
    """What needs a hand by its state and risk, the rest by time, what is settled last."""
    pressing = line.pressing
    return (
        _ORDER[line.state] if pressing else len(_ORDER),
        -(line.job.risk or 0) if pressing else 0,
        line.state in _SETTLED,
        line.leave_at,
        line.job.job_id,
    )


def _line(
    job: Assignment, reported: Progress, events: Sequence[FieldEvent], field: _Field
) -> JobLine:
    stations = concerned(job, field.home)
    told = as_delayed(job, reported)
    state = _state(told, reported, events, stations, field)
    is_held_up = told.start_at > job.start_at
    if is_held_up and state in (JobState.ON_TIME, JobState.UNANSWERED):
        state = JobState.LATE
    return JobLine(
        job=job,
        state=state,
        stage=reported.stage,
        stations=stations,
        standing=standing(job, reported, field.now),
        late=told.start_at - job.start_at
        if is_held_up
        else _late(job, state, reported.stage, field.now),
        comes_at=told.start_at if is_held_up else None,
        last=events[-1] if events else None,
        asks=job.job_id in field.asked,
    )


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
        of_sheet = held.get(event.version, set()) if event.kind in _OF_A_SHEET else set()
        job_ids = (event.job_id,) if event.job_id else of_sheet
        for job_id in job_ids:
            if job_id in jobs and (
                event.job_id or event.station_id in concerned(jobs[job_id], home)
            ):
                events_by_job.setdefault(job_id, []).append(event)
    return events_by_job


def _state(
    job: Assignment,
    reported: Progress,
    events: Sequence[FieldEvent],
    stations: frozenset[str],
    field: _Field,
) -> JobState:
    if reported.stage in (Stage.CLEARED, Stage.VERIFIED):
        return JobState.DONE if reported.stage is Stage.CLEARED else JobState.VERIFIED
    if job.is_broken_off and job.end_at <= field.now:
        return JobState.LEFT
    if job.kind.is_post and job.job_id in field.went_on:
        return JobState.OVER
    if reported.wants_help and _still(EventKind.HELP, events, field):
        return JobState.HELP
    if reported.stage is Stage.REFUSED and _still(EventKind.REFUSE, events, field):
        return JobState.REFUSED
    does_report = reports(job, field.home, field.reporting)
    if is_missed(job, reported, does_report, field.now):
        return JobState.MISSED
    is_watch = job.kind.is_post and JobId.parse(job.job_id).incident_id is None
    if reported.stage is Stage.ON_SITE and is_watch and job.end_at <= field.now:
        return JobState.OVER  # a watch ends when it ends: nobody says so
    if reported.stage is Stage.ON_SITE:
        return JobState.ON_TIME if field.now < job.end_at + field.patience else JobState.LATE
    if job.kind is JobKind.RESERVE:  # it stays where it is: nobody sets out
        late = JobState.OVER if job.end_at <= field.now else None
    elif job.start_at + field.patience <= field.now or job.end_at <= field.now:
        said = does_report or reported.stage is Stage.UNDER_WAY
        late = JobState.LATE if said else JobState.SILENT
    else:
        late = None
    return late or _ahead(reported, events, stations)


def _ahead(reported: Progress, events: Sequence[FieldEvent], stations: frozenset[str]) -> JobState:
    """Work whose time has not come: whether all its stations know of it. A question accepts
    nothing.
    """
    answered = {event.station_id for event in events if event.kind not in _ACCEPTS_NOTHING}
    if reported.stage in (Stage.ACCEPTED, Stage.UNDER_WAY) or answered >= stations:
        return JobState.ON_TIME
    return JobState.UNANSWERED


def _still(kind: EventKind, events: Iterable[FieldEvent], field: _Field) -> bool:
    """Whether any word of this kind waits for the desk."""
    return any(event.kind is kind and event.event_id not in field.settled for event in events)


def _late(job: Assignment, state: JobState, stage: Stage, now: datetime) -> timedelta:
    if state not in (JobState.SILENT, JobState.LATE, JobState.MISSED):
        return timedelta(0)
    return now - (job.end_at if stage is Stage.ON_SITE else job.start_at)
