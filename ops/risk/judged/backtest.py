"""Was the ranking of places good in the storms that have been? Pure.

Storm by storm, the oldest first: each place is scored by what was known on the eve, then the
storm's reports say how good that was. Nothing of a later day touches a score: half-life and
strength of the shrinkage are those that have done best so far, too. Only the storm's own rain is
taken to be forecast, as it is when a plan is made; it moves no rank.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ops.risk.blockage_rate import Floats, Ints, faded_time, shrunk
from ops.risk.storm_size import StormSize, storm_size

OURS = "empirical_bayes"
LAST, COUNT, RECENT = "last_storm", "raw_count", "time_since_last"
HALF_LIVES = (90.0, 180.0, 365.0, 730.0, 1460.0, float("inf"))
"""Days after which a report counts half; which of them is right the record tells."""
PRIORS = (0.5, 2.0, 8.0, 32.0)
"""Strength of the shrinkage, in reports to be expected at a place."""
SPREADS = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 16.0, float("inf"))
"""How evenly a storm's reports fall where they are expected: shape of a Gamma distribution."""
REPEATS = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""By how many reports one matter is told, as several people see it."""
HELD = np.diag([5.0, 5.0, 15.0])
"""How firmly probabilities are taken for true as they are, in units of information: their level,
how far storms lie apart, and how far places do.
"""
BOUNDS = np.array([[-1.0, 0.3, 0.5], [1.0, 1.5, 2.0]])
"""No mending goes beyond these."""
LEAST_DAYS = 30.0  # a rate by the reports of a few days says nothing yet


class Choice(NamedTuple):
    """Settings of the method: half-life in days, strength of the shrinkage in reports, and whether
    places that no list names have been there as long as the record.
    """

    half_life: float
    prior: float
    all_along: bool


class Fall(NamedTuple):
    """How a storm's reports fall: how evenly, of `SPREADS`, and how many on one matter."""

    spread: float
    repeats: float


