"""What is told of a street map that was loaded."""

from dataclasses import replace

import pytest

from data.model.city import Profile
from data.model.street.streets import Access, Street, StreetMap
from ops.auth.permissions import CONSOLE
from ops.intake.streets import load_streets, network_in_force, what_the_map_holds
from ops.ways.speeds import WaySettings
from tests.helpers.makers import NOW, make_city
from tests.helpers.streets import BRIDGE, at, grid

ALLEY = Street(line=(at(2, 9), at(2, 9.9)), name="夹道", access=Access(height_m=2.5))
BARRED = Access(barred=frozenset({Profile.LORRY}))


def streets(access: Access = Access(), *more: Street) -> StreetMap:
    found = [
        replace(each, access=access) if each.line == (at(BRIDGE, 9), at(BRIDGE, 10)) else each
        for each in grid().streets
    ]
    return StreetMap(streets=(*found, *more), source="x.osm")


@pytest.mark.parametrize(
    ("given", "settings", "told"),
    [
        (streets(), WaySettings(), set()),
        (streets(BARRED), WaySettings(), {"barred", "split"}),
        (streets(BARRED), WaySettings(lorry_pass=True), set()),
        (streets(Access(), ALLEY), WaySettings(), {"barred", "on_foot"}),
        (streets(Access(), ALLEY), WaySettings(lorry_height_m=2.4), set()),
    ],
)
def test_what_lorries_can_t_use_and_where_one_walks_is_told(given, settings, told, store):
    city = make_city()
    in_alley = replace(city.segments[0], line=(at(2, 9.5), at(2, 9.7)))
    store.replace_city(replace(city, segments=(in_alley, *city.segments[1:])))
    load_streets(store, CONSOLE, given, NOW)
    said = {
        one.code.removeprefix("street_map.")
        for one in what_the_map_holds(network_in_force(store), settings, store.city())
    }
    assert said - {"map", "far"} == told
