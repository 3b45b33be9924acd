"""What comes in and asks for a plan: warnings, forecasts, the desk's "plan again"."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.city import District
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation, Trigger, TriggerKind
from data.model.plan import PlanVersion
from data.model.state_triggers import TRIGGERS
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action as Deed
from ops.auth.permissions import Actor, require
from ops.intake.areas import ELSEWHERE, for_us, is_elsewhere, ours
from ops.intake.gauges import measured
from ops.intake.operations import counted_statuses
from ops.risk.gauges import Gauge
from ops.risk.outlook_change import would_change_the_plan
from ops.risk.parameters import RiskSettings
from ops.risk.rain_outlook import outlook
from weather import detect_format
from weather.in_force import in_force
from weather.model import STALE, Action, Alert, RainSeries, Readable
from weather.same_warning import SAME_WITHIN, same_warning
from weather.validity import begins_at, ends_at, is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one alert: whether it was new, whether its time is over, whether it is for
    other places alone, and the request to plan it made.
    """

    alert: Alert
    new: bool
    over: bool
    elsewhere: bool
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
        _doubted(alert, ELSEWHERE, 0.5) if district and is_elsewhere(alert, district) else alert
        for alert in alerts
    ]


def _doubted(alert: Alert, doubt: str, confidence: float) -> Alert:
    return replace(
        alert,
        doubts=tuple(dict.fromkeys((*alert.doubts, doubt))),
        confidence=min(alert.confidence, confidence),
    )


def planned_for(
    alerts: Iterable[Alert], operation: Operation, district: District | None, now: datetime
) -> tuple[Alert, ...]:
    """The warnings that are planned for: those in force, but for other places'."""
    return ours(in_force(alerts, now, statuses=counted_statuses(operation)), district)


def coming(
    alerts: Iterable[Alert], operation: Operation, district: District | None, now: datetime
) -> tuple[Alert, ...]:
    """The warnings for us that are dated ahead and hold from then on, the first first."""
    alerts = tuple(alerts)
    dated = [
        alert
        for alert in alerts
        if alert.issued_at and begins_at(alert) > now and alert.action is not Action.CANCEL
    ]
    return tuple(
        alert
        for alert in sorted(dated, key=begins_at)
        if alert in planned_for(alerts, operation, district, begins_at(alert))
    )


def begun_causes(
    alerts: Iterable[Alert],
    operation: Operation,
    district: District | None,
    made_at: datetime,
    now: datetime,
) -> tuple[Cause, ...]:
    """The causes to plan that the clock brings: warnings dated ahead that hold since the plan was
    made.
    """
    return tuple(
        Cause(CauseKind.ALERT, f"{alert.digest}@{begins_at(alert):%Y%m%dT%H%MZ}")
        for alert in planned_for(alerts, operation, district, now)
        if made_at < begins_at(alert)
        and alert.received_at is not None
        and alert.received_at < begins_at(alert)
    )


@atomic
def take_alerts(
    store: Store,
    operation: Operation,
    actor: Actor,
    alerts: list[Alert],
    now: datetime,
    *,
    for_our_area: bool = False,
) -> list[Taken]:
    """Keep the alerts that somebody hands in; see ``keep_alerts``.

    Parameters
    ----------
    for_our_area
        Who hands them in says that they hold here, though they name other places.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Deed.TAKE_ALERT)
    district = _district(store)
    if for_our_area and district:
        alerts = [
            for_us(alert, district) if is_elsewhere(alert, district) else alert for alert in alerts
        ]
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
    is planned on. One whose time is over, that is a test, or that is for another place is kept and
    plans nothing; an exercise plans only within a drill.
    """
    causes_by_digest = _causes(store, operation, alerts, now)
    causes = {
        alert.digest: cause
        for alert in alerts
        if (cause := causes_by_digest[alert.digest]) and _matters(alert, operation, now)
    }
    known = store.weather.save_alerts(operation.id, alerts, causes, now)
    return [
        Taken(
            alert=alert,
            new=new,
            over=has_passed(alert, now),
            elsewhere=causes_by_digest[alert.digest] is None,
            trigger=store.triggers.get(operation.id, causes_by_digest[alert.digest] or ""),
        )
        for alert, new in zip(alerts, known, strict=True)
    ]


def _district(store: Store) -> District | None:
    return None if store.is_empty() else store.city().district


