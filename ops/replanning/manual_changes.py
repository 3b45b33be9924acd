"""The desk changes a plan by hand: looks what a change would break and cost, then has it done.

``baseline`` gathers once what all of it stands on. ``choices`` says who could do a job,
``prepare`` what plan the change would ask for and whether it breaks a rule, ``preview`` what it
would cost, ``confirm`` writes it down and asks for a plan. What breaks a rule of the field is
refused; what it costs is said and left to the desk.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.desk import ChangeAction, ManualChange
from data.model.ids import Cause, CauseKind, JobId
from data.model.message import Message
from data.model.operation import Operation, Trigger
from data.model.plan import Assignment, JobKind, PlanVersion
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.naming import job_name, unit_name
from ops.planning.in_force.manual_overrides import Override, as_body, overrides_in_force
from ops.planning.on_duty.availability import Availability
from ops.planning.solver_input import SolverInput, fitting_units
from ops.planning.solver_output import read_plan
from ops.planning.wanted.task_types import ADDED_BY_HAND
from ops.replanning.plan_worth import PlanWorth, worth_of
from ops.replanning.request import (
    PlanningRequest,
    planning_request,
    solver_input_for,
    with_overrides,
)
from ops.replanning.side_by_side import SEARCHES, handed_round
from ops.settings import Settings
from solver import Plan

PREVIEW_S = 0.8  # search on each side of a comparison: the desk waits for both
LONGEST_MINUTES = 480
FRESH = timedelta(minutes=5)  # what was prepared longer ago is prepared anew before it is written
TRIES = 5
"""So often a change is prepared anew where the situation is another one by the time it is written;
then it is written all the same, for the plan that it asks for judges it again.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRequest:
    """A change as the desk asks for it.

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
    difference
        What the whole plan is worth more by it, or less, by two searches of equal length; ``None``
        where a rule is broken or the search failed.
    undone
        Why what is added would not be done: nobody could, or all is more pressing.
    lost, gained
        Jobs that would be left out for it, and that it would make possible.
    """

    broken: Message | None = None
    difference: PlanWorth | None = None
    undone: Message | None = None
    lost: tuple[Message, ...] = ()
    gained: tuple[Message, ...] = ()

    @property
    def cost(self) -> Message:
        """What the change costs or wins, in words."""
        if self.difference is None:
            return Message("by_hand.unknown_cost")
        if not self.difference.said:
            return Message("by_hand.free")
        sign = "cost" if self.difference.is_less else "gain"
        return Message(f"by_hand.{sign}", {"what": self.difference.said})


