"""Files that are odd in their form: archives in archives, degrees in words, other units, sheets
that hold several tables, texts of other programs; with what must come of each.
"""

import gzip
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import shapely
from openpyxl import load_workbook

from data.sheets.foreign.take_in import TakenIn
from data.sheets.foreign.take_in_rows import Wanted
from data.store.store import Store
from ops.district import city_files
from ops.district.uploads import read_files
from tests.helpers.files import city_files as make
from tests.helpers.files.odd_files import (
    CAMBRIDGE,
    FORTY,
    TOWN,
    Odd,
    basins,
    csv_of,
    feet,
    moved,
    places,
    streets,
    with_streets,
)

HERE = (TOWN[0] + 0.0005, TOWN[1] + 0.00005)
NEAR = (CAMBRIDGE[0] + 0.0005, CAMBRIDGE[1] + 0.00005)
HEADINGS = ["编号", "经度", "纬度"]


def packed(path: Path, files: Mapping[str, Path]) -> Path:
    """A zip of files, under these names."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, file in files.items():
            archive.write(file, name)
            file.unlink()
    return path


def _zip_of_kmz(path: Path) -> list[Path]:
    two = {
        "数据/道路.kmz": make.kml(path / "道路.kmz", streets(TOWN)),
        "数据/雨水口.kmz": make.kml(path / "雨水口.kmz", basins(TOWN)),
    }
    return [packed(path / "龙山.zip", two)]


def _zip_of_zips(path: Path) -> list[Path]:
    two = {
        "a/streets.zip": make.zipped_shapefile(path / "streets.zip", streets(CAMBRIDGE)),
        "a/Catch_Basins.zip": make.zipped_shapefile(
            path / "Catch_Basins.zip", [(a, shapely.force_2d(s)) for a, s in basins(CAMBRIDGE)]
        ),
    }
    (path / "a.dwg").write_bytes(b"AC1027" + bytes(200))
    with zipfile.ZipFile(path / "a.docx", "w") as letter:
        letter.writestr("[Content_Types].xml", "<Types/>")
        letter.writestr("word/document.xml", "<w/>")
    beside = {"plan.dwg": path / "a.dwg", "letter.docx": path / "a.docx"}
    return [packed(path / "all.zip", two | beside)]


def _layers_in_one_zip(path: Path) -> list[Path]:
    files: dict[str, bytes] = {}
    for name, features in (("ROADS", streets(CAMBRIDGE)), ("Inlets", basins(CAMBRIDGE))):
        flat = [(a, shapely.force_2d(s)) for a, s in features]
        with zipfile.ZipFile(make.zipped_shapefile(path / f"{name}.zip", flat)) as archive:
            files |= {one: archive.read(one) for one in archive.namelist()}
        (path / f"{name}.zip").unlink()
    out = path / "both.zip"
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():  # of one layer in letters of another case
            archive.writestr(name.lower() if name.endswith(".dbf") else name, content)
    return [out]


def _gz(path: Path) -> list[Path]:
    plain = make.geojson(path / "inlets.geojson", basins(CAMBRIDGE))
    out = path / "inlets.geojson.gz"
    out.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    return [make.geojson(path / "streets.geojson", streets(CAMBRIDGE)), out]


def _parts(value: float) -> tuple[int, int, float]:
    size = abs(value)
    minutes = (size - int(size)) * 60
    return int(size), int(minutes), round((minutes - int(minutes)) * 60, 4)


def _degrees(form: str, comma: bool = False) -> Callable[..., list]:
    def row(number: int, lon: float, lat: float) -> list:
        cells = [
            form.format(*_parts(one), EW="E" if lon > 0 else "W", NS="N", zh=zh, side=side)
            for one, zh, side in ((lon, "东经", "E" if lon > 0 else "W"), (lat, "北纬", "N"))
        ]
        return [number, *(cell.replace(".", ",") if comma else cell for cell in cells)]

    return row


def _one_cell(form: str) -> Callable[..., list]:
    def row(number: int, lon: float, lat: float) -> list:
        return [number, form.format(lon, lat, east=_parts(lon), north=_parts(lat))]

    return row


def _metres(epsg: int, size: float, turned: bool = False) -> Callable[..., list]:
    def row(number: int, lon: float, lat: float) -> list:
        x, y = (round(one / size, 6) for one in feet(lon, lat, epsg))
        return [f"Y{number}", *((y, x) if turned else (x, y))]

    return row


def _streets_in_millimetres(path: Path) -> list[Path]:
    features = [
        (told, shapely.transform(line, lambda at: at * 1000))
        for told, line in moved(streets(TOWN), 4530)
    ]
    return [
        make.geojson(path / "道路中心线.geojson", features, "EPSG:4530"),
        make.geojson(path / "雨水口.geojson", basins(TOWN)),
    ]


def _reshaped(reshape: Callable[[shapely.Point], shapely.Geometry | None], name: str):
    def write(path: Path) -> Path:
        return make.geojson(path / name, [(a, reshape(s)) for a, s in basins(CAMBRIDGE)])

    return with_streets(CAMBRIDGE, write)


def _mixed(point: shapely.Point) -> shapely.Geometry:
    kinds = (
        point,
        point.buffer(0.000005),
        shapely.GeometryCollection([point]),
        shapely.MultiPoint([point]),
        shapely.LineString([(point.x - 1e-5, point.y), (point.x + 1e-5, point.y)]),
    )
    return kinds[round(point.x * 1e7) % 5 if point.x != NEAR[0] else 0]


def _measured(path: Path) -> Path:
    """GeoJSON with heights and measures, as some programs write it."""
    told = json.loads(make.geojson(path / "a.json", streets(CAMBRIDGE)).read_text("utf-8"))
    for feature in told["features"]:
        _add_heights(feature["geometry"]["coordinates"])
    (path / "a.json").unlink()
    out = path / "Street_Centerlines.geojson"
    out.write_text(json.dumps(told), encoding="utf-8")
    return out


def _add_heights(coordinates: list) -> None:
    for at in coordinates:
        if isinstance(at[0], list):
            _add_heights(at)
        else:
            at += [12.5, 3.0]


def _lines_of_json(path: Path) -> Path:
    told = json.loads(make.geojson(path / "a.json", basins(CAMBRIDGE)).read_text("utf-8"))
    (path / "a.json").unlink()
    out = path / "inlets.geojsonl"
    lines = "\n".join("\x1e" + json.dumps(one) for one in told["features"])
    out.write_text(lines, encoding="utf-8")
    return out


def _esri(path: Path) -> Path:
    features = [
        {"attributes": dict(told), "geometry": {"x": place.x, "y": place.y, "z": None}}
        for told, place in moved([(a, shapely.force_2d(s)) for a, s in basins(CAMBRIDGE)], 3857)
    ]
    told = {"geometryType": "esriGeometryPoint", "features": features}
    told["spatialReference"] = {"wkid": 102100, "latestWkid": 3857}
    out = path / "Inlets.json"
    out.write_text(json.dumps(told), encoding="utf-8")
    return out


def _torn_curves(path: Path) -> Path:
    """Inlets of which the last are curves that lead nowhere."""
    out = _esri(path)
    told = json.loads(out.read_text("utf-8"))
    torn = ([[{}]], [3], [[[1, 2], {"c": []}]], {"a": 1})
    curves = [{kind: one} for kind in ("curvePaths", "curveRings") for one in torn]
    for feature, curve in zip(told["features"][-len(curves) :], curves, strict=True):
        feature["geometry"] = curve
    out.write_text(json.dumps(told), encoding="utf-8")
    return out


def _curves(path: Path) -> list[Path]:
    """A GeoPackage with streets of which some are bent, and inlets beside them in a layer."""
    out = make.geopackage(path / "city.gpkg", streets(CAMBRIDGE))
    import sqlite3

    lon, lat = CAMBRIDGE
    arc = struct.pack("<BII", 1, 8, 3) + struct.pack(
        "<6d", lon, lat, lon + 0.004, lat + 0.0005, lon + 0.008, lat
    )
    with sqlite3.connect(out) as db:
        db.execute("UPDATE layer SET geom = ? WHERE rowid = 1", (_headed(arc),))
    db.close()
    return [out, make.geojson(path / "Basins.geojson", basins(CAMBRIDGE))]


def _headed(wkb: bytes) -> bytes:
    return b"GP\x00\x01" + struct.pack("<i", 4326) + wkb


def _ewkb(number: int, lon: float, lat: float) -> list:
    x, y = feet(lon, lat, 2249)
    point = shapely.set_srid(shapely.Point(x, y), 2249)
    return [number, shapely.to_wkb(point, hex=True, include_srid=True)]


def _ewkt(number: int, lon: float, lat: float) -> list:
    x, y = feet(lon, lat, 2249)
    return [number, f"SRID=2249;POINT ZM ({x} {y} 1 2)"]


def _text(lines: Callable[[], list[str]], encoding: str = "utf-8", name: str = "雨水口.csv"):
    def write(path: Path) -> Path:
        out = path / name
        out.write_bytes("\r\n".join(lines()).encode(encoding))
        return out

    return with_streets(TOWN, write)


def _rows(divider: str = ",", start: int = 0) -> list[str]:
    return [
        divider.join((f"Y{n}", str(x), str(y))) for n, (x, y) in enumerate(places(TOWN)[start:])
    ]


def _sheet(rows: list, name: str = "Sheet1", **more: list):
    return with_streets(TOWN, lambda p: make.workbook(p / "台账.xlsx", **{name: rows} | more))


def _cells() -> list[list]:
    return [[f"Y{n}", x, y] for n, (x, y) in enumerate(places(TOWN))]


def _two_below() -> list[list]:
    fleet = [["吸污车", "吉A1", 5], ["高压疏通车", "吉A2", 8]]
    gap: list = [None]
    return [
        ["雨水口台账"], HEADINGS, *_cells(), ["合计：40 个"], gap,
        ["车辆台账"], ["设备名称", "车牌", "容量(m3)"], *fleet, ["注：以上均在用"],
    ]  # fmt: skip


def _two_beside() -> list[list]:
    cells = _cells()
    halves = [[*a, None, *b] for a, b in zip(cells[:20], cells[20:], strict=True)]
    return [[*HEADINGS, None, *HEADINGS], *halves]


def _excel_kinds(path: Path) -> Path:
    """Figures as text, errors of formulas, links, days in two ways."""
    rows: list = [["编号", "道路", "经度", "纬度", "投用日期"]]
    for n, (x, y) in enumerate(places(TOWN)):
        rows.append([f"Y{n}", "人民路", str(x) if n % 2 else x, f"{y} ", "2024/5/6"])
    rows.append(["Y40", "#N/A", "#N/A", "#REF!", None])
    out = make.workbook(path / "雨水口.xlsm", 雨水口=rows)
    book = load_workbook(out)
    sheet = book["雨水口"]
    sheet["C2"].hyperlink = "https://example.invalid/"
    for cell in sheet[42]:
        if cell.value in ("#N/A", "#REF!"):
            cell.data_type = "e"
    book.save(out)
    return out


def _bare_shapefile(path: Path) -> list[Path]:
    """Places alone: without what is said of them, of their system and of their letters."""
    flat = [(a, shapely.force_2d(s)) for a, s in basins(CAMBRIDGE)]
    made = make.zipped_shapefile(path / "inlets.zip", flat, None)
    with zipfile.ZipFile(made) as archive:
        kept = {one: archive.read(one) for one in archive.namelist() if one.endswith(".shp")}
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
    return [make.geojson(path / "streets.geojson", streets(CAMBRIDGE)), made]


def _csv(form: Callable[..., list], headings: list[str] = HEADINGS, divider: str = ","):
    return csv_of(TOWN, headings, form, divider, name="雨水口.csv")


FORMS = (
    Odd("zip_of_kmz", _zip_of_kmz, FORTY, at=HERE),
    Odd("zip_of_zips_with_a_drawing", _zip_of_zips, FORTY, at=NEAR, told=("left_unread",)),
    Odd("two_layers_in_one_zip_mixed_case", _layers_in_one_zip, FORTY, at=NEAR),
    Odd("gzipped_geojson", _gz, FORTY, at=NEAR),
    Odd("degrees_by_blanks", _csv(_degrees("{0} {1} {2}")), FORTY, at=HERE),
    Odd("degrees_by_signs", _csv(_degrees("{0}°{1}′{2}″")), FORTY, at=HERE),
    Odd("degrees_in_chinese", _csv(_degrees("{zh}{0}度{1}分{2}秒")), FORTY, at=HERE),
    Odd("degrees_side_first", _csv(_degrees("{side}{0}º{1}'{2}''")), FORTY, at=HERE),
    Odd(
        "degrees_decimal_comma",
        _csv(_degrees("{0}°{1}'{2}\"", True), divider=";"),
        FORTY,
        at=HERE,
    ),
    Odd("pair_in_one_cell", _csv(_one_cell("{0},{1}"), ["编号", "坐标"], ";"), FORTY, at=HERE),
    Odd(
        "pair_of_degrees_in_chinese",
        _csv(
            _one_cell("北纬{north[0]}度{north[1]}分{north[2]}秒，东经{east[0]}度{east[1]}分{east[2]}秒"),
            ["编号", "经纬度"],
        ),
        FORTY,
        at=HERE,
    ),
    Odd(
        "address_with_its_place",
        csv_of(
            CAMBRIDGE,
            ["CB_ID", "Location"],
            lambda n, x, y: [n, f"{n} Main St\nCambridge, MA\n({y}, {x})"],
            name="catch_basins.csv",
        ),
        FORTY,
        at=NEAR,
    ),
    Odd("ewkb_in_feet", csv_of(CAMBRIDGE, ["CB_ID", "geom"], _ewkb), FORTY, at=NEAR),
    Odd("ewkt_with_measures", csv_of(CAMBRIDGE, ["CB_ID", "the_geom"], _ewkt), FORTY, at=NEAR),
    Odd("millimetres_with_the_zone", _csv(_metres(4530, 0.001)), FORTY, at=HERE, told=("in_unit",)),
    Odd(
        "kilometres_north_first",
        _csv(_metres(4551, 1000, True), ["编号", "X坐标(km)", "Y坐标(km)"]),
        FORTY,
        at=HERE,
        told=("in_unit", "swapped"),
        crs="雨水口=CGCS2000 3度带 中央子午线126",
    ),
    Odd(
        "kilometres_told_by_the_streets",
        _csv(_metres(4551, 1000), ["编号", "X", "Y"]),
        FORTY,
        at=HERE,
        told=("in_unit",),
    ),
    Odd("streets_in_millimetres", _streets_in_millimetres, FORTY, at=HERE),
    Odd(
        "footprints",
        _reshaped(lambda s: s.buffer(0.000004), "Catch_Basins.geojson"),
        FORTY,
        at=NEAR,
        told=("middles",),
    ),
    Odd(
        "gratings_as_lines",
        _reshaped(
            lambda s: shapely.LineString([(s.x - 2e-5, s.y), (s.x + 2e-5, s.y)]),
            "gratings.geojson",
        ),
        FORTY,
        at=NEAR,
        told=("middles",),
        crs="as:gratings=inlets",
    ),
    Odd(
        "multipoints",
        _reshaped(lambda s: shapely.MultiPoint([s]), "Catch_Basins.geojson"),
        FORTY,
        at=NEAR,
    ),
    Odd("mixed_shapes", _reshaped(_mixed, "Catch_Basins.geojson"), FORTY, at=NEAR),
    Odd(
        "empty_shapes",
        _reshaped(
            lambda s: shapely.Point() if s.x > CAMBRIDGE[0] + 0.006 else s, "Catch_Basins.geojson"
        ),
        aside=sum(x > CAMBRIDGE[0] + 0.006 for x, _ in places(CAMBRIDGE)),
        at=NEAR,
    ),
    Odd(
        "heights_and_measures",
        lambda p: [_measured(p), make.geojson(p / "Basins.geojson", basins(CAMBRIDGE))],
        FORTY,
        at=NEAR,
    ),
    Odd("one_feature_a_line", with_streets(CAMBRIDGE, _lines_of_json), FORTY, at=NEAR),
    Odd("esri_json", with_streets(CAMBRIDGE, _esri), FORTY, at=NEAR),
    Odd("curves_in_a_geopackage", _curves, FORTY, at=NEAR),
    Odd("torn_curves_of_esri", with_streets(CAMBRIDGE, _torn_curves), {"inlets": 32}, 8, at=NEAR),
    Odd("shp_alone", _bare_shapefile, FORTY, at=NEAR, told=("no_dbf", "numbered")),
    Odd("sep_line", _text(lambda: ["sep=;", ";".join(HEADINGS), *_rows(";")]), FORTY, at=HERE),
    Odd("blank_first_line", _text(lambda: ["", "", ",".join(HEADINGS), *_rows()]), FORTY, at=HERE),
    Odd(
        "remarks_and_commented_headings",
        _text(lambda: ["# 导出于 2026-01-02, 甲", "#编号,经度,纬度", *_rows()]),
        FORTY,
        at=HERE,
    ),
    Odd(
        "utf16_without_mark",
        _text(lambda: ["\t".join(HEADINGS), *_rows("\t")], "utf-16-le"),
        FORTY,
        at=HERE,
    ),
    Odd(
        "line_breaks_in_cells",
        _text(lambda: ['编号,"经度\n(度)",纬度', *_rows()], "gb18030"),
        FORTY,
        at=HERE,
    ),
    Odd(
        "units_below_the_headings",
        _text(lambda: [",".join(HEADINGS), "文本,度,度", *_rows()]),
        FORTY,
        at=HERE,
        told=("units_row",),
    ),
    Odd(
        "two_rows_of_headings",
        _text(lambda: ["ID,E,N", ",".join(HEADINGS), *_rows(), "合计：40 个", "制表人：甲"]),
        FORTY,
        at=HERE,
        told=("second_headings", "sum_row", "note_row"),
    ),
    Odd(
        "two_tables_below_one_another",
        lambda p: _sheet(_two_below())(p),
        {"inlets": 40, "machines": 2},
        at=HERE,
        told=("several_tables", "sum_row", "note_row"),
    ),
    Odd(
        "two_tables_beside_one_another",
        lambda p: _sheet(_two_beside(), "雨水口")(p),
        FORTY,
        at=HERE,
    ),
    Odd(
        "excel_errors_texts_links",
        with_streets(TOWN, _excel_kinds),
        FORTY,
        aside=1,
        at=HERE,
        told=("not_understood",),
    ),
    Odd(
        "two_workbooks_of_one_sheet_name",
        lambda p: [
            make.geojson(p / "Street_Centerlines.geojson", streets(TOWN)),
            make.workbook(p / "东片雨水口.xlsx", Sheet1=[HEADINGS, *_cells()[:20]]),
            make.workbook(p / "西片雨水口.xlsx", Sheet1=[HEADINGS, *_cells()[20:]]),
        ],
        FORTY,
        at=HERE,
    ),
)  # fmt: skip
"""Each with what must come of it; ``crs`` says a system, ``as:`` a table."""

_XML = b'<?xml version="1.0"?>\n'
REFUSED = {
    "plan.dwg": (b"AC1027" + bytes(300), "other_kinds.dwg"),
    "plan.dxf": (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "other_kinds.dxf"),
    "track.gpx": (_XML + b'<gpx version="1.1"><wpt lat="1" lon="2"/></gpx>', "other_kinds.gpx"),
    "x.gml": (
        _XML + b'<wfs:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>',
        "other_kinds.gml",
    ),
    "x.osm": (_XML + b'<osm version="0.6"></osm>', "other_kinds.osm"),
    "x.pbf": (b"\0\0\0\x0d\x0a\x09OSMHeader\x18\x7c" + bytes(50), "other_kinds.osm"),
    "x.json": (b'{"type":"Topology","objects":{},"arcs":[]}', "files.no_table"),
    "y.json": (b'{"type":"Topology","objects":{"a":3},"arcs":[]}', "files.bad_json"),
    "x.mdb": (b"\0\1\0\0Standard Jet DB\0" + bytes(300), "other_kinds.access"),
    "x.fgb": (b"fgb\x03fgb\x00" + bytes(100), "other_kinds.flatgeobuf"),
    "x.parquet": (b"PAR1\x15\x04" + bytes(100), "other_kinds.parquet"),
    "x.TAB": (b"!table\r\n!version 300\r\n", "other_kinds.mapinfo"),
    "x.pdf": (b"%PDF-1.7\n", "other_kinds.pdf"),
    "x.rar": (b"Rar!\x1a\x07\0" + bytes(50), "other_kinds.archive"),
    "x.tif": (b"II*\0" + bytes(50), "other_kinds.picture"),
    "x.sqlite": (None, "other_kinds.sqlite"),
    "导出.xls": (
        b"<html><head></head><body><form>\xe7\x99\xbb\xe5\xbd\x95</form></body></html>",
        "other_kinds.web_page",
    ),
    "x.xls": (
        _XML + b'<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
        "files.no_table",
    ),
    "x.wfs": (_XML + b"<whatever/>", "other_kinds.xml"),
}
"""What can't be read, by its name: its content, and the sentence that says what to do."""


def came_of(store: Store, odd: Odd, folder: Path) -> TakenIn:
    """The district of a file's tables as they are proposed, and with what is said of them."""
    paths = odd.make(folder)
    tables = read_files({path.name: path.read_bytes() for path in paths})
    found = list(city_files.proposed(store, tables))
    what, _, said = odd.crs.rpartition("=")
    kind, _, name = what.rpartition(":")
    change = {"target" if kind == "as" else "system": said}
    for at, table in enumerate(tables):
        if table.name == name:
            found[at] = city_files.changed(table, found[at], **change)
    return city_files.tried(list(zip(tables, found, strict=True)), None, Wanted(name="城"))
