"""A road list without coordinates: its roads are placed by name or by hand, moved, and never in the
way of a plan before.
"""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.model.situation import look
from dashboard.render.status import plan_card
from data.errors import BadSheets
from data.geo import distance_m, from_wgs84
from data.model.account import Role
from data.model.street.listed_roads import ListedRoad
from data.model.street.streets import Street, StreetMap
from data.sheets.foreign.drawn_roads import draw_roads
from data.sheets.foreign.take_in_rows import Wanted
from ops.auth.permissions import Actor
from ops.base.errors import Invalid, NotFound, PermissionDenied
from ops.base.messages import Translator
from ops.district import city_files, listed_roads
from ops.district.places import middle
from ops.district.tables import workbook
from ops.district.uploads import read_files, read_upload
from ops.intake.sample import load_sample
from ops.intake.streets import load_streets
from ops.runtime.health_check import Patient, examine
from ops.settings import BackupSettings
from tests.helpers.desk import YELLOW, Desk
from tests.helpers.files import city_files as make
from tests.helpers.files import odd_files
from tests.helpers.files.odd_files import TOWN
from tests.helpers.makers import NOW, make_city

ADMIN = Actor(name="甲", role=Role.ADMIN)
LON, LAT = TOWN
LINE = ((LON, LAT), (LON + 0.004, LAT), (LON + 0.004, LAT + 0.003))
LIST = [
    ["道路名称", "起点", "止点", "雨水口数量"],
    ["人民路", "东门", "桥头", 12],
    ["人民路", "桥头", "西门", 6],
    ["无口巷", "", "", 0],
    ["1 Main Street", "", "", 4],
    ["合计", "", "", 22],
]


def taken(store, tmp_path: Path, rows=LIST, streets: bool = False):
    """The list taken in as a bureau would."""
    paths = [make.workbook(tmp_path / "道路清单.xlsx", 道路清单=rows)]
    if streets:
        paths.append(make.geojson(tmp_path / "道路中心线.geojson", odd_files.streets(TOWN)))
    tables = read_files({path.name: path.read_bytes() for path in paths})
    mappings = city_files.proposed(store, tables)
    wanted = Wanted(name="城", listed=listed_roads.listed_roads(store))
    current = None if store.is_empty() else store.tables()
    pairs = list(zip(tables, mappings, strict=True))
    found = city_files.tried(pairs, current, wanted, listed_roads.streets_in_force(store))
    city_files.taken(store, ADMIN, tables, mappings, found, NOW)
    return found


def place(store, road: str, line=LINE):
    return listed_roads.place_road(store, ADMIN, road, line, NOW)


def names(roads) -> list[str]:
    return [one.id for one in roads]


def test_a_list_alone_starts_a_district_and_every_road_waits(store, tmp_path):
    found = taken(store, tmp_path)
    assert not found.aside
    told = {one.code for one in found.told}
    assert "files.waiting" in told
    assert "files.spread" not in told  # nothing was spread
    assert names(listed_roads.waiting(store)) == ["L1", "L2", "L4"]  # none has no inlets
    assert middle(store.city()) is None
    city = place(store, "L1")
    assert [one.id for one in city.inlets] == [f"L1-{n}" for n in range(1, 13)]
    (segment,) = city.segments
    assert (segment.road, segment.start_name, segment.end_name) == ("人民路", "东门", "桥头")
    assert (segment.station_id, middle(city)) == ("Z1", city.stations[0].position)
    assert names(listed_roads.waiting(store)) == ["L2", "L4"]


def test_streets_of_the_file_and_of_the_map_are_found_by_name_the_rest_is_drawn(store, tmp_path):
    taken(store, tmp_path, streets=True)
    assert names(listed_roads.waiting(store)) == ["L1", "L2"]
    by_map = Street(line=LINE, name="人民路")
    load_streets(store, ADMIN, StreetMap(streets=(by_map,), source="a.osm"), NOW)
    assert listed_roads.place_by_name(store, ADMIN, NOW).count == 2
    assert not listed_roads.waiting(store)
    assert listed_roads.place_by_name(store, ADMIN, NOW).count == 0


def test_a_street_map_in_force_places_a_list_as_it_is_taken_in(store, tmp_path):
    store.replace_city(make_city())
    load_streets(store, ADMIN, StreetMap(streets=(Street(line=LINE, name="人民路"),)), NOW)
    found = taken(store, tmp_path)
    assert names(listed_roads.waiting(store)) == ["L4"]
    assert [one.facts["n"] for one in found.told if one.code == "files.by_street_map"] == [2]


