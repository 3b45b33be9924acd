"""Forecast, warnings and the storm so far -> the rain to plan on. Pure."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.plan import RainOutlook
from ops.risk.parameters import RiskSettings
from weather.model import Action, Alert, RainSeries
from weather.rain_warnings import is_rain, signal_amount

_HOUR = timedelta(hours=1)
Span = tuple[datetime, datetime]
Hours = dict[datetime, float]
LULL = timedelta(hours=3)  # a lull up to this long does not end a storm: crews stay at their posts
HORIZON = timedelta(hours=48)  # what rain is ahead; no forecast is worth a post beyond it
_DRY = RainOutlook(
    source="none",
    fetched_at=None,
    onset_at=None,
    end_at=None,
    total_mm=0.0,
    peak_mm_h=0.0,
    hours=(),
)


def outlook(
    series: RainSeries | None,
    alerts: tuple[Alert, ...],
    before: RainOutlook | None,
    now: datetime,
    settings: RiskSettings = RiskSettings(),
) -> RainOutlook:
    """The rain to plan on: a fresh forecast, else the words of the worst rain warning in force,
    else none.

    A forecast that sees no rain where a warning in force does is overruled by the warning: the desk
    stands guard. A forecast that is stale, with no other to take its place, is named: whoever reads
    the plan must know. The rain that it speaks of is planned on all the same, besides what a
    warning says, for a line that is down sends nobody home; where it speaks of none, it counts for
    nothing.

    Parameters
    ----------
    before
        What the published plan stood on: a storm that has begun is remembered until the work after
        it is due, since neither a forecast nor a warning speaks of rain that has fallen.
    """
    stale = series if series and series.is_stale(now) else None
    forecast = _from_forecast(series, now, settings) if series else _DRY
    warnings = [alert for alert in alerts if is_rain(alert) and alert.action is not Action.CANCEL]
    warned = (
        _from_alert(
            max(warnings, key=lambda alert: (alert.rank, alert.issued_at or alert.received_at)),
            now,
            settings,
        )
        if warnings
        else _DRY
    )
    if forecast.storms:
        ahead = _joined(warned, forecast, now) if stale and warned.storms else forecast
    else:
        ahead = warned if warned.storms or stale else forecast
    ahead = _with_memory(ahead, before, now, settings)
    return (
        replace(ahead, stale_provider=stale.provider, stale_fetched_at=stale.fetched_at)
        if stale
        else ahead
    )


def _seen(base: RainOutlook, storms: Iterable[Span], hours: Mapping, now: datetime) -> RainOutlook:
    """The outlook with these storms and hours, and what follows from them."""
    storms = _merged(storms)
    first = next((storm for storm in storms if storm[1] > now), storms[-1] if storms else None)
    amounts = [_within(hours, storm) for storm in storms]
    return replace(
        base,
        storms=storms,
        onset_at=first[0] if first else None,
        end_at=first[1] if first else None,
        total_mm=max((round(sum(mm), 4) for mm in amounts), default=0.0),
        peak_mm_h=max((max(mm, default=0.0) for mm in amounts), default=0.0),
        hours=tuple(sorted(hours.items())),
    )


def _within(hours: Mapping[datetime, float], storm: Span) -> list[float]:
    return [mm for start, mm in hours.items() if start < storm[1] and storm[0] < start + _HOUR]


def _merged(storms: Iterable[Span]) -> tuple[Span, ...]:
    """The storms in order; those with no more than a lull between them are one."""
    found: list[Span] = []
    for start, end in sorted(storms):
        if found and start - found[-1][1] <= LULL:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def _joined(warned: RainOutlook, forecast: RainOutlook, now: datetime) -> RainOutlook:
    """What a warning and a stale forecast see together, hour by hour the more: neither calls off
    what the other one speaks of.
    """
    hours = dict(forecast.hours)
    for start, mm in warned.hours:
        hours[start] = max(mm, hours.get(start, 0.0))
    return _seen(warned, (*warned.storms, *forecast.storms), hours, now)


def _with_memory(
    ahead: RainOutlook, before: RainOutlook | None, now: datetime, settings: RiskSettings
) -> RainOutlook:
    """The outlook joined with the storms that are under way or just over, and the hours of them."""
    memory = timedelta(hours=settings.memory_hours)
    past = [
        (onset, min(end, now))
        for onset, end in (before.storms if before else ())
        if onset <= now <= end + memory
    ]
    if before is None or not past:
        return ahead
    fallen = {start: mm for start, mm in before.hours if past[0][0] < start + _HOUR <= now}
    stands = ahead if ahead.storms else before
    return _seen(
        replace(
            ahead,
            source=stands.source,
            provider=stands.provider,
            fetched_at=stands.fetched_at,
            run_at=stands.run_at,
        ),
        (*past, *ahead.storms),
        dict(ahead.hours) | fallen,
        now,
    )


def _from_forecast(series: RainSeries, now: datetime, settings: RiskSettings) -> RainOutlook:
    hours = {
        start: mm
        for start, mm in hourly(series, settings.ensemble_share)
        if now - _HOUR < start < now + HORIZON
    }
    wet = [(start, start + _HOUR) for start, mm in hours.items() if mm >= settings.onset_mm_h]
    base = replace(
        _DRY,
        source="forecast",
        provider=series.provider,
        fetched_at=series.fetched_at,
        run_at=series.run_at,
    )
    return _seen(base, wet, hours, now)


def hourly(series: RainSeries, share: float) -> tuple[tuple[datetime, float], ...]:
    """Rain of each clock hour that a forecast speaks of: finer steps summed, longer ones spread
    evenly.

    Parameters
    ----------
    share
        Of an ensemble's members the one that this share of them does not exceed, hour by hour.
    """
    members: dict[str | None, dict[datetime, float]] = defaultdict(lambda: defaultdict(float))
    for step in series.steps:
        start = step.start.replace(minute=0, second=0, microsecond=0)
        while start < step.end:
            overlap = min(step.end, start + _HOUR) - max(step.start, start)
            members[step.member][start] += step.mm * (overlap / (step.end - step.start))
            start += _HOUR
    found = []
    for start in sorted({start for hours in members.values() for start in hours}):
        amounts = sorted(hours[start] for hours in members.values() if start in hours)
        found.append((start, round(amounts[math.ceil(share * len(amounts)) - 1], 4)))
    return tuple(found)


def _from_alert(alert: Alert, now: datetime, settings: RiskSettings) -> RainOutlook:
    """The warning's own words as an even rain; a warning without an amount stands for its colour's
    threshold.
    """
    said_hours, mm = signal_amount(alert)
    issued = alert.onset_at or alert.issued_at or alert.received_at or now
    onset = alert.onset_at or issued + timedelta(minutes=settings.lead_minutes)
    end = max(
        onset + _HOUR,
        alert.expires_at or issued + timedelta(hours=alert.window_hours or said_hours),
    )
    if (
        now > end
    ):  # in force beyond its words: another stretch as long as was left unsaid is assumed
        end = now + _HOUR
    hours = {
        start: amount
        for start, amount in _spread(mm, (onset, end)).items()
        if start < now + HORIZON
    }
    base = replace(_DRY, source="alert", provider=alert.provider, fetched_at=alert.received_at)
    last = min(end, now + HORIZON)
    return _seen(base, [(onset, last)] if onset < last else [], hours, now)


def _spread(mm: float, span: Span) -> Hours:
    """An amount fallen evenly through a span, by the clock hour."""
    start, hours = span[0].replace(minute=0, second=0, microsecond=0), {}
    while start < span[1]:
        overlap = min(span[1], start + _HOUR) - max(span[0], start)
        hours[start] = round(mm * (overlap / (span[1] - span[0])), 4)
        start += _HOUR
    return hours