def _causes(
    store: Store, operation: Operation, alerts: list[Alert], now: datetime
) -> dict[str, str | None]:
    """The cause of each by its digest: one warning through several doors is one cause, that of the
    first.

    A copy that says what changes the planning is a cause of its own. One for another place is none,
    unless it ends what is planned for.
    """
    before = store.weather.alerts(operation.id) if alerts else []
    district = _district(store) if alerts else None
    known = {alert.digest for alert in before}
    causes: dict[str, str | None] = {}
    for alert in alerts:
        if alert.digest in causes:
            continue
        own = cause_of(alert)
        elsewhere = district is not None and is_elsewhere(alert, district)
        first = None if elsewhere else _first_of_same(alert, before)
        if alert.digest in known:  # it comes again: its plan, if any, was asked for then
            is_cause = store.triggers.get(operation.id, own) is not None
        elif elsewhere:
            is_cause = _may_end(alert) and _is_news(alert, before, operation, district, now)
        else:
            is_cause = first is None or _is_news(alert, before, operation, district, now)
        if alert.digest not in known:
            before.append(alert)
        if elsewhere:
            causes[alert.digest] = own if is_cause else None
        else:
            same = causes.get(first.digest) or cause_of(first) if first else own
            causes[alert.digest] = own if is_cause else same
    return causes


def _may_end(alert: Alert) -> bool:
    return alert.action is Action.CANCEL or bool(alert.supersedes or alert.refers_to_issued_at)


def _is_news(
    alert: Alert,
    before: list[Alert],
    operation: Operation,
    district: District | None,
    now: datetime,
) -> bool:
    """Whether planning takes other things from what is in force with this alert than without."""
    was, then = (
        [_weighed(each) for each in planned_for(kept, operation, district, now)]
        for kept in (before, [*before, alert])
    )
    return len(was) != len(then) or not all(map(_weigh_the_same, was, then))


def _first_of_same(alert: Alert, before: list[Alert]) -> Alert | None:
    """The first that brought the same warning, through whatever door."""
    return next(
        (other for other in before if other.digest != alert.digest and same_warning(alert, other)),
        None,
    )


def _weighed(alert: Alert) -> tuple[tuple, tuple[datetime | None, ...]]:
    """What planning takes from a warning in force, and its times; words, outlines and who brought
    it are no reason to plan.
    """
    facts = (alert.type, alert.level, alert.forecast_hours, alert.forecast_mm, alert.hourly_mm)
    return facts, (alert.onset_at, ends_at(alert))


def _weigh_the_same(one: tuple, other: tuple) -> bool:
    """Whether two say the same to planning; another door's times may be some minutes off."""
    return one[0] == other[0] and all(
        a == b or (a is not None and b is not None and abs(a - b) <= SAME_WITHIN)
        for a, b in zip(one[1], other[1], strict=True)
    )


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
    settings: RiskSettings = RiskSettings(),
    gauges: Sequence[Gauge] = (),
) -> Trigger | None:
    """Keep a forecast; see ``use_best``.

    Parameters
    ----------
    rank, stale
        Its source's rank (the least is the best), and the age at which it is fresh no longer.
    """
    store.weather.save_forecast(operation.id, series, at=now, rank=rank, stale=stale)
    return use_best(store, operation, now, settings, gauges)


def use_best(
    store: Store,
    operation: Operation,
    now: datetime,
    settings: RiskSettings = RiskSettings(),
    gauges: Sequence[Gauge] = (),
) -> Trigger | None:
    """Ask for a plan on the best fresh forecast, and on what has fallen, where the last plan stands
    on other rain, by so much that it would be another; ``None``: it does not, or was asked for it
    already.

    So a forecast that comes back is planned on again, and a fall-back to another source as soon as
    the better one is stale.
    """
    best = store.weather.latest_forecast(operation.id, now)
    fallen = measured(store, operation, gauges, now)
    plan = store.plans.draft(operation.id) or store.plans.current(operation.id)
    if best is None and not any(fallen.values()):
        return None
    if plan is None:
        cause = Cause(CauseKind.FORECAST, best.digest) if best else _measured(None, now)
    else:
        alerts = planned_for(store.weather.alerts(operation.id), operation, _district(store), now)

        def differs(rain: Mapping[datetime, float]) -> bool:
            ahead = outlook(best, alerts, plan.rain, now, settings, rain)
            return would_change_the_plan(plan.rain, ahead, plan.made_at, now, settings)

        if not differs(fallen):
            return None
        foreseen = best and (not fallen or differs({}))
        cause = (
            Cause(CauseKind.FORECAST, f"{best.digest}@{plan.number}")
            if best and foreseen
            else _measured(plan, now)
        )
    trigger, new = store.triggers.request(operation.id, str(cause), TRIGGERS[cause.kind], now)
    return trigger if new else None


def _measured(plan: PlanVersion | None, now: datetime) -> Cause:
    """The cause that rain is which falls, unforeseen: asked for once an hour of each plan."""
    return Cause(CauseKind.MEASURED, f"{now:%Y%m%dT%HZ}@{plan.number if plan else 0}")


@atomic
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
