"""What asks for a plan only because time goes by: a change of shift, work nobody set out for, posts
to relieve. Pure.

Each has a name that stays the same however often it is looked at, so it is planned on once. What
was slept through (a laptop suspended, a clock put forward) is one change of shift, and work whose
time is over is not overdue: it is past.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import Incident
from data.model.ids import Cause, CauseKind
from data.model.plan import PlanVersion
from ops.district.rosters import shift_span
from ops.field.incident_jobs import made_for
from ops.field.progress import Progress, Stage
from ops.planning.incident_tasks import ends_soon

_WAITS = (Stage.OPEN, Stage.ACCEPTED)


def due_causes(
    version: PlanVersion | None,
    city: City,
    progress: Mapping[str, Progress],
    reporting: Collection[str],
    now: datetime,
    overdue_minutes: float,
    incidents: Iterable[Incident] = (),
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
        How long after its start work without a departure is overdue; 0: never.
    incidents
        Those that are open: their posts go on.
    """
    if version is None:
        return
    boundary = last_boundary(city, now)
    if boundary and version.made_at < boundary:
        yield Cause(CauseKind.SHIFT, _stamp(boundary))
    if overdue_minutes:
        patience = timedelta(minutes=overdue_minutes)
        yield from _overdue(version, progress, reporting, now, patience)
    for incident in incidents:
        posts = made_for(incident.id, version)
        if posts and posts[-1].kind.is_post and ends_soon(posts[-1], now):
            post = posts[-1]
            yield Cause(CauseKind.RELIEF, f"{post.job_id}@{_stamp(post.end_at)}")


def _overdue(
    version: PlanVersion,
    progress: Mapping[str, Progress],
    reporting: Collection[str],
    now: datetime,
    patience: timedelta,
) -> Iterator[Cause]:
    for job in version.assignments:
        waits = progress.get(job.job_id, Progress()).stage in _WAITS
        if waits and job.station_id in reporting and job.start_at + patience <= now < job.end_at:
            yield Cause(CauseKind.OVERDUE, f"{job.job_id}@{_stamp(job.start_at)}")


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
