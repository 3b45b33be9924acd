"""What a city has, in the formats that cities have."""

import sqlite3
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyproj
import pytest
import shapely

from data import coordinates
from data.coordinates import guess_system, is_swapped, system_of, to_wgs84_points
from data.errors import BadSheets
from data.files.raw import BadFile
from data.files.read import read_tables
from data.files.table import FileTable
from data.geo import from_wgs84
from data.sheets.convert import converter
from data.sheets.foreign.centrelines import read_centrelines
from data.sheets.foreign.mapping import can_be_in, propose_as
from data.sheets.foreign.synonyms import TARGETS
from tests.helpers.files import city_files as make

ROWS = [["编号", "道路", "数量"], ["Y-1", "人民大街", 12], ["Y-2", "Rua de São João", 3.5]]
STREETS = [
    ({"OBJECTID": 1, "ST_NAME": "Main St"}, shapely.LineString([(-71.11, 42.37), (-71.10, 42.37)])),
    (
        {"OBJECTID": 2, "ST_NAME": "Elm St"},
        shapely.MultiLineString(
            [[(-71.11, 42.36), (-71.11, 42.37)], [(-71.11, 42.37), (-71.11, 42.38)]]
        ),
    ),
    ({"OBJECTID": 3, "ST_NAME": "<Null>"}, None),
]


def moved(features, epsg: int):
    """Features in another system."""
    turn = pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform
    return [
        (told, None if shape is None else shapely.transform(shape, turn, interleaved=False))
        for told, shape in features
    ]


@pytest.mark.parametrize(
    "written",
    [
        lambda path: make.delimited(path / "a.csv", ROWS),
        lambda path: make.delimited(path / "a.txt", ROWS, "\t", "utf-16"),
        lambda path: make.delimited(path / "a.csv", ROWS, ";", "utf-8-sig"),
        lambda path: make.delimited(path / "a.csv", ROWS, "|", "gb18030"),
        lambda path: make.workbook(path / "a.xlsx", 雨水口=ROWS),
        lambda path: make.old_excel(path / "a.xls", ROWS),
        lambda path: make.open_document(path / "a.ods", ROWS),
        lambda path: make.open_document(path / "named_wrongly.csv", ROWS),
    ],
    ids=("csv", "tabs_utf16", "semicolons_bom", "bars_gbk", "xlsx", "xls", "ods", "ods_as_csv"),
)
def test_a_table_reads_the_same_in_every_format(tmp_path: Path, written):
    (table,) = read_tables(written(tmp_path))
    assert table.headings == ("编号", "道路", "数量")
    assert list(table.places) == [2, 3]
    assert list(table.column("道路")) == ["人民大街", "Rua de São João"]
    assert [float(value) for value in table.column("数量")] == [12, 3.5]


def test_western_letters_are_not_taken_for_chinese(tmp_path: Path):
    rows = [["Código", "Localização"], *[[number, "Praça do Município"] for number in range(9)]]
    (table,) = read_tables(make.delimited(tmp_path / "a.csv", rows, ";", "cp1252"))
    assert table.headings == ("Código", "Localização")
    assert table.column("Localização")[0] == "Praça do Município"


def test_titles_sums_and_joined_cells_are_understood_and_told(tmp_path: Path):
    from openpyxl import load_workbook

    path = make.workbook(
        tmp_path / "a.xlsx",
        台账=[
            ["2026年雨水口台账（制表：办公室）"],
            ["编号", "道路", "坐标", None],
            [None, None, "X", "Y"],
            ["Y-1", "人民大街", 125.1, 42.9],
            ["Y-2", None, 125.2, 42.9],
            ["小计", None, 2, None],
            ["编号", "道路", "坐标 X", "坐标 Y"],
            ["Y-3", "站前路", 125.3, 42.9],
            ["合 计", None, "3", None],
        ],
        旧表=[["编号", "道路"], ["X", "y"]],
    )
    book = load_workbook(path)
    for area in ("A1:D1", "C2:D2", "A2:A3", "B2:B3", "B4:B5"):
        book["台账"].merge_cells(area)
    book["旧表"].sheet_state = "hidden"
    book.save(path)
    table, old = read_tables(path)
    assert table.headings == ("编号", "道路", "坐标 X", "坐标 Y")
    assert list(table.column("编号")) == ["Y-1", "Y-2", "Y-3"]
    assert list(table.column("道路")) == ["人民大街", "人民大街", "站前路"]
    assert list(table.places) == [4, 5, 8]
    codes = [note.code.removeprefix("files.") for note in table.notes]
    assert codes == ["merged_cells", "title_row", "sum_row", "headings_again", "sum_row"]
    assert [note.code for note in old.notes] == ["files.hidden_sheet"]


