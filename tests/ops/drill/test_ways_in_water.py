"""Deep water and closures make ways longer, for whoever goes them and whoever planned them; the
plan learns of water by what is reported.
"""

import math
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from data.geo import distance_m
from data.model.city import Profile
from data.model.street.streets import Street, StreetMap
from data.sheets.city import read_city
from data.streets.reading import read_streets
from ops.drill.field.field_work import Order, Work
from ops.drill.field.setbacks import Setbacks
from ops.drill.parameters import FieldSettings, StormShape, StreetSettings
from ops.drill.physics.storms import MINUTE
from ops.drill.physics.street_network import street_network
from ops.drill.policies import LowPoints
from ops.drill.ways.roads import Roads, throughout
from ops.drill.ways.simulated_ways import SimulatedWays
from ops.intake.sample import FOLDER
from tests.helpers.makers import local

CITY = read_city(FOLDER)
NETWORK = street_network(CITY, StreetSettings(), StormShape())
MAP = read_streets(FOLDER / "streets.geojson", None)
BEGIN = local(12)
DRY = {segment.id: 0.0 for segment in CITY.segments}


def ways(streets=None, closures=()):
    roads = Roads(streets=streets, closures=tuple(closures))
    return SimulatedWays(city=CITY, simulated=NETWORK, slow_depth_m=0.2, roads=roads)


def at_post(crew, road):
    return Order(
        key="1",
        team=crew.id,
        resource_id=crew.id,
        work=Work.POST,
        people=2,
        position=road.middle,
        segment_id=road.id,
    )


def everywhere(depth_m):
    return dict.fromkeys(DRY, depth_m)


def longer(found, water=DRY, profile=Profile.LORRY):
    """Over all ways from the stations to the roads."""
    return [
        found.longer(station.position, segment.middle, BEGIN, water, profile)
        for station in CITY.stations
        for segment in CITY.segments
    ]


@pytest.mark.parametrize("streets", [None, MAP], ids=["of the model", "of a map"])
def test_the_deeper_the_water_the_longer_the_ways(streets):
    found = ways(streets)
    dry, slow, slower = (longer(found, everywhere(depth)) for depth in (0.0, 0.22, 0.28))
    assert set(dry) == {timedelta(0)}
    assert set(longer(found, everywhere(0.19))) == {timedelta(0)}, "driven through"
    assert all(one <= other for one, other in zip(slow, slower, strict=True))
    assert sum(slow, timedelta(0)) > timedelta(0)
    assert None not in longer(found, everywhere(0.6)), "on foot, from the nearest open street"


@pytest.mark.parametrize("streets", [None, MAP], ids=["of the model", "of a map"])
def test_a_closed_street_is_gone_round_and_lets_nobody_in_who_may_not_enter(streets):
    road = CITY.segments[0]
    shut = throughout("works", road.line, entry=False)
    found = ways(streets, [shut])
    into = [
        found.longer(station.position, road.middle, BEGIN, DRY, Profile.LORRY)
        for station in CITY.stations
    ]
    assert into == [None] * len(CITY.stations)
    others = [one for one in longer(found) if one is not None]
    assert others
    assert (
        ways(streets, [throughout("works", road.line)]).longer(
            CITY.stations[0].position, road.middle, BEGIN, DRY, Profile.LORRY
        )
        is not None
    )


@pytest.mark.parametrize("is_map", [False, True], ids=["of the model", "of a map"])
def test_streets_that_do_not_hang_together_keep_nobody_away(is_map):
    (lon, lat), far = CITY.stations[0].position, 0.02
    ends = {
        f"{line}{n}": SimpleNamespace(position=(lon + n * 0.01, lat + y))
        for line, y in (("a", 0.0), ("b", far))
        for n in range(3)
    }
    pieces = [
        SimpleNamespace(id=f"{line}{n}", upper=f"{line}{n}", lower=f"{line}{n + 1}")
        for line in "ab"
        for n in range(2)
    ]
    courses = [(ends[one.upper].position, ends[one.lower].position) for one in pieces]
    islands = StreetMap(streets=tuple(Street(line=course) for course in courses))
    found = replace(
        ways(islands if is_map else None), simulated=SimpleNamespace(nodes=ends, blocks=pieces)
    )
    flood = DRY | {CITY.segments[0].id: 0.3}
    over = found.longer((lon, lat), (lon, lat + far), BEGIN, flood, Profile.LORRY)
    assert over == timedelta(0), "of that way the streets tell nothing, wet or dry"
    beside = found.longer((lon, lat), (lon + 0.01, lat), BEGIN, flood, Profile.LORRY)
    assert beside is not None


def test_who_finds_no_way_is_there_once_the_water_has_gone():
    people = FieldSettings(refused_share=0, broken_per_hour=0)
    road = CITY.segments[0]
    tried = Setbacks(CITY, people, BEGIN, BEGIN + timedelta(hours=8), 1, ways())
    order = at_post(CITY.crews[0], road)
    flood = DRY | {road.id: 0.5}
    there = [bool(tried.at_work([order], BEGIN + n * MINUTE, flood)) for n in range(40)]
    first = there.index(True)
    assert 0 < first < 30, "later than reckoned, on foot"
    assert all(there[first:]), "who is there stays"


def test_works_hold_up_who_drives_and_not_who_walks_past():
    found = ways(MAP, [throughout("works", one.line) for one in CITY.segments[:6]])
    driven, walked = (longer(found, profile=each) for each in (Profile.LORRY, Profile.FOOT))
    assert any(driven)
    assert not any(walked)


@pytest.mark.parametrize("streets", [None, MAP], ids=["straight lines", "a map"])
def test_each_unit_is_held_up_by_its_own_means(streets):
    """Of two crews of one station the one that walks takes longer to be reckoned, and in the water
    each is as late as its own means make it.
    """
    first, second = CITY.crews[0], replace(CITY.crews[1], station_id=CITY.crews[0].station_id)
    home = CITY.station_by_id[first.station_id].position
    road = max(CITY.segments, key=lambda one: distance_m(home, one.middle))
    crews = (replace(first, profile="lorry"), replace(second, profile="foot"), *CITY.crews[2:])
    found = replace(ways(streets), city=replace(CITY, crews=crews))
    flood = DRY | dict.fromkeys([one.id for one in CITY.segments[::2]], 0.28)
    habit = LowPoints(found.city, BEGIN, FieldSettings(turnout_minutes=0), found)
    assert habit.way(crews[1], road.middle, BEGIN) > habit.way(crews[0], road.middle, BEGIN)
    for crew in crews[:2]:
        own = found.longer(home, road.middle, BEGIN, flood, found.profile(crew.id))
        tried = Setbacks(
            found.city,
            FieldSettings(refused_share=0, broken_per_hour=0),
            BEGIN,
            BEGIN + timedelta(hours=8),
            1,
            found,
        )
        order = at_post(crew, road)
        there = [bool(tried.at_work([order], BEGIN + n * MINUTE, flood)) for n in range(480)]
        assert there.index(True) == math.ceil(own / MINUTE)
