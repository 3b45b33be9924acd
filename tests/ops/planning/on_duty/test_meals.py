"""When people eat in a storm: beside it, else by turns at the post, and never first thing."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.plan import JobKind, Rest, UnitKind
from ops.base.messages import Translator
from ops.district.rosters import Turn, shift_span
from ops.documents.labels import rest_name
from ops.planning.duty_sheets import station_sheets
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.meals import meals
from ops.planning.on_duty.roster_days import zone_of
from tests.helpers.makers import SHIFTS, local, make_alert, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for

LEAD, WORK_FIRST = timedelta(minutes=30), timedelta(minutes=60)
DAY = replace(SHIFTS[0], break_minutes=30, break_from=time(10), break_to=time(14))
NIGHT = replace(SHIFTS[2], break_minutes=30, break_from=time(2), break_to=time(6))


def storm_of(rain: dict[int, float], now: float):
    return make_storm(series=make_forecast(rain, local(now)), now=local(now))


def meal_of(shift, rain: dict[int, float], now: float, day: date = date(2022, 7, 8)):
    storm = storm_of(rain, now)
    (meal,) = meals(Turn(day, shift, *shift_span(shift, day, zone_of(storm))), storm)
    return meal


@pytest.mark.parametrize(
    ("rain", "now", "window"),
    [
        ({}, 8.3, (10, 14)),
        ({15: 9.0}, 8.3, (10, 14)),
        (dict.fromkeys(range(8, 16), 1.0), 8.3, (10, 14)),  # a drizzle
        ({13: 9.0, 14: 9.0}, 8.3, (10, 12.5)),  # early
        ({12: 9.0, 13: 9.0}, 8.3, (14, 16)),  # the few dry hours are for opening inlets
        (dict.fromkeys(range(9, 14), 9.0), 8.3, (14, 16)),  # late
        (dict.fromkeys(range(10, 15), 9.0), 8.3, (15, 16)),
        (dict.fromkeys(range(10, 14), 9.0), 9.2, (14, 16)),
        ({9: 9.0, 10: 9.0}, 9.5, (11, 14)),  # under way: not within the first hour
    ],
)
def test_a_break_lies_beside_the_heavy_rain(rain, now, window):
    meal = meal_of(DAY, rain, now)
    assert (meal.begin, meal.until) == tuple(local(hour) for hour in window)
    assert not meal.at_post


@pytest.mark.parametrize(
    ("rain", "now", "window", "at_post"),
    [
        ({9: 15.0, 10: 66.0, 11: 11.0}, 8.3, (13, 14), False),  # gone at one, not with the rain
        ({9: 9.0, 11: 30.0}, 10, (14, 16), False),  # put off beyond the window
        ({11: 30.0}, 9, (14, 16), False),  # an hour of the window is dry before it: not enough
        ({14: 30.0}, 9, (10, 13.5), False),
        (
            dict.fromkeys(range(9, 13), 9.0) | {13: 30.0},
            11,
            (10, 14),
            True,
        ),  # nothing is left of the shift
        ({13: 30.0}, 13.6, (10, 16), True),  # nor of the window
    ],
)
def test_nobody_leaves_the_post_to_eat_while_the_water_of_a_downpour_stands(
    rain, now, window, at_post
):
    meal = meal_of(DAY, rain, now)
    assert (meal.at_post, meal.begin, meal.until) == (at_post, *map(local, window))


@given(st.integers(8, 15), st.integers(1, 8), st.floats(8, 13))
def test_before_the_rain_nobody_eats_but_within_his_time(begins, hours, now):
    """Where less than half of it is dry the last dry hours are for opening inlets."""
    rain = dict.fromkeys(range(begins, begins + hours), 9.0)
    meal = meal_of(DAY, rain, now)
    onset = local(begins)
    if meal.at_post or meal.begin >= onset or onset <= local(now):
        return
    assert local(10) <= meal.begin
    assert onset >= local(12) + LEAD


def test_where_it_rains_all_the_time_they_eat_by_turns_at_the_post():
    meal = meal_of(DAY, dict.fromkeys(range(8, 17), 9.0), 8.3)
    assert (meal.at_post, meal.begin, meal.until) == (True, local(10), local(14))
    meal = meal_of(DAY, dict.fromkeys(range(9, 17), 9.0), 7.7)
    assert meal.at_post, "half an hour is left before it, and there is work to do"
    meal = meal_of(NIGHT, dict.fromkeys(range(2, 8), 9.0), 3, date(2022, 7, 8))
    assert meal.at_post


@pytest.mark.parametrize(
    "rain",
    [
        {},
        dict.fromkeys(range(9, 14), 9.0),
        dict.fromkeys(range(15, 20), 9.0),
        {12: 9.0, 13: 9.0},
        dict.fromkeys(range(9, 13), 9.0) | {14: 9.0},  # and half an hour between two storms
        {9: 15.0, 10: 66.0, 11: 11.0},  # the water of a downpour has gone
    ],
)
def test_never_do_all_of_a_shift_eat_at_once_where_there_is_time_for_turns(rain):
    city = make_city(shifts=(DAY, *SHIFTS[1:]))
    storm = make_storm(city=city, series=make_forecast(rain, local(8.3)), now=local(8.3))
    crews = [unit for unit in on_duty(storm).values() if unit.kind is UnitKind.CREW]
    of_a_day = sorted(
        (unit for unit in crews if unit.start < local(9)), key=lambda unit: unit.breaks[0].begin
    )
    assert len(of_a_day) >= 2
    first, last = of_a_day[0].breaks[0], of_a_day[-1].breaks[0]
    assert first.until <= last.begin
    for unit in of_a_day:
        (meal,) = unit.breaks
        assert meal.until - meal.begin >= meal.length


def test_who_could_not_eat_with_the_first_eats_with_the_last():
    turn = Turn(
        date(2022, 7, 8), DAY, *shift_span(DAY, date(2022, 7, 8), zone_of(storm_of({}, 12)))
    )
    for now, begin in ((11, 10), (11.9, 10)):
        (meal,) = meals(turn, storm_of({}, now), sitting=0)
        assert meal.begin == local(begin)
        assert meal.until - max(meal.begin, local(now)) > meal.length


@given(st.sets(st.integers(0, 30)), st.integers(0, 15), st.sampled_from([DAY, NIGHT]))
def test_no_order_in_a_storm_begins_with_a_break(wet, now, shift):
    storm = storm_of(dict.fromkeys(wet, 9.0), now)
    meal = meal_of(shift, dict.fromkeys(wet, 9.0), now)
    begins, ends = meal.turn
    assert meal.until - meal.begin >= meal.length
    assert begins <= meal.begin
    assert meal.until <= ends
    in_storm = any(a - WORK_FIRST / 2 <= storm.now < b for a, b in storm.rain.storms)
    if not meal.at_post and in_storm and meal.until > storm.now + meal.length:
        assert meal.begin >= storm.now + WORK_FIRST


def test_the_night_s_first_order_is_no_break_and_the_sheet_tells_how_they_eat():
    """A red night: rain from two o'clock on, the plan is made at three."""
    city = make_city(shifts=(*SHIFTS[:2], NIGHT))
    rain = dict.fromkeys(range(2, 8), 9.0)
    storm = make_storm(
        city=city, alerts=(make_alert(),), series=make_forecast(rain, local(3)), now=local(3)
    )
    version, _ = plan_for(storm)
    units = [
        unit
        for sheet in station_sheets(version, city)
        for unit in sheet.units
        if unit.shift.id == "night" and unit.machine_kind is None
    ]
    assert units
    for unit in units:
        (rest,) = unit.rests
        assert rest.at_post
        assert rest_name(Translator("zh"), rest) == "轮流在岗就餐"
    again, _ = plan_for(
        make_storm(city=city, alerts=(make_alert(),), series=make_forecast(rain, local(3.5)),
                   now=local(3.5), before=version.rain),
        version,
    )  # fmt: skip
    keys = [(rest.unit_id, rest.start_at) for rest in again.rests]
    assert len(keys) == len(set(keys)), "told once, however often it is planned"
    assert any(job.kind is JobKind.GUARD for job in again.assignments)


