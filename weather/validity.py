"""From when to when a warning holds by itself, whatever else was said."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from weather.hazards import SIGNAL_AMOUNTS, same_hazard
from weather.model import Action, Alert, Level

#: Clocks differ: a message that we hold may be dated some minutes ahead.
SKEW = timedelta(minutes=30)

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
        """Hours that the alert holds from its onset: what it says, else the default of its type.

        The hour of a rate (小时雨强30毫米) says nothing of how long it rains.
        """
        hours = alert.window_hours if alert.window_hours is not None else alert.forecast_hours
        if hours is None or is_rate(alert):
            hours = max(hours or 0.0, self._usual_hours(alert))
        return min(max(hours, self.shortest_hours), self.longest_hours)

    def _usual_hours(self, alert: Alert) -> float:
        by_level: dict[Level, float] = next(
            (hours for name, hours in self.by_type.items() if same_hazard(name, alert.type)), {}
        )
        return (
            self.other_hours if alert.level is None else by_level.get(alert.level, self.other_hours)
        )


def is_rate(alert: Alert) -> bool:
    """Whether the hours are those of a rate, and no window is said."""
    rate, mm, hours = alert.hourly_mm, alert.forecast_mm, alert.forecast_hours
    if alert.window_hours is not None or rate is None or mm is None or hours is None:
        return False
    return math.isclose(mm, rate * hours)


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

    A cancel is over at once. An end that is not after the beginning is none.
    """
    start = begins_at(alert)
    if alert.action is Action.CANCEL:
        return start
    onset = max(start, alert.onset_at or start)
    if onset - start > timedelta(hours=validity.longest_hours):  # no onset lies so far ahead
        onset = start
    if alert.expires_at is not None and alert.expires_at > onset:
        return alert.expires_at
    return onset + timedelta(hours=validity.hours(alert))


def is_over(alert: Alert, at: datetime, validity: Validity = DEFAULT_VALIDITY) -> bool:
    """Whether the alert's time has passed at an instant, without regard to other messages."""
    return at >= ends_at(alert, validity)
