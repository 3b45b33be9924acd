"""Which alerts hold at an instant: a pure fold over all that was received.

The answer depends on what the messages say, not on the order, the delay or the repetition of their
coming: each pair of messages is judged by identifiers and by times of issue alone. What was lost
can't be known; then an alert stays in force until its own end, which is the safe side. No empty
answer and no failed poll ever ends an alert: only a message or its end of validity does.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from weather.hazards import SIGNAL_AMOUNTS, same_hazard
from weather.model import Action, Alert, AlertStatus, Level

#: Clocks differ: a message that we hold may be dated some minutes ahead.
SKEW = timedelta(minutes=30)
#: 气象台 of one district is signed with or without its province; shorter names would be ambiguous
#: (市气象台).
_SHORTEST_NAME = 6
_ACTUAL = frozenset({AlertStatus.ACTUAL})


_RAINSTORM = {level: hours for level, (hours, _) in SIGNAL_AMOUNTS.items()}


@dataclass(frozen=True, slots=True)
class Validity:
    """How long an alert holds that doesn't say so itself.

    Attributes
    ----------
    by_type
        Hours by hazard, and by level within it.
    other_hours
        Hours for every other hazard. Assumption: China's national system sets ``expires`` 24 h
        after the effect.
    shortest_hours
        An alert holds at least so long, whatever it says: "未来0.5小时" is often prolonged a little
        late. Assumption.
    longest_hours
        No alert without an end of its own holds longer, so that a lost lifting is forgotten.
        Assumption.

    Notes
    -----
    ``by_type`` repeats the periods of the signals' criteria in the annex of CMA Order 16 (2007):
    rainstorm 12, 6, 3, 3 h; lightning 6, 2, 2 h; gale 24, 12, 6, 6 h; cold wave 48, 24, 24, 24 h;
    snowstorm 12, 12, 6, 6 h; heat 3 days for yellow. Thunderstorm with gale follows lightning, the
    others are assumptions. Provinces may set their own.
    """

    by_type: dict[str, dict[Level, float]] = field(
        default_factory=lambda: {
            "暴雨": _RAINSTORM,
            "强降雨": _RAINSTORM,
            "雷电": _hours(6, 6, 2, 2),
            "大风": _hours(24, 12, 6, 6),
            "雷雨大风": _hours(6, 6, 2, 2),
            "寒潮": _hours(48, 24, 24, 24),
            "暴雪": _hours(12, 12, 6, 6),
            "冰雹": _hours(6, 6, 6, 2),
            "强对流": _hours(6, 6, 6, 6),
            "高温": _hours(24, 72, 24, 24),
        }
    )
    other_hours: float = 24.0
    shortest_hours: float = 1.0
    longest_hours: float = 240.0

    def __post_init__(self) -> None:
        every = [hours for levels in self.by_type.values() for hours in levels.values()]
        if not 0 < self.shortest_hours <= min([*every, self.other_hours]):
            raise ValueError("Validity.shortest_hours must lie above 0 and below every other")
        if not max([*every, self.other_hours]) <= self.longest_hours:
            raise ValueError("Validity.longest_hours must not lie below any other")

    def hours(self, alert: Alert) -> float:
        """Hours that the alert holds from its onset: what it says, else the default of its type."""
        hours = alert.window_hours if alert.window_hours is not None else alert.forecast_hours
        if hours is None:
            hours = self._usual_hours(alert)
        return min(max(hours, self.shortest_hours), self.longest_hours)

    def _usual_hours(self, alert: Alert) -> float:
        by_level: dict[Level, float] = next(
            (hours for name, hours in self.by_type.items() if same_hazard(name, alert.type)), {}
        )
        return (
            self.other_hours if alert.level is None else by_level.get(alert.level, self.other_hours)
        )


def _hours(blue: float, yellow: float, orange: float, red: float) -> dict[Level, float]:
    return {Level.BLUE: blue, Level.YELLOW: yellow, Level.ORANGE: orange, Level.RED: red}


DEFAULT_VALIDITY = Validity()


def begins_at(alert: Alert) -> datetime:
    """When the alert was said: its issue, or its receipt if the clocks differ or no time is given.

    Raises
    ------
    ValueError
        It has neither.
    """
    if alert.issued_at is None:
        if alert.received_at is None:
            raise ValueError(f"alert {alert.provider_id} has no time of issue and none of receipt")
        return alert.received_at
    if (
        alert.received_at is not None
        and alert.received_at < alert.issued_at <= alert.received_at + SKEW
    ):
        return alert.received_at
    return alert.issued_at


def ends_at(alert: Alert, validity: Validity = DEFAULT_VALIDITY) -> datetime:
    """When the alert is over by itself: as it says, else by its forecast hours, else by the default
    of its type.

    A cancel is over at once.
    """
    start = begins_at(alert)
    if alert.action is Action.CANCEL:
        return start
    if alert.expires_at is not None:
        return alert.expires_at
    return max(start, alert.onset_at or start) + timedelta(hours=validity.hours(alert))


def is_over(alert: Alert, at: datetime, validity: Validity = DEFAULT_VALIDITY) -> bool:
    """Whether the alert's time has passed at an instant, without regard to other messages."""
    return at >= ends_at(alert, validity)


