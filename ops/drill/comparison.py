"""Policies side by side in the same storms: means over several draws, with what they differ by."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from multiprocessing import active_children
from statistics import mean, quantiles, stdev
from typing import Any, TypeVar

from data.model.city import Blockage, City
from ops.analytics.time_kpis import ResponseSettings
from ops.drill.closed_loop import World, clogging_of, run
from ops.drill.outcome import Outcome
from ops.drill.parameters import DrillSettings
from ops.drill.physics.own_model import OwnModel
from ops.drill.physics.storms import DrillStorm
from ops.drill.physics.street_network import street_network
from ops.drill.planned import planned
from ops.drill.policies import LowPoints, Nearest, Nobody, Posts
from ops.drill.ways.roads import Roads

OURS, NOTHING, LIMIT, KNOWING = "xunban", "none", "clean", "oracle"
POLICIES = (NOTHING, "posts", "nearest", "lowpoints", OURS, KNOWING, LIMIT)
"""Nothing is done; crews stand on their key roads; they go to reports; low points first; the plan;
the plan that is told which inlets are clogged as it begins; all inlets are clean throughout.
"""
HABITS = {"posts": Posts, "nearest": Nearest, "lowpoints": LowPoints}
RESERVE_MINUTES = ResponseSettings().reserve_minutes
_T_95 = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13)
"""Student's t for 95 % by degrees of freedom, from 1; beyond 15 it is 2.1 to 1.96."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean and its 95 % interval; with a single draw both ends are the mean."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float], digits: int = 1) -> "Estimate":
        middle, n = mean(values), len(values)
        t = _T_95[n - 2] if 2 <= n <= len(_T_95) + 1 else 2.1
        wide = t * stdev(values) / math.sqrt(n) if n > 1 else 0.0
        low, high = (round(each, digits) for each in (middle - wide, middle + wide))
        return cls(mean=round(middle, digits), low=low, high=high)

    @classmethod
    def of_amounts(cls, values: Sequence[float]) -> "Estimate":
        """Of what cannot be below 0, nor can the interval of its mean."""
        found = cls.of(values)
        return replace(found, low=max(0.0, found.low))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What came of each policy.

    Attributes
    ----------
    street_minutes_015, street_minutes_027, low_minutes_015
        Minutes for which roads, or low points, were deeper than 15 or 27 cm.
    response_p50_s, response_p90_s
        Of the times from the first call about a road to somebody there.
    reports, kilometres, crew_hours, overtime_hours, plan_changes
        Calls about water; way of the teams; hours at work, and outside the own shift; plans after
        the first.
    against_ours
        How many more street-minutes at 15 cm than under the plan, draw by draw.
    share
        Of what could be avoided at all, (nothing - policy) / (nothing - all clean), with the
        interval of a ratio of means; ``None`` where nothing could.
    reserve_calls, reserve_late
        Crews in reserve that were called to an incident, and those of them that took longer to
        leave than ``reserve_target_s``; ``None``: not measured.
    reserves_stood
        Units that stood by as the plan answered incidents; ``None``: not measured.
    reserve_p50_s, reserve_p90_s
        Of the times from the call to leaving; ``None`` where none was called.
    """

    street_minutes_015: Estimate
    street_minutes_027: Estimate
    low_minutes_015: Estimate
    response_p50_s: Estimate
    response_p90_s: Estimate
    reports: Estimate
    kilometres: Estimate
    crew_hours: Estimate
    overtime_hours: Estimate
    plan_changes: Estimate
    against_ours: Estimate | None
    share: Estimate | None
    reserve_calls: Estimate | None = None
    reserve_p50_s: Estimate | None = None
    reserve_p90_s: Estimate | None = None
    reserve_late: Estimate | None = None
    reserve_target_s: float | None = None
    reserves_stood: Estimate | None = None


Key = TypeVar("Key")
Found = TypeVar("Found")
ASKED_S = 1.0
Told = Callable[[int, int], None]
"""Hears every second how many of how many are done; what it raises ends the whole."""


def outcomes(
    worlds: Sequence[World],
    policies: Iterable[str],
    steps: int,
    processes: int = 1,
    told: Told = lambda done, of: None,
) -> Mapping[str, list[Outcome]]:
    """Every policy in every world, the slow ones first.

    Parameters
    ----------
    steps
        Of the search, for each plan.
    """
    names = sorted(policies, key=lambda name: name not in (OURS, KNOWING))
    calls = {
        (name, n): partial(outcome_of, world, name, steps)
        for name in names
        for n, world in enumerate(worlds)
    }
    found = done(calls, processes, told)
    return {name: [found[name, n] for n in range(len(worlds))] for name in names}


def done(
    calls: Mapping[Key, Callable[[], Found]],
    processes: int = 1,
    told: Told = lambda done, of: None,
) -> dict[Key, Found]:
    """What each call returns, in processes of their own; a fault of one ends all."""
    found: dict[Key, Found] = {}
    with ProcessPoolExecutor(processes) as pool:
        waiting = {pool.submit(call): key for key, call in calls.items()}
        try:
            while waiting:
                told(len(found), len(calls))
                for job in wait(waiting, ASKED_S, FIRST_COMPLETED).done:
                    found[waiting.pop(job)] = job.result()
            told(len(found), len(calls))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in active_children():
                child.terminate()
            raise
    return found


def worlds(
    city: City,
    storm: DrillStorm,
    settings: DrillSettings,
    seeds: Iterable[int],
    own: OwnModel | None = None,
    roads: Roads = Roads(),
) -> list[World]:
    """One storm with several hidden states, on the streets of the tables or of the bureau's own
    model.
    """
    network = own.network if own else street_network(city, settings.streets, settings.shape)
    return [
        World(
            city=city,
            storm=storm,
            network=network,
            settings=settings,
            seed=seed,
            own=own,
            roads=roads,
        )
        for seed in seeds
    ]


def outcome_of(world: World, name: str, steps: int) -> Outcome:
    """One draw of the storm under the policy of that name."""
    city, storm, people = world.city, world.storm, world.settings.people
    if name in (OURS, KNOWING):
        known = _told_all(world) if name == KNOWING else city
        how = world.seed, world.roads, world.orders_levels
        with planned(known, storm, steps, people, *how) as policy:
            outcome = run(world, policy)
            return replace(
                outcome,
                changes=max(0, len(policy.versions) - 1),
                reserve_s=tuple(policy.called.reactions_s)
                if people.reserve_leave_minutes
                else None,
                reserves_stood=len(policy.called.stood_by),
            )
    if name in HABITS:
        return run(world, HABITS[name](city, storm.warned_at, people, world.ways))
    return run(world, Nobody(), all_clean=name == LIMIT)


def _told_all(world: World) -> City:
    """The district with a record that says which inlets are clogged now and which are not."""
    clogging, city, begin = clogging_of(world), world.city, world.storm.begin
    found = tuple(
        Blockage(
            id=f"known-{inlet_id}",
            inlet_id=inlet_id,
            reported_at=begin - timedelta(minutes=1),
            cleared_at=None,
            cause="unknown",
            remedy="hand",
        )
        for inlet_id, is_clogged in clogging.clogged.items()
        if is_clogged
    )
    closed = tuple(one for one in city.blockages if not one.is_open(begin))
    today = begin.date()
    inlets = tuple(
        one if clogging.clogged[one.id] else replace(one, cleaned_on=today) for one in city.inlets
    )
    return replace(city, inlets=inlets, blockages=(*closed, *found))


def compared(
    by_name: Mapping[str, Sequence[Outcome]], city: City, reserve_minutes: float = RESERVE_MINUTES
) -> Mapping[str, Compared]:
    """The figures of every policy.

    Parameters
    ----------
    reserve_minutes
        Within which a crew in reserve has to leave.
    """
    low = frozenset(segment.id for segment in city.segments if segment.low_lying)
    return {
        name: replace(_compared(own, by_name, low), **_reserves(own, 60 * reserve_minutes))
        for name, own in by_name.items()
    }


def _reserves(own: Sequence[Outcome], target_s: float) -> dict[str, Any]:
    """How fast the reserves left, in the draws in which any was called."""
    measured = [outcome.reserve_s for outcome in own if outcome.reserve_s is not None]
    if not measured:
        return {}
    found = {
        "reserve_calls": Estimate.of_amounts([len(times) for times in measured]),
        "reserve_target_s": target_s,
        "reserves_stood": Estimate.of_amounts([outcome.reserves_stood for outcome in own]),
    }
    called = [times for times in measured if times]
    if not called:
        return found
    late = [sum(each > target_s for each in times) for times in measured]
    return found | {
        "reserve_p50_s": Estimate.of_amounts([_quantile(times, 50) for times in called]),
        "reserve_p90_s": Estimate.of_amounts([_quantile(times, 90) for times in called]),
        "reserve_late": Estimate.of_amounts(late),
    }


def _compared(
    own: Sequence[Outcome], by_name: Mapping[str, Sequence[Outcome]], low: frozenset[str]
) -> Compared:
    minutes, ours = [outcome.minutes() for outcome in own], by_name.get(OURS)
    return Compared(
        street_minutes_015=Estimate.of_amounts(minutes),
        street_minutes_027=Estimate.of_amounts([sum(outcome.deeper.values()) for outcome in own]),
        low_minutes_015=Estimate.of_amounts([outcome.minutes(low) for outcome in own]),
        response_p50_s=Estimate.of_amounts([_quantile(outcome.response_s, 50) for outcome in own]),
        response_p90_s=Estimate.of_amounts([_quantile(outcome.response_s, 90) for outcome in own]),
        reports=Estimate.of_amounts([outcome.reports for outcome in own]),
        kilometres=Estimate.of_amounts([outcome.kilometres for outcome in own]),
        crew_hours=Estimate.of_amounts([outcome.crew_hours for outcome in own]),
        overtime_hours=Estimate.of_amounts([outcome.overtime_hours for outcome in own]),
        plan_changes=Estimate.of_amounts([outcome.changes for outcome in own]),
        against_ours=Estimate.of(
            [mine - outcome.minutes() for mine, outcome in zip(minutes, ours, strict=True)]
        )
        if ours
        else None,
        share=_share(minutes, by_name),
    )


def _quantile(values: Sequence[float], percent: int) -> float:
    """0 where nobody called."""
    if len(values) < 2:
        return values[0] if values else 0.0
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def _share(minutes: Sequence[int], by_name: Mapping[str, Sequence[Outcome]]) -> Estimate | None:
    """The share of what could be avoided: a ratio of means, its interval from the spread of what
    each draw deviates from it (the ratio estimator of survey sampling, Cochran 1977, 6.4).
    """
    if not {NOTHING, LIMIT} <= by_name.keys():
        return None
    nothing, clean = ([outcome.minutes() for outcome in by_name[name]] for name in (NOTHING, LIMIT))
    could = [none - limit for none, limit in zip(nothing, clean, strict=True)]
    did = [none - own for none, own in zip(nothing, minutes, strict=True)]
    if mean(could) <= 0:
        return None
    ratio = mean(did) / mean(could)
    around = Estimate.of(
        [(d - ratio * c) / mean(could) for d, c in zip(did, could, strict=True)], 4
    )
    return Estimate(
        mean=round(ratio, 3), low=round(ratio + around.low, 3), high=round(ratio + around.high, 3)
    )
