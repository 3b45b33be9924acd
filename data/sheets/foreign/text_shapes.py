"""Geometries that stand in one cell: WKT, with an SRID before it or not, WKB in hexadecimal digits,
an object of GeoJSON, or two figures.
"""

import re
from collections.abc import Sequence

import numpy as np
import shapely

from data.files.raw import Raw, plain

_HEX = re.compile(r"(\\x|0x)?(?P<hex>0[01][0-9a-f]{40,})", re.I)
_SRID = re.compile(r"srid\s*=\s*\d+\s*;\s*", re.I)
_PAIR = re.compile(r"[(\[]?\s*([+-]?\d+(?:\.\d+)?)\s*[,;，、\s]\s*([+-]?\d+(?:\.\d+)?)\s*[)\]]?")


def shapes_of_text(cells: Sequence[Raw]) -> np.ndarray:
    """The geometry of each cell; ``None`` where there is none."""
    texts = [_as_wkt(plain(one)) if isinstance(one, str) else None for one in cells]
    return np.array([*shapely.from_wkt(texts, on_invalid="ignore"), None], dtype=object)[:-1]


def _as_wkt(text: str) -> str | None:
    try:
        if found := _HEX.fullmatch(text):
            return shapely.from_wkb(found["hex"]).wkt
        if text.startswith("{"):
            return shapely.from_geojson(text).wkt
    except shapely.errors.ShapelyError:
        return None
    if found := _PAIR.fullmatch(text):
        return f"POINT ({found[1]} {found[2]})"
    return _SRID.sub("", text, count=1)
