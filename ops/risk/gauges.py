"""Rain gauges and water-level sensors: which there are, what a value may be, what has fallen, and
which of them can't be trusted. Pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from data.model.gauge import GaugeReading
from ops.risk.rain_sources import HOUR, Hours, overlap

RAIN, TOTAL, LEVEL = "rain", "rain_total", "level"
KINDS = (RAIN, TOTAL, LEVEL)
#: A clock may be ahead of ours by so much; what is farther off was measured when it came.
SKEW = timedelta(minutes=5)
#: What is farther off than a day is of another clock altogether.
OTHER_CLOCK = timedelta(hours=24)
#: More has fallen nowhere: 38 mm in a minute, 401 mm in an hour (WMO, records of point rain).
_MOST_MM_PER_MINUTE, _MOST_MM_PER_HOUR = 38.0, 401.0
#: A dry sensor may show a little below nought; deeper than 10 m no street stands.
_LEAST_CM, _MOST_CM = -5.0, 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One rain gauge or water-level sensor, as a bureau sets it up.

    Attributes
    ----------
    kind
        ``rain``: millimetres since the value before; ``rain_total``: a counter of millimetres;
        ``level``: depth of the water on the road, in centimetres.
    name
        How it is called here and in what it sends.
    segment_id
        The road it stands at; a level needs one.
    minutes
        ``rain`` only: over how many minutes each value is.
    alarm_cm, clear_cm
        ``level`` only: from this depth on there is standing water, an incident; below the other it
        is over (15 cm: from which GB 51222-2017 counts a street as flooded; 8: an assumption).
    worse_cm
        So much deeper than told before is told again (assumption).
    silent_minutes
        Without a value for so long it is called silent (assumption).
    stuck_hours
        With one and the same value above nought for so long it is called stuck, and its rain counts
        no more (assumption).
    topic
        The MQTT topic on which it sends, where it sends by that; ``+`` and ``#`` as usual.
    """

    kind: str
    name: str
    segment_id: str = ""
    minutes: float = 5.0
    alarm_cm: float = 15.0
    clear_cm: float = 8.0
    worse_cm: float = 10.0
    silent_minutes: float = 60.0
    stuck_hours: float = 6.0
    topic: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        if self.kind == LEVEL and not self.segment_id:
            raise ValueError("a level needs segment_id: where the water stands")
        if not 0 < self.minutes <= 60:
            raise ValueError("minutes must lie above 0 and at most at 60")
        if not 0 <= self.clear_cm < self.alarm_cm <= 500:
            raise ValueError("clear_cm must lie below alarm_cm, both in 0 to 500")
        for name in ("worse_cm", "silent_minutes", "stuck_hours"):
            if not 0 < getattr(self, name) <= 10_080:
                raise ValueError(f"{name} must lie above 0 and at most at 10080")


class GaugeState(StrEnum):
    """Whether a gauge can be trusted."""

    OK = "ok"
    NEVER = "never"  # nothing has come from it yet
    SILENT = "silent"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeStatus:
    """How one gauge is: its last value and when that was measured, and how many of its values of
    the last day could not be read or had a time that can't be; ``hour_mm`` is the rain of the last
    hour.
    """

    gauge: Gauge
    state: GaugeState
    value: float | None = None
    measured_at: datetime | None = None
    faults: int = 0
    hour_mm: float | None = None


def read(
    gauge: Gauge, raw_at: object, raw_value: object, now: datetime, operation_id: int
) -> GaugeReading:
    """What a gauge sent as a reading. A value that can't be is none, and says why; a time that
    can't be is that of its receipt, and says so.

    Parameters
    ----------
    raw_at
        ISO 8601 with its offset, or seconds or milliseconds since 1970; ``None``: now.
    """
    at, clock = _time(raw_at, now)
    value, fault = _value(gauge, raw_value)
    return GaugeReading(
        operation_id=operation_id,
        gauge=gauge.name,
        measured_at=at,
        received_at=now,
        value=None if clock == "gauge.other_clock" else value,
        fault=fault or clock,
    )


def _time(raw: object, now: datetime) -> tuple[datetime, str]:
    """When it was measured, and what is wrong with that."""
    if raw is None or raw == "":
        return now, ""
    try:
        if isinstance(raw, str) and not raw.strip().isdigit():
            at = datetime.fromisoformat(raw.strip())
        elif isinstance(raw, str | int | float) and not isinstance(raw, bool):
            seconds = float(raw)
            at = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        else:
            raise TypeError
        apart = at - now  # of a time without an offset: TypeError
    except (TypeError, ValueError, OverflowError, OSError):
        return now, "gauge.bad_time"
    if abs(apart) > OTHER_CLOCK:
        return now, "gauge.other_clock"
    if apart > SKEW:
        return now, "gauge.in_future"
    return min(at, now).astimezone(UTC), ""


def _value(gauge: Gauge, raw: object) -> tuple[float | None, str]:
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError
        value = float(raw)
    except (ValueError, OverflowError):
        return None, "gauge.no_number"
    if not math.isfinite(value):
        return None, "gauge.no_number"
    least, most = _limits(gauge)
    if not least <= value <= most:
        return None, "gauge.out_of_range"
    return max(value, 0.0), ""