@pytest.mark.parametrize(
    "written",
    [
        lambda path: make.geojson(path / "s.geojson", STREETS),
        lambda path: make.geojson(
            path / "s.json", moved(STREETS, 2249), "urn:ogc:def:crs:EPSG::2249"
        ),
        lambda path: make.zipped_shapefile(path / "s.zip", moved(STREETS, 2249), 2249),
        lambda path: make.geopackage(path / "s.gpkg", moved(STREETS, 26986), 26986),
        lambda path: make.kml(path / "s.kml", STREETS),
        lambda path: make.kml(path / "s.kmz", STREETS),
    ],
    ids=("geojson", "geojson_feet", "shapefile_feet", "geopackage_metres", "kml", "kmz"),
)
def test_centrelines_are_the_same_in_every_format(tmp_path: Path, written):
    streets = read_centrelines(written(tmp_path))
    assert streets.names == ("Main St", "Elm St", "Elm St")
    assert streets.left_out == 1
    assert [int(float(one)) for one in streets.attributes["OBJECTID"]] == [1, 2, 2]
    ends = shapely.get_coordinates(streets.lines[0])
    assert ends == pytest.approx(np.array([(-71.11, 42.37), (-71.10, 42.37)]), abs=1e-5)


def test_lines_in_an_unknown_system_are_refused_unless_it_is_named(tmp_path: Path):
    path = make.zipped_shapefile(tmp_path / "s.zip", moved(STREETS, 2249), None)
    with pytest.raises(BadSheets) as caught:
        read_centrelines(path)
    assert caught.value.errors[0].code == "files.no_system"
    assert len(read_centrelines(path, "EPSG:2249").lines) == 3


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("WGS84", "wgs84"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84"),
        ("ＧＣＪ－０２", "gcj02"),
        ("百度坐标", "bd09"),
        ("2000国家大地坐标系", "EPSG:4490"),
        ("CGCS2000 3度带 中央子午线126", "EPSG:4551"),
        ("CGCS2000 / 3-degree Gauss-Kruger zone 42", "EPSG:4530"),
        ("西安80 3度带 39带", "EPSG:2363"),
        ("102100", "EPSG:3857"),
        ("4547", "EPSG:4547"),
    ],
)
def test_a_system_is_known_by_its_words(written, system):
    assert system_of(written) == system


def test_a_text_that_is_no_name_of_a_system_is_not_searched_for_one(monkeypatch):
    monkeypatch.setattr(coordinates, "_BELT", None)  # whose search would take its length squared
    with pytest.raises(coordinates.UnknownSystem):
        system_of("2000 " + "0" * 100_000)


@pytest.mark.parametrize(
    ("cells", "system"),
    [
        (("WGS-84", "WGS-84"), "wgs84"),
        (("火星坐标", ""), "gcj02"),
        (("CGCS2000", "CGCS2000"), "EPSG:4490"),
        (("WGS-84", "百度"), None),
        (("", ""), "wgs84"),
    ],
)
@pytest.mark.parametrize("heading", ["坐标系", "坐标系统", "CRS"])
def test_a_column_of_systems_is_no_column_of_places_and_tells_the_system(
    tmp_path: Path, heading, cells, system
):
    """Where it names several, nobody can tell; where none, the figures do."""
    rows = [["编号", "经度", "纬度", heading]]
    rows += [[f"Y{n}", 113.26 + n / 100, 23.13, cell] for n, cell in enumerate(cells)]
    table = read_tables(make.delimited(tmp_path / "inlets.csv", rows))[0]
    mapping = propose_as(table, "inlets")
    assert {one.column: one.heading for one in mapping.columns}.get("wkt") is None
    assert mapping.system == system


