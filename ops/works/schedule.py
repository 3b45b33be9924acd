"""Works in their order over many drawn futures -> when each begins and ends, and how surely. Pure.

Each future is gone through once: a work begins when those before it are finished, its crews and
machines are free and its day has come, and goes on on the days that its kind can be done.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from graphlib import CycleError, TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from data.model.message import Message
from data.model.street.works import Work, WorkKind
from ops.works.daily_weather import DAY
from ops.works.parameters import WorksSettings
from ops.works.standing import Standing
from ops.works.work_types import WORK_TYPES

LIKELY, SURE = 0.5, 0.9
"""What is told of a day: as likely as not, and the one to promise."""
Days = NDArray[np.int_]
Wait = tuple[str, str]
"""What is waited for: a kind, and which of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkDates:
    """When a work is to be expected; ``None``: not within a year in that share of the futures.

    Attributes
    ----------
    likely_start, likely_end, sure_end
        The days by which it has begun or ended in half, and in nine of ten futures.
    in_time
        Share of the futures in which its deadline is kept; ``None`` where it has none.
    by_month
        By the end of each month (its first day here) so many of the futures have it finished.
    window
        The first day on which it can go on as things stand, and the share of the futures in which
        that day is dry enough; ``None`` where none is in sight.
    why
        What it waits for, the longest first.
    """

    likely_start: date | None
    likely_end: date | None
    sure_end: date | None
    in_time: float | None
    by_month: tuple[tuple[date, float], ...]
    window: tuple[date, float] | None
    why: tuple[Message, ...]


_NO_DATES = WorkDates(
    likely_start=None,
    likely_end=None,
    sure_end=None,
    in_time=None,
    by_month=(),
    window=None,
    why=(Message("works.no_date"),),
)
"""Of another agency's work that has no day yet."""


class OrderFault(ValueError):
    """Works that wait for one another in a circle: their ids."""

    def __init__(self, ids: Sequence[str]):
        self.ids = tuple(ids)
        super().__init__(" -> ".join(self.ids))


def in_order(works: Iterable[Work]) -> list[Work]:
    """Whoever waits stands behind what he waits for; else the earlier deadline, then the id, first.

    Raises
    ------
    OrderFault
        Works wait for one another in a circle.
    """
    by_id = {work.id: work for work in works}
    sorter = TopologicalSorter(
        {key: [other for other in work.after if other in by_id] for key, work in by_id.items()}
    )
    try:
        sorter.prepare()
    except CycleError as error:
        raise OrderFault(error.args[1]) from error
    ordered = []
    ready: list[str] = []
    while sorter.is_active():
        ready += sorter.get_ready()
        ready.sort(key=lambda key: (by_id[key].deadline or date.max, key))
        ordered.append(by_id[ready.pop(0)])
        sorter.done(ordered[-1].id)
    return ordered


def workable(
    kind: WorkKind, wet: NDArray[np.bool_], today: date, settings: WorksSettings
) -> NDArray[np.bool_]:
    """The days of each future on which such work goes on: in the season, dry, and dry before and
    after it for as long as the kind asks.
    """
    needs = WORK_TYPES[kind]
    good = np.ones_like(wet) if needs.in_rain else ~wet
    days = good.shape[1]
    for lag in range(1, _days(needs.dry_before, settings) + 1):
        good[:, lag:] &= ~wet[:, : days - lag]
    for lead in range(1, _days(needs.dry_after, settings) + 1):
        good[:, : days - lead] &= ~wet[:, lead:]
    if not needs.in_frost:
        months = np.array([(today + ahead * DAY).month for ahead in range(days)])
        good &= (settings.first_month <= months) & (months <= settings.last_month)
    return good


def _days(name: str | None, settings: WorksSettings) -> int:
    return getattr(settings, name) if name else 0


def expected(
    works: Iterable[Work],
    standing: Mapping[str, Standing],
    wet: NDArray[np.bool_],
    today: date,
    settings: WorksSettings,
) -> dict[str, WorkDates]:
    """The dates of each work that is not finished, by its id.

    Parameters
    ----------
    standing
        What was told of each work.
    wet
        Shape (futures, days), from today on.

    Raises
    ------
    OrderFault
        Works wait for one another in a circle.
    """
    futures = _Futures(wet, today, settings)
    left = [work for work in in_order(works) if not standing[work.id].is_over]
    left.sort(key=lambda work: not standing[work.id].is_under_way)  # it has its gangs already
    return {work.id: futures.dates_of(work, standing[work.id]) for work in left}


