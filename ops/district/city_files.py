"""Files that a city has, taken in as its district: read, mapped with what was said of earlier
files, tried, and put in the place of the tables before.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

import numpy as np

from data.errors import RowError
from data.files.table import FileTable
from data.model.city import City
from data.model.message import Message
from data.model.street.streets import Street
from data.sheets.cells import guard
from data.sheets.foreign.centrelines import centrelines_of, segment_lines
from data.sheets.foreign.mapping import (
    ColumnMapping,
    TableMapping,
    column_of,
    propose,
    propose_as,
    shape_of,
    signature,
    told_by_streets,
    with_system,
)
from data.sheets.foreign.synonyms import TARGETS
from data.sheets.foreign.take_in import TakenIn, take_in
from data.sheets.foreign.take_in_rows import Wanted
from data.store.store import Store
from ops.auth.audit import atomic
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid
from ops.base.messages import Translator
from ops.district import listed_roads
from ops.district.tables import replace_city

KEPT = "file_mappings"
"""Where the store keeps what was said of files, by the signature of their headings."""
MOST_KEPT = 200
MOST_NAMED = 8  # roads without a place; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSettings:
    """Files that a city has, when they are taken in.

    Attributes
    ----------
    snap_m
        So far from the nearest street, in metres, an inlet may lie; one that lies farther is kept
        aside and told (60: an assumption, half a wide crossing and what surveys differ by).
    """

    snap_m: float = 60.0

    def __post_init__(self) -> None:
        if not 1 <= self.snap_m <= 5000:
            raise ValueError("snap_m must lie in 1 to 5000")


def proposed(store: Store, tables: Sequence[FileTable]) -> tuple[TableMapping, ...]:
    """What each table most likely is, by what was said of files with the same headings first; in
    which system inlets are that does not say it, by the streets that came with it, else by those
    of the district as it is.
    """
    kept = store.settings.get(KEPT)
    known: dict[str, TableMapping] = {}
    for name, told in (kept if isinstance(kept, dict) else {}).items():
        columns = tuple(ColumnMapping(**{**one, "confidence": 1.0}) for one in told["columns"])
        known[name] = TableMapping(**{**told, "columns": columns, "confidence": 1.0})
    found = propose(tables, known)
    pairs = list(zip(tables, found, strict=True))
    lines = _streets(pairs)
    if not len(lines) and not store.is_empty():
        lines = segment_lines(store.city())
    return tuple(told_by_streets(table, mapping, lines) for table, mapping in pairs)


def _streets(pairs: Iterable[tuple[FileTable, TableMapping]]) -> np.ndarray:
    """The lines of the street tables whose system is known, in WGS-84."""
    found = [
        centrelines_of(table, mapping.system).lines
        for table, mapping in pairs
        if mapping.target in ("streets", "segments")
        and mapping.system
        and shape_of(table) == "line"
    ]
    return np.concatenate(found) if found else np.array([], dtype=object)


def keep(store: Store, tables: Sequence[FileTable], mappings: Sequence[TableMapping]) -> None:
    """Keep what was said for the next files with these headings; the oldest give way."""
    before = store.settings.get(KEPT)
    kept = dict(before) if isinstance(before, dict) else {}
    for table, mapping in zip(tables, mappings, strict=True):
        own = signature(table)
        kept.pop(own, None)
        kept[own] = asdict(replace(mapping, remembered=False))
    store.settings.save(KEPT, dict(list(kept.items())[-MOST_KEPT:]))


def changed(
    table: FileTable,
    mapping: TableMapping,
    *,
    target: str | None = None,
    system: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> TableMapping:
    """A mapping as somebody wants it.

    Parameters
    ----------
    target
        Our table; blank: left out.
    columns
        Their heading by our column; blank: filled by none.

    Raises
    ------
    Invalid
        There is no such table, column or heading.
    """
    if target is not None and target != mapping.target:
        if target and target not in TARGETS:
            raise Invalid("files.no_such_target", target=target, known=tuple(TARGETS))
        mapping = propose_as(table, target)
    if system:
        mapping = with_system(table, mapping, system)
    for name, heading in (columns or {}).items():
        ours = TARGETS[mapping.target].columns if mapping.target else ()
        known = [column.name for column in ours]
        if name not in known:
            raise Invalid("files.no_such_column", column=name, known=tuple(known))
        if heading and heading not in table.headings:
            raise Invalid("files.no_such_heading", heading=heading, known=table.headings)
        if heading == mapping.heading(name):
            continue
        rest = [one for one in mapping.columns if one.column != name and one.heading != heading]
        if heading:
            rest.append(column_of(table, mapping.target, name, heading))
        mapping = replace(mapping, columns=tuple(rest))
    return mapping


def tried(
    pairs: Sequence[tuple[FileTable, TableMapping]],
    current: City | None,
    wanted: Wanted,
    streets: Sequence[Street] = (),
) -> TakenIn:
    """The district that would come of it; nothing is changed.

    Parameters
    ----------
    streets
        The street map: listed roads that no segment is called by go along its streets.

    Raises
    ------
    BadSheets
        None can.
    """
    found = take_in(pairs, current, wanted)
    roads = wanted.listed if found.listed is None else found.listed
    put = listed_roads.put_by_name(found.city, roads, streets)
    told = [*found.told, *put.told]
    if put.count:
        told.append(Message("files.by_street_map", {"n": put.count}))
    if lost := [one.road for one in listed_roads.without_place(roads, put.city)]:
        facts = {"n": len(lost), "roads": tuple(lost[:MOST_NAMED])}
        told.append(Message("files.waiting", facts))
    return replace(found, city=put.city, told=tuple(told), before=current)


@atomic
def taken(
    store: Store,
    actor: Actor,
    tables: Sequence[FileTable],
    mappings: Sequence[TableMapping],
    found: TakenIn,
    now: datetime,
) -> None:
    """Take what was tried, and keep how it was mapped: all of it or nothing.

    Raises
    ------
    PermissionDenied
        ``actor`` may not.
    Invalid
        Nobody has said what the district is called.
    Conflict
        The tables are not those any more that it was tried upon.
    """
    require(actor, Action.REPLACE_CITY)
    if not found.is_named:
        raise Invalid("files.name_wanted")
    if found.before != (None if store.is_empty() else store.tables()):
        raise Conflict("files.changed_meanwhile")
    if found.listed is not None:
        listed_roads.keep(store, found.listed)
    replace_city(store, actor, found.city, now)
    keep(store, tables, mappings)


def aside_table(tables: Sequence[FileTable], aside: Sequence[RowError], t: Translator) -> bytes:
    """The rows that were kept aside, as they are written, with the reason: CSV for Excel."""
    by_name = {table.name: table for table in tables}
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    rows = {
        name: {place: at for at, place in enumerate(table.places)}
        for name, table in by_name.items()
    }
    for error in aside:
        table = by_name.get(error.sheet)
        at = rows[error.sheet].get(error.row or 0) if table else None
        cells = [] if table is None or at is None else [column[at] for column in table.columns]
        why = t.message(error.message)
        written = [guard(str("" if cell is None else cell)) for cell in cells]
        writer.writerow([guard(error.sheet), error.row, guard(error.column or ""), why, *written])
    return out.getvalue().encode("utf-8-sig")
