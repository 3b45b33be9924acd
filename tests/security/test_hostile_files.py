"""Files that ask for gigabytes, or for ever: refused in words, and nobody else pays for them."""

import io
import json
import resource
import sqlite3
import sys
import tracemalloc
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BadSheets, RowError
from data.files.plain import parts
from data.files.raw import BadFile, Raw
from data.files.read import tables_of_files
from data.model.message import Message
from ops.base.messages import LANGUAGES, Translator
from ops.district import city_files
from ops.district.reading_apart import (
    AT_THE_BOARD,
    COPIES,
    PART_BYTES,
    ApartFailed,
    Room,
    _believed,
    brought,
    read_apart,
)
from ops.district.uploads import read_files, read_upload
from tests.helpers.security import hostile
from tests.helpers.security.hostile import far_cell, geopackage, laughs, workbook, zipped

COUNT = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c{}) SELECT {} FROM c"


def held() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("far.xlsx", lambda _: workbook(far_cell()), "sheets.too_big_unpacked"),
        ("sheets.xlsx", lambda _: workbook(far_cell(20_000), 12), "sheets.too_big_unpacked"),
        (
            "many.zip",
            lambda _: zipped(
                dict.fromkeys(["1.xlsx", "2.xlsx", "3.xlsx"], workbook(" " * 140_000_000))
            ),
            "sheets.too_big_unpacked",
        ),
        ("laughs.kml", lambda _: laughs(), "files.bad_xml"),
        ("deep.geojson", lambda _: b'{"type":' + b"[" * 10**6, "files.bad_json"),
        ("endless.gpkg", lambda at: geopackage(at, COUNT.format("", "x")), "sheets.too_many_rows"),
        (
            "wide.gpkg",
            lambda at: geopackage(at, COUNT.format(" LIMIT 1", ",".join("x" * 300))),
            "sheets.too_many_columns",
        ),
        (
            "layers.gpkg",
            lambda at: geopackage(at, COUNT.format(" LIMIT 250000", "x"), 40),
            "sheets.too_many_rows",
        ),
    ],
)
def test_a_file_of_some_kilobytes_costs_no_gigabytes(tmp_path, name, content, code):
    made, before = content(tmp_path / "made"), held()
    assert len(made) < 2_000_000
    with pytest.raises(BadFile) as refused:
        tables_of_files(name, {name: made})
    assert refused.value.code == code
    assert held() - before < 700
    for language in LANGUAGES:
        assert Translator(language)(refused.value.code, **refused.value.facts)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of a process there")
@pytest.mark.parametrize(
    "read",
    [
        hostile.takes_gigabytes,
        hostile.dies,
        hostile.answers_without_end,
        hostile.answers_a_crowd,
        hostile.answers_code,
        hostile.answers_another_kind,
    ],
)
def test_what_gets_the_better_of_the_reader_takes_nobody_with_it(read):
    before, answer = held(), AT_THE_BOARD.answer / 2**20
    with pytest.raises(BadSheets, match=r"sheets\.too_much"):
        read_apart(read, {"a.xlsx": b"x"})
    assert held() - before < answer + 30
    assert not hostile.DONE


CROWDS = {
    "numbers": (tuple[int, ...], "1234567"),
    "words": (tuple[str, ...], '"\\u4e2d%x"'),
    "sets": (frozenset[str], '"%x"'),
    "lists": (tuple[tuple[int, ...], ...], "[]"),
    "lists of one": (tuple[tuple[int, ...], ...], "[1]"),
    "nests": (tuple[tuple[object, ...], ...], "[[]]"),
    "days": (tuple[Raw, ...], '{"date":"2022-01-01"}'),
    "sentences": (tuple[Message, ...], '{"said":["%x",[]]}'),
    "errors": (tuple[RowError, ...], '["%x",null,null,"c",[]]'),
    "pairs": (dict[str, int], '["%x",1]'),
}


@pytest.mark.parametrize("kind", CROWDS)
def test_an_answer_takes_no_more_memory_than_it_was_counted_for(kind):
    hint, one = CROWDS[kind]
    answer = "[" + ",".join(one.replace("%x", f"{n:x}") for n in range(20_000)) + "]"
    counted = COPIES * len(answer) + PART_BYTES * parts(answer.encode())
    fits = Room(memory=1, seconds=1, answer=counted, refused="sheets.too_much")
    tracemalloc.start()
    assert len(_believed(hint, b"+" + answer.encode(), fits)) == 20_000
    assert tracemalloc.get_traced_memory()[1] <= fits.answer
    tracemalloc.stop()
    with pytest.raises(ApartFailed, match="too_much"):
        _believed(hint, b"+" + answer.encode(), replace(fits, answer=counted - 1))


