"""How long a turn lasts: margins for posts alone, staying on in a storm, being called in."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.ids import JobId, UnitId
from data.model.levels import DEFAULT_LEVELS
from data.model.plan import JobKind
from data.model.roster import RosterDay
from ops.district.rosters import turns
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.duty_times import HANDOVER_PRICE, duty_times
from ops.planning.on_duty.roster_days import days_around
from ops.planning.parameters import DutySettings
from ops.planning.solver_input import build_problem
from ops.planning.tiers import gain_points
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, local, make_alert, make_city, make_forecast
from tests.helpers.storm import make_storm, plan_for

HOUR = timedelta(hours=1)
CREW = {crew.shift_id: crew for crew in make_city().crews}
DRY = {}
ALL_HANDS = next(rule for rule in DEFAULT_LEVELS if rule.all_hands)


def storm_of(rain: dict[int, float], now: float = 8 + 1 / 3, all_hands=False, **changed):
    storm = make_storm(series=make_forecast(rain, local(now)), now=local(now))
    return replace(storm, level=ALL_HANDS if all_hands else None, **changed)


def served(shift: str, storm, day: date = date(2022, 7, 8)):
    """The times of a crew of this shift on a day: its own, and its second turn."""
    own = turns(CREW[shift], days_around(storm), storm.city)
    found = [one for one in duty_times(own, storm) if one.day == day]
    called = [one for one in found if one.is_called_in]
    return next(one for one in found if not one.is_called_in), called[0] if called else None


def test_without_posts_and_incidents_a_turn_is_its_shift():
    own, called = served("day", storm_of(DRY))
    assert (own.start, own.end, called) == (local(8), local(16), None)


def test_the_margins_lie_about_the_shift_and_as_long_as_they_may_stay():
    own, _ = served("late", storm_of({16: 9.0, 17: 9.0}))
    assert (own.start, own.end) == (local(15.5), local(24))
    assert own.regular == (local(16), local(24))
    own, _ = served("day", storm_of({16: 9.0, 17: 9.0}))
    assert (own.start, own.end) == (local(8), local(18)), "the storm began before the shift ended"
    assert own.regular == (local(8), local(18))
    own, _ = served("day", storm_of({10: 9.0}))
    assert own.end == local(16)
    late_rain = storm_of({16: 9.0}, 8)
    late_rain = replace(late_rain, work=replace(late_rain.work, guard_lead_minutes=0))
    own, _ = served("day", replace(late_rain, duty=DutySettings(stay_on_hours=0)))
    assert (own.end, own.overtime_from) == (local(16.5), local(16))
    assert own.overtime_price == HANDOVER_PRICE
    assert own.regular == (local(8), local(16))


@pytest.mark.parametrize(
    ("rain", "now"),
    [
        ({16: 1.0, 17: 1.0, 20: 9.0, 21: 9.0}, 15.0),
        ({15: 2.0, 20: 9.0}, 15.2),  # the shift that ends
    ],
)
def test_in_the_margins_posts_are_manned_and_nothing_is_cleared(rain, now):
    """Half an hour before their turn crews cleared inlets: it cost nothing."""
    version, inputs = plan_for(storm_of(rain, now))
    in_margins = set()
    for job in version.assignments:
        for member in job.members:
            begins, ends = inputs.availability[member.unit_id].regular or (job.start_at, job.end_at)
            if member.leave_at < begins or job.end_at > ends:
                in_margins.add(job.kind)
    assert in_margins
    assert in_margins <= {JobKind.GUARD, JobKind.RESERVE, JobKind.PUMP}


def test_whoever_calls_is_gone_to_in_the_margin_too():
    storm = replace(storm_of({10: 9.0}), incidents=(incident(id=1),))
    tasks = (*storm_tasks(storm), *incident_tasks(storm))
    jobs = build_problem(storm, tasks, None).problem.jobs
    may = {(JobId.parse(job.id).source, job.in_margin) for job in jobs}
    assert {("incident", True), ("guard", True), ("clear", False)} <= may
    assert all(job.in_margin is (job.until is not None or job.id == "incident:1") for job in jobs)


@pytest.mark.parametrize(
    ("all_hands", "shift", "until"),
    [(False, "day", 19), (True, "day", 21), (False, "late", 27), (True, "late", 29)],
)
def test_who_is_in_a_storm_at_the_end_of_the_shift_may_stay_on(all_hands, shift, until):
    rain = dict.fromkeys(range(14, 36), 9.0)
    own, _ = served(shift, storm_of(rain, all_hands=all_hands))
    assert own.end == local(until), "3 h by art. 41, 16 h at a stretch by art. 42, 11 h of rest"
    assert own.overtime_price == DutySettings().overtime_price


@pytest.mark.parametrize("begins", [16, 17, 18, 20])
def test_who_goes_home_shortly_before_a_storm_may_stay_for_it(begins: int):
    """Half an hour before the rain with nobody to follow: the low points stood alone in it. Who
    would wait longer than work goes home; with all hands they are called in.
    """
    rain = dict.fromkeys(range(begins, begins + 4), 9.0)
    own, _ = served("day", storm_of(rain))
    assert own.end == local(19 if begins <= 17 else 16), "3 h by art. 41"
    assert own.overtime_from == local(16)
    assert own.overtime_price == (DutySettings().overtime_price if begins <= 17 else 0)
    if begins > 16:
        assert served("day", storm_of(rain, all_hands=True))[0].end == local(16)


def test_all_hands_are_called_once_they_have_rested_and_for_as_long_as_the_storm_lasts():
    night = dict.fromkeys(range(23, 31), 9.0)  # 23:00 to 07:00
    assert served("day", storm_of(night))[1] is None
    own, called = served("day", storm_of(night, all_hands=True))
    assert (own.end, called.start, called.end) == (local(16), local(27), local(31))
    assert called.overtime_from == called.start
    own, called = served("late", storm_of(night, all_hands=True))
    assert called is None, "they stay on instead"
    assert own.end == local(29), "and have their rest before the next turn"


@pytest.mark.parametrize(("stretch", "begins"), [(16.0, 27), (12.0, 28), (9.5, 30.5), (9.0, None)])
def test_who_is_called_in_and_has_no_rest_before_the_shift_is_on_duty_at_a_stretch(stretch, begins):
    """An hour at home between seven and eight is no rest."""
    storm = storm_of(dict.fromkeys(range(23, 31), 9.0), all_hands=True)
    _, called = served("day", replace(storm, duty=DutySettings(emergency_hours=stretch)))
    assert (called and called.start) == (begins and local(begins))


def test_nobody_is_called_from_leave_and_everybody_from_a_day_off():
    night = dict.fromkeys(range(23, 31), 9.0)
    for duty, calls in (("off", True), ("leave", False)):
        days = tuple(
            RosterDay(day=date(2022, 7, day), crew_id=CREW["day"].id, duty=duty) for day in (8, 9)
        )
        storm = storm_of(night, all_hands=True)
        storm = replace(storm, city=replace(storm.city, roster=days))
        units = {UnitId.parse(name) for name in on_duty(storm)}
        own = [unit for unit in units if unit.resource_id == CREW["day"].id]
        assert any(unit.is_called_in for unit in own) == calls
        assert not any(unit.duty == "2022-07-08" and not unit.is_called_in for unit in own)


@given(
    st.sets(st.integers(8, 47)), st.booleans(), st.sampled_from(["day", "late", "night"]),
    st.integers(0, 23),
)  # fmt: skip
def test_the_same_people_are_never_on_duty_twice_at_once_and_have_their_rest(
    wet, all_hands, shift, hour
):
    storm = storm_of(dict.fromkeys(wet, 9.0), now=hour, all_hands=all_hands)
    own = turns(CREW[shift], days_around(storm), storm.city)
    times = duty_times(own, storm)
    for one, other in pairwise(times):
        assert one.end <= other.start
        if other.is_called_in:
            assert other.start - one.overtime_from >= 11 * HOUR
    for one in times:
        assert one.end - one.turn.start <= 16 * HOUR or one.is_called_in


def test_who_is_called_in_before_the_shift_comes_to_it_no_sooner_than_that_is_over():
    """Told to come half an hour early, then called in with all hands until the shift begins: two
    people stood at one post until then, and at another from half an hour before.
    """
    rain = dict.fromkeys(range(12, 20), 9.0)
    before = storm_of(rain)
    first, _ = plan_for(before)
    assert any(
        member.resource_id == CREW["late"].id and member.leave_at < local(16)
        for job in first.assignments
        for member in job.members
    )
    storm = storm_of(rain, all_hands=True)
    inputs = build_problem(storm, storm_tasks(storm), first)
    turns_of: dict[str, list] = {}
    for name, available in inputs.availability.items():
        unit = UnitId.parse(name)
        turns_of.setdefault(unit.team, []).append((available.start, available.end))
    assert any(len(spans) > 1 for spans in turns_of.values())
    for spans in turns_of.values():
        assert all(one[1] <= other[0] for one, other in pairwise(sorted(spans)))


def test_who_went_home_is_not_there_and_who_was_told_to_stay_is():
    rain = dict.fromkeys(range(14, 20), 9.0)
    before = storm_of(rain, 15.5)
    first, _ = plan_for(before)
    stays = {
        member.unit_id
        for job in first.assignments
        for member in job.members
        if job.end_at > local(16) and "day" in member.resource_id
    }
    later = replace(storm_of(rain, 16.25), rain=first.rain)
    there = {unit for unit in on_duty(later, first) if "day" in unit and "2022-07-08" in unit}
    assert there == stays
    assert not any("day" in unit and "2022-07-08" in unit for unit in on_duty(later))


def test_overtime_is_for_duties_alone():
    """A storm over the end of the day shift: posts are kept on, what can wait is not."""
    rain = {14: 4.0, 15: 9.0, 16: 9.0, 17: 6.0}
    version, inputs = plan_for(
        make_storm(series=make_forecast(rain), alerts=(make_alert(),), now=NOW)
    )
    for job in version.assignments:
        for member in job.members:
            available = inputs.availability[member.unit_id]
            if available.overtime_from and job.end_at > available.overtime_from:
                assert job.kind in (JobKind.GUARD, JobKind.PUMP, JobKind.RESERVE), job


def test_the_solver_is_told_what_an_hour_costs():
    storm = make_storm(series=make_forecast({15: 9.0, 16: 9.0}))
    problem = build_problem(storm, storm_tasks(storm), None).problem
    costs = {unit.overtime_cost for unit in problem.units if unit.overtime_from is not None}
    assert round(gain_points(DutySettings().overtime_price) / 3600) in costs
