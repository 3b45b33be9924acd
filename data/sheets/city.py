"""The city as tables that people keep: Excel or a folder of CSV, in Chinese or English, there and
back without loss.

Reading is all or nothing: whatever is wrong is collected, one `RowError` for each, and nothing
half-read is given out.
"""

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from data.errors import BadSheets, RowError
from data.files.grids import Grid, read_grids
from data.files.headings import LOOKED_AT, filled_down
from data.files.raw import BadFile, Raw, is_blank
from data.geo import to_wgs84
from data.model.city import (
    TABLES,
    City,
    District,
    Position,
)
from data.model.levels import DEFAULT_LEVELS
from data.sheets.cells import BadCell
from data.sheets.checks import Record, Table, check_city
from data.sheets.columns import REMARKS, Column, Layout, key
from data.sheets.convert import scaled
from data.sheets.foreign.units import OURS, factor, unit_in
from data.sheets.layout import LAYOUTS
from data.sheets.names import with_ids

__all__ = ["BadSheets", "RowError", "read_city", "write_city"]
MAX_ERRORS = 500
LEAST_KNOWN = 2
"""A row with so many known headings holds the headings: a title names one at most."""
_HOME = ZoneInfo("Asia/Shanghai")


def read_city(path: Path) -> City:
    """The city that a workbook or a folder of CSV describes.

    Raises
    ------
    BadSheets
        With everything that is wrong, up to `MAX_ERRORS`; no more than the first for a file that
        can't be read at all.
    """
    try:
        grids = read_grids(Path(path))
    except BadFile as error:
        raise BadSheets(
            (RowError(Path(path).name, None, None, error.code, error.facts),)
        ) from error
    found, errors = _match(grids, Path(path))
    zone, problems = _zone(found)
    errors += problems
    tables: dict[str, Table] = {}
    for layout in LAYOUTS:
        if layout.name in found:
            tables[layout.name], problems = _read_table(layout, found[layout.name], zone)
            errors += problems
    tables = with_ids(tables)
    errors += check_city(tables)
    if errors:
        raise BadSheets(_in_order(errors, tables))
    return city_of(tables)


def write_city(city: City, path: Path, lang: str = "zh") -> None:
    """Write the city's tables: a workbook when ``path`` ends in ``.xlsx``, else a folder of CSV
    (made where missing).

    Texts that a spreadsheet would take for a formula get an apostrophe in front, which reading
    takes away again. A file is there as a whole or as it was before.

    Parameters
    ----------
    lang
        ``zh`` or ``en``: headings and the words for kinds. File names are English.
    """
    path = Path(path)
    zone = ZoneInfo(city.district.time_zone)
    if path.suffix.lower() == ".xlsx":
        _replace(path, lambda temporary: _workbook(city, lang, zone).save(temporary))
        return
    path.mkdir(parents=True, exist_ok=True)
    for layout in LAYOUTS:
        lines: list[list] = [_headings(layout, lang), *_lines(layout, city, lang, zone)]
        _replace(path / f"{layout.name}.csv", partial(_write_csv, lines=lines))


def _match(grids: Iterable[Grid], path: Path) -> tuple[dict[str, Grid], list[RowError]]:
    """Which grid is which table."""
    names = _table_names()
    found: dict[str, Grid] = {}
    errors = []
    for grid in grids:
        name = names.get(key(grid.name))
        if name is None:
            errors += _unknown_sheet(grid, names)
        elif name in found:
            errors.append(
                RowError(grid.name, None, None, "sheets.sheet_twice", {"first": found[name].name})
            )
        else:
            found[name] = grid
    if not found:
        raise BadSheets((RowError(path.name, None, None, "sheets.no_tables", {"path": path.name}),))
    errors += [
        RowError(layout.zh, None, None, "sheets.missing_sheet", {"sheet": _both_names(layout)})
        for layout in LAYOUTS
        if layout.needed and layout.name not in found
    ]
    return found, errors


def _table_names() -> dict[str, str]:
    """The tables by every name that a sheet or file of theirs may bear, as `key` gives it."""
    return {
        key(word): layout.name
        for layout in LAYOUTS
        for word in (layout.name, layout.zh, *layout.aliases)
    }


def _unknown_sheet(grid: Grid, names: Mapping[str, str]) -> list[RowError]:
    """That a sheet is no table of ours, with the nearest that is; remarks and blanks may stand."""
    name = key(grid.name)
    if not grid.rows or name in REMARKS or name == "readme":
        return []
    near = get_close_matches(name, names, n=1, cutoff=0.0)
    return [RowError(grid.name, None, None, "sheets.unknown_sheet", {"near": near[0]})]


