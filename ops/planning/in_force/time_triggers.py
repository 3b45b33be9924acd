"""What asks for a plan only because time goes by: a change of shift, work nobody set out for, posts
to relieve, people free long before they were to be. Pure.

Each has a name that stays the same however often it is looked at, so it is planned on once. What
was slept through (a laptop suspended, a clock put forward) is one change of shift.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import Incident
from data.model.ids import Cause, CauseKind, JobId
from data.model.plan import Assignment, PlanVersion, UnassignedJob
from ops.district.rosters import shift_span
from ops.field.calls.incident_jobs import made_for
from ops.field.progress import DONE, Progress, Stage, as_delayed, homes
from ops.field.reporting import is_missed, reports
from ops.planning.in_force.plan_diff import BOUND_TO_BE_LEFT
from ops.planning.parameters import WorkSettings
from ops.planning.wanted.incident_tasks import FOLLOW, ends_soon
from ops.planning.wanted.task_types import TASK_TYPES
from ops.planning.wanted.unheard import is_doubtful

_WAITS = (Stage.OPEN, Stage.ACCEPTED)
TOGETHER = timedelta(minutes=1)
"""Taps of people free early that come so soon after the first of them are answered with it."""


def due_causes(
    version: PlanVersion | None,
    city: City,
    progress: Mapping[str, Progress],
    reporting: Collection[str],
    now: datetime,
    overdue_minutes: float,
    incidents: Iterable[Incident] = (),
    early_minutes: float = 0.0,
    work: WorkSettings = WorkSettings(),
) -> Iterator[Cause]:
    """The causes to plan that the clock brings.

    Parameters
    ----------
    version
        The plan in force; without one nothing is due.
    progress
        What the field has reported of its jobs.
    reporting
        Stations that report by telephone at all: of the others nobody knows who has set out.
    overdue_minutes
        How long after its start work without a departure is overdue; 0: never. Work that was
        missed asks whatever this says.
    incidents
        Those that are open: their posts go on.
    early_minutes
        How long before the end that was planned people must be free to get other work at once; 0:
        never.
    work
        How long silence counts for nothing.
    """
    if version is None:
        return
    boundary = last_boundary(city, now)
    if boundary and version.made_at < boundary:
        yield Cause(CauseKind.SHIFT, _stamp(boundary))
    elif version.rain.storms:  # else the plan to come sees it anyway
        yield from _unheard(version, city, progress, reporting, now, work)
    watched = [job for job in version.assignments if reports(job, homes(city), reporting)]
    if overdue_minutes:
        patience = timedelta(minutes=overdue_minutes)
        yield from _overdue(watched, progress, now, patience)
    yield from _missed(watched, progress, now)
    if early_minutes:
        yield from _freed(version, city, progress, now, timedelta(minutes=early_minutes))
    for matter in sorted({incident.matter or 0 for incident in incidents}):
        for pump in (False, True):
            posts = made_for(matter, version, pump)
            if posts and posts[-1].kind.is_post and ends_soon(posts[-1], now):
                post = posts[-1]
                yield Cause(CauseKind.RELIEF, f"{post.job_id}@{_stamp(post.end_at)}")
        yield from _unreached(matter, version, now)


def _unreached(matter: int, version: PlanVersion, now: datetime) -> Iterator[Cause]:
    """A matter at which nobody stands and to which nobody goes: asked again before the time of the
    post that was left out is over, and from then on as often as a relief would be, for whoever was
    needed more elsewhere may be free by then.
    """
    if any(job.end_at > now for job in made_for(matter, version, pump=False)):
        return
    for left in version.left_out:
        name, end = JobId.parse(left.job_id), left.why.facts.get("end")
        if name.incident_id != matter or name.is_of_pump or not isinstance(end, datetime):
            continue
        turns = (now - (end - FOLLOW)) // FOLLOW
        if turns >= 0:
            yield Cause(CauseKind.RELIEF, f"{left.job_id}@{_stamp(end + turns * FOLLOW)}")


def _overdue(
    jobs: Iterable[Assignment],
    progress: Mapping[str, Progress],
    now: datetime,
    patience: timedelta,
) -> Iterator[Cause]:
    for job in jobs:
        told = progress.get(job.job_id, Progress())
        job, waits = as_delayed(job, told), told.stage in _WAITS
        if waits and job.start_at + patience <= now < job.end_at:
            yield Cause(CauseKind.OVERDUE, f"{job.job_id}@{_stamp(job.start_at)}")


def _missed(
    jobs: Iterable[Assignment], progress: Mapping[str, Progress], now: datetime
) -> Iterator[Cause]:
    """Work whose time is over and that nobody did, once: the next plan wants it again."""
    for job in jobs:
        told = progress.get(job.job_id, Progress())
        if not job.kind.is_post and job.state != "past" and is_missed(job, told, True, now):
            yield Cause(CauseKind.OVERDUE, f"{job.job_id}@{_stamp(job.end_at)}")


def _unheard(
    version: PlanVersion,
    city: City,
    progress: Mapping[str, Progress],
    reporting: Collection[str],
    now: datetime,
    work: WorkSettings,
) -> Iterator[Cause]:
    """Work of stations that tell nothing, all of it by the name of the first: nobody knows whether
    it was done.
    """
    home = homes(city)
    doubtful = (
        job
        for job in version.assignments
        if not reports(job, home, reporting)
        and is_doubtful(job, progress.get(job.job_id, Progress()), now, work)
    )
    first = min(doubtful, key=lambda job: (job.end_at, job.job_id), default=None)
    if first:
        yield Cause(CauseKind.OVERDUE, f"{first.job_id}@{_stamp(first.end_at)}")


def _freed(
    version: PlanVersion,
    city: City,
    progress: Mapping[str, Progress],
    now: datetime,
    early: timedelta,
) -> Iterator[Cause]:
    """People free so long before the end that was planned, and something they could do: those who
    tap within a minute of the first together, by the name of the first.
    """
    taps = sorted(
        (since, job.job_id)
        for job in version.assignments
        if (since := _done_at(progress.get(job.job_id, Progress()))) is not None
        and version.made_at < since <= job.end_at - early
        and _has_other_work(job, version, city, now + early)
    )
    first: datetime | None = None
    for since, job_id in taps:
        if first is not None and since - first < TOGETHER:
            continue
        first = since
        if since + TOGETHER <= now:
            yield Cause(CauseKind.FREED, f"{job_id}@{_stamp(since)}")


def _done_at(progress: Progress) -> datetime | None:
    return progress.since if progress.stage in DONE else None


def _has_other_work(done: Assignment, version: PlanVersion, city: City, later: datetime) -> bool:
    """Whether work of the same part of a storm is left out or planned for later that one of the
    team's units has a place in.
    """
    machines = {
        machine.kind if (machine := city.machine_by_id.get(member.resource_id)) else None
        for member in done.members
    }
    others: list[Assignment | UnassignedJob] = [
        left for left in version.left_out if not left.why.code.startswith(BOUND_TO_BE_LEFT)
    ]
    others += [job for job in version.assignments if job.start_at >= later]
    return any(
        TASK_TYPES[job.kind].phase is TASK_TYPES[done.kind].phase
        and any(need.machine_kind in machines for need in TASK_TYPES[job.kind].team)
        for job in others
    )


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%MZ}"


def last_boundary(city: City, now: datetime) -> datetime | None:
    """When a shift began last; ``None`` where there are no shifts."""
    zone = ZoneInfo(city.district.time_zone)
    today = now.astimezone(zone).date()
    starts = [
        shift_span(shift, today - timedelta(days=back), zone)[0]
        for shift in city.shifts
        for back in (0, 1)
    ]
    return max((start for start in starts if start <= now), default=None)
