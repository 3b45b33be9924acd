"""The table of multipliers fitted to a district's own record. Pure.

A Poisson regression of the dated records on leaf season, low ground and works near by, by the time
that inlets of each kind stood there; standard errors are scaled by how much more the counts scatter
than chance alone (quasi-Poisson, Wedderburn 1974). What is fitted is drawn towards the table of the
settings as far as the record leaves it uncertain, so that a year without leaves proves nothing.
"""

import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from typing import NamedTuple

import numpy as np

from data.model.city import City
from ops.risk.multipliers import (
    YEAR,
    Multiplier,
    Multipliers,
    leaf_months,
    leaf_time,
    works_by_segment,
)
from ops.risk.parameters import RiskSettings

LEAST_RECORDS = 200
"""With fewer dated records the table stands."""
DOUBT = math.log(2.0)
"""How far the table may be wrong, as a standard deviation of a logarithm (assumption: twofold)."""
NAMES = ("leaf_season", "low_ground", "works_nearby")


class Fit(NamedTuple):
    """A table, and why it is as it is: ``fitted``, ``few`` records or ``no_library``."""

    multipliers: Multipliers
    why: str
    records: int


Cell = tuple[bool, bool, bool]
"""Leaves, low ground, works."""


def fitted(city: City, now: datetime, settings: RiskSettings = RiskSettings()) -> Fit:
    """The multipliers by the record until ``now``, else as the settings have them."""
    table = Multipliers.of(settings)
    dated = [
        one for one in city.blockages if one.reported_at <= now and one.inlet_id in city.inlet_by_id
    ]
    if len(dated) < LEAST_RECORDS:
        return Fit(table, "few", len(dated))
    counts, years = _cells(city, now, settings)
    try:
        found = _regression(counts, years)
    except ModuleNotFoundError:
        return Fit(table, "no_library", len(dated))
    lines = {name: _drawn(getattr(table, name).value, found.get(name)) for name in NAMES}
    return Fit(Multipliers(**lines), "fitted", len(dated))


def warm(city: City) -> bool:
    """Load the library that a record so long needs, which takes seconds; whether it does."""
    with suppress(ModuleNotFoundError):
        if len(city.blockages) >= LEAST_RECORDS:
            import_module("statsmodels.genmod.generalized_linear_model")
            return True
    return False


def _cells(
    city: City, now: datetime, settings: RiskSettings
) -> tuple[Mapping[Cell, float], Mapping[Cell, float]]:
    """Records of every kind of place and time, and the inlet-years in which they could be."""
    begin = min(one.reported_at for one in city.blockages)
    works, months = works_by_segment(city, now, settings), leaf_months(settings)
    counts: dict[Cell, float] = {}
    years: dict[Cell, float] = {}
    leaves = leaf_time(begin, now, settings)
    for segment in city.segments:
        inlets = len(city.inlets_by_segment.get(segment.id, ()))
        spans = [(max(begin, one), min(now, other)) for one, other in works.get(segment.id, ())]
        spans = [(one, other) for one, other in spans if other > one]
        busy = sum(((other - one) / YEAR for one, other in spans), 0.0)
        busy_leaves = sum((leaf_time(one, other, settings) / YEAR for one, other in spans), 0.0)
        all_leaves, whole = leaves / YEAR, (now - begin) / YEAR
        low = segment.low_lying
        for cell, time in (
            ((True, low, True), busy_leaves),
            ((False, low, True), busy - busy_leaves),
            ((True, low, False), all_leaves - busy_leaves),
            ((False, low, False), whole - all_leaves - busy + busy_leaves),
        ):
            years[cell] = years.get(cell, 0.0) + inlets * max(time, 0.0)
    for one in city.blockages:
        inlet = city.inlet_by_id.get(one.inlet_id)
        if inlet is None or one.reported_at > now:
            continue
        road = city.segment_by_id[inlet.segment_id]
        busy_now = any(start < one.reported_at < end for start, end in works.get(road.id, ()))
        cell = (one.reported_at.month in months, road.low_lying, busy_now)
        counts[cell] = counts.get(cell, 0.0) + 1
    return counts, years


def _regression(
    counts: Mapping[Cell, float], years: Mapping[Cell, float]
) -> dict[str, tuple[float, float]]:
    """Logarithm and standard error of each multiplier that both its sides tell of.

    Raises
    ------
    ModuleNotFoundError
        The extra ``xunban[risk]`` is not installed.
    """
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    cells = [cell for cell, time in years.items() if time > 0]
    told = np.array([counts.get(cell, 0.0) for cell in cells])
    time = np.array([years[cell] for cell in cells])
    factors = np.array(cells, float)
    used = [
        number
        for number in range(len(NAMES))
        if all(told[factors[:, number] == side].sum() >= 5 for side in (0.0, 1.0))
    ]
    if not used or len(cells) <= len(used) + 1:
        return {}
    design = np.column_stack([np.ones(len(cells)), factors[:, used]])
    result = GLM(told, design, family=Poisson(), exposure=time).fit(scale="X2")
    wider = math.sqrt(max(1.0, float(result.scale)) / float(result.scale))
    return {
        NAMES[number]: (float(result.params[1 + place]), float(result.bse[1 + place]) * wider)
        for place, number in enumerate(used)
    }


def _drawn(table: float, found: tuple[float, float] | None) -> Multiplier:
    """A multiplier with its 95 % interval, drawn towards the table."""
    if found is None:
        return Multiplier(value=table)
    logarithm, error = found
    weight, doubt = 1 / error**2, 1 / DOUBT**2
    middle = (weight * logarithm + doubt * math.log(table)) / (weight + doubt)
    spread = 1.96 / math.sqrt(weight + doubt)
    value, low, high = (math.exp(middle + way * spread) for way in (0, -1, 1))
    return Multiplier(value=value, low=low, high=high)
