"""Files as cities have them become a district, or say why not."""

from pathlib import Path

import numpy as np
import pyproj
import pytest
import shapely

from data.errors import BadSheets
from data.geo import SYSTEMS, distance_m, points_from_wgs84
from data.model.account import Role
from data.sheets.foreign.mapping import propose
from data.sheets.foreign.take_in import take_in
from data.sheets.foreign.take_in_rows import Wanted
from ops.auth.permissions import Actor
from ops.base.errors import Conflict, Invalid
from ops.base.messages import Translator
from ops.district import city_files, listed_roads
from ops.district.uploads import read_files
from tests.helpers.files import city_files as make
from tests.helpers.files import odd_files
from tests.helpers.files.odd_files import CAMBRIDGE, ODD, PORTO, SAVANNAH, TOWN, Odd
from tests.helpers.makers import NOW, make_city

ADMIN = Actor(name="甲", role=Role.ADMIN)
STREETS = odd_files.streets(CAMBRIDGE)


def brought(paths: list[Path], crs: str = ""):
    """The tables of files with their mappings, as far as they are proposed."""
    tables = read_files({path.name: path.read_bytes() for path in paths})
    mappings = list(propose(tables))
    name, _, system = crs.partition("=")
    return [
        (table, city_files.changed(table, one, system=system if table.name == name else None))
        for table, one in zip(tables, mappings, strict=True)
    ]


def written_in(places: np.ndarray, system: str) -> np.ndarray:
    """WGS-84 positions as a file in ``system`` has them."""
    if system in SYSTEMS:
        return points_from_wgs84(places, system)
    turn = pyproj.Transformer.from_crs(4326, system, always_xy=True).transform
    return np.column_stack(turn(places[:, 0], places[:, 1]))


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd.name)
def test_an_odd_file_comes_in(tmp_path: Path, odd: Odd):
    found = take_in(brought(odd.make(tmp_path), odd.crs), None, Wanted(name="城"))
    assert {name: found.taken[name] for name in odd.taken} == odd.taken
    assert len(found.aside) == odd.aside
    codes = {message.code.removeprefix("files.") for message in found.told}
    assert set(odd.told) <= codes
    if odd.at:
        assert distance_m(found.city.inlets[0].position, odd.at) < 2


UNNAMED = [
    (TOWN, "wgs84", False),
    (TOWN, "gcj02", False),
    (TOWN, "gcj02", True),
    (TOWN, "bd09", False),
    (TOWN, "EPSG:4550", False),  # CGCS2000 by the meridian of the belt beside it, no number
    (TOWN, "EPSG:4551", True),
    (CAMBRIDGE, "EPSG:2249", False),  # feet of Massachusetts
    (SAVANNAH, "EPSG:2239", False),
    (PORTO, "EPSG:3763", False),
]


@pytest.mark.parametrize(("town", "given", "is_turned"), UNNAMED)
def test_streets_tell_the_system_that_nobody_named(store, tmp_path, town, given, is_turned):
    places = np.array(odd_files.places(town, 80))
    points = written_in(places, given)[:, ::-1] if is_turned else written_in(places, given)
    rows = [["编号", "X坐标", "Y坐标"]] + [
        [f"A{n}", x, y] for n, (x, y) in enumerate(points.tolist())
    ]
    paths = [
        make.geojson(tmp_path / "道路中心线.geojson", odd_files.streets(town)),
        make.delimited(tmp_path / "雨水口.csv", rows),
    ]
    tables = read_files({path.name: path.read_bytes() for path in paths})
    mappings = city_files.proposed(store, tables)
    own = next(one for one in mappings if one.target == "inlets")
    assert own.at_streets is not None
    assert own.at_streets > 0.9
    found = take_in(list(zip(tables, mappings, strict=True)), None, Wanted(name="城"))
    assert max(map(distance_m, (one.position for one in found.city.inlets), map(tuple, places))) < 2


def test_streets_that_fit_two_systems_tell_none(store, tmp_path):
    """A street so long and straight that along it places lie at it in any."""
    lon, lat = TOWN
    line = ({"名称": "长街"}, shapely.LineString([(lon - 0.5, lat), (lon + 0.5, lat)]))
    far = (
        {"名称": "又一街"},
        shapely.LineString([(lon - 0.5, lat + 0.003), (lon + 0.5, lat + 0.003)]),
    )
    rows = [["编号", "经度", "纬度"], *([f"A{n}", lon + n / 1000, lat + 0.0015] for n in range(20))]
    paths = [
        make.geojson(tmp_path / "道路中心线.geojson", [line, far]),
        make.delimited(tmp_path / "雨水口.csv", rows),
    ]
    tables = read_files({path.name: path.read_bytes() for path in paths})
    own = next(one for one in city_files.proposed(store, tables) if one.target == "inlets")
    assert own.at_streets is None
    assert own.system == "wgs84"