def _zone(found: Mapping[str, Grid]) -> tuple[ZoneInfo, list[RowError]]:
    """The zone that instants are written in: needed before any other table can be read."""
    if "district" not in found:
        return _HOME, []
    table, _ = _read_table(LAYOUTS[0], found["district"], _HOME)
    for record in table.records:
        name = record.values.get("time_zone")
        try:
            return ZoneInfo(str(name)) if name else _HOME, []
        except (KeyError, ValueError, OSError):  # an unknown key, a path, a folder
            return _HOME, [table.error(record, "time_zone", "sheets.no_such_zone", value=name)]
    return _HOME, []


def _read_table(layout: Layout, grid: Grid, zone: ZoneInfo) -> tuple[Table, list[RowError]]:
    if not grid.rows:
        return Table(layout, grid.name, {}, ()), [
            RowError(grid.name, None, None, "sheets.no_headings", {})
        ]
    grid = _from_headings(layout, grid)
    (at, headings), *lines = grid.rows
    columns, errors = _columns(layout, grid.name, at, headings)
    named = {column.name: str(headings[place]).strip() for place, column in columns.items()}
    factors, problems = _units(grid.name, at, headings, columns)
    errors += problems
    table = Table(layout, grid.name, named, ())
    records = []
    for row, line in lines:
        values, problems = _read_row(table, row, line, columns, factors, zone)
        records.append(Record(row, values))
        errors += problems
        if len(errors) > MAX_ERRORS:
            break
    errors += _without_heading(grid)
    return Table(layout, grid.name, table.headings, tuple(records)), errors


def _from_headings(layout: Layout, grid: Grid) -> Grid:
    """The grid from the row of its headings on, below a title, and with what stands in a joined
    cell in each of its rows.
    """
    rows, _ = filled_down(grid, list(grid.rows))
    known = [
        len({key(cell) for cell in cells if not is_blank(cell)} & layout.known.keys())
        for _, cells in rows[:LOOKED_AT]
    ]
    most = max(known)
    start = known.index(most) if most >= min(LEAST_KNOWN, len(layout.columns)) else 0
    return replace(grid, rows=tuple(rows[start:]))


def _without_heading(grid: Grid) -> list[RowError]:
    """The columns that hold something under no heading."""
    (_, headings), *lines = grid.rows
    unnamed = {
        place
        for _, line in lines
        for place, raw in enumerate(line)
        if not is_blank(raw) and (place >= len(headings) or is_blank(headings[place]))
    }
    return [
        RowError(grid.name, None, get_column_letter(place + 1), "sheets.no_heading", {})
        for place in sorted(unnamed)
    ]


def _columns(
    layout: Layout, title: str, row: int, headings: tuple[Raw, ...]
) -> tuple[dict[int, Column], list[RowError]]:
    """Which place holds which column."""
    columns: dict[int, Column] = {}
    errors = []
    for place, heading in enumerate(headings):
        if is_blank(heading) or key(heading) in REMARKS:
            continue
        written = str(heading).strip()
        column = layout.known.get(key(heading))
        if column is None:
            near: dict[str, object] = {"near": _both_names(_nearest_column(layout, written))}
            errors.append(RowError(title, row, written[:40], "sheets.unknown_heading", near))
        elif column in columns.values():
            errors.append(RowError(title, row, written, "sheets.heading_twice"))
        else:
            columns[place] = column
    errors += [
        RowError(title, None, column.zh, "sheets.missing_column", {"heading": _both_names(column)})
        for column in layout.columns
        if column.needed and column not in columns.values()
    ]
    return columns, errors


def _nearest_column(layout: Layout, heading: str) -> Column:
    near = get_close_matches(key(heading), layout.known, n=1, cutoff=0.0)
    return layout.known[near[0]] if near else layout.columns[0]


def _both_names(named: Layout | Column) -> str:
    return f"{named.zh} ({named.name})"


def _units(
    title: str, row: int, headings: tuple[Raw, ...], columns: Mapping[int, Column]
) -> tuple[dict[int, float], list[RowError]]:
    """By how much the figures of a place are multiplied, where its heading names another unit."""
    factors: dict[int, float] = {}
    errors = []
    for place, column in columns.items():
        ours = OURS.get(column.name)
        heading = str(headings[place]).strip()
        if ours is None or (unit := unit_in(heading)) == "":
            continue
        by = None if unit is None else factor(unit, ours)
        if by is None:
            errors.append(RowError(title, row, heading, "sheets.heading_unit", {"unit": ours}))
        elif by != 1.0:
            factors[place] = by
    return factors, errors


def _read_row(
    table: Table,
    row: int,
    line: tuple[Raw, ...],
    columns: Mapping[int, Column],
    factors: Mapping[int, float],
    zone: ZoneInfo,
) -> tuple[dict[str, object], list[RowError]]:
    values = {column.name: column.blank for column in table.layout.columns if not column.needed}
    errors = []
    for place, column in columns.items():
        raw = line[place] if place < len(line) else None
        try:
            if not is_blank(raw):
                raw = scaled(raw, factors[place]) if place in factors else raw
                values[column.name] = column.cell.read(raw, zone)
            elif column.needed:
                raise BadCell("sheets.blank")
        except BadCell as error:
            values.pop(column.name, None)
            errors.append(table.error(Record(row, {}), column.name, error.code, **error.facts))
    return values, errors


