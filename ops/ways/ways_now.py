"""The ways over streets as they are at one instant: what is closed, how fast it goes. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from data.model.city import Position, Profile
from data.model.street.streets import Closure
from data.streets.hours import quarters_from
from ops.ways.closed_streets import Closed, closed_streets, streets_of, with_hours
from ops.ways.network import StreetNetwork
from ops.ways.speeds import WaySettings, speeds_km_h
from ops.ways.street_ways import StreetWays
from ops.ways.vehicles import vehicle_of

NEAREST_NAMED = 3
"""So many closures are named where a place can't be reached."""


@dataclass(frozen=True, kw_only=True)
class WaysNow:
    """The ways, and what they stand on.

    Attributes
    ----------
    by_profile
        The ways of each profile.
    usual
        That of crews of which nothing else is known.
    source
        The street file.
    closures
        What is closed or slow now, or soon will be.
    """

    by_profile: Mapping[Profile, StreetWays]
    usual: Profile
    source: str
    closures: tuple[Closure, ...] = ()
    _of: dict[int, frozenset[int]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    @property
    def ways(self) -> StreetWays:
        """Those of the usual profile."""
        return self.by_profile[self.usual]

    def is_inside(self, position: Position, closure: Closure) -> bool:
        """Whether a place lies on a street that this closure closes or slows."""
        at = self.ways.part.locate([position])
        near = float(at.off_m[0]) <= self.ways.far_m
        return near and int(at.street[0]) in self._streets(closure)

    def _streets(self, closure: Closure) -> frozenset[int]:
        number = self.closures.index(closure)
        if number not in self._of:
            self._of[number] = streets_of(self.ways.network.driven, closure.line, closure.name)
        return self._of[number]

    def in_the_way(self, position: Position) -> tuple[Closure, ...]:
        """The closures for which nobody gets to a place: its own, else the nearest."""
        shut = [closure for closure in self.closures if not closure.speed_share]
        own = [closure for closure in shut if self.is_inside(position, closure)]
        if own:
            return tuple(own)
        near = sorted(shut, key=lambda closure: _off(position, closure))
        return tuple(near[:NEAREST_NAMED])

    @property
    def is_split(self) -> bool:
        """Whether what is barred to some vehicle leaves it no way between parts of the district."""
        return any(
            each.part.is_split for each in self.by_profile.values() if each.vehicle.is_driven
        )

    @property
    def opened(self) -> "WaysNow":
        """The ways as if nothing were closed."""
        ways = {profile: replace(each, closed={}) for profile, each in self.by_profile.items()}
        return replace(self, by_profile=ways, closures=())

    def walked_to(self, profile: Profile, positions: Sequence[Position]) -> Sequence[str | None]:
        """Of each place the street on which who goes by this reaches it on foot; ``None`` where it
        gets there.
        """
        ways = self.by_profile[profile]
        return ways.walked_to(positions) if ways.part.on_foot.any() else [None] * len(positions)

    def off_street(self, positions: Iterable[Position]) -> int:
        """How many places are on no street."""
        at = self.ways.part.locate(list(positions))
        return int((at.off_m > self.ways.far_m).sum())


def ways_now(
    network: StreetNetwork,
    source: str,
    closures: Iterable[Closure],
    settings: WaySettings,
    now: datetime,
    local: datetime,
    mm_h: float,
) -> WaysNow:
    """The ways as they are now, with the closures that are in force or soon will be.

    Parameters
    ----------
    local
        ``now`` in the district's zone.
    mm_h
        The rain now.
    """
    counted = in_force(closures, settings, now)
    closed: Mapping[int, Closed] = closed_streets(network, counted)
    week = quarters_from(local, settings.soon_minutes)
    vehicles = {profile: vehicle_of(settings, profile) for profile in Profile}
    by_profile = {
        profile: StreetWays(
            network=network,
            vehicle=vehicle,
            km_h=speeds_km_h(settings, profile, local, mm_h),
            foot_km_h=settings.foot_km_h,
            crossing_s=settings.crossing_s,
            far_m=settings.far_m,
            closed=with_hours(closed, network.shut_for(vehicle, week)),
        )
        for profile, vehicle in vehicles.items()
    }
    usual = Profile(settings.profile)
    return WaysNow(by_profile=by_profile, usual=usual, source=source, closures=counted)


def in_force(
    closures: Iterable[Closure], settings: WaySettings, now: datetime
) -> tuple[Closure, ...]:
    """Those of the closures that count in a plan made now."""
    soon = now + timedelta(minutes=settings.soon_minutes)
    return tuple(one for one in closures if one.from_at <= soon and not one.is_over(now))


def _off(position: Position, closure: Closure) -> float:
    return min((lon - position[0]) ** 2 + (lat - position[1]) ** 2 for lon, lat in closure.line)
