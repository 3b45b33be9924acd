"""References by name: whoever writes 白班 or 西宁一班 where an id is wanted means the one that
bears it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from data.sheets.checks import Record, Table
from data.sheets.columns import Column
from data.sheets.words import ABSENCE_WORDS

NAME_OF = {"segments": "road", "machines": "plate", "drivers": "post"}
"""The column by which people call what stands in a table, where it is not ``name``."""
TARGETS = {
    ("roster", "duty"): ("shifts",),
    ("roster", "swap_with"): ("crews", "drivers", "people"),
    ("named_posts", "first_id"): ("crews", "people"),
    ("named_posts", "second_id"): ("crews", "people"),
}
"""Columns that point to one of several tables, or hold words too."""


def with_ids(tables: Mapping[str, Table]) -> dict[str, Table]:
    """The tables with the id for each name that one row alone bears, and that is no id itself."""
    found = dict(tables)
    for name, table in tables.items():
        for column in table.layout.columns:
            own = (column.target,) if column.target else ()
            targets = TARGETS.get((name, column.name), own)
            ids = _by_name(tables[one] for one in targets if one in tables)
            found[name] = _told(found[name], column, ids) if ids else found[name]
    return found


def _by_name(targets: Iterable[Table]) -> dict[object, object]:
    """Ids by the names that one row alone bears."""
    rows = [
        (record.values.get("id"), record.values.get(NAME_OF.get(table.layout.name, "name")))
        for table in targets
        for record in table.records
    ]
    borne, ids = Counter(name for _, name in rows), {own for own, _ in rows}
    return {
        name: own
        for own, name in rows
        if own and name and borne[name] == 1 and name not in ids and name not in ABSENCE_WORDS
    }


def _told(table: Table, column: Column, ids: Mapping[object, object]) -> Table:
    def with_id(record: Record) -> Record:
        own = record.values.get(column.name)
        if not isinstance(own, str) or own not in ids:
            return record
        return replace(record, values={**record.values, column.name: ids[own]})

    return replace(table, records=tuple(map(with_id, table.records)))
