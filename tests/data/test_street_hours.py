"""Hours in which signs bar streets, and barriers that stand on them."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.geo import distance_m
from data.model.city import Profile
from data.model.street.streets import Access, Street, StreetMap
from data.streets.barriers import BARRIER_M, with_barriers
from data.streets.hours import ALWAYS, QUARTERS, hours_of_week, quarters_from
from data.streets.joining import joined
from data.streets.packing import packed, unpacked
from data.streets.reading import read_streets, street_of

LORRY, CAR, SCOOTER, FOOT = Profile.LORRY, Profile.CAR, Profile.SCOOTER, Profile.FOOT
A, B, C, D = (125.1, 42.9), (125.101, 42.9), (125.102, 42.9), (125.103, 42.9)
BY_NIGHT = {"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (20:00-06:00)"}
EARLY = {"highway": "pedestrian", "motor_vehicle:conditional": "yes @ (06:00-10:00)"}
MONDAY = datetime(2024, 7, 1)


def barred(week: int, day: int, hour: int, minute: int = 0) -> bool:
    return bool(week & quarters_from(MONDAY + timedelta(days=day, hours=hour, minutes=minute), 0))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mo-Fr 07:00-09:00,17:00-19:00", 20),
        ("(07:00-09:00)", 14),
        ("工作日7:00-9:00、17:00-19:00", 20),
        ("每日7时至22时", 105),
        ("周一至周五 7:30-9:00；周六 8:00-9:00", 8.5),
        ("周一至五7点～9点", 10),
        ("22:00-06:00", 56),
        ("24/7", 168),
        ("全天", 168),
        ("7:00-22:00 公交除外", 105),
        ("Mo-Fr 07:00-09:00; PH off", 10),
        ("Sa,Su", 48),
        ("Fri-Mon 0:00-24:00", 96),
        ("sunrise-sunset", None),
        ("weight>3.5", None),
        ("25:00-26:00", None),
        ("", None),
    ],
)
def test_hours_of_the_week(text, hours):
    week = hours_of_week(text)
    assert (week and week.bit_count() / 4) == hours


def test_a_night_goes_on_the_next_day_and_sundays_on_monday():
    week = hours_of_week("Su 22:00-06:00")
    assert barred(week, 6, 23)
    assert barred(week, 0, 5, 59)
    assert not barred(week, 0, 6)
    assert not barred(week, 6, 5)


@given(st.integers(0, 6), st.integers(0, 23), st.integers(0, 59), st.integers(0, 20_000))
def test_the_quarters_that_a_time_meets(day, hour, minute, minutes):
    week = quarters_from(MONDAY + timedelta(days=day, hours=hour, minutes=minute), minutes)
    first, last = minute // 15, (minute + minutes) // 15
    assert week.bit_count() == min(QUARTERS, last - first + 1)
    assert week <= ALWAYS
    assert week >> ((day * 24 + hour) * 4 + first) & 1


@pytest.mark.parametrize(
    ("tags", "at", "who"),
    [
        ({"access:conditional": "no @ (07:00-09:00)"}, (0, 8), "none"),
        ({"access:conditional": "no @ (07:00-09:00)"}, (0, 9), "LCSF"),
        ({"hgv:conditional": "no @ (Mo-Fr 07:00-22:00)"}, (4, 21), "CSF"),
        ({"hgv:conditional": "no @ (Mo-Fr 07:00-22:00)"}, (5, 21), "LCSF"),
        (BY_NIGHT, (0, 5), "LCSF"),
        (BY_NIGHT, (0, 6), "SF"),
        ({"motor_vehicle:conditional": "yes @ (06:00-10:00); no @ (10:00-06:00)"}, (0, 12), "SF"),
        (EARLY, (0, 7), "LCSF"),
        (EARLY, (0, 11), "SF"),
        ({"access:conditional": "no @ (07:00-09:00)", "hgv": "yes"}, (0, 8), "L"),
        ({"hgv:conditional": "no @ weight>7.5"}, (0, 8), "LCSF"),
        ({"hgv:conditional": "no @ (24/7)"}, (0, 3), "CSF"),
        ({"货车禁行时段": "7:00-22:00"}, (2, 8), "CSF"),
        ({"货车限行时间": "工作日 7:00-9:00禁止货车"}, (5, 8), "LCSF"),
        ({"禁行时段": "全天"}, (5, 8), "SF"),
    ],
)  # fmt: skip
def test_who_may_use_a_street_at_an_hour(tags, at, who):
    street = street_of((A, B), {"highway": "residential"} | tags)
    now = quarters_from(MONDAY + timedelta(days=at[0], hours=at[1]), 0)
    shut = street.access.barred | {each for each, week in street.access.hours if week & now}
    letters = zip("LCSF", (LORRY, CAR, SCOOTER, FOOT), strict=True)
    assert "".join(letter for letter, each in letters if each not in shut) == who.replace(
        "none", ""
    )


def test_hours_are_kept_and_read_back():
    rules = [Access(), Access(hours=((LORRY, 5), (FOOT, ALWAYS >> 1))), Access(height_m=2.0)]
    lines = zip(((A, B), (B, C), (C, D)), rules, strict=True)
    streets = StreetMap(streets=joined(Street(line=line, access=one) for line, one in lines))
    assert unpacked(packed(streets)) == streets


@pytest.mark.parametrize(
    ("tags", "who"),
    [
        ({"barrier": "bollard"}, "SF"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, "LCSF"),
        ({"barrier": "bollard", "bicycle": "no"}, "F"),
        ({"barrier": "gate"}, "LCSF"),
        ({"barrier": "gate", "access": "private"}, ""),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, "F"),
        ({"barrier": "gate", "locked": "yes"}, "SF"),
        ({"barrier": "lift_gate", "hgv": "no"}, "CSF"),
        ({"barrier": "kissing_gate"}, "F"),
        ({"barrier": "block"}, "SF"),
        ({"barrier": "toll_booth"}, "LCSF"),
    ],
)
def test_who_passes_a_barrier(tags, who):
    parts = list(with_barriers(Street(line=(A, B, C)), {B: tags}))
    at = [part for part in parts if distance_m(*part.line) < 2 * BARRIER_M]
    open_to = set(Profile) - at[0].access.barred if at else set()
    letters = zip("LCSF", (LORRY, CAR, SCOOTER, FOOT), strict=True)
    assert "".join(letter for letter, each in letters if each in open_to) == who
    assert parts[0].line == (A, B)
    assert parts[-1].line[-1] == C
    assert not parts[0].access.barred


@pytest.mark.parametrize("at", [(A,), (B,), (D,), (A, D), (B, C), (A, B, C, D)])
def test_a_barrier_takes_a_metre_and_the_rest_hangs_together(at):
    line = (A, B, C, D)
    parts = list(with_barriers(Street(line=line), {one: {"barrier": "bollard"} for one in at}))
    assert all(one.line[-1] == other.line[0] for one, other in pairwise(parts))
    assert (parts[0].line[0], parts[-1].line[-1]) == (A, D)
    shut = [part for part in parts if part.access.barred]
    assert len(shut) == len(at)
    assert {end for part in shut for end in part.line} & set(at) == set(at)
    assert all(0.9 < distance_m(*part.line) < 1.1 for part in shut)


def test_an_extract_brings_its_barriers_and_hours(tmp_path):
    pytest.importorskip("osmium", reason="install the requirements: osmium is missing")
    nodes = "".join(
        f'<node id="{n}" lon="{lon}" lat="{lat}">{tag}</node>'
        for n, (lon, lat), tag in (
            (1, A, ""),
            (2, B, '<tag k="barrier" v="bollard"/>'),
            (3, C, '<tag k="barrier" v="fence"/>'),
            (4, D, ""),
        )
    )
    way = (
        '<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="4"/><tag k="highway" v="residential"/>'
        '<tag k="hgv:conditional" v="no @ (07:00-09:00)"/></way>'
    )
    (tmp_path / "town.osm").write_text(f'<osm version="0.6">{nodes}{way}</osm>', "utf-8")
    first, barrier, last = read_streets(tmp_path / "town.osm").streets
    assert barrier.access.barred == {LORRY, CAR}
    assert not first.access.barred | last.access.barred
    assert dict(first.access.hours).keys() == {LORRY}
