"""The three systems that positions in China come in: WGS-84 (GPS), GCJ-02 (national maps), BD-09
(Baidu).

Positions are (longitude, latitude) in degrees. GCJ-02 is WGS-84 shifted by 100 to 700 m, BD-09 is
GCJ-02 shifted once more. The formulas are those in common public use (GCJ-02 itself is not
published); outside of China nothing is shifted. The way back is found by iteration, to less than a
millimetre.
"""

import math
from collections.abc import Callable

from data.model.city import Position

SYSTEMS = ("wgs84", "gcj02", "bd09")
EARTH_RADIUS_M = 6_371_000
"""Of the sphere on which distances are taken: within 0.5 % of the ellipsoid."""
_AXIS_M = 6_378_245.0  # Krasovsky 1940, as the shift is defined on it
_ECCENTRICITY_2 = 0.00669342162296594323
_BD_TURN = math.pi * 3000 / 180
_CLOSE_DEG = 1e-10


def to_wgs84(position: Position, system: str) -> Position:
    """A position given in ``system`` (one of `SYSTEMS`), in WGS-84."""
    if system == "wgs84":
        return position
    return _undo(wgs84_to_gcj02, position if system == "gcj02" else bd09_to_gcj02(position))


def from_wgs84(position: Position, system: str) -> Position:
    """A WGS-84 position in ``system`` (one of `SYSTEMS`)."""
    if system == "wgs84":
        return position
    shifted = wgs84_to_gcj02(position)
    return shifted if system == "gcj02" else gcj02_to_bd09(shifted)


def wgs84_to_gcj02(position: Position) -> Position:
    """WGS-84 to GCJ-02."""
    lon, lat = position
    if not _in_china(lon, lat):
        return position
    east, north = _gcj02_shift_m(lon - 105.0, lat - 35.0)
    angle = math.radians(lat)
    curve = 1 - _ECCENTRICITY_2 * math.sin(angle) ** 2
    east_deg = math.degrees(east / (_AXIS_M / math.sqrt(curve) * math.cos(angle)))
    north_deg = math.degrees(north / (_AXIS_M * (1 - _ECCENTRICITY_2) / curve**1.5))
    return lon + east_deg, lat + north_deg


def _gcj02_shift_m(x: float, y: float) -> tuple[float, float]:
    """How far GCJ-02 lies to the east and to the north, ``x`` and ``y`` being degrees from 105° E
    and 35° N.
    """
    ripple = 20 * math.sin(6 * x * math.pi) + 20 * math.sin(2 * x * math.pi)
    east = (
        300
        + x
        + 2 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * math.sqrt(abs(x))
        + (ripple + _waves(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))) * 2 / 3
    )
    north = (
        -100
        + 2 * x
        + 3 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * math.sqrt(abs(x))
        + (ripple + _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))) * 2 / 3
    )
    return east, north


def gcj02_to_bd09(position: Position) -> Position:
    """GCJ-02 to BD-09."""
    lon, lat = position
    if not _in_china(lon, lat):
        return position
    reach = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return reach * math.cos(angle) + 0.0065, reach * math.sin(angle) + 0.006


def bd09_to_gcj02(position: Position) -> Position:
    """BD-09 to GCJ-02."""
    return _undo(gcj02_to_bd09, position)


def distance_m(one: Position, other: Position) -> float:
    """Great-circle distance in metres (on a sphere)."""
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _waves(along: float, *waves: tuple[float, float]) -> float:
    return sum(height * math.sin(along * math.pi * pace) for height, pace in waves)


def _undo(shift: Callable[[Position], Position], shifted: Position) -> Position:
    """The position that ``shift`` takes to ``shifted``: the shift hardly changes from place to
    place.
    """
    if not _in_china(*shifted):
        return shifted
    guess = shifted
    for _ in range(30):
        there = shift(guess)
        off = (there[0] - shifted[0], there[1] - shifted[1])
        guess = (guess[0] - off[0], guess[1] - off[1])
        if max(map(abs, off)) < _CLOSE_DEG:
            break
    return guess


def _in_china(lon: float, lat: float) -> bool:
    """The rough box that the formulas in public use call China."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271