class _Futures:
    """What the works gone through so far have left of each future."""

    def __init__(self, wet: NDArray[np.bool_], today: date, settings: WorksSettings):
        self._today = today
        self._futures, self._never = wet.shape
        self._told = min(len(settings.trust), self._never)
        self._good = {kind: workable(kind, wet, today, settings) for kind in WorkKind}
        self._done = {kind: np.cumsum(good, axis=1) for kind, good in self._good.items()}
        self._ends: dict[str, Days] = {}
        self._free: dict[str, Days] = {}

    def dates_of(self, work: Work, standing: Standing) -> WorkDates:
        if not work.in_programme and not work.earliest and not standing.started_on:
            self._ends[work.id] = np.full(self._futures, self._never)
            return _NO_DATES
        waits = self._waits(work, standing)
        ready = np.maximum.reduce([np.zeros(self._futures, dtype=int), *waits.values()])
        left = work.days if standing.days_left is None else standing.days_left
        start, end = self._goes_on(work.kind, ready, max(1, left))
        self._ends[work.id] = end
        for gang in work.gangs:
            self._free[gang] = end + 1
        return WorkDates(
            likely_start=standing.started_on or self._day(start, LIKELY),
            likely_end=self._day(end, LIKELY),
            sure_end=self._day(end, SURE),
            in_time=self._by(end, work.deadline) if work.deadline else None,
            by_month=self._by_month(end),
            window=self._window(work.kind, ready),
            why=self._why(work, waits, ready, start),
        )

    def _waits(self, work: Work, standing: Standing) -> dict[Wait, Days]:
        """From which day on each thing it waits for lets it begin."""
        if standing.started_on:
            return {}
        waits = {
            ("after", other): self._ends[other] + 1 for other in work.after if other in self._ends
        }
        waits |= {("gang", gang): self._free[gang] for gang in work.gangs if gang in self._free}
        if work.earliest and work.earliest > self._today:
            waits["earliest", ""] = np.full(self._futures, (work.earliest - self._today).days)
        return waits

    def _goes_on(self, kind: WorkKind, ready: Days, days: int) -> tuple[Days, Days]:
        """First and last day of work in each future."""
        done, at = self._done[kind], np.minimum(ready, self._never - 1)
        rows = np.arange(self._futures)
        before = np.where(at > 0, done[rows, np.maximum(at - 1, 0)], 0)
        first = (done < (before + 1)[:, None]).sum(axis=1)
        last = (done < (before + days)[:, None]).sum(axis=1)
        late = ready >= self._never
        return np.where(late, self._never, first), np.where(late, self._never, last)

    def _day(self, days: Days, share: float) -> date | None:
        """The day by which it has come in this share of the futures."""
        ahead = int(np.sort(days)[math.ceil(share * self._futures) - 1])
        return None if ahead >= self._never else self._today + ahead * DAY

    def _by(self, days: Days, last: date) -> float:
        return float((days <= (last - self._today).days).mean())

    def _by_month(self, end: Days) -> tuple[tuple[date, float], ...]:
        """From the first month in which it may be finished to the first in which it surely is."""
        shares, month = [], self._today.replace(day=1)
        while (month - self._today).days < self._never:
            following = (month + 32 * DAY).replace(day=1)
            share = self._by(end, following - DAY)
            if share > 0:
                shares.append((month, share))
            if share >= 1:
                break
            month = following
        return tuple(shares)

    def _window(self, kind: WorkKind, ready: Days) -> tuple[date, float] | None:
        """The first day from when it is likely ready on which it rather goes on than not, as far as
        a forecast is believed.
        """
        shares = self._good[kind].mean(axis=0)
        from_day = int(np.sort(ready)[self._futures // 2])
        likely = [day for day in range(from_day, self._told) if shares[day] >= LIKELY]
        return (self._today + likely[0] * DAY, float(shares[likely[0]])) if likely else None

    def _why(
        self, work: Work, waits: Mapping[Wait, Days], ready: Days, start: Days
    ) -> tuple[Message, ...]:
        """What it waits for in most futures, and the weather where that comes on top."""
        binding = {wait: float((days >= ready).mean()) for wait, days in waits.items()}
        why = [
            Message(f"works.waits_{kind}", {"what": what})
            for (kind, what), share in sorted(binding.items(), key=lambda one: (-one[1], one[0]))
            if share >= LIKELY
        ]
        dry = float(np.median(np.minimum(start, self._never) - np.minimum(ready, self._never)))
        if dry >= 1:
            why.append(Message("works.waits_dry", {"days": round(dry)}))
        return tuple(why)
