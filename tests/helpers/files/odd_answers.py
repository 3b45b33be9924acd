"""Files that are odd in what wrote them: portals and services that answer in JSON of their own,
programs of other countries and encodings, workbooks and maps that people drew.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyproj

from tests.helpers.files import city_files as make
from tests.helpers.files.odd_files import (
    CAMBRIDGE,
    FORTY,
    TOWN,
    Odd,
    basins,
    feet,
    places,
    streets,
    with_streets,
)
from tests.helpers.files.odd_forms import HERE, NEAR

Point = Callable[[int, float, float], Mapping]


def _point(*at: object) -> dict:
    return {"type": "Point", "coordinates": at}


def _feature(geometry: object, told: object, **more: object) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": told, **more}


def _collection(feature: Point, **more: object) -> str:
    features = [feature(number, *at) for number, at in enumerate(places(CAMBRIDGE))]
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def _rows(row: Point) -> list[Mapping]:
    return [row(number, *at) for number, at in enumerate(places(CAMBRIDGE))]


def _written(name: str, content: str | bytes, at: tuple[float, float] = CAMBRIDGE):
    def write(path: Path) -> Path:
        out = path / name
        out.write_bytes(content if isinstance(content, bytes) else content.encode())
        return out

    return with_streets(at, write)


def _odd(name: str, file: str, content: str | bytes, **more) -> Odd:
    return Odd(name, _written(file, content), FORTY, at=NEAR, **more)


def _named(epsg: str) -> dict:
    return {"type": "name", "properties": {"name": epsg}}


def _topology(quantised: bool) -> str:
    """TopoJSON of the inlets."""
    low, step = (-71.2, 42.3), 1e-7
    whole = [
        [round((value - first) / step) for value, first in zip(at, low, strict=True)]
        if quantised
        else at
        for at in places(CAMBRIDGE)
    ]
    held = [_point(*at) | {"id": f"CB{n}", "properties": {"n": n}} for n, at in enumerate(whole)]
    told = {"type": "Topology", "arcs": [], "objects": {"inlets": {"type": "GeometryCollection"}}}
    told["objects"]["inlets"]["geometries"] = held
    transform = {"scale": [step, step], "translate": low}
    return json.dumps(told | ({"transform": transform} if quantised else {}))


def _topology_of_two_layers(path: Path) -> list[Path]:
    """Streets of arcs, one of them run backwards, and inlets, in one file."""
    arcs, held = [], []
    for told, shape in streets(CAMBRIDGE):
        parts = []
        for line in getattr(shape, "geoms", [shape]):
            course = [list(at) for at in line.coords]
            parts.append([~len(arcs) if len(arcs) % 2 else len(arcs)])
            arcs.append(course[::-1] if len(arcs) % 2 else course)
        held.append({"type": "MultiLineString", "arcs": parts, "properties": told})
    inlets = [_point(*at) | {"properties": {"CB_ID": n}} for n, at in enumerate(places(CAMBRIDGE))]
    objects = {
        "Street_Centerlines": {"type": "GeometryCollection", "geometries": held},
        "Catch_Basins": {"type": "GeometryCollection", "geometries": inlets},
    }
    out = path / "city.topojson"
    out.write_text(json.dumps({"type": "Topology", "arcs": arcs, "objects": objects}), "utf-8")
    return [out]


def _socrata() -> str:
    columns = [{"name": name} for name in ("sid", "FacilityID", "the_geom")]
    data = [[f"row-{n}", f"C{n}", f"POINT ({x} {y})"] for n, (x, y) in enumerate(places(CAMBRIDGE))]
    return json.dumps({"meta": {"view": {"id": "ab", "columns": columns}}, "data": data})


def _esri(system: Mapping, epsg: int) -> str:
    features = _rows(
        lambda n, x, y: {
            "attributes": {"FACID": f"C{n}"},
            "geometry": dict(zip("xy", feet(x, y, epsg), strict=True)),
        }
    )
    told = {"geometryType": "esriGeometryPoint", "spatialReference": system, "features": features}
    return json.dumps(told)


def _csv(
    headings: Sequence[str],
    row: Callable[[int, float, float], Sequence],
    at: tuple[float, float] = CAMBRIDGE,
    encoding: str = "utf-8",
    below: Sequence[Sequence] = (),
) -> bytes:
    out = io.StringIO()
    rows = [row(number, *place) for number, place in enumerate(places(at))]
    csv.writer(out).writerows([headings, *rows, *below])
    return out.getvalue().encode(encoding)


def _town(name: str, content: bytes, file: str = "雨水口.csv", **more) -> Odd:
    return Odd(name, _written(file, content, TOWN), FORTY, at=HERE, **more)


def _kml(*folders: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>City</name>{''.join(folders)}</Document></kml>"
    )


def _folder(name: str, *marks: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(marks)}</Folder>"


def _mark(name: str, kind: str, course: Sequence) -> str:
    at = " ".join(f"{x},{y},0" for x, y in course)
    place = f"<{kind}><coordinates>{at}</coordinates></{kind}>"
    return f"<Placemark><name>{name}</name>{place}</Placemark>"


def _kml_of_folders(path: Path) -> list[Path]:
    """Streets and inlets in folders of one file, the streets each in one of its own."""
    ways = [
        _folder(told["FULLNAME"], *(_mark(told["FULLNAME"], "LineString", line.coords)
                                    for line in getattr(shape, "geoms", [shape])))
        for told, shape in streets(CAMBRIDGE)
    ]  # fmt: skip
    inlets = [_mark(f"CB {n}", "Point", [at]) for n, at in enumerate(places(CAMBRIDGE))]
    out = path / "city.kml"
    out.write_text(_kml(_folder("Streets", *ways), _folder("Catch Basins", *inlets)), "utf-8")
    return [out]


def _two_layers(path: Path) -> list[Path]:
    halves = {"North": basins(CAMBRIDGE)[:20], "South": basins(CAMBRIDGE)[20:]}
    return [
        make.geojson(path / "Street_Centerlines.geojson", streets(CAMBRIDGE)),
        *(
            make.geojson(
                path / f"Catch_Basins_{side}.geojson",
                [({"OBJECTID": n + 1}, shape) for n, (_, shape) in enumerate(some)],
            )
            for side, some in halves.items()
        ),
    ]


_TIMES = [[f"Y{n}", x, y] for n, (x, y) in enumerate(places(TOWN))]
_HEADINGS = ["编号", "经度", "纬度"]


def _book(**sheets: list):
    return with_streets(TOWN, lambda path: make.workbook(path / "台账.xlsx", **sheets))


ANSWERS = (
    _odd("topojson", "inlets.topojson", _topology(False)),
    _odd("topojson_of_whole_numbers", "inlets.json", _topology(True)),
    Odd("topojson_of_two_layers", _topology_of_two_layers, FORTY, at=NEAR),
    _odd("socrata_rows", "catch_basins.json", _socrata()),
    _odd(
        "objects_in_rows",
        "catch_basins.json",
        json.dumps(_rows(lambda n, x, y: {"facilityid": f"C{n}", "location": {
            "latitude": str(y), "longitude": str(x), "human_address": "{}"}})),
    ),
    _odd(
        "properties_in_properties",
        "catch_basins.geojson",
        _collection(lambda n, x, y: _feature(_point(x, y), {"id": n, "a": {"id": 0, "depth": 1}})),
    ),
    _odd(
        "ids_beside_the_properties",
        "catch_basins.geojson",
        _collection(lambda n, x, y: _feature(_point(x, y), None, id=f"CB-{n:04}")),
    ),
    _odd(
        "feet_without_crs",
        "catch_basins.geojson",
        _collection(lambda n, x, y: _feature(_point(*feet(x, y, 2249)), {"CB_ID": n})),
    ),
    _odd(
        "metres_called_wgs84",
        "catch_basins.geojson",
        _collection(
            lambda n, x, y: _feature(_point(*feet(x, y, 3857)), {"CB_ID": n}),
            crs=_named("urn:ogc:def:crs:OGC:1.3:CRS84"),
        ),
    ),
    _odd(
        "geojson_in_utf16",
        "catch_basins.geojson",
        _collection(lambda n, x, y: _feature(_point(x, y), {"CB_ID": n})).encode("utf-16"),
    ),
    _odd(
        "north_first_in_texts",
        "catch_basins.geojson",
        _collection(lambda n, x, y: _feature(_point(str(y), str(x)), {"CB_ID": n})),
        told=("swapped",),
    ),
    _odd(
        "geometries_alone",
        "catch_basins.geojson",
        json.dumps({"type": "GeometryCollection",
                    "geometries": [_point(*at) for at in places(CAMBRIDGE)]}),
    ),
    _odd(
        "argument_of_a_call",
        "catch_basins.json",
        f"jQuery.show({_collection(lambda n, x, y: _feature(_point(x, y), {'CB_ID': n}))});",
    ),
    _odd("esri_in_feet", "Inlets.json", _esri({"wkid": 2249}, 2249)),
    _odd(
        "esri_with_the_text_of_a_system",
        "Inlets.json",
        _esri({"wkt": pyproj.CRS.from_epsg(2249).to_wkt("WKT1_ESRI")}, 2249),
    ),
    _odd(
        "utm_told_by_the_streets",
        "catch_basins.csv",
        _csv(["ID", "UTM_E", "UTM_N", "Zone"], lambda n, x, y: [n, *feet(x, y, 32619), "19N"]),
    ),
    _odd(
        "minus_of_typesetters",
        "catch_basins.csv",
        _csv(["id", "lon", "lat"], lambda n, x, y: [n, f"\N{MINUS SIGN}{-x}", y]),
    ),
    _odd(
        "single_quotation_marks",
        "catch_basins.csv",
        "'id','lon','lat'\n"
        + "\n".join(f"'{n}','{x}','{y}'" for n, (x, y) in enumerate(places(CAMBRIDGE))),
    ),
    _odd(
        "zeros_that_fill_up",
        "catch_basins.csv",
        _csv(["id", "lon", "lat"], lambda n, x, y: [f"{n}\0\0", x, y]),
    ),
    _town("big5", _csv(["編號", "經度", "緯度", "道路名稱"],
                       lambda n, x, y: [f"Y{n}", x, y, "中山路與復興路口"], TOWN, "big5")),
    _town("shift_jis", _csv(["番号", "経度", "緯度", "道路"],
                            lambda n, x, y: [n, x, y, "さくら通り"], TOWN, "cp932"), "雨水枡.csv"),
    _town("traditional_in_utf8", _csv(["編號", "經度", "緯度"], lambda n, x, y: [n, x, y], TOWN)),
    _town(
        "a_count_below",
        _csv(_HEADINGS, lambda n, x, y: [f"Y{n}", x, y], TOWN, below=[["共40处", "", ""]]),
        told=("sum_row",),
    ),
    Odd(
        "sums_between",
        _book(雨水口=[_HEADINGS, *_TIMES[:20], ["小计", "20个", None], *_TIMES[20:],
                   ["合计", "40 个", None], ["填表人：甲", None, None]]),
        FORTY,
        at=HERE,
        told=("sum_row", "note_row"),
    ),
    Odd(
        "a_sheet_for_each_road",
        _book(说明=[["本表由排水处编制"], ["单位：个"]], 人民路=[_HEADINGS, *_TIMES[:20]],
              解放路=[_HEADINGS, *_TIMES[20:]]),
        FORTY,
        at=HERE,
    ),
    Odd(
        "numbers_from_one_on_each_sheet",
        with_streets(TOWN, lambda path: make.workbook(path / "雨水口台账.xlsx", **{
            road: [["序号", "经度", "纬度"], *([n + 1, *one[1:]] for n, one in enumerate(some))]
            for road, some in (("人民路", _TIMES[:20]), ("解放路", _TIMES[20:]))})),
        FORTY,
        at=HERE,
        told=("numbered", "ids_by_table"),
    ),
    Odd("layers_that_number_from_one", _two_layers, FORTY, at=NEAR, told=("ids_by_table",)),
    _odd(
        "an_id_that_is_a_kind",
        "catch_basins.csv",
        _csv(["id", "lon", "lat"], lambda n, x, y: ["CB" if n % 3 else "MH", x, y]),
        told=("ids_repeat",),
    ),
    Odd("kml_of_folders", _kml_of_folders, FORTY, at=NEAR),
)  # fmt: skip
"""Each with what must come of it."""
