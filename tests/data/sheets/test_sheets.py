"""The city's tables in and out: exact there and back, and an error for everything that is wrong."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from data.geo import distance_m, from_wgs84
from data.model import message
from data.model.city import (
    Beat,
    Blockage,
    City,
    Crew,
    District,
    Driver,
    DumpSite,
    Garden,
    Inlet,
    Machine,
    Person,
    PersonRole,
    Segment,
    Shift,
    Station,
)
from data.model.roster import (
    FIVE_DAYS,
    FOUR_CREWS,
    NamedPost,
    RosterDay,
    Rotation,
    Watch,
    WatchKind,
)
from data.model.street.service_cars import CALLS, KIT_ITEMS, CarriedItem, PastCall, Taken
from data.model.street.works import Passage, Work, WorkKind
from data.sheets import cells
from data.sheets.city import BadSheets, read_city, write_city
from data.sheets.layout import (
    CAUSE_WORDS,
    INLET_WORDS,
    LAYOUTS,
    MACHINE_WORDS,
    PROFILE_WORDS,
    REMEDY_WORDS,
    SKILL_WORDS,
    key,
)
from tests.helpers.draws import few_or
from tests.helpers.makers import make_city

TOWN = make_city(
    district=District(
        adcode="220402",
        name="龙山区",
        sample=True,
        outline=((125.05, 42.85), (125.30, 42.85), (125.30, 43.00), (125.05, 43.00)),
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small town as a folder of CSV with English headings."""
    write_city(TOWN, tmp_path / "town", "en")
    return tmp_path / "town"


def read_lines(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def write_lines(path: Path, lines: list[list[str]], encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(lines)


def put(folder: Path, table: str, row: int, column: str, value: str) -> None:
    """Write into the cell of ``row`` (as Excel counts) and ``column``."""
    lines = read_lines(folder / f"{table}.csv")
    lines[row - 1][lines[0].index(column)] = value
    write_lines(folder / f"{table}.csv", lines)


def wrong(path: Path) -> list[tuple]:
    with pytest.raises(BadSheets) as caught:
        read_city(path)
    return [
        (one.sheet, one.row, one.column, one.code.removeprefix("sheets."))
        for one in caught.value.errors
    ]


def as_workbook(folder: Path, **cells_to_put) -> Workbook:
    """The folder as a workbook; ``crews_B2=...`` puts a typed value into a cell."""
    book = Workbook()
    book.remove(book.active)
    for layout in LAYOUTS:
        sheet = book.create_sheet(layout.name)
        for line in read_lines(folder / f"{layout.name}.csv"):
            sheet.append([cell or None for cell in line])
    for place, value in cells_to_put.items():
        name, _, cell = place.rpartition("_")
        book[name][cell] = value
    return book


# --- there and back ---


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["out.xlsx", "out"])
def test_the_sample_goes_there_and_back(city, tmp_path, name, lang):
    write_city(city, tmp_path / name, lang)
    assert read_city(tmp_path / name) == city
    write_city(read_city(tmp_path / name), tmp_path / name, lang)
    assert read_city(tmp_path / name) == city
    assert not list(tmp_path.rglob(".*")), "no half-written file is left"


def test_the_workbook_is_made_for_people(city, tmp_path):
    write_city(city, tmp_path / "out.xlsx")
    book = load_workbook(tmp_path / "out.xlsx")
    assert book.sheetnames == [
        "辖区",
        "边界",
        "管理站",
        "路段",
        "雨水口",
        "班次",
        "轮班",
        "班组",
        "机械",
        "驾驶员",
        "人员",
        "堵塞记录",
        "响应等级",
        "排班表",
        "值守表",
        "AB岗",
        "工程",
        "巡逻点",
        "随车物资",
        "以往求助",
        "倾倒点",
        "要泥菜园",
    ]
    sheet = book["班组"]
    assert [cell.value for cell in sheet[1]] == [
        "编号",
        "管理站编号",
        "名称",
        "班长",
        "人数",
        "技能",
        "班次编号",
        "可带队骨干",
        "车辆数",
        "轮班编号",
        "出行方式",
    ]
    assert [cell.value for cell in sheet[2]] == [
        "C01",
        "ST1",
        "西宁一班",
        "西宁一班班长",
        5,
        "清掏、高压疏通、有限空间、抽排",
        "D",
        None,
        None,
        None,
        None,
    ]
    assert sheet.freeze_panes == "A2"


def texts(limit: int = 20) -> st.SearchStrategy[str]:
    """Words as sheets give them: no blank around, no control sign."""
    signs = st.characters(
        codec="utf-8",
        exclude_categories=("Cc", "Cs"),
        exclude_characters="\ufffe\uffff",
        include_characters="=+-@'＝\n,\";",
    )
    return st.text(signs, min_size=1, max_size=limit).map(str.strip).filter(bool)


DAYS = st.dates(date(2015, 1, 1), date(2030, 1, 1))
IDS = texts(8).map(cells.plain).filter(lambda name: name and len(name) < 60)
PLACES = st.tuples(st.floats(125.05, 125.3), st.floats(42.85, 43.0))
AMOUNTS = st.floats(0, 900) | st.none()
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])
MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1)).map(
    lambda at: at.replace(tzinfo=UTC)
)
TAKEN = st.lists(
    st.builds(
        lambda item, least, more: Taken(item=item, least=least, most=least + more),
        st.sampled_from([*KIT_ITEMS, "反光背心"]),
        st.integers(0, 900),
        st.integers(0, 90),
    ),
    max_size=3,
).map(tuple)


