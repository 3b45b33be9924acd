"""What the desk wants of single jobs, whatever is best for the whole: kept, moved, dropped, added.
Pure.

The rows are only ever added to; what is wanted now is their fold. A wish holds for
`SAME_JOB_WITHIN`, until it is taken back or until the job is done. One that can't be met any more
gives way and is told: there is always a plan.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.desk import ChangeAction, ManualChange
from data.model.message import Message
from data.model.plan import (
    SAME_JOB_WITHIN,
    Assignment,
    JobKind,
    Phase,
    PlanVersion,
    UnassignedJob,
    UnitKind,
)
from ops.base.naming import job_name
from ops.planning.context import Storm
from ops.planning.tasks import Requirement, Task
from ops.risk.stop_work import Span, well_spans

# what the desk adds is worth as much as an incident (a clearing at the highest risk: 25,000)
POINTS = 60_000
LATE_POINTS = 4
DUE = timedelta(
    minutes=60
)  # what is added should be done so soon, beside its own length (assumption)
TEAMS: dict[JobKind, tuple[Requirement, ...]] = {
    JobKind.CLEAR: (Requirement(skills=("clearing",), people=2),),
    JobKind.JET: (
        Requirement(skills=("jetting",), people=2),
        Requirement(machine_kind="jetting_truck"),
    ),
    JobKind.GUARD: (Requirement(people=2),),
    JobKind.PUMP: (
        Requirement(skills=("pumping",), people=2),
        Requirement(machine_kind="pump_truck"),
    ),
    JobKind.DESILT: (
        Requirement(skills=("clearing",), people=2),
        Requirement(machine_kind="suction_truck"),
    ),
    JobKind.HAUL: (Requirement(machine_kind="sludge_truck"), Requirement(machine_kind="loader")),
    JobKind.FLUSH: (Requirement(machine_kind="flusher"), Requirement(machine_kind="sweeper")),
}
"""Who is needed for what may be added by hand: the teams of the same work when the storm asks for
it.
"""
POSTS = (JobKind.GUARD, JobKind.PUMP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What is wanted of one job.

    Attributes
    ----------
    number
        Of the change that it stands on; 0 while it is only thought of.
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
    """What a change keeps of a wish, as JSON can."""
    return {
        "start": override.start.isoformat() if override.start else None,
        "units": list(override.units),
        "kind": override.kind and str(override.kind),
        "segment_id": override.segment_id,
        "minutes": override.minutes,
    }


def _override(change: ManualChange) -> Override:
    body = change.body
    start, kind = body.get("start"), body.get("kind")
    return Override(
        number=change.id or 0,
        job_id=change.job_id,
        action=change.action,
        by=change.by,
        at=change.at,
        start=datetime.fromisoformat(str(start)) if start else None,
        units=tuple(str(unit) for unit in body.get("units") or ()),  # type: ignore[union-attr]
        kind=JobKind(str(kind)) if kind else None,
        segment_id=str(body["segment_id"]) if body.get("segment_id") else None,
        minutes=int(body.get("minutes") or 0),
    )  # type: ignore[call-overload]


def standing(changes: Iterable[ManualChange], now: datetime) -> tuple[Override, ...]:
    """What is wanted now, in the order in which it was said: of each job the last word.

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
    """The works with what the desk adds and keeps and without what it drops; and what is left out
    by its word.
    """
    wanted = {task.id: task for task in tasks}
    left: list[UnassignedJob] = []
    for override in overrides:
        task = (
            wanted.get(override.job_id)
            or _added(override, storm)
            or _kept(override, storm, current)
        )
        if task is None:
            continue
        if override.action is ChangeAction.DROP:
            wanted.pop(override.job_id, None)
            left.append(
                _dropped(task, Message("left.by_hand", {"by": override.by, "at": override.at}))
            )
        elif override.is_fixed:
            wanted[task.id] = replace(task, why=(_why(override), *task.why))
        else:
            wanted[task.id] = task
    orphans = _orphans(wanted, {one.job_id for one in left})
    left += [_dropped(task, Message("left.predecessor_alone")) for task in orphans]
    return tuple(wanted.values()), tuple(left)


