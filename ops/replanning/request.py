"""What a plan made now is asked for: the situation and its tasks, gathered for all who plan."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import City
from data.model.desk import ManualChange
from data.model.field import FieldEvent
from data.model.levels import LevelRule
from data.model.operation import Operation
from data.model.plan import SAME_JOB_WITHIN, PlanVersion, RainOutlook, UnassignedJob
from data.store.store import Store
from ops.district.services import of_services
from ops.field.gardens import gardens_served
from ops.field.outages import outages_ahead
from ops.field.progress import progress
from ops.field.progress_reader import events_with_versions
from ops.field.reporting import reporting_stations
from ops.field.water.inlet_record import recorded_city
from ops.intake.alerts import planned_for
from ops.intake.gauges import measured
from ops.intake.response_level import ordered
from ops.planning.context import Storm
from ops.planning.in_force.manual_overrides import Override, applied, overrides_in_force
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.level_demands import adds_by_level, mans_a_post
from ops.planning.on_duty.pace import learnt, paces
from ops.planning.on_duty.refusals import as_outages, refused_posts, stations_off
from ops.planning.on_duty.teams import with_teams
from ops.planning.on_duty.way_pace import learnt_setup, way_paces
from ops.planning.solver_input import SolverInput, build_problem
from ops.planning.wanted.incident_tasks import help_requests, incident_tasks
from ops.planning.wanted.rework_tasks import reopened, with_rework
from ops.planning.wanted.silt_tasks import told_silt
from ops.planning.wanted.skipped_inlets import skipped_inlets
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.tasks import Task
from ops.planning.wanted.unheard import with_doubt
from ops.planning.wanted.watch_parts import known_posts
from ops.replanning.service_tasks import service_tasks
from ops.replanning.ways_in_force import closures_in_force, ways_in_force
from ops.risk import rain_outlook, segment_risk
from ops.risk.fitted_multipliers import fitted
from ops.risk.inlet_state import inlet_states
from ops.risk.worth import Worth
from ops.settings import Settings
from ops.ways.ways_now import WaysNow
from weather.model import Alert

_Reports = tuple[list[FieldEvent], dict[int, PlanVersion]]
"""All that was reported, and the versions that it speaks of, by number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRequest:
    """All that one plan is asked for, as it stands at an instant.

    Attributes
    ----------
    city
        As the tables have it, with what was reported of inlets; ``storm.city`` is as the level asks
        for it.
    reports
        All that was reported, and the versions that it speaks of, by number.
    services
        What the other services of the street ask for.
    own_tasks
        What storm, incidents and work to be done again ask for, whatever the desk orders.
    overrides
        The desk's orders that hold.
    tasks, dropped
        What is asked for with them, and what is left out by them.
    """

    city: City
    alerts: tuple[Alert, ...]
    current: PlanVersion | None
    level: LevelRule | None
    storm: Storm
    changes: tuple[ManualChange, ...]
    reports: _Reports
    services: tuple[Task, ...]
    own_tasks: tuple[Task, ...]
    overrides: tuple[Override, ...] = ()
    tasks: tuple[Task, ...] = ()
    dropped: tuple[UnassignedJob, ...] = ()


def planning_request(
    store: Store, operation: Operation, now: datetime, settings: Settings
) -> PlanningRequest:
    """What a plan made now would be asked for."""
    city, alerts = recorded_city(store, operation), tuple(store.weather.alerts(operation.id))
    current = store.plans.current(operation.id)
    level = ordered(store, operation, city)
    reports = events_with_versions(store, operation, current)
    storm = _storm(store, operation, city, level, alerts, current, reports, now, settings)
    changes = tuple(store.desk.manual_changes(operation.id))
    services = tuple(service_tasks(store, operation, storm, now, settings))
    request = PlanningRequest(
        city=city,
        alerts=alerts,
        current=current,
        level=level,
        storm=storm,
        changes=changes,
        reports=reports,
        services=services,
        own_tasks=(*_tasks(storm, current, reports, now, settings), *services),
    )
    return with_overrides(request, overrides_in_force(changes, now))


def with_overrides(request: PlanningRequest, overrides: Iterable[Override]) -> PlanningRequest:
    """The request under these orders of the desk, and no others."""
    overrides = tuple(overrides)
    tasks, dropped = applied(request.own_tasks, overrides, request.storm, request.current)
    return replace(request, overrides=overrides, tasks=tasks, dropped=dropped)


