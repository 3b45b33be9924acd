"""Tables of others, with what each is said to be -> a city: streets cut into segments, inlets put
on the nearest, what is missing started with an assumption that is told, bad rows kept aside.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import time
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from data.coordinates import system_of
from data.errors import BadSheets, RowError
from data.files.table import FileTable
from data.model.city import City, District
from data.model.message import Message
from data.model.street.listed_roads import ListedRoad
from data.sheets.checks import Record, Table, check_city
from data.sheets.city import city_of, tables_of
from data.sheets.foreign.free_tables import refused
from data.sheets.foreign.mapping import TableMapping, positions, shape_of
from data.sheets.foreign.positions import placed
from data.sheets.foreign.synonyms import TARGETS
from data.sheets.foreign.take_in_rows import (
    LAYOUT_BY_NAME,
    NOBODY,
    Wanted,
    Work,
    lon_lat,
    places_of,
    rows_of,
    titles,
    whole,
)
from data.sheets.foreign.take_in_streets import (
    put_on_streets,
    take_inlets,
    take_road_list,
    take_streets,
    try_names_again,
)

_PASSES = 6
_RING = 400  # positions of an outline that a map can use
_ORDER = (
    ("outline", "stations"),
    ("streets",),
    ("district", "levels", "shifts", "rotations"),
    ("segments",),
    ("inlets", "road_list"),
    ("crews", "machines"),
)
"""What others stand on comes first; what is not named here comes last."""
_ZONES = (  # west, south, east, north: a clock to begin with, told and changeable
    (73.0, 18.0, 135.5, 54.0, "Asia/Shanghai"),
    (-9.6, 36.8, -6.1, 42.2, "Europe/Lisbon"),
    (-87.5, 24.0, -66.0, 50.0, "America/New_York"),
    (-102.0, 24.0, -87.5, 50.0, "America/Chicago"),
    (-114.0, 31.0, -102.0, 50.0, "America/Denver"),
    (-125.0, 32.0, -114.0, 50.0, "America/Los_Angeles"),
    (-8.7, 49.8, 1.8, 61.0, "Europe/London"),
    (-1.8, 42.0, 24.0, 58.0, "Europe/Berlin"),
)
_NOBODY_THERE = {"chief": NOBODY, "deputy": NOBODY, "phone": None}
Pair = tuple[FileTable, TableMapping]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A city made of others' files.

    Attributes
    ----------
    aside
        Every row that is not in it, with its place and the reason.
    told
        What was understood, mended or assumed.
    taken
        Rows of each of our tables that came from the files.
    listed
        The roads of the lists that were brought; ``None``: none was.
    before
        The district that they were tried upon.
    """

    city: City
    aside: tuple[RowError, ...]
    told: tuple[Message, ...]
    taken: Mapping[str, int]
    listed: tuple[ListedRoad, ...] | None = None
    before: City | None = None

    @property
    def is_named(self) -> bool:
        """Whether the district has a name."""
        return self.city.district.name not in ("", NOBODY)


def take_in(pairs: Sequence[Pair], current: City | None, wanted: Wanted) -> TakenIn:
    """The city of these tables; what they do not bring stays as it is.

    Parameters
    ----------
    pairs
        Each table with what it is said to be.
    current
        The district as it is; of none, and of a sample, nothing stays.

    Raises
    ------
    BadSheets
        Nothing can start from this: nothing is mapped, positions in no system, no street for the
        inlets.
    """
    told = [note for table, _ in pairs for note in table.notes]
    told += [_left_out(table) for table, mapping in pairs if not mapping.target]
    pairs = [pair for pair in pairs if pair[1].target]
    _complete(pairs)
    kept = current if current is not None and not current.district.sample else None
    tables = tables_of(kept or City(district=District(adcode="", name="")))
    work = Work(wanted, _zone(pairs, kept, wanted), tables)
    work.told += told
    first = {target for targets in _ORDER for target in targets}
    rest = tuple(target for target in TARGETS if target not in first)
    for step, targets in enumerate((*_ORDER, rest)):
        if step == 3:
            _begin(work, pairs)
        for table, mapping in pairs:
            if mapping.target in targets:
                _TAKE.get(mapping.target, _plain)(work, table, mapping)
    if work.taken["segments"] and not work.taken["inlets"]:
        put_on_streets(work)
        try_names_again(work)
    stations_of_segments(work)
    found = _finished(work)
    came = any(mapping.target == "road_list" for _, mapping in pairs)
    return replace(found, listed=tuple(work.listed)) if came else found