def _orphans(wanted: dict[str, Task], gone: set[str]) -> list[Task]:
    """Works that come after one that is dropped, taken out as well."""
    found: list[Task] = []
    while lost := [task for task in wanted.values() if gone.intersection(task.after)]:
        for task in lost:
            found.append(wanted.pop(task.id))
        gone = {task.id for task in lost}
    return found


def _why(override: Override) -> Message:
    return Message("why.by_hand", {"by": override.by, "at": override.at})


def _dropped(task: Task, why: Message) -> UnassignedJob:
    return UnassignedJob(
        job_id=task.id,
        kind=task.kind,
        phase=task.phase,
        segment_id=task.segment_id,
        station_id=task.station_id,
        risk=task.risk,
        why=why,
    )


def _added(override: Override, storm: Storm) -> Task | None:
    segment = next((one for one in storm.city.segments if one.id == override.segment_id), None)
    if override.kind is None or segment is None:
        return None
    risk = next((one for one in storm.risks if one.segment_id == segment.id), None)
    return Task(
        id=override.job_id,
        kind=override.kind,
        phase=_phase(storm),
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        inlet_ids=risk.inlet_ids if risk and override.kind not in POSTS else (),
        minutes=override.minutes,
        spans=_spans(override.kind, storm),
        due_at=max(storm.now, override.at) + DUE + timedelta(minutes=override.minutes),
        points=POINTS,
        late_points=LATE_POINTS,
        needs=TEAMS[override.kind],
        risk=risk.score if risk else None,
        why=() if override.is_fixed else (_why(override),),
    )


def _spans(kind: JobKind, storm: Storm) -> tuple[Span, ...]:
    if kind in POSTS:
        return ((storm.now, storm.horizon),)
    if kind is JobKind.WELL:
        return well_spans(storm.rain, storm.alerts, storm.now, storm.horizon)
    return storm.open_ground(storm.now, storm.horizon)


def _phase(storm: Storm) -> Phase:
    rain = storm.rain
    if rain.onset_at and rain.onset_at <= storm.now:
        return Phase.DURING if rain.end_at is None or storm.now < rain.end_at else Phase.AFTER
    return Phase.BEFORE


def _kept(override: Override, storm: Storm, current: PlanVersion | None) -> Task | None:
    """Work that the storm asks for no more and the desk wants all the same: as it was ordered."""
    job = next(
        (one for one in (current.assignments if current else ()) if one.job_id == override.job_id),
        None,
    )
    segment = next((one for one in storm.city.segments if job and one.id == job.segment_id), None)
    if job is None or segment is None or job.start_at <= storm.now or not override.is_fixed:
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
        spans=_spans(job.kind, storm),
        due_at=None,
        points=POINTS,
        needs=_needs(job, storm.city),
        risk=job.risk,
        why=tuple(why for why in job.why if why.code != "why.by_hand"),
    )


def _needs(job: Assignment, city: City) -> tuple[Requirement, ...]:
    kinds = {machine.id: machine.kind for machine in city.machines}
    return tuple(
        Requirement(machine_kind=kinds.get(member.resource_id))
        if member.kind is UnitKind.MACHINE
        else Requirement()
        for member in job.members
    )


def sentences(
    given_up: Iterable[tuple[Override, Message]],
    current: PlanVersion | None,
    causes: Container[str],
    city: City,
) -> tuple[Message, ...]:
    """That a wish could not be kept, once: when it is said, and when the plan in force kept it
    until now.
    """
    planned = {job.job_id: job for job in (current.assignments if current else ())}
    told = []
    for override, why in given_up:
        job = planned.get(override.job_id)
        is_news = f"change:{override.number}" in causes or (
            job is not None
            and job.start_at == override.start
            and tuple(m.unit_id for m in job.members) == override.units
        )
        if is_news:
            told.append(
                Message(
                    "change.let_go",
                    {"job": _name(override, job, city), "by": override.by, "why": why},
                )
            )
    return tuple(told)


def named_causes(
    changes: Iterable[ManualChange], versions: Iterable[PlanVersion | None], city: City
) -> dict[str, Message]:
    """The causes that changes by hand are, told by who changed what."""
    jobs = {
        job.job_id: job
        for version in versions
        if version
        for job in (*version.assignments, *version.left_out)
    }
    return {
        f"change:{change.id}": Message(
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
