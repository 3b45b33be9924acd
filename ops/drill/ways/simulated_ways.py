"""How long ways take in the simulated storm, for each unit by what it goes by: deep water slows and
closes streets by the curve that plans go by, whether anybody has reported it or not. Pure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from data.model.city import City, Position, Profile
from data.model.street.streets import Closure, Street, StreetMap
from ops.drill.physics.street_network import StreetNetwork as SimulatedStreets
from ops.drill.ways.roads import Roads
from ops.planning.on_duty.means import profile_of
from ops.planning.on_duty.travel_times import NO_WAY_S, TravelSettings, going_by, way_seconds
from ops.ways.closures import WATER, stretch_name
from ops.ways.network import StreetNetwork
from ops.ways.speeds import share_in_water
from ops.ways.ways_now import WaysNow, ways_now

KEPT = 8
_Depths = tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class SimulatedWays:
    """The ways between places.

    Attributes
    ----------
    simulated
        The streets of the model, which are driven on where the district has no map.
    slow_depth_m
        Less water slows nobody.
    """

    city: City
    simulated: SimulatedStreets
    slow_depth_m: float
    roads: Roads = Roads()
    travel: TravelSettings = TravelSettings()
    _now: dict[tuple, WaysNow] = field(init=False, repr=False, compare=False, default_factory=dict)
    _reckoned: dict[tuple[Position, Position, datetime, Profile], int] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    @cached_property
    def _network(self) -> StreetNetwork:
        return StreetNetwork(self.roads.streets or _map_of(self.simulated, self.city))

    def profile(self, resource_id: str) -> Profile:
        """What a crew or machine goes by, as plans have it."""
        unit = self.city.resource_by_id[resource_id]
        service = self.city.service_at(unit.station_id)
        return profile_of(unit, service, self.roads.settings.profile)

    def reckoned(
        self, origin: Position, target: Position, now: datetime, profile: Profile
    ) -> timedelta:
        """How long who goes by ``profile`` takes a way to be: on dry open streets."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = origin, target, hour, profile
        if key not in self._reckoned:
            dry = self._ways((), hour) if self.roads.streets else None
            self._reckoned[key] = self._seconds(origin, target, profile, dry)
        return timedelta(seconds=self._reckoned[key])

    def longer(
        self,
        origin: Position,
        target: Position,
        now: datetime,
        water: Mapping[str, float],
        profile: Profile,
    ) -> timedelta | None:
        """How much longer it is than that, with the water and the closures of this minute;
        ``None`` where they leave no way.

        Parameters
        ----------
        water
            How deep it is on each road, m.
        """
        depths = tuple(
            (road, round(metres * 100))
            for road, metres in sorted(water.items())
            if metres > self.slow_depth_m
        )
        if not depths and not self.roads.closures:
            return timedelta(0)
        dry = self._seconds(origin, target, profile, self._ways((), now))
        wet = self._seconds(origin, target, profile, self._ways(depths, now, self.roads.closures))
        return None if wet >= NO_WAY_S else timedelta(seconds=max(0, wet - dry))

    def _seconds(
        self, origin: Position, target: Position, profile: Profile, ways: WaysNow | None
    ) -> int:
        travel = going_by(profile, self.travel, self.roads.settings)
        own = ways.by_profile[profile] if ways else None
        return int(way_seconds((origin,), travel, own, (target,))[0, 0])

    def _ways(self, depths: _Depths, now: datetime, closures: tuple[Closure, ...] = ()) -> WaysNow:
        """The ways of this minute; the last few are kept, for many units ask for the same."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = depths, hour, closures
        if key not in self._now:
            while len(self._now) >= KEPT:
                del self._now[next(iter(self._now))]
            told = (*closures, *(self._flooded(road, cm, now) for road, cm in depths))
            self._now[key] = ways_now(self._network, "", told, self.roads.settings, now, now, 0.0)
        return self._now[key]

    def _flooded(self, road: str, cm: int, now: datetime) -> Closure:
        segment = self.city.segment_by_id[road]
        return Closure(
            operation_id=0,
            name=stretch_name(segment),
            line=segment.line,
            speed_share=share_in_water(cm, self.roads.settings),
            from_at=now,
            by=WATER,
            source=WATER,
        )


def _map_of(simulated: SimulatedStreets, city: City) -> StreetMap:
    """The model's streets as a map, one stretch for each block; the roads of the tables where it
    has no courses.
    """
    place = {name: node.position for name, node in simulated.nodes.items()}
    lines: list[tuple[Position, ...]] = [
        (place[one.upper], place[one.lower])
        for one in simulated.blocks
        if place[one.upper] != place[one.lower]
    ]
    courses = lines or [segment.line for segment in city.segments]
    return StreetMap(streets=tuple(Street(line=line) for line in courses))
