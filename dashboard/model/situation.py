"""What the pages read: one look at the store, gathered so that a page tells one instant and not
several.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import FieldEvent, Incident, Outage
from data.model.notice import Notice
from data.model.operation import LevelOrder, Operation, Trigger
from data.model.plan import JobKind, PlanVersion
from data.model.street.listed_roads import ListedRoad
from data.model.street.streets import Closure
from data.store.store import Store
from ops.district.listed_roads import listed_roads, without_place
from ops.district.roster_changes import with_changes
from ops.district.services import of_services, service_of
from ops.field.calls.matter_standing import MatterStanding
from ops.field.job_board import JobLine
from ops.field.needs import Field, Need, needs
from ops.field.needs_reader import Patience, read_field
from ops.field.readiness import Readiness, readiness
from ops.field.standing import Standing
from ops.intake.alerts import coming, planned_for
from ops.intake.areas import is_elsewhere, ours
from ops.intake.gauges import gauge_statuses
from ops.intake.operations import LOOP, ROUND
from ops.intake.response_level import order_in_force
from ops.planning.in_force.manual_overrides import overrides_in_force
from ops.planning.on_duty.refusals import OffDuty, stations_off
from ops.replanning.ways_in_force import closures_in_force
from ops.risk.gauges import GaugeState, GaugeStatus
from ops.runtime.planning_loop import FAILURE
from ops.settings import Settings
from weather.model import Alert, Health, RainSeries, SourceHealth

LOOP_SILENT = timedelta(seconds=30)  # it beats every few seconds; a solve may hold one beat back
ROUND_LATE = timedelta(
    minutes=5
)  # a round takes seconds; a plan that can't be made is tried again for so long
PATIENCE = timedelta(
    minutes=20
)  # how long after its start work nobody set out for is late, unless settings say so
FORECAST_OLD = timedelta(hours=3)  # worth a word to the desk; providers renew hourly


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the last try to plan came to nothing, in the words of what failed; ``at`` by the real
    clock.
    """

    at: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that a page shows, as of one instant.

    Attributes
    ----------
    real_now, now
        The real clock, and the operation's own (a drill's runs apart).
    alerts
        All received in this operation, oldest first; ``standing`` are those in force at ``now``,
        ``coming`` those dated ahead, ``elsewhere`` those in force for other places alone.
    undelivered
        Notices in force that have not reached their channel and should have.
    draft
        The plan that waits for approval.
    round_at
        When the planning loop last finished a round (real clock).
    failure
        Why what is ``pending`` has no plan, if it was tried.
    lines
        Every job of the version with how it stands, the most pressing first; ``events`` is all that
        was reported.
    incidents, outages
        Those that are open; ``calls`` are all incidents of the operation, open and closed.
    closures
        The streets that are closed or slow now, or soon will be.
    order
        The response level that is ordered.
    off_duty
        Stations that have refused all.
    lost
        Roads of the list that have no place, so that no plan knows of them.
    gauges
        How each rain gauge and water-level sensor is.
    matters
        Every incident that is open, with who comes and when.
    needs
        All that needs the desk's hand, the gravest first.
    locked
        The jobs whose team and time the desk has ordered.
    """

    city: City
    operation: Operation
    real_now: datetime
    now: datetime
    version: PlanVersion | None
    alerts: tuple[Alert, ...]
    standing: tuple[Alert, ...]
    forecast: RainSeries | None
    healths: tuple[SourceHealth, ...]
    pending: tuple[Trigger, ...]
    beat_at: datetime | None
    undelivered: tuple[Notice, ...] = ()
    draft: PlanVersion | None = None
    round_at: datetime | None = None
    failure: Failure | None = None
    events: tuple[FieldEvent, ...] = ()
    lines: tuple[JobLine, ...] = ()
    incidents: tuple[Incident, ...] = ()
    calls: tuple[Incident, ...] = ()
    outages: tuple[Outage, ...] = ()
    closures: tuple[Closure, ...] = ()
    order: LevelOrder | None = None
    off_duty: tuple[OffDuty, ...] = ()
    matters: tuple[MatterStanding, ...] = ()
    needs: tuple[Need, ...] = ()
    locked: frozenset[str] = frozenset()
    coming: tuple[Alert, ...] = ()
    elsewhere: tuple[Alert, ...] = ()
    gauges: tuple[GaugeStatus, ...] = ()
    lost: tuple[ListedRoad, ...] = ()

    @property
    def stamp(self) -> str:
        """What changes when the plan does: the panels of a page are drawn under one stamp."""
        numbers = (one.number if one else 0 for one in (self.version, self.draft))
        return ":".join(str(number) for number in (self.operation.id, *numbers))

    @property
    def mark(self) -> str:
        """What tells a minute's drawings from others: as long as it is the same, so are they."""
        told = self.events, self.calls, self.incidents, self.outages, self.closures
        counts = tuple(map(len, told))
        held = ",".join(sorted(self.locked))
        rain = self.forecast.fetched_at if self.forecast else None
        return f"{self.stamp} {self.now:%d %H:%M} {counts} {held} {rain}"

    @property
    def readiness(self) -> Readiness | None:
        """How far the gravest roads are before the rain."""
        return readiness(self.version, self.lines, self.now)

    def of(self, service: str) -> "Situation":
        """What a service's own page shows of it: its stations, units and work."""
        city = of_services(self.city, (service,))
        lines = tuple(
            line for line in self.lines if self._is_of(service, line.job.kind, line.job.station_id)
        )
        version = self._version_of(service, {line.job.job_id for line in lines})
        if city is self.city and len(lines) == len(self.lines) and version is self.version:
            return self
        return replace(self, city=city, lines=lines, version=version)

    def _is_of(self, service: str, kind: JobKind, station_id: str) -> bool:
        return service_of(kind, self.city.service_at(station_id)) == service

    def _version_of(self, service: str, own: Collection[str]) -> PlanVersion | None:
        """The version with these jobs alone, and with what is left out of this service's work."""
        whole = self.version
        if whole is None:
            return None
        jobs = tuple(job for job in whole.assignments if job.job_id in own)
        left = tuple(
            one for one in whole.left_out if self._is_of(service, one.kind, one.station_id)
        )
        if (len(jobs), len(left)) == (len(whole.assignments), len(whole.left_out)):
            return whole
        return replace(whole, assignments=jobs, left_out=left)

    @property
    def standings(self) -> dict[str, Standing]:
        """Where the team of each job is, by plan and by report."""
        return {line.job.job_id: line.standing for line in self.lines}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.district.time_zone)

    @property
    def loop_silent(self) -> bool:
        """Whether nobody answers requests: the planning loop is not running."""
        return self.beat_at is None or abs(self.real_now - self.beat_at) > LOOP_SILENT

    @property
    def loop_stuck(self) -> bool:
        """Whether the loop lives and yet finishes nothing."""
        return (
            not self.loop_silent
            and self.round_at is not None
            and self.real_now - self.round_at > ROUND_LATE
        )

    @property
    def forecast_age(self) -> timedelta | None:
        """How old the rain is that a plan made now would stand on; a drill's forecast lives on the
        drill's clock.
        """
        return self.now - self.forecast.fetched_at if self.forecast else None

    @property
    def forecast_old(self) -> bool:
        return self.forecast_age is None or self.forecast_age > FORECAST_OLD

    @property
    def forecast_stale(self) -> bool:
        """Whether the best forecast there is is too old to be planned on: none is fresh."""
        return self.forecast is not None and self.forecast.is_stale(self.now)

    @property
    def gauges_down(self) -> tuple[GaugeStatus, ...]:
        """Gauges that say nothing, or nothing that can be trusted."""
        return tuple(gauge for gauge in self.gauges if gauge.state is not GaugeState.OK)

    @property
    def measured_mm(self) -> float | None:
        """The most that any gauge that can be trusted measured in the last hour; ``None``: none."""
        known = (
            gauge.hour_mm
            for gauge in self.gauges
            if gauge.state is GaugeState.OK and gauge.hour_mm is not None
        )
        return max(known, default=None)

    @property
    def feeds_down(self) -> tuple[SourceHealth, ...]:
        """Sources that don't answer: then "no warning" can't be known."""
        return tuple(
            health
            for health in self.healths
            if health.state in (Health.FAILED, Health.OVER_QUOTA, Health.STALE)
        )