@st.composite
def cities(draw) -> City:
    def some(strategy, least: int = 1) -> tuple:
        return tuple(
            draw(st.lists(strategy, min_size=least, max_size=3, unique_by=lambda one: one.id))
        )

    def one_of(things: tuple) -> st.SearchStrategy[str]:
        return st.sampled_from([one.id for one in things])

    flags, size = st.booleans(), st.integers(1, 30)
    stations = some(
        st.builds(
            Station,
            id=IDS,
            name=texts(),
            position=PLACES,
            chief=texts(),
            deputy=texts(),
            phone=texts() | st.none(),
        )
    )
    segments = some(
        st.builds(
            Segment,
            id=IDS,
            road=texts(),
            start_name=texts(),
            end_name=texts(),
            station_id=one_of(stations),
            line=st.lists(PLACES, min_size=2, max_size=4).map(tuple),
            importance=st.integers(1, 5),
            guard=flags,
            low_lying=flags,
        )
    )
    inlets = some(
        st.builds(
            Inlet,
            id=IDS,
            segment_id=one_of(segments),
            position=PLACES,
            kind=st.sampled_from(sorted(INLET_WORDS)),
            cleaned_on=st.dates(date(1000, 1, 1)) | st.none(),
            in_service_on=st.dates(date(1000, 1, 1)) | st.none(),
        )
    )
    shifts = some(st.builds(Shift, id=IDS, name=texts(), start=st.times(), end=st.times()))
    crews = some(
        st.builds(
            Crew,
            id=IDS,
            station_id=one_of(stations),
            name=texts(),
            leader=texts(),
            size=size,
            shift_id=one_of(shifts),
            skills=st.lists(st.sampled_from(sorted(SKILL_WORDS)), unique=True).map(tuple),
            profile=st.sampled_from([None, *sorted(PROFILE_WORDS)]),
        ),
        0,
    )
    machines = some(
        st.builds(
            Machine,
            id=IDS,
            station_id=one_of(stations),
            plate=texts(),
            capacity=AMOUNTS,
            kind=st.sampled_from(sorted(MACHINE_WORDS)),
            profile=st.sampled_from([None, *sorted(PROFILE_WORDS)]),
        )
    )
    drivers = some(
        st.builds(
            Driver, id=IDS, machine_id=one_of(machines), post=texts(), shift_id=one_of(shifts)
        ),
        0,
    )
    people = some(
        st.builds(
            Person,
            id=IDS,
            name=texts(),
            station_id=one_of(stations),
            role=st.sampled_from(PersonRole),
            crew_id=one_of(crews) if crews else st.none(),
            driver_until=DAYS | st.none(),
            confined_space_until=DAYS | st.none(),
            week_hours=st.sampled_from([None, 40.0]),
            no_heat=flags,
        ),
        0,
    )
    rotations = some(
        st.builds(
            Rotation,
            id=IDS,
            pattern=st.lists(st.sampled_from(["on", "off"]), min_size=1, max_size=9).map(tuple)
            | st.sampled_from([(FIVE_DAYS,), (FOUR_CREWS,)]),
            anchor=DAYS,
        ),
        0,
    )
    roster = tuple(
        RosterDay(
            day=day,
            crew_id=crew.id,
            duty=draw(st.sampled_from(["off", "leave", None])) or shifts[0].id,
        )
        for crew in crews
        for day in draw(st.sets(DAYS, max_size=2))
    )
    works = some(
        st.builds(
            Work,
            id=IDS,
            name=texts(),
            agency=texts(),
            kind=st.sampled_from(WorkKind),
            days=st.integers(1, 1000),
            segment_id=st.none() | one_of(segments),
            place=texts() | st.just(""),
            gangs=st.lists(st.sampled_from(["甲队", "挖机1"]), max_size=2).map(tuple),
            earliest=st.none() | DAYS,
            deadline=st.none() | DAYS,
            in_programme=flags,
            passage=st.sampled_from(Passage),
        ),
        0,
    )
    works = tuple(
        replace(
            work, after=tuple(one.id for one in works[:place] if one.id.isalnum() and draw(flags))
        )
        for place, work in enumerate(works)
    )
    beats = some(
        st.builds(
            Beat,
            id=IDS,
            name=texts(),
            station_id=one_of(stations),
            segment_id=one_of(segments),
            start=st.times(),
            end=st.times(),
            every_minutes=st.integers(10, 1440),
            scooter=flags,
        ),
        0,
    )
    kit = crews and some(
        st.builds(
            CarriedItem,
            id=IDS,
            crew_id=one_of(crews),
            item=st.sampled_from(KIT_ITEMS),
            number=st.integers(0, 1000),
        ),
        0,
    )
    sites = some(
        st.builds(
            DumpSite,
            id=IDS,
            name=texts(),
            station_id=one_of(stations),
            position=PLACES,
            opens=st.times(),
            closes=st.times(),
            minutes=st.integers(1, 240),
            kinds=st.sampled_from([(), ("suction_truck",), ("sludge_truck", "suction_truck")]),
        ),
        0,
    )
    gardens = some(
        st.builds(
            Garden,
            id=IDS,
            name=texts(),
            station_id=one_of(stations),
            position=PLACES,
            m3=st.sampled_from([0.5, 3.0]),
            until=st.none() | DAYS,
        ),
        0,
    )
    blockages = some(
        st.builds(
            lambda took, **known: Blockage(
                cleared_at=None if took is None else known["reported_at"] + took, **known
            ),
            id=IDS,
            inlet_id=one_of(inlets),
            reported_at=MOMENTS,
            silt_m3=AMOUNTS,
            rain_mm=AMOUNTS,
            took=st.timedeltas(timedelta(0), timedelta(9)) | st.none(),
            cause=st.sampled_from(sorted(CAUSE_WORDS)),
            remedy=st.sampled_from(sorted(REMEDY_WORDS)),
        ),
        0,
    )
    district = District(
        adcode=draw(IDS),
        name=draw(texts()),
        time_zone=draw(ZONES),
        sample=draw(flags),
        outline=draw(st.sampled_from([(), TOWN.district.outline])),
        source=draw(texts() | st.just("")),
    )
    return City(
        district=district,
        stations=stations,
        segments=segments,
        inlets=inlets,
        shifts=shifts,
        crews=crews,
        machines=machines,
        drivers=drivers,
        people=people,
        blockages=blockages,
        rotations=rotations,
        roster=roster,
        named_posts=tuple(
            NamedPost(segment_id=segments[0].id, first_id=crews[0].id, second_id=crews[1].id)
            for _ in crews[1:2]
        ),
        watches=draw(
            st.lists(
                st.builds(
                    Watch,
                    day=DAYS,
                    start=st.times(),
                    end=st.times(),
                    name=texts(),
                    kind=st.sampled_from(WatchKind),
                    level=st.sampled_from([None, "I", "IV"]),
                ),
                max_size=2,
            ).map(tuple)
        ),
        works=works,
        patrol_beats=beats,
        car_kit=kit,
        past_calls=some(
            st.builds(
                PastCall,
                id=IDS,
                at=MOMENTS,
                kind=st.sampled_from(CALLS),
                place=texts(),
                used=TAKEN,
                missing=TAKEN,
                text=texts(),
            ),
            0,
        ),
        dump_sites=sites,
        gardens=gardens,
    )


