"""What a bureau's tables know of its streets is used; what they don't is assumed as before."""

from dataclasses import replace

import pytest

from data.sheets.city import BadSheets, read_city, write_city
from data.store.store import Store
from ops.drill.parameters import StormShape, StreetSettings
from ops.drill.physics.street_network import StreetNetwork, street_network
from ops.intake.sample import FOLDER
from tests.helpers.makers import NOW

CITY = read_city(FOLDER)
ROAD = next(one for one in CITY.segments if not one.low_lying)
KNOWN = {
    "width_m": 16.5,
    "slope_permille": 12.0,
    "catchment_ha": 3.25,
    "low_depth_cm": 31.0,
    "pipe_mm": 450.0,
}
SETTINGS = StreetSettings(hollows=0)


def with_known(**facts):
    roads = (replace(one, **facts) if one.id == ROAD.id else one for one in CITY.segments)
    return replace(CITY, segments=tuple(roads))


def network(**facts) -> StreetNetwork:
    return street_network(with_known(**facts), SETTINGS, StormShape())


def of_road(built: StreetNetwork):
    return built.blocks_by_segment[ROAD.id]


BEFORE = network()


def test_what_is_known_is_used_and_on_this_road_alone():
    built = network(width_m=16.5, catchment_ha=3.25, pipe_mm=450)
    assert {block.half_width_m for block in of_road(built)} == {8.25}
    assert sum(one.gutter_ha + one.pipe_ha for one in of_road(built)) == pytest.approx(3.25)
    pairs = {frozenset((one.upper, one.lower)) for one in of_road(built)}
    under = {one.id for one in built.pipes if frozenset((one.upper, one.lower)) in pairs}
    assert under
    assert {one.diameter_m for one in built.pipes if one.id in under} == {0.45}
    others = {one.id: one for one in BEFORE.blocks if one.segment_id != ROAD.id}
    assert {one.id: one for one in built.blocks if one.segment_id != ROAD.id} == others


def test_a_known_depth_makes_a_low_point_so_deep():
    built = network(low_depth_cm=31)
    sag = built.sags[ROAD.id]
    beside = {end for one in of_road(built) if sag in (one.upper, one.lower) for end in _ends(one)}
    lowest = min(built.nodes[end].ground_m for end in beside - {sag})
    assert lowest - built.nodes[sag].ground_m == pytest.approx(0.31)


@pytest.mark.parametrize("permille", [12.0, -12.0])
def test_a_known_slope_is_that_of_the_street_and_the_ground_far_off_stays(permille):
    built = network(slope_permille=permille)
    ends = [node for node in built.nodes_by_segment[ROAD.id] if node.startswith("X")]
    place = {node: built.nodes[node] for node in ends}
    start = min(ends, key=lambda n: _off(place[n].position, ROAD.line[0]))
    end = next(node for node in ends if node != start)
    fall = place[start].ground_m - place[end].ground_m
    length = sum(one.length_m for one in of_road(built))
    assert fall / length == pytest.approx(permille / 1000, rel=0.1)
    away = [
        abs(built.nodes[name].ground_m - node.ground_m)
        for name, node in BEFORE.nodes.items()
        if name not in built.nodes_by_segment[ROAD.id] and name not in built.sags.values()
    ]
    assert sorted(away)[len(away) // 2] < 0.01


def test_the_columns_go_out_and_come_back_by_table_and_database(tmp_path):
    city = with_known(**KNOWN)
    for name, language in (("tables", "zh"), ("tables.xlsx", "en")):
        write_city(city, tmp_path / name, language)
        assert read_city(tmp_path / name) == city
    store = Store(f"sqlite:///{tmp_path / 'x.db'}")
    store.migrate()
    store.replace_city(city, NOW)
    assert store.city().segment_by_id[ROAD.id] == city.segment_by_id[ROAD.id]
    store.close()


@pytest.mark.parametrize(
    ("heading", "bad"),
    [("路宽(米)", "0"), ("纵坡(‰)", "900"), ("管径(毫米)", "3"), ("汇水面积(公顷)", "-1")],
)
def test_what_no_street_is_like_is_refused_by_its_column(heading, bad, tmp_path):
    write_city(with_known(**KNOWN), tmp_path / "tables")
    path = tmp_path / "tables" / "segments.csv"
    head, *lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[0].split(",")
    cells[head.split(",").index(heading)] = bad
    path.write_text("\n".join([head, ",".join(cells), *lines[1:]]), encoding="utf-8")
    with pytest.raises(BadSheets) as caught:
        read_city(tmp_path / "tables")
    assert [one.column for one in caught.value.errors] == [heading]


def _ends(block):
    return block.upper, block.lower


def _off(one, other):
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2
