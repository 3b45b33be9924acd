"""Each goes by the streets that are open to it: signs, low bridges, paths, places that a vehicle
does not get to.
"""

import json
from dataclasses import replace

import numpy as np
import pytest

from data.geo import distance_m
from data.model.city import Profile
from data.model.street.streets import Access, Street, StreetMap
from data.streets.hours import hours_of_week
from data.streets.joining import joined
from data.streets.reading import read_streets
from ops.ways.network import StreetNetwork
from ops.ways.speeds import WaySettings
from ops.ways.vehicles import Vehicle, vehicle_of
from tests.helpers.streets import BRIDGE, at, closure, grid, ways

LORRY, CAR, SCOOTER, FOOT = Profile
KNOWN = WaySettings()


def seconds(streets, profile, start, end, *closures, **settings):
    found = ways(streets, *closures, **settings).by_profile[profile]
    return float(found.seconds([start], [end])[0, 0])


def with_bridge(access: Access, bridges=()) -> StreetMap:
    """The town whose second bridge, at the first column, has a sign."""
    bridge = Street(line=(at(2, 9), at(2, 10)), name="矮桥", access=access)
    return StreetMap(streets=(*grid(bridges=(BRIDGE, *bridges)).streets, bridge), source="x")


@pytest.mark.parametrize(
    ("access", "who"),
    [
        (Access(), {LORRY, CAR, SCOOTER, FOOT}),
        (Access(height_m=2.5), {CAR, SCOOTER, FOOT}),
        (Access(height_m=1.8), {SCOOTER, FOOT}),
        (Access(weight_t=10.0), {CAR, SCOOTER, FOOT}),
        (Access(width_m=2.2), {CAR, SCOOTER, FOOT}),
        (Access(height_m=3.2, weight_t=18.0), {LORRY, CAR, SCOOTER, FOOT}),
        (Access(barred=frozenset({LORRY})), {CAR, SCOOTER, FOOT}),
        (Access(barred=frozenset({FOOT, SCOOTER})), {LORRY, CAR}),
        (Access(no_through=frozenset({LORRY, CAR})), {SCOOTER, FOOT}),
    ],
)
def test_over_a_bridge_goes_who_may(access, who):
    streets = with_bridge(access)
    metres = distance_m(at(2, 9), at(2, 10))
    for profile in Profile:
        direct = metres / (KNOWN.foot_km_h / 3.6)
        found = seconds(streets, profile, at(2, 8.5), at(2, 10.5))
        assert np.isfinite(found)
        round_ = 12 * distance_m(at(2, 9), at(3, 9)) / (KNOWN.main_km_h / 3.6)
        assert (found < (3 * direct if profile is FOOT else round_)) == (profile in who), profile


@pytest.mark.parametrize(
    ("hours", "settings", "who"),
    [
        ("0:00-2:00", {}, {LORRY, CAR, SCOOTER, FOOT}),
        ("3:00-5:00", {}, {CAR, SCOOTER, FOOT}),
        ("4:00-5:00", {}, {CAR, SCOOTER, FOOT}),
        ("4:00-5:00", {"soon_minutes": 10}, {LORRY, CAR, SCOOTER, FOOT}),
        ("3:00-5:00", {"lorry_pass": True}, {LORRY, CAR, SCOOTER, FOOT}),
    ],
)
def test_over_a_bridge_that_is_barred_in_hours_goes_who_may_then(hours, settings, who):
    streets = with_bridge(Access(hours=((LORRY, hours_of_week(hours)),)))
    round_ = 12 * distance_m(at(2, 9), at(3, 9)) / (KNOWN.main_km_h / 3.6)
    for profile in (LORRY, CAR, SCOOTER):
        found = seconds(streets, profile, at(2, 8.5), at(2, 10.5), **settings)
        assert np.isfinite(found)
        assert (found < round_) == (profile in who), profile


