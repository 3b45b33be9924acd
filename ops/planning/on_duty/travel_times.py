"""How long units travel between places: over streets where a street map is loaded, else along
straight lines. Pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from data.geo import EARTH_RADIUS_M
from data.model.city import Position, Profile
from ops.ways.speeds import WaySettings
from ops.ways.street_ways import StreetWays

NO_WAY_S = 7 * 24 * 3600
"""A way that closed streets leave open to nobody: longer than any plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelSettings:
    """Straight lines stretched to streets: assumptions, to be calibrated.

    Attributes
    ----------
    detour
        Street length over straight length (about 1.3-1.4 in grid towns).
    speed_km_h
        A loaded lorry's in a wet town.
    start_s
        Getting in and parking.
    """

    detour: float = 1.35
    speed_km_h: float = 20.0
    start_s: int = 120

    def __post_init__(self) -> None:
        if self.detour < 1 or self.speed_km_h <= 0 or self.start_s < 0:
            raise ValueError(
                "TravelSettings: detour at least 1, speed above 0, start_s not below 0"
            )


def going_by(profile: str, settings: TravelSettings, ways: WaySettings) -> TravelSettings:
    """The settings of who goes by this profile: without a lorry or a car nobody parks one."""
    if profile == Profile.LORRY:
        return settings
    if profile == Profile.CAR:
        return replace(settings, speed_km_h=settings.speed_km_h * ways.car_share)
    speed = ways.foot_km_h if profile == Profile.FOOT else ways.scooter_km_h
    return replace(settings, speed_km_h=speed, start_s=0)


def way_seconds(
    origins: Sequence[Position],
    settings: TravelSettings,
    streets: StreetWays | None,
    targets: Sequence[Position] | None = None,
    times: float = 1.0,
) -> npt.NDArray[np.int64]:
    """Travelling times as ``travel_seconds`` has them, over streets where there are some.

    Between places of which the street map does not tell, straight lines count; where closures leave
    no way, ``NO_WAY_S``. All of them are so many ``times`` as long.
    """
    settings = slowed(settings, times)
    straight = travel_seconds(origins, settings, targets)
    if streets is None:
        return straight
    over = streets.seconds(origins, targets)
    ways = np.where(np.isfinite(over), settings.start_s + np.ceil(over * times), NO_WAY_S)
    return np.where(np.isnan(over) | (straight == 0), straight, ways).astype(np.int64)


def slowed(settings: TravelSettings, times: float) -> TravelSettings:
    """The settings with every way so many times as long."""
    start_s = math.ceil(settings.start_s * times)
    return replace(settings, start_s=start_s, speed_km_h=settings.speed_km_h / times)


def travel_seconds(
    origins: Sequence[Position],
    settings: TravelSettings,
    targets: Sequence[Position] | None = None,
) -> npt.NDArray[np.int64]:
    """Travelling times from each of the origins to each of the targets (by default the origins
    again), whole seconds, of shape (origins, targets); 0 to the same place.
    """
    one = np.array(origins, float).reshape(-1, 1, 2)
    other = np.array(origins if targets is None else targets, float).reshape(1, -1, 2)
    metres = _distances_m(one, other) * settings.detour
    ways = settings.start_s + np.ceil(metres / (settings.speed_km_h / 3.6))
    return np.where((one == other).all(axis=-1), 0, ways).astype(np.int64)


def _distances_m(
    one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Great-circle distances in metres, as ``data.geo.distance_m`` has them, of whole arrays."""
    lon_1, lat_1, lon_2, lat_2 = (
        np.radians(each[..., axis]) for each in (one, other) for axis in (0, 1)
    )
    half = (
        np.sin((lat_2 - lat_1) / 2) ** 2
        + np.cos(lat_1) * np.cos(lat_2) * np.sin((lon_2 - lon_1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(1.0, half)))
