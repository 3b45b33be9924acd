"""Files that ask for gigabytes, or for ever: refused in words, and nobody else pays for them."""

import resource
import sys

import pytest

from data.errors import BadSheets
from data.files.raw import BadFile
from data.files.read import tables_of_files
from ops.base.messages import LANGUAGES, Translator
from ops.district import city_files
from ops.district.reading_apart import Room, brought, read_apart
from ops.district.uploads import read_files
from tests.helpers import hostile
from tests.helpers.hostile import far_cell, geopackage, laughs, workbook, zipped

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
    "read", [hostile.takes_gigabytes, hostile.dies, hostile.answers_without_end]
)
def test_what_gets_the_better_of_the_reader_takes_nobody_with_it(read):
    before = held()
    with pytest.raises(BadSheets, match=r"sheets\.too_much"):
        read_apart(read, {"a.xlsx": b"x"})
    assert held() - before < 300


def test_at_the_machine_reading_has_bounds_of_its_own(tmp_path, monkeypatch):
    narrow = Room(memory=4_000_000_000, seconds=1, refused="sheets.too_much_here")
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
    assert table.headings == ("?", "n")
    assert city_files.proposed(store, [table])
