"""After a storm: which of the inlets that were cleared for it stayed dry, and what the risk has
learnt. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from data.model.city import City, InspectionResult
from data.model.field import Incident
from ops.analytics.share_kpis import FLOODED
from ops.analytics.storm_ledger import Storm
from ops.risk.inlet_state import blockage_rates
from ops.risk.parameters import RiskSettings

WATCHED = timedelta(hours=24)
"""A cleared inlet is watched so long after the storm: what is blocked within a day was not opened
(usual measure of work that did not hold).
"""


class Outcome(StrEnum):
    """How a cleared inlet came through, the gravest first."""

    BLOCKED = "blocked"  # it was found blocked again
    WATER = "water"  # water was reported on its road
    DRY = "dry"  # nobody reported anything: no proof of a dry street


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearedInlet:
    """One inlet that was cleared for a storm, last when, and how it came through; ``told_at`` is
    when the first word of it came.
    """

    inlet_id: str
    segment_id: str
    cleared_at: datetime
    outcome: Outcome
    told_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Relearnt:
    """How often an inlet becomes blocked a year, by what was known before a storm and what is
    known since.
    """

    inlet_id: str
    segment_id: str
    before: float
    after: float


def cleared_inlets(
    city: City, storm: Storm, incidents: Iterable[Incident]
) -> tuple[ClearedInlet, ...]:
    """Inlets cleared in a storm, from its beginning on, those that did not stay dry first.

    Parameters
    ----------
    city
        With what was reported of inlets (``recorded_city``).
    incidents
        All of the operation.
    """
    until = storm.end_at + WATCHED if storm.over else None
    cleared = _cleared_at(city, storm)
    blocked: dict[str, list[datetime]] = defaultdict(list)
    water: dict[str, list[datetime]] = defaultdict(list)
    for blockage in city.blockages:
        blocked[blockage.inlet_id].append(blockage.reported_at)
    for incident in incidents:
        if incident.kind in FLOODED and incident.segment_id:
            water[incident.segment_id].append(incident.reported_at)
    found = []
    for inlet_id, at in cleared.items():
        road = city.inlet_by_id[inlet_id].segment_id
        again, wet = (_first(times, at, until) for times in (blocked[inlet_id], water[road]))
        outcome = Outcome.BLOCKED if again else Outcome.WATER if wet else Outcome.DRY
        found.append(
            ClearedInlet(
                inlet_id=inlet_id,
                segment_id=road,
                cleared_at=at,
                outcome=outcome,
                told_at=again or wet,
            )
        )
    return tuple(sorted(found, key=lambda one: (list(Outcome).index(one.outcome), one.inlet_id)))


def _cleared_at(city: City, storm: Storm) -> Mapping[str, datetime]:
    """When each inlet was last cleared in the storm."""
    moments = [
        (one.at, one.inlet_id) for one in city.inspections if one.result is InspectionResult.CLEANED
    ]
    moments += [(one.cleared_at, one.inlet_id) for one in city.blockages if one.cleared_at]
    known = city.inlet_by_id
    return {inlet_id: at for at, inlet_id in sorted(moments) if storm.has(at) and inlet_id in known}


def _first(times: Iterable[datetime], after: datetime, until: datetime | None) -> datetime | None:
    inside = (at for at in times if at > after and (until is None or at <= until))
    return min(inside, default=None)


def relearnt(
    city: City, before: datetime, now: datetime, settings: RiskSettings
) -> tuple[Relearnt, ...]:
    """What a record between two instants has done to the rates, the greatest change first; only
    what was reported between them counts, not that older records have faded a little more.
    """
    known_before = tuple(one for one in city.blockages if one.reported_at <= before)
    water_before = tuple(one for one in city.waters if one.at <= before)
    known = replace(city, blockages=known_before, waters=water_before)
    then, _ = blockage_rates(known, now, settings)
    since, _ = blockage_rates(city, now, settings)
    found = [
        Relearnt(
            inlet_id=inlet.id,
            segment_id=inlet.segment_id,
            before=then[inlet.id],
            after=since[inlet.id],
        )
        for inlet in city.inlets
        if abs(since[inlet.id] - then[inlet.id]) > 1e-6
    ]
    return tuple(sorted(found, key=lambda one: (one.before - one.after, one.inlet_id)))