FALLS = tuple(Fall(*each) for each in product(SPREADS, REPEATS))
CHOICES = tuple(Choice(*each) for each in product(HALF_LIVES, PRIORS, (True, False)))
FAVOUR = {
    one: 2.0 * np.isinf(one.half_life)
    - 0.5 * abs(float(np.log2(one.prior / 8.0)))
    + 2.0 * one.all_along
    for one in CHOICES
}
"""What each choice has in hand before any storm, as a log likelihood: nothing fades and no place
has come since until the record shows that it does, and a thin record is trusted little.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """One storm.

    Attributes
    ----------
    first, last
        The days on which reports are its own, as ``date.toordinal`` numbers them.
    mm
        Its rain; ``None`` where nobody measured any.
    """

    first: int
    last: int
    mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHistory:
    """Reports by day and place.

    Attributes
    ----------
    places
        Their names; ``road_of`` numbers the road of each from 0.
    since
        On which day each came into service; ``nan`` where that is not known.
    listed
        Whether each stands in the district's own list; one that does not is unknown until it is
        first mentioned.
    day, place, count
        One entry for each day and place that is mentioned, in order of days; 0 says that there was
        no report.
    """

    places: tuple[str, ...]
    road_of: Ints
    since: Floats
    listed: NDArray[np.bool_]
    day: Ints
    place: Ints
    count: Floats

    @property
    def starts(self) -> int:
        """The first day of the record."""
        return int(self.day[0]) if len(self.day) else 0

    def between(self, first: int, until: int) -> slice:
        """The entries of the days from ``first`` to before ``until``."""
        return slice(*np.searchsorted(self.day, [first, until]).tolist())

    def counted(self, entries: slice) -> Floats:
        """Reports of each place among these entries."""
        weights = self.count[entries]
        return np.bincount(self.place[entries], weights, len(self.places)).astype(float)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredStorm:
    """One storm, what each way of ranking said of it, and what came.

    Attributes
    ----------
    known
        Numbers of the places that were known on the eve; what follows is of these.
    scores
        By way of ranking; the higher, the sooner.
    chance
        That there would be a report.
    reports
        How many there were.
    elsewhere
        Reports of places that nobody had known.
    choice
        The method's settings that had done best so far.
    """

    storm: Storm
    known: Ints
    scores: Mapping[str, Floats]
    chance: Floats
    reports: Floats
    elsewhere: float
    choice: Choice


@dataclass(slots=True)
class _Past:
    """All that is known of each place on a day."""

    history: ReportHistory
    day: int
    fading: dict[float, Floats]
    total: Floats
    first: Floats
    last: Floats

    @classmethod
    def nothing(cls, history: ReportHistory) -> "_Past":
        size = len(history.places)
        fading = {half_life: np.zeros(size) for half_life in HALF_LIVES}
        never = np.full(size, np.inf)
        return cls(history, history.starts, fading, np.zeros(size), never, -never)

    def until(self, day: int) -> None:
        """Take in what was reported before ``day``."""
        history, days = self.history, max(0, day - self.day)
        entries = history.between(self.day, day)
        at, place, count = history.day[entries], history.place[entries], history.count[entries]
        for half_life, counts in self.fading.items():
            new = np.bincount(place, count * 0.5 ** ((day - at) / half_life), len(counts))
            self.fading[half_life] = counts * 0.5 ** (days / half_life) + new
        self.total += history.counted(entries)
        np.minimum.at(self.first, place, at)
        np.maximum.at(self.last, place[count > 0], at[count > 0])
        self.day = max(self.day, day)

    @property
    def known(self) -> Ints:
        """Who may be ranked: who stands in the list and is in service, or was mentioned."""
        in_service = self.history.listed & ~(self.history.since > self.day)
        return np.flatnonzero(in_service | (self.first < self.day))

    def service(self, all_along: bool) -> Floats:
        """Days in service.

        One of unknown age that the list does not name, and that was first mentioned late, has been
        there all along, or may have come then: how likely that is, its reports since then say.
        """
        history = self.history
        unknown = np.isnan(history.since)
        begin = np.where(unknown, history.starts, history.since)
        if all_along:
            return self.day - np.minimum(begin, self.day)
        late = unknown & ~history.listed & np.isfinite(self.first)
        first = np.where(late, self.first, self.day)
        rate = self.total / np.maximum(self.day - first, LEAST_DAYS)
        there = np.exp(-rate * (first - history.starts))
        shown = self.day - first + there / (1 + there) * (first - history.starts)
        return np.where(late, shown, self.day - np.minimum(begin, self.day))

    def rates(self, known: Ints) -> dict[Choice, tuple[Floats, Floats]]:
        """Shape and exposure of each place's reports a day, for each choice of settings."""
        _, road_of = np.unique(self.history.road_of[known], return_inverse=True)
        found = {}
        service = {each: self.service(each)[known] for each in (True, False)}
        is_told = self.history.listed.all()
        for choice in CHOICES:
            if is_told and not choice.all_along:
                continue
            counts = self.fading[choice.half_life][known]
            exposure = np.maximum(faded_time(service[choice.all_along], choice.half_life), 1e-9)
            mean = max(float(counts.sum() / exposure.sum()), 1e-12)
            found[choice] = shrunk(counts, exposure, road_of, choice.prior / mean)
        return found


@dataclass(slots=True)
class _Recalibration:
    """What makes the probabilities true by the storms so far: a level, a slope on how far a storm's
    mean logit lies from the first one's, and one on how far a place's lies from its storm's (Cox
    1958); by one step of Newton's method a storm, from nothing to mend.

    The places of one storm err alike. So of level and storms it tells no more than its own factor
    leaves of it: its information over one plus that times the factor's variance.
    """

    told: Floats = field(default_factory=lambda: np.array([0.0, 1.0, 1.0]))
    information: Floats = field(default_factory=HELD.copy)
    middle: float | None = None

    def made_true(self, chance: Floats, happened: NDArray[np.bool_], variance: float) -> Floats:
        """The probabilities as what happened before mends them; what happened then moves it."""
        inner = np.clip(chance, 1e-9, 1 - 1e-9)
        logit = np.log(inner / (1 - inner))
        mean = float(logit.mean())
        self.middle = mean if self.middle is None else self.middle
        of_storm = np.full_like(logit, mean - self.middle)
        design = np.column_stack([np.ones_like(logit), of_storm, logit - mean])
        true = 1 / (1 + np.exp(-(self.middle + design @ self.told)))
        weight = true * (1 - true)
        alone = 1 / (1 + variance * weight.sum())
        share = np.array([alone, alone, 1.0])
        self.information += design.T @ (design * weight[:, None]) * np.sqrt(np.outer(share, share))
        step = np.linalg.solve(self.information, share * (design.T @ (happened - true)))
        self.told = np.clip(self.told + np.clip(step, -0.2, 0.2), *BOUNDS)
        return true