@settings(
    max_examples=few_or(60, few=20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(city=cities(), lang=st.sampled_from(["zh", "en"]), name=st.sampled_from(["any.xlsx", "any"]))
def test_any_city_goes_there_and_back(tmp_path, city, lang, name):
    write_city(city, tmp_path / name, lang)
    assert read_city(tmp_path / name) == city


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(city=cities())
def test_the_store_takes_every_city_that_sheets_give(store, city):
    store.replace_city(city)
    assert store.city() == city


@pytest.mark.parametrize(
    "said", ["=1+1", "+86 437", "-5", "@here", "'=1", "'", "''x", "＝1", '=HYPERLINK("http://x")']
)
@pytest.mark.parametrize("name", ["out.xlsx", "out"])
def test_no_text_becomes_a_formula(tmp_path, said, name):
    city = replace(TOWN, crews=(replace(TOWN.crews[0], name=said, leader=said),))
    write_city(city, tmp_path / name, "en")
    assert read_city(tmp_path / name) == city
    if name == "out":
        written = read_lines(tmp_path / "out" / "crews.csv")[1][2]
    else:
        cell = load_workbook(tmp_path / name)["crews"]["C2"]
        assert cell.data_type == "s"
        written = cell.value
    assert written.startswith("'")


def test_an_hour_that_the_clock_shows_twice_keeps_its_offset(tmp_path):
    """New York, 1 November 2020: 01:30 came twice."""
    twice = [datetime(2020, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6)]
    city = replace(
        TOWN,
        district=replace(TOWN.district, time_zone="America/New_York"),
        blockages=tuple(
            replace(TOWN.blockages[0], id=str(at.hour), reported_at=at, cleared_at=None)
            for at in twice
        ),
    )
    write_city(city, tmp_path / "out", "en")
    assert [line[2] for line in read_lines(tmp_path / "out" / "blockages.csv")[1:]] == [
        "2020-11-01 01:30",
        "2020-11-01 01:30:00-0500",
    ]
    assert read_city(tmp_path / "out") == city


# --- what people write ---


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


# --- what is wrong ---


@pytest.mark.parametrize(
    ("table", "column", "said", "code"),
    [
        ("crews", "id", "", "blank"),
        ("crews", "name", "　", "blank"),
        ("crews", "name", "a\x07b", "control_sign"),
        ("crews", "name", "长" * 501, "too_long"),
        ("crews", "size", "几个", "not_number"),
        ("crews", "size", "nan", "not_number"),
        ("crews", "size", "1e999", "not_number"),
        ("crews", "size", "2.5", "not_whole"),
        ("crews", "size", "0", "out_of_range"),
        ("crews", "size", "31", "out_of_range"),
        ("crews", "skills", "清掏;飞行", "not_one_of"),
        ("crews", "station id", "X", "no_such_id"),
        ("crews", "shift id", "dayy", "no_such_id_near"),
        ("crews", "id", "A2day", "duplicate_id"),
        ("machines", "kind", "坦克", "not_one_of"),
        ("machines", "plate", "", "blank"),
        ("machines", "capacity", "-1", "out_of_range"),
        ("drivers", "machine id", "M-none", "no_such_id_near"),
        ("segments", "importance", "6", "out_of_range"),
        ("segments", "guard", "也许", "not_yes_no"),
        ("segments", "line", "125.1 42.9", "not_line"),
        ("segments", "line", "125.1 42.9; 125.2", "not_line"),
        ("segments", "line", "125.1 42.9; x y", "not_number"),
        ("segments", "line", "42.9 125.1; 42.9 125.2", "swapped"),
        ("segments", "crs", "火星人", "not_one_of"),
        ("inlets", "cleaned on", "2022-02-30", "not_date"),
        ("inlets", "cleaned on", "2022-07-08 08:20", "has_time"),
        ("inlets", "cleaned on", "昨天", "not_date"),
        ("inlets", "segment id", "S9", "no_such_id_near"),
        ("shifts", "start", "25:00", "not_clock"),
        ("shifts", "start", "早上", "not_clock"),
        ("shifts", "break from", "", "no_break_window"),
        ("shifts", "break from", "17:00", "bad_break_window"),
        ("shifts", "break from", "12:50", "bad_break_window"),
        ("blockages", "reported at", "2021-07-08", "no_time"),
        ("blockages", "reported at", "2021-07-08 25:00", "not_instant"),
        ("blockages", "reported at", "不久前", "not_instant"),
        ("blockages", "cleared at", "2001-07-08 08:00", "cleared_before"),
        ("blockages", "cause", "外星人", "not_one_of"),
        ("blockages", "inlet id", "none", "no_such_id"),
        ("blockages", "rain mm", "大雨", "not_number"),
        ("stations", "lat", "43.5", "far_away"),
        ("stations", "lat", "190", "out_of_range"),
        ("district", "time zone", "Mars/Olympus", "no_such_zone"),
        ("district", "time zone", "../../etc/passwd", "no_such_zone"),
        ("district", "time zone", "Asia", "no_such_zone"),
    ],
)
def test_one_wrong_cell_is_one_error_in_its_place(folder, table, column, said, code):
    put(folder, table, 2, column, said)
    errors = wrong(folder)
    own = [one for one in errors if one[3] == code]
    assert own == [(table, 3 if code == "duplicate_id" else 2, column, code)]
    assert all(one[3].startswith("no_such_id") for one in errors if one not in own), (
        "only what follows from it"
    )


@pytest.mark.parametrize(
    ("lon", "lat", "code"),
    [
        ("42.9", "125.1", "swapped"),
        ("100", "95", "not_on_earth"),
        ("116.4", "39.9", "far_away"),
        ("-125.1", "42.9", "far_away"),
    ],
)
def test_a_position_that_cannot_be_meant(folder, lon, lat, code):
    put(folder, "inlets", 3, "lon", lon)
    put(folder, "inlets", 3, "lat", lat)
    assert wrong(folder) == [("inlets", 3, "lat", code)]


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        ("crews_A2", datetime(2022, 3, 5), "not_text"),
        ("crews_E2", True, "not_number"),
        ("crews_E2", "#N/A", "not_number"),
        ("crews_C2", "=1/0", "blank"),
        ("blockages_C2", 44385.5, "not_instant"),
        ("shifts_C2", datetime(2022, 7, 8), "not_clock"),
        ("inlets_G2", datetime(2022, 7, 8, 9), "has_time"),
        ("inlets_G2", time(9), "not_text"),
    ],
)
def test_what_excel_types_and_cannot_be_meant(folder, cell, value, code):
    as_workbook(folder, **{cell: value}).save(folder.parent / "typed.xlsx")
    assert code in [one[3] for one in wrong(folder.parent / "typed.xlsx")]


