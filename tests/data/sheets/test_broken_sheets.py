"""Files that are no city: one clear error each, soon and in little memory, and never a
traceback.
"""

import os
import random
import tracemalloc
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from data.files import grids
from data.sheets.city import BadSheets, read_city, write_city
from tests.helpers.makers import make_city

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + at)} "{f"&{chr(97 + at)};" * 10}">' for at in range(9))
    + "]>"
)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    write_city(make_city(), tmp_path / "good.xlsx")
    return tmp_path / "good.xlsx"


def only_error(path: Path):
    with pytest.raises(BadSheets) as caught:
        read_city(path)
    (error,) = caught.value.errors
    assert (error.row, error.column) == (None, None)
    return error.code.removeprefix("sheets.")


def rebuilt(good: Path, name: str, **parts: bytes | None) -> Path:
    """The good workbook with some parts changed: ``sheet1`` stands for the first sheet."""
    names = {
        "sheet1": "xl/worksheets/sheet1.xml",
        "book": "xl/workbook.xml",
        "types": "[Content_Types].xml",
    }
    changed = {names.get(part, part): content for part, content in parts.items()}
    with (
        zipfile.ZipFile(good) as old,
        zipfile.ZipFile(good.parent / name, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.namelist():
            content = changed.pop(part, old.read(part))
            if content is not None:
                new.writestr(part, content)
        for part, content in changed.items():
            new.writestr(part, content)
    return good.parent / name


def sheet(rows: bytes) -> bytes:
    return (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<dimension ref="A1:XFD1048576"/><sheetData>' + rows + b"</sheetData></worksheet>"
    )


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b" \r\n\t\n", "empty_file"),
        (b"hello", "no_tables"),
        (b"\0" * 1000, "not_a_workbook"),
        (b"PK\x03\x04 and then nothing", "not_a_workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, "not_a_workbook"),
        (random.Random(1).randbytes(100_000), "not_a_workbook"),
        (b"%PDF-1.7\n", "not_a_workbook"),
        ("编号,名称\nA,甲\n".encode(), "no_tables"),
    ],
)
def test_a_file_that_is_no_workbook(tmp_path, content, code):
    path = tmp_path / "下载 (1).xlsx"
    path.write_bytes(content)
    assert only_error(path) == code


def test_a_file_that_is_not_there(tmp_path):
    assert only_error(tmp_path / "none.xlsx") == "no_file"
    assert only_error(tmp_path / "none") == "no_file"


def test_a_file_beyond_the_bound_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(grids, "MAX_FILE_BYTES", 20_000_000)
    with (tmp_path / "big.xlsx").open("wb") as file:
        file.truncate(50_000_000)
    (tmp_path / "big.csv").write_bytes(b"x" * 21_000_000)
    tracemalloc.start()
    assert only_error(tmp_path / "big.xlsx") == "too_big"
    assert only_error(tmp_path) == "too_big"
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()


def test_a_zip_that_is_no_workbook(tmp_path):
    with zipfile.ZipFile(tmp_path / "photos.xlsx", "w") as archive:
        archive.writestr("photo.jpg", b"\xff\xd8")
    assert only_error(tmp_path / "photos.xlsx") == "not_a_workbook"


def test_a_zip_bomb_is_not_opened(good, monkeypatch):
    monkeypatch.setattr(grids, "MAX_UNPACKED_BYTES", 20_000_000)
    monkeypatch.setattr(grids, "MAX_TAGS", 1_000_000)
    assert (
        only_error(rebuilt(good, "bomb.xlsx", sheet1=sheet(b" " * 21_000_000)))
        == "too_big_unpacked"
    )
    many = {f"xl/media/{number}.png": b"" for number in range(1500)}
    assert only_error(rebuilt(good, "many.xlsx", **many)) == "too_big_unpacked"
    assert (
        only_error(
            rebuilt(good, "cells.xlsx", sheet1=sheet(b"<row>" + b"<c/>" * 400_000 + b"</row>"))
        )
        == "too_big_unpacked"
    )
    assert (
        only_error(rebuilt(good, "rows.xlsx", sheet1=sheet(b"<row><c/></row>" * 400_000)))
        == "too_big_unpacked"
    )
    assert (
        only_error(
            rebuilt(good, "looks.xlsx", **{"xl/styles.xml": b"<a>" + b"<b/>" * 400_000 + b"</a>"})
        )
        == "too_big_unpacked"
    )


def test_a_zip_that_lies_about_its_sizes(good):
    """The directory says 10 bytes where there are 50 million."""
    path = rebuilt(good, "liar.xlsx", sheet1=sheet(b" " * 50_000_000))
    content = bytearray(path.read_bytes())
    size = len(sheet(b" " * 50_000_000)).to_bytes(4, "little")
    while (at := content.find(size)) >= 0:
        content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    assert only_error(path) == "not_a_workbook"


