"""A forecast of many members planned on in several ways, tried in futures drawn alike for all."""

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from data.model.city import City
from ops.drill.comparison import LIMIT, NOTHING, OURS, Estimate, outcomes, worlds
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings, ForecastSpread
from ops.drill.physics.storms import DrillStorm, forecast, hourly
from ops.drill.ways.roads import Roads
from ops.risk import rain_sources
from ops.risk.parameters import RiskSettings

MEAN, SHARE, HEDGED, KNOWING = "mean", "share", "hedged", "knowing"
WAYS = (MEAN, SHARE, HEDGED, KNOWING)
"""Planned on the members' mean hour by hour; on the amount that a share of them stays below; on all
of them as the program reads an ensemble (that share hour by hour, and a storm on which as many
agree at whatever hour); on the future itself.
"""
_Hours = Mapping[datetime, float]


def future(storm: DrillStorm, spread: ForecastSpread, draw: str) -> tuple[float, ...]:
    """The storm as it might come: more or less of it, sooner or later, though never before the
    drill begins; mm/h, minute by minute.
    """
    chance, wide = random.Random(draw), spread.amount_spread
    times = math.exp(chance.gauss(-(wide**2) / 2, wide))
    first = next((n for n, rate in enumerate(storm.rain_mm_h) if rate > 0), 0)
    later = max(round(chance.gauss(0, spread.shift_minutes)), -first)
    length = len(storm.rain_mm_h) + round(2 * spread.shift_minutes)
    rain = [0.0] * length
    for minute, rate in enumerate(storm.rain_mm_h):
        if 0 <= minute + later < length:
            rain[minute + later] = times * rate
    return tuple(rain)


def ways(
    members: Sequence[_Hours], truth: _Hours, storm: DrillStorm, share: float
) -> Mapping[str, tuple[_Hours, ...]]:
    """What the program is given as the forecast, by ``WAYS``: a member each."""
    hours = sorted({hour for member in members for hour in member})
    mean = {hour: sum(each.get(hour, 0.0) for each in members) / len(members) for hour in hours}
    of_share = dict(rain_sources.hourly(forecast(members, storm.begin), share))
    return {MEAN: (mean,), SHARE: (of_share,), HEDGED: tuple(members), KNOWING: (truth,)}


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleTried:
    """What came of it.

    Attributes
    ----------
    minutes, crew_hours
        Street-minutes at 15 cm, and hours of people at work, by ``WAYS`` and with nothing done and
        all inlets clean.
    against_mean
        How many street-minutes more than planned on the mean, future by future.
    draws
        Street-minutes of each future.
    """

    minutes: Mapping[str, Estimate]
    crew_hours: Mapping[str, Estimate]
    against_mean: Mapping[str, Estimate]
    draws: Mapping[str, Sequence[int]]

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return asdict(self)


def ensemble_tried(
    city: City,
    storm: DrillStorm,
    settings: DrillSettings,
    seeds: Iterable[int],
    steps: int,
    processes: int = 1,
    roads: Roads = Roads(),
) -> EnsembleTried:
    """Let the futures come, with the same hidden state for every way of planning. Nobody warns:
    all there is to plan on is the forecast, as it is at the beginning.
    """
    numbers, spread = tuple(seeds), settings.forecast
    members = [
        hourly(future(storm, spread, f"member {n}"), storm.begin) for n in range(spread.members)
    ]
    by_way: dict[str, list] = {way: [] for way in WAYS}
    for number in numbers:
        rain = future(storm, spread, f"future {number}")
        come = replace(storm, name=f"{storm.name}-ensemble", rain_mm_h=rain, warnings=())
        given = ways(members, hourly(rain, storm.begin), storm, RiskSettings().ensemble_share)
        for way, forecasts in given.items():
            case = replace(come, forecast_mm=forecasts[0], members=forecasts)
            by_way[way] += worlds(city, case, settings, (number,), roads=roads)
    every = [world for way in WAYS for world in by_way[way]]
    ours = outcomes(every, (OURS,), steps, processes)[OURS]
    found = {way: ours[n * len(numbers) : (n + 1) * len(numbers)] for n, way in enumerate(WAYS)}
    found |= outcomes(by_way[MEAN], (NOTHING, LIMIT), steps, processes)
    return _tried(found)


def _tried(found: Mapping[str, Sequence[Outcome]]) -> EnsembleTried:
    draws = {name: [each.minutes() for each in own] for name, own in found.items()}
    return EnsembleTried(
        minutes={name: Estimate.of_amounts(own) for name, own in draws.items()},
        crew_hours={
            name: Estimate.of_amounts([each.crew_hours for each in own])
            for name, own in found.items()
        },
        against_mean={
            way: Estimate.of([a - b for a, b in zip(draws[way], draws[MEAN], strict=True)])
            for way in WAYS
        },
        draws=draws,
    )