def test_at_the_machine_reading_has_bounds_of_its_own(tmp_path, monkeypatch):
    narrow = Room(memory=4_000_000_000, seconds=1, answer=1000, refused="sheets.too_much_here")
    with pytest.raises(BadSheets, match=r"sheets\.too_much_here"):
        read_apart(hostile.works_without_end, {"a.xlsx": b"x"}, narrow)
    for part in ("a.shp", "a.dbf", "b.dbf"):
        (tmp_path / part).write_bytes(b"12345")
    assert sorted(brought([tmp_path / "a.shp"])) == ["a.dbf", "a.shp"]
    monkeypatch.setattr("ops.district.reading_apart.MOST_BYTES", 9)
    with pytest.raises(BadSheets, match=r"sheets\.too_big"):
        brought([tmp_path])
    with pytest.raises(BadSheets, match=r"sheets\.no_file"):
        brought([tmp_path / "none"])


def test_the_reader_knows_no_key_and_tells_what_it_read(monkeypatch):
    monkeypatch.setenv("XUNBAN_KEY_OF_OURS", "secret")
    told = read_apart(hostile.tells_secrets, {})
    assert not [one for one in told if one.startswith("XUNBAN")]
    (table,) = read_apart(read_files, {"a.csv": "名称,经度\n甲,1\n".encode()})
    assert (table.headings, table.count) == (("名称", "经度"), 1)
    with pytest.raises(BadSheets, match=r"files\.no_table"):
        read_apart(read_files, {"a.csv": b"\n"})


@pytest.mark.parametrize(
    "told",
    [
        '{"type": "X", "coordinates": [1, 2]}',
        '{"type": "GeometryCollection", "coordinates": []}',
        '{"type": "GeometryCollection", "geometries": [' * 300 + "]}" * 300,
        '{"type": "Point", "coordinates": [NaN, 1e999]}',
        '{"type": "Point", "coordinates": ' + "[" * 300 + "]" * 300 + "}",
        '{"type": "Polygon", "coordinates": [[[1, 2]]]}',
        '{"type": "LineString", "coordinates": [["a", "b"], {}]}',
        '{"type": null}',
    ],
)
def test_a_shape_that_is_none_costs_its_row_a_place_and_the_file_nothing(told):
    features = f'{{"properties": {{"n": 1}}, "geometry": {told}}}'
    whole = f'{{"type": "FeatureCollection", "features": [{features}]}}'
    (table,) = tables_of_files("a.geojson", {"a.geojson": whole.encode()})
    assert table.count == 1


def test_half_a_character_is_a_mark_in_headings_values_and_systems(store):
    made = r"""{"type": "FeatureCollection", "crs": {"properties": {"name": "\ud800"}},
    "features": [{"properties": {"\udfff": "\ud800", "n": {"a": "\ud800"}}, "geometry": null}]}"""
    (table,) = tables_of_files("a.geojson", {"a.geojson": made.encode()})
    assert table.headings == ("?", "a")
    assert city_files.proposed(store, [table])


def _laid(path: Path, script: str) -> bytes:
    """An SQLite file that is made by this script beside the tables of a GeoPackage."""
    geopackage(path, "SELECT 1 AS x")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(script)
        db.commit()
    return path.read_bytes()


