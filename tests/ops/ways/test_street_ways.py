"""Ways over streets: one-way streets, rivers, closures, and places that are nowhere."""

from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.geo import distance_m
from data.model.street.streets import Street, StreetClass, StreetMap
from ops.ways.closed_streets import streets_of
from ops.ways.network import StreetNetwork
from ops.ways.speeds import WaySettings, share_in_water, speeds_km_h
from tests.helpers.makers import NOW
from tests.helpers.streets import BRIDGE, LOCAL, at, closure, grid, ways

GRID = grid()
OPEN = ways(GRID)
KM_H = WaySettings().local_km_h
FAR = (125.2, 42.95)
places = st.tuples(st.floats(0.2, 18.8), st.floats(0.2, 18.8)).map(lambda here: at(*here))


def seconds(ways, *pair):
    return float(ways.ways.seconds([pair[0]], [pair[1]])[0, 0])


@settings(max_examples=30, deadline=None)
@given(st.lists(places, min_size=3, max_size=3, unique=True))
def test_ways_are_there_and_back_and_no_detour_is_shorter(points):
    found = OPEN.ways.seconds(points)
    assert np.isfinite(found).all()
    assert found.diagonal().tolist() == [0, 0, 0]
    assert np.allclose(found, found.T)
    one, two, three = range(3)
    stop = WaySettings().crossing_s  # who stops at a crossing has passed it
    assert found[one, three] <= found[one, two] + found[two, three] + stop
    for a in range(3):
        for b in range(3):
            straight = distance_m(points[a], points[b])
            assert a == b or found[a, b] >= straight / (WaySettings().express_km_h / 3.6) * 0.95


@settings(max_examples=20, deadline=None)
@given(places, places, st.integers(0, 18), st.integers(0, 18), st.booleans())
def test_a_closure_makes_no_way_shorter(one, other, column, row, is_open):
    shut = closure(at(column, row), at(column + 1, row), speed_share=0.5 if is_open else 0.0)
    assert seconds(ways(GRID, shut), one, other) >= seconds(OPEN, one, other) - 1e-6


def test_a_way_over_the_river_goes_by_the_bridge():
    """Two hundred metres as the crow flies, and a kilometre to the bridge and back."""
    south, north = at(0.5, 9), at(0.5, 10)
    metres = 2 * distance_m(at(0.5, 9), at(BRIDGE, 9)) + distance_m(at(0, 9), at(0, 10))
    assert distance_m(south, north) < 120
    assert seconds(OPEN, south, north) >= metres / (WaySettings().main_km_h / 3.6)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_the_bridge_closed_or_slow(share):
    bridge = closure(at(BRIDGE, 9), at(BRIDGE, 10), speed_share=share)
    before = seconds(OPEN, at(10.5, 9), at(10.5, 10))
    now = seconds(ways(GRID, bridge), at(10.5, 9), at(10.5, 10))
    assert now == np.inf if share == 0 else before < now < 10 * before


def test_a_closure_to_come_counts_once_it_is_soon_and_one_that_is_over_no_more():
    line, hour = (at(BRIDGE, 9), at(BRIDGE, 10)), timedelta(hours=1)
    later = closure(*line, from_at=NOW + 2 * hour)
    over = closure(*line, from_at=NOW - 2 * hour, to_at=NOW)
    soon = closure(*line, from_at=NOW + hour / 2)
    found = [seconds(ways(GRID, one), at(10.5, 9), at(10.5, 10)) for one in (later, over, soon)]
    assert [bool(np.isinf(each)) for each in found] == [False, False, True]


def test_work_in_a_closed_stretch_is_reached_on_foot_from_its_ends_and_nobody_drives_through():
    line = tuple(at(column, 5) for column in range(5, 10))
    shut, barred = closure(*line), closure(*line, entry=False)
    inside, out = at(7.5, 5), at(7.5, 15)
    walked = 2.5 * distance_m(at(0, 5), at(1, 5)) / (WaySettings().foot_km_h / 3.6)
    assert seconds(ways(GRID, shut), at(0, 5), inside) > walked
    assert np.isinf(seconds(ways(GRID, barred), at(0, 5), inside))
    assert np.isfinite(seconds(ways(GRID, barred), inside, out))  # who is in it gets out
    assert np.isfinite(seconds(ways(GRID, barred), at(0, 5), at(19, 5)))


