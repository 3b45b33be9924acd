"""What people write into the city's tables is taken as they mean it."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from data.geo import distance_m, from_wgs84
from data.model.city import (
    Person,
)
from data.model.roster import (
    FOUR_CREWS,
    NamedPost,
    RosterDay,
    Rotation,
    Watch,
)
from data.model.street.service_cars import CarriedItem
from data.model.street.works import Work, WorkKind
from data.sheets.city import BadSheets, read_city, write_city
from data.sheets.columns import key
from data.sheets.layout import LAYOUTS
from tests.helpers.files.town_sheets import TOWN, as_workbook, put, read_lines, write_lines, wrong

ROSTER = (
    RosterDay(day=date(2022, 7, 8), crew_id="A1day", duty="late"),
    RosterDay(day=date(2022, 7, 8), crew_id="A2day", swap_with="B1day"),
    RosterDay(day=date(2022, 7, 9), driver_id="D-loader-day", duty="leave"),
)
ROTATIONS = (
    Rotation(id="R1", pattern=("day", "day", "late", "off"), anchor=date(2022, 7, 1)),
    Rotation(id="R2", pattern=(FOUR_CREWS,), anchor=date(2022, 7, 3)),
)


@pytest.fixture
def rostered(tmp_path: Path) -> Path:
    """The town with two rotations and a roster of three days."""
    crews = (replace(TOWN.crews[0], rotation_id="R1"), *TOWN.crews[1:])
    city = replace(TOWN, crews=crews, rotations=ROTATIONS, roster=ROSTER)
    write_city(city, tmp_path / "rostered", "zh")
    assert read_city(tmp_path / "rostered") == city
    return tmp_path / "rostered"


def test_rosters_in_the_words_of_a_bureau(rostered):
    assert read_lines(rostered / "rotations.csv")[1:] == [
        ["R1", "day、day、late、休", "2022-07-01"],
        ["R2", "四班三运转", "2022-07-03"],
    ]
    assert read_lines(rostered / "roster.csv")[3] == [
        "2022-07-09",
        "",
        "D-loader-day",
        "休假",
        "",
        "",
    ]
    put(rostered, "roster", 4, "安排", "病假")
    put(rostered, "rotations", 2, "轮换方式", "day，day, late; 休息")
    assert read_city(rostered).roster == ROSTER
    assert read_city(rostered).rotations == ROTATIONS


@pytest.mark.parametrize(
    ("row", "column", "value", "code"),
    [
        (2, "须在其后", "W9", "no_such_id"),
        (3, "须在其后", "W1", "works_circle"),
        (2, "路段编号", "S9", "no_such_id_near"),
        (2, "工期(天)", "0", "out_of_range"),
        (2, "类型", "挖山", "not_one_of"),
    ],
)
def test_works_that_can_not_be_are_told_by_their_row(tmp_path, row, column, value, code):
    works = tuple(
        Work(
            id=key,
            name=key,
            agency="旧改办",
            kind=WorkKind.PIPE,
            days=3,
            segment_id=TOWN.segments[0].id,
            after=after,
        )
        for key, after in (("W1", ("W2",)), ("W2", ()))
    )
    write_city(replace(TOWN, works=works), tmp_path / "t", "zh")
    put(tmp_path / "t", "works", row, column, value)
    with pytest.raises(BadSheets) as caught:
        read_city(tmp_path / "t")
    assert [error.code for error in caught.value.errors] == [f"sheets.{code}"]


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "code"),
    [
        ("roster", 2, "驾驶员编号", "D-loader-day", "one_worker"),
        ("roster", 2, "安排", "", "no_duty"),
        ("roster", 2, "安排", "noon", "no_such_shift"),
        ("roster", 3, "班组编号", "A1day", "day_twice"),
        ("roster", 3, "调班对象", "D-loader-day", "no_such_worker"),
        ("stations", 3, "业务", "社区网格", "other_service"),  # the swap of row 3 is with its crew
        ("roster", 2, "班组编号", "A9day", "no_such_id_near"),
        ("rotations", 2, "轮换方式", "day、noon", "no_such_shift"),
        ("rotations", 2, "轮换方式", "、", "blank"),
        ("crews", 2, "轮班编号", "R7", "no_such_id_near"),
    ],
)
def test_what_can_t_be_in_a_roster_is_told_with_its_row(rostered, table, row, column, value, code):
    put(rostered, table, row, column, value)
    assert (row, code) in {(found[1], found[3]) for found in wrong(rostered)}


def test_a_post_named_for_a_crew_and_a_person_of_one_id_is_refused(tmp_path):
    person = Person(id="A1day", name="张", station_id="A")
    post = NamedPost(segment_id="S1", first_id="A1day", second_id="A2day")
    write_city(replace(TOWN, people=(person,), named_posts=(post,)), tmp_path / "t", "zh")
    with pytest.raises(BadSheets) as caught:
        read_city(tmp_path / "t")
    assert [error.code for error in caught.value.errors] == ["sheets.crew_and_person"]


def test_headings_of_both_languages_in_any_order_and_shape(folder):
    lines = read_lines(folder / "crews.csv")
    headings = ["班次", " ＩＤ ", "管理站 编号", "Name", "班 长", "人数（人）", "SKILLS", "备注"]
    write_lines(
        folder / "crews.csv", [headings, *([line[6], *line[:6], "随便"] for line in lines[1:])]
    )
    assert read_city(folder) == TOWN


def test_sheets_of_both_languages(folder):
    (folder / "crews.csv").rename(folder / "班组.csv")
    (folder / "machines.csv").rename(folder / "车辆.CSV")
    (folder / "说明.csv").write_text("随便写", "utf-8")
    assert read_city(folder) == TOWN


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_the_encodings_of_chinese_excel(folder, encoding):
    for path in folder.glob("*.csv"):
        write_lines(path, read_lines(path), encoding)
    assert read_city(folder) == TOWN


@pytest.mark.parametrize("divider", ["\t", ";", ","])
def test_the_dividers_that_excel_writes(folder, divider):
    lines = read_lines(folder / "stations.csv")
    with (folder / "stations.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=divider).writerows(lines)
    assert read_city(folder) == TOWN


def test_rows_with_nothing_in_them_are_skipped(folder):
    lines = read_lines(folder / "crews.csv")
    write_lines(
        folder / "crews.csv",
        [[], ["", " "], lines[0], ["", "　"], *lines[1:3], [], *lines[3:], ["", ""]],
    )
    assert read_city(folder) == TOWN
    put_at = read_lines(folder / "crews.csv")
    put_at[7][4] = "many"
    write_lines(folder / "crews.csv", put_at)
    assert wrong(folder) == [("crews", 8, "size", "not_number")]


@pytest.mark.parametrize(
    ("table", "column", "said", "field", "meant"),
    [
        ("crews", "size", " ５ ", "size", 5),
        ("crews", "size", "5.0", "size", 5),
        ("crews", "skills", "清掏；高压疏通", "skills", ("clearing", "jetting")),
        (
            "crews",
            "skills",
            "Jetting, 有限空间、clearing",
            "skills",
            ("jetting", "confined_space", "clearing"),
        ),
        ("crews", "skills", "排水;排水", "skills", ("pumping",)),
        ("crews", "skills", "", "skills", ()),
        ("crews", "name", "  一班 ", "name", "一班"),
        ("machines", "kind", "吸污车", "kind", "suction_truck"),
        ("machines", "kind", "Pump-Truck", "kind", "pump_truck"),
        ("machines", "capacity", "", "capacity", None),
        ("machines", "capacity", "１０.５", "capacity", 10.5),
        ("segments", "guard", "是", "guard", True),
        ("segments", "guard", "NO", "guard", False),
        ("segments", "guard", "√", "guard", True),
        ("segments", "guard", "", "guard", False),
        ("segments", "line", "125.1,42.9；125.2，42.91", "line", ((125.1, 42.9), (125.2, 42.91))),
        ("inlets", "kind", "立篦式", "kind", "kerb"),
        ("inlets", "kind", "", "kind", "flat_grate"),
        ("inlets", "cleaned on", "2022/7/8", "cleaned_on", date(2022, 7, 8)),
        ("inlets", "cleaned on", "2022年7月8日", "cleaned_on", date(2022, 7, 8)),
        ("inlets", "cleaned on", "2022-07-08 00:00:00", "cleaned_on", date(2022, 7, 8)),
        ("inlets", "cleaned on", "", "cleaned_on", None),
        ("shifts", "end", "24:00", "end", time(0)),
        ("shifts", "start", "8时", "start", time(8)),
        ("shifts", "start", "８：０５", "start", time(8, 5)),
        ("shifts", "start", "08:00:30", "start", time(8, 0, 30)),
        ("shifts", "start", "上午8点半", "start", time(8, 30)),
        ("shifts", "end", "下午 4:00", "end", time(16)),
        ("shifts", "end", "晚8点", "end", time(20)),
        ("shifts", "start", "0.3541666667", "start", time(8, 30)),
        ("inlets", "cleaned on", "44750", "cleaned_on", date(2022, 7, 8)),
        ("inlets", "cleaned on", "20220708", "cleaned_on", date(2022, 7, 8)),
        ("inlets", "cleaned on", "2022年7月8号", "cleaned_on", date(2022, 7, 8)),
        ("crews", "size", "5人", "size", 5),
        ("shifts", "break minutes", "0分钟", "break_minutes", 0),
        ("machines", "station id", TOWN.stations[0].name, "station_id", TOWN.stations[0].id),
        ("crews", "shift id", TOWN.shifts[0].name, "shift_id", TOWN.shifts[0].id),
        (
            "blockages",
            "reported at",
            "2021年7月8日8时20分",
            "reported_at",
            datetime(2021, 7, 8, 0, 20, tzinfo=UTC),
        ),
        (
            "blockages",
            "reported at",
            "2021-7-8T08:20:30",
            "reported_at",
            datetime(2021, 7, 8, 0, 20, 30, tzinfo=UTC),
        ),
        (
            "blockages",
            "reported at",
            "2021/7/8 8:20+09:00",
            "reported_at",
            datetime(2021, 7, 7, 23, 20, tzinfo=UTC),
        ),
        (
            "blockages",
            "reported at",
            "2021-07-08T08:20Z",
            "reported_at",
            datetime(2021, 7, 8, 8, 20, tzinfo=UTC),
        ),
        ("blockages", "cleared at", "", "cleared_at", None),
        ("blockages", "cause", "", "cause", "unknown"),
    ],
)
def test_what_people_write_is_taken_as_meant(folder, table, column, said, field, meant):
    put(folder, "shifts", 2, "break minutes", "0")
    put(folder, "blockages", 2, "cleared at", "")
    put(folder, table, 2, column, said)
    assert getattr(getattr(read_city(folder), table)[0], field) == meant


@pytest.mark.parametrize(
    ("cell", "value", "table", "field", "meant"),
    [
        ("crews_E2", 4.0, "crews", "size", 4),
        ("crews_E2", "4", "crews", "size", 4),
        ("crews_C2", 7, "crews", "name", "7"),
        ("crews_C2", 7.5, "crews", "name", "7.5"),
        ("inlets_G2", date(2022, 7, 8), "inlets", "cleaned_on", date(2022, 7, 8)),
        ("inlets_G2", datetime(2022, 7, 8), "inlets", "cleaned_on", date(2022, 7, 8)),
        ("shifts_C3", time(16), "shifts", "start", time(16)),
        ("shifts_D3", timedelta(days=1), "shifts", "end", time(0)),
        (
            "blockages_C2",
            datetime(2021, 7, 8, 8, 20),
            "blockages",
            "reported_at",
            datetime(2021, 7, 8, 0, 20, tzinfo=UTC),
        ),
        ("segments_I2", True, "segments", "guard", True),
        ("inlets_G2", 44750, "inlets", "cleaned_on", date(2022, 7, 8)),
        ("shifts_C2", 0.25, "shifts", "start", time(6)),
        ("segments_H2", 5, "segments", "importance", 5),
    ],
)
def test_what_excel_types_by_itself_is_taken_as_meant(folder, cell, value, table, field, meant):
    put(folder, "blockages", 2, "cleared at", "")
    as_workbook(folder, **{cell: value}).save(folder.parent / "typed.xlsx")
    at = int(cell[-1]) - 2
    assert getattr(getattr(read_city(folder.parent / "typed.xlsx"), table)[at], field) == meant


@pytest.mark.parametrize(
    ("system", "said"), [("gcj02", "GCJ-02"), ("gcj02", "高德"), ("bd09", "百度"), ("wgs84", "")]
)
def test_positions_of_every_system(folder, system, said):
    lon, lat = from_wgs84(TOWN.stations[0].position, system)
    for column, value in (("lon", repr(lon)), ("lat", repr(lat)), ("crs", said)):
        put(folder, "stations", 2, column, value)
    put(
        folder,
        "segments",
        2,
        "line",
        "; ".join(
            "{!r} {!r}".format(*from_wgs84(place, system)) for place in TOWN.segments[0].line
        ),
    )
    put(folder, "segments", 2, "crs", said)
    city = read_city(folder)
    assert distance_m(city.stations[0].position, TOWN.stations[0].position) < 0.01
    assert all(
        distance_m(*pair) < 0.01
        for pair in zip(city.segments[0].line, TOWN.segments[0].line, strict=True)
    )


SERVICES = replace(
    TOWN,
    people=(Person(id="p1", name="王芳", station_id="A", crew_id="A1day"),),
    watches=(Watch(day=date(2022, 7, 8), start=time(8), end=time(20), name="王"),),
    car_kit=(CarriedItem(id="k1", crew_id="A1day", item="rope", number=3),),
    named_posts=(NamedPost(segment_id="S1", first_id="A1day", second_id="p1"),),
    roster=(RosterDay(day=date(2022, 7, 8), crew_id="A2day", duty="late"),),
)
TABLES_OF_SERVICES = {
    "watches": [["值班日期", "开始", "结束", "值班人员"], ["2022.7.8", "8点", "晚8点", "王"]],
    "car_kit": [["物品名称", "数量", "编号", "班组"], ["绳索", "3根", "k1", "A1day"]],
    "named_posts": [["路段", "A岗责任人", "B岗责任人"], ["S1", "A1day", "王芳"]],
    "roster": [["班组", "日期", "班次"], ["A2day", "44750", TOWN.shifts[1].name]],
}


@pytest.mark.parametrize("above", [[], [["龙山区2022年台账"], [], ["制表：办公室", "7月"]]])
@pytest.mark.parametrize("form", ["gb18030", "utf-16", "xlsx"])
def test_tables_of_the_services_come_in_as_a_bureau_keeps_them(tmp_path, above, form):
    """With a title, in other words and columns, by name, whatever wrote the file."""
    write_city(SERVICES, tmp_path / "town", "zh")
    for table, lines in TABLES_OF_SERVICES.items():
        encoding = "utf-8" if form == "xlsx" else form
        write_lines(tmp_path / "town" / f"{table}.csv", [*above, *lines], encoding)
    path = tmp_path / "town"
    if form == "xlsx":
        path = tmp_path / "town.xlsx"
        as_workbook(tmp_path / "town").save(path)
    assert read_city(path) == SERVICES


def test_joined_cells_count_for_each_of_their_rows(tmp_path):
    kit = tuple(replace(SERVICES.car_kit[0], id=f"k{n}") for n in range(3))
    city = replace(SERVICES, car_kit=kit)
    write_city(city, tmp_path / "town", "zh")
    book = as_workbook(tmp_path / "town")
    sheet = book["car_kit"]
    sheet.insert_rows(1)
    sheet["A1"] = "随车物资登记"
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("B3:B5")
    book.save(tmp_path / "joined.xlsx")
    assert read_city(tmp_path / "joined.xlsx") == city


def test_a_name_that_two_bear_and_a_road_named_twice_are_told(tmp_path):
    crews = tuple(replace(one, name="一班") for one in TOWN.crews)
    write_city(replace(SERVICES, crews=crews), tmp_path / "town", "en")
    put(tmp_path / "town", "car_kit", 2, "crew id", "一班")
    lines = read_lines(tmp_path / "town" / "named_posts.csv")
    write_lines(tmp_path / "town" / "named_posts.csv", [*lines, lines[1]])
    assert wrong(tmp_path / "town") == [
        ("named_posts", 3, "segment id", "post_twice"),
        ("car_kit", 2, "crew id", "no_such_id"),
    ]


def test_every_heading_is_known_once():
    for layout in LAYOUTS:
        words = [
            word for column in layout.columns for word in {column.name, column.zh, *column.aliases}
        ]
        assert len(layout.known) == len({key(word) for word in words})
        for column in layout.columns:
            assert layout.known[key(column.zh)] is column, "no alias hides another column"
            assert layout.known[key(column.name)] is column


def test_the_district_zone_rules_every_instant(folder):
    put(folder, "district", 2, "time zone", "Europe/Berlin")
    put(folder, "blockages", 2, "reported at", "2021-07-08 08:20")
    put(folder, "blockages", 2, "cleared at", "")
    assert read_city(folder).blockages[0].reported_at == datetime(
        2021, 7, 8, 8, 20, tzinfo=ZoneInfo("Europe/Berlin")
    )
    (blockages,) = (layout for layout in LAYOUTS if layout.name == "blockages")
    assert blockages.column("reported_at").heading("zh") == "发现时间"


@pytest.mark.parametrize(
    ("heading", "written", "capacity"),
    [("容量(L)", "5000", 5.0), ("容量（立方米）", "5", 5.0), ("容量(升)", "5,000", 5.0)],
)
def test_a_unit_in_a_heading_counts(folder, heading, written, capacity):
    path = folder / "machines.csv"
    text = path.read_text("utf-8-sig").replace("capacity", heading, 1)
    path.write_text(text, "utf-8")
    put(folder, "machines", 2, heading, written)
    assert read_city(folder).machines[0].capacity == capacity
