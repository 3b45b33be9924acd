"""What comes between an order and the work, alike for every policy: a crew refuses, a machine
breaks down, water and closures make the way long.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from data.model.city import City, Position
from ops.drill.field.field_work import Order
from ops.drill.parameters import FieldSettings
from ops.drill.ways.simulated_ways import SimulatedWays

_Span = tuple[datetime, datetime]


@dataclass(slots=True)
class _Way:
    """Where a team is bound for, or stands, and from when on it is there; ``None`` while it finds
    no way.
    """

    origin: Position
    place: Position
    there_at: datetime | None


@dataclass(slots=True)
class Setbacks:
    """What goes wrong from ``begin`` to ``end``.

    Whether a crew refuses to go to a road, and when a machine breaks down, is told by the draw
    alone: it is the same whoever orders it there.

    Attributes
    ----------
    ways
        Without them every way is as it was reckoned.
    refused
        Orders that were refused in the last minute, once each.
    """

    city: City
    settings: FieldSettings
    begin: datetime
    end: datetime
    seed: int
    ways: SimulatedWays | None = None
    refused: list[Order] = field(default_factory=list)
    _broken: dict[str, tuple[_Span, ...]] = field(init=False)
    _asked: dict[tuple[str, str], datetime] = field(default_factory=dict)
    _ways: dict[str, _Way] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._broken = {
            one.id: tuple(self._spans(f"breaks {self.seed} {one.id}")) for one in self.city.machines
        }

    def _spans(self, draw: str) -> Iterator[_Span]:
        share, at = self.settings.broken_per_hour, 0.0
        chance, repair = random.Random(draw), self.settings.repair_minutes / 60
        length = (self.end - self.begin) / timedelta(hours=1)
        while share and (at := at + chance.expovariate(-math.log1p(-share))) < length:
            broken = self.begin + timedelta(hours=at)
            yield broken, broken + timedelta(hours=repair)
            at += repair

    def broken(self, now: datetime) -> frozenset[str]:
        """The machines that are broken down."""
        return frozenset(
            machine_id
            for machine_id, spans in self._broken.items()
            if any(start <= now < end for start, end in spans)
        )

    def refuses(self, crew_id: str, segment_id: str) -> bool:
        """Whether a crew does not want to go to a road."""
        drawn = random.Random(f"refuses {self.seed} {crew_id} {segment_id}").random()
        return drawn < self.settings.refused_share

    def at_work(
        self, orders: Iterable[Order], now: datetime, water: Mapping[str, float]
    ) -> list[Order]:
        """The orders that are carried out in this minute.

        Parameters
        ----------
        water
            How deep it is on each road.
        """
        self.refused, broken = [], self.broken(now)
        willing = [
            order
            for order in orders
            if order.resource_id not in broken and not self._is_refused(order, now)
        ]
        return [order for order in willing if self._is_there(order, now, water)]

    def _is_refused(self, order: Order, now: datetime) -> bool:
        """Until it has been talked round."""
        if order.resource_id not in self.city.crew_by_id:
            return False
        if not self.refuses(order.resource_id, order.segment_id):
            return False
        asked = order.resource_id, order.segment_id
        if asked not in self._asked:
            self._asked[asked] = now
            self.refused.append(order)
        return now - self._asked[asked] < timedelta(minutes=self.settings.persuaded_minutes)

    def _is_there(self, order: Order, now: datetime, water: Mapping[str, float]) -> bool:
        """Orders begin when the way would be over as it was reckoned."""
        way = self._ways.get(order.team)
        if way is None or way.place != order.position:
            origin = way.place if way and way.there_at else self._home(order)
            way = self._ways[order.team] = _Way(origin, order.position, None)
        if way.there_at is None:
            longer = self._longer(order.resource_id, way, now, water)
            way.there_at = None if longer is None else now + longer
        return way.there_at is not None and now >= way.there_at

    def _longer(
        self, resource_id: str, way: _Way, now: datetime, water: Mapping[str, float]
    ) -> timedelta | None:
        if self.ways is None or way.origin == way.place:
            return timedelta(0)
        own = self.ways.profile(resource_id)
        return self.ways.longer(way.origin, way.place, now, water, own)

    def _home(self, order: Order) -> Position:
        owner = self.city.resource_by_id[order.resource_id]
        return self.city.station_by_id[owner.station_id].position
