"""Shapefiles: the layers of a zip archive or of a folder, each with its attributes and its .prj."""

import io
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np
import shapefile
import shapely
from shapely.geometry import shape

from data.files.raw import BadFile, Raw
from data.files.table import FileTable, distinct, flat
from data.files.texts import encoding_of
from data.model.message import Message

PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")
_POINTS = {1: 28, 11: 44, 21: 36}
"""Types of shape that are points, and the bytes of a record."""


def read_shapefile(name: str, read: Callable[[str], bytes | None]) -> FileTable:
    """One layer.

    Parameters
    ----------
    read
        The content of a part by its ending, in lower case; ``None`` where there is none.

    Raises
    ------
    BadFile
        A part is missing that can't be done without, or torn.
    """
    shp, dbf = read(".shp"), read(".dbf")
    if shp is None and dbf is None:
        raise BadFile("files.no_shp", path=name)
    notes: tuple[Message, ...] = ()
    try:
        geometry = _geometry(shp, read(".shx")) if shp else None
        headings, columns = _attributes(dbf, read(".cpg")) if dbf else ((), ())
    except Exception as error:  # pyshp raises whatever the bytes make it stumble over
        raise BadFile("files.torn_shapefile", path=name) from error
    if not dbf:
        notes = (Message("files.no_dbf", {"path": name}),)
    count = len(columns[0]) if columns or geometry is None else len(geometry)
    if geometry is not None and count != len(geometry):
        raise BadFile("files.torn_shapefile", path=name)
    prj = read(".prj")
    system = prj.decode("utf-8", "replace").strip() if prj else None
    shapes = None if geometry is None else flat(geometry)
    return FileTable(name, headings, columns, range(1, count + 1), shapes, system or None, notes)


def _geometry(shp: bytes, shx: bytes | None) -> np.ndarray:
    points = _all_points(shp)
    if points is not None:
        return points
    reader = shapefile.Reader(shp=io.BytesIO(shp), shx=io.BytesIO(shx) if shx else None)
    return np.array([_shape(one) for one in reader.iterShapes()] + [None], dtype=object)[:-1]


def _all_points(shp: bytes) -> np.ndarray | None:
    """A file of points has records of one length: read at once."""
    kind = int.from_bytes(shp[32:36], "little")
    size = _POINTS.get(kind)
    if size is None or (len(shp) - 100) % size:
        return None
    records = np.frombuffer(shp, np.uint8, offset=100).reshape(-1, size)
    if (records[:, 8:12].copy().view("<i4") != kind).any():  # some have no place
        return None
    places = records[:, 12:28].copy().view("<f8")
    return shapely.points(np.where(np.abs(places) < 1e30, places, np.nan))


def _shape(told: Any) -> shapely.Geometry | None:
    try:
        return shape(told) if told.shapeType else None
    except (ValueError, TypeError, IndexError, shapely.GEOSException):
        return None


def _attributes(dbf: bytes, cpg: bytes | None) -> tuple[tuple[str, ...], tuple[Sequence[Raw], ...]]:
    encoding = _encoding(dbf, cpg)
    reader = shapefile.Reader(dbf=io.BytesIO(dbf), encoding=encoding, encodingErrors="replace")
    headings = [field[0] for field in reader.fields if field[0] != "DeletionFlag"]
    records = [tuple(record) for record in reader.iterRecords()]
    columns = list(zip(*records, strict=True)) or [()] * len(headings)
    return distinct([str(each).strip() for each in headings]), tuple(
        [_value(value) for value in column] for column in columns
    )


def _encoding(dbf: bytes, cpg: bytes | None) -> str:
    written = (cpg or b"").decode("ascii", "replace").strip().lower()
    named = {"utf8": "utf-8", "65001": "utf-8", "936": "gb18030", "gbk": "gb18030"}
    encoding = named.get(written, written)
    encoding = f"cp{encoding}" if encoding.isdigit() else encoding
    try:
        dbf.decode(encoding or "utf-8")
    except (LookupError, ValueError):  # of a codec there is not, or that is none for letters
        start = int.from_bytes(dbf[8:10], "little")
        return encoding_of(dbf[start:])
    return encoding or "utf-8"


def _value(value: object) -> Raw:
    if isinstance(value, str):
        return value.strip("\0 ").strip()
    if value is None or isinstance(value, int | float | date):
        return value
    return str(value)
