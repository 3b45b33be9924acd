"""Rows of others' tables as rows of ours: values converted, positions placed, what is missing
assumed and told, bad rows kept aside with their place.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from data.coordinates import UnknownSystem, system_of, unit_of
from data.errors import RowError
from data.files.raw import Raw
from data.files.table import FileTable
from data.model.message import Message
from data.model.street.listed_roads import ListedRoad
from data.sheets.checks import Record, Table
from data.sheets.columns import Column
from data.sheets.convert import converter, is_nothing
from data.sheets.foreign.free_tables import refused
from data.sheets.foreign.mapping import TableMapping, positions
from data.sheets.foreign.positions import placed
from data.sheets.foreign.synonyms import TARGETS
from data.sheets.layout import LAYOUTS

NOBODY = "待定"
"""What stands where there is nobody yet; the page of set-up asks for it."""
SIZE = 2
"""People of a crew of which nobody says how many: the least that may work on a carriageway (an
assumption).
"""
SHARE_OWN = 0.5
"""Of a column of ids, fewer of its own than this are none; of a second table, more than this that
the first one has are other things' (assumptions): a few that come twice are mistakes.
"""
LAYOUT_BY_NAME = {layout.name: layout for layout in LAYOUTS}
_MERIDIANS = {
    "Asia/Shanghai": 120.0,
    "Europe/Lisbon": 0.0,
    "America/New_York": -75.0,
    "America/Chicago": -90.0,
    "America/Denver": -105.0,
    "America/Los_Angeles": -120.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is said about the district besides its files.

    Attributes
    ----------
    zone
        The district's time zone; blank: that of the tables before, else by its place.
    snap_m
        So far from a street an inlet may lie.
    listed
        The roads of the list that was taken in before: new streets may bear their names.
    """

    name: str = ""
    adcode: str = ""
    zone: str = ""
    snap_m: float = 60.0
    listed: tuple[ListedRoad, ...] = ()


@dataclass(slots=True)
class Work:
    """What is gathered on the way."""

    wanted: Wanted
    zone: ZoneInfo
    tables: dict[str, Table]
    near: np.ndarray | None = None
    aside: list[RowError] = field(default_factory=list)
    told: list[Message] = field(default_factory=list)
    taken: Counter[str] = field(default_factory=Counter)
    listed: list[ListedRoad] = field(default_factory=list)

    def tell(self, code: str, **facts: object) -> None:
        self.told.append(Message(f"files.{code}", facts))

    def put(self, name: str, title: str, headings: Mapping[str, str], rows: list[Record]) -> None:
        """Rows of one of our tables; a second file adds to the first."""
        before = self.tables[name].records if self.taken[name] else ()
        self.tables[name] = Table(LAYOUT_BY_NAME[name], title, headings, (*before, *rows))
        self.taken[name] += len(rows)

    def ids(self, name: str) -> set[object]:
        return {record.values.get("id") for record in self.tables[name].records}


def places_of(work: Work, table: FileTable, mapping: TableMapping) -> tuple[np.ndarray, np.ndarray]:
    """Each row's place in WGS-84, and which rows have none; those are kept aside."""
    given = positions(table, mapping.columns)
    if mapping.system is None:
        raise refused(table.name, "files.no_system", sheet=table.name)
    try:
        system = system_of(mapping.system)
    except UnknownSystem as error:
        raise refused(table.name, "files.unknown_system", text=str(error)) from error
    meridian = _MERIDIANS.get(str(work.zone)) if work.wanted.zone else None
    found = placed(given, system, table.name, work.near, meridian)
    work.told += found.notes
    _tell_how(work, table, system)
    nowhere = ~np.isfinite(found.points).all(axis=1)
    for rows, code in ((nowhere, "files.no_position"), (found.far & ~nowhere, "files.far_off")):
        for row in np.flatnonzero(rows).tolist():
            facts: dict[str, object] = {"lon": _shown(given[row, 0]), "lat": _shown(given[row, 1])}
            work.aside.append(RowError(table.name, table.places[row], None, code, facts))
    bad = nowhere | found.far
    if work.near is None and (~bad).any():
        work.near = np.median(found.points[~bad], axis=0)
    return found.points, bad


def _tell_how(work: Work, table: FileTable, system: str) -> None:
    """That figures were in another unit, or that only the middle of things counts."""
    if unit := unit_of(system):
        work.tell("in_unit", sheet=table.name, unit=unit)
    if table.geometry is not None:
        wide = int((shapely.get_type_id(table.geometry) > 0).sum())
        if wide:
            work.tell("middles", sheet=table.name, n=wide)


def _shown(value: float) -> object:
    return None if np.isnan(value) else round(float(value), 6)


