"""Positions of others' files, in WGS-84: swapped and unsigned ones mended where the rest of the
file leaves no doubt, what lies far from everything kept aside; and the system that nobody named
told by the streets that they must lie at.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from data.coordinates import (
    REACH_DEG,
    in_own_unit,
    is_degrees,
    is_in_use,
    is_swapped,
    possible_systems,
    to_wgs84_points,
)
from data.geo import EARTH_RADIUS_M
from data.model.message import Message
from data.sheets.foreign.street_segments import nearest_line

AT_STREET_M = 25.0
"""An inlet lies so near to the middle of its street (an assumption: half of a wide one)."""
USUAL_SHARE = 0.9
"""When so many lie at streets in a system that is in use, none that is not is asked (an
assumption).
"""
_ALIKE_M = 5.0  # systems that put things so near to one another are one for us
_SAMPLE = 500
_WAYS = ((1, 1, False), (-1, 1, False), (1, -1, False), (1, 1, True), (-1, 1, True), (1, -1, True))
"""What goes wrong with degrees: the sign of one, east and north changed, both."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Positions as they were understood.

    Attributes
    ----------
    points
        n x 2 in WGS-84; not a number where a row is nowhere.
    far
        Which rows lie far from the rest, whatever is done to them.
    """

    points: np.ndarray
    far: np.ndarray
    notes: tuple[Message, ...] = ()


def placed(
    given: np.ndarray,
    system: str,
    sheet: str,
    near: np.ndarray | None = None,
    meridian: float | None = None,
) -> Placed:
    """Positions of one table.

    Parameters
    ----------
    given
        n x 2, east before north as the file's columns say, in ``system``.
    near
        The middle of what is known to be there (longitude, latitude): other tables, the outline.
    meridian
        The meridian of the district's clock: so the hemisphere is known without anything near.
    """
    notes: list[Message] = []
    given, system = in_own_unit(given, system)
    given = np.where(np.abs(given) < 1e-9, np.nan, given)  # 0, 0 lies in the sea off Africa
    known = np.isfinite(given).all(axis=1)
    turned = known & is_swapped(np.where(known[:, None], given, 0.0))
    given = np.where(turned[:, None], given[:, ::-1], given)
    points = to_wgs84_points(given, system)
    known = np.isfinite(points).all(axis=1)
    if turned.any():
        notes.append(Message("files.swapped", {"sheet": sheet, "n": int(turned.sum())}))
    if not known.any():
        return Placed(points, np.zeros(len(points), dtype=bool), tuple(notes))
    middle = np.median(points[known], axis=0)
    if is_degrees(system):
        way = _way(middle, near, meridian)
        if way != _WAYS[0]:
            points = _done(points, way)
            middle = np.median(points[known], axis=0)
            notes.append(Message(f"files.{_word(way)}", {"sheet": sheet, "n": int(known.sum())}))
    far = known & _is_far(points, middle)
    if is_degrees(system) and far.any() and far.mean() < 0.5:
        points, far, mended = _mended(points, far, middle, sheet)
        notes += mended
    return Placed(points, far, tuple(notes))


def _way(
    middle: np.ndarray, near: np.ndarray | None, meridian: float | None
) -> tuple[int, int, bool]:
    """What must be done to a whole table so that it lies where it belongs; nothing in doubt."""
    if near is not None:
        fits = [way for way in _WAYS if not _is_far(_done(middle[None], way), near)[0]]
        return fits[0] if fits else _WAYS[0]
    if meridian is not None and abs(middle[0] - meridian) > 60 >= abs(middle[0] + meridian):
        return _WAYS[1]
    return _WAYS[0]


def _done(points: np.ndarray, way: tuple[int, int, bool]) -> np.ndarray:
    east, north, is_turned = way
    return (points[:, ::-1] if is_turned else points) * np.array([east, north])


def _word(way: tuple[int, int, bool]) -> str:
    return "swapped" if way[2] else "unsigned"


def _is_far(points: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(points - middle).max(axis=1) > REACH_DEG)


def _mended(
    points: np.ndarray, far: np.ndarray, middle: np.ndarray, sheet: str
) -> tuple[np.ndarray, np.ndarray, list[Message]]:
    """Rows that lie with the rest once one sign or the order is changed."""
    points, far, notes = points.copy(), far.copy(), []
    for way in _WAYS[1:]:
        tried = _done(points, way)
        fits = far & ~_is_far(tried, middle)
        if fits.any():
            points[fits] = tried[fits]
            far &= ~fits
            notes.append(Message(f"files.{_word(way)}", {"sheet": sheet, "n": int(fits.sum())}))
    return points, far, notes


def system_by_streets(
    given: np.ndarray, lines: np.ndarray, least: float = 2.0
) -> tuple[str, float] | None:
    """The system in which positions lie at streets, and the share of them that does; ``None`` where
    they lie at none, or another puts them elsewhere and less than ``least`` times as far off.

    Parameters
    ----------
    given
        n x 2, east before north as the file's columns say, in a system that nobody named.
    lines
        LineStrings in WGS-84.
    """
    given = given[np.isfinite(given).all(axis=1)]
    if not len(given) or not len(lines):
        return None
    given = given[:: max(1, len(given) // _SAMPLE)]
    if is_swapped(given).mean() > 0.5:
        given = given[:, ::-1]
    near = np.median(shapely.get_coordinates(lines), axis=0)
    systems = possible_systems(given, near)
    if not systems and (systems := possible_systems(given[:, ::-1], near)):
        given = given[:, ::-1]  # kilometres or millimetres, north first
    tried = []
    for system in systems:
        points = to_wgs84_points(given, system)
        if np.isfinite(points).all():
            tried.append((*_off_streets(points, lines), system, points))
    if not tried:
        return None
    best = min(tried, key=lambda one: one[0])
    usual = min((one for one in tried if is_in_use(one[2])), key=lambda one: one[0], default=best)
    if usual[0] <= least * best[0] and usual[1] >= USUAL_SHARE:  # a datum of old times by chance
        best, tried = usual, [one for one in tried if is_in_use(one[2])]
    off, share, _, points = best
    others = [one[0] for one in tried if _apart_m(one[3], points) > _ALIKE_M]
    if off > AT_STREET_M or min(others, default=np.inf) < least * off:
        return None
    alike = next(one[2] for one in tried if _apart_m(one[3], points) <= _ALIKE_M)
    return alike, share


def _off_streets(points: np.ndarray, lines: np.ndarray) -> tuple[float, float]:
    """Metres of the middle one from a street, and the share of those that lie at one."""
    _, metres = nearest_line(points, lines)
    return float(np.median(metres)), float((metres <= AT_STREET_M).mean())


def _apart_m(one: np.ndarray, other: np.ndarray) -> float:
    """How far apart the same rows lie, in metres: the middle one."""
    wide = np.array([np.cos(np.radians(other[0, 1])), 1.0])
    metres = np.radians((one - other) * wide) * EARTH_RADIUS_M
    return float(np.median(np.hypot(*metres.T)))