def test_what_was_said_of_a_file_counts_for_the_next_with_its_headings(store, tmp_path):
    rows = [["Asset", "Wo", "Where"], ["A-1", 42.37005, -71.1095], ["A-2", 42.37005, -71.1085]]
    streets = make.geojson(tmp_path / "Street_Centerlines.geojson", odd_files.streets(CAMBRIDGE))
    paths = [streets, make.delimited(tmp_path / "x1.csv", rows)]
    tables = read_files({path.name: path.read_bytes() for path in paths})
    first = list(city_files.proposed(store, tables))
    assert first[1].target == ""
    said = {"id": "Asset", "lat": "Wo", "lon": "Where"}
    first[1] = city_files.changed(tables[1], first[1], target="inlets", columns=said, system="GPS")
    found = city_files.tried(list(zip(tables, first, strict=True)), None, Wanted(name="城"))
    city_files.taken(store, ADMIN, tables, first, found, NOW)
    assert len(store.city().inlets) == 2
    make.delimited(tmp_path / "x2.csv", [rows[0], *rows[1:], ["A-3", 42.37005, -71.1075]])
    again = read_files({"x2.csv": (tmp_path / "x2.csv").read_bytes()})
    (kept,) = city_files.proposed(store, again)
    assert kept.remembered
    assert {one.column: one.heading for one in kept.columns} == said
    more = take_in([(again[0], kept)], store.city(), Wanted())
    assert len(more.city.inlets) == 3
    assert more.city.segments == found.city.segments  # what is not brought stays


def test_new_streets_take_the_inlets_that_are_there(tmp_path):
    at = Odd("", ODD[0].make).make(tmp_path)
    first = take_in(brought(at), None, Wanted(name="城")).city
    moved = [(a, shapely.transform(s, lambda p: np.add(p, (0.0, 0.0001)))) for a, s in STREETS]
    path = make.geojson(tmp_path / "Street_Centerlines.geojson", moved)
    second = take_in(brought([path]), first, Wanted())
    assert len(second.city.inlets) == len(first.inlets)
    assert not second.aside


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": "boats"}, "files.no_such_target"),
        ({"columns": {"colour": "X"}}, "files.no_such_column"),
        ({"columns": {"id": "Nowhere"}}, "files.no_such_heading"),
    ],
)
def test_a_change_that_cannot_be_meant_is_refused(tmp_path, change, code):
    ((table, mapping), *_) = brought(ODD[0].make(tmp_path))
    with pytest.raises(Invalid) as caught:
        city_files.changed(table, mapping, **({"columns": {}} | change))
    assert caught.value.code == code or mapping.target == "streets"


def test_inlets_without_any_street_are_refused_in_words(tmp_path):
    path = make.geojson(tmp_path / "Catch_Basins.geojson", odd_files.basins(CAMBRIDGE))
    with pytest.raises(BadSheets) as caught:
        take_in(brought([path]), None, Wanted(name="城"))
    assert caught.value.errors[0].code == "files.no_streets"


def test_rows_kept_aside_are_written_with_their_reason(tmp_path):
    odd = next(one for one in ODD if one.name == "csv_bad_rows")
    pairs = brought(odd.make(tmp_path))
    aside = take_in(pairs, None, Wanted(name="城")).aside
    written = city_files.aside_table([table for table, _ in pairs], aside, Translator("zh"))
    lines = written.decode("utf-8-sig").splitlines()
    assert len(lines) == odd.aside
    assert lines[0].startswith("catch_basins,5,,没有坐标,3")


def road_list(store, tmp_path, name=""):
    """A list of roads alone, tried."""
    rows = [["道路名称", "雨水口数量"], ["人民路", 12]]
    path = make.workbook(tmp_path / "道路清单.xlsx", 道路清单=rows)
    tables = read_files({path.name: path.read_bytes()})
    mappings = city_files.proposed(store, tables)
    current = None if store.is_empty() else store.tables()
    pairs = list(zip(tables, mappings, strict=True))
    return tables, mappings, city_files.tried(pairs, current, Wanted(name=name))


def test_a_district_is_never_named_after_a_file(store, tmp_path):
    tables, mappings, found = road_list(store, tmp_path)
    assert not found.is_named
    assert "files.no_name" in {one.code for one in found.told}
    with pytest.raises(Invalid) as caught:
        city_files.taken(store, ADMIN, tables, mappings, found, NOW)
    assert caught.value.code == "files.name_wanted"
    assert store.is_empty()
    city_files.taken(store, ADMIN, *road_list(store, tmp_path, "龙山"), NOW)
    assert store.tables().district.name == "龙山"
    city_files.taken(store, ADMIN, *road_list(store, tmp_path), NOW)  # it keeps its name
    assert store.tables().district.name == "龙山"


def test_files_are_taken_as_a_whole_or_not_at_all(store, tmp_path, monkeypatch):
    tables, mappings, found = road_list(store, tmp_path, "龙山")
    monkeypatch.setattr(city_files, "keep", lambda *_: (_ for _ in ()).throw(RuntimeError))
    with pytest.raises(RuntimeError):
        city_files.taken(store, ADMIN, tables, mappings, found, NOW)
    assert store.is_empty()
    assert not listed_roads.listed_roads(store)


def test_files_that_were_tried_upon_other_tables_are_not_taken(store, tmp_path):
    tables, mappings, found = road_list(store, tmp_path, "龙山")
    store.replace_city(make_city())
    with pytest.raises(Conflict):
        city_files.taken(store, ADMIN, tables, mappings, found, NOW)
    assert store.tables() == make_city()
    assert not listed_roads.listed_roads(store)
