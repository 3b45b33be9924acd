"""The days and storms that a manager looks back on."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from dashboard.model.situation import Situation
from ops.analytics.case import Case
from ops.analytics.history import History
from ops.analytics.storm_ledger import Storm, cases_of
from ops.analytics.time_kpis import ResponseSettings
from ops.analytics.workload import CrewWorkload, WorkloadSettings, crew_workloads, work_intervals


class Look(NamedTuple):
    """What the page looks at: all that is stored of the operation, its cases, the storms, and the
    targets.
    """

    situation: Situation
    history: History
    cases: tuple[Case, ...]
    storms: tuple[Storm, ...]
    settings: ResponseSettings


Period = tuple[datetime, datetime]


def last_days(look: "Look", settings: WorkloadSettings) -> Period:
    """The days that are compared, until now."""
    return look.situation.now - timedelta(days=settings.days), look.situation.now


def period_of(look: "Look", storm: Storm | None) -> Period:
    """From the begin of a storm until its last work is over, at most until now; ``None``: the whole
    operation.
    """
    now = look.situation.now
    if storm is None:
        return datetime.min.replace(tzinfo=UTC), now
    ends = [
        end
        for case in cases_of(storm, look.cases)
        for end in (case.planned_end, case.at("cleared"))
        if end
    ]
    return storm.begin_at, min(now, max([storm.end_at, *ends])) if storm.over else now


def of(look: "Look", period: Period, settings: WorkloadSettings) -> tuple[CrewWorkload, ...]:
    """What every crew has worked in a period."""
    return crew_workloads(
        work_intervals(look.cases, look.situation.now),
        look.history.orders,
        look.situation.city,
        period,
        settings,
        look.settings,
    )