@dataclass(slots=True)
class _Learnt:
    """What the storms so far say: how well each choice of settings did, how many reports each
    expected of each storm and how many came, and how evenly they fell.
    """

    score: dict[Choice, float] = field(default_factory=lambda: dict(FAVOUR))
    expected: dict[Choice, list[float]] = field(
        default_factory=lambda: {choice: [] for choice in CHOICES}
    )
    totals: list[float] = field(default_factory=list)
    mm: list[float | None] = field(default_factory=list)
    fall: dict[Fall, float] = field(default_factory=lambda: dict.fromkeys(FALLS, 0.0))
    recalibration: _Recalibration = field(default_factory=_Recalibration)

    def take(
        self, rates: Mapping[Choice, tuple[Floats, Floats]], reports: Floats, mm: float | None
    ) -> None:
        """Take from a storm that is over what it says of every choice."""
        total = float(reports.sum())
        self.totals.append(total)
        self.mm.append(mm)
        for choice, (shape, exposure) in rates.items():
            rate = shape / exposure
            self.expected[choice].append(float(rate.sum()))
            if total > 0:
                told = float((reports * np.log(rate / rate.sum())).sum())
                self.score[choice] += told / total**0.5  # reports of one storm repeat each other


def score_storms(history: ReportHistory, storms: Sequence[Storm]) -> Iterator[ScoredStorm]:
    """Every storm before which another was, scored by what was known on its eve.

    Parameters
    ----------
    storms
        In order, none overlapping another.
    """
    past, learnt, before = _Past.nothing(history), _Learnt(), None
    for storm in storms:
        past.until(storm.first)
        reports = history.counted(history.between(storm.first, storm.last + 1))
        known = past.known
        if len(known) and past.total.sum() > 0:
            rates = past.rates(known)
            if before is not None and learnt.totals:
                naive = {LAST: before, COUNT: past.total, RECENT: past.last}
                scores = {name: score[known] for name, score in naive.items()}
                yield _scored(rates, learnt, scores, storm, known, reports)
            learnt.take(rates, reports[known], storm.mm)
        before = reports


def _scored(
    rates: Mapping[Choice, tuple[Floats, Floats]],
    learnt: _Learnt,
    naive: Mapping[str, Floats],
    storm: Storm,
    known: Ints,
    reports: Floats,
) -> ScoredStorm:
    choice = max(rates, key=lambda each: learnt.score[each])
    shape, exposure = rates[choice]
    size = storm_size(learnt.totals, learnt.expected[choice], learnt.mm, storm.mm)
    fall = max(FALLS, key=lambda each: learnt.fall[each])
    happened = reports[known] > 0
    chances = {each: _chance(shape, exposure, size, each) for each in FALLS}
    for each, chance in chances.items():
        learnt.fall[each] += _log_likelihood(chance, happened)
    return ScoredStorm(
        storm=storm,
        known=known,
        scores={**naive, OURS: shape / exposure},
        chance=learnt.recalibration.made_true(chances[fall], happened, size.variance),
        reports=reports[known],
        elsewhere=float(reports.sum() - reports[known].sum()),
        choice=choice,
    )


def _chance(shape: Floats, exposure: Floats, size: StormSize, fall: Fall) -> Floats:
    """That a place has a report in a storm of this size: one minus the negative binomial's chance
    of no matter.

    Reports that repeat each other say less of a rate: its shape is of matters, too.
    """
    together = 1.0 / (fall.repeats / shape + 1.0 / fall.spread + size.variance)
    matters = shape / exposure * size.mean / fall.repeats
    return -np.expm1(-together * np.log1p(matters / together))


def _log_likelihood(chance: Floats, happened: NDArray[np.bool_]) -> float:
    inner = np.clip(chance, 1e-9, 1 - 1e-9)
    return float(np.where(happened, np.log(inner), np.log1p(-inner)).sum())
