"""Warnings that bring water onto roads, and the rain that they speak of."""

from collections.abc import Iterable
from datetime import datetime

from weather.hazards import SIGNAL_AMOUNTS, Brings, brings
from weather.model import Action, Alert, Level
from weather.same_warning import is_white
from weather.validity import begins_at, ends_at, is_rate


def is_rain(alert: Alert) -> bool:
    """Whether the warning's hazard brings water onto roads, so that its colour counts; that of a
    convective one where it tells how much rain falls. A white signal (a typhoon within 48 hours)
    plans nothing yet.
    """
    if is_white(alert):
        return False
    effects = brings(alert.type)
    return Brings.RAIN in effects or (Brings.LIGHTNING in effects and tells_rain(alert))


def tells_rain(alert: Alert) -> bool:
    """Whether there is rain to plan on: of a rain hazard, or an amount whatever the hazard."""
    if is_white(alert):
        return False
    effects = brings(alert.type)
    return Brings.RAIN in effects or (bool(alert.forecast_mm) and Brings.SNOW not in effects)


def snow_spans(alerts: Iterable[Alert]) -> tuple[tuple[datetime, datetime], ...]:
    """When what falls is taken to be snow: while a warning of snow stands and none of rain."""
    standing = [alert for alert in alerts if alert.action is not Action.CANCEL]
    if any(tells_rain(alert) for alert in standing):
        return ()
    return tuple(
        (begins_at(alert), ends_at(alert))
        for alert in standing
        if Brings.SNOW in brings(alert.type) and not is_white(alert)
    )


def level_of(alert: Alert) -> Level:
    """The colour of a rain warning; one that tells none is a blue one at least."""
    return alert.level or Level.BLUE


def worst_level(alerts: tuple[Alert, ...]) -> Level | None:
    """The highest colour among rain warnings."""
    return max(
        (level_of(alert) for alert in alerts if is_rain(alert)),
        key=lambda level: level.rank,
        default=None,
    )


def said_amounts(alert: Alert) -> tuple[tuple[float, float], ...]:
    """Hours and millimetres that a rain warning speaks of; its colour's where it is silent.

    A rate (小时雨强30毫米) is an hour's amount besides: it says nothing of how much falls in all.
    """
    hours, mm = SIGNAL_AMOUNTS[level_of(alert)]
    rate = ((1.0, alert.hourly_mm),) if alert.hourly_mm else ()
    if is_rate(alert):
        return ((hours, mm), *rate)
    said = mm if alert.forecast_mm is None else alert.forecast_mm
    return ((alert.forecast_hours or hours, said), *rate)