@dataclass(frozen=True, slots=True)
class Choice:
    """A unit that could fill a place in a team."""

    unit_id: str
    name: Message | str
    station: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The plan that would be asked for without a change, gathered and built once.

    Attributes
    ----------
    at
        When, by the operation's clock.
    state
        What it stands on: as long as this is the same it need not be built again.
    """

    operation: Operation
    settings: Settings
    at: datetime
    state: tuple[int, int, int]
    request: PlanningRequest
    inputs: SolverInput


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChange:
    """A change as an override, and the plan that would be asked for with it; ``broken`` is the rule
    that it would break.
    """

    change: ChangeRequest
    override: Override
    baseline: Baseline
    inputs: SolverInput
    broken: Message | None


def baseline(
    store: Store, operation: Operation, actor: Actor, now: datetime, settings: Settings
) -> Baseline:
    """What changes by hand are prepared from; nothing is changed.

    Raises
    ------
    NotAllowed
        By this role.
    """
    require(actor, Action.CHANGE_PLAN)
    state = _state(store, operation)
    request = planning_request(store, operation, now, settings)
    return Baseline(
        operation=operation,
        settings=settings,
        at=now,
        state=state,
        request=request,
        inputs=solver_input_for(request, settings),
    )


def _state(store: Store, operation: Operation) -> tuple[int, int, int]:
    """The numbers of the newest plan, trigger and report of the field."""
    return (
        store.plans.newest_number(operation.id),
        store.triggers.newest_id(operation.id),
        store.field.newest_id(operation.id),
    )


def choices(base: Baseline, job_id: str) -> tuple[tuple[Choice, ...], ...]:
    """For each place in the team of a job who could fill it: those on duty with the skills, people
    or machine for it.

    Raises
    ------
    NotAllowed
        No such job is asked for, or it is under way already.
    """
    if job_id not in base.inputs.tasks:
        raise NotFound("by_hand.no_job", job=job_id)
    return tuple(
        tuple(choice_of(unit, base.inputs.availability[unit], base.request.city) for unit in units)
        for units in fitting_units(base.inputs, job_id)
    )


def choice_of(unit_id: str, available: Availability, city: City) -> Choice:
    """A unit by its name, its station and its hours."""
    name = unit_name(unit_id, available.resource_id, available.size, city)
    home = city.resource_by_id.get(available.resource_id)
    station = city.station_by_id.get(home.station_id) if home else None
    return Choice(unit_id, name, station.name if station else "", available.start, available.end)


def prepare(base: Baseline, change: ChangeRequest, actor: Actor) -> PreparedChange:
    """The change with the plan that it would ask for; nothing is changed.

    Raises
    ------
    NotAllowed
        By this role; or it makes no sense: no such job, already under way, nothing to take back.
    """
    require(actor, Action.CHANGE_PLAN)
    override = _override(change, base, actor.name)
    others = (each for each in base.request.overrides if each.job_id != override.job_id)
    request = with_overrides(base.request, (*others, override))
    inputs = solver_input_for(request, base.settings)
    return PreparedChange(
        change=change,
        override=override,
        baseline=base,
        inputs=inputs,
        broken=_broken(override, inputs),
    )


def preview(prepared: PreparedChange) -> Preview:
    """Which rule the change would break, whether it would be done, and what it would cost."""
    if prepared.broken:
        return Preview(broken=prepared.broken)
    base = prepared.baseline
    before, after = base.inputs, prepared.inputs
    plans = SEARCHES.plans((before.problem, after.problem), PREVIEW_S)
    if plans is None:
        return Preview()
    old, new = handed_round((before, after), plans)
    old_jobs, new_jobs = ({job.job for job in plan.assignments} for plan in (old, new))
    request, settings = base.request, base.settings
    city, override = request.city, prepared.override
    added = {override.job_id} if override.action is ChangeAction.ADD else set()
    return Preview(
        difference=worth_of(new, after, request, settings, added)
        - worth_of(old, before, request, settings),
        undone=_undone(prepared, new),
        lost=named(old_jobs - new_jobs - {override.job_id}, before, city),
        gained=named(new_jobs - old_jobs, after, city),
    )


def _undone(prepared: PreparedChange, plan: Plan) -> Message | None:
    """Why the plan leaves out what the change asks for; ``None`` where it does it."""
    override, request = prepared.override, prepared.baseline.request
    if override.action not in (ChangeAction.ADD, ChangeAction.MOVE):
        return None
    _, left_out, _ = read_plan(prepared.inputs, plan, request.city)
    return next((left.why for left in left_out if left.job_id == override.job_id), None)


def named(jobs: set[str], inputs: SolverInput, city: City) -> tuple[Message, ...]:
    """The names of jobs, each once: the watches of one post are one thing to the reader."""
    tasks = [inputs.tasks[job] for job in sorted(jobs) if job in inputs.tasks]
    names: list[Message] = []
    for task in tasks:
        name = job_name(task.kind, task.segment_id, task.station_id, city)
        if name not in names:
            names.append(name)
    return tuple(names)


def confirm(store: Store, prepared: PreparedChange, actor: Actor, now: datetime) -> Trigger:
    """Write the change down and ask for a plan that keeps to it.

    What was prepared is looked at again only where the situation is another one by now.

    Returns
    -------
    Trigger
        What the desk follows.

    Raises
    ------
    NotAllowed
        By this role; it makes no sense any more; or it breaks a rule (``by_hand.broken``).
    """
    require(actor, Action.CHANGE_PLAN)
    for _ in range(TRIES):
        prepared = _as_of(store, prepared, actor, now)
        with store.atomic():
            if _stands(store, prepared, now):
                return _kept(store, prepared, actor, now)
    with store.atomic():
        return _kept(store, prepared, actor, now)


def _stands(store: Store, prepared: PreparedChange, now: datetime) -> bool:
    """Whether the situation is the one that it was prepared in."""
    base = prepared.baseline
    return now - base.at <= FRESH and _state(store, base.operation) == base.state


def _as_of(store: Store, prepared: PreparedChange, actor: Actor, now: datetime) -> PreparedChange:
    """What was prepared, anew where the situation is another one by now."""
    if _stands(store, prepared, now):
        return prepared
    base = prepared.baseline
    return prepare(
        baseline(store, base.operation, actor, now, base.settings), prepared.change, actor
    )


def _kept(store: Store, prepared: PreparedChange, actor: Actor, now: datetime) -> Trigger:
    if prepared.broken:
        raise Conflict("by_hand.broken", why=prepared.broken)
    operation, current = prepared.baseline.operation, prepared.baseline.request.current
    override = prepared.override
    body = as_body(override)
    stored = store.desk.save_change(
        ManualChange(
            operation_id=operation.id,
            version=current.number if current else 0,
            job_id=override.job_id,
            action=override.action,
            by=actor.name,
            at=now,
            body=body,
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
        **body,
    )
    trigger = store.triggers.get(operation.id, str(Cause.of(CauseKind.CHANGE, stored.id)))
    assert trigger is not None, "written in the same transaction"
    return trigger


def _broken(override: Override, inputs: SolverInput) -> Message | None:
    """The rule against it; of what is added also that there is no time for it at all."""
    broken = next((why for given, why in inputs.given_up if given.job_id == override.job_id), None)
    if broken or override.action is not ChangeAction.ADD:
        return broken
    return next((left.why for left in inputs.no_time if left.job_id == override.job_id), None)


def _override(change: ChangeRequest, base: Baseline, by: str) -> Override:
    """The change as an override, with team and time where the action needs them."""
    override = Override(
        number=0,
        job_id=change.job_id,
        action=change.action,
        by=by,
        at=base.at,
        start=change.start,
        units=change.units,
    )
    if change.action is ChangeAction.ADD:
        return _added(override, change, base.request.city)
    in_force = {each.job_id: each for each in overrides_in_force(base.request.changes, base.at)}
    if change.action is ChangeAction.UNLOCK:
        if change.job_id not in in_force:
            raise Invalid("by_hand.nothing", job=change.job_id)
        return override
    if change.job_id not in base.inputs.tasks:
        raise NotFound("by_hand.no_job", job=change.job_id)
    added = in_force.get(change.job_id)
    if added and added.kind:
        override = replace(
            override, kind=added.kind, segment_id=added.segment_id, minutes=added.minutes
        )
    if change.action is ChangeAction.DROP:
        return replace(override, start=None, units=())
    return _placed(override, base.request.current)


def _placed(override: Override, current: PlanVersion | None) -> Override:
    """A lock or move with the team and time that are planned, where it says no other."""
    planned = _planned(current, override.job_id)
    if planned is None:
        if override.start and override.units:
            return override
        raise Conflict("by_hand.not_planned", job=override.job_id)
    units = tuple(member.unit_id for member in planned.members)
    if override.action is ChangeAction.LOCK:
        return replace(override, start=planned.start_at, units=units)
    return replace(
        override, start=override.start or planned.start_at, units=override.units or units
    )


def _planned(version: PlanVersion | None, job_id: str) -> Assignment | None:
    return next(
        (job for job in (version.assignments if version else ()) if job.job_id == job_id), None
    )


def _added(override: Override, change: ChangeRequest, city: City) -> Override:
    if change.kind not in ADDED_BY_HAND:
        raise Invalid("by_hand.kind", kinds=tuple(str(kind) for kind in ADDED_BY_HAND))
    if change.segment_id not in city.segment_by_id:
        raise Invalid("by_hand.segment", segment=change.segment_id or "-")
    if not 1 <= change.minutes <= LONGEST_MINUTES:
        raise Invalid("by_hand.minutes", most=LONGEST_MINUTES)
    if bool(change.start) != bool(change.units):
        raise Invalid("by_hand.both")
    parts = (str(change.kind), str(change.segment_id), f"{override.at:%Y%m%dT%H%M%S}")
    return replace(
        override,
        job_id=str(JobId(JobId.BY_HAND, parts)),
        kind=change.kind,
        segment_id=change.segment_id,
        minutes=change.minutes,
    )
