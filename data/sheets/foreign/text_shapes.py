"""Geometries that stand in one cell: WKT, with an SRID before it or not, WKB in hexadecimal digits,
an object of GeoJSON, or two coordinates in whatever writing, an address before them or not.
"""

import re
import struct
from collections import Counter
from collections.abc import Sequence

import numpy as np
import shapely

from data.files.raw import Raw, plain
from data.files.wkb import shapes_of_wkb
from data.sheets.degrees import pair

_HEX = re.compile(r"(\\x|0x)?(?P<hex>0[01][0-9a-f]{40,})", re.I)
_SRID = re.compile(r"srid\s*=\s*(\d+)\s*;\s*", re.I)
_WKT = re.compile(
    r"(srid\s*=\s*\d+\s*;\s*)?(multi)?(point|line|poly|geom|circ|comp|curve|surf)", re.I
)
_PAIR = re.compile(r"[(\[]?\s*([+-]?\d+(?:\.\d+)?)\s*[,;，、\s]\s*([+-]?\d+(?:\.\d+)?)\s*[)\]]?")
_BEHIND = re.compile(r".*[\n ](\([^()]*\))", re.S)
"""An address, and its place in brackets behind it."""


def shapes_of_text(cells: Sequence[Raw]) -> np.ndarray:
    """The geometry of each cell; ``None`` where there is none."""
    return np.array([*map(_shape, cells), None], dtype=object)[:-1]


def system_of_text(cells: Sequence[Raw]) -> str | None:
    """The system that the numbers in most of the cells name; ``None`` where none does."""
    counts = Counter(filter(None, (_number(plain(one)) for one in cells if isinstance(one, str))))
    return f"EPSG:{counts.most_common(1)[0][0]}" if counts else None


def _number(text: str) -> int:
    if found := _SRID.match(text):
        return int(found[1])
    if found := _HEX.fullmatch(text):
        head = bytes.fromhex(found["hex"][:18])
        kind, number = struct.unpack("<II" if head[0] else ">II", head[1:9])
        return int(number) if kind & 0x20000000 else 0
    return 0


def _shape(cell: Raw) -> shapely.Geometry | None:
    text = plain(cell) if isinstance(cell, str) else ""
    if not text:
        return None
    if found := _PAIR.fullmatch(text):
        return shapely.Point(float(found[1]), float(found[2]))
    try:
        if found := _HEX.fullmatch(text):
            return shapes_of_wkb([bytes.fromhex(found["hex"])])[0]
        if text.startswith("{"):
            return shapely.from_geojson(text)
        if _WKT.match(text):
            return shapely.from_wkt(_SRID.sub("", text, count=1), on_invalid="ignore")
    except (shapely.errors.ShapelyError, NotImplementedError, ValueError):
        return None
    behind = _BEHIND.fullmatch(text)
    found_pair = pair(behind[1] if behind else text)
    return shapely.Point(found_pair) if found_pair else None
