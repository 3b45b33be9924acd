"""What comes in and asks for a plan: warnings, forecasts, the desk's "plan again"."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import District
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation, Trigger, TriggerKind
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action as Deed
from ops.auth.permissions import Actor, require
from ops.intake.operations import counted_statuses
from weather import detect_format
from weather.in_force import ends_at, in_force, is_over, same_warning
from weather.model import STALE, Action, Alert, RainSeries, Readable


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one alert: whether it was new, whether its time is over, and the request to
    plan it made.
    """

    alert: Alert
    new: bool
    over: bool
    trigger: Trigger | None


def understand(
    payload: str | bytes, now: datetime, district: District | None = None
) -> list[Alert]:
    """The alerts that a pasted text or a file holds.

    Parameters
    ----------
    district
        One that names neither it nor its city is given the doubt that it may be meant for another
        place.

    Raises
    ------
    weather.model.WeatherError
        It is not understood; ``code`` and ``facts`` say why. Nothing has changed.
    """
    alerts = detect_format.parse_any(payload.encode() if isinstance(payload, str) else payload, now)
    if isinstance(alerts, Readable) and alerts.rejected:
        alerts = [_doubted(alert, "doubt.part_unread", 0.6) for alert in alerts]
    return [
        _doubted(alert, "doubt.elsewhere", 0.5)
        if district and is_elsewhere(alert, district)
        else alert
        for alert in alerts
    ]


def _doubted(alert: Alert, doubt: str, confidence: float) -> Alert:
    return replace(
        alert,
        doubts=tuple(dict.fromkeys((*alert.doubts, doubt))),
        confidence=min(alert.confidence, confidence),
    )


def is_elsewhere(alert: Alert, district: District) -> bool:
    """Whether a warning names places, and none of them is the district, its city, its province's or
    the nation's.

    Codes decide where they are given (GB/T 2260: the first two digits are the province, the first
    four the city).
    """
    if alert.adcodes:
        return not any(
            code[:4] == district.adcode[:4]
            or code[:6].ljust(6, "0") == f"{district.adcode[:2]}0000"
            for code in alert.adcodes
        )
    own = [place for place in re.split("[省市区县州盟旗]", district.name) if place]
    text = "".join((*alert.issuers, *alert.areas, alert.text))
    return bool(alert.issuers) and not any(
        place in text for place in (*own, "省", "中央气象台", "全国")
    )


def take_alerts(
    store: Store, operation: Operation, actor: Actor, alerts: list[Alert], now: datetime
) -> list[Taken]:
    """Keep the alerts that somebody hands in; see ``keep_alerts``.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Deed.TAKE_ALERT)
    taken = keep_alerts(store, operation, alerts, now)
    for one in taken:
        if one.new:
            record(
                store, actor, Deed.TAKE_ALERT, one.alert.digest, now, operation, type=one.alert.type
            )
    return taken


def keep_alerts(
    store: Store, operation: Operation, alerts: list[Alert], now: datetime
) -> list[Taken]:
    """Keep the alerts; each new one that still matters asks for a plan, in the same transaction.

    An alert seen before changes nothing, and the same warning through another door asks for nothing
    unless it changes what is in force: one that brings an amount or an end that the first left out
    is planned on. One whose time is over, or that is a test, is kept and plans nothing; an exercise
    plans only within a drill.
    """
    causes_by_digest = _causes(store, operation, alerts, now)
    causes = {
        alert.digest: causes_by_digest[alert.digest]
        for alert in alerts
        if _matters(alert, operation, now)
    }
    known = store.weather.save_alerts(operation.id, alerts, causes, now)
    return [
        Taken(
            alert=alert,
            new=new,
            over=has_passed(alert, now),
            trigger=store.triggers.get(operation.id, causes_by_digest[alert.digest]),
        )
        for alert, new in zip(alerts, known, strict=True)
    ]


def _causes(
    store: Store, operation: Operation, alerts: list[Alert], now: datetime
) -> dict[str, str]:
    """The cause of each by its digest: one warning through several doors is one cause, that of the
    first.

    A copy that says what changes the planning is a cause of its own.
    """
    before = store.weather.alerts(operation.id) if alerts else []
    known = {alert.digest for alert in before}
    causes: dict[str, str] = {}
    for alert in alerts:
        if alert.digest in causes:
            continue
        first = _first_of_same(alert, before)
        own = cause_of(alert)
        if first is None:
            is_cause = True
        elif alert.digest in known:  # it comes again: its plan, if any, was asked for then
            is_cause = store.triggers.get(operation.id, own) is not None
        else:
            with_it = _weighed([*before, alert], operation, now)
            is_cause = _weighed(before, operation, now) != with_it
        if alert.digest not in known:
            before.append(alert)
        causes[alert.digest] = (
            own if is_cause or first is None else causes.get(first.digest, cause_of(first))
        )
    return causes


def _first_of_same(alert: Alert, before: list[Alert]) -> Alert | None:
    """The first that brought the same warning, through whatever door."""
    return next(
        (other for other in before if other.digest != alert.digest and same_warning(alert, other)),
        None,
    )


def _weighed(alerts: list[Alert], operation: Operation, now: datetime) -> list[tuple]:
    """What planning takes from the warnings in force; words, outlines and who brought them are no
    reason to plan.
    """
    return [
        (
            alert.type,
            alert.level,
            alert.forecast_hours,
            alert.forecast_mm,
            alert.forecast_mm_max,
            alert.window_hours,
            ends_at(alert),
        )
        for alert in in_force(alerts, now, statuses=counted_statuses(operation))
    ]


def cause_of(alert: Alert) -> str:
    """The cause that an alert is, unique within its operation."""
    return str(Cause(CauseKind.ALERT, alert.digest))


def _matters(alert: Alert, operation: Operation, now: datetime) -> bool:
    if alert.status not in counted_statuses(operation):
        return False
    return not has_passed(alert, now)


def has_passed(alert: Alert, now: datetime) -> bool:
    """Whether a warning's time is over; a lifting has no time of its own and is always news."""
    return alert.action is not Action.CANCEL and is_over(alert, now)


def take_forecast(
    store: Store,
    operation: Operation,
    series: RainSeries,
    now: datetime,
    *,
    rank: int = 50,
    stale: timedelta = STALE,
) -> Trigger | None:
    """Keep a forecast; if it is now the best fresh one and was never planned on, it asks for a
    plan.

    Parameters
    ----------
    rank, stale
        Its source's rank (the least is the best), and the age at which it is fresh no longer.
    """
    store.weather.save_forecast(operation.id, series, at=now, rank=rank, stale=stale)
    return use_best(store, operation, now)


def use_best(store: Store, operation: Operation, now: datetime) -> Trigger | None:
    """Ask for a plan on the best fresh forecast, unless it was asked for already (``None``).

    So a fall-back to another source is planned on as soon as the better one is stale.
    """
    best = store.weather.latest_forecast(operation.id, now)
    if best is None:
        return None
    trigger, new = store.triggers.request(
        operation.id, str(Cause(CauseKind.FORECAST, best.digest)), TriggerKind.FORECAST, now
    )
    return trigger if new else None


def plan_again(store: Store, operation: Operation, actor: Actor, now: datetime) -> Trigger:
    """The desk's own request; two within one second are one.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Deed.PLAN_AGAIN)
    trigger, new = store.triggers.request(
        operation.id, str(Cause(CauseKind.MANUAL, f"{now:%Y%m%dT%H%M%SZ}")), TriggerKind.MANUAL, now
    )
    if new:
        record(store, actor, Deed.PLAN_AGAIN, trigger.cause, now, operation)
    return trigger
