"""How long units travel between places, without a road network at hand. Pure."""

import math
from dataclasses import dataclass

from data.geo import distance_m
from data.model.city import Position


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


def seconds(a: Position, b: Position, settings: TravelSettings) -> int:
    """Travelling time in whole seconds; 0 to the same place."""
    if a == b:
        return 0
    return settings.start_s + math.ceil(
        distance_m(a, b) * settings.detour / (settings.speed_km_h / 3.6)
    )
