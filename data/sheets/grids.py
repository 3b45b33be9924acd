"""Files -> grids of cells, with a bound on what a file may cost: size, unpacked size, rows,
columns.

Knows workbooks (.xlsx) and folders of CSV, and nothing of what the tables mean. A workbook is
judged by its content, not by its name.
"""

import csv
import io
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path

from openpyxl import load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell

from data.sheets.cells import ErrorValue, Raw, is_blank

MAX_FILE_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 60_000_000
MAX_TAGS = 4_000_000  # some million cells: what opens within a quarter of a minute
MAX_TAGS_AT_ONCE = (
    300_000  # in one row, or in a part that is held as a whole: each costs some 300 bytes
)
MAX_PARTS = 1_000
MAX_ROWS = 100_000
MAX_COLUMNS = 100
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


class BadFile(Exception):
    """A file that can't be read at all; ``code`` and ``facts`` as in the catalogue of texts."""

    def __init__(self, code: str, **facts: object):
        self.code = code
        self.facts = facts
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet or a CSV file: its name and its rows, as far as they hold something, with their
    numbers from 1.
    """

    name: str
    rows: tuple[tuple[int, tuple[Raw, ...]], ...]


def read_grids(path: Path) -> list[Grid]:
    """The sheets of a workbook, or the CSV files of a folder.

    Raises
    ------
    BadFile
        It is neither, or costs too much to read.
    """
    try:
        if path.is_dir():
            return [
                _read_csv(file)
                for file in sorted(path.iterdir())
                if file.suffix.lower() == ".csv" and not file.name.startswith(".")
            ]
        if not path.exists():
            raise BadFile("sheets.no_file", path=str(path))
        if not path.is_file():
            raise BadFile("sheets.not_a_workbook", path=path.name)
        return _read_workbook(path)
    except OSError as error:
        raise BadFile(
            "sheets.unreadable", path=str(path), detail=error.strerror or str(error)
        ) from error


def _bytes_of(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise BadFile("sheets.too_big", path=path.name, limit=MAX_FILE_BYTES // 1_000_000)
    if not content.strip():
        raise BadFile("sheets.empty_file", path=path.name)
    return content


def _read_csv(path: Path) -> Grid:
    """UTF-8 with or without its mark, else GBK, which is what Chinese Excel writes."""
    content = _bytes_of(path)
    words = _decoded(content, path)
    first_line = words[: words.find("\n") if "\n" in words else None]
    divider = next((sign for sign in (",", "\t", ";") if sign in first_line), ",")
    try:
        lines = csv.reader(io.StringIO(words, newline=""), delimiter=divider, strict=True)
        return Grid(path.stem, tuple(_bounded(enumerate(lines, 1), path.name)))
    except csv.Error as error:
        raise BadFile("sheets.bad_csv", path=path.name, detail=str(error)) from error


def _decoded(content: bytes, path: Path) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            words = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in words:
            return words
    raise BadFile("sheets.encoding", path=path.name)


def _read_workbook(path: Path) -> list[Grid]:
    content = _bytes_of(path)
    if content.startswith(_OLD_EXCEL):
        raise BadFile("sheets.old_excel", path=path.name)
    _check_unpacked(content, path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Excel's ornaments that openpyxl does not know
            return list(_sheets(content, path))
    except BadFile:
        raise
    except Exception as error:  # openpyxl raises whatever the bytes make it stumble over
        raise BadFile("sheets.not_a_workbook", path=path.name) from error


def _check_unpacked(content: bytes, path: Path) -> None:
    """Refuse a bomb by the sizes that its directory gives (zipfile never gives out more), then by
    counting its tags.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            small = (
                len(parts) <= MAX_PARTS
                and sum(part.file_size for part in parts) <= MAX_UNPACKED_BYTES
            )
            if (
                small
                and sum(_tags(part.filename, archive.read(part)) for part in parts) <= MAX_TAGS
            ):
                return
    except Exception as error:  # zipfile and zlib raise whatever the bytes make them stumble over
        raise BadFile("sheets.not_a_workbook", path=path.name) from error
    raise BadFile("sheets.too_big_unpacked", path=path.name, limit=MAX_UNPACKED_BYTES // 1_000_000)


def _tags(name: str, content: bytes) -> int:
    """How many tags a part has; beyond any bound when too many of them are held at once."""
    pieces = content.split(b"row") if "worksheets/" in name else [content]
    counts = [piece.count(b"<") for piece in pieces]
    in_one_piece = max(counts) if "sharedStrings" not in name else 0
    return sum(counts) if in_one_piece <= MAX_TAGS_AT_ONCE else MAX_TAGS + 1


def _sheets(content: bytes, path: Path) -> Iterator[Grid]:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        for sheet in book.worksheets:
            # what a sheet says of its own size may be a million rows too much
            sheet.reset_dimensions()
            lines = (
                (number, tuple(map(_value, line)))
                for number, line in enumerate(sheet.iter_rows(), 1)
            )
            yield Grid(sheet.title, tuple(_bounded(lines, sheet.title)))
    finally:
        book.close()


def _value(cell: Cell | MergedCell | ReadOnlyCell | EmptyCell) -> Raw:
    value = cell.value
    if cell.data_type == "e":
        return ErrorValue(value)
    if value is None or isinstance(value, str | int | float | date | time | timedelta):
        return value
    return str(value)


def _bounded(
    lines: Iterator[tuple[int, tuple[Raw, ...] | list[str]]], name: str
) -> Iterator[tuple[int, tuple[Raw, ...]]]:
    for number, line in lines:
        if number > MAX_ROWS + 1:
            raise BadFile("sheets.too_many_rows", path=name, limit=MAX_ROWS)
        width = next(
            (place for place in range(len(line), 0, -1) if not is_blank(line[place - 1])), 0
        )
        if width > MAX_COLUMNS:
            raise BadFile("sheets.too_many_columns", path=name, limit=MAX_COLUMNS)
        if width:
            yield number, tuple(line[:width])