@pytest.mark.parametrize("epsg", [4326, 3857, 4530, 4499])
@pytest.mark.parametrize("is_turned", [False, True])
def test_figures_tell_their_system(epsg, is_turned):
    """Degrees, the web's metres, belts of 3 and 6 degrees with their number, also north first."""
    town = np.array([[125.13 + n / 900, 42.9 + n / 700] for n in range(9)])
    points = np.column_stack(
        pyproj.Transformer.from_crs(4326, epsg, always_xy=True).transform(*town.T)
    )
    if is_turned and epsg != 3857:
        points = points[:, ::-1]
        assert is_swapped(points).all()
        points = points[:, ::-1]
    assert not is_swapped(points).any()
    assert to_wgs84_points(points, guess_system(points)) == pytest.approx(town, abs=2e-5)


@pytest.mark.parametrize("system", ["gcj02", "bd09"])
def test_many_positions_shift_as_one_does(system):
    town = [(125.13 + n / 90, 42.9) for n in range(5)] + [(-71.1, 42.3)]
    shifted = np.array([from_wgs84(place, system) for place in town])
    assert to_wgs84_points(shifted, system) == pytest.approx(np.array(town), abs=1e-9)


@pytest.mark.parametrize(
    ("target", "heading", "values", "column"),
    [
        ("inlets", "FACID", ["C1", "C2"], "id"),
        ("inlets", "Asset_ID", [7, 8], "id"),
        ("inlets", "MAINTDATE", [1_656_633_600_000, None], "cleaned_on"),
        ("inlets", "上次清掏时间", ["2026年7月4日", "20260704"], "cleaned_on"),
        ("inlets", "INSTALL_DATE", ["7/4/2026", "12/31/2025"], "in_service_on"),
        ("inlets", "Nº de inventário", ["A1", "A2"], None),
        ("inlets", "清掏日期", ["<Null>", "<Null>", "2024/3/1"], "cleaned_on"),
        ("inlets", "Nome da Rua", ["Rua Direita"], "road"),
        ("inlets", "GlobalID", ["{A}", "{B}"], "id"),
        ("inlets", "LONGITUDE_DD", [-71.1, -71.2], "lon"),
        ("inlets", "OWNER", ["City", "City"], None),
        ("machines", "罐容（升）", ["5,000", 8000], "capacity"),
        ("machines", "牌照号", ["吉A1", "吉A2"], "plate"),
        ("blockages", "Date Reported", ["2026-07-04 08:00", "2026-07-05 09:30"], "reported_at"),
    ],
)
def test_a_heading_is_known_by_its_words_and_its_values(target, heading, values, column):
    table = FileTable("t", (heading,), (values,), (2, 3))
    found = {one.heading: one.column for one in propose_as(table, target).columns}
    assert found.get(heading) == column


FEATURE = '{"type":"Feature","properties":{"a":1},"geometry":%s}'
PLACED = FEATURE % '{"type":"Point","coordinates":[1,2]}'
HUGE = "9" * 400


@pytest.mark.parametrize(
    "geometry",
    [
        f'{{"type":"Point","coordinates":[{HUGE},2]}}',
        f'{{"type":"LineString","coordinates":[[{HUGE},2],[1,1]]}}',
        '{"type":"LineString","coordinates":"abc"}',
    ],
)
def test_a_feature_without_a_sound_place_hides_no_other(tmp_path: Path, geometry):
    path = tmp_path / "a.geojson"
    features = f"{FEATURE % geometry},{PLACED}"
    path.write_text(f'{{"type":"FeatureCollection","features":[{features}]}}')
    (table,) = read_tables(path)
    assert [shape is None for shape in table.geometry] == [True, False]


