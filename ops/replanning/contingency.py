"""Plans kept ready for each warning colour, so that there are sheets to hand out when nothing can
be planned any more.

One is what would be published if a rain warning of that colour came now and its response level were
ordered. It is solved anew, while nothing asks for a plan, when what it stands on has changed.
"""

import hashlib
import time
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import City, LevelRule
from data.model.desk import ContingencyPlan
from data.model.field import Outage
from data.model.message import Message
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.planning import solver_input, solver_output
from ops.planning.context import Storm
from ops.planning.level_effects import at_level, own_names, tasks_at_level
from ops.planning.storm_tasks import storm_tasks
from ops.replanning.solver_process import Solving, solve_and_check
from ops.risk import rain_outlook, segment_risk
from ops.settings import Settings
from weather.hazards import SIGNAL_AMOUNTS
from weather.model import Action, Alert, Level, Severity

CAUSE = "standing:"


def is_contingency(version: PlanVersion) -> bool:
    """Whether it is a plan kept ready, which nobody has been told to carry out."""
    return any(cause.startswith(CAUSE) for cause in version.causes)


def colour_of(version: PlanVersion) -> Message:
    """The colour that a plan is kept ready for."""
    return Message(f"level.{version.causes[0].removeprefix(CAUSE)}")


def due(store: Store, operation: Operation, now: datetime, settings: Settings) -> Level | None:
    """The first colour whose plan is missing or stands on what is no longer so; ``None`` where all
    are ready.
    """
    if settings.contingency.hours == 0:
        return None
    kept = store.standing_plans(operation.id)
    city, outages = store.city(), _outages(store, operation, now)
    return next(
        (
            colour
            for colour in SIGNAL_AMOUNTS
            if colour not in kept
            or kept[colour].digest != digest(colour, city, outages, now, settings)
        ),
        None,
    )


def digest(
    colour: Level, city: City, outages: tuple[Outage, ...], now: datetime, settings: Settings
) -> str:
    """What a colour's plan stands on, as one name: district, outages, settings, and the time of
    day.
    """
    available = settings.contingency.hours and int(now.timestamp() // (settings.contingency.hours * 3600))
    stands_on = (
        str(colour),
        city,
        outages,
        available,
        settings.risk,
        settings.work,
        settings.safety,
        settings.stability,
    )
    return hashlib.sha256(repr(stands_on).encode()).hexdigest()


def _outages(store: Store, operation: Operation, now: datetime) -> tuple[Outage, ...]:
    return tuple(one for one in store.outages(operation.id) if one.to_at is None or one.to_at > now)


def prepare(
    store: Store,
    operation: Operation,
    colour: Level,
    now: datetime,
    token: int | None,
    solving: Solving,
    settings: Settings,
) -> ContingencyPlan:
    """Make a colour's plan and keep it in the place of the one before.

    Raises
    ------
    ops.replan.IllegalPlan
        The referee refused it.
    ops.replan.Stopped
        Something asks for a plan: that goes first.
    data.store.StalePlan
        The lease is lost.
    """
    city, outages = store.city(), _outages(store, operation, now)
    rule = next((one for one in city.levels if one.colour == colour), None)
    storm = _storm(colour, at_level(city, rule), outages, now, settings)
    tasks = tasks_at_level(storm_tasks(storm), rule, storm.rain)
    inputs = solver_input.build_problem(storm, tasks, None, settings.stability)
    started = time.perf_counter()
    plan, fallback = solve_and_check(solving, inputs.problem, settings.contingency.solve_seconds)
    assignments, left_out, rests = solver_output.read_plan(inputs, plan, city, settings.stability)
    version = PlanVersion(
        operation_id=operation.id,
        number=store.newest_number(operation.id),
        drill=operation.is_drill,
        made_at=now,
        causes=(f"{CAUSE}{colour}",),
        alert_digests=(),
        rain=storm.rain,
        risks=storm.risks,
        assignments=own_names(assignments),
        left_out=left_out,
        rests=rests,
        changes=(_told(colour, rule, now),),
        score=plan.score,
        bound=plan.bound,
        status=str(plan.status),
        solve_seconds=round(time.perf_counter() - started, 3),
        fallback=fallback,
        problem=inputs.problem.to_json(),
        plan=plan.to_json(),
        level=rule.id if rule else None,
    )
    kept = ContingencyPlan(
        operation_id=operation.id,
        colour=str(colour),
        made_at=now,
        plan=version,
        digest=digest(colour, city, outages, now, settings),
    )
    store.save_standing_plan(kept, token)
    return kept


def ready(
    store: Store,
    operation: Operation,
    colour: Level,
    now: datetime,
    solving: Solving,
    settings: Settings,
) -> ContingencyPlan:
    """A colour's plan: the one that is kept, if it still stands on what is so, else made now."""
    kept = store.standing_plans(operation.id).get(colour)
    if (
        kept
        and settings.contingency.hours
        and kept.digest
        == digest(colour, store.city(), _outages(store, operation, now), now, settings)
    ):
        return kept
    return prepare(store, operation, colour, now, None, solving, settings)


def _told(colour: Level, rule: LevelRule | None, now: datetime) -> Message:
    facts = {"colour": Message(f"level.{colour}"), "at": now}
    return (
        Message("standing.level", facts | {"level": rule.id})
        if rule
        else Message("standing.no_level", facts)
    )


def _storm(
    colour: Level, city: City, outages: tuple[Outage, ...], now: datetime, settings: Settings
) -> Storm:
    """The storm that a warning of this colour announces, issued now; nothing is known but the
    warning.
    """
    hours, mm = SIGNAL_AMOUNTS[colour]
    alert = Alert(
        provider="standing",
        provider_id=str(colour),
        issuers=("",),
        type="暴雨",
        level=colour,
        severity=Severity.UNKNOWN,
        action=Action.ISSUE,
        issued_at=now,
        received_at=now,
        forecast_hours=hours,
        forecast_mm=mm,
        expires_at=now + timedelta(hours=hours),
        text="",
    )
    rain = replace(rain_outlook.outlook(None, (alert,), None, now, settings.risk), provider=None)
    minute = now.replace(second=0, microsecond=0)
    return Storm(
        city=city,
        risks=segment_risk.assess(city, rain, (alert,), now, settings.risk),
        rain=rain,
        alerts=(alert,),
        now=minute,
        work=settings.work,
        safety=settings.safety,
        outages=outages,
    )