def without_level(request: PlanningRequest, settings: Settings) -> PlanningRequest | None:
    """The same as if no level were ordered, where the one that is asks for people and no plan in
    force mans a post yet: what the level adds is then added to the plan for that.
    """
    storm, current, now = request.storm, request.current, request.storm.now
    if not adds_by_level(request.own_tasks) or mans_a_post(current, now):
        return None
    storm = replace(storm, level=None)
    own = (*_tasks(storm, current, request.reports, now, settings), *request.services)
    return with_overrides(replace(request, storm=storm, own_tasks=own), request.overrides)


def solver_input_for(request: PlanningRequest, settings: Settings) -> SolverInput:
    """The solver's problem for what is asked."""
    return build_problem(
        request.storm, request.tasks, request.current, settings.stability, request.overrides
    )


def situation(
    city: City,
    rain: RainOutlook,
    alerts: tuple[Alert, ...],
    now: datetime,
    settings: Settings,
    streets: WaysNow | None = None,
) -> Storm:
    """What rain and warnings make of a district: its inlets, its roads, what work is worth.

    Parameters
    ----------
    alerts
        Those in force.
    streets
        The ways over streets; ``None``: no street map is loaded.
    """
    now, city = whole_minute(now), of_services(city, settings.services.running)
    multipliers = fitted(city, now, settings.risk).multipliers
    worth = Worth(
        city=city,
        states=inlet_states(city, now, settings.risk, multipliers),
        silted=inlet_states(city, now - SAME_JOB_WITHIN, settings.risk, multipliers),
        rain=rain,
        now=now,
        cleared_share=settings.risk.cleared_share,
        settings=settings.worth,
    )
    return Storm(
        city=city,
        worth=worth,
        risks=segment_risk.assess(worth),
        rain=rain,
        alerts=alerts,
        now=now,
        work=settings.work,
        safety=settings.safety,
        duty=settings.duty,
        travel=settings.travel,
        ways=settings.ways,
        streets=streets,
    )


def _storm(
    store: Store,
    operation: Operation,
    city: City,
    level: LevelRule | None,
    alerts: tuple[Alert, ...],
    current: PlanVersion | None,
    reports: _Reports,
    now: datetime,
    settings: Settings,
) -> Storm:
    holding = planned_for(alerts, operation, city.district, now)
    rain = rain_outlook.outlook(
        store.weather.latest_forecast(operation.id, now),
        holding,
        current.rain if current else None,
        now,
        settings.risk,
        measured(store, operation, settings.gauges, now),
    )
    told = progress(reports[0], current, city, reports[1]) if current else {}
    off = stations_off(
        *reports, city, now, settings.loop.refused_hours, settings.stability.freeze_minutes
    )
    refusals = tuple(as_outages(off, city, operation.id))
    outages = (*outages_ahead(store, operation, now), *refusals)
    loaded = store.streets.latest()
    ways = way_paces(*reports, settings.work, now, loaded.source if loaded else None)
    set_up = learnt_setup(settings.work, ways)
    found = paces(*reports, set_up, now)
    streets = ways_in_force(store, operation, city, rain, now, settings)
    storm = replace(
        situation(city, rain, holding, now, settings, streets),
        told_closed=() if streets else closures_in_force(store, operation, city, now, settings),
        work=learnt(set_up, found),
        paces=found,
        way_paces=ways,
        level=level,
        progress=told,
        reporting=reporting_stations(reports[0], now),
        incidents=tuple(store.field.incidents(operation.id, open_only=True)),
        outages=tuple(outage for outage in outages if not outage.is_over(now)),
        refusals=refusals,
        known_posts=known_posts(current, now),
        told_silt=told_silt(current),
        skipped=skipped_inlets(reports[0], rain.storms, settings.work),
        served=gardens_served(store, operation, city, now),
        refused_posts=refused_posts(*reports, city, now),
    )
    return with_teams(storm, current.teams if current else ())


def _tasks(
    storm: Storm,
    current: PlanVersion | None,
    reports: _Reports,
    now: datetime,
    settings: Settings,
) -> tuple[Task, ...]:
    """What storm, incidents and reopened work ask for."""
    events, versions = reports
    posts, at_incidents = with_posts_served(
        storm_tasks(storm),
        incident_tasks(storm, settings.incident, current, help_requests(events, versions)),
        timedelta(minutes=storm.work.turnout_minutes),
    )
    wanted = with_rework((*posts, *at_incidents), reopened(events, versions, now), storm)
    return with_told_inlets(with_doubt(wanted, current, storm), current, storm)


def whole_minute(now: datetime) -> datetime:
    """Sheets are read by the minute, so plans begin on one."""
    return now.replace(second=0, microsecond=0)
