"""What programs export under the name .xls without being Excel: pages, XML, texts; and a dBASE file
alone.
"""

import struct
from datetime import datetime

import pytest

from data.files.grids import read_grids
from data.files.raw import BadFile
from data.files.read import tables_of_files

ROWS = [["编号", "道路", "数量"], ["Y1", "人民大街", "3"], ["Y2", "新兴路", "12"]]
TEXT = [f"{row[0]},{row[1]},{row[2]}" for row in ROWS]
_TR = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
_OPEN = "".join(f"<TR>{''.join(f'<TD>{cell}' for cell in row)}" for row in ROWS)
_FORM = (
    "<table><tr><td><table><tr><td>查询</td></tr></table></td></tr><tr><td>"
    f"<table>{_TR}</table></td></tr></table>"
)
_CELLS = "".join(
    "<Row>"
    + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row)
    + "</Row>"
    for row in ROWS
)
BOOK = (
    '<?xml version="1.0" encoding="{}"?><?mso-application progid="Excel.Sheet"?>'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="雨水口">'
    "<Table>{}</Table></Worksheet></Workbook>"
)


def dbf(rows: list[list[str]], encoding: str) -> bytes:
    """A dBASE III file of texts."""
    widths = [max(len(row[n].encode(encoding)) for row in rows) for n in range(3)]
    fields = b"".join(
        struct.pack("<11sc4xBB14x", name.encode(encoding), b"C", width, 0)
        for name, width in zip(rows[0], widths, strict=True)
    )
    start, size = 32 + len(fields) + 1, 1 + sum(widths)
    head = struct.pack("<B3BIHH20x", 3, 126, 1, 1, len(rows) - 1, start, size)
    records = b"".join(
        b" " + b"".join(cell.encode(encoding).ljust(w) for cell, w in zip(row, widths, strict=True))
        for row in rows[1:]
    )
    return head + fields + b"\r" + records + b"\x1a"


PAGE = "<html><head><meta charset=gb2312><style>td{color:red}</style></head><body>"
FILES = {
    "a page in GBK": ("导出.xls", f"{PAGE}<table>{_TR}</table></body></html>".encode("gb18030")),
    "a table alone": ("导出.xls", f"<table border=1>{_TR}</table>".encode()),
    "a page in UTF-16": ("导出.xls", f"<html>{PAGE}<table>{_TR}</table>".encode("utf-16")),
    "nothing closed": ("导出.xls", f"<!DOCTYPE html><table>{_OPEN}".encode()),
    "tables for the looks": ("导出.xls", f"<body>{_FORM}</body>".encode()),
    "XHTML": ("导出.html", f'<?xml version="1.0"?>\n<html><table>{_TR}</table></html>'.encode()),
    "SpreadsheetML": ("导出.xls", BOOK.format("UTF-8", _CELLS).encode()),
    "SpreadsheetML in GB2312": ("导出.xml", BOOK.format("gb2312", _CELLS).encode("gb2312")),
    "tabs in UTF-16": (
        "导出.xls",
        "\r\n".join(line.replace(",", "\t") for line in TEXT).encode("utf-16"),
    ),
    "tabs in UTF-16 without its mark": (
        "导出.xls",
        "\r\n".join(line.replace(",", "\t") for line in TEXT).encode("utf-16-le"),
    ),
    "semicolons in GB18030": (
        "导出.csv",
        "\r\n".join(line.replace(",", ";") for line in TEXT).encode("gb18030"),
    ),
    "dBASE in GBK": ("雨水口.dbf", dbf(ROWS, "gb18030")),
    "dBASE in UTF-8": ("雨水口.DBF", dbf(ROWS, "utf-8")),
}


@pytest.mark.parametrize("what", FILES)
def test_the_same_table_comes_of_whatever_a_program_exports(what):
    name, content = FILES[what]
    tables = tables_of_files(name, {name: content})
    table = next(each for each in tables if len(each.headings) == 3)
    assert list(table.headings) == ROWS[0]
    found = [[str(cell) for cell in row] for row in zip(*table.columns, strict=True)]
    assert found == ROWS[1:]


@pytest.mark.parametrize("what", [one for one in FILES if "dBASE" not in one])
def test_whoever_reads_sheets_reads_those(what, tmp_path):
    name, content = FILES[what]
    (tmp_path / name).write_bytes(content)
    grid = read_grids(tmp_path / name)[-1]
    assert [[str(cell) for cell in row] for _, row in grid.rows] == ROWS


def test_joined_cells_of_a_page_cover_what_they_cover():
    page = (
        "<table><tr><th rowspan=2>道路</th><th colspan=2>雨水口</th></tr>"
        "<tr><td>数量<td>深度</tr><tr><td rowspan='2'>甲路<td>1<td>0.8</tr><tr><td>2<td>0.9</tr>"
        "</table>"
    ).encode()
    (table,) = tables_of_files("x.xls", {"x.xls": page})
    assert [list(column) for column in table.columns] == [
        ["甲路", "甲路"],
        ["1", "2"],
        ["0.8", "0.9"],
    ]
    assert table.headings[0] == "道路"


def test_a_figure_that_a_page_shows_rounded_and_signs_that_a_page_writes_otherwise():
    page = (
        b'<table><tr><td>a<td>b</tr><tr><td x:num="1234.567">1,234.57<td>&lt;5&nbsp;m</tr></table>'
    )
    (table,) = tables_of_files("x.xls", {"x.xls": page})
    assert [column[0] for column in table.columns] == ["1234.567", "<5 m"]


def test_types_and_gaps_of_a_sheet_in_xml():
    cells = (
        "<Row><Cell><Data ss:Type='String'>a</Data></Cell><Cell ss:Index='3'>"
        "<Data ss:Type='String'>b</Data></Cell></Row>"
        "<Row ss:Index='4'><Cell><Data ss:Type='Number'>12</Data></Cell>"
        "<Cell><Data ss:Type='DateTime'>2022-07-08T00:00:00.000</Data></Cell>"
        "<Cell><Data ss:Type='Error'>#N/A</Data></Cell></Row>"
    )
    (table,) = tables_of_files("x.xls", {"x.xls": BOOK.format("utf-8", cells).encode()})
    assert [column[0] for column in table.columns] == [12, datetime(2022, 7, 8), "#N/A"]
    assert list(table.places) == [4]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("导出.xls", "<html><body>请登录</body></html>", "other_kinds.web_page"),
        ("x.xls", BOOK.format("utf-8", "<Row>"), "sheets.not_a_workbook"),
        (
            "x.xls",
            BOOK.format("utf-8", "&b;").replace(
                "<Workbook", '<!DOCTYPE a [<!ENTITY b "c">]><Workbook', 1
            ),
            "sheets.not_a_workbook",
        ),
        ("x.xls", "<table>" + "<tr><td rowspan=9999 colspan=9999>a" * 3, "sheets.too_much_here"),
        (
            "x.mht",
            "MIME-Version: 1.0\r\nContent-Type: multipart/related",
            "other_kinds.web_archive",
        ),
    ],
)
def test_what_holds_no_table_says_so(name, content, code):
    with pytest.raises(BadFile) as refused:
        tables_of_files(name, {name: content.encode()})
    assert refused.value.code == code
