"""Positions in three systems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.geo import SYSTEMS, distance_m, from_wgs84, to_wgs84

IN_CHINA = st.tuples(st.floats(74, 135), st.floats(18, 54))
TOWN = (125.13876, 42.90017)


@pytest.mark.parametrize("system", SYSTEMS)
@given(position=IN_CHINA)
def test_there_and_back_is_within_a_centimetre(system, position):
    assert distance_m(to_wgs84(from_wgs84(position, system), system), position) < 0.01


@given(
    position=st.tuples(st.floats(-180, 60), st.floats(-90, 90))
    | st.tuples(st.floats(140, 180), st.floats(-90, 90))
)
def test_outside_of_china_nothing_is_shifted(position):
    for system in SYSTEMS:
        assert from_wgs84(position, system) == to_wgs84(position, system) == position


def test_the_shift_is_the_known_one():
    """Figures that the formulas in public use give for Beijing's Tiananmen."""
    assert from_wgs84((116.404, 39.915), "gcj02") == pytest.approx(
        (116.41024449916938, 39.91640428150164), abs=1e-9
    )
    assert from_wgs84(to_wgs84((116.404, 39.915), "gcj02"), "bd09") == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )


@pytest.mark.parametrize(
    ("system", "least_m", "most_m"), [("gcj02", 100, 800), ("bd09", 800, 2000)]
)
def test_the_wrong_system_would_be_seen(system, least_m, most_m):
    assert least_m < distance_m(TOWN, from_wgs84(TOWN, system)) < most_m


def test_distances():
    assert distance_m(TOWN, TOWN) == 0
    assert distance_m((125.0, 42.0), (125.0, 43.0)) == pytest.approx(111_195, abs=1)
