"""Policies side by side in the same storms: means over several draws, with what they differ by."""

import math
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import mean, stdev

from data.model.city import City
from ops.drill.closed_loop import Outcome, World, run
from ops.drill.parameters import FieldSettings, HiddenState, StormShape, StreetSettings
from ops.drill.planned import planned
from ops.drill.policies import LowPoints, Nearest, Nobody, Posts
from ops.drill.storms import DrillStorm
from ops.drill.street_network import street_network

OURS, NOTHING, LIMIT = "xunban", "none", "clean"
POLICIES = (NOTHING, "posts", "nearest", "lowpoints", OURS, LIMIT)
"""Nothing is done; crews stand on their key roads; they go to reports; low points first; the plan;
all inlets are clean throughout.
"""
_T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Student's t for 95 % by degrees of freedom, from 1; beyond 15 it is 2.1 to 1.96."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean and its 95 % interval; with a single draw both ends are the mean."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Estimate":
        middle, n = mean(values), len(values)
        t = _T_95[n - 2] if 2 <= n <= len(_T_95) + 1 else 2.1
        wide = t * stdev(values) / math.sqrt(n) if n > 1 else 0.0
        return cls(mean=round(middle, 1), low=round(middle - wide, 1), high=round(middle + wide, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of each policy.

    Attributes
    ----------
    street_minutes_015, street_minutes_027, low_minutes_015
        Minutes for which roads, or low points, were deeper than 15 or 27 cm.
    against_ours
        How many more at 15 cm than under the plan, draw by draw.
    share
        Of what could be avoided at all, (nothing - policy) / (nothing - all clean); ``None`` where
        nothing could.
    """

    street_minutes_015: Estimate
    street_minutes_027: Estimate
    low_minutes_015: Estimate
    against_ours: Estimate | None
    share: float | None


def compare(
    city: City,
    storm: DrillStorm,
    policies: Iterable[str],
    seeds: int,
    steps: int,
    processes: int = 1,
) -> Mapping[str, Compared]:
    """Every policy in every draw.

    Parameters
    ----------
    seeds
        So many draws of the hidden state; each is met by all policies.
    steps
        Of the search, for each plan.
    """
    network = street_network(city, StreetSettings(), StormShape())
    low = frozenset(segment.id for segment in city.segments if segment.low_lying)
    worlds = [
        World(
            city=city,
            storm=storm,
            network=network,
            streets=StreetSettings(),
            hidden=HiddenState(),
            field=FieldSettings(),
            seed=seed,
        )
        for seed in range(seeds)
    ]
    names = tuple(policies)
    jobs = [(world, name) for name in names for world in worlds]
    with ProcessPoolExecutor(processes) as pool:
        outcomes = list(pool.map(partial(_one, steps=steps), jobs))
    by_name = {name: outcomes[n * seeds : (n + 1) * seeds] for n, name in enumerate(names)}
    return {name: _compared(own, by_name, low) for name, own in by_name.items()}


def _one(job: tuple[World, str], steps: int) -> Outcome:
    world, name = job
    city, warned_at = world.city, world.storm.warnings[0].at
    if name == OURS:
        with planned(city, world.storm, steps, world.field) as policy:
            return run(world, policy)
    habits = {"posts": Posts, "nearest": Nearest, "lowpoints": LowPoints}
    habit = habits[name](city, warned_at, world.field) if name in habits else Nobody()
    return run(world, habit, all_clean=name == LIMIT)


def _compared(
    own: Sequence[Outcome], by_name: Mapping[str, Sequence[Outcome]], low: frozenset[str]
) -> Compared:
    minutes = [outcome.minutes() for outcome in own]
    ours = by_name.get(OURS)
    return Compared(
        street_minutes_015=Estimate.of(minutes),
        street_minutes_027=Estimate.of([sum(outcome.deeper.values()) for outcome in own]),
        low_minutes_015=Estimate.of([outcome.minutes(low) for outcome in own]),
        against_ours=Estimate.of(
            [mine - outcome.minutes() for mine, outcome in zip(minutes, ours, strict=True)]
        )
        if ours
        else None,
        share=_share(minutes, by_name),
    )


def _share(minutes: Sequence[int], by_name: Mapping[str, Sequence[Outcome]]) -> float | None:
    if not {NOTHING, LIMIT} <= by_name.keys():
        return None
    nothing, clean = (
        mean(outcome.minutes() for outcome in by_name[name]) for name in (NOTHING, LIMIT)
    )
    return round((nothing - mean(minutes)) / (nothing - clean), 3) if nothing > clean else None
