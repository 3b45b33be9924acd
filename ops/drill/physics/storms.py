"""Storms for the drill: rain minute by minute, what is forecast of it, and who warns when."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ops.drill.parameters import StormShape
from weather.model import RainSeries, RainStep

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FORECAST_HOURS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A rain warning as a weather office words it: colour, and so many millimetres in so many
    hours.
    """

    at: datetime
    colour: str
    hours: int
    mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillStorm:
    """One storm.

    Attributes
    ----------
    begin
        When the drill begins: what is known then is forecast and warnings up to then.
    rain_mm_h
        Minute by minute from ``begin`` on.
    forecast_mm
        By the hours' beginnings, as it is forecast.
    forecast_at
        When that forecast comes; ``None``: at ``begin``. Before, none says that it will rain.
    members
        Of an ensemble that is forecast in place of ``forecast_mm``.
    """

    name: str
    begin: datetime
    rain_mm_h: tuple[float, ...]
    forecast_mm: Mapping[datetime, float]
    warnings: tuple[Warned, ...]
    forecast_at: datetime | None = None
    members: tuple[Mapping[datetime, float], ...] = ()

    @property
    def forecasts(self) -> tuple[Mapping[datetime, float], ...]:
        """What is forecast, by members."""
        return self.members or (self.forecast_mm,)

    @property
    def warned_at(self) -> datetime:
        """When it was first warned of; without a warning when its rain began."""
        if self.warnings:
            return min(one.at for one in self.warnings)
        first = next((n for n, rate in enumerate(self.rain_mm_h) if rate > 0), 0)
        return self.begin + first * MINUTE

    @property
    def end(self) -> datetime:
        return self.begin + len(self.rain_mm_h) * MINUTE


def chicago(mm: float, minutes: int, shape: StormShape) -> list[float]:
    """A design storm of so many millimetres, minute by minute in mm/h: the heaviest minutes about
    the peak, less and less to both sides (Keifer and Chu 1957).
    """
    before = shape.peak * minutes
    weights = []
    for minute in range(minutes):
        away = minute + 0.5 - before
        side = shape.peak if away < 0 else 1 - shape.peak
        weights.append(_intensity(abs(away) / side, shape))
    whole = sum(weights)
    return [60 * mm * weight / whole for weight in weights] if whole else [0.0] * minutes


def _intensity(minutes: float, shape: StormShape) -> float:
    """How heavy it rains so long from the peak, in any unit."""
    return ((1 - shape.n) * minutes + shape.b) / (minutes + shape.b) ** (1 + shape.n)


def by_hours(mm: Sequence[float], shape: StormShape) -> list[float]:
    """Hours filled each with the shape of a design storm, minute by minute in mm/h."""
    return [rate for hour in mm for rate in chicago(hour, 60, shape)]


def hourly(rain_mm_h: Sequence[float], begin: datetime) -> dict[datetime, float]:
    """The rain of each clock hour, mm."""
    found: dict[datetime, float] = {}
    for minute, rate in enumerate(rain_mm_h):
        at = begin + minute * MINUTE
        hour = at.replace(minute=0, second=0, microsecond=0)
        found[hour] = found.get(hour, 0.0) + rate / 60
    return {hour: round(mm, 2) for hour, mm in found.items() if not math.isclose(mm, 0)}


def forecast(members: Sequence[Mapping[datetime, float]], now: datetime) -> RainSeries:
    """A forecast of two days from the hour of ``now``: one, or an ensemble of several."""
    first = now.replace(minute=0, second=0, microsecond=0)
    hours = [first + n * HOUR for n in range(FORECAST_HOURS)]
    is_one = len(members) == 1
    named = [(None if is_one else f"{n:02d}", mm) for n, mm in enumerate(members, 1)]
    return RainSeries(
        provider="open-meteo",
        fetched_at=now,
        steps=tuple(
            RainStep(start=hour, end=hour + HOUR, mm=mm.get(hour, 0.0), member=name)
            for hour in hours
            for name, mm in named
        ),
    )


RECORDED = "recorded"
BUILT_IN = ("moderate", "cloudburst", "long")
"""Storms that are there without a file: made up, on the day of the bundled drill."""


def built_in(name: str, zone: ZoneInfo, lead_minutes: int, shape: StormShape) -> DrillStorm:
    """One of ``BUILT_IN``, beginning at 08:20.

    Parameters
    ----------
    lead_minutes
        Of the cloudburst: how long after its warning the rain begins.
    """
    begin = datetime(2022, 7, 8, 8, 20, tzinfo=zone)
    if name == "cloudburst":
        rain = [0.0] * lead_minutes + chicago(80, 180, shape) + [0.0] * 120
        warned = Warned(at=begin, colour="red", hours=3, mm=80)
        return _storm(name, begin, rain, hourly(rain, begin), warned)
    hours = _MODERATE if name == "moderate" else _LONG
    rain = by_hours(hours, shape)
    colour, within, mm = ("yellow", 6, 50) if name == "moderate" else ("orange", 12, 100)
    warned = Warned(at=begin, colour=colour, hours=within, mm=mm)
    return _storm(name, begin, rain[20:], hourly(rain, begin.replace(minute=0)), warned)


_MODERATE = (0, 0, 0, 3, 10, 18, 12, 6, 2, 0, 0)
_LONG = (0, 0, 2, 6, 10, 15, 20, 12, 8, 15, 18, 10, 6, 3, 0, 0)
"""Millimetres by hours from eight o'clock."""


def _storm(
    name: str,
    begin: datetime,
    rain: Sequence[float],
    forecast: Mapping[datetime, float],
    warned: Warned,
) -> DrillStorm:
    return DrillStorm(
        name=name, begin=begin, rain_mm_h=tuple(rain), forecast_mm=forecast, warnings=(warned,)
    )
