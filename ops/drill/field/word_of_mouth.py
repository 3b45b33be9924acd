"""What is heard of water on the streets: who calls when it has come, who says that it has gone.
Nobody who decides sees more of the streets than this.
"""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City
from ops.drill.field.field_work import Order
from ops.drill.parameters import FieldSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterReport:
    """Somebody called about water on a road."""

    at: datetime
    segment_id: str
    depth_m: float


class Callers:
    """Who calls about water, some time after it has come, and again while it stands."""

    def __init__(self, city: City, settings: FieldSettings, seed: int) -> None:
        self._settings = settings
        self._chance = {one.id: random.Random(f"calls {seed} {one.id}") for one in city.segments}
        self._due: dict[str, datetime] = {}

    def calls(self, now: datetime, water: Mapping[str, float]) -> list[WaterReport]:
        """The calls of this minute."""
        found = []
        for road, depth in water.items():
            if depth <= self._settings.report_depth_m:
                continue
            if road not in self._due:
                wait = self._chance[road].expovariate(1 / self._settings.report_minutes)
                self._due[road] = now + timedelta(minutes=wait)
            elif now >= self._due[road]:
                found.append(WaterReport(at=now, segment_id=road, depth_m=depth))
                self._due[road] = now + timedelta(minutes=self._settings.again_minutes)
        return found


class Seen:
    """Who sees that called-in water is gone: people who are there, else the patrol that comes by
    every so often, at each road at a time of its own.
    """

    def __init__(self, city: City, settings: FieldSettings, begin: datetime, seed: int) -> None:
        self._settings = settings
        self._round = timedelta(minutes=settings.patrol_minutes)
        self._patrol = {
            one.id: begin + random.Random(f"patrol {seed} {one.id}").random() * self._round
            for one in city.segments
        }
        self._open: set[str] = set()
        self._manned: frozenset[str] = frozenset()
        self._dry_since: dict[str, datetime] = {}

    def called(self, call: WaterReport) -> None:
        """Water on this road is known of."""
        self._open.add(call.segment_id)

    def manned(self, orders: Iterable[Order]) -> None:
        """Where people are now."""
        self._manned = frozenset(order.segment_id for order in orders)

    def gone(self, now: datetime, water: Mapping[str, float]) -> list[str]:
        """The roads of which it becomes known in this minute that their water is gone."""
        found = []
        passed = {road for road, due in self._patrol.items() if now >= due}
        for road in passed:
            self._patrol[road] += self._round
        for road in sorted(self._open):
            if water[road] > self._settings.gone_depth_m:
                self._dry_since.pop(road, None)
                continue
            since = self._dry_since.setdefault(road, now)
            is_over = now - since >= timedelta(minutes=self._settings.gone_minutes)
            if is_over and (road in self._manned or road in passed):
                found.append(road)
        self._open.difference_update(found)
        for road in found:
            del self._dry_since[road]
        return found
