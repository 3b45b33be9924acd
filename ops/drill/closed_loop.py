"""One storm, one policy, one draw: rain falls, water gathers, somebody decides, the field works."""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.model.city import City
from ops.drill.field_work import FieldWork
from ops.drill.hidden_state import Clogging
from ops.drill.hydraulics import Streets, streets
from ops.drill.parameters import FieldSettings, HiddenState, StreetSettings
from ops.drill.policies import Policy, WaterReport
from ops.drill.storms import MINUTE, DrillStorm
from ops.drill.street_network import StreetNetwork
from ops.drill.swmm_input import swmm_input

DEEP_M, DEEPER_M = 0.15, 0.27
"""Street-minutes are counted above these: the curb, and what stops a car (figures of the drill's
measure).
"""
CALLS_APART = timedelta(minutes=60)
"""While water stands somebody calls again so often."""


@dataclass(slots=True)
class Outcome:
    """What came of it: minutes for which each road was deeper than ``DEEP_M`` and ``DEEPER_M``."""

    deep: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    deeper: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    reports: int = 0
    cleared: int = 0

    def minutes(self, roads: frozenset[str] | None = None) -> int:
        return sum(n for road, n in self.deep.items() if roads is None or road in roads)


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What every policy meets alike."""

    city: City
    storm: DrillStorm
    network: StreetNetwork
    streets: StreetSettings
    hidden: HiddenState
    field: FieldSettings
    seed: int


def run(world: World, policy: Policy, *, all_clean: bool = False) -> Outcome:
    """Let the storm pass under this policy."""
    storm, city = world.storm, world.city
    naive = storm.begin.replace(tzinfo=None)
    text = swmm_input(
        world.network, storm.rain_mm_h, naive, storm.end.replace(tzinfo=None), world.streets
    )
    clogging = Clogging(city, storm.begin, world.hidden, world.seed)
    if all_clean:
        clogging.clogged = dict.fromkeys(clogging.clogged, False)
    work, outcome = FieldWork(city, world.network, world.field), Outcome()
    callers = _Callers(world)
    with streets(world.network, text) as simulated:
        for minute, rate in enumerate(storm.rain_mm_h):
            now = storm.begin + minute * MINUTE
            depths = simulated.depths()
            water = _by_road(world.network, depths)
            _count(outcome, water)
            for call in callers.calls(now, water):
                outcome.reports += 1
                policy.reported(call)
            work.minute(policy.orders(now, water), clogging, simulated, depths, rate)
            if not all_clean:
                clogging.fall(rate / 60)
            _set(simulated, world.network, clogging)
            if not simulated.step():
                break
    outcome.cleared = work.cleared
    return outcome


def _set(simulated: Streets, network: StreetNetwork, clogging: Clogging) -> None:
    simulated.open(
        {block.id: clogging.open_share(block) for block in network.blocks if block.inlet_ids}
    )


def _by_road(network: StreetNetwork, depths: Mapping[str, float]) -> dict[str, float]:
    """How deep the water is on each road, where it is deepest."""
    return {
        segment_id: max(max(depths[block.upper], depths[block.lower]) for block in blocks)
        for segment_id, blocks in network.blocks_by_segment.items()
    }


def _count(outcome: Outcome, water: Mapping[str, float]) -> None:
    for road, depth in water.items():
        outcome.deep[road] += depth > DEEP_M
        outcome.deeper[road] += depth > DEEPER_M


class _Callers:
    """Who calls about water, some time after it has come."""

    def __init__(self, world: World) -> None:
        self._field = world.field
        self._chance = {
            one.id: random.Random(f"calls {world.seed} {one.id}") for one in world.city.segments
        }
        self._due: dict[str, datetime] = {}

    def calls(self, now: datetime, water: Mapping[str, float]) -> list[WaterReport]:
        found = []
        for road, depth in water.items():
            if depth <= self._field.report_depth_m:
                continue
            if road not in self._due:
                wait = self._chance[road].expovariate(1 / self._field.report_minutes)
                self._due[road] = now + timedelta(minutes=wait)
            elif now >= self._due[road]:
                found.append(WaterReport(at=now, segment_id=road, depth_m=depth))
                self._due[road] = now + CALLS_APART
        return found
