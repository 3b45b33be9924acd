"""Positions of others' files, in WGS-84: swapped and unsigned ones mended where the rest of the
file leaves no doubt, what lies far from everything kept aside.
"""

from dataclasses import dataclass

import numpy as np

from data.coordinates import is_degrees, is_swapped, to_wgs84_points
from data.model.message import Message

REACH_DEG = 0.7
"""A district reaches no farther from its middle (some 75 km; an assumption)."""
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
