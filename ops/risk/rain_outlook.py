"""Forecast, warnings and the storm so far -> the rain to plan on. Pure."""

import math
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from data.model.plan import RainOutlook
from ops.risk.parameters import RiskSettings
from weather.model import Action, Alert, RainSeries
from weather.rain_warnings import is_rain, signal_amount

_HOUR = timedelta(hours=1)
Span = tuple[datetime, datetime]
LULL = timedelta(hours=3)  # a lull up to this long does not end a storm: crews stay at their posts


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
    forecast = _from_forecast(series, now, settings) if series else None
    warnings = [alert for alert in alerts if is_rain(alert) and alert.action is not Action.CANCEL]
    warned = (
        _from_alert(
            max(warnings, key=lambda alert: (alert.rank, alert.issued_at or alert.received_at)),
            now,
            settings,
        )
        if warnings
        else None
    )
    if forecast and forecast.onset_at:
        ahead = _joined(warned, forecast) if stale and warned else forecast
    elif warned or stale or not forecast:
        ahead = warned or RainOutlook(
            source="none",
            fetched_at=None,
            onset_at=None,
            end_at=None,
            total_mm=0.0,
            peak_mm_h=0.0,
            hours=(),
        )
    else:
        ahead = forecast
    ahead = _with_memory(ahead, before, now, settings)
    return (
        replace(ahead, stale_provider=stale.provider, stale_fetched_at=stale.fetched_at)
        if stale
        else ahead
    )


def _span(rain: RainOutlook) -> Span | None:
    return (rain.onset_at, rain.end_at) if rain.onset_at and rain.end_at else None


def _joined(warned: RainOutlook, forecast: RainOutlook) -> RainOutlook:
    """What a warning and a stale forecast see together: neither calls off what the other one speaks
    of.

    Of two storms, with more than a lull between them, the first.
    """
    span, other = _span(warned), _span(forecast)
    if span is None or other is None:
        return warned if span else forecast
    first, then = sorted((span, other))
    if then[0] - first[1] > LULL:
        return warned if first == span else forecast
    return replace(
        warned,
        onset_at=first[0],
        end_at=max(first[1], then[1]),
        total_mm=max(warned.total_mm, forecast.total_mm),
        peak_mm_h=max(warned.peak_mm_h, forecast.peak_mm_h),
        hours=_more_of(warned, span, forecast),
    )


def _more_of(
    warned: RainOutlook, span: Span, forecast: RainOutlook
) -> tuple[tuple[datetime, float], ...]:
    """Hour by hour the more of the two, in the forecast's hours; the warning's own where the
    forecast has ended.
    """
    ended = forecast.hours[-1][0] + _HOUR
    hours = [
        (start, max(mm, warned.peak_mm_h if start < span[1] and span[0] < start + _HOUR else 0.0))
        for start, mm in forecast.hours
    ]
    return (*hours, *((start, mm) for start, mm in warned.hours if start >= ended))


def _with_memory(
    ahead: RainOutlook, before: RainOutlook | None, now: datetime, settings: RiskSettings
) -> RainOutlook:
    """The outlook joined with the storm that is under way or just over."""
    if (
        not before
        or not before.onset_at
        or not before.end_at
        or before.onset_at > now
        or (now - before.end_at > timedelta(hours=settings.memory_hours))
    ):
        return ahead
    end = min(before.end_at, now)
    if ahead.onset_at and ahead.end_at:
        if ahead.onset_at - max(end, before.onset_at) > LULL:
            return ahead  # another storm
        end = ahead.end_at
    stands = ahead if ahead.onset_at else before
    return replace(
        ahead,
        source=stands.source,
        provider=stands.provider,
        fetched_at=stands.fetched_at,
        run_at=stands.run_at,
        onset_at=before.onset_at,
        end_at=end,
        total_mm=max(before.total_mm, ahead.total_mm),
        peak_mm_h=max(before.peak_mm_h, ahead.peak_mm_h),
    )


def _from_forecast(series: RainSeries, now: datetime, settings: RiskSettings) -> RainOutlook:
    ahead = [
        (start, mm) for start, mm in hourly(series, settings.ensemble_share) if start + _HOUR > now
    ]
    storm = _first_storm([start for start, mm in ahead if mm >= settings.onset_mm_h])
    inside = [
        mm for start, mm in ahead if storm and storm[0] <= start and start + _HOUR <= storm[1]
    ]
    return RainOutlook(
        source="forecast",
        provider=series.provider,
        fetched_at=series.fetched_at,
        run_at=series.run_at,
        onset_at=storm[0] if storm else None,
        end_at=storm[1] if storm else None,
        total_mm=round(sum(inside), 4),
        peak_mm_h=max(inside, default=0.0),
        hours=tuple(ahead[:48]),
    )


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


def _first_storm(wet: list[datetime]) -> tuple[datetime, datetime] | None:
    """The first run of wet hours, lulls included."""
    if not wet:
        return None
    start, end = wet[0], wet[0] + _HOUR
    for hour in wet[1:]:
        if hour - end > LULL:
            break
        end = hour + _HOUR
    return start, end


def _from_alert(alert: Alert, now: datetime, settings: RiskSettings) -> RainOutlook:
    """The warning's own words as an even rain; a warning without an amount stands for its colour's
    threshold.
    """
    hours, mm = signal_amount(alert)
    issued = alert.onset_at or alert.issued_at or alert.received_at or now
    onset = alert.onset_at or issued + timedelta(minutes=settings.lead_minutes)
    end = max(
        onset + timedelta(hours=1),
        alert.expires_at or issued + timedelta(hours=alert.window_hours or hours),
    )
    if (
        now > end
    ):  # in force beyond its words: another stretch as long as was left unsaid is assumed
        end = now + timedelta(hours=1)
    count = max(1, math.ceil((end - onset) / timedelta(hours=1)))
    return RainOutlook(
        source="alert",
        provider=alert.provider,
        fetched_at=alert.received_at,
        onset_at=onset,
        end_at=end,
        total_mm=mm,
        peak_mm_h=mm / count,
        hours=tuple((onset + timedelta(hours=i), mm / count) for i in range(count)),
    )