def _limits(gauge: Gauge) -> tuple[float, float]:
    if gauge.kind == LEVEL:
        return _LEAST_CM, _MOST_CM
    if gauge.kind == TOTAL:
        return 0.0, 1e6
    return 0.0, min(_MOST_MM_PER_HOUR, _MOST_MM_PER_MINUTE * gauge.minutes)


def measured_rain(
    gauges: Iterable[Gauge], readings: Iterable[GaugeReading], now: datetime
) -> Hours:
    """Millimetres of each clock hour, by the gauge that measured most of it; one that is stuck does
    not count.
    """
    by_gauge = _by_gauge(readings)
    hours: Hours = {}
    for gauge in gauges:
        own = by_gauge.get(gauge.name, ())
        if gauge.kind == LEVEL or is_stuck(gauge, own, now):
            continue
        for hour, mm in _hours(gauge, own).items():
            hours[hour] = max(round(mm, 2), hours.get(hour, 0.0))
    return hours


def statuses(
    gauges: Iterable[Gauge], readings: Iterable[GaugeReading], now: datetime
) -> tuple[GaugeStatus, ...]:
    """How each gauge is."""
    by_gauge = _by_gauge(readings)
    return tuple(_status(gauge, by_gauge.get(gauge.name, []), now) for gauge in gauges)


def _by_gauge(readings: Iterable[GaugeReading]) -> Mapping[str, list[GaugeReading]]:
    found: dict[str, list[GaugeReading]] = defaultdict(list)
    for reading in sorted(readings, key=lambda each: each.measured_at):
        found[reading.gauge].append(reading)
    return found


def _status(gauge: Gauge, own: Sequence[GaugeReading], now: datetime) -> GaugeStatus:
    last = next((each for each in reversed(own) if each.value is not None), None)
    recent = now - timedelta(hours=24)
    faults = sum(bool(each.fault) and each.received_at >= recent for each in own)
    if last is None:
        return GaugeStatus(gauge=gauge, state=GaugeState.NEVER, faults=faults)
    state = GaugeState.OK
    if now - last.measured_at > timedelta(minutes=gauge.silent_minutes):
        state = GaugeState.SILENT
    elif is_stuck(gauge, own, now):
        state = GaugeState.STUCK
    steps = () if gauge.kind == LEVEL else _steps(gauge, own)
    return GaugeStatus(
        gauge=gauge,
        state=state,
        value=last.value,
        measured_at=last.measured_at,
        faults=faults,
        hour_mm=None
        if gauge.kind == LEVEL
        else round(sum(mm for _, end, mm in steps if end > now - HOUR), 2),
    )


def is_stuck(gauge: Gauge, own: Sequence[GaugeReading], now: datetime) -> bool:
    """Whether it has shown one value above nought, and no other, for so long; a counter that
    stands still is dry.
    """
    known = [each for each in own if each.value is not None]
    if gauge.kind == TOTAL or not known or not known[-1].value:
        return False
    since = known[-1].measured_at
    for each in reversed(known):
        if each.value != known[-1].value:
            break
        since = each.measured_at
    return now - since >= timedelta(hours=gauge.stuck_hours)


def _hours(gauge: Gauge, own: Sequence[GaugeReading]) -> Hours:
    hours: Hours = defaultdict(float)
    for start, end, mm in _steps(gauge, own):
        hour = start.replace(minute=0, second=0, microsecond=0)
        while hour < end:
            hours[hour] += mm * (overlap(hour, (start, end)) * HOUR / (end - start))
            hour += HOUR
    return hours


def _steps(
    gauge: Gauge, own: Sequence[GaugeReading]
) -> tuple[tuple[datetime, datetime, float], ...]:
    """Beginning, end and millimetres of what fell from one value to the next.

    A counter that has gone back was set to nought; one that leaps farther than rain can is no rain.
    """
    known = [(each.measured_at, each.value) for each in own if each.value is not None]
    if gauge.kind == RAIN:
        return _intervals(gauge, known)
    steps = []
    for (start, before), (end, after) in pairwise(known):
        mm = after - before if after >= before else after
        most = _MOST_MM_PER_MINUTE * max(1.0, (end - start) / timedelta(minutes=1))
        if end > start and mm <= min(most, _MOST_MM_PER_HOUR * max(1.0, (end - start) / HOUR)):
            steps.append((start, end, mm))
    return tuple(steps)


def _intervals(
    gauge: Gauge, known: list[tuple[datetime, float]]
) -> tuple[tuple[datetime, datetime, float], ...]:
    """Values of some minutes each; where one follows sooner it is of the time since the one before
    it, and the rain is no less for that.
    """
    length, ends = timedelta(minutes=gauge.minutes), [at for at, _ in known]
    before = [datetime.min.replace(tzinfo=UTC), *ends]
    return tuple(
        (max(end - length, last) if last < end else end - length, end, mm)
        for (end, mm), last in zip(known, before, strict=False)
    )