def test_a_placemark_without_a_sound_place_hides_no_other(tmp_path: Path):
    mark = "<Placemark><name>a</name><Point><coordinates>%s</coordinates></Point></Placemark>"
    path = tmp_path / "a.kml"
    path.write_text(f"<kml>{mark % 'x,y'}{mark % '1,2'}</kml>")
    (table,) = read_tables(path)
    assert [shape is None for shape in table.geometry] == [True, False]


def geopackage(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as db:
        db.execute("create table gpkg_contents(table_name, data_type, srs_id)")
        db.execute("create table gpkg_geometry_columns(table_name, column_name)")
        for statement in statements:
            db.execute(statement)
    db.close()
    return path


@pytest.mark.parametrize("name", ["NULL", "7", "x'ff'", "'gone'"])
def test_a_layer_that_is_not_there_hides_no_other(tmp_path: Path, name):
    path = geopackage(
        tmp_path / "a.gpkg",
        "create table t(a)",
        "insert into t values(1)",
        f"insert into gpkg_contents values({name}, 'features', 0), ('t', 'attributes', 0)",
    )
    assert [table.count for table in read_tables(path)] == [1]


@pytest.mark.parametrize("size", [10_000_000, 60_000_000])
def test_a_view_that_makes_bytes_without_end_is_refused(tmp_path: Path, size):
    path = geopackage(
        tmp_path / "a.gpkg",
        "create view v as with recursive c(x) as (select 1 union all select x + 1 from c)"
        f" select zeroblob({size}) z from c",
        "insert into gpkg_contents values('v', 'attributes', 0)",
    )
    with pytest.raises(BadFile):
        read_tables(path)


def test_a_number_of_the_file_is_no_city_s_own_id(tmp_path: Path):
    own = PLACED.replace('"a":1', '"FACILITYID":"CB1"').replace("{", '{"id":7,', 1)
    path = tmp_path / "catch_basins.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{own}]}}')
    (table,) = read_tables(path)
    found = {one.column: one.heading for one in propose_as(table, "inlets").columns}
    assert found["id"] == "FACILITYID"


@pytest.mark.parametrize(
    ("hours", "day"), [((0, 24), date(2020, 1, 1)), ((5, 29), date(2020, 1, 1))]
)
def test_days_counted_since_1970_stay_the_days_that_were_written(hours, day):
    """Midnights in UTC are days; 5 in UTC is the midnight of New York."""
    sample = [1_577_836_800_000 + hour * 3_600_000 for hour in hours]
    column = TARGETS["inlets"].column("cleaned_on")
    assert converter(column, "", sample, ZoneInfo("America/New_York"))(sample[0]) == day


@pytest.mark.parametrize(
    ("written", "hour"),
    [("2026-07-04T08:00:00Z", 8), ("2026-07-04 08:00-02:00", 10), ("2026-07-04 18:00", 10)],
)
def test_a_time_with_an_offset_is_an_instant(written, hour):
    column = TARGETS["blockages"].column("reported_at")
    read = converter(column, "", [written], ZoneInfo("Asia/Shanghai"))
    assert read(written) == datetime(2026, 7, 4, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("points", "system", "fits"),
    [
        ([(120.1, 30.2)], "EPSG:4549", False),
        ([(120.1, 30.2)], "gcj02", True),
        ([(514481.7, 3350053.7)], "4549", True),
        ([(514481.7, 3350053.7)], "gcj02", False),
        ([], "4549", True),
        ([(120.1, 30.2)], "nonsense", True),
    ],
)
def test_degrees_are_no_metres(points, system, fits):
    shapes = np.array([shapely.Point(one) for one in points] + [None], dtype=object)
    table = FileTable("t", (), (), range(1, len(shapes) + 1), shapes)
    assert can_be_in(table, (), system) is fits
