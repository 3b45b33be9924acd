"""What each source says of the rain to come, by the clock hour: a forecast, its members, a warning.
Pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data.model.plan import RainSource, RainSpread
from ops.base.naming import alert_name
from ops.risk.parameters import RiskSettings
from weather.model import Alert, RainSeries
from weather.rain_warnings import said_amounts
from weather.validity import ends_at

HOUR = timedelta(hours=1)
DAY = timedelta(hours=24)
LULL = timedelta(hours=3)  # a lull up to this long does not end a storm: crews stay at their posts
HORIZON = timedelta(hours=48)  # what rain is ahead; no forecast is worth a post beyond it
Span = tuple[datetime, datetime]
Hours = dict[datetime, float]
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SourceRain:
    """One source's rain: who says it, its storms, and millimetres by the hour."""

    source: RainSource
    hours: Mapping[datetime, float]
    spread: RainSpread | None = None

    @property
    def storms(self) -> tuple[Span, ...]:
        return self.source.storms


def merged(storms: list[Span]) -> tuple[Span, ...]:
    """The storms in order; those with no more than a lull between them are one."""
    found: list[Span] = []
    for start, end in sorted(storms):
        if found and start - found[-1][1] <= LULL:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return tuple(found)


def amounts(hours: Mapping[datetime, float], storms: tuple[Span, ...]) -> tuple[float, float]:
    """The most that any one of the storms brings, and the most in any hour of one."""
    within = [
        [mm for hour, mm in hours.items() if hour < end and start < hour + HOUR]
        for start, end in storms
    ]
    return (
        max((round(sum(mm), 4) for mm in within), default=0.0),
        max((max(mm, default=0.0) for mm in within), default=0.0),
    )


def forecast_rain(
    series: RainSeries, now: datetime, settings: RiskSettings, snow: Iterable[Span] = ()
) -> SourceRain:
    """A forecast's hours of the horizon; hours with ``onset_mm_h`` make its storms.

    Parameters
    ----------
    snow
        When what falls is snow, up to ``snow_mm_h``: an hour wholly within counts as dry.
    """
    by_member = {
        member: {
            hour: 0.0 if mm <= settings.snow_mm_h and _is_within(hour, snow) else mm
            for hour, mm in hours.items()
            if now - HOUR < hour < now + HORIZON
        }
        for member, hours in _by_member(series).items()
    }
    hours = _planned(by_member, settings.ensemble_share)
    storms = merged([(hour, hour + HOUR) for hour in _wet(hours, settings)])
    total, peak = amounts(hours, storms)
    source = RainSource(
        kind="forecast",
        provider=series.provider,
        at=series.fetched_at,
        storms=storms,
        total_mm=total,
        peak_mm_h=peak,
    )
    return SourceRain(source, hours, _spread_of(by_member, settings))


def hourly(series: RainSeries, share: float) -> tuple[tuple[datetime, float], ...]:
    """Rain of each clock hour that a forecast speaks of: finer steps summed, longer ones spread
    evenly.

    Parameters
    ----------
    share
        Of an ensemble's members the one that this share of them does not exceed, hour by hour.
    """
    return tuple(sorted(_quantile_hours(_by_member(series), share).items()))


def alert_rain(
    alert: Alert, now: datetime, settings: RiskSettings, planned: tuple[Span, ...] = ()
) -> SourceRain:
    """The warning's own words as an even rain, from the onset that it tells, else from some time
    after its issue; a warning without an amount stands for its colour's threshold.

    An amount falls within the hours that it is said for, and may fall later while the warning
    stands: through all its validity the hours hold at least their even share of it.

    Parameters
    ----------
    planned
        The storms that the plan in force counts on: a warning that follows another, or comes in the
        rain, does not put off what was to begin sooner.
    """
    issued = alert.onset_at or alert.issued_at or alert.received_at or now
    assumed = issued + timedelta(minutes=settings.lead_minutes)
    sooner = [max(start, issued) for start, end in planned if start <= assumed and issued < end]
    onset = alert.onset_at or min([assumed, *sooner])
    end = max(onset + HOUR, ends_at(alert))
    hours: Hours = {}
    for said_hours, mm in said_amounts(alert):
        soon = max(onset + HOUR, min(end, issued + timedelta(hours=said_hours)))
        for until in {soon, end}:
            for hour, share in _spread(mm, (onset, until)).items():
                if hour < now + HORIZON:
                    hours[hour] = max(share, hours.get(hour, 0.0))
    span = (onset, min(end, now + HORIZON))
    total, peak = amounts(hours, (span,))
    source = RainSource(
        kind="alert",
        provider=alert.provider,
        alert=alert_name(alert),
        at=_told_at(alert) or now,
        storms=(span,) if span[0] < span[1] else (),
        total_mm=total,
        peak_mm_h=peak,
    )
    return SourceRain(source, hours)


