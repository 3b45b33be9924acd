"""What the pages read: one look at the store, gathered so that a page tells one instant and not several."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.entities import City, LevelOrder, Operation, PlanVersion, Trigger
from data.events import FieldEvent, Incident, Notice, NoticeState, Outage
from data.store import NoCity, Store
from ops.access import Action, Actor, may
from ops.joblist import JobLine, job_lines
from ops.levels import standing
from ops.links import Links
from ops.loop import FAILURE
from ops.operation import LOOP, ROUND, meant
from ops.settings import Settings
from ops.standing import is_standing
from ops.taps import EARLIER
from weather.forecast import Alert, Health, RainSeries, SourceHealth
from weather.in_force import in_force

LOOP_SILENT = timedelta(seconds=30)  # it beats every few seconds; a solve may hold one beat back
ROUND_LATE = timedelta(minutes=5)  # a round takes seconds; a plan that can't be made is tried again for so long
DELIVERY = timedelta(minutes=1)  # what a notice may take before the desk is told that it is not delivered
PATIENCE = timedelta(minutes=20)  # how long after its start work nobody set out for is late, unless settings say so
FORECAST_OLD = timedelta(hours=3)  # worth a word to the desk; providers renew hourly


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why the last try to plan came to nothing, in the words of what failed; ``at`` by the real clock."""

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
        All received in this operation, oldest first; ``standing`` are those in force at ``now``.
    undelivered
        Notices in force that have not reached their channel and should have.
    draft
        The plan that waits for approval.
    round_at
        When the planning loop last finished a round (real clock).
    failure
        Why what is ``pending`` has no plan, if it was tried.
    lines
        Every job of the version with how it stands, the most pressing first; ``events`` is all that was reported.
    incidents, outages
        Those that are open.
    order
        The response level that is ordered.
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
    outages: tuple[Outage, ...] = ()
    order: LevelOrder | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.city.district.time_zone)

    @property
    def loop_silent(self) -> bool:
        """Whether nobody answers requests: the planning loop is not running."""
        return self.beat_at is None or self.real_now - self.beat_at > LOOP_SILENT

    @property
    def loop_stuck(self) -> bool:
        """Whether the loop lives and yet finishes nothing."""
        return not self.loop_silent and self.round_at is not None and self.real_now - self.round_at > ROUND_LATE

    @property
    def forecast_age(self) -> timedelta | None:
        """How old the rain is that a plan made now would stand on; a drill's forecast lives on the drill's clock."""
        return self.now - self.forecast.fetched_at if self.forecast else None

    @property
    def forecast_old(self) -> bool:
        return self.forecast_age is None or self.forecast_age > FORECAST_OLD

    @property
    def forecast_stale(self) -> bool:
        """Whether the best forecast there is is too old to be planned on: none is fresh."""
        return self.forecast is not None and self.forecast.is_stale(self.now)

    @property
    def feeds_down(self) -> tuple[SourceHealth, ...]:
        """Sources that don't answer: then "no warning" can't be known."""
        return tuple(health for health in self.healths if health.state in (
            Health.FAILED, Health.OVER_QUOTA, Health.STALE))


def open_store(url: str) -> Store:
    """The database named by ``url``."""
    return Store(url)


def read_city(store: Store) -> City | None:
    """The district; ``None`` before one is loaded."""
    try:
        return store.city()
    except NoCity:
        return None


def look(store: Store, city: City, real_now: datetime, patience: timedelta = PATIENCE) -> Situation | None:
    """The situation at ``real_now``; ``None`` before any operation was opened.

    Parameters
    ----------
    patience
        How long after its start work that nobody set out for is late.
    """
    operation = store.current_operation()
    if operation is None:
        return None
    now, version = operation.now(real_now), store.current_version(operation.id)
    alerts, events = tuple(store.alerts(operation.id)), tuple(store.field_events(operation.id))
    pending = tuple(store.pending(operation.id))
    return Situation(
        city=city, operation=operation, real_now=real_now, now=now, version=version,
        alerts=alerts, standing=in_force(alerts, now, statuses=meant(operation)),
        forecast=store.latest_forecast(operation.id, now), healths=tuple(store.healths().values()),
        draft=store.draft(operation.id), pending=pending, beat_at=store.last_beat(LOOP),
        round_at=store.last_beat(ROUND), failure=_failure(store) if pending else None,
        undelivered=tuple(one for one in store.undelivered(operation.id) if now - one.created_at > DELIVERY
                          or one.state is NoticeState.FAILED),
        events=events, lines=_lines(store, version, city, events, now, patience),
        incidents=tuple(store.incidents(operation.id, open_only=True)),
        outages=tuple(one for one in store.outages(operation.id) if one.to_at is None or one.to_at > now),
        order=standing(store.orders(operation.id)))


def _lines(store: Store, version: PlanVersion | None, city: City, events: tuple[FieldEvent, ...], now: datetime,
           patience: timedelta) -> tuple[JobLine, ...]:
    if version is None:
        return ()
    spoken_of = {event.version for event in events} - {version.number}
    earlier = {number: found for number in spoken_of if version.number - number < EARLIER
               and (found := store.version(version.operation_id, number))}
    return job_lines(version, city, events, earlier, now, patience)


def _failure(store: Store) -> Failure | None:
    told = store.setting(FAILURE)
    return Failure(at=datetime.fromisoformat(told["at"]), error=told["error"]) if isinstance(told, dict) else None


def order_of(store: Store, version: PlanVersion) -> LevelOrder | None:
    """The order of a response level that a version was made under."""
    return standing([order for order in store.orders(version.operation_id) if order.at <= version.made_at])


def addresses_of(store: Store, version: PlanVersion, settings: Settings, actor: Actor) -> dict[str, str]:
    """The address of each station's signed link, by station; none unless the version is in force and the settings say
    where we are reached. Whoever holds a link may report by it: nobody is given one who may not report himself.
    """
    operation = store.current_operation()
    current = store.current_version(operation.id) if operation and operation.id == version.operation_id else None
    if current is None or current.number != version.number or is_standing(version):
        return {}
    links = Links(store, settings.notify, lambda: version.made_at)  # to make one takes no clock, only to read one
    found = {station.id: links.sheet(version.operation_id, version.number, station.id)
             for station in store.city().stations if may(actor, Action.REPORT_WORK, station.id)}
    return {station_id: address for station_id, address in found.items() if address}


def alerts_of(store: Store, version: PlanVersion) -> tuple[Alert, ...]:
    """The alerts that a version stands on, each once."""
    wanted = set(version.alert_digests)
    found = {alert.digest: alert for alert in store.alerts(version.operation_id) if alert.digest in wanted}
    return tuple(found.values())
