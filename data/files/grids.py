"""Files -> grids of cells, with a bound on what a file may cost: size, unpacked size, rows,
columns.

Knows workbooks (.xlsx, .xls, .ods; web pages and XML that bear their name), texts (CSV with any
divider, in any encoding) and folders of CSV, and nothing of what the tables mean. A file is judged
by its content, not by its name.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from pathlib import Path
from xml.etree.ElementTree import ParseError

import numpy as np
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from data.files.raw import BadFile, ErrorValue, Raw, is_blank
from data.files.texts import divider_of, encoding_of, rows_of_text, without_remarks
from data.files.web_tables import is_web_table, web_tables

MAX_FILE_BYTES = 200_000_000
MAX_UNPACKED_BYTES = 400_000_000
MAX_TAGS = 40_000_000  # some ten million cells
MAX_TAGS_AT_ONCE = (
    300_000  # in one row, or in a part that is held as a whole: each costs some 300 bytes
)
MAX_PARTS = 1_000
MAX_ROWS = 300_000
MAX_COLUMNS = 250
MAX_CELLS = 20_000_000  # of all sheets as they are laid out, with blank ones: 32 bytes each
OLD_EXCEL = b"\xd0\xcf\x11\xe0"
ZIPPED = b"PK\x03\x04"
_LOOKED_AT = 100_000
_NO_TEXT = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_QUOTES = (34, 39)  # " and '
_LONGEST_PLACE = 20  # signs of a cell's name that are looked at: three letters, fourteen digits
_ERROR_CELL = re.compile(
    rb"""<c\b(?=[^>]*?\bt=["']e["'])[^>]*?\br=["']([A-Z]+)(\d+)["'][^>]*>(?:(?!</c>).)*?<v>([^<]*)</v>""",
    re.S,
)
_ODS_ROW = re.compile(rb"<table:table-row\b([^>]*?)(?:/>|>(.*?)</table:table-row>)", re.S)
_ODS_ROWS = re.compile(rb'number-rows-repeated="(\d+)"')
_ODS_CELL = re.compile(
    rb"<table:(?:covered-)?table-cell\b([^>]*?)(?:/>|>(.*?)</table:(?:covered-)?table-cell>)", re.S
)
_ODS_COLUMNS = re.compile(rb'number-columns-repeated="(\d+)"')


@dataclass(frozen=True, slots=True)
class Grid:
    """A sheet or a text file: its name and its rows, as far as they hold something, with their
    numbers from 1.

    Attributes
    ----------
    merged
        Joined cells: first and last row and column, from 0.
    hidden
        Whether Excel hides the sheet.
    """

    name: str
    rows: tuple[tuple[int, tuple[Raw, ...]], ...]
    merged: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()
    hidden: bool = False


def read_grids(path: Path) -> list[Grid]:
    """The sheets of a workbook, the one table of a text, or the CSV files of a folder.

    Raises
    ------
    BadFile
        It is none of these, or costs too much to read.
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
        content = bytes_of(path)
    except OSError as error:
        raise BadFile(
            "sheets.unreadable", path=str(path), detail=error.strerror or str(error)
        ) from error
    if content.startswith((ZIPPED, OLD_EXCEL)):
        return read_workbook(path.name, content)
    return read_web_tables(path.name, path.stem, content) or [
        read_text(path.name, path.stem, content)
    ]


def bytes_of(path: Path) -> bytes:
    """What a file holds.

    Raises
    ------
    BadFile
        It holds nothing, or too much.
    """
    with path.open("rb") as file:
        content = file.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise BadFile("sheets.too_big", path=path.name, limit=MAX_FILE_BYTES // 1_000_000)
    if not content.strip():
        raise BadFile("sheets.empty_file", path=path.name)
    return content


def _read_csv(path: Path) -> Grid:
    content = bytes_of(path)
    encoding = encoding_of(content)
    try:
        words = content.decode(encoding)
    except UnicodeDecodeError:
        raise BadFile("sheets.encoding", path=path.name) from None
    if "\0" in words:
        raise BadFile("sheets.encoding", path=path.name)
    try:
        lines = csv.reader(io.StringIO(words, newline=""), delimiter=_divider(words), strict=True)
        return Grid(path.stem, tuple(bounded(enumerate(lines, 1), path.name)))
    except csv.Error as error:
        raise BadFile("sheets.bad_csv", path=path.name, detail=str(error)) from error


def _divider(words: str) -> str:
    first_line = words[: words.find("\n") if "\n" in words else None]
    return next((sign for sign in (",", "\t", ";", "|") if sign in first_line), ",")


_IN_SINGLE = re.compile(r"'[^'\n]*'([,;\t|]'[^'\n]*')+\r?\n")
"""A first line whose cells all stand between single quotation marks."""


def read_text(file_name: str, name: str, content: bytes) -> Grid:
    """The one table of a text, whatever its encoding and divider.

    Raises
    ------
    BadFile
        It is no text.
    """
    words = content.decode(encoding_of(content), "replace")
    words = words.removeprefix("\ufeff")
    is_torn = words.count("�") > len(words) / 100 or words.count("\0") > len(words) / 10
    if content.startswith(_NO_TEXT) or is_torn:  # a zero here and there fills up a field
        raise BadFile("sheets.not_a_workbook", path=file_name)
    words = words.replace("\0", "")
    if _IN_SINGLE.match(words) and '"' not in words:
        words = words.replace("'", '"')
    divider = divider_of(words[:_LOOKED_AT].splitlines())
    try:
        rows = list(islice(enumerate(_lines(words, divider), 1), MAX_ROWS + 2))
    except csv.Error:  # a broken quotation mark: its row alone is spoilt
        rows = list(islice(rows_of_text(words), MAX_ROWS + 2))
    return Grid(name, tuple(bounded(without_remarks(rows), file_name)))


def _lines(words: str, divider: str) -> Iterable[list[str]]:
    """The cells of each line; without a quotation mark they are cut, which is quicker."""
    if '"' in words:
        return csv.reader(io.StringIO(words, newline=""), delimiter=divider, strict=True)
    lines = words.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    return map(str.split, lines, repeat(divider))


def read_web_tables(file_name: str, name: str, content: bytes) -> list[Grid]:
    """The tables of a web page, or the sheets of a workbook in XML, whatever the file is called;
    none where it is neither.

    Raises
    ------
    BadFile
        It holds no table, or can't be read.
    """
    if not is_web_table(content):
        return []
    tables = web_tables(file_name, content)
    return [
        Grid(
            table.name or (name if len(tables) == 1 else f"{name} {number}"),
            tuple(bounded(enumerate(map(tuple, table.rows), 1), file_name)),
            tuple(table.merged),
            table.hidden,
        )
        for number, table in enumerate(tables, 1)
    ]


def read_workbook(file_name: str, content: bytes) -> list[Grid]:
    """The sheets of a workbook.

    Raises
    ------
    BadFile
        It is none, or costs too much to read.
    """
    is_zip = content.startswith(ZIPPED)
    faults = _checked(content, file_name) if is_zip else {}
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        hidden = {
            sheet.name
            for sheet in book.sheets_metadata
            if sheet.visible != SheetVisibleEnum.Visible
        }
        return [
            _grid(book.get_sheet_by_name(name), name in hidden, faults.get(name, {}))
            for name in book.sheet_names
        ]
    except BadFile:
        raise
    except PasswordError as error:
        raise BadFile("sheets.protected", path=file_name) from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # the reader's own faults are no `Exception`
        raise BadFile("sheets.not_a_workbook", path=file_name) from error


Faults = dict[tuple[int, int], str]


def _grid(sheet: CalamineSheet, hidden: bool, faults: Faults) -> Grid:
    lines = sheet.to_python(skip_empty_area=False)
    for (row, column), shown in faults.items():
        if row < len(lines) and column < len(lines[row]):
            lines[row][column] = ErrorValue(shown)
    merged = tuple(sheet.merged_cell_ranges or ())
    rows = zip(*map(_values, zip(*lines, strict=True)), strict=True)
    return Grid(sheet.name, tuple(bounded(enumerate(rows, 1), sheet.name)), merged, hidden)


def _values(column: tuple[Raw, ...]) -> Sequence[Raw]:
    """The values of a column: what is a whole number as one, what is blank as none."""
    kinds = set(map(type, column))
    if kinds == {float}:
        floats = np.array(column)
        if (_is_whole(floats)).all():
            return floats.astype(np.int64).tolist()
    if float in kinds:
        column = tuple(
            [
                int(one) if type(one) is float and -1e15 < one < 1e15 and one.is_integer() else one
                for one in column
            ]
        )
    return [one if one != "" else None for one in column] if "" in column else column


def _is_whole(floats: np.ndarray) -> np.ndarray:
    return (np.floor(floats) == floats) & (np.abs(floats) < 1e15)


def _checked(content: bytes, name: str) -> dict[str, Faults]:
    """Refuse a bomb before it is opened; where a workbook shows faults of formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            small = (
                len(parts) <= MAX_PARTS
                and sum(part.file_size for part in parts) <= MAX_UNPACKED_BYTES
            )
            if not small:
                raise _too_big(name)
            return _checked_parts(archive, name)
    except BadFile:
        raise
    except Exception as error:  # zipfile and zlib raise whatever the bytes make them stumble over
        raise BadFile("sheets.not_a_workbook", path=name) from error


def _checked_parts(archive: zipfile.ZipFile, name: str) -> dict[str, Faults]:
    tags, cells, found = 0, 0, {}
    for part in archive.infolist():
        if not part.filename.endswith((".xml", ".rels")):
            archive.read(part)  # whatever is torn is found before it is used
            continue
        content = archive.read(part)
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise BadFile("sheets.not_a_workbook", path=name)
        tags += _tags(part.filename, content)
        if tags > MAX_TAGS:
            raise _too_big(name)
        if "worksheets/" in part.filename:
            cells += _check_extent(content, name)
            if cells > MAX_CELLS:
                raise _too_big(name)
            if faults := _error_cells(content):
                found[part.filename] = faults
        elif part.filename == "content.xml":
            _check_ods(content, name)
    return _by_sheet(archive, found) if found else {}


def _tags(name: str, content: bytes) -> int:
    """How many tags a part has; beyond any bound when too many of them are held at once."""
    if "sharedStrings" in name or name == "content.xml":
        return content.count(b"<")
    pieces = content.split(b"row") if "worksheets/" in name else [content]
    counts = [piece.count(b"<") for piece in pieces]
    return sum(counts) if max(counts) <= MAX_TAGS_AT_ONCE else MAX_TAGS + 1


def _too_big(name: str) -> BadFile:
    limit = MAX_UNPACKED_BYTES // 1_000_000
    return BadFile("sheets.too_big_unpacked", path=name, limit=limit)


def unpacked_bytes(content: bytes) -> int:
    """What a workbook holds once it is unpacked; of what is none, what it is."""
    if not content.startswith(ZIPPED):
        return len(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        return len(content)


def _check_extent(content: bytes, name: str) -> int:
    """Refuse a sheet with a cell at the end of the world: it is laid out as far as its last one;
    how many cells that makes.
    """
    height, width = _last_cell(content)
    if height > MAX_ROWS + 1:
        raise BadFile("sheets.too_many_rows", path=name, limit=MAX_ROWS)
    if width > MAX_COLUMNS:
        raise BadFile("sheets.too_many_columns", path=name, limit=MAX_COLUMNS)
    return max(content.count(b"<row"), height) * width


def _last_cell(content: bytes) -> tuple[int, int]:
    """The greatest row and the greatest column that an attribute ``r`` of a sheet names, each from
    1 (``r="12"`` of a row, ``r="AB12"`` of a cell); 0 where none does. All at once: there are a
    million of them.
    """
    text = np.frombuffer(content + b" " * _LONGEST_PLACE, np.uint8)
    is_r = (text[1 : 1 - _LONGEST_PLACE] == ord("r")) & (text[2 : 2 - _LONGEST_PLACE] == ord("="))
    at = np.flatnonzero(is_r) + 1
    at = at[(text[at - 1] <= ord(" ")) & np.isin(text[at + 2], _QUOTES)] + 3
    column, at = _read(text, at, ord("A"), 26, 3)
    row, at = _read(text, at, ord("0"), 10, _LONGEST_PLACE - 6)
    row[(text[at] >= ord("0")) & (text[at] <= ord("9"))] = MAX_ROWS + 2  # it goes on and on
    return int(row.max(initial=0)), int(column[row > 0].max(initial=0))


def _read(
    text: np.ndarray, at: np.ndarray, first: int, base: int, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that begin at places of a text, written by ``base`` signs from ``first`` on and
    ``most`` of them, and where each ends.
    """
    found, at, still = np.zeros(len(at), np.int64), at.copy(), np.arange(len(at))
    for _ in range(most):
        digit = text[at[still]].astype(np.int64) - first
        reads = (digit >= 0) & (digit < base)
        still, digit = still[reads], digit[reads]
        if not len(still):
            break
        found[still] = found[still] * base + digit + (base == 26)
        at[still] += 1
    return found, at


def _number_of(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _check_ods(content: bytes, name: str) -> None:
    """Refuse rows and cells that repeat beyond any table, but blank ones."""
    total = 0
    for row in _ODS_ROW.finditer(content):
        filled = 0
        for cell in _ODS_CELL.finditer(row[2] or b""):
            times = int((_ODS_COLUMNS.search(cell[1]) or [0, 1])[1])
            if cell[2] or b"office:value" in cell[1]:
                filled += times
        if filled > MAX_COLUMNS:
            raise BadFile("sheets.too_many_columns", path=name, limit=MAX_COLUMNS)
        if filled:
            total += int((_ODS_ROWS.search(row[1]) or [0, 1])[1])
        if total > MAX_ROWS:
            raise BadFile("sheets.too_many_rows", path=name, limit=MAX_ROWS)


def _error_cells(content: bytes) -> Faults:
    if b't="e"' not in content and b"t='e'" not in content:
        return {}
    return {
        (int(row) - 1, _number_of(letters) - 1): shown.decode("utf-8", "replace")
        for letters, row, shown in _ERROR_CELL.findall(content)
    }


def _by_sheet(archive: zipfile.ZipFile, found: dict[str, Faults]) -> dict[str, Faults]:
    """Faults by the sheet's name, as the workbook lists its parts."""
    try:
        book = fromstring(archive.read("xl/workbook.xml"))
        links = fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    except (KeyError, ParseError, DefusedXmlException):
        return {}
    targets = {link.get("Id"): (link.get("Target") or "").rpartition("/")[2] for link in links}
    names: dict[str, str] = {}
    for element in book.iter():
        if element.tag.rpartition("}")[2] == "sheet":
            link = next((v for k, v in element.attrib.items() if k.endswith("}id")), "")
            names[targets.get(link, "")] = element.get("name") or ""
    return {
        names[part.rpartition("/")[2]]: faults
        for part, faults in found.items()
        if part.rpartition("/")[2] in names
    }


def bounded(
    lines: Iterable[tuple[int, tuple[Raw, ...] | list[str]]], name: str
) -> Iterator[tuple[int, tuple[Raw, ...]]]:
    """Rows as far as they hold something.

    Raises
    ------
    BadFile
        There are too many, or they are too wide.
    """
    for number, line in lines:
        if number > MAX_ROWS + 1:
            raise BadFile("sheets.too_many_rows", path=name, limit=MAX_ROWS)
        width = len(line)
        while width and ((last := line[width - 1]) == "" or is_blank(last)):
            width -= 1
        if width > MAX_COLUMNS:
            raise BadFile("sheets.too_many_columns", path=name, limit=MAX_COLUMNS)
        if width:
            yield number, tuple(line if width == len(line) else line[:width])
