"""Whether other rain is ahead than a plan stands on, by so much that the plan would be another.
Pure.

What is compared is always what the plan stands on, not the reading before: small steps add up and
are caught. What is graver and near asks for a plan soon; what is milder, or far off, waits until it
is more than a swing from run to run, or near.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.plan import RainOutlook
from ops.risk.parameters import RiskSettings
from ops.risk.rain_sources import DAY, HORIZON, HOUR, Span, merged


@dataclass(frozen=True, slots=True)
class _Reading:
    """One storm as one outlook has it, from now on."""

    start: datetime
    end: datetime
    mm: float
    peak: float


def would_change_the_plan(
    planned: RainOutlook,
    ahead: RainOutlook,
    made_at: datetime,
    now: datetime,
    settings: RiskSettings = RiskSettings(),
) -> bool:
    """Whether a plan made now would stand on other rain, by the thresholds of ``settings``.

    Parameters
    ----------
    planned, made_at
        What the plan stands on, and when it was made: it knows nothing beyond its horizon.
    ahead
        What a plan made now would stand on.
    """
    if planned.stale_provider and not ahead.stale_provider:  # the sheets say that it was too old
        return True
    until = max(made_at + HORIZON, now + DAY)
    spans = [_ahead(outlook, now, until) for outlook in (planned, ahead)]
    for start, end in merged([*spans[0], *spans[1]]):
        was, then = (
            _reading(outlook, own, (start, end), now)
            for outlook, own in zip((planned, ahead), spans, strict=True)
        )
        if _differs(was, then, now, settings):
            return True
    return False


def _ahead(outlook: RainOutlook, now: datetime, until: datetime) -> list[Span]:
    """Its storms from now on, as far as both outlooks can know of them."""
    return [
        (max(start, now), min(end, until))
        for start, end in outlook.storms
        if end > now and start < until
    ]


def _reading(outlook: RainOutlook, own: list[Span], span: Span, now: datetime) -> _Reading | None:
    """What an outlook has of one storm; ``None``: nothing."""
    inside = [each for each in own if each[0] < span[1] and span[0] < each[1]]
    if not inside:
        return None
    start, end = inside[0][0], max(each[1] for each in inside)
    mm = [mm for hour, mm in outlook.hours if hour < end and max(start, now) < hour + HOUR]
    return _Reading(start, end, sum(mm), max(mm, default=0.0))


def _differs(
    was: _Reading | None, then: _Reading | None, now: datetime, settings: RiskSettings
) -> bool:
    near = now + timedelta(hours=settings.near_hours)

    def factor(*instants: datetime) -> float:
        return 1.0 if min(instants) <= near else settings.far_factor

    if was is None:
        return then is not None and (
            then.start <= near or then.mm > settings.graver_mm * settings.far_factor
        )
    if then is None:
        return was.start <= near
    begins = factor(was.start, then.start)
    return _is_graver(was, then, begins, factor(was.end, then.end), settings) or (
        begins == 1.0 and _is_milder(was, then, near, settings)
    )


def _is_graver(
    was: _Reading, then: _Reading, begins: float, ends: float, settings: RiskSettings
) -> bool:
    """Whether more falls, in all or in an hour, or sooner, or longer."""
    more = _more_by(settings.graver_mm, settings.graver_share)
    minutes = timedelta(minutes=settings.graver_minutes)
    return (
        more(was.mm, then.mm, begins)
        or more(was.peak, then.peak, begins)
        or was.start - then.start > minutes * begins
        or then.end - was.end > minutes * ends
    )


def _is_milder(was: _Reading, then: _Reading, near: datetime, settings: RiskSettings) -> bool:
    """Whether of a storm that is near much less falls, or it comes later, or is over sooner."""
    less = _more_by(settings.milder_mm, settings.milder_share)
    minutes = timedelta(minutes=settings.milder_minutes)
    return (
        less(then.mm, was.mm, 1.0, of=was.mm)
        or then.start - was.start > minutes
        or (then.end <= near and was.end - then.end > minutes)
    )


def _more_by(mm: float, share: float) -> Callable[..., bool]:
    """Whether the second amount is more than the first by both the amount and the share."""

    def more(small: float, great: float, factor: float, of: float | None = None) -> bool:
        whole = small if of is None else of
        return great - small > max(mm, share * whole) * factor

    return more
