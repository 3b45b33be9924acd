"""How many reports a storm brings for those that the rates alone make expect. Pure."""

from collections.abc import Sequence
from functools import lru_cache
from math import lgamma
from typing import NamedTuple

import numpy as np

from ops.risk.blockage_rate import Floats

LEAST_STORMS = 3
"""So many storms with their rain, before rain is asked."""
DISPERSIONS = np.array([0.01, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6])
"""How far storms of the same rain may lie apart: the variance of a storm's own Gamma factor."""
HELD = np.diag([0.01, 1.0])
"""What holds level and slope where they begin, in units of information."""


class StormSize(NamedTuple):
    """What is expected of a storm.

    Attributes
    ----------
    mean
        Reports for each one that the rates alone make expect.
    variance
        Of its own Gamma factor about that: how far storms of the same rain lie apart, and what so
        few of them leave unknown.
    """

    mean: float
    variance: float


def storm_size(
    totals: Sequence[float],
    expected: Sequence[float],
    mm: Sequence[float | None],
    now_mm: float | None,
) -> StormSize:
    """The size of a storm by those that have been: a negative binomial regression on the depth of
    rain, averaged over the dispersion by its marginal likelihood (Laplace's approximation).

    ``totals / expected`` is taken to lie about ``exp(a) * (mm + 1) ** b``, ``b`` held towards 0 by
    one unit of information (a storm's depth matters only as far as the record shows it). Where
    there is no rain, ``b`` is 0.

    Parameters
    ----------
    totals, expected
        Reports of each storm that has been, and what the rates alone made expect in a day.
    mm, now_mm
        Its rain, and that of the storm asked for.
    """
    told, hoped = np.array(totals, float), np.array(expected, float)
    depth = np.array([np.nan if one is None else one for one in mm], float)
    known = np.isfinite(depth)
    if now_mm is None or known.sum() < LEAST_STORMS:
        return _averaged(told, hoped, np.zeros(len(told)), 0.0)
    log_mm = np.log1p(depth[known])
    middle = log_mm.mean()
    return _averaged(told[known], hoped[known], log_mm - middle, float(np.log1p(now_mm) - middle))


def _averaged(told: Floats, hoped: Floats, x: Floats, now: float) -> StormSize:
    """The size at ``now``, each dispersion weighed by how likely it makes what was told."""
    design = np.column_stack([np.ones_like(x), x])
    beta, hessian = _fit(told, hoped, design)
    mean = hoped * _growth(beta, design)
    shape = 1 / DISPERSIONS[:, None]
    likely = _rising(told) + told * np.log(mean / (mean + shape)) - shape * np.log1p(mean / shape)
    score = likely.sum(axis=1) - beta[:, 1] ** 2 / 2 - np.linalg.slogdet(hessian)[1] / 2
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    at = np.array([1.0, now])
    unknown = np.einsum("i,gij,j->g", at, np.linalg.inv(hessian), at)
    size = _growth(beta, at[None, :])[:, 0]
    return StormSize(float(weight @ size), float(weight @ (DISPERSIONS + unknown)))


def _fit(told: Floats, hoped: Floats, design: Floats) -> tuple[Floats, Floats]:
    """Level and slope for each dispersion, and the information on them, by Fisher's scoring."""
    start = np.array([np.log((told.sum() + 0.5) / hoped.sum()), 0.0])
    beta = np.tile(start, (len(DISPERSIONS), 1))
    for _ in range(30):
        mean = hoped * _growth(beta, design)
        even = 1 / (1 + DISPERSIONS[:, None] * mean)
        gradient = ((told - mean) * even) @ design - (beta - start) @ HELD
        hessian = np.einsum("gi,ij,ik->gjk", mean * even, design, design) + HELD
        step = np.clip(np.linalg.solve(hessian, gradient[..., None])[..., 0], -1, 1)
        beta = beta + step
        if np.abs(step).max() < 1e-6:
            break
    return beta, hessian


def _growth(beta: Floats, design: Floats) -> Floats:
    return np.exp(np.clip(beta @ design.T, -30, 30))


def _rising(told: Floats) -> Floats:
    """The part of the likelihood that the mean has nothing to do with."""
    return np.array([_rising_of(float(one)) for one in told]).T


@lru_cache(maxsize=4096)
def _rising_of(told: float) -> tuple[float, ...]:
    return tuple(lgamma(told + 1 / each) - lgamma(1 / each) for each in DISPERSIONS.tolist())
