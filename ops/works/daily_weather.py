"""Wet and dry days ahead: the forecast as far as it is to be trusted, the climate's odds beyond it.
Pure.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from ops.works.parameters import WorksSettings
from weather.model import RainSeries, RainStep

DAY = timedelta(days=1)
DAYS_AHEAD = 400
"""Beyond a year and a season nobody promises a day."""
FUTURES = 1000
"""Drawn futures: a share of them is known to about one and a half in a hundred."""
_SEED = 20260704  # any, and always the same: two looks at one forecast give the same days
_COVERED_H = 12  # a day of which the forecast tells less is none that it speaks of


def wet_by_forecast(
    series: RainSeries | None, zone: ZoneInfo, today: date, settings: WorksSettings
) -> Mapping[date, float]:
    """How likely the forecast holds each day that it speaks of to be wet, 0 to 1.

    The provider's own probability where he gives one, else the share of his runs that bring
    ``wet_mm``.
    """
    steps: dict[date, list[RainStep]] = defaultdict(list)
    for step in series.steps if series else ():
        steps[step.start.astimezone(zone).date()].append(step)
    return {
        day: _wetness(of_day, settings.wet_mm)
        for day, of_day in steps.items()
        if day >= today and (day == today or _hours(of_day) >= _COVERED_H)
    }


def _hours(steps: Sequence[RainStep]) -> float:
    spans = {(step.start, step.end) for step in steps}
    return sum((end - start).total_seconds() for start, end in spans) / 3600


def _wetness(steps: Sequence[RainStep], wet_mm: float) -> float:
    said = [step.probability for step in steps if step.probability is not None]
    if said:
        return max(said)
    mm: dict[str | None, float] = defaultdict(float)
    for step in steps:
        mm[step.member] += step.mm
    return sum(amount >= wet_mm for amount in mm.values()) / len(mm)


def drawn_futures(
    forecast: Mapping[date, float], today: date, settings: WorksSettings
) -> NDArray[np.bool_]:
    """Wet days of many futures, shape (`FUTURES`, `DAYS_AHEAD`), the first day today.

    A wet day follows a wet one more often than a dry one; the forecast moves the odds of the days
    that it speaks of as far as it is trusted.
    """
    rng = np.random.default_rng(_SEED)
    uniform = rng.random((FUTURES, DAYS_AHEAD))
    wet = np.zeros((FUTURES, DAYS_AHEAD), dtype=bool)
    before: NDArray[np.bool_] | None = None
    for ahead in range(DAYS_AHEAD):
        day = today + ahead * DAY
        share = settings.wet_share[day.month - 1]
        odds = np.full(FUTURES, share)
        if before is not None:
            odds += settings.persistence * (before - share)
        trust = settings.trust[ahead] if day in forecast and ahead < len(settings.trust) else 0.0
        wet[:, ahead] = before = (
            uniform[:, ahead] < trust * forecast.get(day, 0.0) + (1 - trust) * odds
        )
    return wet
