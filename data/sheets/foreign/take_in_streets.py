"""Segments out of centrelines, inlets on their nearest segment, a list of roads on the streets that
bear their names.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from data.errors import RowError
from data.files.table import FileTable
from data.model.message import Message
from data.model.street.listed_roads import ListedRoad
from data.sheets.checks import Record
from data.sheets.foreign.centrelines import centrelines_of
from data.sheets.foreign.free_tables import refused
from data.sheets.foreign.mapping import TableMapping
from data.sheets.foreign.street_parts import Course, Line, parts_of, told_ends
from data.sheets.foreign.street_segments import cut_at_crossings, nearest_line
from data.sheets.foreign.take_in_rows import (
    Work,
    lon_lat,
    places_of,
    rows_of,
    titles,
    values_of,
    whole,
)
from data.sheets.foreign.words_of_streets import importance_of, same_street, street_key

NAMELESS = "（无名）"
NO_END = "—"
MOST_NAMED = 8  # roads of which something is told; the rest is counted
_AFTER = 1_000_000  # rows of no file
_OF_A_LIST = re.compile(r"L(\d{1,9})-", re.ASCII)  # ids of roads of lists that are long gone too


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
            "start_name": pieces.starts[at] or NO_END,
            "end_name": pieces.ends[at] or NO_END,
            "line": tuple(map(tuple, shapely.get_coordinates(pieces.lines[at]).tolist())),
            "crs": "wgs84",
            "importance": importance_of(said[source]),
            "width_m": widths[source],
        }
        rows.append(Record(table.places[source], whole("segments", told)))
    work.put("segments", table.name, {}, rows)
    work.tell("cut", sheet=table.name, lines=len(lines.lines), n=len(rows))
    if mapping.heading("importance") is None:
        work.tell("assumed_importance", sheet=table.name)


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
    called by waits for a place.
    """
    values = values_of(work, table, mapping)
    blank = [None] * table.count
    starts, ends = (values.get(name, blank) for name in ("start_name", "end_name"))
    ranks = values.get("importance", blank)
    roads: dict[int, ListedRoad] = {}
    for row, place in enumerate(table.places):
        name, count = values["road"][row], values["count"][row]
        if name is None or count is None:
            heading = mapping.heading("road" if name is None else "count")
            work.aside.append(RowError(table.name, place, heading, "sheets.blank", {}))
            continue
        told = told_ends(str(name), str(starts[row] or ""), str(ends[row] or ""))
        roads[place] = _listed(
            work,
            **dict(zip(("road", "start_name", "end_name"), told, strict=True)),
            count=int(str(count)),
            importance=importance_of(ranks[row]),
        )
    found = _by_name(work, roads)
    work.put("inlets", table.name, titles(mapping), found)
    if found:
        work.tell("spread", sheet=table.name, n=len(found))


def _listed(work: Work, **told: Any) -> ListedRoad:
    """A road under the id that it had in the list before, so that its inlets keep theirs; else
    under a new one.
    """
    used = {road.id for road in work.listed}
    known = [*work.wanted.listed, *work.listed]
    taken = (_OF_A_LIST.match(str(one)) for one in work.ids("segments") | work.ids("inlets"))
    numbers = [*(int(road.id[1:]) for road in known), *(int(one[1]) for one in taken if one)]
    road = ListedRoad(id=f"L{max(numbers, default=0) + 1}", **told)
    before = (one.id for one in known if told_ends(*one.key) == road.key and one.id not in used)
    road = replace(road, id=next(before, road.id))
    work.listed.append(road)
    return road


def try_names_again(work: Work) -> None:
    """The roads of the list before that had no place, along new streets that bear their names."""
    inlets = work.ids("inlets")
    lost = [road for road in work.wanted.listed if not road.has_place(inlets)]
    found = _by_name(work, dict(enumerate(lost, _AFTER)))
    before = work.tables["inlets"]
    work.tables["inlets"] = replace(before, records=(*before.records, *found))
    if found:
        work.tell("spread", sheet=before.title, n=len(found))


def _by_name(work: Work, roads: Mapping[int, ListedRoad]) -> list[Record]:
    """The inlets of the roads, by the rows that they stand in, whose name a street bears: along the
    part of it between the crossings that are said, else along all of it, which is told.
    """
    by_name: dict[str, list[Record]] = defaultdict(list)
    for record in work.tables["segments"].records:
        by_name[street_key(str(record.values["road"]))].append(record)
    lines = {name: [one.values["line"] for one in own] for name, own in by_name.items()}
    lies_on = {one.values["id"]: one.values["segment_id"] for one in work.tables["inlets"].records}
    found: list[Record] = []
    whole: list[ListedRoad] = []
    for row, road in roads.items():
        name = same_street(road.road, by_name)
        if name is None:
            continue
        there = {lies_on.get(inlet) for inlet in road.inlets}
        own = [one for one in by_name[name] if _is_own(road, one, there)]
        own = own or _between(road, by_name[name], lines)
        if not own and any(road.ends):
            if all(_OF_A_LIST.match(str(one.values["id"])) for one in by_name[name]):
                continue  # only parts of the street are drawn: it lies elsewhere on it
            whole.append(road)
        found += along(own or by_name[name], row, road)
    tell_whole(work.told, whole)
    return found


def _is_own(road: ListedRoad, segment: Record, there: set[Any]) -> bool:
    """Whether a segment was drawn for a road, or its inlets lie there."""
    return road.is_drawn(str(segment.values["id"])) or segment.values["id"] in there


def _between(
    road: ListedRoad, segments: Sequence[Record], lines: Mapping[str, Sequence[Line]]
) -> list[Record]:
    """The segments of its street between the crossings that a road names, if both are some."""
    if not all(road.ends):
        return []
    own = [one.values["line"] for one in segments]
    course = Course(own)
    parts = parts_of(road, course, lines)
    inside = course.are_on(own, parts) if parts else [False] * len(own)
    return [one for one, is_inside in zip(segments, inside, strict=True) if is_inside]


def tell_whole(told: list[Message], roads: Sequence[ListedRoad]) -> None:
    """That roads lie along all of their street, though the list says from where to where."""
    if roads:
        names = tuple(dict.fromkeys(road.road for road in roads[:MOST_NAMED]))
        told.append(Message("files.whole_street", {"n": len(roads), "roads": names}))


def along(segments: Sequence[Record], row: int, road: ListedRoad) -> list[Record]:
    """A road's inlets evenly along segments, as if those were one line."""
    lines = [shapely.LineString(one.values["line"]) for one in segments]
    ends = np.cumsum([line.length for line in lines])
    rows = []
    for number, own in enumerate(road.inlets):
        far = ends[-1] * (number + 0.5) / road.count
        at = int(np.searchsorted(ends, far))
        point = lines[at].interpolate(far - (ends[at - 1] if at else 0.0))
        told = {
            "id": own,
            "segment_id": segments[at].values["id"],
            "lon": round(point.x, 7),
            "lat": round(point.y, 7),
            "crs": "wgs84",
        }
        rows.append(Record(row, whole("inlets", told)))
    return rows