def in_force(
    alerts: Iterable[Alert],
    at: datetime,
    *,
    validity: Validity = DEFAULT_VALIDITY,
    statuses: frozenset[AlertStatus] = _ACTUAL,
) -> tuple[Alert, ...]:
    """The alerts that hold at an instant.

    Parameters
    ----------
    alerts
        All messages ever received, in any order, with any repetition.
    at
        Aware instant. Messages issued later do not count yet.
    validity
        How long an alert holds that doesn't say so.
    statuses
        Which messages count. An exercise counts in a drill only, a test never.

    Returns
    -------
    tuple of Alert
        The gravest first, then by hazard and issuer. One warning from several sources is one alert,
        the one that says most.

    Notes
    -----
    A message ends another if it refers to its identifier, or if it is of the same issuer, hazard
    and area, and later. Of two messages of one minute, a cancel ends those of its own level
    (解除橙色，发布黄色 is one breath) and the graver level stays, unless the other says that it
    lowers it.
    """
    known = _once(
        alert
        for alert in alerts
        if alert.status in statuses and _placed(alert) and begins_at(alert) <= at
    )
    standing = [
        alert
        for alert in known
        if alert.action is not Action.CANCEL
        and not is_over(alert, at, validity)
        and not any(_ends(later, alert) for later in known)
    ]
    return tuple(sorted(_joined(standing), key=_order))


def _placed(alert: Alert) -> bool:
    return alert.issued_at is not None or alert.received_at is not None


def _once(alerts: Iterable[Alert]) -> list[Alert]:
    """Each identifier once: the first receipt of its last content."""
    chosen: dict[tuple[str, str], Alert] = {}
    for alert in alerts:
        name = (alert.provider, alert.provider_id)
        if name not in chosen or _precedence(alert) < _precedence(chosen[name]):
            chosen[name] = alert
    return [chosen[name] for name in sorted(chosen)]


def _precedence(alert: Alert) -> tuple:
    issued = alert.issued_at.timestamp() if alert.issued_at else 0.0
    received = alert.received_at.timestamp() if alert.received_at else 0.0
    return (-issued, alert.digest, received, repr(alert))


def _ends(later: Alert, alert: Alert) -> bool:
    """Whether one message ends another."""
    if later is alert or _siblings(later, alert) or same_warning(later, alert):
        return False
    if _refers(later, alert):
        return not _refers(alert, later) or begins_at(later) > begins_at(alert)
    if not _same_stream(later, alert):
        return False
    if _said_at(later) != _said_at(alert):
        return _said_at(later) > _said_at(alert)
    if later.action is Action.CANCEL:
        return later.level in (None, alert.level)
    return _prevails(later) > _prevails(alert)