def _named(*names: str) -> bytes:
    """An archive whose tables bear these names."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            part = zipfile.ZipInfo(name)
            part.external_attr = 0o120777 << 16  # a symbolic link
            archive.writestr(part, "名称,经度\n甲,1\n")
    return held.getvalue()


ENTITY = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
CELL = '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>'
ODS = (
    '{}<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body>'
    '<office:spreadsheet><table:table table:name="a">{}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
)
FAR = '<table:table-cell table:number-columns-repeated="{n}"><text:p>x</text:p></table:table-cell>'
MIME = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}
ATTACKS = {
    "slip.zip": lambda _: _named("../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "a\\..\\b.csv"),
    "same.zip": lambda _: _named("a.csv", "./a.csv", "b/../a.csv"),
    "entries.zip": lambda _: zipped({f"{n}.csv": "" for n in range(20_000)}),
    "nested.zip": lambda _: zipped({"a.zip": zipped({"b.zip": zipped({"c.csv": "a\n1\n"})})}),
    "disguised.zip": lambda _: zipped(
        {"a.zip": zipped({"mimetype": "x", "b.zip": zipped({"c.csv": "a\n1\n"})})}
    ),
    "entity.xlsx": lambda _: workbook(CELL),
    "entity_in.xlsx": lambda _: zipped(
        {"[Content_Types].xml": ENTITY + "<Types>&x;</Types>", "xl/workbook.xml": ENTITY + "<a/>"}
    ),
    "entity.ods": lambda _: zipped(MIME | {"content.xml": ODS.format(ENTITY, "&x;")}),
    "far.ods": lambda _: zipped(
        MIME
        | {
            "content.xml": ODS.format(
                "",
                f'<table:table-row table:number-rows-repeated="1048576">{FAR.format(n=2**31)}'
                "</table:table-row>",
            )
        }
    ),
    "entity.kml": lambda _: (
        ENTITY + "<kml><Placemark><name>&x;</name></Placemark></kml>"
    ).encode(),
    "entity.gpx": lambda _: (
        ENTITY + '<gpx><wpt lat="1" lon="1"><name>&x;</name></wpt></gpx>'
    ).encode(),
    "trigger.gpkg": lambda at: _laid(
        at,
        "CREATE TABLE t(x);CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;"
        "INSERT INTO gpkg_contents VALUES('t', 'attributes', 1);",
    ),
    "extension.gpkg": lambda at: _laid(
        at,
        "CREATE VIEW e AS SELECT load_extension('/tmp/x.so') AS x;"
        "INSERT INTO gpkg_contents VALUES('e', 'attributes', 1);",
    ),
    "reads.gpkg": lambda at: _laid(
        at,
        "CREATE VIEW e AS SELECT readfile('/etc/passwd') AS x, fts3_tokenizer('a') AS y;"
        "INSERT INTO gpkg_contents VALUES('e', 'attributes', 1);",
    ),
    "itself.gpkg": lambda at: _laid(
        at,
        "CREATE VIEW e AS SELECT * FROM e; CREATE VIEW f AS SELECT * FROM g;"
        "CREATE VIEW g AS SELECT * FROM f;"
        "INSERT INTO gpkg_contents VALUES('f', 'attributes', 1);",
    ),
    "masters.gpkg": lambda at: _laid(
        at, "INSERT INTO gpkg_contents VALUES('sqlite_master\"; --', 'attributes', 1);"
    ),
    "long.gpkg": lambda at: _laid(
        at,
        "CREATE VIEW e AS SELECT hex(zeroblob(60000000)) AS x;"
        "INSERT INTO gpkg_contents VALUES('e', 'attributes', 1);",
    ),
    "numbers.geojson": lambda _: (
        b'{"type":"FeatureCollection","features":[{"properties":{"n":'
        + b"9" * 10_000
        + b'},"geometry":null}]}'
    ),
    "keys.geojson": lambda _: json.dumps(
        {
            "type": "FeatureCollection",
            "features": [{"properties": {f"k{n}": n for n in range(20_000)}, "geometry": None}],
        }
    ).encode(),
    "wide.csv": lambda _: b",".join([b"a"] * 100_000) + b"\n1\n",
    "nul.csv": lambda _: b"a\0,b\n\0,1\n",
    "quoted.csv": lambda _: b'a,b\n"' + b"x" * 3_000_000,
    "half.csv": lambda _: "a,b\n1,2\n".encode("utf-16")[:-1],
    "lying.dbf": lambda _: b"\x03\x7e\x01\x01" + b"\xff\xff\xff\x7f" + b"\xff\xff" * 2 + bytes(40),
    "torn.xls": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
    "formulas.csv": lambda _: "名称,备注\n=cmd|' /C calc'!A0,@SUM(1)\n".encode(),
}


def read_or_refused(name: str, content: bytes) -> list[str]:
    """The words of all cells, or those of the refusal; anything else that is raised is a fault."""
    try:
        tables = tables_of_files(name, {name: content})
    except BadFile as refused:
        return [Translator(one)(refused.code, **refused.facts) for one in LANGUAGES]
    return [str(one) or "-" for table in tables for column in table.columns for one in column]


@pytest.mark.parametrize("name", ATTACKS)
def test_whatever_is_brought_is_read_or_refused_in_words(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    content, before = ATTACKS[name](tmp_path / "in" / "made"), sorted(tmp_path.rglob("*"))
    told = read_or_refused(name, content)
    assert all(told)
    assert not any("root:" in word for word in told)
    assert sum(map(len, told)) < 5_000_000
    upload = read_upload({name: content})
    assert upload.errors or upload.city
    assert sorted(tmp_path.rglob("*")) == before, "nothing was laid beside it"
