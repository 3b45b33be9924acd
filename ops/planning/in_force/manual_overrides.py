"""What the desk orders of single jobs, whatever is best for the whole: kept, moved, dropped, added.
Pure.

The rows are only ever added to; what holds now is their fold. An override holds for
`SAME_JOB_WITHIN`, until it is taken back or until the job is done. One that can't be met any more
gives way and is told: there is always a plan.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.desk import ChangeAction, ManualChange
from data.model.ids import Cause, CauseKind, JobId
from data.model.message import Message
from data.model.plan import SAME_JOB_WITHIN, Assignment, JobKind, PlanVersion, UnassignedJob
from ops.base.naming import job_name
from ops.planning.context import Storm
from ops.planning.tiers import COUNTS_MINUTES, Tier, duty_points
from ops.planning.wanted.task_types import spans_of, team_of
from ops.planning.wanted.tasks import Task, unassigned

TIER = Tier.LOW_POINT  # what the desk orders is a duty: only water on a street goes before it
DUE = timedelta(
    minutes=60
)  # what is added should be done so soon, beside its own length (assumption)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What the desk orders of one job.

    Attributes
    ----------
    number
        Of the change that it stands on; 0 while it is only a preview.
    start, units
        When and by which units (their names in the plan, in the order of the team); ``None`` and
        empty: whoever and whenever is best.
    kind, segment_id, minutes
        Of work that is added.
    """

    number: int
    job_id: str
    action: ChangeAction
    by: str
    at: datetime
    start: datetime | None = None
    units: tuple[str, ...] = ()
    kind: JobKind | None = None
    segment_id: str | None = None
    minutes: int = 0

    @property
    def is_fixed(self) -> bool:
        """Whether it says who and when."""
        return self.start is not None and bool(self.units)


def as_body(override: Override) -> dict[str, object]:
    """What a change keeps of an override, as JSON can."""
    return {
        "start": override.start.isoformat() if override.start else None,
        "units": list(override.units),
        "kind": override.kind and str(override.kind),
        "segment_id": override.segment_id,
        "minutes": override.minutes,
    }


def _override(change: ManualChange) -> Override:
    body = change.body
    start, kind, segment, units, minutes = (
        body.get(name) for name in ("start", "kind", "segment_id", "units", "minutes")
    )
    return Override(
        number=change.id or 0,
        job_id=change.job_id,
        action=change.action,
        by=change.by,
        at=change.at,
        start=datetime.fromisoformat(str(start)) if start else None,
        units=tuple(str(unit) for unit in units) if isinstance(units, list | tuple) else (),
        kind=JobKind(str(kind)) if kind else None,
        segment_id=str(segment) if segment else None,
        minutes=minutes if isinstance(minutes, int) else 0,
    )


def overrides_in_force(changes: Iterable[ManualChange], now: datetime) -> tuple[Override, ...]:
    """The overrides that hold now, in the order in which they were ordered: of each job the last.

    A job that was added and then locked or moved stays an added one, with its time and team.
    """
    found: dict[str, Override] = {}
    for change in sorted(changes, key=lambda change: change.id or 0):
        override, before = _override(change), found.pop(change.job_id, None)
        if change.action is ChangeAction.UNLOCK or now - change.at >= SAME_JOB_WITHIN:
            continue
        if before and before.kind and change.action in (ChangeAction.LOCK, ChangeAction.MOVE):
            override = replace(
                override, kind=before.kind, segment_id=before.segment_id, minutes=before.minutes
            )
        found[change.job_id] = override
    return tuple(found.values())


def applied(
    tasks: Iterable[Task], overrides: Iterable[Override], storm: Storm, current: PlanVersion | None
) -> tuple[tuple[Task, ...], tuple[UnassignedJob, ...]]:
    """The tasks with what the desk adds and keeps and without what it drops; and what is left out
    by its order.
    """
    by_id = {task.id: task for task in tasks}
    left: list[UnassignedJob] = []
    storms = storm.rain.storms
    for override in overrides:
        task = (
            by_id.get(override.job_id)
            or _added(override, storm)
            or _ordered_task(override, storm, current)
        )
        if task is None:
            continue
        if override.action is ChangeAction.DROP:
            why = Message("left.by_hand", {"by": override.by, "at": override.at})
            left += [unassigned(gone, why, storms) for gone in _dropped(task, by_id)]
        elif override.is_fixed:
            by_id[task.id] = _by_order(task, override)
        else:
            by_id[task.id] = task
    orphans = _orphans(by_id, {job.job_id for job in left})
    left += [unassigned(task, Message("left.predecessor_alone"), storms) for task in orphans]
    return tuple(by_id.values()), tuple(left)


def _dropped(task: Task, by_id: dict[str, Task]) -> list[Task]:
    """The task, taken out; of a watch all its hours from that one on."""
    first = JobId.parse(task.id)
    later = [
        job_id
        for job_id, other in by_id.items()
        if task.until and other.until and JobId.parse(job_id).is_later_part_of(first)
    ]
    gone = [by_id.pop(job_id) for job_id in dict.fromkeys((task.id, *later)) if job_id in by_id]
    return gone or [task]


