"""By how much more often an inlet becomes blocked than its road's mean: a short table. Pure.

Low ground and leaves by the calendar, works near by from a record of mortar on the road. Rain
ahead, hour by hour, and the time since somebody was there have their say in ``inlet_state`` and
``worth``. With a record long enough the table is fitted (``fitted_multipliers``), else it stands as
the settings have it.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import lru_cache

from data.model.city import City
from ops.risk.parameters import RiskSettings

YEAR = timedelta(days=365)
WORKS = ("mortar",)
"""Causes that tell of works on the road."""
Spans = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Multiplier:
    """One line of the table: its value, and where it is fitted its 95 % interval."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipliers:
    """The table."""

    leaf_season: Multiplier
    low_ground: Multiplier
    works_nearby: Multiplier

    @classmethod
    def of(cls, settings: RiskSettings) -> "Multipliers":
        """As the settings have it."""
        return cls(
            leaf_season=Multiplier(value=settings.leaf_season),
            low_ground=Multiplier(value=settings.low_ground),
            works_nearby=Multiplier(value=settings.works_nearby),
        )

    def lines(self) -> Iterator[tuple[str, Multiplier]]:
        """Name and value of every line."""
        for line in fields(self):
            yield line.name, getattr(self, line.name)


def leaf_months(settings: RiskSettings) -> tuple[int, ...]:
    """The months in which leaves fall; a season may run over the turn of the year."""
    return _months(settings.leaf_from_month, settings.leaf_until_month)


@lru_cache
def _months(first: int, last: int) -> tuple[int, ...]:
    months = range(first, last + 1 if first <= last else last + 13)
    return tuple(sorted((month - 1) % 12 + 1 for month in months))


@lru_cache(maxsize=16_384)
def _leaf_days(day: date, months: tuple[int, ...]) -> int:
    """Days of the season from the beginning of the calendar until a day."""
    before = day.year - 1
    leaps = before // 4 - before // 100 + before // 400 if 2 in months else 0
    years = before * sum(monthrange(1, each)[1] for each in months) + leaps
    whole = sum(monthrange(day.year, each)[1] for each in months if each < day.month)
    return years + whole + (day.day - 1 if day.month in months else 0)


def leaf_time(start: datetime, end: datetime, settings: RiskSettings) -> timedelta:
    """So much of the time between two instants leaves fall, by whole days where it is longer."""
    months, first, last = leaf_months(settings), start.date(), end.date()
    if first == last:
        return end - start if end.month in months else timedelta(0)
    return timedelta(days=_leaf_days(last, months) - _leaf_days(first, months))


def works_by_segment(city: City, now: datetime, settings: RiskSettings) -> Mapping[str, Spans]:
    """When there were works near the inlets of a road, as its record tells."""
    lasts = timedelta(days=settings.works_days)
    found: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for blockage in city.blockages:
        inlet = city.inlet_by_id.get(blockage.inlet_id)
        if inlet and blockage.cause in WORKS and blockage.reported_at <= now:
            span = blockage.reported_at, blockage.reported_at + lasts
            found[inlet.segment_id].append(span)
    return {segment_id: _joined(sorted(spans)) for segment_id, spans in found.items()}


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Spans:
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((begin, end))
    return tuple(joined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hazard:
    """How much faster than usual the inlets of one road become blocked, at what time.

    Both at once are multiplied, as they are fitted: two that a record has well below 1 leave a rate
    that is small and never below nought. Out of their season and place the rate stands as the
    record has it, though some of that record is theirs (in doubt the graver reading).
    """

    multipliers: Multipliers
    settings: RiskSettings
    works: Spans = ()

    def years(self, start: datetime, end: datetime) -> float:
        """What the time between two instants counts, in years."""
        if end <= start:
            return 0.0
        counts = self._with_leaves(start, end)
        more = self.multipliers.works_nearby.value - 1.0
        for begin, until in self.works:
            counts += more * self._with_leaves(max(start, begin), min(end, until))
        return counts / YEAR

    def _with_leaves(self, start: datetime, end: datetime) -> timedelta:
        """A time, that of the season as much longer as leaves block more."""
        if end <= start:
            return timedelta(0)
        more = self.multipliers.leaf_season.value - 1.0
        return (end - start) + (
            more * leaf_time(start, end, self.settings) if more else timedelta(0)
        )

    def at(self, now: datetime) -> float:
        """How much faster just now."""
        leaves = self.multipliers.leaf_season.value if self.leaves_fall(now) else 1.0
        works = self.multipliers.works_nearby.value if self.works_go_on(now) else 1.0
        return leaves * works

    def leaves_fall(self, now: datetime) -> bool:
        """Whether it is their season."""
        return now.month in leaf_months(self.settings)

    def works_go_on(self, now: datetime) -> bool:
        """Whether there are works near by."""
        return any(begin <= now < end for begin, end in self.works)
