"""What is amiss in a district: each finding from both sides, and what its own sample has."""

from dataclasses import replace
from datetime import date, time

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data.model.city import Beat, City, District, DumpSite, Machine, Shift
from data.model.roster import Watch
from data.sheets.layout import LAYOUTS
from ops.base.messages import LANGUAGES, Translator, catalogue
from ops.district.data_quality import Severity, check_data_quality, inside
from ops.district.places import nearest
from ops.district.tables import template, workbook
from ops.district.uploads import read_upload
from ops.intake.sample import FOLDER
from tests.helpers.makers import make_city

TODAY = date(2022, 7, 8)
RING = ((125.10, 42.85), (125.20, 42.85), (125.20, 42.95), (125.10, 42.95))
SOUND = make_city(district=District(adcode="220402", name="龙山区", outline=RING))
SOUND = replace(SOUND, stations=tuple(replace(one, phone="0437-1") for one in SOUND.stations))


def codes(city: City, today: date = TODAY) -> set[str]:
    return {finding.code for finding in check_data_quality(city, today)}


def changed(sheet: str, index: int, **changes) -> City:
    rows = list(getattr(SOUND, sheet))
    rows[index] = replace(rows[index], **changes)
    return replace(SOUND, **{sheet: tuple(rows)})


@pytest.mark.parametrize(
    ("zone", "first", "sheets"),
    [
        ("America/New_York", date(2022, 2, 1), {"shifts", "patrol_beats", "dump_sites", "watches"}),
        ("America/New_York", date(2022, 3, 14), {"watches"}),  # the next time is far away
        ("Asia/Shanghai", date(2022, 2, 1), set()),
    ],
)
def test_hours_that_a_change_of_clocks_leaves_out_are_told(zone, first, sheets):
    night, rest = (time(2), time(3)), SOUND.shifts
    city = replace(
        SOUND,
        district=replace(SOUND.district, time_zone=zone),
        shifts=(*rest, Shift(id="odd", name="凌晨", start=night[0], end=night[1])),
        watches=(Watch(day=date(2022, 3, 13), start=time(2, 15), end=time(2, 45), name="王"),),
        dump_sites=(
            DumpSite(
                id="D",
                station_id="A",
                name="场",
                position=(125.1, 42.9),
                opens=night[0],
                closes=night[1],
            ),
            DumpSite(
                id="E",
                station_id="A",
                name="场",
                position=(125.1, 42.9),
                opens=time(0),
                closes=time(0),
            ),
        ),
        patrol_beats=(
            Beat(
                id="b",
                name="夜市",
                station_id="A",
                segment_id="S1",
                start=night[0],
                end=time(2, 30),
                every_minutes=30,
            ),
        ),
    )
    found = [one for one in check_data_quality(city, first) if one.code == "hours_left_out"]
    assert {one.sheet for one in found} == sheets
    assert all(len(one.subjects) == 1 for one in found)


def test_nothing_is_found_where_nothing_is_amiss():
    assert check_data_quality(SOUND, TODAY) == ()