def test_a_formula_error_in_a_text_is_seen(folder):
    book = as_workbook(folder)
    book["crews"]["C2"].value = "#N/A"
    assert book["crews"]["C2"].data_type == "e"
    book.save(folder.parent / "typed.xlsx")
    assert wrong(folder.parent / "typed.xlsx") == [("crews", 2, "name", "cell_error")]


def test_everything_that_is_wrong_is_told_at_once_in_order(folder):
    put(folder, "crews", 3, "size", "x")
    put(folder, "crews", 3, "skills", "y")
    put(folder, "crews", 2, "size", "0")
    put(folder, "stations", 2, "lat", "-95")
    (folder / "drivers.csv").unlink()
    lines = read_lines(folder / "shifts.csv")
    write_lines(
        folder / "shifts.csv",
        [["id", "name", "start", "endd", "break minutes", "break from", "break to"], *lines[1:]],
    )
    found = wrong(folder)
    assert found == [
        ("驾驶员", None, None, "missing_sheet"),
        ("stations", 2, "lat", "not_on_earth"),
        ("shifts", None, "结束", "missing_column"),
        ("shifts", 1, "endd", "unknown_heading"),
        ("crews", 2, "size", "out_of_range"),
        ("crews", 3, "size", "not_number"),
        ("crews", 3, "skills", "not_one_of"),
    ]


