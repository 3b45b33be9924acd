"""How fast reserves leave when they are called: from the publication that takes a crew from its
standby to its tap that it sets out. Pure; a crew that taps nothing is not measured.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from data.model.field import EventKind, FieldEvent
from data.model.plan import Assignment, JobKind, PlanVersion

LEAVES = (EventKind.DEPART, EventKind.ARRIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReserveCall:
    """One call of a reserve.

    Attributes
    ----------
    called_at
        When the version was in force that gives it this work.
    left_at
        When it tapped that it sets out (or, without that, is there); ``None``: it said nothing.
    """

    unit_id: str
    resource_id: str
    station_id: str
    job_id: str
    kind: JobKind
    segment_id: str | None
    called_at: datetime
    left_at: datetime | None = None

    @property
    def reaction(self) -> timedelta | None:
        """From the call to leaving."""
        return self.left_at - self.called_at if self.left_at else None


def reserve_calls(
    published: Sequence[PlanVersion], events: Iterable[FieldEvent], with_watchers: bool = False
) -> tuple[ReserveCall, ...]:
    """Every call of a crew that stood by when it came, in order.

    Parameters
    ----------
    published
        The versions that were ever in force, in the order in which they were.
    with_watchers
        Whoever watches a road that is no post stands by as well.
    """
    left: dict[str, list[FieldEvent]] = {}
    for event in events:
        if event.kind in LEAVES and event.job_id:
            left.setdefault(event.job_id, []).append(event)
    return tuple(
        ReserveCall(
            unit_id=unit,
            resource_id=next(m.resource_id for m in job.members if m.unit_id == unit),
            station_id=stood.station_id,
            job_id=job.job_id,
            kind=job.kind,
            segment_id=job.segment_id,
            called_at=after.in_force_from,
            left_at=_left(left.get(job.job_id, ()), unit, after.in_force_from),
        )
        for before, after in pairwise(published)
        for unit, stood in standing_by(before, after.in_force_from, with_watchers).items()
        if (job := _called(unit, stood, before, after))
    )


def standing_by(version: PlanVersion, at: datetime, with_watchers: bool) -> dict[str, Assignment]:
    """Who stands by then, by the version, and where; with who watches a road that is no post."""
    return {
        member.unit_id: job
        for job in version.assignments
        if (job.kind is JobKind.RESERVE or (with_watchers and _is_watch(job)))
        and job.start_at <= at < job.end_at
        for member in job.members
    }


def _is_watch(job: Assignment) -> bool:
    return job.kind is JobKind.GUARD and any(why.code == "why.watch" for why in job.why)


def _called(
    unit: str, stood: Assignment, before: PlanVersion, after: PlanVersion
) -> Assignment | None:
    """The work that takes it from its standby: new to it, begun while it was to stand by."""
    known = {job.job_id for job in before.assignments if unit in _units(job)}
    new = [
        job
        for job in after.assignments
        if unit in _units(job)
        and job.kind is not JobKind.RESERVE
        and job.state != "past"
        and job.job_id not in known
        and any(m.unit_id == unit and m.leave_at < stood.end_at for m in job.members)
    ]
    return min(new, key=lambda job: (job.start_at, job.job_id), default=None)


def _units(job: Assignment) -> set[str]:
    return {member.unit_id for member in job.members}


def _left(events: Iterable[FieldEvent], unit: str, called_at: datetime) -> datetime | None:
    """The first word that it has left, its own where units tap for themselves."""
    own = (
        event.happened_at
        for event in events
        if event.unit_id in (None, unit) and event.happened_at >= called_at
    )
    return min(own, default=None)
