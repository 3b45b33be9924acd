"""A listed road gets its place by the streets of a street map that bear its name, or by a line that
somebody draws: segments are cut out of it where streets cross, its inlets are spread along it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from data.errors import BadSheets
from data.model.city import City
from data.model.street.listed_roads import ListedRoad
from data.model.street.streets import Street
from data.sheets.checks import Record, Table, check_city
from data.sheets.city import city_of, tables_of
from data.sheets.foreign.street_parts import Course, Line, parts_of
from data.sheets.foreign.street_segments import cut_at_crossings
from data.sheets.foreign.take_in import assume_station, stations_of_segments
from data.sheets.foreign.take_in_rows import Wanted, Work, whole
from data.sheets.foreign.take_in_streets import NO_END, along
from data.sheets.foreign.words_of_streets import same_street, street_key


@dataclass(frozen=True, slots=True)
class ByName:
    """Listed roads that streets of a street map are called by.

    Attributes
    ----------
    lines
        Where each lies: on the part of its street that it names, else on all of it. What several
        have in common are the same lines.
    whole
        Those that lie on all of their street, though the list says from where to where.
    """

    lines: dict[ListedRoad, tuple[Line, ...]] = field(default_factory=dict)
    whole: list[ListedRoad] = field(default_factory=list)


def lines_by_name(roads: Iterable[ListedRoad], streets: Iterable[Street]) -> ByName:
    """The streets of a street map that bear the names of listed roads; those that none does are
    not in it.
    """
    by_name: dict[str, list[Line]] = defaultdict(list)
    for street in streets:
        if street.name:
            by_name[street_key(street.name)].append(street.line)
    named: dict[str, list[ListedRoad]] = defaultdict(list)
    for road in roads:
        if (name := same_street(road.road, by_name)) is not None:
            named[name].append(road)
    found = ByName()
    for name, own in named.items():
        course = Course(by_name[name]) if any(all(road.ends) for road in own) else None
        parts = {road: parts_of(road, course, by_name) for road in own} if course else {}
        cuts = [*chain.from_iterable(parts.values())]
        for road in own:
            part = parts.get(road)
            if course is not None and cuts:
                found.lines[road] = course.lines(part or course.whole, cuts)
            else:
                found.lines[road] = tuple(by_name[name])
            if any(road.ends) and not part:
                found.whole.append(road)
    return found


def count_by_name(roads: Iterable[ListedRoad], streets: Iterable[Street]) -> int:
    """How many listed roads a street of a street map is called by."""
    known = {street_key(street.name) for street in streets if street.name}
    return sum(same_street(road.road, known) is not None for road in roads)


def draw_roads(
    city: City, drawn: Mapping[ListedRoad, Sequence[Line]], roads: Sequence[ListedRoad] = ()
) -> City:
    """The district with roads along lines; one that was drawn before is moved, and its inlets keep
    their names and all that is known of them. A street that it had in common with others of the
    list stays, and is theirs from now on.

    Parameters
    ----------
    drawn
        For each road one line or several: at least two positions in WGS-84, no two neighbours the
        same.
    roads
        All roads of the list.

    Raises
    ------
    BadSheets
        One can't lie there: far outside the district.
    """
    work = Work(Wanted(), ZoneInfo(city.district.time_zone), tables_of(city))
    for road in drawn:
        _hand_over(work, road, [one for one in roads if one not in drawn])
    own, lies_along = _pieces(work, drawn)
    for road in drawn:
        _draw(work, road, own[road], lies_along[road])
    if work.near is None and drawn:
        lines = next(iter(drawn.values()))
        work.near = np.median(np.concatenate(lines), axis=0)
    assume_station(work)
    stations_of_segments(work)
    if errors := tuple(check_city(work.tables)):
        raise BadSheets(errors)
    return city_of(work.tables)


def _hand_over(work: Work, road: ListedRoad, others: Sequence[ListedRoad]) -> None:
    """Segments that were drawn for a road, from the first to the last on which inlets of another
    of the list lie, are that one's.
    """
    old = [one.values["id"] for one in _segments(work) if road.is_drawn(one.values["id"])]
    for other in others:
        lies = {
            one.values["segment_id"]
            for one in work.tables["inlets"].records
            if one.values["id"] in other.inlets
        }
        shared = [at for at, segment in enumerate(old) if segment in lies]
        if not shared:
            continue
        taken = {one.values["id"] for one in _segments(work)}
        free = (name for n in count(1) if (name := other.segment(n)) not in taken)
        names = {segment: next(free) for segment in old[shared[0] : shared[-1] + 1]}
        old = [one for one in old if one not in names]
        _rename(work, names)


def _rename(work: Work, names: Mapping[str, str]) -> None:
    """Segments are called otherwise, wherever they are named."""
    for table_name, table in work.tables.items():
        key = "id" if table_name == "segments" else "segment_id"
        rows = tuple(
            Record(one.row, {**one.values, key: names[one.values[key]]})
            if one.values.get(key) in names
            else one
            for one in table.records
        )
        work.tables[table_name] = replace(table, records=rows)


def _segments(work: Work) -> Sequence[Record]:
    return work.tables["segments"].records


Pieces = dict[ListedRoad, list[Record]]


def _pieces(work: Work, drawn: Mapping[ListedRoad, Sequence[Line]]) -> tuple[Pieces, Pieces]:
    """For each road the segments that are its own, and those that it lies along: what several lines
    of the list name is there once, and is the first one's.
    """
    sharing: dict[Line, dict[ListedRoad, None]] = defaultdict(dict)
    for road, lines in drawn.items():
        for line in lines:
            sharing[tuple((lon, lat) for lon, lat in line)][road] = None
    groups: dict[tuple[ListedRoad, ...], list[Line]] = defaultdict(list)
    for line, named in sharing.items():
        groups[tuple(named)].append(line)
    own: Pieces = {road: [] for road in drawn}
    lies_along: Pieces = {road: [] for road in drawn}
    for roads, pieces in _cut(work, drawn, groups).items():
        first = len(own[roads[0]]) + 1
        is_all = len(groups[roads]) == len(drawn[roads[0]])
        records = _records(_as_one(roads, is_all), pieces, first)
        own[roads[0]] += records
        for road in roads:
            lies_along[road] += records
    return own, lies_along


def _as_one(roads: Sequence[ListedRoad], is_all: bool) -> ListedRoad:
    """The street of these lines of the list: from where to where is said of one alone, if this is
    all of it.
    """
    if len(roads) == 1 and is_all:
        return roads[0]
    importance = max(one.importance for one in roads)
    return replace(roads[0], start_name="", end_name="", importance=importance)


Piece = tuple[shapely.LineString, str, str]
"""A line, and the names of the streets at its two ends."""


def _cut(
    work: Work,
    drawn: Mapping[ListedRoad, Sequence[Line]],
    groups: Mapping[tuple[ListedRoad, ...], Sequence[Line]],
) -> dict[tuple[ListedRoad, ...], list[Piece]]:
    """The pieces of each street, cut where other streets cross it, those drawn with it too."""
    courses = [(roads, line) for roads, lines in groups.items() for line in lines]
    names = [roads[0].road for roads, _ in courses]
    numbers = {roads: number for number, roads in enumerate(groups)}
    others = [
        one.values
        for one in _segments(work)
        if one.values["road"] not in names
        and not any(road.is_drawn(one.values["id"]) for road in drawn)
    ]
    lines = [*(line for _, line in courses), *(one["line"] for one in others)]
    array = np.array([*map(shapely.LineString, lines), None], dtype=object)[:-1]
    roads_of = [one["road"] for one in others]
    joined_by = [*(f"\0group {numbers[roads]}" for roads, _ in courses), *roads_of]
    cut = cut_at_crossings(array, (*names, *roads_of), tuple(joined_by))
    found: dict[tuple[ListedRoad, ...], list[Piece]] = {roads: [] for roads in groups}
    for at, row in enumerate(cut.rows.tolist()):
        if row < len(courses):
            found[courses[row][0]].append((cut.lines[at], cut.starts[at], cut.ends[at]))
    return found


def _records(road: ListedRoad, pieces: Sequence[Piece], first: int) -> list[Record]:
    begin, finish = road.start_name or NO_END, road.end_name or NO_END
    found = []
    for number, (line, start, end) in enumerate(pieces):
        start = start or (begin if number == 0 else NO_END)
        end = end or (finish if number == len(pieces) - 1 else NO_END)
        told = {
            "id": road.segment(first + number),
            "road": road.road,
            "start_name": start,
            "end_name": end,
            "line": tuple(map(tuple, shapely.get_coordinates(line).tolist())),
            "crs": "wgs84",
            "importance": road.importance,
        }
        found.append(Record(first + number, whole("segments", told)))
    return found


def _draw(
    work: Work, road: ListedRoad, own: Sequence[Record], lies_along: Sequence[Record]
) -> None:
    """The road's own segments in the place of those before, its inlets along all it lies on."""
    before = _segments(work)
    old = [one for one in before if road.is_drawn(one.values["id"])]
    others = [one for one in before if not road.is_drawn(one.values["id"])]
    if old:  # what is known of the street goes on counting
        known = {**old[0].values, "station_id": None}
        geometry = ("id", "start_name", "end_name", "line", "crs")
        own = [
            replace(one, values=known | {name: one.values[name] for name in geometry})
            for one in own
        ]
    _put(work, "segments", (*others, *own))
    _follow(work, {one.values["id"] for one in old}, lies_along)
    _put_inlets(work, road, lies_along)


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