def test_the_made_up_streets_of_the_sample_are_no_real_district_s(store, tmp_path):
    load_sample(store, ADMIN, NOW)
    road = store.streets.map(store.streets.latest().id).streets
    name = next(one.name for one in road if one.name)
    taken(store, tmp_path, rows=[LIST[0], [name, "", "", 5]])
    assert names(listed_roads.waiting(store)) == ["L1"]
    assert store.streets.latest() is None


def test_a_district_without_any_place_is_planned_all_the_same(store, tmp_path):
    desk = Desk(store, seconds=0.2)
    taken(store, tmp_path)
    store.replace_city(replace(store.tables(), segments=(), inlets=(), stations=()), NOW)
    desk.paste(YELLOW)
    assert desk.loop.answer() is not None


def test_streets_that_come_later_place_what_waited(store, tmp_path):
    taken(store, tmp_path)
    place(store, "L1")
    path = make.geojson(tmp_path / "道路中心线.geojson", odd_files.streets(TOWN))
    tables = read_files({path.name: path.read_bytes()})
    mappings = city_files.proposed(store, tables)
    wanted = Wanted(listed=listed_roads.listed_roads(store), snap_m=1000)
    pairs = list(zip(tables, mappings, strict=True))
    found = city_files.tried(pairs, store.tables(), wanted)
    city_files.taken(store, ADMIN, tables, mappings, found, NOW)
    assert {one.id for one in store.tables().inlets} >= {"L4-1", "L4-4", "L1-1", "L1-12"}
    assert names(listed_roads.waiting(store)) == ["L2"]


def test_a_road_is_moved_and_its_inlets_keep_what_is_known_of_them(store, tmp_path):
    taken(store, tmp_path)
    place(store, "L1")
    place(store, "L2", tuple((lon, lat - 0.001) for lon, lat in LINE))
    cleaned = [
        one for one in store.tables().inlets if one.id == "L1-3"
    ]  # what the field knows stays with the id
    before = store.tables()
    far = tuple((lon + 0.01, lat) for lon, lat in LINE)
    city = place(store, "人民路（东门 — 桥头）", far)
    assert [one.id for one in city.inlets] == [one.id for one in before.inlets]
    moved = next(one for one in city.inlets if one.id == "L1-3")
    assert 700 < distance_m(moved.position, cleaned[0].position) < 900
    own = [one for one in city.segments if one.id.startswith("L2-")]
    assert own == [one for one in before.segments if one.id.startswith("L2-")]


def test_a_line_over_a_street_is_cut_there_and_bears_its_name(store, tmp_path):
    taken(store, tmp_path, streets=True)
    crossed = store.tables().segments[0]
    (lon, lat), (lon2, lat2) = crossed.line[0], crossed.line[-1]
    middle_of = ((lon + lon2) / 2, (lat + lat2) / 2)
    across = ((lat2 - lat) * 0.3, (lon - lon2) * 0.3)
    line = tuple(
        (middle_of[0] + side * across[0], middle_of[1] + side * across[1]) for side in (-1, 1)
    )
    city = place(store, "L1", line)
    first, *_, last = [one for one in city.segments if one.id.startswith("L1-S")]
    assert (first.start_name, first.end_name) == ("东门", crossed.road)
    assert (last.start_name, last.end_name) == (crossed.road, "桥头")


def test_the_same_list_again_keeps_every_inlet_where_it_was_drawn(store, tmp_path):
    taken(store, tmp_path)
    place(store, "L1")
    place(store, "L2", tuple((lon, lat - 0.001) for lon, lat in LINE))
    before = {one.id: one.position for one in store.tables().inlets}
    more = [LIST[0], ["新路", "", "", 3], *LIST[1:]]
    taken(store, tmp_path, rows=more)
    after = {one.id: one.position for one in store.tables().inlets}
    assert after == pytest.approx(before, abs=1e-6) or all(
        distance_m(after[name], at) < 1 for name, at in before.items()
    )
    assert names(listed_roads.waiting(store)) == ["L5", "L4"]


def test_a_list_is_kept_over_our_own_tables_out_and_in(store, tmp_path):
    taken(store, tmp_path)
    place(store, "L1")
    upload = read_upload({"a.xlsx": workbook(store.tables(), "zh")})
    assert not upload.errors
    assert upload.city is not None
    store.replace_city(upload.city, NOW)
    assert names(listed_roads.waiting(store)) == ["L2", "L4"]