def test_an_unknown_heading_comes_with_the_nearest_one(folder):
    lines = read_lines(folder / "crews.csv")
    write_lines(folder / "crews.csv", [[*lines[0], "skils"], *lines[1:]])
    with pytest.raises(BadSheets) as caught:
        read_city(folder)
    (error,) = caught.value.errors
    assert (error.code, error.facts) == ("sheets.unknown_heading", {"near": "技能 (skills)"})
    assert error.message == message.Message("sheets.unknown_heading", {"near": "技能 (skills)"})


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: [[*lines[0], "size"], *lines[1:]], "heading_twice"),
        (lambda lines: [lines[0], *([*line, "x"] for line in lines[1:])], "no_heading"),
        (lambda lines: [], "empty_file"),
        (lambda lines: [[" "]], "empty_file"),
    ],
)
def test_wrong_tables(folder, change, code):
    write_lines(folder / "crews.csv", change(read_lines(folder / "crews.csv")))
    assert [one[3] for one in wrong(folder)] == [code]


def test_wrong_sheets(folder):
    (folder / "crew.csv").write_text("a,b\n1,2\n", "utf-8")
    (folder / "班组.csv").write_bytes((folder / "crews.csv").read_bytes())
    assert {one[3] for one in wrong(folder)} == {"unknown_sheet", "sheet_twice"}


