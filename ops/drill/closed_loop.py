"""One storm, one policy, one draw: rain falls, water gathers, somebody decides, the field works."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from data.model.city import City
from ops.drill.field.field_work import FieldWork
from ops.drill.field.on_duty import OnDuty
from ops.drill.field.setbacks import Setbacks
from ops.drill.field.word_of_mouth import Callers, Seen
from ops.drill.outcome import Outcome, Record
from ops.drill.parameters import DrillSettings
from ops.drill.physics.hidden_state import Clogging
from ops.drill.physics.hydraulics import Streets, streets
from ops.drill.physics.own_model import OwnModel
from ops.drill.physics.storms import MINUTE, DrillStorm
from ops.drill.physics.street_network import StreetNetwork
from ops.drill.physics.swmm_input import swmm_input
from ops.drill.policies import Policy
from ops.drill.ways.roads import Roads
from ops.drill.ways.simulated_ways import SimulatedWays


@dataclass(frozen=True, kw_only=True)  # no slots: the ways are made once, when asked for
class World:
    """What every policy meets alike.

    Attributes
    ----------
    seed
        Draws the hidden state, the callers and how fast people work.
    own
        The bureau's own model; its network is ``network`` then.
    roads
        What units drive on.
    orders_levels
        The desk orders the level that a warning proposes, as it comes.
    """

    city: City
    storm: DrillStorm
    network: StreetNetwork
    settings: DrillSettings
    seed: int
    own: OwnModel | None = None
    roads: Roads = Roads()
    orders_levels: bool = False

    @cached_property
    def ways(self) -> SimulatedWays:
        """How long ways take."""
        return SimulatedWays(
            city=self.city,
            simulated=self.network,
            slow_depth_m=self.settings.people.slow_depth_m,
            roads=self.roads,
        )


def clogging_of(world: World) -> Clogging:
    """The inlets as they are when this storm begins."""
    return Clogging(world.city, world.storm.begin, world.settings.hidden, world.seed)


def model_of(world: World) -> str:
    """The streets and the rain as the engine reads them, the inlets as clogged as they are when the
    storm begins.
    """
    if world.own:
        return world.own.text
    clogging = clogging_of(world)
    shares = {one.id: clogging.open_share(one) for one in world.network.blocks if one.inlet_ids}
    rain, settings = world.storm.rain_mm_h, world.settings.streets
    return swmm_input(world.network, rain, *_span(world.storm), settings, shares)


def _span(storm: DrillStorm) -> tuple[datetime, datetime]:
    return storm.begin.replace(tzinfo=None), storm.end.replace(tzinfo=None)


def run(world: World, policy: Policy, *, all_clean: bool = False) -> Outcome:
    """Let the storm pass under this policy."""
    clogging, record = clogging_of(world), Record(world.city, OnDuty(world.city))
    if all_clean:
        clogging.clogged = dict.fromkeys(clogging.clogged, False)
    work = FieldWork(world.city, world.network, world.settings.people, world.seed)
    callers = Callers(world.city, world.settings.people, world.seed)
    seen = Seen(world.city, world.settings.people, world.storm.begin, world.seed)
    setbacks = _setbacks(world)
    span = _span(world.storm) if world.own else None
    with streets(world.network, model_of(world), span) as simulated:
        for minute, rate in enumerate(world.storm.rain_mm_h):
            now = world.storm.begin + minute * MINUTE
            depths = simulated.depths()
            water = _by_road(world.network, depths)
            for call in callers.calls(now, water):
                record.called(call)
                seen.called(call)
                policy.reported(call)
            for road in seen.gone(now, water):
                record.gone(road, now)
                policy.gone(road, now)
            policy.broken(setbacks.broken(now), now)
            orders = setbacks.at_work(policy.orders(now), now, water)
            for order in setbacks.refused:
                policy.refused(order, now)
            policy.working(orders, now)
            seen.manned(orders)
            record.minute(now, water, orders)
            work.minute(orders, clogging, simulated, depths, rate)
            if world.own:
                simulated.rain(rate)
            if not all_clean:
                clogging.fall(rate / 60)
            _set(simulated, world.network, clogging)
            if not simulated.step():
                break
    return record.outcome(world.storm.end, len(work.visited), work.cleared)


def _setbacks(world: World) -> Setbacks:
    people, storm = world.settings.people, world.storm
    return Setbacks(world.city, people, storm.begin, storm.end, world.seed, world.ways)


def _set(simulated: Streets, network: StreetNetwork, clogging: Clogging) -> None:
    simulated.open(
        {block.id: clogging.open_share(block) for block in network.blocks if block.inlet_ids}
    )


def _by_road(network: StreetNetwork, depths: Mapping[str, float]) -> dict[str, float]:
    """How deep the water is on each road, where it is deepest."""
    return {
        segment_id: max(depths[node] for node in nodes)
        for segment_id, nodes in network.nodes_by_segment.items()
    }
