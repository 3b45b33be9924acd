"""A night in which the clocks are changed: who is on duty, which watches and visits there are, and
when people eat, in districts of several zones.
"""

from collections import Counter
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from data.model.city import Beat, District, Person
from data.model.roster import Watch
from data.model.wall_clock import midnight
from ops.analytics.time_kpis import ResponseSettings
from ops.analytics.workload import _night_hours
from ops.district.rosters import turns
from ops.duty.watch_roster import unwatched
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.roster_rules import worked_hours
from ops.planning.on_duty.teams import hard_turns
from ops.planning.wanted.guard_tasks import name_of_span, watch_spans
from ops.planning.wanted.patrol_tasks import slots
from tests.data.test_wall_clock import CHANGES
from tests.helpers.makers import make_city
from tests.helpers.storm import make_storm

HOUR = timedelta(hours=1)
NIGHTS = [(zone, day) for zone, found in CHANGES.items() for day in found if zone[-4:] != "Apia"]
nights = pytest.mark.parametrize(("zone", "day"), NIGHTS)


def city_of(zone: str, **changes):
    return make_city(district=District(adcode="1", name="x", time_zone=zone), **changes)


def real_hours(zone: str, day: date, n: int = 1) -> float:
    """Between two midnights, as a stopwatch has it."""
    own = ZoneInfo(zone)
    return (midnight(day + timedelta(days=n), own) - midnight(day, own)) / HOUR


@nights
def test_the_crews_of_all_shifts_are_on_duty_all_the_time_and_once(zone, day):
    city = city_of(zone)
    around = [day + timedelta(days=n) for n in (-1, 0, 1)]
    spans = sorted(
        {(turn.start, turn.end) for crew in city.crews for turn in turns(crew, around, city)}
    )
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert sum((end - start) / HOUR for start, end in spans) == real_hours(zone, around[0], 3)


@nights
def test_hours_of_work_are_those_of_a_stopwatch(zone, day):
    city = city_of(zone)
    one = [turn for shift in city.shifts for turn in turns(_crew(city, shift.id), [day], city)]
    breaks = sum(shift.break_minutes for shift in city.shifts) / 60
    assert sum(map(worked_hours, one)) == pytest.approx(real_hours(zone, day) - breaks)


def _crew(city, shift_id):
    return next(crew for crew in city.crews if crew.shift_id == shift_id)


@nights
def test_units_and_their_breaks_lie_within_their_shifts(zone, day):
    now = midnight(day, ZoneInfo(zone)) - 3 * HOUR
    units = on_duty(make_storm(city_of(zone), now=now))
    assert units
    for unit in units.values():
        assert unit.start < unit.end
        for meal in unit.breaks:
            assert meal.turn[0] <= meal.begin < meal.until <= meal.turn[1]


@pytest.mark.parametrize(
    ("zone", "day", "opens", "closes"),
    [
        ("America/New_York", date(2022, 3, 13), time(2), time(2, 45)),  # left out as a whole
        ("America/New_York", date(2022, 3, 13), time(1, 45), time(2, 30)),  # in part
        ("Australia/Lord_Howe", date(2022, 10, 2), time(2), time(2, 30)),
        ("America/New_York", date(2022, 11, 6), time(1, 15), time(1, 50)),  # there twice
        ("America/New_York", date(2022, 3, 12), time(2), time(2, 45)),  # as on any day
    ],
)
def test_nobody_goes_without_a_meal_when_the_clock_is_changed(zone, day, opens, closes):
    shifts = tuple(
        replace(one, break_minutes=30, break_from=opens, break_to=closes)
        if one.id == "night"
        else one
        for one in city_of(zone).shifts
    )
    now = midnight(day, ZoneInfo(zone)) - 3 * HOUR
    units = on_duty(make_storm(city_of(zone, shifts=shifts), now=now)).values()
    found = [meal for one in units if one.resource_id == "A1night" for meal in one.breaks]
    assert len(found) == 1
    assert found[0].until - found[0].begin >= timedelta(minutes=30)
    assert found[0].turn[0] <= found[0].begin < found[0].until <= found[0].turn[1]


@nights
def test_watches_follow_one_another_and_have_names_of_their_own(zone, day):
    storm = make_storm(city_of(zone), now=midnight(day, ZoneInfo(zone)) - 6 * HOUR)
    begin = storm.now + HOUR
    spans = watch_spans(storm, begin, begin + 30 * HOUR)
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    assert Counter(name_of_span(storm, span) for span in spans).most_common(1)[0][1] == 1
    assert max(end - start for start, end in spans) <= timedelta(hours=storm.work.guard_hours + 1)


@nights
def test_visits_fill_the_hours_of_a_place_once(zone, day):
    own = ZoneInfo(zone)
    beat = Beat(
        id="b",
        name="x",
        station_id="A",
        segment_id="S1",
        start=time(21, 15),
        end=time(5, 15),
        every_minutes=60,
    )
    now = midnight(day, own) - 4 * HOUR
    found = list(slots(beat, now, now + 12 * HOUR, own))
    assert all(before[1] == after[0] for before, after in pairwise(found))
    names = [f"{start:%Y%m%dT%H%M}" for start, _ in found]
    assert len(set(names)) == len(names)


@nights
def test_a_watch_without_gaps_has_none_when_the_clock_is_changed(zone, day):
    around = [day + timedelta(days=n) for n in (-1, 0, 1)]
    watches = tuple(
        Watch(day=one, start=start, end=end, name="x")
        for one in around
        for start, end in ((time(0), time(8)), (time(8), time(0)))
    )
    assert unwatched(city_of(zone, watches=watches), around) == ()
    holes = unwatched(city_of(zone, watches=watches[:2] + watches[3:]), [day])
    assert holes == (watches[2].span(ZoneInfo(zone)),)


@nights
def test_nights_are_counted_once(zone, day):
    city = city_of(zone)
    crew = next(one for one in city.crews if one.shift_id == "night")
    person = Person(id="p", name="x", station_id=crew.station_id, crew_id=crew.id)
    city = city_of(zone, people=(person,))
    first = day.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    assert hard_turns(person, after, city)[0] == (after - first).days
    span = midnight(day, ZoneInfo(zone)), midnight(day + timedelta(days=1), ZoneInfo(zone))
    settings = ResponseSettings()
    nights = sum(settings.is_night(hour) for hour in range(24))
    counted = _night_hours([span], ZoneInfo(zone), settings)
    assert abs(counted - nights - (real_hours(zone, day) - 24)) < 1e-9 or counted == nights