def _said_at(alert: Alert) -> datetime:
    """To the minute, as notices say it."""
    return (alert.issued_at or begins_at(alert)).replace(second=0, microsecond=0)


def _prevails(alert: Alert) -> tuple:
    """Of two messages of one minute the greater stays."""
    lowers = alert.previous_level is not None and alert.action in (Action.DOWNGRADE, Action.UPDATE)
    return (
        lowers,
        alert.rank,
        list(Action).index(alert.action),
        alert.provider_id,
    )


def _siblings(first: Alert, second: Alert) -> bool:
    """Two events of one message ("id" and "id,2") stand side by side."""
    return first.provider == second.provider and _base(first.provider_id) == _base(
        second.provider_id
    )


def _base(provider_id: str) -> str:
    return provider_id.split(",")[0]


def _refers(later: Alert, alert: Alert) -> bool:
    """By identifier, whatever time the reference gives; the national one holds across sources."""
    if not later.supersedes:
        return False
    mine = _base(alert.provider_id) if later.provider == alert.provider else None
    return any(name in (mine, alert.national_id) for name in map(_base, later.supersedes) if name)


def _same_stream(first: Alert, second: Alert) -> bool:
    return (
        bool(first.type)
        and same_hazard(first.type, second.type)
        and _same_issuer(first, second)
        and _overlap(first, second)
    )


def _same_issuer(first: Alert, second: Alert) -> bool:
    """A body in common; a longer form of the name counts (内蒙古通辽市开鲁县气象台 is
    开鲁县气象台).
    """
    if not first.issuers or not second.issuers:
        return first.issuers == second.issuers and first.provider == second.provider
    return any(
        a == b or (min(len(a), len(b)) >= _SHORTEST_NAME and (a.endswith(b) or b.endswith(a)))
        for a in first.issuers
        for b in second.issuers
    )


def _overlap(first: Alert, second: Alert) -> bool:
    """Whether the areas may meet; one that names none speaks for all of its issuer's."""
    if first.adcodes and second.adcodes:
        return any(_within(a, b) or _within(b, a) for a in first.adcodes for b in second.adcodes)
    if first.areas and second.areas:
        return any(a.startswith(b) or b.startswith(a) for a in first.areas for b in second.areas)
    return True


def _within(inner: str, outer: str) -> bool:
    """GB/T 2260 counts in pairs of digits: 220402 lies in 220400 and in 220000."""
    while outer.endswith("00"):
        outer = outer[:-2]
    return inner.startswith(outer)


def same_warning(first: Alert, second: Alert) -> bool:
    """One warning through two sources: by national identifier, else by issuer, hazard, level,
    deed and minute.
    """
    if first.provider == second.provider:
        return False
    if first.national_id and second.national_id:
        return first.national_id == second.national_id
    return (
        _same_stream(first, second)
        and first.level == second.level
        and _said_at(first) == _said_at(second)
        and (first.action is Action.CANCEL) == (second.action is Action.CANCEL)
    )


def _joined(standing: list[Alert]) -> list[Alert]:
    """One alert for each warning: the one that says most."""
    chosen: list[Alert] = []
    for alert in sorted(standing, key=_saying, reverse=True):
        if not any(same_warning(alert, second) for second in chosen):
            chosen.append(alert)
    return chosen


def _saying(alert: Alert) -> tuple:
    facts = (
        alert.forecast_mm,
        alert.forecast_hours,
        alert.expires_at,
        alert.national_id,
        alert.instruction,
    )
    return (
        sum(value is not None for value in facts) + bool(alert.adcodes),
        bool(alert.polygons or alert.circles),
        alert.confidence,
        alert.provider,
        alert.provider_id,
    )


def _order(alert: Alert) -> tuple:
    return (
        -alert.rank,
        alert.type,
        alert.issuers,
        begins_at(alert),
        alert.provider,
        alert.provider_id,
    )
