"""Nobody eats before he goes to water on a street, who has begun to eat goes first where he is the
nearest, and nobody goes without his break for it.
"""

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.geo import distance_m
from data.model.city import City, District, Driver, Inlet, Machine, Segment, Shift, Station
from data.model.ids import JobId
from data.model.plan import PlanVersion, Rest
from ops.base.messages import Translator
from ops.planning.context import Storm
from ops.planning.in_force.meals_put_off import put_off_for_water
from ops.planning.in_force.plan_diff import difference
from ops.planning.on_duty.availability import on_duty
from ops.planning.on_duty.meals import Meal
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.tasks import Task
from solver import solve
from solver.referee import violations
from tests.bench import plan_sense_measure as measure
from tests.helpers.drawn.small_cases import Case, crew_of, draws, measured, standing
from tests.helpers.draws import few_or
from tests.helpers.makers import local, make_assignment, make_forecast, make_version
from tests.helpers.storm import make_storm, wanted

CREW = "C0@2022-07-08"
ROADS = 4
LIGHT = dict.fromkeys(range(9, 15), 2.0)
STORM = {9: 12.0, 10: 25.0, 11: 8.0, 12: 3.0}


def town(begins: float, lasts: float, crews: int = 1) -> City:
    """Roads some minutes apart, on duty from eight to four; the break lies within so many hours."""
    begin, until = (time(int(hour), int(hour % 1 * 60)) for hour in (begins, begins + lasts))
    shift = Shift(
        id="day",
        name="白班",
        start=time(8),
        end=time(16),
        break_minutes=30,
        break_from=begin,
        break_to=until,
    )
    roads = tuple(
        Segment(
            id=f"S{n}",
            road=f"路{n}",
            start_name="东",
            end_name="西",
            station_id="A",
            line=((125.138 + n / 1000, 42.9), (125.139 + n / 1000, 42.9)),
            importance=4,
            guard=False,
            low_lying=False,
        )
        for n in range(ROADS)
    )
    places = (("A", (125.140, 42.900)), ("B", (125.150, 42.905)))
    return City(
        district=District(adcode="220402", name="龙山区", sample=True),
        stations=tuple(
            Station(id=name, name=f"{name}站", position=at, chief="站长", deputy="副站长")
            for name, at in places
        ),
        segments=roads,
        inlets=tuple(
            Inlet(
                id=f"{one.id}-{n}",
                segment_id=one.id,
                position=one.middle,
                cleaned_on=date(2022, 4, 1),
            )
            for one in roads
            for n in range(2)
        ),
        shifts=(shift,),
        crews=tuple(crew_of(n, 2) for n in range(crews)),
        blockages=(),
    )


@dataclass(frozen=True)
class Called:
    """Water is told of on a road while these people are on duty."""

    hour: float
    city: City
    rain: dict[int, float] = field(default_factory=dict)
    depth_cm: float = 40.0
    meal_hours: float = 2.0

    @property
    def storm(self) -> Storm:
        now = local(self.hour)
        water = replace(standing("S2", self.depth_cm, 0), reported_at=now, received_at=now)
        storm = make_storm(self.city, series=make_forecast(self.rain, now), now=now)
        duty = replace(storm.duty, meal_hours=self.meal_hours)
        return replace(storm, incidents=(water,), duty=duty)

    def tasks(self, current: PlanVersion | None = None) -> tuple[Task, ...]:
        return wanted(self.storm, current)

    def meal(self, tasks, current: PlanVersion | None = None) -> Meal:
        """When the crew eats, as the plan is asked."""
        storm = self.storm
        (meal,) = put_off_for_water(on_duty(storm), tasks, current, storm)[CREW].breaks
        return meal

    def planned(self, current: PlanVersion | None = None) -> PlanVersion:
        inputs = build_problem(self.storm, self.tasks(current), current)
        plan = solve(inputs.problem, steps=1000)
        assert violations(inputs.problem, plan) == []
        jobs, left, rests = read_plan(inputs, plan, self.city)
        number = current.number + 1 if current else 1
        return make_version(
            1, number=number, assignments=jobs, left_out=left, rests=rests, made_at=self.storm.now
        )

    def waits(self, version: PlanVersion) -> float:
        """Minutes until somebody is at the water."""
        seen = measured(Case(city=self.city, rain=self.rain, now=self.storm.now))
        return measure.on_site(seen, version.assignments, "S2", self.storm.now)


@settings(draws, max_examples=few_or(20, few=8))
@given(
    hour=st.integers(33, 60).map(lambda quarter: quarter / 4),
    begins=st.integers(18, 28).map(lambda half: half / 2),
    lasts=st.sampled_from((0.5, 1.0, 3.0)),
    depth_cm=st.sampled_from((30, 40)),
    rain=st.sampled_from(({}, LIGHT, STORM)),
    crews=st.integers(1, 2),
)
def test_water_is_reached_in_half_an_hour_whenever_people_eat(
    hour: float, begins: float, lasts: float, depth_cm: float, rain: dict, crews: int
):
    call = Called(hour, town(begins, lasts, crews), rain, depth_cm)
    assert call.waits(call.planned()) <= 30


