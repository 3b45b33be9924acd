"""Tables that programs write as a web page or as XML and call .xls, which Excel opens with a
warning. Pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from data.files.raw import BadFile, ErrorValue, Raw
from data.files.texts import decoded

_PAGE = re.compile(
    r"\ufeff?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*"
    r"<(!doctype\s+html|html|head|body|table|meta|style|title|div|center|form|font)\b",
    re.I | re.S,
)
_SPREADSHEET = "urn:schemas-microsoft-com:office:spreadsheet"
_XML = re.compile(r"\ufeff?\s*<(\?xml|workbook|\w+:workbook)", re.I)
_DECLARED = re.compile(r"\ufeff?\s*<\?xml[^>]*\?>")
_HEAD = 4096
_UNSEEN = ("script", "style", "head")
_MOST_SPANNED = 10_000
MAX_CELLS = 5_000_000
"""Of all tables of a file, joined cells counted as what they cover."""
Merged = tuple[tuple[int, int], tuple[int, int]]


@dataclass(slots=True)
class WebTable:
    """A table: its rows, with the places that joined cells cover (first and last row and column,
    from 0).
    """

    name: str = ""
    hidden: bool = False
    rows: list[list[Raw]] = field(default_factory=list)
    merged: list[Merged] = field(default_factory=list)
    _covered: set[tuple[int, int]] = field(default_factory=set)

    def put(self, value: Raw, rows: int, columns: int) -> None:
        """A cell at the next free place of the last row."""
        row = len(self.rows) - 1
        line = self.rows[-1]
        while (row, len(line)) in self._covered:
            line.append(None)
        column = len(line)
        line += [value, *[None] * (columns - 1)]
        if rows > 1 or columns > 1:
            self.merged.append(((row, column), (row + rows - 1, column + columns - 1)))
            self._covered |= {(row + n, column + m) for n in range(1, rows) for m in range(columns)}


def is_web_table(content: bytes) -> bool:
    """Whether a file is a web page or a sheet in XML."""
    text = decoded(content[:_HEAD])
    return bool(_PAGE.match(text)) or _is_spreadsheet(text)


def web_tables(name: str, content: bytes) -> list[WebTable]:
    """The tables of such a file; of tables within tables the innermost.

    Raises
    ------
    BadFile
        There is none, it is torn, or it has too many cells.
    """
    text = decoded(content)
    if not _is_spreadsheet(text):
        page = _Page(name)
        page.feed(text)
        page.close()
        if not page.found:
            raise BadFile("other_kinds.web_page", path=name)
        return page.found
    if "<!DOCTYPE" in text[:_HEAD] or "<!ENTITY" in text or text.count("<") > 4 * MAX_CELLS:
        raise BadFile("sheets.not_a_workbook", path=name)
    try:
        book = fromstring(_DECLARED.sub("", text, count=1).lstrip("\ufeff"))
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise BadFile("sheets.not_a_workbook", path=name) from error
    sheets = [_sheet(name, each) for each in _all(book, "Worksheet")]
    if not sheets:
        raise BadFile("files.no_table", path=name)
    return sheets


def _is_spreadsheet(text: str) -> bool:
    return bool(_XML.match(text)) and _SPREADSHEET in text[:_HEAD]


class _Page(HTMLParser):
    """Reads the tables of a page, however much of it was never closed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.found: list[WebTable] = []
        self._name, self._left = name, MAX_CELLS
        self._open: list[WebTable] = []
        self._cells: list[_Cell | None] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag in ("table", "body"):
            self._unseen = 0  # a head that was never closed
        if tag == "table":
            self._open.append(WebTable())
            self._cells.append(None)
        elif self._open and tag == "tr":
            self._end_cell()
            self._open[-1].rows.append([])
        elif self._open and tag in ("td", "th"):
            self._end_cell()
            self._cells[-1] = _Cell(dict(attrs))
        elif tag in ("br", "p", "div"):
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        elif self._open and tag in ("td", "th", "tr"):
            self._end_cell()
        elif self._open and tag == "table":
            self._end_table()

    def handle_data(self, data: str) -> None:
        if self._cells and (cell := self._cells[-1]) is not None and not self._unseen:
            cell.text.append(data)

    def close(self) -> None:
        super().close()
        while self._open:
            self._end_table()

    def _end_table(self) -> None:
        self._end_cell()
        table = self._open.pop()
        self._cells.pop()
        for cell in self._cells:  # what holds a table is there for its looks
            if cell is not None:
                cell.text.clear()
        if any(any(line) for line in table.rows):
            self.found.append(table)

    def _end_cell(self) -> None:
        cell, self._cells[-1] = self._cells[-1], None
        if cell is None:
            return
        table, (rows, columns) = self._open[-1], (cell.span("rowspan"), cell.span("colspan"))
        self._left -= rows * columns
        if self._left < 0:
            raise BadFile("sheets.too_much_here", path=self._name)
        if not table.rows:
            table.rows.append([])
        table.put(cell.value, rows, columns)


class _Cell:
    """A cell that is being read."""

    def __init__(self, attributes: dict[str, str | None]) -> None:
        self.text: list[str] = []
        self._attributes = attributes

    @property
    def value(self) -> str | None:
        """What it says; of a figure as Excel writes it into a page, the figure."""
        figure = self._attributes.get("x:num") or ""
        return (figure or " ".join("".join(self.text).split())) or None

    def span(self, name: str) -> int:
        """Over how many rows or columns it goes."""
        text = (self._attributes.get(name) or "").strip()
        return max(1, min(int(text), _MOST_SPANNED)) if text.isascii() and text.isdigit() else 1


def _sheet(name: str, sheet: Element) -> WebTable:
    table = WebTable(_of(sheet, "Name") or "")
    table.hidden = any((each.text or "") != "SheetVisible" for each in _all(sheet, "Visible"))
    left = MAX_CELLS
    for row in _all(sheet, "Row"):
        while len(table.rows) < _number(row, "Index", 1) - 1 and left > 0:
            table.rows.append([])
            left -= 1
        table.rows.append([])
        for cell in _all(row, "Cell"):
            while len(table.rows[-1]) < _number(cell, "Index", 1) - 1 and left > 0:
                table.rows[-1].append(None)
                left -= 1
            over = [1 + _number(cell, each, 0) for each in ("MergeDown", "MergeAcross")]
            left -= over[0] * over[1]
            if left < 0:
                raise BadFile("sheets.too_much_here", path=name)
            table.put(_value(cell), over[0], over[1])
    return table


def _value(cell: Element) -> Raw:
    data = next(_all(cell, "Data"), None)
    if data is None:
        return None
    text, kind = "".join(data.itertext()).strip(), _of(data, "Type")
    try:
        if kind == "Number":
            figure = float(text)
            return int(figure) if figure.is_integer() and abs(figure) < 1e15 else figure
        if kind == "DateTime":
            return datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        return text or None
    if kind == "Boolean":
        return text == "1"
    return ErrorValue(text) if kind == "Error" else text or None


def _all(element: Element, name: str) -> Iterator[Element]:
    return (each for each in element.iter() if str(each.tag).rpartition("}")[2] == name)


def _of(element: Element, name: str) -> str | None:
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == name), None)


def _number(element: Element, name: str, least: int) -> int:
    text = _of(element, name) or ""
    return max(least, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else least
