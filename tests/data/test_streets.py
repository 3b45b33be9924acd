"""Street files: read, cut at crossings, kept small, and refused with a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadStreets
from data.geo import from_wgs84
from data.model.street.streets import Street, StreetClass, StreetMap
from data.streets.joining import joined
from data.streets.packing import packed, unpacked
from data.streets.reading import read_streets, street_of
from ops.ways.network import StreetNetwork

A, B, C, D = (125.1, 42.9), (125.102, 42.9), (125.101, 42.899), (125.101, 42.901)
MIDDLE = (125.101, 42.9)
OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lon="125.1" lat="42.9"/><node id="2" lon="125.101" lat="42.9"/>
<node id="3" lon="125.102" lat="42.9"/><node id="4" lon="125.101" lat="42.901"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/>
<tag k="name" v="人民大街"/></way>
<way id="11"><nd ref="4"/><nd ref="2"/><tag k="highway" v="residential"/>
<tag k="oneway" v="-1"/></way>
<way id="12"><nd ref="4"/><nd ref="3"/><tag k="highway" v="proposed"/></way>
<way id="13"><nd ref="4"/><nd ref="99"/><tag k="highway" v="service"/></way>
</osm>"""


def feature(*line, **properties):
    return {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": [list(at) for at in line]},
        "properties": properties,
    }


def geojson(path, *features):
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return path


@pytest.mark.parametrize(
    "lines",
    [
        ((A, MIDDLE, B), (C, MIDDLE, D)),  # a position in common
        ((A, B), (MIDDLE, D), (C, MIDDLE)),  # ends beside another line
        ((A, B), (C, D)),  # nothing in common anywhere: the crossings were left out
        ((A, B), ((125.101, 42.90001), D), ((125.101, 42.89999), C)),  # a metre off
    ],
)
def test_lines_that_meet_are_cut_where_they_do(lines):
    streets = joined([Street(line=line) for line in lines])
    network = StreetNetwork(StreetMap(streets=streets))
    assert len(streets) >= 4
    assert len(set(network.driven.group.tolist())) == 1


def test_a_bridge_over_a_street_does_not_meet_it():
    others = [((A[0], 42.91), (B[0], 42.91)), (A, (A[0], 42.91)), (B, (B[0], 42.91))]
    rest = [(C, (C[0], 42.89)), (D, (A[0], 42.91))]
    streets = joined([Street(line=line) for line in ((A, B), (C, D), *others, *rest)])
    assert (A, B) in {street.line for street in streets}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.floats(125.0, 125.2), st.floats(42.8, 43.0)), min_size=2, max_size=6
            ),
            st.sampled_from(StreetClass),
            st.text(max_size=8),
            st.booleans(),
        ),
        max_size=6,
    )
)
def test_a_map_is_kept_and_read_back_as_it_is(raw):
    lines = [
        Street(line=tuple(line), kind=kind, name=name, one_way=way) for line, kind, name, way in raw
    ]
    streets = StreetMap(streets=joined(lines), source="x")
    assert unpacked(packed(streets)) == streets


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"highway": "primary", "name": "人民大街"}, (StreetClass.MAIN, "人民大街", False)),
        ({"道路等级": "快速路", "路名": "环路"}, (StreetClass.EXPRESS, "环路", False)),
        ({"FCLASS": "residential", "ONEWAY": "F"}, (StreetClass.LOCAL, "", True)),
        ({"单行": "是", "ST_NAME": "Main St"}, (StreetClass.LOCAL, "Main St", True)),
        ({"class": 7, "name": None, "oneway": "no"}, (StreetClass.LOCAL, "", False)),
        ({"highway": "footway"}, (StreetClass.PATH, "", False)),
    ],
)
def test_attributes_by_many_headings(properties, found):
    street = street_of((A, B), properties)
    assert (street.kind, street.name, street.one_way) == found


def test_a_street_against_its_line_and_one_that_nobody_may_use():
    assert street_of((A, B), {"oneway": "TF"}).line == (B, A)
    assert street_of((A, B), {"access": "private"}) is None


def test_an_extract_of_openstreetmap(tmp_path):
    pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    (tmp_path / "town.osm").write_text(OSM, "utf-8")
    streets = read_streets(tmp_path / "town.osm").streets
    assert [(street.name, street.kind.value) for street in streets] == [
        ("人民大街", "main"),
        ("人民大街", "main"),
        ("", "local"),
    ]
    assert streets[2].line == (MIDDLE, D)
    assert streets[2].one_way


def test_centrelines_in_the_system_of_chinese_maps(tmp_path):
    shifted = [from_wgs84(at, "gcj02") for at in (A, B)]
    path = geojson(tmp_path / "路.geojson", feature(*shifted, 道路="甲路"))
    (street,) = read_streets(path, "gcj02").streets
    assert all(
        abs(one - other) < 2e-6
        for here, there in zip(street.line, (A, B), strict=True)
        for one, other in zip(here, there, strict=True)
    )


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("nan.osm", OSM.replace('lat="42.901"', 'lat="nan"'), "street_map.unreadable"),
        (
            "laughs.osm",
            OSM.replace("<osm", '<!DOCTYPE osm [<!ENTITY a "ha">]><osm'),
            "street_map.unreadable",
        ),
        ("x.geojson", "{", None),
        ("x.geojson", '{"features": []}', None),
        ("x.txt", "a,b", None),
        ("x.osm", "<osm", "street_map.unreadable"),
        ("x.osm.pbf", "no extract", "street_map.unreadable"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_street_file_is_refused_with_its_reason(tmp_path, name, content, code):
    if ".osm" in name:
        pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(BadStreets) as refused:
        read_streets(tmp_path / name)
    assert code in (None, refused.value.code)
