"""Tables saved for a spreadsheet: Chinese comes back, instants are the district's, and no text
acts.
"""

import csv
import io
from datetime import datetime
from itertools import product

import pytest
from openpyxl import load_workbook

from ops.base.messages import Translator
from ops.documents.spreadsheets import as_csv, as_excel
from ops.documents.tables import Table
from tests.helpers.makers import NOW

SAY = Translator()
TABLE = Table(
    title="响应/用时:[一]",
    heads=("时间", "内容", "用时（分钟）"),
    rows=((NOW, "积水", 12.5), (None, "", None)),
)


@pytest.mark.parametrize(
    "said", [f"{sign}{rest}" for sign, rest in product("=+-@\t\r", ("1+1", "cmd|' /C calc'!A0"))]
)
def test_no_text_is_a_formula(said):
    table = Table(title="x", heads=(said,), rows=((said,),))
    sheet = load_workbook(io.BytesIO(as_excel([table], SAY))).active
    assert [cell.data_type for row in sheet.rows for cell in row] == ["s", "s"]
    cells = [
        row[0]
        for row in csv.reader(io.StringIO(as_csv(table, SAY).decode("utf-8-sig"), newline=""))
    ]
    assert cells == [f"'{said}"] * 2


def test_a_negative_number_stays_a_number():
    table = Table(title="x", heads=("x",), rows=((-3.5,),))
    assert load_workbook(io.BytesIO(as_excel([table], SAY))).active["A2"].value == -3.5
    assert as_csv(table, SAY).decode("utf-8-sig").splitlines()[1] == "-3.5"


def test_csv_is_what_excel_reads_as_chinese():
    raw = as_csv(TABLE, SAY)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert rows == [
        ["时间", "内容", "用时（分钟）"],
        ["2022-07-08 08:20:00", "积水", "12.5"],
        ["", "", ""],
    ]


def test_a_workbook_has_a_sheet_for_each_table_with_its_heads_and_local_times():
    book = load_workbook(io.BytesIO(as_excel([TABLE, TABLE], SAY)))
    assert len(book.sheetnames) == 2
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == list(TABLE.heads)
    assert [cell.value for cell in sheet[2]] == [datetime(2022, 7, 8, 8, 20), "积水", 12.5]
    assert sheet.freeze_panes == "A2"
