"""Laws of clocks that are put forward and back: no shift is lost, lasts an hour too long, or comes
twice, in zones of every kind.
"""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.wall_clock import (
    clock_at,
    days_of_change,
    hours_into,
    instant_of,
    last_at,
    midnight,
    next_at,
    span_of,
    window_after,
)

CHANGES = {
    "America/New_York": (date(2022, 3, 13), date(2022, 11, 6)),
    "Europe/Berlin": (date(2022, 3, 27), date(2022, 10, 30)),
    "Australia/Lord_Howe": (date(2022, 4, 3), date(2022, 10, 2)),  # by half an hour
    "America/Havana": (date(2022, 3, 13), date(2022, 11, 6)),  # there is no midnight
    "America/Santiago": (date(2022, 4, 3), date(2022, 9, 11)),  # at midnight, the other way round
    "Africa/Casablanca": (date(2022, 3, 27), date(2022, 5, 8)),
    "Asia/Kolkata": (date(2022, 3, 13), date(2022, 11, 6)),  # never; half an hour off
    "Asia/Shanghai": (date(2022, 3, 13), date(2022, 11, 6)),
    "Pacific/Apia": (date(2011, 12, 29), date(2011, 12, 31)),  # a day was left out
}
HOUR = timedelta(hours=1)
days = st.sampled_from([(zone, day) for zone, found in CHANGES.items() for day in found]).flatmap(
    lambda found: st.tuples(
        st.just(ZoneInfo(found[0])),
        st.integers(-2, 2).map(lambda n: found[1] + timedelta(days=n)),
    )
)
clocks = st.times().map(lambda at: at.replace(microsecond=0, fold=0))


def shown(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


@given(days, clocks, clocks)
def test_what_a_clock_shows_later_comes_no_earlier(where, one, other):
    zone, day = where
    first, last = (instant_of(datetime.combine(day, at), zone) for at in sorted((one, other)))
    assert first <= last


@given(days, clocks)
def test_it_is_the_first_instant_at_which_the_clock_shows_it_or_a_later_time(where, clock):
    zone, day = where
    wall, at = datetime.combine(day, clock), clock_at(day, clock, zone)
    assert at.tzinfo is UTC
    assert shown(at, zone) >= wall
    minutes = (at - n * timedelta(minutes=1) for n in range(1, 26 * 60))
    assert all(shown(before, zone) < wall for before in minutes)


@given(days, st.lists(clocks, min_size=1, max_size=4, unique=True))
def test_shifts_that_follow_one_another_by_the_clock_fill_all_time_once(where, clocks):
    zone, day = where
    clocks = sorted(clocks)
    spans = sorted(
        span_of(day + timedelta(days=n), start, end, zone)
        for n in range(-1, 3)
        for start, end in zip(clocks, [*clocks[1:], clocks[0]], strict=True)
    )
    spans = [span for span in spans if span[0] < span[1]]  # what the clock leaves out
    assert all(before[1] == after[0] for before, after in pairwise(spans))


@given(days, clocks, clocks)
def test_a_shift_lasts_as_its_clock_says_but_for_what_the_clock_was_changed_by(where, start, end):
    zone, day = where
    begin, over = span_of(day, start, end, zone)
    walls = datetime.combine(day, start), datetime.combine(day, end)
    wanted = (walls[1] - walls[0]) % timedelta(days=1) or timedelta(days=1)
    changed = begin.astimezone(zone).utcoffset() - over.astimezone(zone).utcoffset()
    exists = (shown(begin, zone), shown(over, zone)) == (walls[0], walls[0] + wanted)
    assert timedelta(0) <= over - begin
    assert not exists or over - begin == wanted + changed


@given(days, clocks, st.integers(0, 60 * 24))
def test_the_next_and_the_last_time_that_a_clock_shows_something(where, clock, minutes):
    zone, day = where
    now = midnight(day, zone) + timedelta(minutes=minutes)
    after, before = next_at(clock, now, zone), last_at(clock, now, zone)
    assert before <= now <= after
    between = (now + n * timedelta(minutes=1) for n in range(1, int((after - now) / HOUR * 60)))
    assert all(shown(at, zone).time() != clock for at in between)
    since = (now - n * timedelta(minutes=1) for n in range(1, int((now - before) / HOUR * 60)))
    assert all(shown(at, zone).time() != clock for at in since)


@given(days, clocks, clocks, st.integers(0, 60 * 24))
def test_a_window_has_the_room_that_its_clock_says(where, start, end, minutes):
    zone, day = where
    since = midnight(day, zone) + timedelta(minutes=minutes)
    begin, over = window_after(since, start, end, zone)
    walls = datetime.combine(day, start), datetime.combine(day, end)
    assert since <= begin == next_at(start, since, zone)
    assert over - begin >= ((walls[1] - walls[0]) % timedelta(days=1) or timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("Europe/Berlin", [date(2022, 3, 27), date(2022, 10, 30)]),
        ("America/Santiago", [date(2022, 4, 2), date(2022, 9, 11)]),  # put back at midnight
        ("Asia/Shanghai", []),
    ],
)
def test_the_days_on_which_clocks_are_changed_are_known(zone, days):
    assert days_of_change(date(2022, 1, 1), 365, ZoneInfo(zone)) == days


@given(days)
def test_the_hours_of_a_day_are_all_its_time(where):
    zone, day = where
    marks = [hours_into(day, n, zone) for n in range(25)]
    assert marks == sorted(marks)
    assert (marks[0], marks[-1]) == (midnight(day, zone), midnight(day + timedelta(days=1), zone))


@pytest.mark.parametrize(
    ("zone", "wall", "instant"),
    [
        ("America/New_York", datetime(2022, 3, 13, 2, 30), datetime(2022, 3, 13, 7)),
        ("America/New_York", datetime(2022, 11, 6, 1, 30), datetime(2022, 11, 6, 5, 30)),
        ("Australia/Lord_Howe", datetime(2022, 10, 2, 2, 15), datetime(2022, 10, 1, 15, 30)),
        ("America/Havana", datetime(2022, 3, 13), datetime(2022, 3, 13, 5)),
        ("Pacific/Apia", datetime(2011, 12, 30, 12), datetime(2011, 12, 30, 10)),
    ],
)
def test_what_is_known_of_some_clocks(zone, wall, instant):
    assert instant_of(wall, ZoneInfo(zone)) == instant.replace(tzinfo=UTC)


def test_what_was_shown_twice_is_the_time_that_is_meant():
    zone = ZoneInfo("America/New_York")
    second = datetime(2022, 11, 6, 6, 40, tzinfo=UTC)  # 01:40, for the second time
    assert second - last_at(time(1, 30), second, zone) == timedelta(minutes=10)
    assert next_at(time(1, 50), second, zone) - second == timedelta(minutes=10)
    assert Counter(shown(second - n * HOUR, zone).hour for n in (0, 1)) == {1: 2}
