"""Plans kept ready for each warning colour, so that there are sheets to hand out when nothing can
be planned any more.

One is what would be published if a rain warning of that colour came now and its response level were
ordered. It is solved anew, while nothing asks for a plan, when what it stands on has changed.
"""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.desk import ContingencyPlan
from data.model.field import Outage
from data.model.ids import Cause, CauseKind
from data.model.levels import LevelRule
from data.model.message import Message
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.district.roster_changes import rostered_city
from ops.field.outages import outages_ahead
from ops.field.water.inlet_record import recorded_city
from ops.planning.context import Storm
from ops.planning.on_duty.teams import with_teams
from ops.planning.solver_input import build_problem
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.replanning.plan_version import new_version
from ops.replanning.request import situation
from ops.replanning.solver_process import Solving, solve_under_level
from ops.replanning.ways_in_force import all_closures, ways_in_force
from ops.risk import rain_outlook
from ops.settings import Settings
from weather.hazards import RAINSTORM, SIGNAL_AMOUNTS
from weather.model import Action, Alert, Level, Severity

_COLOURS = {str(Cause(CauseKind.STANDING, str(colour))): colour for colour in SIGNAL_AMOUNTS}


def is_contingency(version: PlanVersion) -> bool:
    """Whether it is a plan kept ready, which nobody has been told to carry out."""
    return contingency_colour(version) is not None


def contingency_colour(version: PlanVersion) -> Level | None:
    """The colour that a plan is kept ready for; ``None`` for one that answers causes."""
    return next((_COLOURS[cause] for cause in version.causes if cause in _COLOURS), None)


def colour_of(version: PlanVersion) -> Message:
    """The name of the colour that a plan is kept ready for."""
    return Message(f"level.{contingency_colour(version)}")


def due(store: Store, operation: Operation, now: datetime, settings: Settings) -> Level | None:
    """The first colour whose plan is missing or stands on what is no longer so; ``None`` where all
    are ready.
    """
    if settings.contingency.hours == 0:
        return None
    stored = store.desk.contingency_plans(operation.id)
    city, outages = rostered_city(store, operation), outages_ahead(store, operation, now)
    streets = _streets(store, operation, city, now, settings)
    return next(
        (
            colour
            for colour in SIGNAL_AMOUNTS
            if colour not in stored
            or stored[colour].digest != digest(colour, city, outages, now, settings, streets)
        ),
        None,
    )


PLANNED_BY = ("risk", "worth", "work", "safety", "duty", "stability", "travel", "ways", "services")
"""The tables of settings that a plan without reports stands on."""


def digest(
    colour: Level,
    city: City,
    outages: tuple[Outage, ...],
    now: datetime,
    settings: Settings,
    streets: tuple[object, ...] = (),
) -> str:
    """What a colour's plan stands on, as one name: district, outages, streets, settings, and the
    time of day. What is reported of inlets counts from the next of these times: not each tap makes
    a plan.
    """
    available = settings.contingency.hours and int(
        now.timestamp() // (settings.contingency.hours * 3600)
    )
    stands_on = (
        str(colour),
        city,
        outages,
        streets,
        available,
        *(getattr(settings, table) for table in PLANNED_BY),
    )
    return hashlib.sha256(repr(stands_on).encode()).hexdigest()


def _streets(
    store: Store, operation: Operation, city: City, now: datetime, settings: Settings
) -> tuple[object, ...]:
    """The street map, and what is closed or slow by hand or by works: reported water is gone until
    then.
    """
    loaded = store.streets.latest()
    closures = all_closures(store, operation, city, settings, ())
    return (loaded and loaded.digest, *(one for one in closures if not one.is_over(now)))


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
    ops.replanning.solver_process.IllegalPlan
        The referee refused it.
    ops.replanning.solver_process.Stopped
        Something asks for a plan: that goes first.
    data.errors.StalePlan
        The lease is lost.
    """
    city, outages = recorded_city(store, operation), outages_ahead(store, operation, now)
    rule = next((each for each in city.levels if each.colour == colour), None)
    storm = _storm(colour, city, rule, outages, now, settings)
    ways = ways_in_force(store, operation, city, storm.rain, now, settings, but_water=True)
    storm = replace(storm, streets=ways)
    inputs, without = (
        build_problem(each, storm_tasks(each), None, settings.stability)
        for each in (storm, replace(storm, level=None))
    )
    inputs, solution = solve_under_level(
        solving, inputs, without if rule else None, settings.contingency.solve_seconds
    )
    version = new_version(
        operation,
        store.plans.newest_number(operation.id),
        (str(Cause(CauseKind.STANDING, str(colour))),),
        now,
        storm,
        city,
        rule,
        inputs,
        solution,
    )
    version = replace(version, changes=(_title(colour, rule, now),), alert_digests=())
    made = ContingencyPlan(
        operation_id=operation.id,
        colour=str(colour),
        made_at=now,
        plan=version,
        digest=digest(
            colour,
            rostered_city(store, operation),
            outages,
            now,
            settings,
            _streets(store, operation, store.city(), now, settings),
        ),
    )
    store.desk.save_contingency_plan(made, token)
    return made


def ready(
    store: Store,
    operation: Operation,
    colour: Level,
    now: datetime,
    solving: Solving,
    settings: Settings,
) -> ContingencyPlan:
    """A colour's plan: the one that is kept, if it still stands on what is so, else made now."""
    stored = store.desk.contingency_plans(operation.id).get(colour)
    if (
        stored
        and settings.contingency.hours
        and stored.digest
        == digest(
            colour,
            rostered_city(store, operation),
            outages_ahead(store, operation, now),
            now,
            settings,
            _streets(store, operation, store.city(), now, settings),
        )
    ):
        return stored
    return prepare(store, operation, colour, now, None, solving, settings)


def _title(colour: Level, rule: LevelRule | None, now: datetime) -> Message:
    facts = {"colour": Message(f"level.{colour}"), "at": now}
    return (
        Message("standing.level", facts | {"level": rule.id})
        if rule
        else Message("standing.no_level", facts)
    )


def _storm(
    colour: Level,
    city: City,
    level: LevelRule | None,
    outages: tuple[Outage, ...],
    now: datetime,
    settings: Settings,
) -> Storm:
    """The storm that a warning of this colour announces, issued now; nothing is known but the
    warning.
    """
    hours, mm = SIGNAL_AMOUNTS[colour]
    alert = Alert(
        provider="standing",
        provider_id=str(colour),
        issuers=("",),
        type=RAINSTORM,
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
    storm = replace(situation(city, rain, (alert,), now, settings), level=level, outages=outages)
    return with_teams(storm)
