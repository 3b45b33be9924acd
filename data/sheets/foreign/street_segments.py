"""Street centrelines -> stretches from crossing to crossing, and which stretch a place lies at."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import shapely

from data.geo import EARTH_RADIUS_M

TOUCH_M = 0.5
"""Ends so near to another line meet it: what is drawn by hand misses by centimetres."""
LEAST_M = 2.0
"""A stretch shorter than this is a slip of the pen and goes with its neighbour."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Streets cut at their crossings.

    Attributes
    ----------
    lines
        LineStrings in WGS-84.
    names, starts, ends
        The street's name, and those of the streets that cross at its two ends; blank where there
        is none.
    rows
        The line that each stretch was cut out of (of its first, where several were joined).
    """

    lines: np.ndarray
    names: tuple[str, ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    rows: np.ndarray


class Plane:
    """Metres around one place: flat enough for a city."""

    def __init__(self, points: np.ndarray) -> None:
        self._origin = np.nanmedian(points, axis=0)
        metres = np.radians(1) * EARTH_RADIUS_M
        self._scale = np.array([metres * np.cos(np.radians(self._origin[1])), metres])

    def flat(self, points: np.ndarray) -> np.ndarray:
        """WGS-84 to metres."""
        return (points - self._origin) * self._scale

    def round(self, points: np.ndarray) -> np.ndarray:
        """Metres to WGS-84, to a centimetre."""
        return np.round(points / self._scale + self._origin, 7)


def cut_at_crossings(
    lines: np.ndarray, names: tuple[str, ...], groups: tuple[str, ...] = ()
) -> Stretches:
    """Each street's lines joined where nothing crosses, and cut where another street does.

    Parameters
    ----------
    lines, names
        LineStrings in WGS-84 and the name of each; lines without a name are joined with none.
    groups
        What is joined, where that is not all of one name.
    """
    plane = Plane(shapely.get_coordinates(lines))
    flat = shapely.transform(lines, plane.flat)
    joined, rows = _joined(flat, groups or names)
    cuts = _cuts(joined)
    pieces, of = [], []
    for number, line in enumerate(joined):
        for piece in _cut(line, cuts.get(number, ())):
            pieces.append(piece)
            of.append(rows[number])
    array = np.array([*pieces, None], dtype=object)[:-1]
    source = np.array(of, dtype=int)
    own = tuple(names[row] for row in source)
    starts, ends = _end_names(array, own)
    return Stretches(shapely.transform(array, plane.round), own, starts, ends, source)


def _joined(lines: np.ndarray, names: tuple[str, ...]) -> tuple[np.ndarray, list[int]]:
    """Lines of one name that follow one another as one line, with the first row of each."""
    by_name: dict[str, list[int]] = defaultdict(list)
    for row, name in enumerate(names):
        by_name[name or f"\0{row}"].append(row)
    found, rows = [], []
    for members in by_name.values():
        if len(members) == 1:
            parts = [lines[members[0]]]
        else:
            unique = shapely.union_all(lines[members])  # what is drawn twice counts once
            parts = list(shapely.get_parts(shapely.line_merge(unique)))
        tree = shapely.STRtree(lines[members])
        for part in parts:
            found.append(part)
            near = tree.nearest(shapely.line_interpolate_point(part, 0.5, normalized=True))
            rows.append(members[int(near)])
    return np.array([*found, None], dtype=object)[:-1], rows


def _cuts(lines: np.ndarray) -> dict[int, set[float]]:
    """Where each line is cut, in metres along it."""
    tree = shapely.STRtree(lines)
    one, other = tree.query(lines, predicate="dwithin", distance=TOUCH_M)
    keep = one != other
    one, other = one[keep], other[keep]
    cuts: dict[int, set[float]] = defaultdict(set)
    met = shapely.intersection(lines[one], lines[other])
    points, pair = shapely.get_parts(met, return_index=True)
    is_point = shapely.get_type_id(points) == 0
    shared = ~is_point  # a stretch in common: its ends
    ends = shapely.boundary(points[shared])
    more, again = shapely.get_parts(ends, return_index=True)
    points = np.concatenate([points[is_point], more])
    pair = np.concatenate([pair[is_point], pair[shared][again]])
    _add(cuts, lines, one[pair], points)
    for end in (0, -1):  # ends that all but meet the other line
        tips = shapely.get_point(lines[other], end)
        near = shapely.distance(lines[one], tips) <= TOUCH_M
        _add(cuts, lines, one[near], tips[near])
    return cuts


def _add(
    cuts: dict[int, set[float]], lines: np.ndarray, of: np.ndarray, points: np.ndarray
) -> None:
    along = shapely.line_locate_point(lines[of], points)
    for number, metres in zip(of.tolist(), np.round(along, 2).tolist(), strict=True):
        cuts[number].add(metres)


def _cut(line: shapely.LineString, at: set[float] | tuple[()]) -> list[shapely.LineString]:
    """A line in pieces, none shorter than `LEAST_M` unless it is so as a whole."""
    length = line.length
    stops = [0.0]
    for metres in sorted(at):
        if metres - stops[-1] >= LEAST_M and length - metres >= LEAST_M:
            stops.append(metres)
    if len(stops) == 1:
        return [line]
    stops.append(length)
    places = shapely.get_coordinates(line)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    tips = shapely.get_coordinates(shapely.line_interpolate_point(line, stops))
    pieces = []
    for start, end, first, last in zip(stops, stops[1:], tips, tips[1:], strict=False):
        inner = places[(along > start + 0.01) & (along < end - 0.01)]
        pieces.append(shapely.LineString([first, *inner, last]))
    return pieces


def _end_names(
    pieces: np.ndarray, names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of the streets that other pieces bear at the two ends of each."""
    tree = shapely.STRtree(pieces)
    found = []
    for end in (0, -1):
        tips = shapely.get_point(pieces, end)
        of, near = tree.query(tips, predicate="dwithin", distance=2 * TOUCH_M)
        told: dict[int, str] = {}
        for piece, other in zip(of.tolist(), near.tolist(), strict=True):
            if names[other] and names[other] != names[piece]:
                told[piece] = min(told.get(piece, names[other]), names[other])
        found.append(tuple(told.get(piece, "") for piece in range(len(pieces))))
    return found[0], found[1]


def nearest_line(points: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each position (n x 2, WGS-84) the number of the nearest line and how far it is, in
    metres.
    """
    plane = Plane(shapely.get_coordinates(lines))
    flat = shapely.transform(lines, plane.flat)
    tree = shapely.STRtree(flat)
    places = shapely.points(plane.flat(points))
    of, near = tree.query_nearest(places, all_matches=False)
    numbers = np.empty(len(points), dtype=int)
    numbers[of] = near
    return numbers, shapely.distance(places, flat[numbers])
