"""Whoever must go home sees to a post until then: laws over ends, ways and towns."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import Shift
from data.model.ids import JobId
from data.model.plan import JobKind
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.in_force.turn_ends import ended_with_turns
from ops.planning.on_duty.availability import on_duty
from ops.planning.parameters import DutySettings
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.guard_tasks import watches
from ops.planning.wanted.incident_tasks import incident_tasks
from tests.helpers.drawn.small_cases import (
    NOW,
    QUICK,
    ZONE,
    Case,
    asked,
    best,
    crew_of,
    draws,
    standing,
    wet_cases,
)
from tests.helpers.incident import incident
from tests.helpers.makers import local, make_assignment, make_forecast
from tests.helpers.storm import make_storm

MINUTE = timedelta(minutes=1)
RAIN = dict.fromkeys(range(8, 13), 6.0)
CALLED = make_storm(series=make_forecast(RAIN), now=NOW)
DEEP = incident(id=7, kind="standing_water", segment_id="S1", depth_cm=40.0, reported_at=NOW)
CALLED = replace(CALLED, incidents=(DEEP,))
CREWS = {name: unit for name, unit in on_duty(CALLED).items() if unit.machine_kind is None}


def post(storm=CALLED):
    return next(task for task in incident_tasks(storm) if task.kind is JobKind.GUARD)


@given(st.integers(0, 240))
def test_a_new_post_ends_with_the_first_turn_that_can_see_to_it(minutes: int):
    """Not so soon that nobody could be there for half an hour, and never later than it did."""
    asked, end = post(), NOW + minutes * MINUTE
    units = {name: replace(unit, start=NOW, end=end) for name, unit in CREWS.items()}
    (found,) = ended_with_turns((asked,), {}, units, {}, CALLED)
    soonest = NOW + (CALLED.work.turnout_minutes + 30) * MINUTE
    assert found.until == (end if soonest <= end < asked.until else asked.until)
    assert found.spans[-1][1] + found.minutes * MINUTE <= found.until
    assert (found.id, found.points) == (asked.id, asked.points)


def test_who_has_a_post_keeps_its_end_whoever_else_goes_home():
    job = replace(make_assignment("incident:7", next(iter(CREWS))), start_at=NOW)
    asked = post()
    late = {name: replace(unit, end=asked.until) for name, unit in CREWS.items()}
    gone = replace(CREWS[next(iter(CREWS))], end=NOW + 60 * MINUTE)
    others = late | {"other": gone}
    assert ended_with_turns((asked,), {}, others, {"incident:7": job}, CALLED) == (asked,)
    own = late | {next(iter(CREWS)): gone}
    (found,) = ended_with_turns((asked,), {}, own, {"incident:7": job}, CALLED)
    assert found.until == gone.end


@given(st.integers(1, 59))
def test_an_hour_of_a_watch_is_parted_where_its_crew_must_go(minutes: int):
    hours = [task for task in watches(CALLED, CREWS) if task.kind is JobKind.GUARD]
    watch = next(task for task in hours if task.spans[0][0] == local(10))
    end, unit = local(10) + minutes * MINUTE, next(iter(CREWS))
    there = replace(make_assignment(watch.id, unit), start_at=local(9), end_at=local(10))
    units = CREWS | {unit: replace(CREWS[unit], end=end)}
    found = ended_with_turns(hours, {watch.id: there}, units, {}, CALLED)
    own = [task for task in found if JobId.parse(task.id).post == JobId.parse(watch.id).post]
    if minutes < CALLED.work.watch_minutes:
        assert found == tuple(hours)
        return
    first, then = own
    assert (first.until, then.spans[0][0], then.until) == (end, end, watch.until)
    assert first.points + then.points == watch.points
    assert first.late_most + then.late_most == watch.late_most
    assert len({task.id for task in found}) == len(found) == len(hours) + 1


@draws
@given(case=wet_cases(), minutes=st.integers(30, 130))
def test_water_is_reached_by_who_must_go_before_its_post_would_end(case: Case, minutes: int):
    """The only crews of the town go home in an hour or two, the margin of a hand-over with it."""
    goes = (NOW + minutes * MINUTE).astimezone(ZONE).time()
    early = Shift(id="day", name="早班", start=time(0), end=goes)
    crews = tuple(crew_of(n, 3) for n in range(len(case.city.segments)))
    water = (standing(case.city.segments[0].id, 40.0, 5),)
    city = replace(case.city, shifts=(early,), crews=crews)
    storm, tasks = asked(replace(case, city=city, water=water))
    storm = replace(storm, duty=DutySettings(stay_on_hours=0))
    inputs = build_problem(storm, tasks, None)
    jobs, *_ = read_plan(inputs, best(inputs.problem, QUICK, (1,)), storm.city)
    there = [job.start_at for job in jobs if job.job_id == "incident:1"]
    assert there, "somebody comes"
    assert there[0] <= NOW + 30 * MINUTE


@pytest.mark.parametrize("minute", [5, 25, 35, 50])
def test_a_post_at_a_low_point_is_long_enough_for_who_has_a_way_to_go(minute: int):
    """Called when little is left of the hour: who is there within half an hour has a post."""
    at = local(9) + minute * MINUTE
    low = next(one.id for one in CALLED.city.segments if one.low_lying)
    call = replace(DEEP, segment_id=low, reported_at=at)
    storm = replace(make_storm(series=make_forecast(RAIN), now=at), incidents=(call,))
    works = [task for task in incident_tasks(storm) if task.kind is JobKind.GUARD]
    turnout = timedelta(minutes=storm.work.turnout_minutes)
    _, (work,) = with_posts_served(watches(storm, on_duty(storm)), works, turnout)
    assert work.spans[-1][1] >= at + 30 * MINUTE
