"""Warnings that bring water onto roads, and the rain that their colours stand for."""

from weather.model import Alert, Level

RAIN_TYPES = ("暴雨", "雷雨", "内涝", "积涝", "强降水", "强降雨", "台风")


def is_rain(alert: Alert) -> bool:
    """Whether the warning's hazard brings water onto roads."""
    return any(word in alert.type for word in RAIN_TYPES)


def worst_level(alerts: tuple[Alert, ...]) -> Level | None:
    """The highest colour among rain warnings."""
    return max(
        (alert.level for alert in alerts if is_rain(alert) and alert.level),
        key=lambda level: level.rank,
        default=None,
    )


# CMA Order 16 (2007), annex: hours and millimetres of the rainstorm signals
SIGNAL_AMOUNTS = {
    Level.BLUE: (12.0, 50.0),
    Level.YELLOW: (6.0, 50.0),
    Level.ORANGE: (3.0, 50.0),
    Level.RED: (3.0, 100.0),
}


def signal_amount(alert: Alert) -> tuple[float, float]:
    """Hours and millimetres that a rain warning speaks of; its colour's where it is silent."""
    hours, mm = SIGNAL_AMOUNTS[alert.level or Level.BLUE]
    return alert.forecast_hours or hours, mm if alert.forecast_mm is None else alert.forecast_mm


def _rank(alert: Alert) -> int:
    return alert.level.rank if alert.level else 0


RAIN = {
    Level.BLUE: (12.0, 50.0),
    Level.YELLOW: (6.0, 50.0),
    Level.ORANGE: (3.0, 50.0),
    Level.RED: (3.0, 100.0),
}
"""Hours and millimetres at which a rainstorm warning of each colour is issued (CMA order No.

16 of 2007, annex).
"""