def test_who_has_eaten_before_the_storm_does_not_eat_again():
    city = make_city(shifts=(DAY, *SHIFTS[1:]))
    rain = {13: 9.0, 14: 9.0}
    series = make_forecast(rain, local(9))
    storm = make_storm(city=city, series=series, now=local(9))
    first, _ = plan_for(storm)
    eaten = {rest.unit_id for rest in first.rests if not rest.at_post}
    assert eaten
    now = max(rest.end_at for rest in first.rests) + timedelta(minutes=5)
    later = make_storm(city=city, series=make_forecast(rain, now), now=now, before=first.rain)
    again, inputs = plan_for(later, first)
    for unit_id in eaten & inputs.availability.keys():
        assert inputs.availability[unit_id].breaks == (), unit_id
    assert {rest.unit_id for rest in again.rests if rest.start_at > now}.isdisjoint(eaten)


def test_who_eats_on_the_way_to_work_keeps_that_break_and_gets_nothing_else_before():
    version, _ = plan_for(make_storm())
    job = next(one for one in version.assignments if one.kind is JobKind.CLEAR)
    (member,) = job.members
    begin = job.end_at + timedelta(hours=1)
    eaten = Rest(unit_id=member.unit_id, start_at=begin, end_at=begin + timedelta(minutes=30))
    leave = begin - timedelta(minutes=5)
    late = replace(
        job,
        start_at=eaten.end_at,
        end_at=eaten.end_at + (job.end_at - job.start_at),
        members=(replace(member, leave_at=leave, arrive_at=eaten.end_at),),
    )
    told = replace(version, assignments=(late,), rests=(eaten,))

    again, inputs = plan_for(make_storm(now=leave + timedelta(minutes=2)), told)

    assert again.rests.count(eaten) == 1
    assert inputs.availability[member.unit_id].start == eaten.end_at
    own = [
        each for each in again.assignments if member.unit_id in {m.unit_id for m in each.members}
    ]
    assert own[0].job_id == late.job_id
    assert [rest for rest in again.rests if rest.unit_id == member.unit_id] == [eaten]


