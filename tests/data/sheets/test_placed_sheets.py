"""The column of the levels table that says which machines stand ready where: there and back, as
people write it, and what can't be meant.
"""

import csv
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.model.city import Machine, Station
from data.model.levels import DEFAULT_LEVELS, Placement
from data.sheets.city import BadSheets, read_city, write_city
from data.sheets.words import MACHINE_WORDS
from tests.helpers.makers import make_city

PATROL = Station(
    id="P", name="巡逻队", position=(125.15, 42.9), chief="队长", deputy="副", service="patrol"
)
TOWN = make_city()
TOWN = replace(
    TOWN,
    stations=(*TOWN.stations, PATROL),
    machines=(*TOWN.machines, Machine(id="MX2", station_id="P", kind="loader", plate="巡1")),
)


def with_placed(*placed):
    third = replace(DEFAULT_LEVELS[1], placed=placed)
    return replace(TOWN, levels=(DEFAULT_LEVELS[0], third, *DEFAULT_LEVELS[2:]))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    placed=st.lists(
        st.builds(
            Placement,
            what=st.sampled_from(sorted(MACHINE_WORDS)),
            place=st.sampled_from(["S1", "S2", "A"]),
            number=st.integers(1, 20),
        )
        | st.just(Placement(what="M-loader", place="S3")),
        max_size=5,
        unique_by=lambda one: (one.what, one.place),
    ),
    lang=st.sampled_from(["zh", "en"]),
    name=st.sampled_from(["t", "t.xlsx"]),
)
def test_it_goes_there_and_back(tmp_path, placed, lang, name):
    placed = tuple(sorted(placed, key=lambda one: one.place))  # written place by place
    write_city(with_placed(*placed), tmp_path / name, lang)
    assert read_city(tmp_path / name).levels[1].placed == placed


def test_the_store_keeps_it(store):
    city = with_placed(Placement(what="loader", place="S1", number=2))
    store.replace_city(city)
    assert store.city().levels == city.levels


@pytest.fixture
def folder(tmp_path):
    write_city(TOWN, tmp_path / "t", "zh")
    return tmp_path / "t"


def put(folder, said, heading="机械前置"):
    path = folder / "levels.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    at = lines[0].index("机械前置")
    lines[0][at], lines[2][at] = heading, said
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(lines)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("S1：排水泵车×2、装载机", [("pump_truck", "S1", 2), ("loader", "S1", 1)]),
        (
            "s".upper() + "1: 泵车 x 2 台; A：M-loader",
            [("pump_truck", "S1", 2), ("M-loader", "A", 1)],
        ),
        ("Ｓ１：铲车３辆\nＡ：loader*2", [("loader", "S1", 3), ("loader", "A", 2)]),
        ("", []),
        ("S1：排水泵车；", [("pump_truck", "S1", 1)]),
    ],
)
@pytest.mark.parametrize("heading", ["机械前置", "placed", "前置机械"])
def test_what_people_write_is_taken_as_meant(folder, said, meant, heading):
    put(folder, said, heading)
    found = read_city(folder).levels[1].placed
    assert [(one.what, one.place, one.number) for one in found] == meant


def test_a_table_without_the_column_reads_as_before(folder):
    path = folder / "levels.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    at = lines[0].index("机械前置")
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([line[:at] + line[at + 1 :] for line in lines])
    assert read_city(folder).levels == DEFAULT_LEVELS


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("排水泵车", "not_placed"),
        ("S1：", "not_placed"),
        ("S1：、", "blank"),
        ("S1：装载机×0", "out_of_range"),
        ("S1：装载机×99", "out_of_range"),
        ("S9：装载机", "not_there_near"),
        ("人民大街：装载机", "not_there"),
        ("S1：挖掘机", "not_there"),
        ("S1：M-loade", "not_there_near"),
        ("S1：MX2", "placed_of_others"),
        ("S1：M-loader；S2：M-loader", "placed_twice"),
        ("S1：M-loader×2", "placed_twice"),
        ("S1：装载机、装载机", "placed_twice"),
    ],
)
def test_what_can_not_be_meant_is_told_in_its_place(folder, said, code):
    put(folder, said)
    with pytest.raises(BadSheets) as caught:
        read_city(folder)
    assert [(one.row, one.column, one.code) for one in caught.value.errors] == [
        (3, "机械前置", f"sheets.{code}")
    ]


def test_an_id_that_ends_in_x2_is_that_machine(folder):
    city = replace(TOWN, machines=(*TOWN.machines[:-1], replace(TOWN.machines[-1], station_id="A")))
    write_city(city, folder, "zh")
    put(folder, "S1：MX2")
    assert read_city(folder).levels[1].placed == (Placement(what="MX2", place="S1"),)