def values_of(work: Work, table: FileTable, mapping: TableMapping) -> dict[str, list[object]]:
    """Our columns' values row by row; what can't be meant is told once for each column."""
    layout = TARGETS[mapping.target]
    found: dict[str, list[object]] = {}
    for one in mapping.columns:
        column = layout.column(one.column)
        if column.name in ("lon", "lat", "wkt"):
            continue
        raws = table.column(one.heading)
        convert = converter(column, one.unit, table.sample(one.heading), work.zone)
        read: dict[tuple[type, Raw], object] = {}
        values = []
        for raw in raws:
            key = (type(raw), raw)
            if key not in read:
                read[key] = None if is_nothing(raw) else convert(raw)
            values.append(read[key])
        found[column.name] = values
        bad = [at for at, value in enumerate(values) if value is None and not is_nothing(raws[at])]
        if bad:
            work.tell(
                "not_understood",
                sheet=table.name,
                heading=one.heading,
                n=len(bad),
                row=table.places[bad[0]],
                value=str(raws[bad[0]])[:40],
            )
    return found


def rows_of(
    work: Work,
    table: FileTable,
    mapping: TableMapping,
    bad: np.ndarray | None = None,
    **more: Sequence[object],
) -> list[Record]:
    """Records of one table; a row without what it needs is kept aside."""
    layout = LAYOUT_BY_NAME[mapping.target]
    values = {**values_of(work, table, mapping), **more}
    if any(column.name == "id" for column in layout.columns):
        values["id"] = _own_ids(work, table, layout.name, values.get("id"))
    columns = [
        (column, values.get(column.name) or _assumed(work, table, column, values))
        for column in layout.columns
    ]
    records = []
    for row, place in enumerate(table.places):
        if bad is not None and bad[row]:
            continue
        told: dict[str, Any] = {}
        for column, held in columns:
            value = held[row]
            if value is not None:
                told[column.name] = value
            elif not column.needed:
                told[column.name] = column.blank
            else:
                heading = mapping.heading(column.name) or column.zh
                work.aside.append(RowError(table.name, place, heading, "sheets.blank", {}))
                break
        else:
            records.append(Record(place, told))
    return records


def _own_ids(
    work: Work, table: FileTable, target: str, told: Sequence[object] | None
) -> Sequence[object]:
    """An id for each row: as the file has it, unless it names something else than the row, and
    behind the table's name where others of the same kind bear the same.
    """
    ids = _numbered(work, table) if told is None else told
    said = [one for one in ids if one is not None]
    if len(set(said)) < SHARE_OWN * len(said):
        work.tell("ids_repeat", sheet=table.name)
        ids = said = [f"{place}" for place in table.places]
    taken = work.ids(target) if work.taken[target] else set()
    if taken and sum(one in taken for one in said) > SHARE_OWN * len(said):
        work.tell("ids_by_table", sheet=table.name)
        ids = [None if one is None else f"{table.name}-{one}" for one in ids]
    return ids


def _assumed(
    work: Work, table: FileTable, column: Column, values: Mapping[str, Sequence[object]]
) -> Sequence[object]:
    """A column that nothing fills: what its blank means, else what can be assumed of it, which is
    told.
    """
    count = table.count
    if column.name == "cleared_at":
        work.tell("assumed_cleared", sheet=table.name)
        return values["reported_at"]
    if not column.needed:
        return [column.blank] * count
    if column.name == "name":
        return values.get("id") or _numbered(work, table)
    assumed: Mapping[str, object] = {
        "chief": NOBODY,
        "deputy": NOBODY,
        "leader": NOBODY,
        "post": NOBODY,
        "plate": NOBODY,
        "size": SIZE,
        "importance": 2,
        "start_name": "—",
        "end_name": "—",
        "station_id": _only(work, "stations"),
        "shift_id": _only(work, "shifts"),
    }
    value = assumed.get(column.name)
    if value is not None:
        said = f"{column.zh} ({column.name})"
        work.tell("assumed", sheet=table.name, column=said, value=str(value))
    return [value] * count


def _numbered(work: Work, table: FileTable) -> list[str]:
    work.tell("numbered", sheet=table.name)
    return [f"{place}" for place in table.places]


def _only(work: Work, name: str) -> object:
    """The first of a table, for rows that do not say which."""
    records = work.tables[name].records
    return records[0].values.get("id") if records else None


def whole(name: str, told: Mapping[str, object]) -> dict[str, object]:
    """Values of a row with what a blank means in each column that is not told."""
    blanks = {column.name: column.blank for column in LAYOUT_BY_NAME[name].columns}
    return {**blanks, **told}


def titles(mapping: TableMapping) -> dict[str, str]:
    """Their headings by our columns."""
    return {one.column: one.heading for one in mapping.columns}


def lon_lat(points: np.ndarray) -> dict[str, Sequence[object]]:
    rounded = np.round(points, 8)
    return {
        "lon": rounded[:, 0].tolist(),
        "lat": rounded[:, 1].tolist(),
        "crs": ["wgs84"] * len(points),
    }
