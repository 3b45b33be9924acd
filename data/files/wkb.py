"""Geometries as well-known binary (ISO 13249-3, and PostGIS's with a number of the system in it).
Curves, which GEOS reads none of, are drawn as short straight pieces; heights are left out.
"""

import struct
from collections.abc import Iterator, Sequence

import numpy as np
import shapely

_PER_CIRCLE = 64  # pieces: off a curve of 10 m by 1 cm
_DEEPEST = 16
_STRAIGHT = range(1, 7)
_POINT, _LINE, _POLYGON, _ARCS, _COMPOUND, _CURVED_AREA, _TRIANGLE = 1, 2, 3, 8, 9, 10, 17
_GATHERED = {  # the kinds of the parts that are kept of each
    4: (shapely.MultiPoint, 0),
    5: (shapely.MultiLineString, 1),
    11: (shapely.MultiLineString, 1),
    6: (shapely.MultiPolygon, 3),
    12: (shapely.MultiPolygon, 3),
    15: (shapely.MultiPolygon, 3),
    16: (shapely.MultiPolygon, 3),
}
_TORN = (struct.error, ValueError, IndexError, shapely.errors.ShapelyError)


def shapes_of_wkb(blobs: Sequence[bytes | None]) -> np.ndarray:
    """The geometry of each; ``None`` where there is none, or it is torn."""
    own = [at for at, blob in enumerate(blobs) if blob and kind_of(blob) not in _STRAIGHT]
    straight = list(blobs)
    for at in own:
        straight[at] = None
    found = np.full(len(blobs), None, dtype=object)
    found[:] = shapely.from_wkb(straight, on_invalid="ignore")
    for at in own:
        found[at] = _shape(blobs[at] or b"")
    return found


def kind_of(blob: bytes) -> int:
    """The number of its kind; 0 where it is no such binary."""
    try:
        return _Reader(blob).head()[0]
    except struct.error:
        return 0


def _shape(blob: bytes) -> shapely.Geometry | None:
    try:
        return _Reader(blob).geometry()
    except _TORN:
        return None


class _Reader:
    """Reads one geometry after another from a binary."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob
        self._at = 0

    def _take(self, layout: str) -> int:
        (found,) = struct.unpack_from(layout, self._blob, self._at)
        self._at += struct.calcsize(layout)
        return int(found)

    def head(self) -> tuple[int, str, int]:
        """Its kind, the order of its bytes, and how many figures a position has."""
        order = "<" if self._take("B") else ">"
        code = self._take(order + "I")
        if code & 0x20000000:  # PostGIS: the number of the system stands here
            self._take(order + "I")
        ways, kind = divmod(code & 0x0FFFFFFF, 1000)
        has_z, has_m = bool(code & 0x80000000), bool(code & 0x40000000)
        more = has_z + has_m if has_z or has_m else (0, 1, 1, 2)[ways % 4]
        return kind, order, 2 + more

    def geometry(self, depth: int = 0) -> shapely.Geometry:
        """The next one."""
        if depth > _DEEPEST:
            raise ValueError("nested too deep")
        kind, order, width = self.head()
        if kind == _POINT:
            return shapely.Point(self._places(order, width, 1)[0])
        if kind in (_LINE, _ARCS):
            places = self._places(order, width, self._take(order + "I"))
            return shapely.LineString(_drawn(places) if kind == _ARCS else places)
        if kind in (_POLYGON, _TRIANGLE):
            rings = [
                self._places(order, width, self._take(order + "I"))
                for _ in range(self._take(order + "I"))
            ]
            return _area(rings)
        return self._gathered(kind, list(self._parts(order, depth)))

    def _parts(self, order: str, depth: int) -> Iterator[shapely.Geometry]:
        for _ in range(self._take(order + "I")):
            yield self.geometry(depth + 1)

    def _gathered(self, kind: int, parts: list[shapely.Geometry]) -> shapely.Geometry:
        if kind == _COMPOUND:
            places = np.concatenate([shapely.get_coordinates(one) for one in parts])
            is_new = np.append(True, (np.diff(places, axis=0) != 0).any(axis=1))
            return shapely.LineString(places[is_new])
        if kind == _CURVED_AREA:
            return _area([shapely.get_coordinates(one) for one in parts])
        make, of = _GATHERED.get(kind, (shapely.GeometryCollection, None))
        return make([one for one in parts if of is None or shapely.get_type_id(one) == of])

    def _places(self, order: str, width: int, count: int) -> np.ndarray:
        figures = np.frombuffer(self._blob, order + "f8", count * width, self._at)
        self._at += figures.nbytes
        return figures.reshape(-1, width)[:, :2].astype(float)


def _area(rings: list[np.ndarray]) -> shapely.Polygon:
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _drawn(places: np.ndarray) -> np.ndarray:
    """Arcs, each through three positions, as the positions of short straight pieces."""
    pieces = [places[:1]]
    for at in range(0, len(places) - 2, 2):
        pieces.append(_arc(*places[at : at + 3])[1:])
    return np.concatenate(pieces)


def _arc(first: np.ndarray, through: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Positions along the arc; of a whole circle the middle one lies opposite."""
    if (first == last).all():
        centre, is_left = (first + through) / 2, True
    else:
        a, b = through - first, last - first
        cross = 2 * (a[0] * b[1] - a[1] * b[0])
        if abs(cross) < 1e-12 * max(float(a @ a), float(b @ b)):
            return np.array([first, through, last])
        up = np.array([b[1] * (a @ a) - a[1] * (b @ b), a[0] * (b @ b) - b[0] * (a @ a)])
        centre, is_left = first + up / cross, cross > 0
    begin, end = (float(np.arctan2(*(one - centre)[::-1])) for one in (first, last))
    turn = (end - begin) % (2 * np.pi) or 2 * np.pi
    turn = turn if is_left else turn - 2 * np.pi
    count = max(2, int(np.ceil(abs(turn) / (2 * np.pi) * _PER_CIRCLE)))
    angles = begin + turn * np.arange(count + 1) / count
    radius = float(np.hypot(*(first - centre)))
    found = centre + radius * np.column_stack((np.cos(angles), np.sin(angles)))
    found[0], found[-1] = first, last
    return found