@pytest.mark.parametrize(
    "part", ["sheet1", "book", "types", "xl/styles.xml", "xl/_rels/workbook.xml.rels"]
)
def test_an_entity_bomb_inside(good, part):
    path = rebuilt(good, "bomb.xlsx", **{part: (BOMB + "<w>&j;</w>").encode()})
    assert only_error(path) == "not_a_workbook"


def test_an_entity_that_reads_another_file(good):
    steals = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + sheet(
        b'<row><c t="inlineStr"><is><t>&x;</t></is></c></row>'
    )
    assert only_error(rebuilt(good, "thief.xlsx", sheet1=steals)) == "not_a_workbook"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<",
        b"\xff\xfe<\0",
        sheet(b"<row r='x'><c r='?'/></row>"),
        sheet(b"<row><c t='s'><v>99999</v></c></row>"),
    ],
)
def test_a_sheet_that_is_broken(good, content):
    assert only_error(rebuilt(good, "broken.xlsx", sheet1=content)) == "not_a_workbook"


@pytest.mark.parametrize("part", ["sheet1", "book"])
def test_a_workbook_that_lacks_a_part(good, part):
    path = rebuilt(good, "torn.xlsx", **{part: None})
    with pytest.raises(BadSheets):
        read_city(path)


def test_a_workbook_cut_short_anywhere(good):
    content = good.read_bytes()
    for length in range(0, len(content) - 1, len(content) // 40):
        (good.parent / "cut.xlsx").write_bytes(content[:length])
        assert only_error(good.parent / "cut.xlsx") in ("not_a_workbook", "empty_file")


def test_a_workbook_with_bytes_turned(good):
    """Whatever turns: a city, or errors that are told."""
    content, draw = good.read_bytes(), random.Random(7)
    for _ in range(150):
        turned = bytearray(content)
        for _ in range(draw.randint(1, 4)):
            turned[draw.randrange(len(turned))] = draw.randrange(256)
        (good.parent / "turned.xlsx").write_bytes(turned)
        with suppress(BadSheets):
            read_city(good.parent / "turned.xlsx")


def test_a_row_at_the_end_of_the_world(good):
    """One row numbered a million is not a million rows to wait for."""
    far = sheet(
        b'<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c></row>'
        b'<row r="1048576"><c r="A1048576"/></row>'
    )
    assert only_error(rebuilt(good, "far.xlsx", sheet1=far)) == "too_many_rows"


def test_a_sheet_as_wide_as_excel_allows(good):
    wide = sheet(b'<row r="1"><c r="XFD1" t="inlineStr"><is><t>id</t></is></c></row>')
    assert only_error(rebuilt(good, "wide.xlsx", sheet1=wide)) == "too_many_columns"


def test_a_workbook_without_our_tables(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["随便", "什么"])
    book.save(tmp_path / "other.xlsx")
    assert only_error(tmp_path / "other.xlsx") == "no_tables"


def test_a_folder_without_our_tables(tmp_path):
    assert only_error(tmp_path) == "no_tables"
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n", "utf-8")
    assert only_error(tmp_path) == "no_tables"


def test_a_folder_named_like_a_workbook(tmp_path):
    (tmp_path / "x.xlsx").mkdir()
    assert only_error(tmp_path / "x.xlsx") == "no_tables"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.xlsx")
    assert only_error(tmp_path / "pipe.xlsx") == "not_a_workbook"


@pytest.mark.skipif(
    os.name != "posix" or os.geteuid() == 0, reason="nothing is closed to this user"
)
def test_a_file_we_may_not_read(good):
    good.chmod(0)
    assert only_error(good) == "unreadable"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"id\0,name\n", "encoding"),
        (b"\xff\xff\xff", "encoding"),
        (random.Random(3).randbytes(5000), "encoding"),
        (b'id,name\n"A,B\n', "bad_csv"),
        (b'id,name\n"A"B,C\n', "bad_csv"),
        (b"id," * 300 + b"id\n", "too_many_columns"),
        (b"id\n" + b"x\n" * 1_001, "too_many_rows"),
    ],
)
def test_a_csv_that_cannot_be_read(tmp_path, content, code, monkeypatch):
    monkeypatch.setattr(grids, "MAX_ROWS", 1_000)
    write_city(make_city(), tmp_path / "town", "en")
    (tmp_path / "town" / "crews.csv").write_bytes(content)
    assert only_error(tmp_path / "town") == code


def test_the_largest_that_is_taken_is_taken_soon(tmp_path):
    """Tens of thousands of records are read, not refused."""
    city = make_city()
    write_city(city, tmp_path / "town", "en")
    path = tmp_path / "town" / "blockages.csv"
    heading, first, *_ = path.read_text("utf-8-sig").splitlines()
    lines = [f"B{number},{first.split(',', 1)[1]}" for number in range(30_000)]
    path.write_text("\n".join([heading, *lines]), "utf-8")
    assert len(read_city(tmp_path / "town").blockages) == 30_000
    assert grids.MAX_ROWS >= 30_000
