"""What comes in and asks for a plan: warnings, forecasts, the desk's "plan again"."""

from dataclasses import dataclass
from datetime import datetime

from data.entities import Operation, Trigger, TriggerKind
from data.store import Store
from ops.operation import meant
from weather import doors
from weather.forecast import Action, Alert, RainSeries
from weather.in_force import is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one alert: whether it was new, whether its time is over, and the request to plan it made."""

    alert: Alert
    new: bool
    over: bool
    trigger: Trigger | None


def understand(payload: str | bytes, now: datetime) -> list[Alert]:
    """The alerts that a pasted text or a file holds.

    Raises
    ------
    weather.forecast.WeatherError
        It is not understood; ``code`` and ``facts`` say why. Nothing has changed.
    """
    return doors.parse_any(payload.encode() if isinstance(payload, str) else payload, now)


def take_alerts(store: Store, operation: Operation, alerts: list[Alert], now: datetime) -> list[Taken]:
    """Keep the alerts; each new one that still matters asks for a plan, in the same transaction.

    An alert seen before changes nothing. One whose time is over, or that is a test, is kept and plans nothing; an
    exercise plans only within a drill.
    """
    causes = {alert.digest: cause_of(alert) for alert in alerts if _matters(alert, operation, now)}
    known = store.save_alerts(operation.id, alerts, causes, now)
    return [Taken(alert=alert, new=new, over=is_over(alert, now),
                  trigger=store.trigger(operation.id, cause_of(alert)))
            for alert, new in zip(alerts, known, strict=True)]


def cause_of(alert: Alert) -> str:
    """The cause that an alert is, unique within its operation."""
    return f"alert:{alert.digest}"


def _matters(alert: Alert, operation: Operation, now: datetime) -> bool:
    if alert.status not in meant(operation):
        return False
    return alert.action is Action.CANCEL or not is_over(alert, now)


def take_forecast(store: Store, operation: Operation, series: RainSeries, now: datetime) -> Trigger | None:
    """Keep a forecast; one never seen asks for a plan, one seen before plans nothing (``None``)."""
    cause = f"forecast:{series.digest}"
    new = store.save_forecast(operation.id, series, cause, now)
    return store.trigger(operation.id, cause) if new else None


def plan_again(store: Store, operation: Operation, now: datetime) -> Trigger:
    """The desk's own request; two within one second are one."""
    trigger, _ = store.request(operation.id, f"manual:{now:%Y%m%dT%H%M%SZ}", TriggerKind.MANUAL, now)
    return trigger
