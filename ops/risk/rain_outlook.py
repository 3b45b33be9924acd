"""Forecast, warnings and the storm so far, joined -> the rain to plan on. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from data.model.plan import RainOutlook, RainSource
from ops.risk.parameters import RiskSettings
from ops.risk.rain_sources import (
    HOUR,
    Hours,
    SourceRain,
    Span,
    alert_rain,
    amounts,
    forecast_rain,
    is_of,
    merged,
    overlap,
)
from weather.model import Action, Alert, RainSeries
from weather.rain_warnings import snow_spans, tells_rain

NO_RAIN: Mapping[datetime, float] = MappingProxyType({})
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
    measured: Mapping[datetime, float] = NO_RAIN,
) -> RainOutlook:
    """The rain to plan on: the forecast and every rain warning in force, joined.

    Neither calls off what another one speaks of. Of two sources the more counts, hour by hour; only
    where a fresh forecast tells at which hours of a warning a part of its amount falls, that part
    falls then and not evenly (see ``_shaped``). A stale forecast is named: whoever reads the plan
    must know. The rain that it speaks of is planned on all the same, for a line that is down sends
    nobody home; its dry hours count for nothing. What falls as snow is no rain.

    Parameters
    ----------
    alerts
        Those in force at ``now``.
    before
        What the published plan stood on: a storm that has begun is remembered until the work after
        it is due, since neither a forecast nor a warning speaks of rain that has fallen.
    measured
        Millimetres of each clock hour that gauges have measured: where they are more than was
        foreseen, they count.
    """
    stale = series if series and series.is_stale(now) else None
    forecast = forecast_rain(series, now, settings, snow_spans(alerts)) if series else None
    if stale and forecast and not forecast.storms:
        forecast = None
    warned = [
        _warned(alert, before, now, settings)
        for alert in sorted(alerts, key=_gravest_first)
        if tells_rain(alert) and alert.action is not Action.CANCEL
    ]
    ahead = _joined(forecast, warned, now, settings, shapes=stale is None)
    if series and ahead.source in ("forecast", "both"):
        ahead = replace(ahead, run_at=series.run_at)
    ahead = _with_memory(ahead, before, now, settings)
    ahead = _with_measured(ahead, measured, now, settings)
    return (
        replace(ahead, stale_provider=stale.provider, stale_fetched_at=stale.fetched_at)
        if stale
        else ahead
    )


def _warned(
    alert: Alert, before: RainOutlook | None, now: datetime, settings: RiskSettings
) -> SourceRain:
    """The rain that a warning speaks of, beginning no later than what the plan in force counts on.

    Where that plan stood on this very warning, the same words mean the same hours, and what was to
    fall in those that are over it knows better: an even share of the amount is no storm that was.
    """
    if before is None:
        return alert_rain(alert, now, settings)
    known = [each.storms for each in before.sources if is_of(each, alert)]
    if not known:
        return alert_rain(alert, now, settings, before.storms)
    rain = alert_rain(alert, now, settings, known[0])
    return replace(rain, hours={hour: mm for hour, mm in rain.hours.items() if hour + HOUR > now})


def _gravest_first(alert: Alert) -> tuple:
    issued = alert.issued_at or alert.received_at
    return (-alert.rank, -issued.timestamp() if issued else 0.0, alert.digest)


def _seen(
    base: RainOutlook, storms: Iterable[Span], hours: Mapping[datetime, float], now: datetime
) -> RainOutlook:
    """The outlook with these storms and hours, and what follows from them."""
    spans = merged(list(storms))
    first = next((span for span in spans if span[1] > now), spans[-1] if spans else None)
    total, peak = amounts(hours, spans)
    return replace(
        base,
        storms=spans,
        onset_at=first[0] if first else None,
        end_at=first[1] if first else None,
        total_mm=total,
        peak_mm_h=peak,
        hours=tuple(sorted(hours.items())),
    )


def _joined(
    forecast: SourceRain | None,
    warned: list[SourceRain],
    now: datetime,
    settings: RiskSettings,
    *,
    shapes: bool,
) -> RainOutlook:
    """Forecast and warnings as one rain, and from whom it is."""
    hours: Hours = dict(forecast.hours) if forecast else {}
    storms = list(forecast.storms) if forecast else []
    for warning in warned:
        own, spans = warning.hours, warning.storms
        if forecast and shapes:
            own, spans = _shaped(warning, forecast, now, settings)
        for hour, mm in own.items():
            hours[hour] = max(mm, hours.get(hour, 0.0))
        storms += spans
    told = [each.source for each in (forecast, *warned) if each]
    wet = [each for each in told if each.storms]
    first = next(iter(wet or told), None)
    if first is None:
        return _DRY
    base = replace(
        _DRY,
        source="both" if len({each.kind for each in wet}) > 1 else first.kind,
        provider=first.provider,
        fetched_at=first.at,
        sources=tuple(told),
        spread=forecast.spread if forecast else None,
        seen=tuple(sorted(forecast.hours.items())) if forecast and shapes else (),
    )
    return _seen(base, storms, hours, now)


def _shaped(
    warning: SourceRain, forecast: SourceRain, now: datetime, settings: RiskSettings
) -> tuple[Hours, tuple[Span, ...]]:
    """A warning's hours and storms as a fresh forecast tells them apart.

    A warning says how much falls within some hours, and not when in them: even rain is our own
    assumption. Where a forecast sees rain in those hours, its hours are taken to hold up to
    ``forecast_factor`` times what it says; what the warning's amount exceeds that by falls evenly.
    So the whole amount is planned on, a forecast that sees all of it tells the hours, and one that
    sees next to nothing changes next to nothing.
    """
    if not warning.storms:
        return dict(warning.hours), ()
    span = warning.storms[0]
    told = [hour for hour in warning.hours if hour in forecast.hours and hour + HOUR > now]
    due = sum(warning.hours[hour] for hour in told)
    seen = sum(forecast.hours[hour] * overlap(hour, span) for hour in told)
    if not due or not seen:
        return dict(warning.hours), warning.storms
    factor = min(settings.forecast_factor, max(1.0, due / seen))
    rest = max(0.0, 1 - factor * seen / due)
    hours = dict(warning.hours)
    for hour in told:
        hours[hour] = round(factor * forecast.hours[hour] + rest * warning.hours[hour], 4)
    spans = [
        (max(hour, span[0]), min(hour + HOUR, span[1]))
        for hour, mm in hours.items()
        if mm >= min(settings.onset_mm_h, warning.hours[hour] / 2)
    ]
    return hours, merged([each for each in spans if each[0] < each[1]])


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
    fallen = {hour: mm for hour, mm in before.hours if past[0][0] < hour + HOUR <= now}
    if not ahead.storms:
        ahead = replace(
            ahead,
            source=before.source,
            provider=before.provider,
            fetched_at=before.fetched_at,
            run_at=before.run_at,
        )
    return _seen(ahead, (*past, *ahead.storms), dict(ahead.hours) | fallen, now)


def _with_measured(
    ahead: RainOutlook, measured: Mapping[datetime, float], now: datetime, settings: RiskSettings
) -> RainOutlook:
    """The outlook with what has fallen of late, hour by hour the more of both.

    An hour that is wet enough belongs to a storm, whoever foresaw it; the hour that runs is wet to
    its end.
    """
    since = now - timedelta(hours=settings.memory_hours)
    fallen = {hour: mm for hour, mm in measured.items() if since < hour + HOUR and hour <= now}
    known = dict(ahead.hours)
    if not any(mm > known.get(hour, 0.0) for hour, mm in fallen.items()):
        return ahead
    hours = known | {hour: max(mm, known.get(hour, 0.0)) for hour, mm in fallen.items()}
    storms = merged(
        [(hour, hour + HOUR) for hour, mm in fallen.items() if mm >= settings.onset_mm_h]
    )
    total, peak = amounts(fallen, storms)
    source = RainSource(
        kind="measured", provider="gauges", at=now, storms=storms, total_mm=total, peak_mm_h=peak
    )
    joined = _seen(ahead, (*storms, *ahead.storms), hours, now)
    return replace(
        joined,
        source=ahead.source if ahead.storms or not storms else "measured",
        sources=(*ahead.sources, source),
    )
