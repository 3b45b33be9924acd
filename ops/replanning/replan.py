"""One or more causes in, one plan version out: the story of the program."""

import logging
from dataclasses import replace
from datetime import datetime

from data.model.message import Message
from data.model.notice import Notice
from data.model.operation import Operation, Trigger
from data.model.plan import PlanState, PlanVersion
from data.store.store import Store
from ops.district.roster_changes import roster_causes
from ops.field.calls.incident_jobs import named_causes
from ops.field.outages import loan_causes
from ops.planning.in_force import manual_overrides, plan_diff
from ops.planning.in_force.closed_in import told_inside
from ops.replanning.plan_version import new_version, plan_notices
from ops.replanning.request import (
    PlanningRequest,
    planning_request,
    solver_input_for,
    without_level,
)
from ops.replanning.solver_process import Solving, solve_under_level
from ops.settings import Settings
from ops.ways.closures import named_causes as closure_causes

log = logging.getLogger(__name__)


def replan(
    store: Store,
    operation: Operation,
    triggers: tuple[Trigger, ...],
    now: datetime,
    token: int,
    solving: Solving,
    settings: Settings,
) -> PlanVersion:
    """Answer these triggers together with one new plan version: published, or held where the level
    asks for approval. A plan that changes nothing is no version: that of before answers them.

    Parameters
    ----------
    now
        The operation's time.
    token
        The lease under which we plan: whoever lost it can't write.

    Returns
    -------
    PlanVersion
        The one that answers.

    Raises
    ------
    IllegalPlan
        The referee refused the plan.
    data.errors.StalePlan
        Another version came first, or the lease is lost.
    """
    request = planning_request(store, operation, now, settings)
    inputs, plain = solver_input_for(request, settings), without_level(request, settings)
    without = solver_input_for(plain, settings) if plain else None
    inputs, solution = solve_under_level(solving, inputs, without, settings.loop.solve_seconds)
    version = new_version(
        operation,
        store.plans.newest_number(operation.id) + 1,
        tuple(trigger.cause for trigger in triggers),
        now,
        request.storm,
        request.city,
        request.level,
        inputs,
        solution,
        request.dropped,
    )
    version = _with_state(version, settings.approval.state(request.level), now)
    standing = store.plans.draft(operation.id) or request.current
    given_up = manual_overrides.sentences(
        inputs.given_up, request.current, version.causes, request.city
    )
    if standing and not given_up and _changes_nothing(standing, version, request, settings):
        return _confirm(store, standing, triggers, now, token)
    version = _with_changes(store, version, triggers, request, settings, given_up)
    notices = _notices(version, request, settings, now)
    store.plans.save(version, [trigger.id for trigger in triggers], now, token, notices=notices)
    _log(version, token)
    return version


def _with_state(version: PlanVersion, state: PlanState, now: datetime) -> PlanVersion:
    is_published = state is PlanState.PUBLISHED
    return replace(version, state=state, published_at=now if is_published else None)


def _changes_nothing(
    standing: PlanVersion, version: PlanVersion, request: PlanningRequest, settings: Settings
) -> bool:
    """Whether nobody need be told anything that the version of before does not say; of a plan in
    force nobody need approve it once more.
    """
    return (
        standing.state in (version.state, PlanState.PUBLISHED)
        and plan_diff.stands_alike(standing, version, request.alerts)
        and not plan_diff.changes(standing, version, request.city, settings.stability)
    )


def _confirm(
    store: Store, standing: PlanVersion, triggers: tuple[Trigger, ...], now: datetime, token: int
) -> PlanVersion:
    """Let the version of before answer the triggers as it stands."""
    outcome = Message("outcome.unchanged", {"number": standing.number, "at": now})
    ids = [trigger.id for trigger in triggers]
    store.plans.confirm(standing.operation_id, standing.number, ids, now, outcome, token)
    log.info(
        "version=%s stands causes=%s",
        standing.number,
        [trigger.cause for trigger in triggers],
        extra={"version": standing.number, "token": token},
    )
    return standing


def _with_changes(
    store: Store,
    version: PlanVersion,
    triggers: tuple[Trigger, ...],
    request: PlanningRequest,
    settings: Settings,
    given_up: tuple[Message, ...],
) -> PlanVersion:
    """The version with its causes, what it changes, and which orders of the desk gave way."""
    city, current, operation_id = request.city, request.current, version.operation_id
    named = named_causes(
        store.field.incidents(operation_id), store.desk.outages(operation_id), city
    )
    named |= roster_causes(store.rosters.changes(operation_id), city)
    named |= loan_causes(store.directives.standings(loans_only=True))
    named |= closure_causes(store.streets.closures(operation_id))
    named |= manual_overrides.named_causes(request.changes, (current, version), city)
    changes = plan_diff.difference(
        current,
        version,
        triggers,
        request.alerts,
        city,
        store.level_orders.all(operation_id),
        named,
        settings.stability,
    )
    inside = told_inside(request.storm, current, version)
    return replace(version, changes=(*changes, *inside, *given_up))


def _notices(
    version: PlanVersion, request: PlanningRequest, settings: Settings, now: datetime
) -> tuple[Notice, ...]:
    """Who must be told what; of a plan that waits for approval nobody is told yet."""
    if version.state is PlanState.DRAFT:
        return ()
    return plan_notices(
        version,
        request.current,
        request.city,
        request.level,
        request.storm.alerts,
        settings.channels,
        settings.notify,
        now,
    )


def _log(version: PlanVersion, token: int) -> None:
    log.info(
        "%s version=%s causes=%s score=%s bound=%s fallback=%s",
        version.state,
        version.number,
        version.causes,
        version.score,
        version.bound,
        version.fallback,
        extra={"version": version.number, "causes": version.causes, "token": token},
    )
