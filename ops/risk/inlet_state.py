"""How each inlet stands: known blocked, or how likely it has become blocked since it was last
known open. Pure.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from data.model.city import City, InspectionResult
from data.model.message import Message
from data.model.wall_clock import midnight
from ops.risk.blockage_rate import Floats, faded_time, shrunk
from ops.risk.multipliers import YEAR, Hazard, Multipliers, works_by_segment
from ops.risk.parameters import RiskSettings
from ops.risk.water_signs import storms_with_water

LONG_AGO = timedelta(days=30)  # what an overview counts as cleaned long ago
LEAST_SERVICE = 30 / 365
"""Years: nobody judges an inlet by fewer days of service (assumption)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InletState:
    """How one inlet stands at an instant.

    Attributes
    ----------
    probability
        That it is blocked, 0 to 1; 1 where it is known to be.
    last_cleaned_at
        When it was last cleared or cleaned; ``None``: never, as far as is known.
    last_looked_at
        When it was last seen, in whatever state; ``None``: never.
    blocked_since
        Since when it is known to be blocked; ``None`` where it is not.
    rate
        How often it becomes blocked, in times a year, as it is just now: with leaves and works.
    """

    inlet_id: str
    probability: float
    last_cleaned_at: datetime | None
    last_looked_at: datetime | None
    blocked_since: datetime | None
    rate: float


class _Change(IntEnum):
    """What an instant changes; of one and the same instant in this order."""

    BLOCKED = 0  # it was found blocked
    CLEANED = 1  # somebody cleared it
    OPEN = 2  # it was found open


_Moment = tuple[datetime, _Change]


def inlet_states(
    city: City,
    now: datetime,
    settings: RiskSettings = RiskSettings(),
    multipliers: Multipliers | None = None,
) -> Mapping[str, InletState]:
    """Every inlet's state by its id, in the city's order; what is dated after ``now`` is not known
    yet.

    An inlet becomes blocked at its rate, faster while leaves fall and near works (`Multipliers`; as
    the settings have them where none are given), ``1 - exp(-rate * years)`` since it was known
    open, but for no more than ``settings.unknown_days``: that is all that is said of one that
    nobody is known to have looked at (most inlets silt up to a level and stay there: Post et al.
    2016, Water Research 88). A clearing works with the probability ``settings.cleared_share``; who
    finds an inlet open leaves no doubt. No word from the field changes nothing.
    """
    table = multipliers or Multipliers.of(settings)
    rates, _ = blockage_rates(city, now, settings, table)
    calm = _Pace.of(Hazard(multipliers=table, settings=settings), now)
    paces = {
        road: _Pace.of(Hazard(multipliers=table, settings=settings, works=spans), now)
        for road, spans in works_by_segment(city, now, settings).items()
    }
    blocked, moments = _blocked_since(city, now), _moments(city, now)
    return {
        inlet.id: _state(
            inlet.id,
            blocked.get(inlet.id),
            sorted(moments.get(inlet.id, ())),
            rates[inlet.id],
            paces.get(inlet.segment_id, calm),
            settings,
        )
        for inlet in city.inlets
    }


class _Pace(NamedTuple):
    """How fast the inlets of a road become blocked until ``now``, and just then.

    Attributes
    ----------
    years
        What the time between two instants counts, years: of nearly all roads it is the same, and
        that of many inlets, cleaned on one day, too.
    """

    now: datetime
    faster: float
    years: Callable[[datetime, datetime], float]

    @classmethod
    def of(cls, hazard: Hazard, now: datetime) -> "_Pace":
        return cls(now, hazard.at(now), cache(hazard.years))


def _blocked_since(city: City, now: datetime) -> Mapping[str, datetime]:
    """Since when the inlets that are known to be blocked are."""
    found: dict[str, datetime] = {}
    for one in city.blockages:
        if one.is_open(now):
            since = found.get(one.inlet_id, one.reported_at)
            found[one.inlet_id] = min(since, one.reported_at)
    return found


