"""GeoPackage (OGC 12-128): a SQLite file whose geometries are WKB behind a short head."""

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import numpy as np

from data.files.grids import MAX_COLUMNS, MAX_UNPACKED_BYTES
from data.files.raw import BadFile, Raw
from data.files.table import FileTable, distinct, flat
from data.files.wkb import shapes_of_wkb

_ENVELOPES = (0, 32, 48, 48, 64)
_LONGEST = 50_000_000  # bytes of one value
_STEPS = 200_000_000
"""So many steps of SQLite's machine at most: a view in a hostile file could count for ever."""


def read_geopackage(file_name: str, path: Path, most_rows: int) -> list[FileTable]:
    """Its layers of features and its tables of attributes, of ``most_rows`` together.

    Raises
    ------
    BadFile
        It is no GeoPackage, or torn.
    """
    try:
        with closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as db:
            db.text_factory = lambda held: held.decode("utf-8", "replace")
            db.execute("PRAGMA trusted_schema=OFF")
            db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
            steps = iter(range(_STEPS // 1_000_000))
            db.set_progress_handler(lambda: next(steps, None) is None, 1_000_000)
            layers = db.execute(
                "SELECT table_name, data_type, srs_id FROM gpkg_contents"
                " WHERE data_type IN ('features', 'attributes', 'aspatial')"
                " AND table_name IN (SELECT name FROM sqlite_master)"
                " AND table_name <> 'layer_styles'"  # how QGIS paints them
            ).fetchall()
            tables, left = [], most_rows
            for name, kind, srs in layers:
                tables.append(_layer(db, name, kind == "features", srs, left))
                left -= tables[-1].count
    except sqlite3.Error as error:
        if "no such table: gpkg_contents" in str(error):
            raise BadFile("other_kinds.sqlite", path=file_name) from error
        raise BadFile("files.torn_geopackage", path=file_name, detail=str(error)[:80]) from error
    return [replace(tables[0], name=Path(file_name).stem)] if len(tables) == 1 else tables


def _layer(
    db: sqlite3.Connection, name: str, placed: bool, srs: int | None, most_rows: int
) -> FileTable:
    quoted = '"' + name.replace('"', '""') + '"'
    cursor = db.execute(f"SELECT * FROM {quoted} LIMIT {most_rows + 1}")
    headings = [column[0] for column in cursor.description]
    if len(headings) > MAX_COLUMNS:
        raise BadFile("sheets.too_many_columns", path=name, limit=MAX_COLUMNS)
    rows = _bounded(cursor, name, most_rows)
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in headings]
    geometry = None
    found = db.execute(
        "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (name,)
    ).fetchone()
    if placed and found and found[0] in headings:
        place = headings.index(found[0])
        geometry = flat(_geometries(columns.pop(place)))
        headings.pop(place)
    values = tuple([_value(value) for value in column] for column in columns)
    places = range(1, len(rows) + 1)
    return FileTable(name, distinct(headings), values, places, geometry, _system(db, srs))


def _bounded(cursor: sqlite3.Cursor, name: str, most_rows: int) -> list[tuple]:
    """All rows: a view can make more bytes than any file holds."""
    rows, size = [], 0
    for row in cursor:
        rows.append(row)
        size += sum(len(value) for value in row if isinstance(value, str | bytes))
        if len(rows) > most_rows:
            raise BadFile("sheets.too_many_rows", path=name, limit=most_rows)
        if size > MAX_UNPACKED_BYTES:
            limit = MAX_UNPACKED_BYTES // 1_000_000
            raise BadFile("sheets.too_big_unpacked", path=name, limit=limit)
    return rows


def _geometries(blobs: list[object]) -> np.ndarray:
    return shapes_of_wkb([_wkb(blob) for blob in blobs])


def _wkb(blob: object) -> bytes | None:
    if not isinstance(blob, bytes) or blob[:2] != b"GP" or len(blob) < 8:
        return None
    flags = blob[3]
    envelope = (flags >> 1) & 7
    if flags & 0b10000 or envelope >= len(_ENVELOPES):
        return None
    return blob[8 + _ENVELOPES[envelope] :]


def _system(db: sqlite3.Connection, srs: int | None) -> str | None:
    with suppress(sqlite3.Error):
        found = db.execute(
            "SELECT organization, organization_coordsys_id, definition"
            " FROM gpkg_spatial_ref_sys WHERE srs_id = ?",
            (srs,),
        ).fetchone()
        if found and str(found[0]).lower() == "epsg":
            return f"EPSG:{found[1]}"
        if found and str(found[2]).lower() not in ("undefined", ""):
            return str(found[2])
    return None


def _value(value: object) -> Raw:
    if value is None or isinstance(value, str | int | float):
        return value
    return None if isinstance(value, bytes) else str(value)
