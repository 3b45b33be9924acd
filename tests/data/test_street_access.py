"""Who may use a street by a file's attributes, and which way: OpenStreetMap's tags and the headings
of a city's own table.
"""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Profile
from data.model.street.streets import Access, Street, StreetClass, StreetMap
from data.streets.joining import joined
from data.streets.packing import packed, unpacked
from data.streets.reading import read_streets, street_of

A, B, C = (125.1, 42.9), (125.102, 42.9), (125.104, 42.9)
LORRY, CAR, SCOOTER, FOOT = Profile
EVERYBODY = frozenset(Profile)


def open_to(**tags) -> str:
    """Who uses it, a letter each; small: only to a place on it."""
    street = street_of((A, B), tags)
    if street is None:
        return ""
    barred = street.access.barred
    if street.kind is StreetClass.PATH:
        barred |= {LORRY, CAR}
    letters = dict(zip(Profile, "LCSF", strict=True))
    return "".join(
        letters[each].lower() if each in street.access.no_through else letters[each]
        for each in Profile
        if each not in barred
    )


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"highway": "residential"}, "LCSF"),
        ({"highway": "residential", "hgv": "no"}, "CSF"),
        ({"highway": "residential", "hgv": "destination"}, "lCSF"),
        ({"highway": "residential", "hgv": "delivery", "motor_vehicle": "no"}, "lSF"),
        ({"highway": "residential", "hgv": "designated", "access": "private"}, "L"),
        ({"highway": "residential", "motor_vehicle": "no"}, "SF"),
        ({"highway": "residential", "motor_vehicle": "private;delivery"}, "lcSF"),
        ({"highway": "residential", "motor_vehicle": "agricultural;forestry"}, "SF"),
        ({"highway": "residential", "vehicle": "no"}, "F"),
        ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, "SF"),
        ({"highway": "residential", "access": "no", "foot": "yes"}, "F"),
        ({"highway": "residential", "access": "no", "bus": "yes"}, ""),
        ({"highway": "residential", "access": "destination"}, "lcsf"),
        ({"highway": "primary", "foot": "no", "bicycle": "use_sidepath"}, "LC"),
        ({"highway": "motorway"}, "LC"),
        ({"highway": "motorway_link", "foot": "designated"}, "LCF"),
        ({"highway": "trunk"}, "LCSF"),
        ({"highway": "trunk", "motorroad": "yes"}, "LC"),
        ({"highway": "steps"}, "F"),
        ({"highway": "footway"}, "SF"),
        ({"highway": "footway", "bicycle": "no"}, "F"),
        ({"highway": "footway", "access": "yes"}, "SF"),
        ({"highway": "pedestrian", "motor_vehicle": "delivery"}, "lcSF"),
        ({"highway": "path", "motorcar": "yes"}, "CSF"),
        ({"highway": "service", "service": "alley"}, "LCSF"),
        ({"highway": "service", "service": "driveway"}, "lcSF"),
        ({"highway": "service", "service": "parking_aisle", "access": "private"}, ""),
        ({"highway": "service", "service": "parking_aisle", "motor_vehicle": "yes"}, "LCSF"),
        ({"highway": "service", "service": "emergency_access"}, "SF"),
        ({"道路等级": "支路", "货车禁行": "是"}, "CSF"),
        ({"道路等级": "支路", "货车禁行": "否"}, "LCSF"),
        ({"道路等级": "支路", "货车通行": "禁止"}, "CSF"),
        ({"道路等级": "支路", "大车": "仅限到达"}, "lCSF"),
        ({"道路等级": "支路", "机动车禁行": 1}, "SF"),
        ({"道路等级": "支路", "行人": "否"}, "LCS"),
        ({"class": "local", "Truck": "No"}, "CSF"),
    ],
)
def test_who_may_use_a_street(tags, who):
    assert open_to(**tags) == who