def blockage_rates(
    city: City,
    now: datetime,
    settings: RiskSettings = RiskSettings(),
    multipliers: Multipliers | None = None,
) -> tuple[Mapping[str, float], float]:
    """How often each inlet becomes blocked, in times a year, and the district's mean: empirical
    Bayes.

    Each inlet's own record, which fades with age, is mixed with ``settings.prior_years`` years of
    its road's mean, and each road's with as many of the district's. A record that is thin or
    missing is no proof of open inlets (few reports may mean few who report), so neither mean is
    taken for less than ``settings.prior_per_year``: one more record lowers no rate.

    Water that stood on a road counts as ``settings.water_share`` of a record, once in a storm,
    spread over its inlets.

    An inlet of known age (``in_service_on``) has been watched no longer than that: the same record
    in less time is a higher rate, and what is dated before is of the one in its place.
    """
    if not city.inlets:
        return {}, settings.prior_per_year
    low = (multipliers or Multipliers.of(settings)).low_ground.value
    half_life = settings.half_life_days / 365
    number_of = {inlet.id: number for number, inlet in enumerate(city.inlets)}
    begun = in_service_since(city)
    counts = np.zeros(len(number_of))
    for blockage in city.blockages:
        age = (now - blockage.reported_at) / YEAR
        is_its_own = blockage.reported_at >= begun.get(blockage.inlet_id, blockage.reported_at)
        if age >= 0 and is_its_own and blockage.inlet_id in number_of:
            counts[number_of[blockage.inlet_id]] += 0.5 ** (age / half_life)
    roads = {road: number for number, road in enumerate(city.inlets_by_segment)}
    road_of = np.array([roads[inlet.segment_id] for inlet in city.inlets])
    lows = [city.segment_by_id[inlet.segment_id].low_lying for inlet in city.inlets]
    counts += settings.water_share * _by_water(city, begun, now, half_life)
    faster = np.where(lows, low, 1.0)
    years = faster * faded_time(_service(city, begun, now), half_life)
    prior, least = settings.prior_years, settings.prior_per_year
    shape, exposure = shrunk(counts, years, road_of, prior, least)
    rates = faster * shape / exposure
    mean = max(float(counts.sum() / years.sum()), least)
    return dict(zip(number_of, rates.tolist(), strict=True)), mean


def _by_water(city: City, begun: Mapping[str, datetime], now: datetime, half_life: float) -> Floats:
    """Storms with water on the road of each inlet, by the number of its inlets, faded."""
    faded: dict[str, float] = {}
    for road, times in storms_with_water(city, now).items():
        inlets = city.inlets_by_segment.get(road, ())
        for inlet in inlets:
            since = begun.get(inlet.id)
            ages = [(now - at) / YEAR for at in times if since is None or at >= since]
            faded[inlet.id] = sum(0.5 ** (age / half_life) for age in ages) / len(inlets)
    return np.array([faded.get(inlet.id, 0.0) for inlet in city.inlets])


def in_service_since(city: City) -> Mapping[str, datetime]:
    """Since when each inlet of known age has been in service, by its id."""
    zone = ZoneInfo(city.district.time_zone)
    return {
        inlet.id: midnight(inlet.in_service_on, zone)
        for inlet in city.inlets
        if inlet.in_service_on
    }


def _service(city: City, begun: Mapping[str, datetime], now: datetime) -> Floats:
    """Years in service of every inlet; one of unknown age has always been there."""
    return np.array(
        [
            max((now - begun[inlet.id]) / YEAR, LEAST_SERVICE) if inlet.id in begun else np.inf
            for inlet in city.inlets
        ]
    )


def last_served(city: City, states: Mapping[str, InletState]) -> Mapping[str, datetime]:
    """When an inlet of each road was last cleaned, by segment; one that nothing is known of is not
    in it.
    """
    served: dict[str, datetime] = {}
    for inlet in city.inlets:
        state = states.get(inlet.id)
        if state and state.last_cleaned_at:
            known = served.get(inlet.segment_id, state.last_cleaned_at)
            served[inlet.segment_id] = max(known, state.last_cleaned_at)
    return served


