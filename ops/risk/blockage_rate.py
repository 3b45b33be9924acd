"""How often each place is found blocked, from a record that is thin: empirical Bayes. Pure.

Gamma-Poisson: a place's rate is taken to lie about that of its road, a road's about the district's,
each as a Gamma distribution; a record of so many reports in so much time then moves it. Without a
record a place has its road's rate, with a long one its own.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LN2 = float(np.log(2.0))


def faded_time(time: Floats, half_life: float) -> Floats:
    """What a time in service counts when what is old fades: ``time`` itself where nothing does.

    Parameters
    ----------
    time
        Time in service until now, in any unit, nought or more; may be infinite.
    half_life
        After which a record counts half, in the same unit; may be infinite.
    """
    if np.isinf(half_life):
        return np.asarray(time, float)
    return half_life / LN2 * -np.expm1(-LN2 / half_life * np.asarray(time, float))


def shrunk(
    counts: Floats, exposure: Floats, road_of: Ints, prior: float, least: float = 0.0
) -> tuple[Floats, Floats]:
    """Shape and exposure of each place's Gamma distribution; their ratio is its rate.

    One more report lowers no rate.

    Parameters
    ----------
    counts, exposure
        Reports of each place and its time in service, both faded.
    road_of
        Number of each place's road, from 0.
    prior
        How much time of its road's mean each place is mixed with, and of the district's each road.
    least
        The district's and a road's mean are never taken for less.
    """
    total = exposure.sum()
    mean = max(float(counts.sum() / total) if total > 0 else 0.0, least)
    roads = int(road_of.max(initial=-1)) + 1
    of_road = np.bincount(road_of, counts, roads) + prior * mean
    road_rate = np.maximum(of_road / (np.bincount(road_of, exposure, roads) + prior), least)
    return counts + prior * road_rate[road_of], exposure + prior