def look(
    store: Store,
    city: City,
    real_now: datetime,
    patience: timedelta = PATIENCE,
    settings: Settings = Settings(),
) -> Situation | None:
    """The situation at ``real_now``; ``None`` before any operation was opened.

    Parameters
    ----------
    patience
        How long after its start work that nobody set out for is late.
    """
    operation = store.operations.current()
    if operation is None:
        return None
    now = operation.now(real_now)
    city = with_changes(city, store.rosters.changes(operation.id))
    alerts = tuple(store.weather.alerts(operation.id))
    holding = planned_for(alerts, operation, None, now)
    pending = tuple(store.triggers.pending(operation.id))
    answer, on_site = settings.notify.answer_minutes, settings.response.on_site_minutes
    told = read_field(
        store, operation, city, now, replace(Patience.of_minutes(0, answer, on_site), late=patience)
    )
    return Situation(
        city=city,
        operation=operation,
        real_now=real_now,
        now=now,
        version=told.version,
        alerts=alerts,
        standing=ours(holding, city.district),
        coming=coming(alerts, operation, city.district, now),
        gauges=gauge_statuses(store, operation, settings.gauges, now),
        elsewhere=tuple(alert for alert in holding if is_elsewhere(alert, city.district)),
        forecast=store.weather.latest_forecast(operation.id, now),
        healths=tuple(store.weather.healths().values()),
        draft=store.plans.draft(operation.id),
        pending=pending,
        beat_at=store.leases.last_beat(LOOP),
        round_at=store.leases.last_beat(ROUND),
        failure=_failure(store) if pending else None,
        undelivered=tuple(told.undelivered),
        events=tuple(told.events),
        lines=tuple(told.lines),
        incidents=tuple(told.incidents),
        calls=tuple(told.calls),
        matters=tuple(told.matters),
        needs=needs(told),
        outages=_outages(store, operation, now),
        closures=closures_in_force(store, operation, city, now, settings),
        locked=_locked(store, operation, now),
        order=order_in_force(store.level_orders.all(operation.id)),
        lost=without_place(listed_roads(store), city),
        off_duty=_off_duty(told, city, now, settings),
    )


def _locked(store: Store, operation: Operation, now: datetime) -> frozenset[str]:
    changes = overrides_in_force(store.desk.manual_changes(operation.id), now)
    return frozenset(one.job_id for one in changes if one.is_fixed)


def _off_duty(told: Field, city: City, now: datetime, settings: Settings) -> tuple[OffDuty, ...]:
    refused, frozen = settings.loop.refused_hours, settings.stability.freeze_minutes
    return stations_off(told.events, told.versions, city, now, refused, frozen)


def _outages(store: Store, operation: Operation, now: datetime) -> tuple[Outage, ...]:
    return tuple(outage for outage in store.desk.outages(operation.id) if not outage.is_over(now))


def _failure(store: Store) -> Failure | None:
    stored = store.settings.get(FAILURE)
    return (
        Failure(at=datetime.fromisoformat(stored["at"]), error=stored["error"])
        if isinstance(stored, dict)
        else None
    )
