"""Who is on duty when: shifts that overlap, machines handed over, breaks."""

from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise

import pytest

from data.model.city import Driver, Shift
from data.model.ids import UnitId
from data.model.levels import DEFAULT_LEVELS
from data.model.plan import Member, UnitKind
from data.model.roster import RosterDay
from ops.planning.on_duty.availability import is_sent_home, on_duty
from tests.helpers.makers import NOW, local, make_city, make_forecast
from tests.helpers.storm import STORM, make_storm

HOUR = timedelta(hours=1)


def shift(name: str, start: float, end: float, **changed) -> Shift:
    def clock(hour: float) -> time:
        return time(int(hour) % 24, round(hour % 1 * 60))

    return Shift(id=name, name=name, start=clock(start), end=clock(end), **changed)


def pump_turns(*shifts: Shift, rain: dict[int, float] = STORM):
    """The turns of the pump truck, which has a driver in each of these shifts."""
    city = make_city()
    drivers = tuple(
        Driver(id=f"R-{one.id}", machine_id="M-pump_truck", post="司机", shift_id=one.id)
        for one in shifts
    )
    city = replace(city, shifts=(*city.shifts, *shifts), drivers=drivers)
    storm = make_storm(city=city, series=make_forecast(rain))
    turns = on_duty(replace(storm, safety=replace(storm.safety, breaks_at_post=())))
    return {name: turn for name, turn in turns.items() if turn.kind is UnitKind.MACHINE}


@pytest.mark.parametrize("overlap", [0.0, 0.5, 2.0])
def test_shifts_that_overlap_hand_the_machine_over(overlap):
    ((name, turn),) = pump_turns(
        shift("d", 8 - overlap, 16), shift("e", 16 - overlap, 24), shift("n", 24 - overlap, 8)
    ).items()
    assert name == "M-pump_truck@24h"
    assert turn.start == NOW + timedelta(minutes=10)
    assert turn.end - turn.start > 11 * HOUR
    relieved = local(16 - overlap)
    assert turn.driver_at(relieved - HOUR / 60) == "R-d"
    assert turn.driver_at(relieved) == "R-e"


def test_a_gap_leaves_the_machine_in_and_a_shift_within_another_changes_nothing():
    turns = pump_turns(shift("d", 8, 12), shift("in", 9, 11), shift("e", 15, 20))
    (first, second) = sorted(turns.values(), key=lambda turn: turn.start)
    assert (first.overtime_from, first.end, second.start) == (local(12), local(14.5), local(14.5))
    assert [driver for _, _, driver in first.drivers] == ["R-d"]


def called_in(*shifts: Shift, **changed):
    """The turns of the pump truck in a night of rain with all hands, one shift having a driver."""
    city = make_city()
    drivers = tuple(
        Driver(id=f"R-{one.id}", machine_id="M-pump_truck", post="司机", shift_id=one.id)
        for one in shifts
    )
    city = replace(city, shifts=(*city.shifts, *shifts), drivers=drivers, **changed)
    night = dict.fromkeys(range(22, 30), 9.0)
    all_hands = next(rule for rule in DEFAULT_LEVELS if rule.all_hands)
    storm = replace(make_storm(city=city, series=make_forecast(night)), level=all_hands)
    turns = on_duty(storm)
    return {name: turn for name, turn in turns.items() if turn.kind is UnitKind.MACHINE}


def test_with_all_hands_a_driver_is_called_in_for_a_machine_that_nobody_has():
    turns = called_in(shift("d", 6, 12))
    (name,) = [name for name in turns if UnitId.parse(name).is_called_in]
    turn = turns[name]
    assert (turn.start, turn.end) == (local(23), local(30))
    assert (turn.driver_at(local(23)), turn.breaks) == ("R-d", ())
    assert turn.overtime_from == turn.start
    assert turn.overtime_price > 0
    leave = tuple(
        RosterDay(day=date(2022, 7, day), driver_id="R-d", duty="leave") for day in (8, 9)
    )
    assert not any(
        UnitId.parse(name).is_called_in for name in called_in(shift("d", 6, 12), roster=leave)
    )


@pytest.mark.parametrize("night", [(22, 30), (20, 26), (0, 8)])
def test_a_machine_is_never_with_two_drivers_at_once(night):
    turns = sorted(
        called_in(shift("d", 6, 12), shift("x", 5, 11), shift("n", *night)).values(),
        key=lambda turn: turn.start,
    )
    for one, other in pairwise(turns):
        assert one.end <= other.start


