"""A forecast of many members planned on in several ways, tried in futures drawn alike for all."""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial

from data.model.city import City
from data.model.plan import PlanVersion
from ops.drill.closed_loop import World, run
from ops.drill.comparison import LIMIT, NOTHING, OURS, Estimate, done, outcome_of, worlds
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings, ForecastSpread
from ops.drill.physics.storms import DrillStorm, forecast, hourly
from ops.drill.planned import KeptPlan, plan_at_once
from ops.drill.ways.roads import Roads
from ops.risk import rain_sources
from ops.risk.parameters import RiskSettings

MEAN, SHARE, HEDGED, KNOWING = "mean", "share", "hedged", "knowing"
WAYS = (MEAN, SHARE, HEDGED, KNOWING)
"""Planned on the members' mean hour by hour; on the amount that a share of them stays below; on all
of them as the program reads an ensemble (that share hour by hour, and a storm on which as many
agree at whatever hour); on the future itself.
"""
TRIED = (*WAYS, NOTHING, LIMIT)
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
    *,
    once: bool = False,
) -> EnsembleTried:
    """Let the futures come, with the same hidden state for every way of planning. Nobody warns:
    all there is to plan on is the forecast, as it is at the beginning.

    Parameters
    ----------
    once
        The plan that is made at the beginning is carried out to its end: what the way of planning
        alone is worth, at a small part of the cost. Else it is planned again as reports come in.
    """
    drawn = [cases(city, storm, settings, number, roads) for number in seeds]
    plans = plans_at_once(drawn[0], steps) if once else None
    calls = {
        (name, n): call_of(name, by_way, steps, plans)
        for n, by_way in enumerate(drawn)
        for name in TRIED
    }
    found = done(calls, processes)
    return _tried({name: [found[name, n] for n in range(len(drawn))] for name in TRIED})


def cases(
    city: City, storm: DrillStorm, settings: DrillSettings, number: int, roads: Roads = Roads()
) -> dict[str, World]:
    """One future, and what each way of planning is told of it."""
    spread = settings.forecast
    members = [
        hourly(future(storm, spread, f"member {n}"), storm.begin) for n in range(spread.members)
    ]
    rain = future(storm, spread, f"future {number}")
    come = replace(storm, name=f"{storm.name}-ensemble", rain_mm_h=rain, warnings=())
    given = ways(members, hourly(rain, storm.begin), storm, RiskSettings().ensemble_share)
    told = {
        way: replace(come, forecast_mm=forecasts[0], members=forecasts)
        for way, forecasts in given.items()
    }
    return {
        way: worlds(city, case, settings, (number,), roads=roads)[0] for way, case in told.items()
    }


Plans = Mapping[str, PlanVersion]


def plans_at_once(by_way: Mapping[str, World], steps: int) -> Plans:
    """What is planned at the beginning by each way to which all futures look alike then."""
    return {
        way: plan_at_once(world.city, world.storm, steps, world.roads)
        for way, world in by_way.items()
        if way != KNOWING
    }


def call_of(
    name: str, by_way: Mapping[str, World], steps: int, plans: Plans | None
) -> Callable[[], Outcome]:
    """What lets a future come, planned on in that way: by these plans, or again and again."""
    if name not in WAYS:
        return partial(outcome_of, by_way[MEAN], name, steps)
    if plans is None:
        return partial(outcome_of, by_way[name], OURS, steps)
    return partial(_carried_out, by_way[name], steps, plans.get(name))


def _carried_out(world: World, steps: int, plan: PlanVersion | None) -> Outcome:
    """The plan of the beginning, to its end; where there is none yet it is made."""
    own = plan or plan_at_once(world.city, world.storm, steps, world.roads)
    return run(world, KeptPlan(own, world.city, world.settings.people))


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