def test_a_row_in_the_river_s_way_does_not_become_a_bridge_on_foot():
    """The only bridge closed with entry: work on it is done from either bank, nobody crosses."""
    ways_ = ways(GRID, closure(at(BRIDGE, 9), at(BRIDGE, 10)))
    middle = at(BRIDGE, 9.5)
    assert np.isfinite(seconds(ways_, at(3, 3), middle))
    assert np.isfinite(seconds(ways_, at(3, 15), middle))
    assert np.isinf(seconds(ways_, at(3, 3), at(3, 15)))


def test_a_one_way_street_is_driven_one_way_and_walked_both():
    streets = grid(one_way=(4,))
    north = [seconds(ways(streets, profile=each), at(4, 2.2), at(4, 2.8)) for each in _ALL]
    south = [seconds(ways(streets, profile=each), at(4, 2.8), at(4, 2.2)) for each in _ALL]
    assert south[0] > 2 * north[0]
    assert south[1] > 2 * north[1]
    assert south[2] == pytest.approx(north[2])


_ALL = ("lorry", "scooter", "foot")


def test_a_path_is_no_street_for_a_lorry():
    path = Street(line=(at(2, 9), at(2, 10)), kind=StreetClass.PATH)
    streets = StreetMap(streets=(*GRID.streets, path))
    for profile, is_short in zip(_ALL, (False, True, True), strict=True):
        direct = 1.2 * distance_m(at(2, 9), at(2, 10)) / (WaySettings().foot_km_h / 3.6)
        found = seconds(ways(streets, profile=profile), at(2, 9), at(2, 10))
        assert (found < direct + 60) == is_short


@pytest.mark.parametrize(
    ("extra", "alone"),
    [
        ((Street(line=((126.0, 43.0), (126.001, 43.0))),), 1),  # an island of the file
        ((Street(line=(at(3, 3), at(3.4, 3.4)), one_way=True),), 1),  # can't be left again
        ((Street(line=(at(3.4, 3.4), at(3, 3)), one_way=True),), 1),  # can't be entered
        ((Street(line=(at(3, 3), at(3.4, 3.4))),), 0),
    ],
)
def test_what_hangs_together_with_nothing_is_left_out_and_a_place_there_is_on_the_next_street(
    extra, alone
):
    streets = StreetMap(streets=(*GRID.streets, *extra))
    network = StreetNetwork(streets)
    assert network.driven.alone == alone
    assert np.isfinite(seconds(ways(streets), at(0, 0), at(3.4, 3.4)))


def test_a_place_far_from_any_street_and_one_on_another_part_are_not_told():
    apart = grid(bridges=())
    assert StreetNetwork(apart).driven.groups == 2
    assert np.isnan(seconds(ways(apart), at(5, 5), at(5, 15)))
    assert np.isnan(seconds(OPEN, at(5, 5), FAR))
    assert OPEN.off_street([at(5, 5), FAR]) == 1


def test_a_closure_drawn_beside_its_street_closes_that_one_alone():
    network = StreetNetwork(GRID)
    shift = 0.00012  # ten metres
    line = tuple((lon, lat + shift) for lon, lat in (at(5, 5), at(6, 5), at(7, 5)))
    found = {GRID.streets[number].line for number in streets_of(network.driven, line)}
    assert found == {(at(5, 5), at(6, 5)), (at(6, 5), at(7, 5))}
    named = streets_of(network.driven, (at(5, 5), at(5, 6)), "5纵街 甲—乙")
    assert {GRID.streets[number].name for number in named} == {"5纵街"}
    assert streets_of(network.driven, (FAR, (FAR[0] + 0.001, FAR[1]))) == frozenset()


def test_deeper_water_leaves_less_speed_until_the_street_is_closed():
    known = WaySettings()
    shares = [share_in_water(cm, known) for cm in (0, 5, 10, 20, 29, 30, 80)]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1
    assert shares[-2:] == [0, 0]
    assert min(shares[:-2]) > 0


def test_rush_hour_and_rain_slow_lorries_and_nobody_on_foot():
    rush = LOCAL.replace(hour=8)
    known_for = partial(speeds_km_h, WaySettings())
    calm = known_for("lorry", LOCAL, 0.0)
    for known in (known_for("lorry", rush, 0.0), known_for("lorry", LOCAL, 5.0)):
        assert all(now < then for now, then in zip(known[:5], calm[:5], strict=True))
    assert known_for("foot", rush, 9.0) == known_for("foot", LOCAL, 0.0)
