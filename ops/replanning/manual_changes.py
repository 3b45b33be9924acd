"""The desk changes a plan by hand: looks what a change would break and cost, then has it done.

``choices`` says who could do a job, ``preview`` what a change would break and cost, ``change``
writes it down and asks for a plan. What breaks a rule of the field is refused; what it costs is
told and left to the desk.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from data.model.city import City
from data.model.desk import ChangeAction, ManualChange
from data.model.ids import Cause, CauseKind, JobId, own_id
from data.model.message import Message
from data.model.operation import Operation, Trigger
from data.model.plan import Assignment, JobKind, PlanVersion
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import NotAllowed
from ops.base.naming import job_name
from ops.planning.availability import Availability
from ops.planning.manual_overrides import Override, as_body, overrides_in_force
from ops.planning.solver_input import SolverInput, fitting_units
from ops.planning.task_types import ADDED_BY_HAND
from ops.replanning.request import PlanningRequest, planning_request
from ops.replanning.solver_process import Solving
from ops.settings import Settings

LOOK_S = 0.8  # search on each side of a comparison: the desk waits for both
LONGEST_MINUTES = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the desk asks for.

    Attributes
    ----------
    job_id
        The job; of work that is added ``""``.
    start, units
        When and by which units of the plan, in the order of the team: for a move, and if said for
        what is added.
    kind, segment_id, minutes
        Of work that is added.
    """

    action: ChangeAction
    job_id: str = ""
    start: datetime | None = None
    units: tuple[str, ...] = ()
    kind: JobKind | None = None
    segment_id: str | None = None
    minutes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change would do.

    Attributes
    ----------
    broken
        The rule that it would break; such a change is refused.
    cost
        Points that the whole plan loses by it (a clearing at middling risk is worth some 10,000; a
        gain is negative), by two searches of equal length; ``None`` where a rule is broken or the
        search failed.
    lost, gained
        Jobs that would be left out for it, and that it would make possible.
    """

    broken: Message | None = None
    cost: int | None = None
    lost: tuple[Message, ...] = ()
    gained: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit that could fill a place in a team."""

    unit_id: str
    name: str
    station: str
    start: datetime
    end: datetime


def choices(
    store: Store, operation: Operation, actor: Actor, job_id: str, now: datetime, settings: Settings
) -> tuple[tuple[Choice, ...], ...]:
    """For each place in the team of a job who could fill it: those on duty with the skills, people
    or machine for it.

    Raises
    ------
    NotAllowed
        By this role; or no such job is wanted, or it is under way already.
    """
    require(actor, Action.CHANGE_PLAN)
    asked = planning_request(store, operation, now, settings)
    if job_id not in asked.inputs.tasks:
        raise NotAllowed("by_hand.no_job", job=job_id)
    return tuple(
        tuple(choice_of(unit, asked.inputs.availability[unit], asked.city) for unit in units)
        for units in fitting_units(asked.inputs, job_id)
    )


def choice_of(unit_id: str, available: Availability, city: City) -> Choice:
    """A unit by its name, its station and its hours."""
    resource_id = own_id(available.resource_id)
    crew, machine = city.crew_by_id.get(resource_id), city.machine_by_id.get(resource_id)
    name = crew.name if crew else machine.plate if machine else resource_id
    home = crew or machine
    station = city.station_by_id.get(home.station_id) if home else None
    return Choice(unit_id, name, station.name if station else "", available.start, available.end)


def preview(
    store: Store,
    operation: Operation,
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    settings: Settings,
) -> Preview:
    """Which rule the change would break, and what it would cost; nothing is changed.

    Raises
    ------
    NotAllowed
        By this role; or it can't be meant: no such job, already under way, nothing to take back.
    """
    require(actor, Action.CHANGE_PLAN)
    override, before, after = _asked(store, operation, wanted, now, settings, actor.name)
    broken = _broken(override, after.inputs)
    if broken:
        return Preview(broken=broken)
    with ThreadPoolExecutor(2) as both:
        old, new = both.map(
            lambda asked: Solving().solve(asked.inputs.problem, LOOK_S), (before, after)
        )
    (plan, failed), (other, failed_too) = old, new
    if failed or failed_too:
        return Preview()
    was, now_done = ({each.job for each in side.assignments} for side in (plan, other))
    return Preview(
        cost=plan.score - other.score,
        lost=named(was - now_done - {wanted.job_id}, before),
        gained=named(now_done - was, after),
    )


def named(jobs: set[str], asked: PlanningRequest) -> tuple[Message, ...]:
    """The names of jobs, each once: the watches of one post are one thing to the reader."""
    tasks = [asked.inputs.tasks[job] for job in sorted(jobs) if job in asked.inputs.tasks]
    names: list[Message] = []
    for task in tasks:
        name = job_name(task.kind, task.segment_id, task.station_id, asked.city)
        if name not in names:
            names.append(name)
    return tuple(names)