@pytest.mark.parametrize(
    ("road", "line", "error"),
    [
        ("L9", LINE, NotFound),
        ("人民路", LINE, NotFound),  # two are called so
        ("L1", LINE[:1], Invalid),
        ("L1", (LINE[0], LINE[0]), Invalid),
        ("L1", tuple((LON + n / 1e5, LAT) for n in range(300)), Invalid),
        ("L1", ((0.0, 95.0), (1.0, 96.0)), BadSheets),
    ],
)
def test_what_is_no_place_is_refused_and_changes_nothing(store, tmp_path, road, line, error):
    taken(store, tmp_path)
    before = store.tables()
    with pytest.raises(error):
        place(store, road, line)
    assert store.tables() == before


def test_only_who_may_change_tables_places_roads(store, tmp_path):
    taken(store, tmp_path)
    with pytest.raises(PermissionDenied):
        listed_roads.place_road(store, Actor(name="乙", role=Role.DUTY), "L1", LINE, NOW)


@pytest.mark.parametrize(
    ("written", "system"),
    [
        ("{0},{1} {2},{3}", ""),
        ("{0}，{1}；{2}，{3}", ""),
        ("{0}, {1}; {2}, {3}", "gcj02"),
        ("({0} {1}), ({2} {3})", "bd09"),
    ],
)
def test_a_line_is_read_as_people_write_it(written, system):
    points = [from_wgs84(at, system or "wgs84") for at in LINE[:2]]
    found = listed_roads.line_of_text(
        written.format(*(round(one, 6) for at in points for one in at)), system
    )
    assert max(map(distance_m, found, LINE)) < 2


@pytest.mark.parametrize("written", ["", "125,42 126", "a,b c,d", "1e400,42 2,3", "125 42 126 x"])
def test_what_is_no_line_is_refused(written):
    with pytest.raises(Invalid):
        listed_roads.line_of_text(written)


points = st.tuples(st.floats(LON - 0.02, LON + 0.02), st.floats(LAT - 0.02, LAT + 0.02))


@settings(max_examples=25, deadline=timedelta(seconds=5))
@given(
    line=st.lists(
        points.map(lambda at: (round(at[0], 6), round(at[1], 6))), min_size=2, max_size=8
    ),
    again=st.lists(points, min_size=2, max_size=4, unique=True),
    count=st.integers(0, 30),
)
def test_every_line_bears_all_inlets_on_its_own_segments(line, again, count):
    line = [at for at, before in zip(line, [None, *line], strict=False) if at != before]
    if len(line) < 2 or shapely.LineString(line).length < 1e-4:
        return
    road = ListedRoad(id="L7", road="弯路", count=count)
    other = ListedRoad(id="L70", road="直路", count=2)
    city = draw_roads(make_city(), {other: [again]})
    before = city
    city = draw_roads(draw_roads(city, {road: [line]}), {road: [line[::-1]]})
    own = {one.id: shapely.LineString(one.line) for one in city.segments if road.is_drawn(one.id)}
    inlets = [one for one in city.inlets if one.id in road.inlets]
    assert len(inlets) == count
    for one in inlets:
        assert own[one.segment_id].distance(shapely.Point(one.position)) < 2e-6
    assert shapely.union_all([*own.values()]).hausdorff_distance(shapely.LineString(line)) < 1e-5
    assert [one for one in city.segments if not road.is_drawn(one.id)] == list(before.segments)


def test_a_street_that_two_lines_of_the_list_name_is_there_once(store, tmp_path):
    """Doubled it would be watched, cleared and patrolled twice."""
    taken(store, tmp_path)
    by_map = Street(line=LINE, name="人民路")
    load_streets(store, ADMIN, StreetMap(streets=(by_map,), source="a.osm"), NOW)
    assert listed_roads.place_by_name(store, ADMIN, NOW).count == 2
    city = store.tables()
    assert [one.id for one in city.segments] == ["L1-S1"]
    assert len(city.inlets) == 18
    assert {one.segment_id for one in city.inlets} == {"L1-S1"}
    city = place(store, "L2", tuple((lon, lat + 0.01) for lon, lat in LINE))  # its own from now on
    assert [one.id for one in city.segments] == ["L1-S1", "L2-S1"]
    assert {one.segment_id for one in city.inlets if one.id.startswith("L2-")} == {"L2-S1"}