@pytest.mark.parametrize(
    ("hour", "begins", "lasts"),
    [
        (11.0, 11.0, 1.0),  # wholly inside the stay
        (10.9, 11.0, 0.5),  # just before it begins
        (8.6, 9.0, 1.0),
        (13.0, 13.0, 1.5),
    ],
)
def test_the_only_crew_eats_after_the_water(hour: float, begins: float, lasts: float):
    call = Called(hour, town(begins, lasts))
    version = call.planned()
    assert call.waits(version) <= 30
    work = [job for job in version.assignments if JobId.parse(job.job_id).incident_id]
    (rest,) = (one for one in version.rests if one.unit_id == CREW)
    assert rest.start_at >= min(job.end_at for job in work)
    assert rest.end_at <= local(begins + lasts + 2)
    assert rest.end_at - rest.start_at == timedelta(minutes=30)
    assert not rest.at_post


def test_who_stands_there_beyond_the_law_eats_there_by_turns():
    call = Called(11, town(11, 0.5), meal_hours=0.5)
    meal = call.meal(call.tasks())
    assert meal.at_post
    assert (meal.begin, meal.until) == (local(11), local(12))
    version = call.planned()
    assert call.waits(version) <= 30
    assert [one.at_post for one in version.rests if one.unit_id == CREW] == [True]


def test_a_break_whose_time_is_over_is_not_taken_twice():
    call = Called(12.5, town(11, 1))
    assert put_off_for_water(on_duty(call.storm), call.tasks(), None, call.storm) == on_duty(
        call.storm
    )


@pytest.mark.parametrize(("until", "kept"), [(13.5, 13.5), (15.0, 14.0)])
def test_what_was_put_off_is_still_to_come_when_the_water_has_gone(until: float, kept: float):
    call = Called(12.5, town(11, 1))
    rest = Rest(unit_id=CREW, start_at=local(until - 0.5), end_at=local(until))
    current = make_version(1, number=1, rests=(rest,), made_at=local(11))
    meal = call.meal((), current)
    assert not meal.at_post
    assert meal.until == local(kept)


def test_one_call_puts_off_the_break_of_whoever_may_be_called_and_of_nobody_else():
    """Of nine crews those nearest to it; who stands beside it by the plan is the nearest."""
    call = Called(11, town(11, 1, crews=9))
    duty = replace(call.storm.duty, meal_called=2)
    storm = replace(call.storm, duty=duty)
    turns = on_duty(storm)

    def late(current=None):
        found = put_off_for_water(turns, call.tasks(), current, storm)
        return {one for one in turns if found[one].breaks != turns[one].breaks}

    ways = {
        one: distance_m(turn.position, call.tasks()[-1].position) for one, turn in turns.items()
    }
    assert len(late()) == 2
    assert max(ways[one] for one in late()) <= min(ways[one] for one in turns.keys() - late())
    last = max(turns, key=lambda one: (ways[one], one))
    assert last not in late()
    watch = make_assignment("guard:S2:11", last)
    there = replace(watch, segment_id="S2", start_at=local(10), end_at=local(14))
    assert last in late(make_version(1, assignments=(there,), rests=(), made_at=local(10)))


def test_who_can_not_do_it_eats_as_he_was_told_however_near_he_is():
    base = town(11, 1, crews=2)
    truck = Machine(id="V1", station_id="A", kind="flusher", plate="车1")
    driver = Driver(id="V1day", machine_id="V1", post="司机", shift_id="day")
    call = Called(11, replace(base, machines=(truck,), drivers=(driver,)))
    turns = on_duty(call.storm)
    found = put_off_for_water(turns, call.tasks(), None, call.storm)
    assert {one for one in turns if found[one] != turns[one]} == {CREW, CREW.replace("C0", "C1")}


def test_the_next_water_puts_off_others():
    call = Called(11, town(11, 1, crews=9))
    storm = replace(call.storm, duty=replace(call.storm.duty, meal_called=2))
    second = replace(storm.incidents[0], id=99, segment_id="S3")
    storm = replace(storm, incidents=(*storm.incidents, second))
    turns, works = on_duty(storm), incident_tasks(storm)
    found = put_off_for_water(turns, works, None, storm)
    assert len({task.id for task in works if "99" in task.id})
    assert len([one for one in turns if found[one] != turns[one]]) == 4


def test_nothing_is_put_off_without_water_on_a_street():
    storm = Called(10, town(11, 1)).storm
    assert put_off_for_water(on_duty(storm), storm_tasks(storm), None, storm) == on_duty(storm)


