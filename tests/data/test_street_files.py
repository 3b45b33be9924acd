"""Street files as cities, editors and services write them."""

import bz2
import gzip
import json

import pytest

from data.errors import BadStreets
from data.model.street.streets import StreetClass
from data.streets.access import direction_of, tags_of
from data.streets.reading import class_of, read_streets
from ops.ways.network import StreetNetwork

A, B, C, D, E = (
    (125.1, 42.9),
    (125.102, 42.9),
    (125.104, 42.9),
    (125.102, 42.902),
    (125.102, 42.898),
)
WEST_EAST = {"highway": "residential"}


def osm(*elements: str) -> str:
    return f'<?xml version="1.0"?>\n<osm version="0.6">{"".join(elements)}</osm>'


def node(number: int, at: tuple[float, float], tags: str = "") -> str:
    return f'<node id="{number}" lon="{at[0]}" lat="{at[1]}">{tags}</node>'


def way(number: int, *refs: int, told: str = "") -> str:
    nodes = "".join(f'<nd ref="{ref}"/>' for ref in refs)
    return f'<way id="{number}" {told}>{nodes}<tag k="highway" v="residential"/></way>'


def crossings(path) -> tuple[int, int]:
    network = StreetNetwork(read_streets(path))
    return len(network.streets), network.crossings


BOLLARD = '<tag k="barrier" v="bollard"/>'
NODES = [node(number, at) for number, at in ((1, A), (2, B), (3, C))]
PLAIN = osm(*NODES, way(10, 1, 2), way(11, 2, 3))
EXTRACTS = {
    "negative.osm": (osm(node(-1, A), node(-2, B), way(-4, -1, -2)), 1),
    "ways_first.osm": (osm(way(10, 1, 2), way(11, 2, 3), *NODES), 2),
    "unsorted.osm": (osm(*NODES[::-1], way(11, 2, 3), way(10, 1, 2)), 2),
    "deleted.osm": (osm(*NODES, way(10, 1, 2), way(11, 2, 3, told='visible="false"')), 1),
    "cut_off.osm": (osm(*NODES, way(10, 1, 2, 9), way(11, 2, 3)), 2),
    "barrier_after.osm": (osm(way(10, 1, 2, 3), node(1, A), node(2, B, BOLLARD), node(3, C)), 3),
    "map.xml": (PLAIN, 2),
    "map": (PLAIN, 2),
    "town.osm.gz": (gzip.compress(PLAIN.encode()), 2),
    "town.osm.bz2": (bz2.compress(PLAIN.encode()), 2),
}  # fmt: skip