@pytest.mark.parametrize("turned", [False, True])
def test_roads_placed_together_cut_one_another_in_any_order(turned):
    west, south = ((LON - 0.01, LAT), (LON + 0.01, LAT)), ((LON, LAT - 0.01), (LON, LAT + 0.01))
    roads = [
        (ListedRoad(id="L1", road="横路", count=4), [west]),
        (ListedRoad(id="L2", road="纵路", count=4), [south]),
    ]
    city = draw_roads(
        replace(make_city(), segments=(), inlets=(), blockages=()),
        dict(roads[:: -1 if turned else 1]),
    )
    ends = {(one.road, one.start_name, one.end_name) for one in city.segments}
    assert ends == {
        ("横路", "—", "纵路"),
        ("横路", "纵路", "—"),
        ("纵路", "—", "横路"),
        ("纵路", "横路", "—"),
    }


def test_a_new_road_never_gets_the_id_of_one_that_is_on_no_list_any_more(store, tmp_path):
    taken(store, tmp_path)
    place(store, "L2")
    taken(store, tmp_path, rows=LIST[:2])
    taken(store, tmp_path, rows=[*LIST[:2], ["新路", "", "", 3]])
    new = listed_roads.listed_roads(store)[1]
    assert new.road == "新路"
    assert not [one for one in store.tables().segments if new.is_drawn(one.id)]
    assert names(listed_roads.waiting(store)) == ["L1", new.id]  # another part than what is drawn


def test_doctor_plan_and_desk_mention_the_roads_that_wait(store, tmp_path):
    desk = Desk(store, seconds=0.2)
    desk.paste(YELLOW)
    assert desk.loop.answer() is not None
    taken(store, tmp_path)
    t = Translator("en")

    def said() -> list[bool]:
        patient = Patient(
            store=store, home=tmp_path, now=NOW, feeds=(), channels=(), backups=BackupSettings()
        )
        examined = [t.message(one.message) for one in examine(patient)]
        card = str(plan_card(look(store, store.city(), desk.real_now), t))
        return [any("no place yet" in one for one in examined), "3 roads without" in card]

    assert said() == [True, True]
    for number, road in enumerate(names(listed_roads.waiting(store))):
        place(store, road, tuple((lon, lat + number * 0.001) for lon, lat in LINE))
    assert said() == [False, False]


ACROSS = [("安宁街", 0.001), ("新兴路", 0.003), ("站前路", 0.0045)]
MAIN = ((LON, LAT), (LON + 0.006, LAT))


def crossed(name: str = "人民大街", dual: bool = False) -> tuple[Street, ...]:
    """A street, in pieces from crossing to crossing as a street map has it, and what crosses it."""
    stops = [0.0, *(east for _, east in ACROSS), 0.006]
    sides = (0.0, 0.0002) if dual else (0.0,)
    pieces = [
        Street(line=((LON + a, LAT + side), (LON + b, LAT + side)), name=name)
        for side in sides
        for a, b in pairwise(stops)
    ]
    across = [
        Street(line=((LON + x, LAT - 0.002), (LON + x, LAT + 0.002)), name=one) for one, x in ACROSS
    ]
    return (*pieces, *across)


def reach(city, prefix: str) -> tuple[float, float]:
    """From where to where, in degrees east of the street's west end, inlets of a road lie."""
    east = [one.position[0] - LON for one in city.inlets if one.id.startswith(prefix)]
    return round(min(east), 4), round(max(east), 4)


@pytest.mark.parametrize("dual", [False, True])
@pytest.mark.parametrize(
    "row",
    [
        ["人民大街", "安宁街", "新兴路", 20],
        ["人民大街（安宁街—新兴路）", "", "", 20],
        ["人民大街(新兴路至安宁街段)", "", "", 20],
        ["人民大街", "安宁街-新兴路", "", 20],
        ["人民大街", "安宁街路口", "与新兴路交叉口", 20],
        ["人民大街", "安宁街口", "新兴路口", 20],
    ],
)
def test_a_road_lies_between_the_crossings_that_the_list_names(store, tmp_path, row, dual):
    load_streets(store, ADMIN, StreetMap(streets=crossed(dual=dual), source="a.osm"), NOW)
    found = taken(store, tmp_path, rows=[LIST[0], row])
    assert "files.whole_street" not in {one.code for one in found.told}
    assert reach(found.city, "L1-") == pytest.approx((0.00105, 0.00295), abs=2e-4)
    assert len(found.city.segments) == 1 + dual


