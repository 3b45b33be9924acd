"""How many reports a storm brings for those that the rates alone make expect. Pure."""

from collections.abc import Sequence

import numpy as np

LEAST_STORMS = 3
"""So many storms with their rain, before rain is asked."""


def storm_size(
    totals: Sequence[float],
    expected: Sequence[float],
    mm: Sequence[float | None],
    now_mm: float | None,
) -> float:
    """The size of a storm by those that have been: a Poisson regression on the depth of rain.

    ``totals / expected`` is taken to be ``exp(a) * (mm + 1) ** b``, ``b`` held towards 0 by one
    unit of information (a storm's depth matters only as far as the record shows it). Where there is
    no rain, ``b`` is 0.

    Parameters
    ----------
    totals, expected
        Reports of each storm that has been, and what the rates alone made expect in a day.
    mm, now_mm
        Its rain, and that of the storm asked for.
    """
    known = [
        (total, hoped, depth)
        for total, hoped, depth in zip(totals, expected, mm, strict=True)
        if depth is not None
    ]
    if now_mm is None or len(known) < LEAST_STORMS:
        return (sum(totals) + 0.5) / sum(expected)
    told, hoped, depth = (np.array(column, float) for column in zip(*known, strict=True))
    log_mm = np.log1p(depth)
    middle = log_mm.mean()
    intercept, slope = _fit(told, hoped, log_mm - middle)
    return float(np.exp(intercept + slope * (np.log1p(now_mm) - middle)))


def _fit(told: np.ndarray, hoped: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Intercept and slope by Newton's method, from no slope."""
    design = np.column_stack([np.ones_like(x), x])
    held = np.diag([1e-9, 1.0])
    beta = np.array([np.log((told.sum() + 0.5) / hoped.sum()), 0.0])
    for _ in range(30):
        mean = hoped * np.exp(np.clip(design @ beta, -30, 30))
        gradient = design.T @ (told - mean) - held @ beta
        hessian = design.T @ (design * mean[:, None]) + held
        step = np.clip(np.linalg.solve(hessian, gradient), -1, 1)
        beta = beta + step
        if np.abs(step).max() < 1e-8:
            break
    return beta
