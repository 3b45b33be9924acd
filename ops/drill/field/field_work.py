"""What people and pumps do on the simulated streets, minute by minute, whoever sent them."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from data.geo import distance_m
from data.model.city import City, Position
from ops.drill.parameters import FieldSettings
from ops.drill.physics.hidden_state import Clogging
from ops.drill.physics.hydraulics import Streets
from ops.drill.physics.street_network import StreetNetwork


class Work(StrEnum):
    """What somebody is there for."""

    INLETS = "inlets"
    POST = "post"
    PUMP = "pump"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one team does at one place now.

    Attributes
    ----------
    key
        The same as long as it is the same work of the same team.
    team, resource_id
        Who does it: those who stay together, and the crew or machine that they are.
    inlet_ids
        To be opened, in this order; at a post those near it are, as they clog.
    m3_s
        What a pump takes.
    """

    key: str
    team: str
    resource_id: str
    work: Work
    people: int
    position: Position
    segment_id: str
    inlet_ids: tuple[str, ...] = ()
    m3_s: float = 0.0


@dataclass(slots=True)
class _Underway:
    inlet_id: str
    left: float


@dataclass(slots=True)
class FieldWork:
    """Who has got how far. Each inlet takes a time of its own, the same whoever comes."""

    city: City
    network: StreetNetwork
    settings: FieldSettings
    seed: int
    _doing: dict[str, _Underway] = field(default_factory=dict)
    _done: dict[str, set[str]] = field(default_factory=dict)
    _pumped: set[str] = field(default_factory=set)
    _reach: dict[Position, tuple[str, ...]] = field(default_factory=dict)
    cleared: int = 0
    visited: set[str] = field(default_factory=set)

    def minute(
        self,
        orders: Iterable[Order],
        clogging: Clogging,
        streets: Streets,
        depths: Mapping[str, float],
        rain_mm_h: float,
    ) -> None:
        """Let one minute of these orders be done."""
        orders = tuple(orders)
        pumping = {
            self.network.gathering(order.segment_id): order.m3_s
            for order in orders
            if order.work is Work.PUMP and order.segment_id in self.network.nodes_by_segment
        }
        for node in self._pumped - pumping.keys():
            streets.pump(node, 0.0)
        for node, m3_s in pumping.items():
            streets.pump(node, m3_s if depths[node] > 0.02 else 0.0)
        self._pumped = set(pumping)
        self._let_go(orders)
        for order in orders:
            if order.work is not Work.PUMP and rain_mm_h <= self.settings.stop_mm_h:
                for pair in range(max(1, order.people // 2)):
                    self._work(f"{order.key}/{pair}", order, clogging, depths)

    def _let_go(self, orders: Iterable[Order]) -> None:
        """Who has left works at no inlet any more: somebody else may open it."""
        there = {order.key for order in orders}
        self._doing = {
            hand: doing for hand, doing in self._doing.items() if hand.rpartition("/")[0] in there
        }

    def _work(
        self, hand: str, order: Order, clogging: Clogging, depths: Mapping[str, float]
    ) -> None:
        doing = self._doing.get(hand)
        if doing is None or doing.inlet_id not in self._may(order):
            inlet_id = self._next(order, clogging, depths)
            if inlet_id is None:
                self._doing.pop(hand, None)
                return
            doing = self._doing[hand] = _Underway(inlet_id, self._minutes(inlet_id, clogging))
        if not self._reachable(doing.inlet_id, depths):
            return
        doing.left -= 1
        if doing.left <= 0:
            self.cleared += clogging.clogged[doing.inlet_id]
            self.visited.add(doing.inlet_id)
            clogging.clear(doing.inlet_id)
            self._done.setdefault(order.key, set()).add(doing.inlet_id)
            del self._doing[hand]

    def _next(self, order: Order, clogging: Clogging, depths: Mapping[str, float]) -> str | None:
        """The next inlet for a pair: of the sheet the next one; at a post the nearest clogged."""
        taken = {doing.inlet_id for doing in self._doing.values()}
        done = self._done.get(order.key, set())
        for inlet_id in self._may(order):
            is_due = (
                inlet_id not in done if order.work is Work.INLETS else clogging.clogged[inlet_id]
            )
            if is_due and inlet_id not in taken and self._reachable(inlet_id, depths):
                return inlet_id
        return None

    def _may(self, order: Order) -> tuple[str, ...]:
        if order.work is Work.INLETS:
            return order.inlet_ids
        return self._near(order.position)

    def _near(self, position: Position) -> tuple[str, ...]:
        if position not in self._reach:
            self._reach[position] = self._within_reach(position)
        return self._reach[position]

    def _within_reach(self, position: Position) -> tuple[str, ...]:
        away = {one.id: distance_m(one.position, position) for one in self.city.inlets}
        near = [inlet_id for inlet_id, metres in away.items() if metres <= self.settings.reach_m]
        return tuple(sorted(near, key=lambda inlet_id: (away[inlet_id], inlet_id)))

    def _minutes(self, inlet_id: str, clogging: Clogging) -> float:
        spread = self.settings.pace_spread
        pace = random.Random(f"pace {self.seed} {inlet_id}").lognormvariate(
            -(spread**2) / 2, spread
        )
        if not clogging.clogged[inlet_id]:
            return pace * self.settings.check_minutes
        deep = clogging.deep[inlet_id]
        return pace * (self.settings.deep_minutes if deep else self.settings.clear_minutes)

    def _reachable(self, inlet_id: str, depths: Mapping[str, float]) -> bool:
        block = self.network.block_of_inlet.get(inlet_id)
        return (
            block is None
            or max(depths[block.upper], depths[block.lower]) < self.settings.stop_depth_m
        )
