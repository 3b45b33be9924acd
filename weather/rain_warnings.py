"""Warnings that bring water onto roads, and the rain that they speak of."""

from weather.hazards import SIGNAL_AMOUNTS, Brings, brings
from weather.in_force import is_rate
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


def said_amounts(alert: Alert) -> tuple[tuple[float, float], ...]:
    """Hours and millimetres that a rain warning speaks of; its colour's where it is silent.

    A rate (小时雨强30毫米) is an hour's amount besides: it says nothing of how much falls in all.
    """
    hours, mm = SIGNAL_AMOUNTS[alert.level or Level.BLUE]
    rate = ((1.0, alert.hourly_mm),) if alert.hourly_mm else ()
    if is_rate(alert):
        return ((hours, mm), *rate)
    said = mm if alert.forecast_mm is None else alert.forecast_mm
    return ((alert.forecast_hours or hours, said), *rate)
