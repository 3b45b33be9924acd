"""A storm goes before all routine, by rule and not by points. Pure.

- From some minutes before the rain until its end no road is swept, nobody is sent to check one, and
  no action of volunteers takes place.
- Washing waits until the storm's own work is done: what it leaves is rinsed off by that.
- While a level is ordered under which upkeep rests, so do the rounds.

Afterwards what is owed is caught up, the most pressing first.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from data.model.levels import LevelRule
from data.model.plan import JobKind, PlanState, PlanVersion, RainOutlook
from ops.cleaning.parameters import CleaningSettings

Span = tuple[datetime, datetime]


def rests(level: LevelRule | None) -> bool:
    """Whether the ordered level stops all routine."""
    return level is not None and not level.routine


def storm_spans(rain: RainOutlook, settings: CleaningSettings) -> tuple[Span, ...]:
    """When the storms of an outlook go before routine."""
    lead = timedelta(minutes=settings.storm_minutes)
    return tuple((onset - lead, end) for onset, end in rain.storms)


def free_spans(
    kind: JobKind, rain: RainOutlook, within: Iterable[Span], settings: CleaningSettings
) -> tuple[Span, ...]:
    """What is left of these spans for a kind of round: none of washing while a storm is in sight
    or its work is not done, of sweeping what lies before the first.
    """
    storms = storm_spans(rain, settings)
    if not storms:
        return tuple(within)
    if kind is not JobKind.SWEEP:
        return ()
    before = min(start for start, _ in storms)
    return tuple((start, min(end, before)) for start, end in within if start < before)


def held_in(
    versions: Sequence[PlanVersion],
    levels: Mapping[str, LevelRule],
    span: Span,
    settings: CleaningSettings,
) -> tuple[Span, ...]:
    """When storms held routine back in a span, as the plans in force saw them, in order.

    Parameters
    ----------
    versions
        Oldest first; each counts until the next was made.
    """
    versions = [one for one in versions if one.state is not PlanState.DRAFT]
    ends = [*(one.made_at for one in versions[1:]), span[1]]
    found: list[Span] = []
    for version, until in zip(versions, ends, strict=False):
        window = max(version.made_at, span[0]), min(until, span[1])
        stops = rests(levels.get(version.level or ""))
        spans = (window,) if stops else storm_spans(version.rain, settings)
        found += [(max(a, window[0]), min(b, window[1])) for a, b in spans]
    return _merged(one for one in found if one[0] < one[1])


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def hours_of(spans: Iterable[Span]) -> float:
    """Hours of spans that do not overlap."""
    return sum(((end - start) for start, end in spans), timedelta()) / timedelta(hours=1)