def _left_out(table: FileTable) -> Message:
    """That a table is not taken in, and how lines and areas could be."""
    shape = shape_of(table)
    code = "files.not_mapped" if shape in (None, "point") else f"files.not_mapped_{shape}"
    return Message(code, {"sheet": table.name, "n": table.count})


def _complete(pairs: Sequence[Pair]) -> None:
    if not pairs:
        raise refused("", "files.nothing_mapped")
    errors = tuple(
        RowError(table.name, None, None, "files.lacks", {"column": _said(mapping.target, column)})
        for table, mapping in pairs
        for column in mapping.missing(table)
    )
    if errors:
        raise BadSheets(errors)


def _said(target: str, name: str) -> str:
    """A column by both its names."""
    known = [column for column in TARGETS[target].columns if column.name == name]
    return f"{known[0].zh} ({name})" if known else "坐标 (position)"


def _zone(pairs: Sequence[Pair], kept: City | None, wanted: Wanted) -> ZoneInfo:
    """The district's clock: as it is said, as it was, else by where its files lie."""
    if wanted.zone:
        return ZoneInfo(wanted.zone)
    if kept is not None:
        return ZoneInfo(kept.district.time_zone)
    for table, mapping in pairs:
        if mapping.system is None:
            continue
        points = placed(
            positions(table, mapping.columns), system_of(mapping.system), table.name
        ).points
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            continue
        lon, lat = np.median(points, axis=0)
        for west, south, east, north, zone in _ZONES:
            if west <= lon <= east and south <= lat <= north:
                return ZoneInfo(zone)
    return ZoneInfo("Asia/Shanghai")


def _plain(work: Work, table: FileTable, mapping: TableMapping) -> None:
    """A table without geometry; one that names a station or shift by its name gets its id."""
    rows = rows_of(work, table, mapping)
    for column, target in (("station_id", "stations"), ("shift_id", "shifts")):
        names = {one.values.get("name"): one.values["id"] for one in work.tables[target].records}
        rows = [
            Record(row.row, {**row.values, column: names[row.values[column]]})
            if row.values.get(column) in names
            else row
            for row in rows
        ]
    work.put(mapping.target, table.name, titles(mapping), rows)


def _take_stations(work: Work, table: FileTable, mapping: TableMapping) -> None:
    points, bad = places_of(work, table, mapping)
    rows = rows_of(work, table, mapping, bad, **lon_lat(points))
    work.put(mapping.target, table.name, titles(mapping), rows)


