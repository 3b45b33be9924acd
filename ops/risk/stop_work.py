"""When which work may be done: the stop-work and safety rules of the field, as windows of time.
Pure.

Every figure is a setting with its source; a bureau may put its own in their place.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from data.model.plan import RainOutlook
from data.model.wall_clock import hours_into
from weather.hazards import Brings, brings
from weather.model import Alert, Level
from weather.rain_warnings import is_rain, worst_level
from weather.validity import ends_at

Span = tuple[datetime, datetime]
NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySettings:
    """Stop-work and team rules.

    Attributes
    ----------
    stop_mm_h
        Open-ground work stops in hours with at least this much rain, by the colour of the rain
        warning in force: none, blue, yellow, orange; under red it stops for as long as the warning
        stands, from its first rain on. Yellow and orange ask to suspend outdoor work (CMA Order 16,
        2007, annex); the amounts are assumptions after the practice of working in the gaps of
        lighter rain (雨小空隙作业).
    well_people, well_setup_minutes, well_stint_minutes
        Entering a well: at least one below and two attendants above, half an hour of ventilation
        and testing first, an hour at most below (CJJ 6-2009 ch. 5, recalled; MOHURD guide for the
        half hour).
    handover_minutes
        A unit may set out this long before its shift and be back this long after it, so that posts
        are handed over on the spot; within the hour of overtime a day of Labour Law art. 41.
    until_rain
        Whether the dry time left under a red rain warning is worked in: "emergency and rescue only"
        (annex of CMA Order 16) is meant for the rain, and what is cleared before it is the most
        that can be done (assumption).
    lightning_from
        From this colour of a lightning warning on nobody works on open ground while it is in force
        (annex of CMA Order 16: orange and red, indoors; recalled); ``never``.
    heat_hours, hot_from, hot_until
        With 37 °C or more (an orange heat warning) at most so many hours a day outdoors and none in
        the hottest three, which are assumed from noon on; with 40 °C (red) none at all (measures
        for work in heat, 安监总安健〔2012〕89号, art. 8). With 35 °C (yellow) there is no overtime.
        What is done for an incident is exempt.
    ice_stops
        Whether nothing is cleared, jetted or flushed while a warning of snow or ice is in force
        (assumption: water freezes, gratings are under snow).
    breaks_at_post
        Machines that must not stop: their drivers eat at the post while the crew minds the machine
        (assumption).
    """

    stop_mm_h: tuple[float, float, float, float] = (8.0, 8.0, 2.5, 0.1)
    well_people: int = 3
    well_setup_minutes: int = 30
    well_stint_minutes: int = 60
    handover_minutes: int = 30
    until_rain: bool = True
    lightning_from: str = "orange"
    heat_hours: float = 6.0
    hot_from: int = 12
    hot_until: int = 15
    ice_stops: bool = True
    breaks_at_post: tuple[str, ...] = ("pump_truck",)

    def __post_init__(self) -> None:
        if self.well_people < 1 or not 0 <= self.handover_minutes <= 60:
            raise ValueError(
                "SafetySettings: well_people must be at least 1, handover_minutes 0 to 60"
            )
        if self.lightning_from not in (*(str(level) for level in Level), NEVER):
            raise ValueError(f"lightning_from must be a colour or {NEVER}")
        if not 0 <= self.hot_from <= self.hot_until <= 24 or not 0 <= self.heat_hours <= 24:
            raise ValueError("hot_from to hot_until and heat_hours must lie in 0 to 24")


def open_ground_spans(
    rain: RainOutlook,
    alerts: tuple[Alert, ...],
    start: datetime,
    end: datetime,
    settings: SafetySettings,
    zone: tzinfo = UTC,
    *,
    for_incident: bool = False,
) -> tuple[Span, ...]:
    """When open-ground work (clearing, jetting, desilting, flushing) may be done between ``start``
    and ``end``.

    Each hour goes by the colour that is in force in it: a warning's rule ends with the warning. Red
    stops everything from its first rain on, and is no laxer than orange in its last hour.

    Parameters
    ----------
    zone
        In which the hot hours are told.
    for_incident
        Whether it is for life, property or the public: exempt from the rules of heat, from no
        others.
    """
    blocked = [
        *_wet(rain, alerts, settings),
        *_red(rain, alerts, start, settings),
        *_lightning_and_ice(alerts, start, settings),
    ]
    if not for_incident:
        blocked += _heat(alerts, start, end, settings, zone)
    return spans_without([span for span in blocked if span[0] < span[1]], start, end)


def _wet(rain: RainOutlook, alerts: tuple[Alert, ...], settings: SafetySettings) -> Iterator[Span]:
    seen = dict(rain.seen)
    for hour, mm in rain.hours:
        mm = min(mm, seen.get(hour, mm))
        level = worst_level(tuple(alert for alert in alerts if ends_at(alert) > hour))
        strictest = min(level.rank if level else 0, len(settings.stop_mm_h) - 1)
        if mm >= settings.stop_mm_h[strictest]:
            yield hour, hour + timedelta(hours=1)


def _red(
    rain: RainOutlook, alerts: tuple[Alert, ...], start: datetime, settings: SafetySettings
) -> Iterator[Span]:
    first_rain = min(
        (max(start, begin) for begin, over in rain.storms if over > start), default=start
    )
    for alert in alerts:
        if is_rain(alert) and alert.level is Level.RED:
            yield first_rain if settings.until_rain else start, ends_at(alert)


def _lightning_and_ice(
    alerts: tuple[Alert, ...], start: datetime, settings: SafetySettings
) -> Iterator[Span]:
    from_rank = (
        math.inf if settings.lightning_from == NEVER else Level(settings.lightning_from).rank
    )
    for alert in alerts:
        effects, rank = brings(alert.type), alert.level.rank if alert.level else 0
        ice = Brings.ICE in effects and settings.ice_stops
        if ice or (Brings.LIGHTNING in effects and rank >= from_rank):
            yield start, ends_at(alert)


def heat_level(alerts: tuple[Alert, ...], start: datetime) -> Level | None:
    """The highest colour of the heat warnings that hold after ``start``."""
    levels = [
        alert.level
        for alert in alerts
        if Brings.HEAT in brings(alert.type) and alert.level and ends_at(alert) > start
    ]
    return max(levels, key=lambda level: level.rank, default=None)


def _heat(
    alerts: tuple[Alert, ...],
    start: datetime,
    end: datetime,
    settings: SafetySettings,
    zone: tzinfo,
) -> Iterator[Span]:
    for alert in alerts:
        if Brings.HEAT not in brings(alert.type):
            continue
        until = min(end, ends_at(alert))
        if alert.level is Level.RED:
            yield start, until
        elif alert.level is Level.ORANGE:
            day = start.astimezone(zone).date()
            while (hot := hours_into(day, settings.hot_from, zone)) < until:
                yield hot, min(until, hours_into(day, settings.hot_until, zone))
                day += timedelta(days=1)


def well_spans(
    rain: RainOutlook, alerts: tuple[Alert, ...], start: datetime, end: datetime
) -> tuple[Span, ...]:
    """When somebody may go down a well: never while it rains, nor while a rain or lightning warning
    is in force.

    From CJJ 6-2009 by way of practice: no entry while water may rise.
    """
    blocked = [(hour, hour + timedelta(hours=1)) for hour, mm in rain.hours if mm > 0]
    dangers = Brings.RAIN | Brings.LIGHTNING
    blocked += [(start, ends_at(alert)) for alert in alerts if dangers & brings(alert.type)]
    return spans_without(blocked, start, end)


def spans_without(blocked: list[Span], start: datetime, end: datetime) -> tuple[Span, ...]:
    """What is left of ``start`` to ``end`` when the blocked spans are taken out."""
    free, at = [], start
    for begin, until in sorted(blocked):
        if begin > at:
            free.append((at, min(begin, end)))
        at = max(at, until)
        if at >= end:
            break
    if at < end:
        free.append((at, end))
    return tuple(span for span in free if span[1] > span[0])


def covers(spans: tuple[Span, ...], start: datetime, end: datetime) -> bool:
    """Whether one of the spans holds all of ``start`` to ``end``."""
    return any(begin <= start and end <= until for begin, until in spans)
