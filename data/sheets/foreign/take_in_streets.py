"""Segments out of centrelines, inlets on their nearest segment, a list of roads on the streets that
bear their names.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from data.errors import RowError
from data.files.table import FileTable
from data.sheets.checks import Record
from data.sheets.foreign.centrelines import centrelines_of
from data.sheets.foreign.free_tables import refused
from data.sheets.foreign.mapping import TableMapping
from data.sheets.foreign.street_segments import cut_at_crossings, nearest_line
from data.sheets.foreign.take_in_rows import (
    LAYOUT_BY_NAME,
    Work,
    lon_lat,
    places_of,
    rows_of,
    titles,
    values_of,
)
from data.sheets.foreign.words_of_streets import importance_of, same_street, street_key

NAMELESS = "（无名）"
_NO_END = "—"


def take_streets(work: Work, table: FileTable, mapping: TableMapping) -> None:
    """Centrelines cut into segments, which take the place of all segments before."""
    if table.geometry is None:
        raise refused(table.name, "files.no_lines", path=table.name)
    lines = centrelines_of(table, mapping.system, mapping.heading("road"))
    if not len(lines.lines):
        raise refused(table.name, "files.no_lines", path=table.name)
    if lines.left_out:
        work.tell("no_line", sheet=table.name, n=lines.left_out)
    pieces = cut_at_crossings(lines.lines, lines.names)
    if work.near is None:
        work.near = np.median(shapely.get_coordinates(pieces.lines), axis=0)
    values = values_of(work, table, mapping)
    said = values.get("importance") or [None] * table.count
    widths = values.get("width_m") or [None] * table.count
    first = work.taken["segments"] + 1
    rows = []
    for at, source in enumerate(lines.rows[pieces.rows].tolist()):
        told = {
            "id": f"S{first + at:05}",
            "road": pieces.names[at] or NAMELESS,
            "start_name": pieces.starts[at] or _NO_END,
            "end_name": pieces.ends[at] or _NO_END,
            "line": tuple(map(tuple, shapely.get_coordinates(pieces.lines[at]).tolist())),
            "crs": "wgs84",
            "importance": importance_of(said[source]),
            "width_m": widths[source],
        }
        rows.append(Record(table.places[source], _whole("segments", told)))
    work.put("segments", table.name, {}, rows)
    work.tell("cut", sheet=table.name, lines=len(lines.lines), n=len(rows))
    if mapping.heading("importance") is None:
        work.tell("assumed_importance", sheet=table.name)


def _whole(name: str, told: Mapping[str, object]) -> dict[str, object]:
    """Values of a row with what a blank means in each column that is not told."""
    blanks = {column.name: column.blank for column in LAYOUT_BY_NAME[name].columns}
    return {**blanks, **told}


def take_inlets(work: Work, table: FileTable, mapping: TableMapping) -> None:
    """Inlets at their places, each on the segment that it names, else on the nearest."""
    points, bad = places_of(work, table, mapping)
    lines = _lines(work)
    if not len(lines):
        raise refused(table.name, "files.no_streets")
    ids = [record.values["id"] for record in work.tables["segments"].records]
    near, metres = np.zeros(table.count, dtype=int), np.full(table.count, np.inf)
    near[~bad], metres[~bad] = nearest_line(points[~bad], lines)
    segments: list[object] = [ids[number] for number in near.tolist()]
    named = values_of(work, table, mapping).get("segment_id", [])
    known, own = set(ids), np.zeros(table.count, dtype=bool)
    for row, name in enumerate(named):
        if name in known:
            segments[row], own[row] = name, True
    far = ~bad & ~own & (metres > work.wanted.snap_m)
    for row in np.flatnonzero(far).tolist():
        facts: dict[str, object] = {"m": round(float(metres[row])), "limit": work.wanted.snap_m}
        error = RowError(table.name, table.places[row], None, "files.no_street_near", facts)
        work.aside.append(error)
    snapped = int((~bad & ~own & ~far).sum())
    if snapped:
        work.tell("snapped", sheet=table.name, n=snapped, limit=work.wanted.snap_m)
    rows = rows_of(work, table, mapping, bad | far, segment_id=segments, **lon_lat(points))
    work.put("inlets", table.name, titles(mapping), rows)


def put_on_streets(work: Work) -> None:
    """The inlets that were there before, each on the nearest of the new segments."""
    before = work.tables["inlets"]
    if not before.records:
        return
    places = np.array([(row.values["lon"], row.values["lat"]) for row in before.records])
    near, metres = nearest_line(places, _lines(work))
    ids = [record.values["id"] for record in work.tables["segments"].records]
    rows = []
    for at, row in enumerate(before.records):
        if metres[at] <= work.wanted.snap_m:
            rows.append(Record(row.row, {**row.values, "segment_id": ids[near[at]]}))
        else:
            facts: dict[str, object] = {"m": round(float(metres[at])), "limit": work.wanted.snap_m}
            work.aside.append(RowError(before.title, row.row, None, "files.no_street_near", facts))
    work.tables["inlets"] = replace(before, records=tuple(rows))
    work.tell("snapped", sheet=before.title, n=len(rows), limit=work.wanted.snap_m)


def _lines(work: Work) -> np.ndarray:
    records = work.tables["segments"].records
    return np.array(
        [shapely.LineString(record.values["line"]) for record in records] + [None], dtype=object
    )[:-1]


def take_road_list(work: Work, table: FileTable, mapping: TableMapping) -> None:
    """So many inlets along each street that bears a road's name, evenly; a road that no street is
    called by is kept aside.
    """
    by_name: dict[str, list[Record]] = defaultdict(list)
    for record in work.tables["segments"].records:
        by_name[street_key(str(record.values["road"]))].append(record)
    if not by_name:
        raise refused(table.name, "files.no_streets")
    values = values_of(work, table, mapping)
    found: list[Record] = []
    for row, place in enumerate(table.places):
        road, count = values["road"][row], values["count"][row]
        name = same_street(str(road), by_name) if road else None
        if name is None or count is None:
            code = "files.no_such_street" if count is not None else "sheets.blank"
            error = RowError(table.name, place, mapping.heading("road"), code, {"road": road})
            work.aside.append(error)
            continue
        found += _along(by_name[name], place, int(str(count)))
    work.put("inlets", table.name, titles(mapping), found)
    work.tell("spread", sheet=table.name, n=len(found))


def _along(segments: Sequence[Record], place: int, count: int) -> list[Record]:
    """Inlets evenly along the segments of one street, as if they were one line."""
    lines = [shapely.LineString(one.values["line"]) for one in segments]
    ends = np.cumsum([line.length for line in lines])
    rows = []
    for number in range(count):
        along = ends[-1] * (number + 0.5) / count
        at = int(np.searchsorted(ends, along))
        point = lines[at].interpolate(along - (ends[at - 1] if at else 0.0))
        told = {
            "id": f"{place}-{number + 1}",
            "segment_id": segments[at].values["id"],
            "lon": round(point.x, 7),
            "lat": round(point.y, 7),
            "crs": "wgs84",
        }
        rows.append(Record(place, _whole("inlets", told)))
    return rows