def _take_outline(work: Work, table: FileTable, mapping: TableMapping) -> None:
    """The outer ring of the largest area."""
    if table.geometry is None:
        _take_stations(work, table, mapping)
        return
    parts = shapely.get_parts(shapely.get_parts(table.geometry))
    areas = parts[shapely.get_type_id(parts) == 3]
    if not len(areas) or mapping.system is None:
        raise refused(table.name, "files.no_system", sheet=table.name)
    if len(areas) > 1:
        work.tell("largest_area", sheet=table.name, n=len(areas))
    largest = areas[int(np.argmax(shapely.area(areas)))]
    ring = shapely.get_coordinates(shapely.get_exterior_ring(largest))[:-1]
    ring = ring[:: max(1, len(ring) // _RING)]
    points = placed(ring, system_of(mapping.system), table.name, work.near).points
    work.near = np.median(points, axis=0)
    rows = [
        Record(row, {"lon": lon, "lat": lat, "crs": "wgs84"})
        for row, (lon, lat) in enumerate(np.round(points, 7).tolist(), 1)
    ]
    work.put("outline", table.name, {}, rows)


_TAKE = {
    "outline": _take_outline,
    "stations": _take_stations,
    "streets": take_streets,
    "inlets": take_inlets,
    "road_list": take_road_list,
}


def _begin(work: Work, pairs: Sequence[Pair]) -> None:
    """What a district can't be without and no file brings: its name, a station, a shift."""
    (district,) = work.tables["district"].records or (Record(2, {}),)
    name = work.wanted.name or district.values.get("name") or NOBODY
    told = {
        **{column.name: column.blank for column in LAYOUT_BY_NAME["district"].columns},
        **district.values,
        "name": name,
        "adcode": work.wanted.adcode or district.values.get("adcode") or "",
        "time_zone": str(work.zone),
    }
    _set(work, "district", [Record(2, told)])
    work.tell("zone", zone=str(work.zone))
    if name == NOBODY:
        work.tell("no_name")
    assume_station(work)
    if not work.tables["shifts"].records:
        blanks = {column.name: column.blank for column in LAYOUT_BY_NAME["shifts"].columns}
        day = {"id": "D1", "name": "24h", "start": time(8), "end": time(8)}
        _set(work, "shifts", [Record(2, {**blanks, **day})])
        work.tell("assumed_shift")
    for table in ("crews", "machines"):
        if not work.tables[table].records and not any(m.target == table for _, m in pairs):
            work.tell("starts_empty", sheet=Message(f"setup.sheet_{table}"))


def assume_station(work: Work) -> None:
    """A station in the middle of what is known, where there is none."""
    if work.tables["stations"].records or work.near is None:
        return
    lon, lat = np.round(work.near, 7).tolist()
    station = {"id": "Z1", "name": NOBODY, "lon": lon, "lat": lat, "crs": "wgs84"}
    _set(work, "stations", [Record(2, whole("stations", station | _NOBODY_THERE))])
    work.tell("assumed_station")


def _set(work: Work, name: str, rows: list[Record]) -> None:
    layout = LAYOUT_BY_NAME[name]
    work.tables[name] = Table(layout, layout.zh, {}, tuple(rows))


def stations_of_segments(work: Work) -> None:
    """Each segment that names no station goes to the nearest."""
    stations = work.tables["stations"].records
    if not stations:
        return
    ids = [one.values["id"] for one in stations]
    places = np.array([(one.values["lon"], one.values["lat"]) for one in stations], dtype=float)
    rows = []
    for row in work.tables["segments"].records:
        if row.values.get("station_id") is None:
            middle = np.mean(row.values["line"], axis=0)
            wide = np.array([np.cos(np.radians(middle[1])), 1.0])
            near = int(np.argmin((((places - middle) * wide) ** 2).sum(axis=1)))
            row = Record(row.row, {**row.values, "station_id": ids[near]})
        rows.append(row)
    work.tables["segments"] = replace(work.tables["segments"], records=tuple(rows))


def _finished(work: Work) -> TakenIn:
    """The city, once every row that contradicts another is kept aside."""
    for _ in range(_PASSES):
        errors = list(check_city(work.tables))
        if not errors:
            break
        whole = [error for error in errors if error.row is None]
        if whole:
            raise BadSheets(tuple(whole))
        work.aside += errors
        bad = {(error.sheet, error.row) for error in errors}
        for name, table in work.tables.items():
            kept = tuple(row for row in table.records if (table.title, row.row) not in bad)
            work.tables[name] = replace(table, records=kept)
    else:
        raise BadSheets(tuple(errors))
    taken = {name: len(work.tables[name].records) for name in work.taken}
    return TakenIn(
        city=city_of(work.tables),
        aside=tuple(work.aside),
        told=tuple(work.told),
        taken=taken,
    )
