"""Places in the writings of offices and services: in one cell, with words for the sides of the
world, in files of another encoding or with what a computer leaves beside them.
"""

import csv
import io
import json
import zipfile

import numpy as np
import pytest
import shapely

from data.geo import distance_m
from data.sheets.foreign.mapping import propose
from data.sheets.foreign.take_in import take_in
from data.sheets.foreign.take_in_rows import Wanted
from ops.district.uploads import read_files
from tests.helpers.files import odd_files
from tests.helpers.files.odd_files import TOWN

PLACES = odd_files.places(TOWN, 20)
STREETS = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": told, "geometry": shapely.geometry.mapping(line)}
        for told, line in odd_files.streets(TOWN)
    ],
}


def table(*headings: str, write) -> bytes:
    out = io.StringIO()
    rows = ((f"Y{n}", *write(*place)) for n, place in enumerate(PLACES))
    csv.writer(out).writerows([("编号", *headings), *rows])
    return out.getvalue().encode()


def angle(value: float, form: str) -> str:
    minutes = value % 1 * 60
    return form.format(int(value), int(minutes), minutes % 1 * 60)


def features(geometry, told=lambda n, lon, lat: {"编号": f"Y{n}"}) -> list[dict]:
    return [
        {"type": "Feature", "properties": told(n, *place), "geometry": geometry(*place)}
        for n, place in enumerate(PLACES)
    ]


def point(lon: float, lat: float) -> dict:
    return {"type": "Point", "coordinates": [lon, lat]}


def kml(encoding: str, blank: str = "") -> bytes:
    marks = "".join(
        f"<Placemark><name>雨{n}</name><Point><coordinates>{lon},{blank}{lat}</coordinates></Point></Placemark>"
        for n, (lon, lat) in enumerate(PLACES)
    )
    text = f'<?xml version="1.0" encoding="{encoding}"?><kml><Document>{marks}</Document></kml>'
    return text.encode(encoding)


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def rows() -> list[dict]:
    return [{"编号": f"Y{n}", "经度": lon, "纬度": lat} for n, (lon, lat) in enumerate(PLACES)]


PLAIN = table("经度", "纬度", write=lambda lon, lat: (lon, lat))
SIGNS, WORDS = "{}°{}'{:.4f}\"", "{}度{}分{:.4f}秒"
ODD = {
    "pair.csv": table("坐标", write=lambda lon, lat: (f"{lon},{lat}",)),
    "pair_turned.csv": table("经纬度", write=lambda lon, lat: (f"{lat} {lon}",)),
    "ewkt.csv": table("geom", write=lambda *at: (f"SRID=4326;{shapely.Point(at).wkt}",)),
    "wkb.csv": table("geom", write=lambda *at: (shapely.to_wkb(shapely.Point(at), hex=True),)),
    "geojson_cell.csv": table("geometry", write=lambda *at: (json.dumps(point(*at)),)),
    "side_before.csv": table(
        "经度", "纬度", write=lambda lon, lat: ("E" + angle(lon, SIGNS), "N" + angle(lat, SIGNS))
    ),
    "side_in_words.csv": table(
        "经度",
        "纬度",
        write=lambda lon, lat: ("东经" + angle(lon, WORDS), "北纬" + angle(lat, WORDS)),
    ),
    "degree_sign.csv": table("东经", "北纬", write=lambda lon, lat: (f"{lon}°", f"{lat}度")),
    "rows.json": json.dumps(rows()).encode(),
    "answer.json": json.dumps({"code": 0, "data": rows()}).encode(),
    "loose.json": json.dumps(features(point)).encode(),
    "collections.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": features(
                lambda *at: {"type": "GeometryCollection", "geometries": [point(*at)]}
            ),
        }
    ).encode(),
    "in_attributes.geojson": json.dumps(
        {
            "type": "FeatureCollection",
            "features": features(
                lambda *_: None, lambda n, lon, lat: {"编号": f"Y{n}", "lon": lon, "lat": lat}
            ),
        }
    ).encode(),
    "gbk.kml": kml("gbk"),
    "blanks.kml": kml("utf-8", "\n "),
    "left_beside.zip": zipped(**{"雨水口.csv": PLAIN, "Thumbs.db": b"\xd0\xcf\x11\xe0x"}),
}


@pytest.mark.parametrize("name", ODD)
def test_places_are_understood_however_they_are_written(name):
    own = f"雨水口.{name.rpartition('.')[2]}"
    brought = {"道路中心线.geojson": json.dumps(STREETS).encode(), own: ODD[name]}
    tables = read_files(brought)
    pairs = list(zip(tables, propose(tables), strict=True))
    found = take_in(pairs, None, Wanted(name="城"))
    assert not found.aside
    inlets = np.array([one.position for one in found.city.inlets])
    assert len(inlets) == len(PLACES)
    assert max(distance_m(tuple(a), b) for a, b in zip(inlets, PLACES, strict=True)) < 3
