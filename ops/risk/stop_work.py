"""When which work may be done: the stop-work and safety rules of the field, as windows of time.
Pure.

Every figure is a setting with its source; a bureau may put its own in their place.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.plan import RainOutlook
from weather.hazards import Brings, brings
from weather.in_force import ends_at
from weather.model import Alert, Level
from weather.rain_warnings import is_rain, worst_level

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetySettings:
    """Stop-work and team rules.

    Attributes
    ----------
    stop_mm_h
        Open-ground work stops in hours with at least this much rain, by the colour of the rain
        warning in force: none, blue, yellow, orange; under red it stops for as long as the warning
        stands. Yellow and orange ask to suspend outdoor work (CMA Order 16, 2007, annex); the
        amounts are assumptions after the practice of working in the gaps of lighter rain
        (雨小空隙作业).
    well_people, well_setup_minutes, well_stint_minutes
        Entering a well: at least one below and two attendants above, half an hour of ventilation
        and testing first, an hour at most below (CJJ 6-2009 ch. 5, recalled; MOHURD guide for the
        half hour).
    handover_minutes
        A unit may set out this long before its shift and be back this long after it, so that posts
        are handed over on the spot; within the hour of overtime a day of Labour Law art. 41.
    breaks_at_post
        Machines that must not stop: their drivers eat at the post while the crew minds the machine
        (assumption).
    """

    stop_mm_h: tuple[float, float, float, float] = (8.0, 8.0, 2.5, 0.1)
    well_people: int = 3
    well_setup_minutes: int = 30
    well_stint_minutes: int = 60
    handover_minutes: int = 30
    breaks_at_post: tuple[str, ...] = ("pump_truck",)

    def __post_init__(self) -> None:
        if self.well_people < 1 or not 0 <= self.handover_minutes <= 60:
            raise ValueError(
                "SafetySettings: well_people must be at least 1, handover_minutes 0 to 60"
            )


def open_ground_spans(
    rain: RainOutlook,
    alerts: tuple[Alert, ...],
    start: datetime,
    end: datetime,
    settings: SafetySettings,
) -> tuple[Span, ...]:
    """When open-ground work (clearing, jetting, desilting, flushing) may be done between ``start``
    and ``end``.

    Each hour goes by the colour that is in force in it: a warning's rule ends with the warning. Red
    stops everything while it stands, and is no laxer than orange in its last hour.
    """
    red = [alert for alert in alerts if is_rain(alert) and alert.level is Level.RED]
    blocked = [(start, ends_at(alert)) for alert in red]
    for hour, mm in rain.hours:
        level = worst_level(tuple(alert for alert in alerts if ends_at(alert) > hour))
        strictest = min(level.rank if level else 0, len(settings.stop_mm_h) - 1)
        if mm >= settings.stop_mm_h[strictest]:
            blocked.append((hour, hour + timedelta(hours=1)))
    return spans_without(blocked, start, end)


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
