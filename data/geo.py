"""The three systems that positions in China come in: WGS-84 (GPS), GCJ-02 (national maps), BD-09
(Baidu).

Positions are (longitude, latitude) in degrees. GCJ-02 is WGS-84 shifted by 100 to 700 m, BD-09 is
GCJ-02 shifted once more. The formulas are those in common public use (GCJ-02 itself is not
published); outside of China nothing is shifted. The way back is found by iteration, to less than a
millimetre.
"""

import math
from collections.abc import Callable

import numpy as np

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
    return _one(points_to_wgs84, position, system)


def from_wgs84(position: Position, system: str) -> Position:
    """A WGS-84 position in ``system`` (one of `SYSTEMS`)."""
    return _one(points_from_wgs84, position, system)


def points_to_wgs84(points: np.ndarray, system: str) -> np.ndarray:
    """Positions (n x 2) given in ``system`` (one of `SYSTEMS`), in WGS-84."""
    if system == "wgs84":
        return points
    return _undo(_gcj02_of_wgs84, points if system == "gcj02" else _undo(_bd09_of_gcj02, points))


def points_from_wgs84(points: np.ndarray, system: str) -> np.ndarray:
    """WGS-84 positions (n x 2) in ``system`` (one of `SYSTEMS`)."""
    if system == "wgs84":
        return points
    shifted = _gcj02_of_wgs84(points)
    return shifted if system == "gcj02" else _bd09_of_gcj02(shifted)


def _one(
    shift: Callable[[np.ndarray, str], np.ndarray], position: Position, system: str
) -> Position:
    if system == "wgs84":
        return position
    lon, lat = shift(np.array([position], dtype=float), system)[0].tolist()
    return lon, lat


def _gcj02_of_wgs84(points: np.ndarray) -> np.ndarray:
    lon, lat = points[:, 0], points[:, 1]
    east, north = _gcj02_shift_m(lon - 105.0, lat - 35.0)
    angle = np.radians(lat)
    curve = 1 - _ECCENTRICITY_2 * np.sin(angle) ** 2
    east_deg = np.degrees(east / (_AXIS_M / np.sqrt(curve) * np.cos(angle)))
    north_deg = np.degrees(north / (_AXIS_M * (1 - _ECCENTRICITY_2) / curve**1.5))
    shifted = np.column_stack((lon + east_deg, lat + north_deg))
    return np.where(_in_china(points), shifted, points)


def _gcj02_shift_m(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far GCJ-02 lies to the east and to the north, ``x`` and ``y`` being degrees from 105° E
    and 35° N.
    """
    ripple = 20 * np.sin(6 * x * np.pi) + 20 * np.sin(2 * x * np.pi)
    east = (
        300
        + x
        + 2 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * np.sqrt(np.abs(x))
        + (ripple + _waves(x, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))) * 2 / 3
    )
    north = (
        -100
        + 2 * x
        + 3 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * np.sqrt(np.abs(x))
        + (ripple + _waves(y, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))) * 2 / 3
    )
    return east, north


def _bd09_of_gcj02(points: np.ndarray) -> np.ndarray:
    lon, lat = points[:, 0], points[:, 1]
    reach = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
    shifted = np.column_stack((reach * np.cos(angle) + 0.0065, reach * np.sin(angle) + 0.006))
    return np.where(_in_china(points), shifted, points)


def distance_m(one: Position, other: Position) -> float:
    """Great-circle distance in metres (on a sphere)."""
    lon_1, lat_1, lon_2, lat_2 = map(math.radians, (*one, *other))
    half = (
        math.sin((lat_2 - lat_1) / 2) ** 2
        + math.cos(lat_1) * math.cos(lat_2) * math.sin((lon_2 - lon_1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def _waves(along: np.ndarray, *waves: tuple[float, float]) -> np.ndarray:
    return sum(
        (height * np.sin(along * np.pi * pace) for height, pace in waves), np.zeros_like(along)
    )


def _undo(shift: Callable[[np.ndarray], np.ndarray], shifted: np.ndarray) -> np.ndarray:
    """The positions that ``shift`` takes to ``shifted``: the shift hardly changes from place to
    place.
    """
    guess = shifted
    for _ in range(30):
        off = shift(guess) - shifted
        guess = guess - off
        if not (np.abs(off) >= _CLOSE_DEG).any():
            break
    return np.where(_in_china(shifted), guess, shifted)


def _in_china(points: np.ndarray) -> np.ndarray:
    """Which lie in the rough box that the formulas in public use call China (n x 1)."""
    lon, lat = points[:, :1], points[:, 1:2]
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)