def change(
    store: Store,
    operation: Operation,
    actor: Actor,
    wanted: Wanted,
    now: datetime,
    settings: Settings,
) -> Trigger:
    """Write the change down and ask for a plan that keeps to it.

    Returns
    -------
    Trigger
        What the desk follows.

    Raises
    ------
    NotAllowed
        By this role; it can't be meant; or it breaks a rule (``by_hand.broken``).
    """
    require(actor, Action.CHANGE_PLAN)
    override, _, after = _asked(store, operation, wanted, now, settings, actor.name)
    broken = _broken(override, after.inputs)
    if broken:
        raise NotAllowed("by_hand.broken", why=broken)
    kept = store.save_change(
        ManualChange(
            operation_id=operation.id,
            version=after.current.number if after.current else 0,
            job_id=override.job_id,
            action=override.action,
            by=actor.name,
            at=now,
            body=as_body(override),
        )
    )
    record(
        store,
        actor,
        Action.CHANGE_PLAN,
        override.job_id,
        now,
        operation,
        change=str(override.action),
        **as_body(override),
    )
    trigger = store.trigger(operation.id, str(Cause.of(CauseKind.CHANGE, kept.id)))
    assert trigger is not None, "written in the same transaction"
    return trigger


def _asked(
    store: Store, operation: Operation, wanted: Wanted, now: datetime, settings: Settings, by: str
) -> tuple[Override, PlanningRequest, PlanningRequest]:
    """The change as a wish, and what plans are asked for without and with it."""
    before = planning_request(store, operation, now, settings)
    override = _meant(wanted, before, now, by)
    return override, before, planning_request(store, operation, now, settings, override)


def _broken(override: Override, inputs: SolverInput) -> Message | None:
    return next((why for given, why in inputs.given_up if given.job_id == override.job_id), None)


def _meant(wanted: Wanted, asked: PlanningRequest, now: datetime, by: str) -> Override:
    """The wish that is meant, with team and time where the action needs them."""
    override = Override(
        number=0,
        job_id=wanted.job_id,
        action=wanted.action,
        by=by,
        at=now,
        start=wanted.start,
        units=wanted.units,
    )
    stands = {one.job_id: one for one in overrides_in_force(asked.changes, now)}
    if wanted.action is ChangeAction.UNLOCK:
        if wanted.job_id not in stands:
            raise NotAllowed("by_hand.nothing", job=wanted.job_id)
        return override
    if wanted.action is ChangeAction.ADD:
        return _added(override, wanted, asked.city, now)
    if wanted.job_id not in asked.inputs.tasks:
        raise NotAllowed("by_hand.no_job", job=wanted.job_id)
    planned = _planned(asked.current, wanted.job_id)
    added = stands.get(wanted.job_id)
    if added and added.kind:
        override = replace(
            override, kind=added.kind, segment_id=added.segment_id, minutes=added.minutes
        )
    if wanted.action is ChangeAction.DROP:
        return replace(override, start=None, units=())
    if planned is None and not (wanted.start and wanted.units):
        raise NotAllowed("by_hand.not_planned", job=wanted.job_id)
    units = tuple(member.unit_id for member in planned.members) if planned else ()
    if wanted.action is ChangeAction.LOCK:
        return replace(override, start=planned.start_at, units=units) if planned else override
    return replace(
        override, start=wanted.start or (planned and planned.start_at), units=wanted.units or units
    )


def _planned(version: PlanVersion | None, job_id: str) -> Assignment | None:
    return next(
        (job for job in (version.assignments if version else ()) if job.job_id == job_id), None
    )


def _added(override: Override, wanted: Wanted, city: City, now: datetime) -> Override:
    if wanted.kind not in ADDED_BY_HAND:
        raise NotAllowed("by_hand.kind", kinds=tuple(str(kind) for kind in ADDED_BY_HAND))
    if not any(segment.id == wanted.segment_id for segment in city.segments):
        raise NotAllowed("by_hand.segment", segment=wanted.segment_id or "-")
    if not 1 <= wanted.minutes <= LONGEST_MINUTES:
        raise NotAllowed("by_hand.minutes", most=LONGEST_MINUTES)
    if bool(wanted.start) != bool(wanted.units):
        raise NotAllowed("by_hand.both")
    parts = (str(wanted.kind), str(wanted.segment_id), f"{now:%Y%m%dT%H%M%S}")
    return replace(
        override,
        job_id=str(JobId(JobId.BY_HAND, parts)),
        kind=wanted.kind,
        segment_id=wanted.segment_id,
        minutes=wanted.minutes,
    )