def test_a_driver_who_is_relieved_takes_his_break_before_or_not_at_the_wheel():
    eats = {"break_minutes": 30, "break_from": time(14), "break_to": time(15, 30)}
    turn = pump_turns(shift("d", 8, 16, **eats), shift("e", 15, 20), rain={})[
        "M-pump_truck@2022-07-08"
    ]
    (meal,) = turn.breaks
    assert (meal.minutes, meal.begin, meal.until) == (30, local(14), local(15))
    turn = pump_turns(shift("d", 8, 16, **eats), shift("e", 14.25, 20), rain={})[
        "M-pump_truck@2022-07-08"
    ]
    assert turn.breaks == ()


TODAY, YESTERDAY = date(2022, 7, 8), date(2022, 7, 7)


@pytest.mark.parametrize(
    ("hour", "away", "unit", "gone"),
    [
        (9, (TODAY, "absent"), "M-pump_truck@24h", True),
        (20, (TODAY, "absent"), "M-pump_truck@24h", True),  # rostered onto the night, and ill
        (26, (TODAY, "absent"), "M-pump_truck@24h", True),
        (9, (YESTERDAY, "absent"), "M-pump_truck@24h", False),
        (17, (YESTERDAY, "off"), "M-pump_truck@24h", False),  # longer than his shift of today
        (9, (TODAY, "off"), "M-pump_truck+@2022-07-07", False),  # called in from a day of rest
        (9, (TODAY, "absent"), "M-pump_truck+@2022-07-07", True),
    ],
)
def test_a_driver_goes_home_of_the_turn_on_which_he_set_out(hour, away, unit, gone):
    day = shift("d", 8, 16)
    driver = Driver(id="R-d", machine_id="M-pump_truck", post="司机", shift_id="d")
    city = make_city()
    roster = (RosterDay(driver_id="R-d", day=away[0], duty=away[1]),)
    city = replace(city, shifts=(*city.shifts, day), drivers=(driver,), roster=roster)
    at = local(hour)
    out = Member(
        unit_id=unit,
        kind=UnitKind.MACHINE,
        resource_id="M-pump_truck",
        driver_id="R-d",
        leave_at=at - HOUR,
        arrive_at=at - HOUR,
    )
    assert is_sent_home(out, replace(make_storm(city=city), now=at)) is gone


@pytest.mark.parametrize(
    ("usual", "rows", "out", "hour", "gone"),
    [
        # rests on the 8th and has the night that begins at midnight: he sets out ten minutes before
        ("d", {8: "off", 9: "late night"}, 23.8, 23.9, False),
        ("d", {8: "off", 9: "late night"}, 23.8, 26, False),
        ("d", {8: "off", 9: "absent"}, 23.8, 26, True),
        # has the night of the 8th and rests on the 9th
        ("d", {8: "night", 9: "off"}, 22, 26, False),
        ("d", {8: "night", 9: "off"}, 29, 30.5, False),  # and stays on beyond it
        ("d", {8: "absent", 9: "off"}, 22, 26, True),
        # drives by night as a rule, had the day of the 8th, and is ill: his usual night hides it
        ("night", {8: "absent"}, 8, 9, True),
        ("night", {8: "absent"}, 15.5, 16.5, True),
        ("night", {8: "absent"}, 5, 5.5, False),  # in the night of the 7th still
        ("night", {}, 8, 9, False),
    ],
)
def test_a_driver_is_of_the_turn_in_which_he_set_out_whatever_is_his_usual_one(
    usual, rows, out, hour, gone
):
    shifts = (shift("d", 8, 16), shift("night", 22, 6), shift("late night", 0, 8))
    driver = Driver(id="R-d", machine_id="M-pump_truck", post="司机", shift_id=usual)
    roster = tuple(
        RosterDay(driver_id="R-d", day=date(2022, 7, day), duty=duty) for day, duty in rows.items()
    )
    city = make_city()
    city = replace(city, shifts=(*city.shifts, *shifts), drivers=(driver,), roster=roster)
    member = Member(
        unit_id="M-pump_truck@24h",
        kind=UnitKind.MACHINE,
        resource_id="M-pump_truck",
        driver_id="R-d",
        leave_at=local(out),
        arrive_at=local(out),
    )
    assert is_sent_home(member, replace(make_storm(city=city), now=local(hour))) is gone