FAR = (125.30, 42.9)  # some forty minutes from the water


def eating(call: Called, began: float, *units: str) -> PlanVersion:
    """The plan in force, by which these people began to eat so many minutes ago."""
    start = call.storm.now - timedelta(minutes=began)
    rests = tuple(
        Rest(unit_id=one, start_at=start, end_at=start + timedelta(minutes=30)) for one in units
    )
    return make_version(1, number=1, rests=rests, assignments=(), made_at=local(8))


def eats(version: PlanVersion, unit: str) -> Rest:
    """The one break of these people."""
    (rest,) = (one for one in version.rests if one.unit_id == unit)
    return rest


@pytest.mark.parametrize("began", [0, 2, 9, 14])
@pytest.mark.parametrize(("begins", "lasts"), [(11.0, 1.0), (10.5, 1.5), (11.0, 0.5)])
def test_who_has_begun_to_eat_goes_first_and_has_his_whole_break_after(
    began: float, begins: float, lasts: float
):
    call = Called(11.25, town(begins, lasts))
    told = eating(call, began, CREW)
    version = call.planned(told)
    assert call.waits(version) <= 30
    rest, (work, *_) = eats(version, CREW), version.assignments
    assert rest.start_at >= work.end_at
    assert rest.end_at - rest.start_at == timedelta(minutes=30)
    assert rest.end_at <= local(begins + lasts + 2)
    (word,) = (
        Translator().message(one)
        for one in difference(told, version, (), (), call.city)
        if one.code == "change.meal_after"
    )
    assert "先去" in word
    assert "回来再吃" in word
    again = call.planned(version)
    assert eats(again, CREW) == rest  # told once
    assert not [one for one in difference(version, again, (), (), call.city) if "meal" in one.code]


def test_beyond_the_law_he_eats_there_by_turns():
    call = Called(11.25, town(11, 0.5), meal_hours=0.5)
    told = eating(call, 2, CREW)
    version = call.planned(told)
    assert call.waits(version) <= 30
    assert eats(version, CREW).at_post
    changes = difference(told, version, (), (), call.city)
    (word,) = (Translator().message(one) for one in changes if one.code == "change.meal_there")
    assert "轮流吃" in word


def test_who_has_all_but_eaten_finishes():
    call = Called(11.25, town(11, 1))
    told = eating(call, 17, CREW)
    assert eats(call.planned(told), CREW) in told.rests


@pytest.mark.parametrize("is_far", [False, True])
def test_who_eats_is_called_only_where_nobody_else_is_as_near(is_far: bool):
    """Two crews, of whom the nearer one eats and the other one is free."""
    call = Called(11.25, town(11, 1, crews=2))
    other = CREW.replace("C0", "C1")
    at = FAR if is_far else call.city.station_by_id["B"].position
    moved = tuple(replace(one, position=at) if one.id == "B" else one for one in call.city.stations)
    crews = tuple(
        replace(one, station_id=where)
        for one, where in zip(call.city.crews, ("A", "B"), strict=True)
    )
    call = replace(call, city=replace(call.city, stations=moved, crews=crews))
    told = eating(call, 2, CREW)
    version = call.planned(told)
    assert (eats(version, CREW) in told.rests) is not is_far
    assert {one.unit_id for one in version.assignments[0].members} == {CREW if is_far else other}


def test_of_two_who_eat_one_goes_on():
    call = Called(11.25, town(11, 1, crews=2))
    told = eating(call, 2, CREW, CREW.replace("C0", "C1"))
    version = call.planned(told)
    assert call.waits(version) <= 30
    assert len(set(told.rests) & set(version.rests)) == 1


def test_nobody_leaves_his_meal_for_what_another_is_on_his_way_to():
    call = Called(11.25, town(11, 1, crews=2))
    (work,) = incident_tasks(call.storm)
    other = CREW.replace("C0", "C1")
    out = make_assignment(work.id, other)
    there = tuple(replace(one, leave_at=local(11.2), arrive_at=local(11.4)) for one in out.members)
    out = replace(
        out,
        kind=work.kind,
        segment_id=work.segment_id,
        members=there,
        start_at=local(11.4),
        end_at=local(12.4),
    )
    told = replace(eating(call, 2, CREW), assignments=(out,))
    version = call.planned(told)
    assert eats(version, CREW) in told.rests


def test_who_is_not_sent_after_all_goes_on_eating():
    call = Called(11.25, town(11, 1))
    told = eating(call, 2, CREW)
    inputs = build_problem(call.storm, call.tasks(told), told)
    assert inputs.left_breaks == told.rests
    plan = solve(inputs.problem, steps=500)
    assert plan.breaks
    _, _, rests = read_plan(inputs, replace(plan, assignments=()), call.city)
    assert rests == told.rests
