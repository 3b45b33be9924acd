"""Street centrelines of a city's own file, whatever its format: named lines in WGS-84."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from data.coordinates import (
    UnknownSystem,
    guess_system,
    in_its_unit,
    in_own_unit,
    is_swapped,
    system_of,
    to_wgs84_points,
)
from data.errors import BadSheets, RowError
from data.files.raw import BadFile, Raw
from data.files.read import read_tables
from data.files.table import FileTable
from data.model.city import City
from data.sheets.foreign.free_tables import find_column

_LINES = (1, 5, 2)
"""Shapely's numbers of a line, a line of many parts and a ring."""
STREET_NAMES = (
    r"(full_?|street_?|st_?|road_?|rd_?|route_?|label_?|official_?|feature_?)(name|nm)(_?1)?",
    r"(st|street|road|full|lbl)_?(name|nm|label)?|streetall|fullname|stname|rdname|fename",
    r"(道路|街道|路段|街路|线路)?(名称|名)|路名|街名|道路",
    r"name|nome|(nome_?(da_?)?)?(rua|via|arruamento|toponimo|topónimo|logradouro|designacao)|designa..o",
    r".*(street|road|路|街).*(name|名).*",
)
"""Headings of a street's name, as regular expressions for the whole heading."""


@dataclass(frozen=True, slots=True)
class Centrelines:
    """Streets as lines.

    Attributes
    ----------
    lines
        n LineStrings in WGS-84, (longitude, latitude).
    names
        The street's name of each; blank where it has none.
    attributes
        Everything else that the file says of each line, by its heading there.
    rows
        The file's feature of each line: a feature of several parts gives several lines.
    left_out
        How many features had no line that can be used.
    """

    lines: np.ndarray
    names: tuple[str, ...]
    attributes: Mapping[str, Sequence[Raw]]
    rows: np.ndarray
    left_out: int


def read_centrelines(path: Path, system: str | None = None) -> Centrelines:
    """The centrelines of a file: of its layers the one with the most lines.

    Parameters
    ----------
    system
        The coordinate system, where the file does not say it.

    Raises
    ------
    BadSheets
        It can't be read, has no lines, or nobody can tell its coordinate system.
    """
    try:
        tables = read_tables(path)
    except BadFile as error:
        raise _refused(path.name, error.code, **error.facts) from error
    table = max(tables, key=_lines_in)
    if not _lines_in(table):
        raise _refused(path.name, "files.no_lines", path=path.name)
    return centrelines_of(table, system)


def centrelines_of(
    table: FileTable, system: str | None = None, name_heading: str | None = None
) -> Centrelines:
    """The lines of a layer, each part of its own, in WGS-84.

    Raises
    ------
    BadSheets
        Nobody can tell its coordinate system.
    """
    assert table.geometry is not None
    parts, rows = shapely.get_parts(table.geometry, return_index=True)
    parts, again = shapely.get_parts(parts, return_index=True)  # a collection's lines of many parts
    rows = rows[again]
    is_line = np.isin(shapely.get_type_id(parts), _LINES[:1])
    lines, rows = parts[is_line], rows[is_line]
    points = shapely.get_coordinates(lines)
    known = system or table.system
    try:
        known = in_its_unit(points, system_of(known)) if known else _guessed(points)
    except UnknownSystem as error:
        raise _refused(table.name, "files.unknown_system", text=str(error)) from error
    if known is None:
        raise _refused(table.name, "files.no_system", sheet=table.name)
    points, known = in_own_unit(points, known)
    if len(points) and is_swapped(points).mean() > 0.5:
        points = points[:, ::-1]
    lines = shapely.set_coordinates(lines.copy(), to_wgs84_points(points, known))
    good = np.isfinite(shapely.length(lines)) & (shapely.length(lines) > 0)
    lines, rows = lines[good], rows[good]
    heading = name_heading or _name_heading(table)
    names = [""] * table.count if heading is None else [_name(one) for one in table.column(heading)]
    return Centrelines(
        lines=lines,
        names=tuple(names[row] for row in rows),
        attributes={
            each: [column[row] for row in rows]
            for each, column in zip(table.headings, table.columns, strict=True)
        },
        rows=rows,
        left_out=table.count - len(np.unique(rows)),
    )


def _guessed(points: np.ndarray) -> str | None:
    """What the figures alone can be in, in either order."""
    if not len(points):
        return "wgs84"
    return guess_system(points[:, ::-1] if is_swapped(points).mean() > 0.5 else points)


def segment_lines(city: City) -> np.ndarray:
    """The lines of a district's own segments, in WGS-84; a sample's are no one's."""
    lines = [] if city.district.sample else [one.line for one in city.segments]
    return np.array([*map(shapely.LineString, lines), None], dtype=object)[:-1]


def _lines_in(table: FileTable) -> int:
    if table.geometry is None:
        return 0
    return int(np.isin(shapely.get_type_id(table.geometry), _LINES).sum())


def _name_heading(table: FileTable) -> str | None:
    found = find_column(table.headings, STREET_NAMES)
    return None if found is None else table.headings[found]


def _name(raw: Raw) -> str:
    text = " ".join(str(raw).split()) if isinstance(raw, str) else ""
    return "" if re.fullmatch(r"(?i)<?null>?|none|n/?a|unnamed|无名.?|-+", text) else text


def _refused(name: str, code: str, **facts: object) -> BadSheets:
    return BadSheets((RowError(name, None, None, code, facts),))