def _in_order(errors: list[RowError], tables: Mapping[str, Table]) -> tuple[RowError, ...]:
    places = {table.title: place for place, table in enumerate(tables.values())}
    ordered = sorted(errors, key=lambda error: (places.get(error.sheet, -1), error.row or 0))
    if len(ordered) > MAX_ERRORS:
        ordered = [
            *ordered[:MAX_ERRORS],
            RowError("…", None, None, "sheets.more_errors", {"limit": MAX_ERRORS}),
        ]
    return tuple(ordered)


def tables_of(city: City) -> dict[str, Table]:
    """The tables of a city as if they had been read: the other way round from `city_of`."""
    return {
        layout.name: Table(
            layout,
            layout.zh,
            {},
            tuple(
                Record(row, {column.name: _value(thing, column) for column in layout.columns})
                for row, thing in enumerate(_things(layout, city), 2)
            ),
        )
        for layout in LAYOUTS
    }


def city_of(tables: Mapping[str, Table]) -> City:
    """The city that tables describe; nothing contradicts itself in them (`check_city`)."""

    def values(name: str) -> Iterator[dict[str, Any]]:
        return (
            _placed(record.values) for record in (tables[name].records if name in tables else ())
        )

    outline = tuple(row["position"] for row in values("outline"))
    things = {name: tuple(cls(**row) for row in values(name)) for name, cls in TABLES.items()}
    return City(
        district=District(**next(values("district")), outline=outline),
        **(things | {"levels": things["levels"] or DEFAULT_LEVELS}),
    )


def _placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a row with its positions in WGS-84."""

    def place(given: Position) -> Position:
        if values["crs"] == "wgs84":
            return given
        lon, lat = to_wgs84(given, str(values["crs"]))
        return round(lon, 8), round(lat, 8)  # a millimetre: more is the noise of the way back

    rest = {name: value for name, value in values.items() if name not in ("lon", "lat", "crs")}
    if "lon" in values:
        rest["position"] = place((values["lon"], values["lat"]))
    if "line" in values:
        rest["line"] = tuple(place(given) for given in values["line"])
    return rest


def _headings(layout: Layout, lang: str) -> list[str]:
    return [column.heading(lang) for column in layout.columns]


def _lines(
    layout: Layout, city: City, lang: str, zone: ZoneInfo
) -> Iterator[list[str | int | float]]:
    for thing in _things(layout, city):
        yield [_cell(thing, column, lang, zone) for column in layout.columns]


def _things(layout: Layout, city: City) -> Iterable[object]:
    if layout.name == "outline":
        return [{"position": place} for place in city.district.outline]
    return (city.district,) if layout.name == "district" else getattr(city, layout.name)


def _cell(thing: object, column: Column, lang: str, zone: ZoneInfo) -> str | int | float:
    value = _value(thing, column)
    return "" if value is None else column.cell.write(value, lang, zone)


def _value(thing: object, column: Column) -> Any:
    if column.name == "crs":
        return "wgs84"
    if column.name in ("lon", "lat"):
        place = thing["position"] if isinstance(thing, dict) else thing.position  # type: ignore[attr-defined]
        return place[column.name == "lat"]
    return getattr(thing, column.name)


def _write_csv(path: Path, lines: Iterable[list]) -> None:
    """UTF-8 with its mark: without one, Chinese Excel reads GBK."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)


def _workbook(city: City, lang: str, zone: ZoneInfo) -> Workbook:
    book = Workbook(write_only=True)
    for layout in LAYOUTS:
        sheet = book.create_sheet(layout.title(lang))
        sheet.freeze_panes = "A2"
        headings = _headings(layout, lang)
        for place, heading in enumerate(headings):
            sheet.column_dimensions[get_column_letter(place + 1)].width = max(
                12, 2 * len(heading) + 4
            )
        sheet.append([_typed(sheet, heading, bold=True) for heading in headings])
        for line in _lines(layout, city, lang, zone):
            sheet.append([_typed(sheet, value) for value in line])
    return book


def _typed(sheet: WriteOnlyWorksheet, value: str | int | float, *, bold: bool = False) -> Cell:
    """A cell whose text stays text: Excel turns ``3-5`` into a day and ``007`` into 7 otherwise.

    A number with more digits than a workbook keeps is written as text, so that it comes back as it
    was.
    """
    if isinstance(value, float) and float(f"{value:.16g}") != value:
        value = repr(value)
    cell = WriteOnlyCell(sheet, value if value != "" else None)
    if isinstance(value, str) and value:
        cell.data_type = "s"
        cell.number_format = "@"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _replace(path: Path, write: Callable[[Path], None]) -> None:
    """Write beside, then put in place: whoever reads meanwhile sees the old file or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    try:
        write(Path(name))
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
