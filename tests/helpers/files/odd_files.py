"""Files that are odd in the ways that the exports of cities are, with what must come of each."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pyproj
import shapely
from openpyxl import load_workbook

from tests.helpers.files import city_files as make

STEP = 0.001
BLOCKS = 8
CAMBRIDGE, SAVANNAH, PORTO, TOWN = (-71.11, 42.37), (-81.1, 32.05), (-8.62, 41.15), (125.13, 42.9)


@dataclass(frozen=True)
class Odd:
    """One odd file.

    Attributes
    ----------
    make
        Writes it into a folder, and gives the paths of all that are brought together.
    taken
        Rows of our tables that must come of it.
    aside
        Rows that must be kept aside.
    told
        Codes of ``files.`` that must be told.
    at
        Where its first inlet must lie.
    """

    name: str
    make: Callable[[Path], list[Path]]
    taken: Mapping[str, int] = field(default_factory=dict)
    aside: int = 0
    told: tuple[str, ...] = ()
    at: tuple[float, float] | None = None
    crs: str = ""


def moved(features, epsg: int):
    turn = _turned(epsg).transform
    return [
        (told, None if shape is None else shapely.transform(shape, turn, interleaved=False))
        for told, shape in features
    ]


def streets(at: tuple[float, float], name: str = "FULLNAME", blocks: int = BLOCKS) -> list:
    """Streets of a grid: those from west to east in one line, the others in two parts, with the
    class of the Census in one column.
    """
    lon, lat = at
    far = blocks * STEP
    found: list = []
    for number in range(blocks):
        x, y = lon + number * STEP, lat + number * STEP
        told = {"OBJECTID": number + 1, name: f"{number} Main St", "MTFCC": "S1400"}
        found.append((told, shapely.LineString([(lon, y), (lon + far, y)])))
        parts = [[(x, lat), (x, lat + far / 2)], [(x, lat + far / 2), (x, lat + far)]]
        told = {"OBJECTID": number + 101, name: f"{number} Elm Ave", "MTFCC": "S1200"}
        found.append((told, shapely.MultiLineString(parts)))
    return found


def places(at: tuple[float, float], count: int = 40, blocks: int = BLOCKS) -> list:
    """Places beside the streets from west to east, the first at a known one."""
    draw = random.Random(count)
    lon, lat = at
    return [
        (
            round(lon + draw.random() * blocks * STEP if number else lon + 0.0005, 7),
            round(lat + (draw.randrange(blocks) * STEP if number else 0) + 0.00005, 7),
        )
        for number in range(count)
    ]


def basins(at: tuple[float, float], count: int = 40) -> list:
    """Inlets as ArcGIS exports them: ids of three kinds, milliseconds since 1970, nulls."""
    return [
        (
            {
                "OBJECTID": number + 1,
                "GlobalID": f"{{{number:08X}}}",
                "FACILITYID": f"CB-{number:05}",
                "INSTALLDATE": None if number % 5 == 0 else 1_656_633_600_000 + number * 86_400_000,
                "OWNEDBY": "<Null>",
            },
            shapely.Point(lon, lat, 3.5),
        )
        for number, (lon, lat) in enumerate(places(at, count))
    ]


def with_streets(at: tuple[float, float], write: Callable[[Path], Path]):
    def made(path: Path) -> list[Path]:
        return [make.geojson(path / "Street_Centerlines.geojson", streets(at)), write(path)]

    return made


def csv_of(at, headings, row, divider=",", encoding="utf-8", name="catch_basins.csv"):
    def write(path: Path) -> Path:
        rows = [row(number, lon, lat) for number, (lon, lat) in enumerate(places(at))]
        return make.delimited(path / name, [headings, *rows], divider, encoding)

    return with_streets(at, write)


def feet(lon: float, lat: float, epsg: int) -> tuple[float, float]:
    x, y = _turned(epsg).transform(lon, lat)
    return round(x, 3), round(y, 3)


@lru_cache(maxsize=16)
def _turned(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(4326, epsg, always_xy=True)


def _ledger(path: Path) -> Path:
    """A ledger with a title, headings over two rows, joined cells, sums, full-width figures."""
    rows: list = [
        ["龙山街道雨水口台账（2026年）"],
        ["雨水口编号", "所在道路", "坐标", None, "投用日期"],
    ]
    rows.append([None, None, "经度", "纬度", None])
    dates = ["2026年7月4日", "20240704", 45000, "2023-5-6", "2022.1.2"]
    for number, (lon, lat) in enumerate(places(TOWN, 20)):
        wide = str(lon).translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
        rows.append(
            [f"Ｙ-{number}", "人民路" if number % 4 == 0 else None, wide, lat, dates[number % 5]]
        )
    rows.append(["合计", None, None, None, None])
    out = make.workbook(
        path / "台账.xlsx", 雨水口台账=rows, 旧=[["编号", "经度", "纬度"], ["X", 1, 2]]
    )
    book = load_workbook(out)
    for area in ("A1:E1", "C2:D2", "A2:A3", "B2:B3", "E2:E3", "B4:B7"):
        book["雨水口台账"].merge_cells(area)
    book["旧"].sheet_state = "hidden"
    book.save(out)
    return out


def _fleet(path: Path) -> Path:
    rows = [
        ["设备名称", "车牌", "容量(L)"],
        ["吸污车", "吉A1", "5,000"],
        ["高压疏通车", "吉A2", 8000],
        ["飞船", "吉A3", 1],
    ]
    return make.workbook(path / "车辆.xlsx", 车辆台账=rows)


def _gauss(epsg: int, north_first: bool):
    def write(path: Path) -> Path:
        rows = []
        for number, place in enumerate(places(TOWN)):
            x, y = feet(*place, epsg)
            rows.append([f"Y{number}", *((y, x) if north_first else (x, y))])
        return make.delimited(
            path / "雨水口.csv", [["编号", "X坐标", "Y坐标"], *rows], ",", "gb18030"
        )

    return with_streets(TOWN, write)


def _bad_rows(number: int, lon: float, lat: float) -> list:
    if number in (3, 4):
        return [number, "", ""]
    if number == 5:
        return [number, 0, 0]
    if number == 6:
        return [number, lat, lon]
    if number == 7:
        return [number, -lon, lat]
    if number == 8:
        return [number, lon + 0.02, lat]
    if number == 9:
        return [2, lon, lat]
    return [number, lon, lat]


def _wkt(number: int, lon: float, lat: float) -> list:
    return [number, f"POINT Z ({lon} {lat} 2)"]


def _road_list(path: Path) -> list[Path]:
    rows = [["道路名称", "雨水口数量"], *[[f"{n} Main Street", n + 1] for n in range(4)]]
    rows += [["Nowhere Rd", 9], ["合计", 19]]
    return [
        make.zipped_shapefile(path / "centerlines.zip", streets(CAMBRIDGE)),
        make.workbook(path / "道路清单.xlsx", 道路清单=rows),
    ]


_NEAR = (CAMBRIDGE[0] + 0.0005, CAMBRIDGE[1] + 0.00005)
_HERE = (TOWN[0] + 0.0005, TOWN[1] + 0.00005)
FORTY = {"inlets": 40}
ODD = (
    Odd(
        "arcgis_geojson_z_nulls",
        with_streets(CAMBRIDGE, lambda p: make.geojson(p / "Basins.geojson", basins(CAMBRIDGE))),
        FORTY,
        at=_NEAR,
        told=("cut", "snapped"),
    ),
    Odd(
        "shapefile_state_plane_feet",
        lambda p: [
            make.zipped_shapefile(p / "st.zip", moved(streets(SAVANNAH), 2239), 2239),
            make.zipped_shapefile(
                p / "Catch_Basins.zip",
                moved([(a, shapely.force_2d(s)) for a, s in basins(SAVANNAH)], 2239),
                2239,
            ),
        ],
        FORTY,
        at=(SAVANNAH[0] + 0.0005, SAVANNAH[1] + 0.00005),
    ),
    Odd(
        "geopackage_portuguese",
        lambda p: [
            make.geopackage(p / "eixos.gpkg", moved(streets(PORTO, "Designação"), 3763), 3763),
            make.geopackage(p / "sumidouros.gpkg", moved(basins(PORTO), 3763), 3763),
        ],
        FORTY,
        at=(PORTO[0] + 0.0005, PORTO[1] + 0.00005),
    ),
    Odd(
        "csv_decimal_comma_cp1252",
        csv_of(
            PORTO,
            ["Código", "Localização", "Longitude", "Latitude"],
            lambda n, x, y: [n, "Praça", str(x).replace(".", ","), str(y).replace(".", ",")],
            ";",
            "cp1252",
            "sarjetas.csv",
        ),
        FORTY,
        at=(PORTO[0] + 0.0005, PORTO[1] + 0.00005),
    ),
    Odd(
        "kmz",
        with_streets(CAMBRIDGE, lambda p: make.kml(p / "inlets.kmz", basins(CAMBRIDGE))),
        FORTY,
        at=_NEAR,
    ),
    Odd("csv_wkt", csv_of(CAMBRIDGE, ["Inlet ID", "the_geom"], _wkt), FORTY, at=_NEAR),
    Odd(
        "csv_feet_named_system",
        csv_of(CAMBRIDGE, ["CB_ID", "X", "Y"], lambda n, x, y: [n, *feet(x, y, 2249)]),
        FORTY,
        at=_NEAR,
        crs="catch_basins=EPSG:2249",
    ),
    Odd(
        "csv_web_mercator",
        csv_of(CAMBRIDGE, ["CB_ID", "X", "Y"], lambda n, x, y: [n, *feet(x, y, 3857)]),
        FORTY,
        at=_NEAR,
    ),
    Odd(
        "csv_swapped",
        csv_of(CAMBRIDGE, ["id", "lon", "lat"], lambda n, x, y: [n, y, x]),
        FORTY,
        at=_NEAR,
        told=("swapped",),
    ),
    Odd(
        "csv_unsigned",
        csv_of(CAMBRIDGE, ["id", "lon", "lat"], lambda n, x, y: [n, -x, y]),
        FORTY,
        at=_NEAR,
        told=("unsigned",),
    ),
    Odd(
        "csv_swapped_unsigned_porto",
        csv_of(PORTO, ["id", "x", "y"], lambda n, x, y: [n, y, x]),
        FORTY,
        at=(PORTO[0] + 0.0005, PORTO[1] + 0.00005),
        told=("swapped",),
    ),
    Odd(
        "csv_degrees_minutes_seconds",
        csv_of(
            CAMBRIDGE,
            ["id", "lon", "lat"],
            lambda n, x, y: [n, _dms(x, "EW"), _dms(y, "NS")],
        ),
        FORTY,
        at=_NEAR,
    ),
    Odd(
        "csv_bad_rows",
        csv_of(CAMBRIDGE, ["Asset ID", "Longitude", "Latitude"], _bad_rows, "\t", "utf-16"),
        {"inlets": 35},
        aside=5,
        told=("swapped", "unsigned"),
        at=_NEAR,
    ),
    Odd("cgcs2000_belt_42", _gauss(4530, False), FORTY, at=_HERE),
    Odd("cgcs2000_north_first", _gauss(4530, True), FORTY, at=_HERE, told=("swapped",)),
    Odd("cgcs2000_six_degrees", _gauss(4499, True), FORTY, at=_HERE, told=("swapped",)),
    Odd(
        "cgcs2000_without_zone",
        _gauss(4551, True),
        FORTY,
        at=_HERE,
        crs="雨水口=CGCS2000 3度带 中央子午线126",
    ),
    Odd(
        "ledger_joined_titled_summed",
        with_streets(TOWN, _ledger),
        {"inlets": 20},
        at=_HERE,
        told=("merged_cells", "title_row", "sum_row", "hidden_sheet"),
    ),
    Odd("road_list_without_places", _road_list, {"inlets": 10}, told=("spread", "sum_row")),
    Odd(
        "fleet_in_litres",
        with_streets(TOWN, _fleet),
        {"machines": 2},
        aside=1,
        told=("not_understood",),
    ),
    Odd(
        "old_excel",
        with_streets(
            TOWN,
            lambda p: make.old_excel(
                p / "a.xls",
                [["编号", "经度", "纬度"], *[[f"Y{n}", *at] for n, at in enumerate(places(TOWN))]],
                "雨水口",
            ),
        ),
        FORTY,
        at=_HERE,
    ),
    Odd(
        "open_document",
        with_streets(
            TOWN,
            lambda p: make.open_document(
                p / "a.ods",
                [["编号", "经度", "纬度"], *[[f"Y{n}", *at] for n, at in enumerate(places(TOWN))]],
                "雨水口",
            ),
        ),
        FORTY,
        at=_HERE,
    ),
)


def _dms(value: float, sides: str) -> str:
    size = abs(value)
    minutes = (size - int(size)) * 60
    seconds = (minutes - int(minutes)) * 60
    side = sides[0] if value > 0 else sides[1]
    return f"{int(size)}°{int(minutes)}′{seconds:.3f}″ {side}"