def test_a_place_on_a_street_that_is_barred_in_these_hours_is_walked_to():
    streets = with_bridge(Access(hours=((LORRY, hours_of_week("3:00-5:00")),)))
    metres = distance_m(at(2, 9), at(2, 9.5))
    found = seconds(streets, LORRY, at(2, 9), at(2, 9.5))
    assert found == pytest.approx(metres / (KNOWN.foot_km_h / 3.6), rel=0.1)


def test_a_closure_of_a_street_that_is_barred_in_hours_counts_on():
    streets = with_bridge(Access(hours=((LORRY, hours_of_week("3:00-5:00")),)))
    shut = closure(at(2, 9), at(2, 10), speed_share=0.5, entry=False)
    assert not np.isfinite(
        seconds(streets, LORRY, at(2, 8.5), at(2, 9.5), replace(shut, speed_share=0.0))
    )
    slow = seconds(streets, CAR, at(2, 8.5), at(2, 10.5), shut)
    assert slow > seconds(streets, CAR, at(2, 8.5), at(2, 10.5))


def test_a_vehicle_is_as_large_as_the_settings_have_it():
    streets = with_bridge(Access(height_m=3.0))
    slow, quick = (
        seconds(streets, LORRY, at(2, 8.5), at(2, 10.5), lorry_height_m=metres)
        for metres in (3.2, 2.9)
    )
    assert quick < slow / 3


def test_a_pass_opens_what_is_barred_to_lorries_alone_and_no_low_bridge():
    barred, low = Access(barred=frozenset({LORRY})), Access(height_m=2.5)
    by_car = Access(barred=frozenset({LORRY, CAR}))
    for access, is_opened in ((barred, True), (low, False), (by_car, False)):
        without, with_pass = (
            seconds(with_bridge(access), LORRY, at(2, 8.5), at(2, 10.5), lorry_pass=has)
            for has in (False, True)
        )
        assert (with_pass < without / 3) == is_opened


def test_to_a_place_on_a_street_without_through_traffic_one_drives():
    """And from one to the other along it, but never through."""
    own = Street(line=(at(2, 9), at(2, 9.9)), access=Access(no_through=frozenset({LORRY})))
    streets = StreetMap(streets=(*grid().streets, own))
    place = at(2, 9.8)
    drive = 0.8 * distance_m(at(2, 9), at(2, 10)) / (KNOWN.local_km_h / 3.6)
    there = seconds(streets, LORRY, at(2, 9), place)
    assert there == pytest.approx(drive, abs=12)
    assert seconds(streets, LORRY, place, at(2, 9)) == pytest.approx(there, abs=12)
    assert seconds(streets, LORRY, at(2, 9.3), place) < there
    assert ways(streets).walked_to(LORRY, [place]) == [None]


def test_a_place_that_no_lorry_gets_to_is_reached_on_foot_and_the_street_is_told():
    alley = Street(line=(at(2, 9), at(2, 9.9)), name="夹道", access=Access(width_m=1.5))
    streets = StreetMap(streets=(*grid().streets, alley))
    place, found = at(2, 9.6), ways(streets)
    walk = 0.6 * distance_m(at(2, 9), at(2, 10)) / (KNOWN.foot_km_h / 3.6)
    assert seconds(streets, LORRY, at(2, 8), place) > walk
    assert seconds(streets, LORRY, place, at(2, 8)) > walk
    assert found.walked_to(LORRY, [place, at(2, 8)]) == ["夹道", None]
    assert found.walked_to(CAR, [place]) == ["夹道"]
    assert found.walked_to(SCOOTER, [place]) == [None]
    barred = replace(alley, access=Access(barred=frozenset({LORRY, FOOT})))
    assert ways(StreetMap(streets=(*grid().streets, barred))).walked_to(LORRY, [place]) == [None]


def test_a_pavement_beside_its_street_does_not_take_the_place_from_it():
    beside = Street(line=(at(2.05, 5), at(2.05, 6)), access=Access(barred=frozenset({LORRY, CAR})))
    streets = StreetMap(streets=(*grid().streets, beside))
    assert ways(streets).walked_to(LORRY, [at(2.05, 5.5)]) == [None]


