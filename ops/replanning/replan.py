"""One or more causes in, one plan version out: the story of the program."""

import logging
import time
from dataclasses import replace
from datetime import datetime

from data.model.operation import Operation, Trigger
from data.model.plan import PlanState, PlanVersion
from data.store.store import Store
from ops.field.incident_jobs import named_causes
from ops.notifications.notices import notices_for
from ops.planning import manual_overrides, plan_diff, solver_output
from ops.planning.level_effects import own_names
from ops.replanning.request import planning_request
from ops.replanning.solver_process import Solving, solve_and_check
from ops.settings import Settings
from weather.rain_warnings import worst_level

log = logging.getLogger(__name__)


def replan(
    store: Store,
    operation: Operation,
    triggers: tuple[Trigger, ...],
    now: datetime,
    token: int,
    solving: "Solving",
    settings: Settings,
) -> PlanVersion:
    """Answer these triggers together with one new plan version: published, or held where the level
    asks for approval.

    Parameters
    ----------
    now
        The operation's time.
    token
        The lease under which we plan: whoever lost it can't write.

    Raises
    ------
    IllegalPlan
        The referee refused the plan.
    data.store.StalePlan
        Another version came first, or the lease is lost.
    """
    asked = planning_request(store, operation, now, settings)
    current, city, level, inputs = asked.current, asked.city, asked.level, asked.inputs
    started = time.perf_counter()
    plan, fallback = solve_and_check(solving, inputs.problem, settings.loop.solve_seconds)
    assignments, left_out, rests = solver_output.read_plan(inputs, plan, city, settings.stability)
    alerts, holding, rain = asked.alerts, asked.storm.alerts, asked.storm.rain
    state = settings.approval.state(level)
    version = PlanVersion(
        operation_id=operation.id,
        number=store.newest_number(operation.id) + 1,
        drill=operation.is_drill,
        made_at=now,
        causes=tuple(trigger.cause for trigger in triggers),
        alert_digests=tuple(alert.digest for alert in holding),
        rain=rain,
        risks=asked.storm.risks,
        assignments=own_names(assignments),
        left_out=(*left_out, *asked.dropped),
        rests=rests,
        changes=(),
        score=plan.score,
        bound=plan.bound,
        status=str(plan.status),
        solve_seconds=round(time.perf_counter() - started, 3),
        fallback=fallback,
        problem=inputs.problem.to_json(),
        plan=plan.to_json(),
        level=level.id if level else None,
        state=state,
        published_at=now if state is PlanState.PUBLISHED else None,
    )
    named = named_causes(store.incidents(operation.id), store.outages(operation.id), city)
    named |= manual_overrides.named_causes(asked.changes, (current, version), city)
    version = plan_diff.with_changes(
        current, version, triggers, alerts, city, store.orders(operation.id), named
    )
    given_up = manual_overrides.sentences(inputs.given_up, current, version.causes, city)
    version = replace(version, changes=(*version.changes, *given_up))
    notices = (
        ()
        if state is PlanState.DRAFT
        else notices_for(
            current,
            version,
            city,
            settings.channels,
            level.colour if level else worst_level(holding),
            now,
            settings.notify,
        )
    )
    store.save_version(version, [trigger.id for trigger in triggers], now, token, notices=notices)
    log.info(
        "%s version=%s causes=%s score=%s bound=%s fallback=%s",
        state,
        version.number,
        version.causes,
        version.score,
        version.bound,
        fallback,
        extra={"version": version.number, "causes": version.causes, "token": token},
    )
    return version
