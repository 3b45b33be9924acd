"""A listed road gets its place by the streets of a street map that bear its name, or by a line that
somebody draws: segments are cut out of it where streets cross, its inlets are spread along it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from data.errors import BadSheets
from data.model.city import City, Position
from data.model.street.listed_roads import ListedRoad
from data.model.street.streets import Street
from data.sheets.checks import Record, Table, check_city
from data.sheets.city import city_of, tables_of
from data.sheets.foreign.street_segments import Stretches, cut_at_crossings
from data.sheets.foreign.take_in import assume_station, stations_of_segments
from data.sheets.foreign.take_in_rows import Wanted, Work, whole
from data.sheets.foreign.take_in_streets import NO_END, along
from data.sheets.foreign.words_of_streets import same_street, street_key

Line = Sequence[Position]


def lines_by_name(
    roads: Iterable[ListedRoad], streets: Iterable[Street]
) -> dict[ListedRoad, tuple[Line, ...]]:
    """The streets of a street map that bear the names of listed roads; those that none does are
    not in it.
    """
    by_name: dict[str, list[Line]] = defaultdict(list)
    for street in streets:
        if street.name:
            by_name[street_key(street.name)].append(street.line)
    found = {road: same_street(road.road, by_name) for road in roads}
    return {road: tuple(by_name[name]) for road, name in found.items() if name is not None}


def draw_roads(city: City, drawn: Mapping[ListedRoad, Sequence[Line]]) -> City:
    """The district with roads along lines; one that was drawn before is moved, and its inlets keep
    their names and all that is known of them.

    Parameters
    ----------
    drawn
        For each road one line or several: at least two positions in WGS-84, no two neighbours the
        same.

    Raises
    ------
    BadSheets
        One can't lie there: far outside the district.
    """
    work = Work(Wanted(), ZoneInfo(city.district.time_zone), tables_of(city))
    for road, (pieces, is_owner) in _pieces(work, drawn).items():
        _draw(work, road, pieces, is_owner)
    if work.near is None and drawn:
        lines = next(iter(drawn.values()))
        work.near = np.median(np.concatenate(lines), axis=0)
    assume_station(work)
    stations_of_segments(work)
    if errors := tuple(check_city(work.tables)):
        raise BadSheets(errors)
    return city_of(work.tables)


def _pieces(
    work: Work, drawn: Mapping[ListedRoad, Sequence[Line]]
) -> dict[ListedRoad, tuple[list[Record], bool]]:
    """For each road the segments that it lies along, and whether they are its own: a street that
    several lines of the list name is there once, and is the first one's.
    """
    sharing: dict[tuple[object, ...], list[ListedRoad]] = defaultdict(list)
    for road, lines in drawn.items():
        sharing[tuple(tuple(map(tuple, line)) for line in lines)].append(road)
    groups = list(sharing.values())
    pieces = _cut(work, drawn, [_as_one(roads) for roads in groups])
    return {
        road: (own, road is roads[0])
        for roads, own in zip(groups, pieces, strict=True)
        for road in roads
    }


def _as_one(roads: Sequence[ListedRoad]) -> ListedRoad:
    """The street of these lines of the list: from where to where is said of one alone."""
    if len(roads) == 1:
        return roads[0]
    importance = max(one.importance for one in roads)
    return replace(roads[0], start_name="", end_name="", importance=importance)


def _cut(
    work: Work, drawn: Mapping[ListedRoad, Sequence[Line]], roads: Sequence[ListedRoad]
) -> list[list[Record]]:
    """The segments of each road, cut where other streets cross it, those drawn with it too."""
    by_id = {road.id: lines for road, lines in drawn.items()}
    courses = [(at, line) for at, road in enumerate(roads) for line in by_id[road.id]]
    names = [roads[at].road for at, _ in courses]
    others = [
        one.values
        for one in work.tables["segments"].records
        if one.values["road"] not in names
        and not any(road.is_drawn(one.values["id"]) for road in drawn)
    ]
    lines = [*(line for _, line in courses), *(one["line"] for one in others)]
    array = np.array([*map(shapely.LineString, lines), None], dtype=object)[:-1]
    cut = cut_at_crossings(array, (*names, *(one["road"] for one in others)))
    found: list[list[int]] = [[] for _ in roads]
    for at, row in enumerate(cut.rows.tolist()):
        if row < len(courses):
            found[courses[row][0]].append(at)
    return [_records(road, cut, own) for road, own in zip(roads, found, strict=True)]


def _records(road: ListedRoad, cut: Stretches, own: Sequence[int]) -> list[Record]:
    first, last = road.start_name or NO_END, road.end_name or NO_END
    found = []
    for number, at in enumerate(own, 1):
        start = cut.starts[at] or (first if number == 1 else NO_END)
        end = cut.ends[at] or (last if number == len(own) else NO_END)
        told = {
            "id": road.segment(number),
            "road": road.road,
            "start_name": start,
            "end_name": end,
            "line": tuple(map(tuple, shapely.get_coordinates(cut.lines[at]).tolist())),
            "crs": "wgs84",
            "importance": road.importance,
        }
        found.append(Record(number, whole("segments", told)))
    return found


def _draw(work: Work, road: ListedRoad, pieces: list[Record], is_owner: bool) -> None:
    before = work.tables["segments"].records
    old = [one for one in before if road.is_drawn(one.values["id"])]
    others = [one for one in before if not road.is_drawn(one.values["id"])]
    if old and is_owner:  # what is known of the street goes on counting
        known = {**old[0].values, "station_id": None}
        geometry = ("id", "start_name", "end_name", "line", "crs")
        pieces = [
            replace(one, values=known | {name: one.values[name] for name in geometry})
            for one in pieces
        ]
    _put(work, "segments", (*others, *(pieces if is_owner else ())))
    _follow(work, {one.values["id"] for one in old}, pieces)
    _put_inlets(work, road, pieces)


def _put(work: Work, name: str, rows: Sequence[Record]) -> None:
    """The rows of a table, numbered anew: each is told by its number."""
    numbered = tuple(Record(number, row.values) for number, row in enumerate(rows, 2))
    work.tables[name] = replace(work.tables[name], records=numbered)


def _follow(work: Work, gone: set[str], pieces: Sequence[Record]) -> None:
    """What lies on a segment that is no more lies on the first of the new ones."""
    gone -= {one.values["id"] for one in pieces}
    first = pieces[0].values["id"]
    for name, table in work.tables.items():
        if any(one.values.get("segment_id") in gone for one in table.records):
            work.tables[name] = _with_segment(table, gone, first)


def _with_segment(table: Table, gone: set[str], segment: str) -> Table:
    rows = (
        Record(one.row, {**one.values, "segment_id": segment})
        if one.values.get("segment_id") in gone
        else one
        for one in table.records
    )
    return replace(table, records=tuple(rows))


def _put_inlets(work: Work, road: ListedRoad, pieces: Sequence[Record]) -> None:
    """The road's inlets along its segments; those that were there before are moved."""
    new = {one.values["id"]: one for one in along(pieces, 0, road)}
    place = ("segment_id", "lon", "lat", "crs")
    rows = []
    for row in work.tables["inlets"].records:
        if (found := new.pop(row.values["id"], None)) is not None:
            moved = {name: found.values[name] for name in place}
            row = Record(row.row, {**row.values, **moved})
        rows.append(row)
    _put(work, "inlets", (*rows, *new.values()))