def at_station(
    city: City, states: Mapping[str, InletState], station_id: str
) -> tuple[InletState, ...]:
    """The states of the inlets on a station's roads."""
    roads = {road.id for road in city.segments if road.station_id == station_id}
    return tuple(
        states[inlet.id]
        for inlet in city.inlets
        if inlet.segment_id in roads and inlet.id in states
    )


def overview(states: Iterable[InletState], now: datetime) -> Message:
    """How many inlets there are by state and age, and how many are likely blocked: one sentence."""
    states = tuple(states)
    calm = [state for state in states if state.blocked_since is None]
    ages = [now - state.last_cleaned_at for state in calm if state.last_cleaned_at]
    recent = sum(age <= LONG_AGO for age in ages)
    return Message(
        "inlet_state.overview",
        {
            "total": len(states),
            "blocked": len(states) - len(calm),
            "never": len(calm) - len(ages),
            "old": len(ages) - recent,
            "recent": recent,
            "days": LONG_AGO // timedelta(days=1),
            "likely": round(sum(state.probability for state in states)),
        },
    )


def _moments(city: City, now: datetime) -> Mapping[str, set[_Moment]]:
    """What changed each inlet until now: a set, for what is told twice happened once."""
    moments: dict[str, set[_Moment]] = defaultdict(set)
    for inlet_id, at, change in _changes(city):
        if at <= now:
            moments[inlet_id].add((at, change))
    return moments


def _changes(city: City) -> Iterator[tuple[str, datetime, _Change]]:
    """All that is dated, of whatever inlet and time."""
    zone = ZoneInfo(city.district.time_zone)
    days = {inlet.cleaned_on for inlet in city.inlets if inlet.cleaned_on}
    begins = {day: midnight(day, zone) for day in days}
    for inlet in city.inlets:
        if inlet.cleaned_on:
            yield inlet.id, begins[inlet.cleaned_on], _Change.CLEANED
    for blockage in city.blockages:
        yield blockage.inlet_id, blockage.reported_at, _Change.BLOCKED
        if blockage.cleared_at:
            yield blockage.inlet_id, blockage.cleared_at, _Change.CLEANED
    for inspection in city.inspections:
        cleaned = inspection.result is InspectionResult.CLEANED
        yield inspection.inlet_id, inspection.at, _Change.CLEANED if cleaned else _Change.OPEN


def _state(
    inlet_id: str,
    blocked_since: datetime | None,
    moments: Sequence[_Moment],
    rate: float,
    pace: _Pace,
    settings: RiskSettings,
) -> InletState:
    """``moments`` in order of time."""
    return InletState(
        inlet_id=inlet_id,
        probability=1.0 if blocked_since else 1 - _open(moments, rate, pace, settings),
        last_cleaned_at=next(
            (at for at, change in reversed(moments) if change is _Change.CLEANED), None
        ),
        last_looked_at=moments[-1][0] if moments else None,
        blocked_since=blocked_since,
        rate=rate * pace.faster,
    )


def _open(moments: Iterable[_Moment], rate: float, pace: _Pace, settings: RiskSettings) -> float:
    """How likely it is that the inlet is open, by all that is known of it."""
    now, years = pace.now, pace.years
    unknown = math.exp(-rate * years(now - timedelta(days=settings.unknown_days), now))
    chance, since = unknown, now
    for number, (at, change) in enumerate((*moments, (now, None))):
        if number:
            left = chance * math.exp(-rate * years(since, at))
            chance = max(left, min(chance, unknown))
        if change is _Change.BLOCKED:
            chance = 0.0
        elif change is _Change.CLEANED:
            chance += settings.cleared_share * (1 - chance)
        elif change is _Change.OPEN:
            chance = 1.0
        since = at
    return chance
