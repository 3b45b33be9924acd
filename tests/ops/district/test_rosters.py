"""Who works which shift on which day: the roster before the rotation before the fixed shift."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.roster import FIVE_DAYS, FOUR_CREWS, RosterDay, Rotation
from ops.district.public_holidays import is_public_holiday, is_workday
from ops.district.rosters import is_on_leave, shift_on
from tests.helpers.makers import make_city

TOWN = make_city()
FRIDAY = date(2026, 7, 10)
DAY_CREW, LATE_CREW = (
    next(crew for crew in TOWN.crews if crew.shift_id == shift) for shift in ("day", "late")
)
DRIVER = TOWN.drivers[0]


def city_with(pattern: tuple[str, ...], *roster: RosterDay):
    rotation = Rotation(id="R", pattern=pattern, anchor=FRIDAY)
    crews = tuple(
        replace(crew, rotation_id="R") if crew.id == DAY_CREW.id else crew for crew in TOWN.crews
    )
    return replace(TOWN, crews=crews, rotations=(rotation,), roster=roster)


def week(city, crew_id: str = DAY_CREW.id, days: int = 8, first: date = FRIDAY) -> str:
    """The first letter of each day's shift; a dash for a day off."""
    crew = city.crew_by_id[crew_id]
    shifts = (shift_on(crew, first + timedelta(days=n), city) for n in range(days))
    return "".join(shift.id[0] if shift else "-" for shift in shifts)


def test_without_any_a_crew_works_its_shift_every_day():
    assert week(TOWN) == "dddddddd"
    assert week(TOWN, LATE_CREW.id) == "llllllll"


def test_a_pattern_comes_round_before_and_after_its_anchor():
    city = city_with(("day", "late", "off", "on"))
    assert week(city) == "dl-ddl-d"
    assert week(city, first=FRIDAY - timedelta(days=4)) == "dl-ddl-d"


def test_four_crews_share_three_shifts():
    assert week(city_with((FOUR_CREWS,)), days=9) == "ddllnn--d"


def test_five_days_go_by_the_calendar_of_public_holidays():
    city = city_with((FIVE_DAYS,))
    assert week(city, first=date(2026, 7, 6)) == "ddddd--d"
    assert week(city, first=date(2026, 10, 1), days=10) == "-------ddd", "a Saturday is worked"
    assert week(city, first=date(2026, 9, 18), days=4) == "d-dd", "a Sunday too"


@pytest.mark.parametrize(
    ("day", "works", "statutory"),
    [
        (date(2026, 10, 1), False, True),
        (date(2026, 10, 5), False, False),
        (date(2026, 10, 10), True, False),
        (date(2026, 2, 17), False, True),
        (date(2026, 7, 11), False, False),
        (date(2040, 7, 6), True, False),  # no notice speaks of that year yet
    ],
)
def test_working_days_and_public_holidays(day, works, statutory):
    assert (is_workday(day), is_public_holiday(day)) == (works, statutory)


def test_a_day_of_the_roster_goes_before_all():
    entries = (
        RosterDay(day=FRIDAY, crew_id=DAY_CREW.id, duty="night"),
        RosterDay(day=FRIDAY + timedelta(days=1), crew_id=DAY_CREW.id, duty="leave"),
        RosterDay(day=FRIDAY, driver_id=DRIVER.id, duty="off"),
    )
    city = city_with(("day", "late", "off", "on"), *entries)
    assert week(city) == "n--ddl-d"
    assert is_on_leave(DAY_CREW, FRIDAY + timedelta(days=1), city)
    assert not is_on_leave(DAY_CREW, FRIDAY, city)
    assert shift_on(DRIVER, FRIDAY, city) is None
    assert shift_on(DRIVER, FRIDAY + timedelta(days=1), city).id == DRIVER.shift_id


@given(st.booleans(), st.sampled_from([None, "night"]))
def test_who_swaps_does_what_the_other_would_have_done(by_late, duty):
    one, other = (LATE_CREW, DAY_CREW) if by_late else (DAY_CREW, LATE_CREW)
    entry = RosterDay(day=FRIDAY, crew_id=one.id, swap_with=other.id, duty=duty)
    city = replace(TOWN, roster=(entry,))
    assert shift_on(one, FRIDAY, city).id == (duty or other.shift_id)
    assert shift_on(other, FRIDAY, city).id == one.shift_id
    assert shift_on(other, FRIDAY + timedelta(days=1), city).id == other.shift_id