def test_streets_behind_a_barred_one_are_walked():
    """A yard whose only gate is low: nothing bars its own streets."""
    gate = Street(line=(at(2, 9), at(2, 9.2)), access=Access(height_m=2.2))
    yard = [Street(line=(at(2, 9.2), at(end, 9.8))) for end in (1, 3)]
    streets = StreetMap(streets=joined([*grid().streets, gate, *yard]))
    inside = at(2.8, 9.68)
    walk = distance_m(at(2, 9.2), at(3, 9.8)) * 0.8 / (KNOWN.foot_km_h / 3.6)
    assert seconds(streets, LORRY, at(2, 8), inside) > walk
    assert seconds(streets, CAR, at(2, 8), inside) < walk
    assert ways(streets).walked_to(LORRY, [inside]) == [""]


def test_two_halves_of_a_town_that_only_a_weak_bridge_joins():
    """The map tells: there is no way for a lorry. Without the bridge nobody would know."""
    weak = with_bridge(Access(weight_t=5.0), bridges=())
    weak = replace(weak, streets=tuple(s for s in weak.streets if s.line[0] != at(BRIDGE, 9)))
    south, north = at(5, 5), at(5, 15)
    assert np.isinf(seconds(weak, LORRY, south, north))
    assert np.isfinite(seconds(weak, CAR, south, north))
    assert ways(weak).is_split
    apart = replace(weak, streets=tuple(s for s in weak.streets if s.name != "矮桥"))
    assert np.isnan(seconds(apart, LORRY, south, north))
    assert not ways(apart).is_split


def test_scooters_go_both_ways_where_the_sign_says_so():
    one_way = [
        replace(street, one_way=True, access=Access(scooters_both_ways=True))
        if street.name == "4纵街"
        else street
        for street in grid().streets
    ]
    streets = StreetMap(streets=tuple(one_way))
    north, south = (
        [seconds(streets, each, *pair) for each in (LORRY, CAR, SCOOTER)]
        for pair in ((at(4, 2.2), at(4, 2.8)), (at(4, 2.8), at(4, 2.2)))
    )
    assert south[0] > 2 * north[0]
    assert south[1] > 2 * north[1]
    assert south[2] == pytest.approx(north[2])


def test_a_footpath_that_is_closed_is_closed_to_who_walks():
    streets = with_bridge(Access(barred=frozenset({LORRY, CAR})))
    shut = closure(at(2, 9.1), at(2, 9.9), name="便桥", entry=False)
    free = seconds(streets, FOOT, at(2, 8.5), at(2, 10.5))
    assert seconds(streets, FOOT, at(2, 8.5), at(2, 10.5), shut) > 3 * free


def test_a_car_is_faster_than_a_lorry_and_no_way_of_either_is_shorter_than_the_street():
    lorry, car = (seconds(grid(), each, at(1, 1), at(9, 4)) for each in (LORRY, CAR))
    assert lorry / 1.25 < car < lorry


def test_signs_of_a_city_s_own_file_count(tmp_path):
    """The same town as centrelines: over the low bridge goes the car."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": [list(end) for end in street.line]},
            "properties": {"路名": street.name, "限高(米)": street.access.height_m}
            if np.isfinite(street.access.height_m)
            else {"路名": street.name, "限高(米)": None},
        }
        for street in with_bridge(Access(height_m=2.5)).streets
    ]
    path = tmp_path / "路.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    streets = read_streets(path)
    lorry, car = (seconds(streets, each, at(2, 8.5), at(2, 10.5)) for each in (LORRY, CAR))
    assert car < lorry / 3


def test_a_network_reckons_each_vehicle_once():
    network = StreetNetwork(grid())
    assert network.part(vehicle_of(KNOWN, LORRY)) is network.part(vehicle_of(KNOWN, LORRY))
    assert network.part(Vehicle(profile=FOOT)) is network.walked