def _orphans(by_id: dict[str, Task], gone: set[str]) -> list[Task]:
    """Tasks that come after one that is dropped, taken out as well."""
    found: list[Task] = []
    while lost := [task for task in by_id.values() if gone.intersection(task.after)]:
        for task in lost:
            found.append(by_id.pop(task.id))
        gone = {task.id for task in lost}
    return found


def _by_order(task: Task, override: Override) -> Task:
    """The task as it is pinned; the desk may put another machine of the kind in the place of one
    that the level names.
    """
    not_by = frozenset[str]() if task.kind is JobKind.PLACED else task.not_by
    return replace(task, not_by=not_by, why=(_why(override), *task.why))


def _why(override: Override) -> Message:
    return Message("why.by_hand", {"by": override.by, "at": override.at})


def _added(override: Override, storm: Storm) -> Task | None:
    segment = storm.city.segment_by_id.get(override.segment_id or "")
    if override.kind is None or segment is None:
        return None
    risk = next((each for each in storm.risks if each.segment_id == segment.id), None)
    return Task(
        id=override.job_id,
        kind=override.kind,
        phase=storm.phase,
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        inlet_ids=risk.inlet_ids if risk and not override.kind.is_post else (),
        minutes=override.minutes,
        spans=spans_of(override.kind, storm),
        due_at=max(storm.now, override.at) + DUE + timedelta(minutes=override.minutes),
        points=duty_points(TIER, override.minutes + COUNTS_MINUTES),
        late_points=duty_points(TIER, 1) // 60,
        late_most=duty_points(TIER, COUNTS_MINUTES),
        tier=TIER,
        needs=team_of(override.kind, storm, segment),
        risk=risk.score if risk else None,
        why=() if override.is_fixed else (_why(override),),
    )


def _ordered_task(override: Override, storm: Storm, current: PlanVersion | None) -> Task | None:
    """Work that the storm asks for no more and the desk orders all the same: as it was ordered."""
    job = next(
        (
            each
            for each in (current.assignments if current else ())
            if each.job_id == override.job_id
        ),
        None,
    )
    segment = storm.city.segment_by_id.get((job and job.segment_id) or "")
    if job is None or segment is None or job.start_at <= storm.now or not override.is_fixed:
        return None
    if job.kind is JobKind.PLACED:  # the level names its machines, and it wants none there now
        return None
    minutes = max(1, round((job.end_at - job.start_at) / timedelta(minutes=1)))
    return Task(
        id=job.job_id,
        kind=job.kind,
        phase=job.phase,
        segment_id=segment.id,
        station_id=job.station_id,
        position=segment.middle,
        inlet_ids=job.inlet_ids,
        minutes=minutes,
        spans=spans_of(job.kind, storm),
        due_at=None,
        points=duty_points(TIER, minutes),
        tier=TIER,
        needs=team_of(job.kind, storm, segment),
        risk=job.risk,
        why=tuple(why for why in job.why if why.code != "why.by_hand"),
    )


def sentences(
    given_up: Iterable[tuple[Override, Message]],
    current: PlanVersion | None,
    causes: Container[str],
    city: City,
) -> tuple[Message, ...]:
    """That an override could not be kept, once: when it is ordered, and when the plan in force kept
    it until now.
    """
    planned = {job.job_id: job for job in (current.assignments if current else ())}
    messages = []
    for override, why in given_up:
        job = planned.get(override.job_id)
        if str(Cause.of(CauseKind.CHANGE, override.number)) in causes or _is_carried_out(
            override, job
        ):
            facts = {"job": _name(override, job, city), "by": override.by, "why": why}
            messages.append(Message("change.let_go", facts))
    return tuple(messages)


def _is_carried_out(override: Override, job: Assignment | None) -> bool:
    return (
        job is not None
        and job.start_at == override.start
        and tuple(member.unit_id for member in job.members) == override.units
    )


def named_causes(
    changes: Iterable[ManualChange], versions: Iterable[PlanVersion | None], city: City
) -> dict[str, Message]:
    """The causes that changes by hand are, by who changed what."""
    jobs: dict[str, Assignment | UnassignedJob] = {}
    for version in versions:
        if version:
            jobs |= {job.job_id: job for job in version.assignments}
            jobs |= {left.job_id: left for left in version.left_out}
    return {
        str(Cause.of(CauseKind.CHANGE, change.id)): Message(
            f"cause.hand_{change.action}",
            {
                "job": _name(_override(change), jobs.get(change.job_id), city),
                "by": change.by,
                "at": change.at,
            },
        )
        for change in changes
    }


def _name(override: Override, job: Assignment | UnassignedJob | None, city: City) -> Message:
    if job is not None:
        return job_name(job.kind, job.segment_id, job.station_id, city)
    if override.kind is not None:
        return job_name(override.kind, override.segment_id, "", city)
    return Message("name.text", {"text": override.job_id})
