"""What the desk says of work that is done: verified, or to be done again."""

from collections.abc import Callable
from datetime import datetime

from data.model.field import EventKind, FieldEvent
from data.model.ids import EventId, JobId
from data.model.operation import Operation
from data.model.plan import Assignment, PlanVersion
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.field.progress import DONE, Progress, Stage
from ops.field.progress_reader import reported
from ops.field.reports import check_text


@atomic
def verify(store: Store, operation: Operation, actor: Actor, job_id: str, now: datetime) -> bool:
    """Somebody has looked at cleared work and found it done; whether that is new.

    Parameters
    ----------
    now
        The operation's time.

    Raises
    ------
    NotAllowed
        By this role, of work that is not in the plan in force, or not reported cleared.
    """
    require(actor, Action.VERIFY_WORK)
    version, job, progress = _job_in_force(store, operation, job_id)
    if progress.stage is Stage.VERIFIED:
        return False
    if progress.stage is not Stage.CLEARED or progress.since is None:
        raise Conflict("verify.not_cleared", job=job_id)
    return _keep(
        store,
        operation,
        actor,
        _event(EventKind.VERIFY, operation, version, job, actor, now, progress.since),
    )


@atomic
def reopen(
    store: Store, operation: Operation, actor: Actor, job_id: str, reason: str, now: datetime
) -> bool:
    """Work that is done, or whose time is over, must be done again: it asks for a plan. Whether
    that is new.

    The work of an incident opens the incident again.

    Raises
    ------
    NotAllowed
        By this role, without a reason, of work that is not in the plan in force, not done yet, or a
        post.
    """
    require(actor, Action.VERIFY_WORK)
    reason = reason.strip()
    if not reason:
        raise Invalid("field.needs_reason")
    check_text(reason)
    version, job, progress = _job_in_force(store, operation, job_id)
    if (
        progress.stage is Stage.OPEN
        and progress.since is not None
        and job.start_at < progress.since
    ):
        return False  # it is open again already
    if progress.stage not in DONE and job.end_at > now:
        raise Conflict("verify.not_done", job=job_id)
    incident = JobId.parse(job_id).incident_id
    if incident is None and job.kind.is_post:
        raise Conflict("verify.post", job=job_id)
    event = _event(
        EventKind.REOPEN, operation, version, job, actor, now, progress.since or job.end_at, reason
    )
    return _keep(store, operation, actor, event, incident)


def to_be_done_again(
    store: Store,
    operation: Operation,
    actor: Actor,
    is_its: Callable[[JobId], bool],
    now: datetime,
) -> None:
    """What a case was closed by must be done again: of its jobs in the plan in force, those that
    are done or whose time is over. Whoever asks has asked whether he may.
    """
    version = store.plans.current(operation.id)
    if version is None:
        return
    jobs = [one for one in version.assignments if is_its(JobId.parse(one.job_id))]
    told = reported(store, operation, version, store.city())
    for job in jobs:
        progress = told[job.job_id]
        if progress.stage in DONE or job.end_at <= now:
            done_at = progress.since or job.end_at
            store.field.save_event(
                _event(EventKind.REOPEN, operation, version, job, actor, now, done_at)
            )


def _keep(
    store: Store,
    operation: Operation,
    actor: Actor,
    event: FieldEvent,
    reopened: int | None = None,
) -> bool:
    new = (
        store.field.save_event(event)
        if reopened is None
        else store.field.reopen_incident(reopened, event)
    )
    if new:
        record(
            store,
            actor,
            Action.VERIFY_WORK,
            event.job_id,
            event.server_at,
            operation,
            kind=str(event.kind),
        )
    return new


def _job_in_force(
    store: Store, operation: Operation, job_id: str
) -> tuple[PlanVersion, Assignment, Progress]:
    version = store.plans.current(operation.id)
    job = (
        next((each for each in version.assignments if each.job_id == job_id), None)
        if version
        else None
    )
    if version is None or job is None:
        raise NotFound("verify.no_job", job=job_id)
    return version, job, reported(store, operation, version, store.city())[job_id]


def _event(
    kind: EventKind,
    operation: Operation,
    version: PlanVersion,
    job: Assignment,
    actor: Actor,
    now: datetime,
    done_at: datetime,
    reason: str | None = None,
) -> FieldEvent:
    """One word about one time that the work was done: said twice, by whomever, it is kept once."""
    return FieldEvent(
        operation_id=operation.id,
        event_id=str(EventId(kind, f"{job.job_id}@{done_at:%Y%m%dT%H%M%S}")),
        version=version.number,
        station_id=job.station_id,
        kind=kind,
        job_id=job.job_id,
        server_at=now,
        by=actor.name,
        reason=reason,
    )