@pytest.mark.parametrize(
    ("city", "code"),
    [
        (replace(SOUND, crews=()), "no_crews"),
        (replace(SOUND, stations=()), "no_stations"),
        (replace(SOUND, segments=()), "no_segments"),
        (replace(SOUND, shifts=()), "no_shifts"),
        (
            replace(SOUND, crews=tuple(one for one in SOUND.crews if one.station_id == "A")),
            "station_without_crew",
        ),
        (changed("crews", 0, leader="待定"), "crew_without_leader"),
        (changed("crews", 0, size=1), "crew_of_one"),
        (changed("stations", 0, deputy=" — "), "station_without_chief"),
        (changed("stations", 0, phone=None), "station_without_phone"),
        (
            replace(SOUND, crews=tuple(one for one in SOUND.crews if one.shift_id != "night")),
            "hours_uncovered",
        ),
        (
            replace(SOUND, crews=tuple(replace(one, skills=("clearing",)) for one in SOUND.crews)),
            "no_well_crew",
        ),
        (
            replace(
                SOUND,
                machines=(
                    *SOUND.machines,
                    Machine(id="X", station_id="A", kind="loader", plate="无人"),
                ),
            ),
            "machine_without_driver",
        ),
        (
            replace(
                SOUND,
                drivers=tuple(one for one in SOUND.drivers if one.machine_id != "M-pump_truck"),
            ),
            "no_pump",
        ),
        (
            replace(SOUND, inlets=tuple(one for one in SOUND.inlets if one.segment_id != "S2")),
            "segment_without_inlet",
        ),
        (changed("stations", 0, position=(125.140, 42.70)), "segment_far_off"),
        (
            replace(
                SOUND,
                segments=tuple(replace(one, guard=False, importance=3) for one in SOUND.segments),
            ),
            "no_key_road",
        ),
        (changed("inlets", 0, position=(125.141, 42.906)), "inlet_far_off"),
        (replace(SOUND, district=replace(SOUND.district, outline=())), "no_outline"),
        (changed("stations", 0, position=(125.21, 42.90)), "stations_outside"),
        (changed("segments", 0, line=((125.21, 42.9), (125.22, 42.9))), "segments_outside"),
        (changed("inlets", 0, position=(125.21, 42.90)), "inlets_outside"),
        (changed("stations", 0, name="乙站"), "station_twice"),
        (changed("crews", 0, name=SOUND.crews[1].name), "crew_twice"),
        (changed("machines", 0, plate=SOUND.machines[1].plate), "plate_twice"),
        (replace(SOUND, blockages=()), "no_history"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_finding(city, code):
    assert code in codes(city)
    assert code not in codes(SOUND)


@pytest.mark.parametrize(
    ("on", "cleaned_on", "late"),
    [
        (date(2022, 6, 1), date(2022, 6, 1), False),
        (date(2022, 6, 2), date(2022, 6, 1), True),
        (date(2022, 7, 8), None, False),
        (date(2022, 7, 9), None, True),
        (None, date(2022, 6, 1), False),
    ],
)
def test_a_day_of_service_after_what_was_done_is_told(on, cleaned_on, late):
    first, *others = SOUND.inlets
    first = replace(first, in_service_on=on, cleaned_on=cleaned_on)
    elsewhere = tuple(one for one in SOUND.blockages if one.inlet_id != first.id)
    city = replace(SOUND, inlets=(first, *others), blockages=elsewhere)
    assert ("service_late" in codes(city)) is late


def test_an_old_history_is_told_by_the_date():
    assert "old_history" not in codes(SOUND, date(2023, 7, 8))
    assert "old_history" in codes(SOUND, date(2023, 12, 1))


def test_hours_without_a_crew_are_named_across_midnight():
    shift = Shift(id="day", name="白班", start=time(6), end=time(22))
    crews = tuple(replace(crew, shift_id="day") for crew in SOUND.crews)
    found = next(
        one
        for one in check_data_quality(replace(SOUND, shifts=(shift,), crews=crews), TODAY)
        if one.code == "hours_uncovered"
    )
    assert found.subjects == ("22:00—06:00",)


def test_the_gravest_stand_first():
    gravities = [
        finding.severity
        for finding in check_data_quality(replace(SOUND, crews=(), blockages=()), TODAY)
    ]
    assert gravities == sorted(gravities)
    assert gravities[0] is Severity.STOPS


def test_every_finding_has_its_words_and_its_advice():
    said = {
        key.removeprefix("data_quality.") for key in catalogue() if key.startswith("data_quality.")
    }
    assert all(f"{key}_do" in said for key in said if not key.endswith("_do"))
    finding = check_data_quality(changed("stations", 0, phone=None), TODAY)[0]
    for lang in LANGUAGES:
        assert "甲站" in Translator(lang).message(finding.message)
        assert Translator(lang).message(finding.remedy)


@given(st.floats(125.0, 125.3), st.floats(42.8, 43.0))
def test_inside_a_rectangle_is_between_its_sides(lon, lat):
    on_edge = lon in (125.10, 125.20) or lat in (42.85, 42.95)
    within = bool(inside(np.array([(lon, lat)]), RING)[0])
    assert on_edge or within == (125.10 < lon < 125.20 and 42.85 < lat < 42.95)


@example([(0.0, 0.0), (0.0, 0.0), (0.00390625, 0.0)])  # beside a course to the north-east
@given(st.lists(st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=1, max_size=5))
def test_an_inlet_is_far_off_by_its_own_segment(moves):
    """However many inlets and whatever the lengths of courses, each is judged by its own."""
    inlets = tuple(
        replace(SOUND.inlets[0], id=f"I{n}", segment_id=segment.id, position=(x + dx, y + dy))
        for n, (dx, dy) in enumerate(moves)
        for segment in [SOUND.segments[n % len(SOUND.segments)]]
        for x, y in [segment.line[0]]
    )
    city = replace(SOUND, inlets=inlets, blockages=())
    told = {
        name
        for finding in check_data_quality(city, TODAY)
        if finding.code == "inlet_far_off"
        for name in finding.subjects
    }
    for one in inlets:
        alone = replace(city, segments=(city.segment_by_id[one.segment_id],))
        metres = nearest(one.position, alone)[1]
        assert (one.id in told) == (metres > 300) or abs(metres - 300) < 1


def test_the_sample_stops_nothing():
    city = read_upload({file.name: file.read_bytes() for file in FOLDER.glob("*.csv")}).city
    assert city is not None
    assert all(
        finding.severity is not Severity.STOPS for finding in check_data_quality(city, TODAY)
    )


def test_an_upload_is_the_city_or_its_errors_beside_their_rows():
    content = workbook(SOUND, "zh")
    assert read_upload({"../../城区.xlsx": content}).city == SOUND
    broken = read_upload({"a.xlsx": workbook(changed("crews", 0, shift_id="no such"), "zh")})
    assert broken.city is None
    (error,) = broken.errors
    assert SOUND.crews[0].name in broken.row(error.sheet, error.row)
    assert broken.row(error.sheet, None) == ()


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0 old", b"\x00" * 1000]
)
def test_an_upload_that_is_no_workbook_is_told_so(content):
    upload = read_upload({"x.xlsx": content})
    assert upload.city is None
    assert upload.errors
    assert upload.row(upload.errors[0].sheet, 1) == ()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_template_has_every_sheet_and_no_district(lang):
    upload = read_upload({"t.xlsx": template(lang)})
    assert upload.city is None  # nothing is filled in
    assert len(upload.grids) == len(LAYOUTS)
