"""Records of reports whose truth is known, with the storms that brought them."""

from dataclasses import replace

import numpy as np

from data.model.past_record import KnownPlace, ReportRecord
from ops.risk.judged.backtest import Storm
from ops.risk.judged.backtest_result import backtest
from ops.risk.judged.report_history import report_history
from ops.risk.past_storms import within


def made(
    seed,
    *,
    per_storm,
    late=False,
    drift=0.0,
    even=False,
    season=False,
    listed=True,
    places=120,
    years=6,
    unlike=0.0,
    repeats=1,
):
    """A city with known rates: reports in the storms that rain brings, ``repeats`` on each matter
    or, where it is ``None``, as many as word of it happens to spread (geometric, three on average).
    """
    draw = np.random.default_rng(seed)
    rate = np.ones(places) if even else draw.gamma(0.7, 1 / 0.7, places)
    rate *= per_storm / places
    entry = np.where(draw.random(places) < 0.5, draw.integers(0, years * 330, places), 0) * late
    rows, storms, wander = [(0, 0, 0)], [], np.zeros(places)
    for day in range(6, years * 365, 15):
        wander += draw.normal(0, drift, places)
        mm = float(draw.lognormal(2.7, 0.7))
        size = (mm / 20) ** 1.2 * (1 + season * 0.9 * np.cos(2 * np.pi * day / 365))
        size *= float(np.exp(draw.normal(0, unlike)))
        matters = draw.poisson(rate * size * np.exp(wander) * (entry < day))
        counts = matters * repeats if repeats else _spread(draw, matters)
        rows += [(day, place, int(counts[place])) for place in np.flatnonzero(counts)]
        storms.append(Storm(first=day, last=day + 1, mm=mm))
    days, names, numbers = zip(*rows, strict=True)
    record = ReportRecord(
        days=tuple(day + 730_000 for day in days),
        places=tuple(map(str, names)),
        counts=tuple(map(float, numbers)),
    )
    known = [KnownPlace(name=str(n)) for n in range(places)] if listed else []
    history = report_history(record, known)
    history = replace(history, since=entry + 730_000.0) if listed else history
    storms = [replace(one, first=one.first + 730_000, last=one.last + 730_000) for one in storms]
    return backtest(history, within(history, storms))


def _spread(draw, matters):
    """By how many reports the matters of each place are told."""
    more = [draw.negative_binomial(number, 1 / 3) if number else 0 for number in matters]
    return matters + np.array(more)
