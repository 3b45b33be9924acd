"""Warnings that bring water onto roads, and the rain that they speak of."""

from weather.hazards import SIGNAL_AMOUNTS, Brings, brings
from weather.model import Alert, Level


def is_rain(alert: Alert) -> bool:
    """Whether the warning's hazard brings water onto roads."""
    return Brings.RAIN in brings(alert.type)


def worst_level(alerts: tuple[Alert, ...]) -> Level | None:
    """The highest colour among rain warnings."""
    return max(
        (alert.level for alert in alerts if is_rain(alert) and alert.level),
        key=lambda level: level.rank,
        default=None,
    )


def signal_amount(alert: Alert) -> tuple[float, float]:
    """Hours and millimetres that a rain warning speaks of; its colour's where it is silent."""
    hours, mm = SIGNAL_AMOUNTS[alert.level or Level.BLUE]
    return alert.forecast_hours or hours, mm if alert.forecast_mm is None else alert.forecast_mm