@pytest.mark.parametrize(
    ("duty", "window"),
    [
        ({}, (10, 12.5)),
        ({"meal_lead_minutes": 0}, (10, 13)),
        ({"meal_after_minutes": 180}, (11, 12.5)),  # from eight, when the shift begins
    ],
)
def test_how_long_people_are_at_work_before_and_after_a_break_is_a_setting(duty, window):
    storm = storm_of({13: 9.0, 14: 9.0}, 8.3)
    storm = replace(storm, duty=replace(storm.duty, **duty))
    day = date(2022, 7, 8)
    (meal,) = meals(Turn(day, DAY, *shift_span(DAY, day, zone_of(storm))), storm)
    assert (meal.begin, meal.until) == tuple(local(hour) for hour in window)


def test_in_how_many_sittings_a_shift_eats_is_a_setting():
    storm = storm_of({}, 8.3)
    day = date(2022, 7, 8)
    turn = Turn(day, DAY, *shift_span(DAY, day, zone_of(storm)))
    begins = {}
    for count in (1, 2, 4):
        known = replace(storm, duty=replace(storm.duty, meal_sittings=count))
        found = [meals(turn, known, sitting=rank) for rank in range(count)]
        begins[count] = [meal.begin for (meal,) in found]
    assert begins == {
        1: [local(10)],
        2: [local(10), local(12)],
        4: [local(10), local(11), local(12), local(13)],
    }
