"""Tables that others have made, whatever their headings, encoding or divider: CSV and workbooks.

One bad row never hides its neighbours: it is told with its line and left out.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from data.errors import BadSheets, RowError
from data.files.grids import OLD_EXCEL, ZIPPED, read_grids
from data.files.raw import BadFile, plain
from data.files.texts import Row, decoded, rows_of_text
from data.files.web_tables import is_web_table

MAX_BYTES = 300_000_000
MOST_TOLD = 20
"""So many bad rows are told one by one."""
SAMPLE = 400
_UNITS = re.compile(r"[（(\[【].*?[)）\]】]")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.ASCII)


@dataclass(slots=True)
class Faults:
    """The bad rows of one file."""

    sheet: str
    count: int = 0
    told: list[RowError] = field(default_factory=list)

    def add(self, line: int, column: str | None, code: str, **facts: object) -> None:
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(RowError(self.sheet, line, column, code, facts))


@dataclass(frozen=True, slots=True)
class FreeTable:
    """A table: its headings as they are written (blank where there are none), its rows, and what is
    wrong with some.
    """

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    faults: Faults

    @property
    def sample(self) -> Sequence[list[str]]:
        """Some rows from all over the table."""
        step = max(1, len(self.rows) // SAMPLE)
        return [cells for _, cells in self.rows[::step]]

    def column(self, number: int) -> list[str]:
        """What stands in a column of the sample, but blanks."""
        cells = (row[number] for row in self.sample if number < len(row))
        return [cell for cell in cells if cell]


def refused(name: str, code: str, **facts: object) -> BadSheets:
    """A file that can't be used at all."""
    return BadSheets((RowError(name, None, None, code, facts),))


def read_table(path: Path, is_heading: Callable[[list[str]], bool]) -> FreeTable:
    """A file as a table.

    Parameters
    ----------
    is_heading
        Whether a row holds headings: the first that has two cells is asked.

    Raises
    ------
    BadSheets
        It can't be read, or there is nothing in it.
    """
    rows = [row for row in _rows(path) if any(row[1])]
    start = next((i for i, (_, cells) in enumerate(rows) if len(list(filter(None, cells))) > 1), 0)
    rows = rows[start:]
    if not rows:
        raise refused(path.name, "sheets.empty_file", path=path.name)
    width = max(len(cells) for _, cells in rows[:SAMPLE])
    headings = [""] * width
    if is_heading(rows[0][1]):
        headings[: len(rows[0][1])] = rows[0][1]
        rows = rows[1:]
    return FreeTable(path.name, tuple(headings), tuple(rows), Faults(path.name))


def _rows(path: Path) -> Iterable[Row]:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise refused(path.name, "sheets.too_big", path=path.name, limit=MAX_BYTES // 10**6)
        if content.startswith((ZIPPED, OLD_EXCEL)) or is_web_table(content):
            return _rows_of_workbook(path)
    except OSError as error:
        detail = error.strerror or str(error)
        raise refused(path.name, "sheets.unreadable", path=str(path), detail=detail) from error
    except BadFile as error:
        raise refused(path.name, error.code, **error.facts) from error
    return rows_of_text(decoded(content))


def _rows_of_workbook(path: Path) -> list[Row]:
    grid = next((grid for grid in read_grids(path) if len(grid.rows) > 1), None)
    rows = grid.rows if grid else ()
    return [(line, [_written(cell) for cell in cells]) for line, cells in rows]


def _written(cell: object) -> str:
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else plain(str(cell))


def heading_key(heading: str) -> str:
    """A heading without its unit, its case and its blanks, to be compared."""
    bare = plain(_UNITS.sub("", heading)).lower()
    return re.sub(r"[\s\-./]+", "_", bare).strip("_:：")


def find_column(
    headings: Sequence[str], ways: Iterable[str], taken: Iterable[int] = ()
) -> int | None:
    """The column that is called by the first of these ways (regular expressions for the whole
    heading).
    """
    keys = [heading_key(heading) for heading in headings]
    free = [number for number in range(len(keys)) if number not in set(taken) and keys[number]]
    for way in ways:
        for number in free:
            if re.fullmatch(way, keys[number]):
                return number
    return None


def number_of(cell: str) -> float | None:
    """A cell as a number; ``None`` where it is none."""
    text = plain(cell).lower()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    return float(text) if _NUMBER.fullmatch(text) and len(text) < 40 else None


def is_number(cell: str) -> bool:
    """Whether a cell holds a number."""
    return number_of(cell) is not None


def share(cells: Sequence[str], holds: Callable[[str], object]) -> float:
    """Of how many of these cells something holds, 0 to 1."""
    return sum(bool(holds(cell)) for cell in cells) / len(cells) if cells else 0.0
