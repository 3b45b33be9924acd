"""Tables as files for a spreadsheet: Excel and CSV. Pure.

No text in them acts: in a workbook a text is a cell of text, in CSV one that a spreadsheet would
take for a formula has an apostrophe in front. Instants are in the district's time. CSV begins with
a byte order mark, by which Excel knows that it is UTF-8.
"""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import Cell as ExcelCell
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from data.sheets.cells import guard
from data.signs import seen
from ops.base.messages import Translator
from ops.documents.tables import Cell, Table

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_UNFIT = str.maketrans(dict.fromkeys("[]:*?/\\", "-"))


def as_csv(table: Table, t: Translator) -> bytes:
    """One table as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([guard(head) for head in table.heads])
    for row in table.rows:
        writer.writerow([_plain(cell, t) for cell in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode("utf-8")


def _plain(cell: Cell, t: Translator) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(t.zone):%Y-%m-%d %H:%M:%S}"
    return guard(seen(cell)) if isinstance(cell, str) else cell


def as_excel(tables: Iterable[Table], t: Translator) -> bytes:
    """A workbook with a sheet for each table."""
    book = Workbook(write_only=True)
    titles: set[str] = set()
    for table in tables:
        sheet = book.create_sheet(_title(table.title, titles))
        sheet.freeze_panes = "A2"
        for place, head in enumerate(table.heads, 1):
            texts = [head, *(str(row[place - 1] or "") for row in table.rows[:200])]
            wide = max(sum(2 if ord(letter) > 255 else 1 for letter in text) for text in texts)
            sheet.column_dimensions[get_column_letter(place)].width = min(max(wide + 2, 10), 70)
        sheet.append([_cell(sheet, head, t, bold=True) for head in table.heads])
        for row in table.rows:
            sheet.append([_cell(sheet, cell, t) for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _title(title: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet: at most 31 letters, none of its own signs, no other of
    the same name.
    """
    title = (seen(title).translate(_UNFIT).strip("' ") or "-")[:31]
    number = 2
    fit = title
    while fit.lower() in taken:
        fit, number = f"{title[:27]} {number}", number + 1
    taken.add(fit.lower())
    return fit


def _cell(sheet: WriteOnlyWorksheet, value: Cell, t: Translator, bold: bool = False) -> ExcelCell:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value.astimezone(t.zone).replace(tzinfo=None))
        cell.number_format = "yyyy-mm-dd hh:mm:ss"
        return cell
    if isinstance(value, str):
        cell = WriteOnlyCell(sheet, seen(value) or None)
        if cell.value is not None:
            cell.data_type, cell.number_format = (
                "s",
                "@",
            )  # else a text that begins with = would be a formula
    else:
        cell = WriteOnlyCell(sheet, value)
    if bold:
        cell.font, cell.alignment = Font(bold=True), Alignment(wrap_text=True)
    return cell
