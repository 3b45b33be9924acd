"""The city's tables in and out, exact there and back, whatever city it is."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

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
from data.sheets.city import read_city, write_city
from data.sheets.words import (
    CAUSE_WORDS,
    INLET_WORDS,
    MACHINE_WORDS,
    PROFILE_WORDS,
    REMEDY_WORDS,
    SKILL_WORDS,
)
from tests.helpers.draws import few_or
from tests.helpers.files.town_sheets import TOWN, read_lines


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