@pytest.mark.parametrize(
    ("tags", "limits"),
    [
        ({"maxweight": "10"}, (10, None, None)),
        ({"maxweight": "3.5 t", "maxweightrating": "7.5"}, (3.5, None, None)),
        ({"maxweight": "7500 kg"}, (7.5, None, None)),
        ({"maxheight": "2.8 m", "maxwidth": "2,2"}, (None, 2.8, 2.2)),
        ({"maxheight": "12'6\""}, (None, 3.81, None)),
        ({"maxheight": "10 ft"}, (None, 3.048, None)),
        ({"maxheight": "default", "maxheight:physical": "3.0"}, (None, 3.0, None)),
        ({"maxheight": "none", "maxweight": "0"}, (None, None, None)),
        ({"限高": "２．５米", "限重（吨）": 5}, (5, 2.5, None)),
        ({"限高(cm)": 320}, (None, 3.2, None)),
        ({"Max Height (ft)": 9.0}, (None, 2.743, None)),
        ({"限宽": "2.0", "限高": ""}, (None, None, 2.0)),
    ],
)
def test_the_largest_vehicle_that_passes(tags, limits):
    own = street_of((A, B), {"highway": "residential"} | tags).access
    told = (own.weight_t, own.height_m, own.width_m)
    assert tuple(None if math.isinf(most) else round(most, 3) for most in told) == limits


@pytest.mark.parametrize(
    ("tags", "way"),
    [
        ({"oneway": "yes"}, "one"),
        ({"oneway": "-1"}, "back"),
        ({"oneway": -1.0}, "back"),
        ({"oneway": 1.0}, "one"),
        ({"oneway": "yes", "oneway:bicycle": "no"}, "one, scooters both"),
        ({"oneway": "-1", "cycleway": "opposite_lane"}, "back, scooters both"),
        ({"oneway": "yes", "cycleway:left": "opposite_track"}, "one, scooters both"),
        ({"oneway:motor_vehicle": "yes"}, "one, scooters both"),
        ({"motor_vehicle:backward": "no"}, "one, scooters both"),
        ({"highway": "motorway"}, "one"),
        ({"highway": "motorway", "oneway": "no"}, "both"),
        ({"junction": "roundabout"}, "one"),
        ({"oneway": "no"}, "both"),
    ],
)
def test_which_way_a_street_is_used(tags, way):
    street = street_of((A, B), {"highway": "residential"} | tags)
    one = ("back" if street.line == (B, A) else "one") if street.one_way else "both"
    assert one + (", scooters both" if street.access.scooters_both_ways else "") == way


@given(
    st.sets(st.sampled_from(Profile)),
    st.sets(st.sampled_from(Profile)),
    st.booleans(),
    st.sampled_from([math.inf, 2.5, 10.0]),
    st.booleans(),
)
def test_rules_are_kept_and_read_back(barred, ends, both, most, one_way):
    access = Access(
        barred=frozenset(barred),
        no_through=frozenset(ends),
        scooters_both_ways=both,
        weight_t=most,
        height_m=most,
    )
    lines = (Street(line=(A, B), one_way=one_way, access=access), Street(line=(B, C)))
    streets = StreetMap(streets=joined(lines), source="x")
    assert unpacked(packed(streets)) == streets


def test_a_map_that_the_last_release_kept_is_read():
    old = {
        "format": 1, "source": "x", "names": ["甲路"], "kinds": ["local"],
        "streets": [[0, 0, 1, [125100000, 1000], [42900000, 0]]],
    }  # fmt: skip
    (street,) = unpacked(json.dumps(old)).streets
    assert street == Street(line=((125.1, 42.9), (125.101, 42.9)), name="甲路", one_way=True)


def test_an_extract_brings_its_signs(tmp_path):
    pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    (tmp_path / "town.osm").write_text(
        """<?xml version="1.0"?><osm version="0.6">
<node id="1" lon="125.1" lat="42.9"/><node id="2" lon="125.101" lat="42.9"/>
<node id="3" lon="125.102" lat="42.9"/>
<way id="10"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/>
<tag k="maxheight" v="2.6"/><tag k="hgv" v="destination"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/>
<tag k="oneway" v="-1"/><tag k="oneway:bicycle" v="no"/><tag k="foot" v="no"/></way>
</osm>""",
        "utf-8",
    )
    first, second = read_streets(tmp_path / "town.osm").streets
    assert first.access == Access(no_through=frozenset({LORRY}), height_m=2.6)
    assert second.access == Access(barred=frozenset({FOOT}), scooters_both_ways=True)
    assert second.line[0] == (125.102, 42.9)