@pytest.mark.parametrize("name", EXTRACTS)
def test_an_extract_however_it_is_written(tmp_path, name):
    pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    content, streets = EXTRACTS[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert crossings(path) == (streets, streets + 1)


@pytest.mark.parametrize("dense", ["true", "false"])
def test_nodes_of_an_extract_dense_or_not(tmp_path, dense):
    osmium = pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    path = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(osmium.io.File(str(path), f"pbf,pbf_dense_nodes={dense}")) as out:
        for number, at in ((1, A), (2, B), (3, C)):
            out.add_node(osmium.osm.mutable.Node(id=number, location=at))
        for number, refs in ((10, [1, 2]), (11, [2, 3])):
            out.add_way(osmium.osm.mutable.Way(id=number, nodes=refs, tags=WEST_EAST))
    assert crossings(path) == (2, 3)
    path.rename(tmp_path / "extract")
    assert crossings(tmp_path / "extract") == (2, 3)


def overpass(**way_: object) -> str:
    places = [
        {"type": "node", "id": n, "lon": x, "lat": y} for n, (x, y) in ((1, A), (2, B), (3, C))
    ]
    return json.dumps(
        {"version": 0.6, "elements": [{"type": "way", "id": 7, "tags": WEST_EAST} | way_, *places]}
    )


def test_what_overpass_answers_in_json(tmp_path):
    geometry = [None, *({"lon": x, "lat": y} for x, y in (A, B, C))]
    answers = (overpass(nodes=[1, 2, 3, 9]), overpass(nodes=[9, 1, 2, 3], geometry=geometry))
    for answer in (*answers, overpass(geometry=geometry)):
        (tmp_path / "export.json").write_text(answer, "utf-8")
        (street,) = read_streets(tmp_path / "export.json").streets
        assert street.line == (A, B, C)
    for torn in (overpass(), overpass(nodes=3), '{"elements": [3]}', '{"elements": {'):
        (tmp_path / "export.json").write_text(torn, "utf-8")
        with pytest.raises(BadStreets):
            read_streets(tmp_path / "export.json")


@pytest.mark.parametrize(
    ("told", "way"),
    [
        ({"Oneway": "Y"}, "one"),
        ({"Oneway": "N"}, "both"),
        ({"ONEWAY": "FT"}, "one"),
        ({"ONEWAY": "TF"}, "back"),
        ({"ONEWAY": "B"}, "both"),
        ({"OneWayDir": "-1"}, "back"),
        ({"ONE_WAY": "Against"}, "back"),
        ({"DIR_TRAVEL": "F"}, "one"),
        ({"TravelDir": "Both"}, "both"),
        ({"One Way": 1.0}, "one"),
        ({"DIRECTION": "One Way"}, "one"),
        ({"DIRECTION": "N"}, "both"),
        ({"是否单行": "是"}, "one"),
        ({"通行方向": "逆向"}, "back"),
        ({"通行方向": "双向"}, "both"),
    ],
)
def test_one_way_columns_of_cities(told, way):
    is_one, is_back = direction_of(tags_of(told), "")
    assert ("back" if is_back else "one" if is_one else "both") == way


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("s1100", "express"),
        ("s1200", "main"),
        ("s1400", "local"),
        ("s1710", "path"),
        ("s1730", "lane"),
        ("principal arterial", "main"),
        ("minor arterial", "minor"),
        ("major collector", "minor"),
        ("interstate highway", "express"),
        ("state highway", "main"),
        ("private drive", "lane"),
        ("bike trail", "path"),
        ("城市快速路", "express"),
        ("城市主干路", "main"),
        ("城市次干路", "minor"),
        ("城市支路", "local"),
        ("小区内部道路", "lane"),
        ("人行道", "path"),
        ("7", "local"),
        ("", "local"),
    ],
)
def test_classes_of_cities(written, kind):
    assert class_of(written) is StreetClass(kind)


def lines(*told) -> str:
    features = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "LineString", "coordinates": course},
        }
        for properties, course in told
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def elevated(above: int, below: int, heads=("F_ELEV", "T_ELEV"), **more) -> str:
    over, under = dict.fromkeys(heads, above), dict.fromkeys(heads, below)
    return lines(
        (over | {"name": "高架"}, [A, B]),
        (over | {"name": "高架"} | more, [B, C] if "ONEWAY" not in more else [C, B]),
        (under | {"name": "地面路"}, [E, B]),
        (under | {"name": "地面路"}, [B, D]),
    )


@pytest.mark.parametrize(
    ("above", "below", "heads", "crossings_"),
    [
        (1, 0, ("F_ELEV", "T_ELEV"), 6),
        (0, -1, ("FROM_ZLEV", "TO_ZLEV"), 6),
        (2, 1, ("FromElev", "ToElev"), 6),
        (1, 1, ("F_ELEV", "T_ELEV"), 5),
        (0, 0, ("F_ELEV", "T_ELEV"), 5),
        (1, 0, ("height", "depth"), 5),
    ],
)
def test_a_bridge_that_is_cut_over_a_street_does_not_meet_it(
    tmp_path, above, below, heads, crossings_
):
    path = tmp_path / "roads.geojson"
    path.write_text(elevated(above, below, heads), "utf-8")
    assert crossings(path) == (4, crossings_)


def test_a_ramp_leads_from_one_level_to_the_other(tmp_path):
    """At its lower end it meets the street below, at its upper end the bridge."""
    path = tmp_path / "roads.geojson"
    over, under = {"F_ELEV": 1, "T_ELEV": 1}, {"F_ELEV": 0, "T_ELEV": 0}
    ramp = {"F_ELEV": 0, "T_ELEV": 1, "ONEWAY": "TF"}
    path.write_text(
        lines((over, [A, B]), (over, [B, C]), (under, [E, B]), (under, [B, D]), (ramp, [D, C])),
        "utf-8",
    )
    assert crossings(path) == (5, 6)
    ramp_street = read_streets(path).streets[-1]
    assert ramp_street.one_way
    assert ramp_street.line == (C, D)


def test_an_end_whose_level_is_told_wrongly_meets_what_is_there(tmp_path):
    path = tmp_path / "roads.geojson"
    told = {"F_ELEV": 0, "T_ELEV": 0}
    path.write_text(lines((told, [A, B]), (told, [B, C]), (told | {"F_ELEV": 3}, [B, D])), "utf-8")
    assert crossings(path) == (3, 4)
