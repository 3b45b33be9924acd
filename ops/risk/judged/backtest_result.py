"""What a backtest comes to: hit rates, calibration, and what is better than what. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np

from ops.risk.blockage_rate import Floats
from ops.risk.judged.backtest import (
    COUNT,
    LAST,
    OURS,
    RECENT,
    Choice,
    ReportHistory,
    ScoredStorm,
    Storm,
    score_storms,
)
from ops.risk.judged.ranking_scores import auc, first_of, hit_rate, logit_fit

RANDOM = "random"
NAIVE = (RANDOM, LAST, COUNT, RECENT)
METHODS = (*NAIVE, OURS)
MEASURES = ("top10", "top20", "auc")
WARM_UP = 5
"""So many storms are learnt from before one is judged."""
CLEAR = 2.0
"""A difference of so many standard errors is not taken for chance."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over storms with its standard error; ``None`` where one storm says it alone."""

    value: float
    se: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestResult:
    """How the ways of ranking did.

    Attributes
    ----------
    measures
        For ``top10``, ``top20`` and ``auc`` every way's mean over storms.
    ahead
        For the same, by how much ours is ahead of each naive way, storm by storm.
    brier
        Of our probabilities, and of the same one for all places.
    slope
        Calibration: 1 where probabilities are true, below where they are too bold; not a number
        where every place always had a report, or none ever.
    storms, judged
        How many storms there were, and how many of them with reports after the warm-up.
    elsewhere
        Share of their reports that came from places nobody had known: they count nowhere.
    choice
        The method's settings as the record had taught them in the end.
    """

    measures: Mapping[str, Mapping[str, Estimate]]
    ahead: Mapping[str, Mapping[str, Estimate]]
    brier: Mapping[str, Estimate]
    slope: Estimate
    storms: int
    judged: int
    places: int
    reports: float
    elsewhere: float
    choice: Choice

    def verdict(self, method: str) -> str:
        """``ahead``, ``behind`` or ``same`` (chance may have made it): ours beside a naive way by
        the first tenth.
        """
        difference = self.ahead["top10"][method]
        if not difference.se or abs(difference.value) < CLEAR * difference.se:
            return "same"
        return "ahead" if difference.value > 0 else "behind"


def backtest(history: ReportHistory, storms: Sequence[Storm]) -> BacktestResult | None:
    """Every storm after the warm-up, judged by what was known on its eve.

    ``None`` where no storm can be judged.

    Parameters
    ----------
    storms
        In order, none overlapping another.
    """
    scored = list(islice(score_storms(history, storms), WARM_UP, None))
    judged = [one for one in scored if one.reports.sum() > 0]
    if not judged:
        return None
    tables = {name: _table(name, judged) for name in MEASURES}
    came = sum(float(one.reports.sum()) + one.elsewhere for one in scored)
    return BacktestResult(
        measures={
            name: {method: _mean(of_storms) for method, of_storms in table.items()}
            for name, table in tables.items()
        },
        ahead={
            name: {method: _mean(table[OURS] - table[method]) for method in NAIVE}
            for name, table in tables.items()
        },
        brier=_brier(scored),
        slope=_slope(scored),
        storms=len(storms),
        judged=len(judged),
        places=len(history.places),
        reports=float(history.count.sum()),
        elsewhere=sum(one.elsewhere for one in scored) / came,
        choice=scored[-1].choice,
    )


def _table(measure: str, judged: Iterable[ScoredStorm]) -> dict[str, Floats]:
    """One figure for each storm and way of ranking, for the storms that have one."""
    lines = [line for one in judged if (line := _line(measure, one))]
    return {method: np.array([line[method] for line in lines]) for method in METHODS}


def _line(measure: str, one: ScoredStorm) -> dict[str, float] | None:
    happened = (one.reports > 0).astype(float)
    if measure == "auc":
        if happened.all():
            return None
        found = {method: auc(score, happened) for method, score in one.scores.items()}
        return {**found, RANDOM: 0.5}
    share = {"top10": 0.1, "top20": 0.2}[measure]
    found = {method: hit_rate(score, one.reports, share) for method, score in one.scores.items()}
    places = len(one.known)
    return {**found, RANDOM: first_of(places, share) / places}


def _mean(of_storms: Floats) -> Estimate:
    if not len(of_storms):
        return Estimate(float("nan"), None)
    spread = float(of_storms.std(ddof=1) / len(of_storms) ** 0.5) if len(of_storms) > 1 else None
    return Estimate(float(of_storms.mean()), spread)


def _brier(scored: Iterable[ScoredStorm]) -> dict[str, Estimate]:
    pairs = [(one.chance, (one.reports > 0).astype(float)) for one in scored]
    return {
        OURS: _mean(np.array([((chance - happened) ** 2).mean() for chance, happened in pairs])),
        RANDOM: _mean(
            np.array([((chance.mean() - happened) ** 2).mean() for chance, happened in pairs])
        ),
    }


def _slope(scored: Sequence[ScoredStorm]) -> Estimate:
    chance = np.concatenate([one.chance for one in scored])
    happened = np.concatenate([one.reports > 0 for one in scored]).astype(float)
    if happened.min() == happened.max():
        return Estimate(float("nan"), None)
    return Estimate(*logit_fit(chance, happened)[1:])
