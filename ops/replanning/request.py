"""What a plan made now is asked for: the situation, gathered once for all who plan."""

from dataclasses import dataclass
from datetime import datetime

from data.model.city import City, LevelRule
from data.model.desk import ManualChange
from data.model.operation import Operation
from data.model.plan import PlanVersion, UnassignedJob
from data.store.store import Store
from ops.field.progress_reader import events_with_versions, reported
from ops.intake.operations import counted_statuses
from ops.intake.response_level import ordered
from ops.planning import manual_overrides, solver_input
from ops.planning.context import Storm
from ops.planning.incident_tasks import help_requests, incident_tasks
from ops.planning.level_effects import at_level, tasks_at_level
from ops.planning.rework_tasks import reopened, with_rework
from ops.planning.storm_tasks import storm_tasks
from ops.risk import rain_outlook, segment_risk
from ops.settings import Settings
from weather.in_force import in_force
from weather.model import Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningRequest:
    """All that one plan is asked for, as it stands at an instant; ``dropped`` is left out by the
    desk's word.
    """

    city: City
    alerts: tuple[Alert, ...]
    current: PlanVersion | None
    level: LevelRule | None
    storm: Storm
    changes: tuple[ManualChange, ...]
    inputs: solver_input.SolverInput
    dropped: tuple[UnassignedJob, ...]


def planning_request(
    store: Store,
    operation: Operation,
    now: datetime,
    settings: Settings,
    also: manual_overrides.Override | None = None,
) -> PlanningRequest:
    """What a plan made now would be asked for.

    Parameters
    ----------
    also
        A wish that is only thought of, besides those that stand.
    """
    city, alerts = store.city(), tuple(store.alerts(operation.id))
    current = store.current_version(operation.id)
    holding = in_force(alerts, now, statuses=counted_statuses(operation))
    rain = rain_outlook.outlook(
        store.latest_forecast(operation.id, now),
        holding,
        current.rain if current else None,
        now,
        settings.risk,
    )
    level = ordered(store, operation, city)
    storm = Storm(
        city=at_level(city, level),
        risks=segment_risk.assess(city, rain, holding, now, settings.risk),
        rain=rain,
        alerts=holding,
        now=_whole_minute(now),
        work=settings.work,
        safety=settings.safety,
        progress=reported(store, operation, current, city),
        incidents=tuple(store.incidents(operation.id, open_only=True)),
        outages=tuple(
            one for one in store.outages(operation.id) if one.to_at is None or one.to_at > now
        ),
    )
    told = events_with_versions(store, operation, current)
    tasks = (
        *tasks_at_level(storm_tasks(storm), level, rain),
        *incident_tasks(storm, settings.incident, current, help_requests(*told)),
    )
    tasks = with_rework(tasks, reopened(*told, now), storm)
    changes = tuple(store.manual_changes(operation.id))
    wished = [
        override
        for override in manual_overrides.overrides_in_force(changes, now)
        if also is None or override.job_id != also.job_id
    ]
    wished += [also] if also else []
    tasks, dropped = manual_overrides.applied(tasks, wished, storm, current)
    inputs = solver_input.build_problem(storm, tasks, current, settings.stability, wished)
    gone = {job.job_id for job in (*inputs.past, *inputs.held.values())}
    return PlanningRequest(
        city=city,
        alerts=alerts,
        current=current,
        level=level,
        storm=storm,
        changes=changes,
        inputs=inputs,
        dropped=tuple(left for left in dropped if left.job_id not in gone),
    )


def _whole_minute(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)
