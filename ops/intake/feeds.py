"""The feeds at work: which is due, what it may spend, what it brought, how it is. One report of all
of them.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from data.model.message import Message
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.messages import Translator
from ops.intake.alerts import keep_alerts, take_forecast, use_best
from ops.risk.gauges import Gauge
from ops.risk.parameters import RiskSettings
from weather.model import Health, SourceError, SourceHealth, WeatherError
from weather.poll import Polled, poll
from weather.sources import Feed

log = logging.getLogger(__name__)
OVER_QUOTA = ("fetch.over_quota", "open_meteo.over_quota", "feed.over_budget")
PATIENCE = timedelta(
    minutes=30
)  # a source that says "too many" is left alone at least this long (assumption)


def poll_due(
    store: Store,
    operation: Operation,
    feeds: tuple[Feed, ...],
    place: tuple[float, float],
    now: datetime,
    secrets: Mapping[str, str],
    settings: RiskSettings = RiskSettings(),
    gauges: Sequence[Gauge] = (),
) -> list[SourceHealth]:
    """Poll every feed that is due, one after the other, and keep what each brought and how it is.

    Parameters
    ----------
    place
        Longitude and latitude that is asked for.
    secrets
        Environment variables; what they hold is sent to its feed and kept nowhere.
    """
    healths = store.weather.healths()
    polled = []
    for feed in feeds:
        if not is_due(feed, healths.get(feed.name), now):
            continue
        health = _polled(
            store, operation, feed, place, now, secrets, healths.get(feed.name), settings, gauges
        )
        store.weather.save_health(health)
        polled.append(health)
        if store.operations.current() != operation:
            break  # the desk has gone over to another operation meanwhile
    use_best(store, operation, now, settings, gauges)
    return polled


def try_feed(
    store: Store,
    actor: Actor,
    feed: Feed,
    place: tuple[float, float],
    now: datetime,
    secrets: Mapping[str, str],
) -> Polled:
    """Ask a feed once, whatever it was asked before: what it brings is shown and not stored. It
    counts in the day's budget.

    Raises
    ------
    NotAllowed
        By this role.
    """
    require(actor, Action.CHANGE_SETTINGS)
    record(store, actor, Action.CHANGE_SETTINGS, f"test {feed.name}", now)
    day = now.astimezone(UTC).date()
    return poll(
        feed,
        place,
        now,
        secrets,
        {},
        lambda: store.weather.spend(feed.name, day, feed.daily_budget),
    )


def is_due(feed: Feed, health: SourceHealth | None, now: datetime) -> bool:
    """Whether it is time to ask again: not before a source that asked for patience has had it,
    stale or not.
    """
    if health is None or health.tried_at > now:
        return True
    wait = timedelta(minutes=feed.poll_minutes)
    error = health.error
    if health.state is Health.OVER_QUOTA or (error and error.code in OVER_QUOTA):
        wait = max(wait, PATIENCE)
    if error and error.retry_after_s is not None:
        wait = max(wait, timedelta(seconds=error.retry_after_s))
    return now - health.tried_at >= wait


def _polled(
    store: Store,
    operation: Operation,
    feed: Feed,
    place: tuple[float, float],
    now: datetime,
    secrets: Mapping[str, str],
    before: SourceHealth | None,
    settings: RiskSettings,
    gauges: Sequence[Gauge],
) -> SourceHealth:
    day = now.astimezone(UTC).date()
    answer = poll(
        feed,
        place,
        now,
        secrets,
        store.weather.marks(operation.id, feed.name),
        lambda: store.weather.spend(feed.name, day, feed.daily_budget),
    )
    current = store.operations.current()
    if current is not None and current.id == operation.id:
        _keep(store, operation, feed, answer, now, settings, gauges)
    for error in answer.errors:
        log.warning("feed %s: %s", feed.name, error)
    return _health(feed, answer, before, now)


def _keep(
    store: Store,
    operation: Operation,
    feed: Feed,
    answer: Polled,
    now: datetime,
    settings: RiskSettings,
    gauges: Sequence[Gauge],
) -> None:
    """Store what came; what the poll remembers is written last, so that a crash before it asks for
    all again.
    """
    keep_alerts(store, operation, list(answer.alerts), now)
    if answer.rain is not None and answer.rain.steps[-1].end > now:
        take_forecast(
            store,
            operation,
            answer.rain,
            now,
            rank=feed.rank,
            stale=timedelta(minutes=feed.stale_minutes),
            settings=settings,
            gauges=gauges,
        )
    elif answer.same_rain:
        store.weather.confirm_forecast(operation.id, feed.name, now)
    if answer.marks:
        store.weather.save_marks(operation.id, feed.name, answer.marks, now)


def _health(feed: Feed, answer: Polled, before: SourceHealth | None, now: datetime) -> SourceHealth:
    good_at = before.good_at if before else None
    if answer.rain is not None and answer.rain.steps[-1].end <= now:
        return SourceHealth(
            provider=feed.name,
            state=Health.STALE,
            tried_at=now,
            good_at=good_at,
            error=SourceError(code="feed.old_forecast"),
        )
    if answer.reached:
        good_at = now
    if not answer.errors:
        quiet = not (feed.brings_rain or answer.alerts or answer.unread)
        if answer.unchanged and before and before.state in (Health.OK, Health.QUIET):
            quiet = before.state is Health.QUIET
        return SourceHealth(
            provider=feed.name,
            state=Health.QUIET if quiet else Health.OK,
            tried_at=now,
            good_at=now,
            error=_partly(answer),
        )
    error = max(answer.errors, key=_patience_s)  # else the first
    state = Health.OVER_QUOTA if _over_quota(error) else Health.FAILED
    if good_at is not None and now - good_at > timedelta(minutes=feed.stale_minutes):
        state = Health.STALE
    return SourceHealth(
        provider=feed.name,
        state=state,
        tried_at=now,
        good_at=good_at,
        error=SourceError.of(error),
    )


def _partly(answer: Polled) -> SourceError | None:
    """That some of an answer could not be read, if so: the rest counts, somebody must know."""
    return SourceError(code="feed.partly", facts={"n": answer.unread}) if answer.unread else None


def _patience_s(error: WeatherError) -> int:
    return -1 if error.retry_after_s is None else error.retry_after_s


def _over_quota(error: WeatherError) -> bool:
    return error.code in OVER_QUOTA or str(error.facts.get("status")) == "429"


def report(store: Store, feeds: tuple[Feed, ...], now: datetime) -> list[dict]:
    """How every feed is, as plain values: JSON-able but for the instants.

    A feed whose last good answer is too old is stale whatever its last poll said, for nobody may be
    polling.
    """
    healths, spent = store.weather.healths(), store.weather.spent(now.astimezone(UTC).date())
    return [_line(feed, healths.get(feed.name), spent.get(feed.name, 0), now) for feed in feeds]


def _line(feed: Feed, health: SourceHealth | None, spent: int, now: datetime) -> dict:
    if health and health.good_at and now - health.good_at > timedelta(minutes=feed.stale_minutes):
        health = replace(health, state=Health.STALE)
    return {
        "name": feed.name,
        "kind": feed.kind,
        "rank": feed.rank,
        "state": str(health.state) if health else None,
        "tried_at": health.tried_at if health else None,
        "good_at": health.good_at if health else None,
        "age_minutes": int((now - health.good_at) / timedelta(minutes=1))
        if health and health.good_at
        else None,
        "error": health.error if health else None,
        "spent_today": spent,
        "daily_budget": feed.daily_budget or None,
        "poll_minutes": feed.poll_minutes,
        "stale_minutes": feed.stale_minutes,
    }


def sentence(error: WeatherError | SourceError, t: Translator) -> str:
    """An error as a sentence; what the catalogue doesn't know stays as it is."""
    return t.message(Message(error.code, dict(error.facts)))