def test_segments_that_are_there_count_by_their_crossings_too(store, tmp_path):
    """The street file came with the list, and was cut at crossings."""
    features = [({"名称": one.name}, shapely.LineString(one.line)) for one in crossed()]
    paths = [
        make.geojson(tmp_path / "道路中心线.geojson", features),
        make.workbook(
            tmp_path / "道路清单.xlsx", 道路清单=[LIST[0], ["人民大街", "安宁街", "新兴路", 20]]
        ),
    ]
    tables = read_files({path.name: path.read_bytes() for path in paths})
    pairs = list(zip(tables, city_files.proposed(store, tables), strict=True))
    found = city_files.tried(pairs, None, Wanted(name="城"))
    assert reach(found.city, "L1-") == pytest.approx((0.00105, 0.00295), abs=2e-4)


@pytest.mark.parametrize(
    ("start", "end"), [("安宁街", "红绿灯"), ("东门", "西门"), ("安宁街", ""), ("安宁街", "远路")]
)
def test_what_is_no_crossing_leaves_the_whole_street_and_is_told(store, tmp_path, start, end):
    far = Street(line=((LON + 0.1, LAT), (LON + 0.1, LAT + 0.01)), name="远路")
    load_streets(store, ADMIN, StreetMap(streets=(*crossed(), far), source="a.osm"), NOW)
    found = taken(store, tmp_path, rows=[LIST[0], ["人民大街", start, end, 30]])
    (told,) = [one for one in found.told if one.code == "files.whole_street"]
    assert told.facts["roads"] == ("人民大街",)
    assert reach(found.city, "L1-") == pytest.approx((0.0001, 0.0059), abs=2e-4)


def test_parts_of_one_street_share_what_they_have_in_common(store, tmp_path):
    load_streets(store, ADMIN, StreetMap(streets=crossed(), source="a.osm"), NOW)
    rows = [
        ["人民大街", "安宁街", "新兴路", 10],
        ["人民大街", "新兴路", "站前路", 10],
        ["人民大街", "", "", 12],
    ]
    city = taken(store, tmp_path, rows=[LIST[0], *rows]).city
    assert reach(city, "L2-") == pytest.approx((0.0031, 0.0044), abs=2e-4)
    assert reach(city, "L3-") == pytest.approx((0.00025, 0.00575), abs=2e-4)
    length = sum(shapely.LineString(one.line).length for one in city.segments)
    assert length == pytest.approx(0.006, rel=1e-4)  # no part of the street is there twice


def test_a_street_over_a_square_is_followed(store, tmp_path):
    """Its two halves end 40 m from one another."""
    gap = 0.0005
    west = Street(line=((LON, LAT), (LON + 0.002, LAT)), name="人民大街")
    east = Street(line=((LON + 0.002 + gap, LAT), (LON + 0.006, LAT)), name="人民大街")
    across = [one for one in crossed() if one.name != "人民大街"]
    load_streets(store, ADMIN, StreetMap(streets=(west, east, *across), source="a.osm"), NOW)
    row = ["人民大街", "安宁街", "站前路", 30]
    found = taken(store, tmp_path, rows=[LIST[0], row])
    assert reach(found.city, "L1-") == pytest.approx((0.00105, 0.00445), abs=2e-4)


def test_who_shares_a_street_keeps_it_when_its_owner_is_moved(store, tmp_path):
    taken(store, tmp_path)
    by_map = Street(line=LINE, name="人民路")
    load_streets(store, ADMIN, StreetMap(streets=(by_map,), source="a.osm"), NOW)
    listed_roads.place_by_name(store, ADMIN, NOW)
    before = {one.id: one for one in store.tables().inlets}
    city = place(store, "L1", tuple((lon, lat + 0.01) for lon, lat in LINE))
    assert [one.id for one in city.segments] == ["L2-S1", "L1-S1"]
    lines = {one.id: shapely.LineString(one.line) for one in city.segments}
    for one in city.inlets:
        assert lines[one.segment_id].distance(shapely.Point(one.position)) < 1e-5
        assert one.id.startswith("L1-") or one.position == before[one.id].position
    city = place(store, "L1", tuple((lon, lat + 0.02) for lon, lat in LINE))  # once more
    assert {one.segment_id for one in city.inlets if one.id.startswith("L2-")} == {"L2-S1"}
