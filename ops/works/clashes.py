"""A road that would be opened again after it was laid: told before it is laid, with the dates at
stake on both sides. Pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.model.street.works import Work
from ops.works.parameters import WorksSettings
from ops.works.schedule import OrderFault, WorkDates, expected
from ops.works.standing import Standing
from ops.works.work_types import WORK_TYPES


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """A surface and a trench on one stretch of road, of which nobody has agreed that the trench
    comes first.

    Attributes
    ----------
    surface, trench
        The two works.
    laid_on
        When the surface was finished; ``None``: it is still to come, and the clash can be mended.
    closed_until
        Until then the finished road may not be opened.
    surface_dates, trench_dates
        As things stand.
    surface_after, trench_first
        The same once the trench comes first; ``None`` where that can't be: it would wait in a
        circle.
    """

    surface: Work
    trench: Work
    laid_on: date | None
    closed_until: date | None
    surface_dates: WorkDates | None
    trench_dates: WorkDates
    surface_after: WorkDates | None = None
    trench_first: WorkDates | None = None


def clashes(
    works: Sequence[Work],
    standing: Mapping[str, Standing],
    dates: Mapping[str, WorkDates],
    wet: NDArray[np.bool_],
    today: date,
    settings: WorksSettings,
) -> tuple[Clash, ...]:
    """Every pair of one road in the wrong order, or in none, a road that was laid first among them.

    Parameters
    ----------
    works, standing, wet, today
        As for ``expected``; the order that was agreed stands in the works.
    dates
        What ``expected`` made of them.
    """
    found = []
    for surface, trench in _pairs(works, standing, today, settings):
        laid_on = standing[surface.id].finished_on
        clash = Clash(
            surface=surface,
            trench=trench,
            laid_on=laid_on,
            closed_until=_closed_until(laid_on or _end(dates.get(surface.id)), settings),
            surface_dates=dates.get(surface.id),
            trench_dates=dates[trench.id],
        )
        if laid_on is None:
            clash = _mended(clash, works, standing, wet, today, settings)
        found.append(clash)
    return tuple(sorted(found, key=_urgency))


def _urgency(clash: Clash) -> tuple[date, str, str]:
    begins = clash.surface_dates.likely_start if clash.surface_dates else None
    return clash.laid_on or begins or date.max, clash.surface.id, clash.trench.id


def _end(dates: WorkDates | None) -> date | None:
    return dates.likely_end if dates else None


def _closed_until(laid_on: date | None, settings: WorksSettings) -> date | None:
    if laid_on is None:
        return None
    year, leap_day = laid_on.year + settings.new_road_years, (laid_on.month, laid_on.day) == (2, 29)
    return laid_on.replace(year=year, day=28 if leap_day else laid_on.day)


def _pairs(
    works: Sequence[Work],
    standing: Mapping[str, Standing],
    today: date,
    settings: WorksSettings,
) -> Iterator[tuple[Work, Work]]:
    before = _all_before(works)
    for surface in works:
        if not WORK_TYPES[surface.kind].surfaces or not _counts(
            standing[surface.id], today, settings
        ):
            continue
        for trench in works:
            if (
                trench.segment_id is not None
                and trench.segment_id == surface.segment_id
                and WORK_TYPES[trench.kind].digs
                and not standing[trench.id].is_over
                and trench.id not in before[surface.id]
            ):
                yield surface, trench


def _counts(surface: Standing, today: date, settings: WorksSettings) -> bool:
    """Whether the surface is still to come, or so new that it may not be opened."""
    if surface.withdrawn:
        return False
    until = _closed_until(surface.finished_on, settings)
    return until is None or today < until


def _all_before(works: Sequence[Work]) -> dict[str, set[str]]:
    """The ids of all that must be finished before each work, however indirectly."""
    by_id = {work.id: work for work in works}
    found: dict[str, set[str]] = {}
    for work in works:
        seen: set[str] = set()
        ahead = list(work.after)
        while ahead:
            other = ahead.pop()
            if other in by_id and other not in seen:
                seen.add(other)
                ahead += by_id[other].after
        found[work.id] = seen
    return found


def _mended(
    clash: Clash,
    works: Sequence[Work],
    standing: Mapping[str, Standing],
    wet: NDArray[np.bool_],
    today: date,
    settings: WorksSettings,
) -> Clash:
    """The dates of both if the trench comes first; one without a day is tried from today on."""
    surface = replace(clash.surface, after=(*clash.surface.after, clash.trench.id))
    trench = replace(clash.trench, earliest=clash.trench.earliest or today)
    changed = {surface.id: surface, trench.id: trench}
    try:
        dates = expected(
            [changed.get(work.id, work) for work in works], standing, wet, today, settings
        )
    except OrderFault:
        return clash
    return replace(clash, surface_after=dates[surface.id], trench_first=dates[trench.id])