def test_an_empty_sheet_has_no_headings(folder):
    book = as_workbook(folder)
    book.remove(book["drivers"])
    book.create_sheet("drivers")
    book.create_sheet("Sheet1")
    book.save(folder.parent / "typed.xlsx")
    assert wrong(folder.parent / "typed.xlsx") == [("drivers", None, None, "no_headings")]


@pytest.mark.parametrize(
    ("table", "rows", "code"),
    [
        ("district", 0, "one_district"),
        ("district", 2, "one_district"),
        ("outline", 2, "short_outline"),
    ],
)
def test_too_few_and_too_many_rows(folder, table, rows, code):
    lines = read_lines(folder / f"{table}.csv")
    write_lines(folder / f"{table}.csv", [lines[0], *(lines[1:] * 2)[:rows]])
    assert [one[3] for one in wrong(folder)] == [code]


def test_a_table_may_be_without_rows_and_the_outline_be_missing(folder):
    write_lines(folder / "blockages.csv", read_lines(folder / "blockages.csv")[:1])
    (folder / "outline.csv").unlink()
    city = read_city(folder)
    assert city.blockages == ()
    assert city.district.outline == ()


def test_a_flood_of_errors_is_cut(folder):
    lines = read_lines(folder / "inlets.csv")
    write_lines(
        folder / "inlets.csv", [lines[0], *(["", "", "x", "y", "", "z", "w"] for _ in range(5000))]
    )
    found = wrong(folder)
    assert len(found) <= 502
    assert found[-1] == ("…", None, None, "more_errors")


def test_bad_tables_change_nothing_in_the_database(store, city, folder):
    store.replace_city(city)
    put(folder, "crews", 2, "station id", "nowhere")
    with pytest.raises(BadSheets):
        store.replace_city(read_city(folder))
    assert store.city() == city


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


def test_a_unit_that_is_none_of_ours_is_refused(folder):
    path = folder / "machines.csv"
    path.write_text(path.read_text("utf-8-sig").replace("capacity", "容量(人)", 1), "utf-8")
    assert ("machines", 1, "容量(人)", "heading_unit") in wrong(folder)
