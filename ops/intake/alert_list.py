"""Every warning kept, whether it is in force at an instant, and why or why not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.city import District
from data.model.operation import Operation
from ops.intake.areas import is_elsewhere
from ops.intake.operations import counted_statuses
from weather.hazards import Brings, brings
from weather.in_force import ended_by, said_by
from weather.model import Action, Alert
from weather.rain_warnings import tells_rain
from weather.same_warning import same_warning
from weather.validity import begins_at, ends_at, is_over


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertState:
    """A warning as it stands at an instant.

    Attributes
    ----------
    in_force
        Whether it holds; ``planned`` whether it is planned for, which one for other places is not.
    why
        ``in_force``, ``elsewhere``, ``copy``, ``lifting``, ``ahead``, ``over``, ``lifted``,
        ``replaced``, ``repeated`` (its source has said it anew), ``exercise`` or ``test``.
    by
        The message that ended it, or of which it is a copy.
    means
        What its hazard brings: rain, lightning, wind, heat, cold, snow.
    """

    alert: Alert
    begins_at: datetime
    ends_at: datetime
    in_force: bool
    planned: bool
    why: str
    by: Alert | None = None
    means: tuple[str, ...] = ()


def alert_states(
    alerts: Iterable[Alert], operation: Operation, district: District | None, at: datetime
) -> tuple[AlertState, ...]:
    """Every warning received by an instant, those in force first, then the newest first."""
    received = [alert for alert in alerts if alert.received_at is None or alert.received_at <= at]
    statuses = counted_statuses(operation)
    known = said_by(received, at, statuses)
    firsts: list[Alert] = []
    states = []
    for alert in sorted(received, key=_fullest_first):
        if alert.issued_at is None and alert.received_at is None:
            continue
        why, by = _why(alert, known, firsts, at)
        if alert.status not in statuses:
            why, by = str(alert.status), None
        if why == "in_force":
            firsts.append(alert)
            if district and is_elsewhere(alert, district):
                why = "elsewhere"
        states.append(_state(alert, why, by))
    return tuple(sorted(states, key=lambda state: not state.in_force))


def _fullest_first(alert: Alert) -> tuple:
    said = alert.issued_at or alert.received_at
    return (-said.timestamp() if said else 0.0, -alert.rank, alert.provider, alert.provider_id)


def _why(
    alert: Alert, known: list[Alert], firsts: list[Alert], at: datetime
) -> tuple[str, Alert | None]:
    """Why it holds or not, and the message that has to do with it."""
    if begins_at(alert) > at:
        return "ahead", None
    if alert.action is Action.CANCEL:
        return "lifting", None
    if alert not in known:
        same = (alert.provider, alert.provider_id)
        return "repeated", next(
            (each for each in known if (each.provider, each.provider_id) == same), None
        )
    ended = ended_by(alert, known)
    if ended is not None:
        return ("lifted" if ended.action is Action.CANCEL else "replaced"), ended
    if is_over(alert, at):
        return "over", None
    copy = next((other for other in firsts if same_warning(alert, other)), None)
    return ("copy", copy) if copy else ("in_force", None)


def _state(alert: Alert, why: str, by: Alert | None) -> AlertState:
    effects = brings(alert.type) | (Brings.RAIN if tells_rain(alert) else Brings.NOTHING)
    return AlertState(
        alert=alert,
        begins_at=begins_at(alert),
        ends_at=ends_at(alert),
        in_force=why in ("in_force", "elsewhere", "copy"),
        planned=why in ("in_force", "copy"),
        why=why,
        by=by,
        means=tuple(str(effect.name).lower() for effect in Brings if effect in effects),
    )