def _told_at(alert: Alert) -> datetime | None:
    return alert.issued_at or alert.received_at


def is_of(source: RainSource, alert: Alert) -> bool:
    """Whether a source of rain is this warning."""
    mine = (source.provider, source.alert, source.at)
    return bool(source.storms) and mine == (alert.provider, alert_name(alert), _told_at(alert))


def _spread(mm: float, span: Span) -> Hours:
    """An amount fallen evenly through a span, by the clock hour; that of an hour or less stands in
    the clock hour that holds most of it, for cut in two it would be no downpour.
    """
    if span[1] - span[0] <= HOUR:
        middle = span[0] + (span[1] - span[0]) / 2
        return {middle.replace(minute=0, second=0, microsecond=0): mm}
    hour, hours = span[0].replace(minute=0, second=0, microsecond=0), {}
    while hour < span[1]:
        hours[hour] = round(mm * (overlap(hour, span) * HOUR / (span[1] - span[0])), 4)
        hour += HOUR
    return hours


def overlap(hour: datetime, span: Span) -> float:
    """Share of a clock hour that lies in a span."""
    return max(timedelta(0), min(span[1], hour + HOUR) - max(span[0], hour)) / HOUR


def _is_within(hour: datetime, spans: Iterable[Span]) -> bool:
    """Whether a clock hour lies wholly within one of the spans."""
    return any(overlap(hour, span) == 1.0 for span in spans)


def _by_member(series: RainSeries) -> dict[str | None, Hours]:
    members: dict[str | None, Hours] = defaultdict(lambda: defaultdict(float))
    for step in series.steps:
        hour = step.start.replace(minute=0, second=0, microsecond=0)
        while hour < step.end:
            part = overlap(hour, (step.start, step.end)) * HOUR
            members[step.member][hour] += step.mm * (part / (step.end - step.start))
            hour += HOUR
    return members


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[math.ceil(share * len(values)) - 1]


def _quantile_hours(by_member: Mapping[str | None, Hours], share: float) -> Hours:
    """Hour by hour the amount that this share of the members that speak of it stays at or below."""
    return {
        hour: round(
            _quantile([hours[hour] for hours in by_member.values() if hour in hours], share), 4
        )
        for hour in sorted({hour for hours in by_member.values() for hour in hours})
    }


def _planned(by_member: Mapping[str | None, Hours], share: float) -> Hours:
    """The hours to plan on: hour by hour the share of members, and never less than a storm on which
    as many agree, at whatever hour.

    Members that see one storm at different hours are all dry in most: hour by hour they hide it. So
    for each day, and for the whole horizon, the member whose amount that share of them stays at or
    below counts with its own hours; of equal ones the earliest. An hour that a member lacks is
    taken as the others have it.
    """
    hours = _quantile_hours(by_member, share)
    if len(by_member) < 2 or not hours:
        return hours
    whole = [hours | member for member in by_member.values()]
    first, end = min(hours), max(hours) + HOUR
    planned = dict(hours)
    for start, until in ((first, end), (first, first + DAY), (first + DAY, end)):
        within = [{h: mm for h, mm in one.items() if start <= h < until} for one in whole]
        for hour, mm in _typical(within, share).items():
            planned[hour] = max(planned[hour], round(mm, 4))
    return planned


def _typical(members: list[Hours], share: float) -> Hours:
    """The member whose amount ``share`` of them stays at or below; of equal ones that which rains
    first.
    """
    totals = [round(sum(hours.values()), 2) for hours in members]
    wanted = _quantile(totals, share)
    equal = [hours for hours, total in zip(members, totals, strict=True) if total == wanted]
    return min(equal, key=_first_wet)


def _first_wet(hours: Hours) -> datetime:
    return min((hour for hour, mm in hours.items() if mm > 0), default=_NEVER)


def _wet(hours: Mapping[datetime, float], settings: RiskSettings) -> list[datetime]:
    return sorted(hour for hour, mm in hours.items() if mm >= settings.onset_mm_h)


def _spread_of(by_member: Mapping[str | None, Hours], settings: RiskSettings) -> RainSpread | None:
    """How far the members of an ensemble lie apart."""
    if len(by_member) < 2:
        return None
    wet = [_wet(hours, settings) for hours in by_member.values()]
    totals = [sum(hours.values()) for hours in by_member.values()]
    onsets = [hours[0] for hours in wet if hours]
    return RainSpread(
        members=len(by_member),
        dry=sum(not hours for hours in wet),
        low_mm=round(_quantile(totals, 0.1), 1),
        high_mm=round(_quantile(totals, 0.9), 1),
        first_at=min(onsets, default=None),
        last_at=max(onsets, default=None),
    )
