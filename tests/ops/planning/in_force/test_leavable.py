"""Who stands at a visit is free for a call: it is answered as if he drove between two, the visit is
broken off and what is left of it made up for, and nothing counts as done that was left.
"""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data.model.city import Beat, Crew, Shift, Station
from data.model.desk import ChangeAction
from data.model.ids import JobId, UnitId
from data.model.plan import BROKEN_OFF, JobKind, PlanVersion, UnitKind
from data.model.street.service_cars import CARS
from ops.base.messages import Translator
from ops.district.services import of_services
from ops.field.cars.kit import Kit
from ops.field.cases.standing import standing_of
from ops.field.progress import Progress, Stage
from ops.field.reporting import is_missed, is_unheard
from ops.planning.in_force.manual_overrides import Override
from ops.planning.in_force.plan_diff import changes
from ops.planning.on_duty.availability import on_duty
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.call_tasks import CarFacts, call_tasks
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.patrol_tasks import patrol_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.referee import violations
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_assignment, make_city, make_forecast, make_version
from tests.helpers.storm import make_storm
from tests.helpers.street_case import street_case

MINUTE = timedelta(minutes=1)
SEGMENTS = ("S1", "S2", "S3")
BEGINS, EVERY = time(8, 20), 60  # NOW


def town(cars):
    """The small district, one group of so many cars, and a beat on each segment."""
    city = of_services(make_city(), ())
    group = Station(
        id="W", name="一组", position=(125.139, 42.899), chief="长", deputy="副", service=CARS
    )
    car = Crew(id="W1", station_id="W", name="车", leader="甲", size=2, skills=(), shift_id="car")
    beat = Beat(
        id="b",
        name="学校",
        station_id="W",
        segment_id="S1",
        start=BEGINS,
        end=time(9, 20),
        every_minutes=EVERY,
    )
    return replace(
        city,
        stations=(group,),
        shifts=(Shift(id="car", name="全天", start=time(7, 20), end=time(18)),),
        crews=tuple(replace(car, id=f"W{number}") for number in range(1, cars + 1)),
        patrol_beats=tuple(replace(beat, id=f"b{each}", segment_id=each) for each in SEGMENTS),
    )


def call(segment_id, now, kind="roadside_help"):
    told = street_case(
        id=1,
        kind=kind,
        segment_id=segment_id,
        reported_at=now,
        received_at=now,
        by="122",
        owner="W",
        due_at=now + timedelta(hours=1),
    )
    return standing_of(told, ())


def standing(storm, visits):
    """A plan in which cars are at visits: the segment and the minutes since each came there."""
    units = {unit.resource_id: name for name, unit in on_duty(storm).items()}
    jobs = []
    for number, (segment_id, since) in visits.items():
        start = storm.now - since * MINUTE
        job = make_assignment(f"patrol:b{segment_id}:{NOW:%Y%m%dT%H%M}:{segment_id}", "W1@d")
        (one, *_) = job.members
        member = replace(
            one,
            unit_id=units[number],
            resource_id=number,
            leave_at=start - 5 * MINUTE,
            arrive_at=start,
        )
        jobs.append(
            replace(
                job,
                kind=JobKind.PATROL,
                segment_id=segment_id,
                station_id="W",
                inlet_ids=(),
                members=(member,),
                start_at=start,
                end_at=start + storm.work.visit_minutes * MINUTE,
            )
        )
    return make_version(1, assignments=tuple(jobs), made_at=storm.now - 10 * MINUTE)


def planned(storm, current, calls=(), kits=None, done=()):
    """The next version, legal, and what it was asked."""
    kits = kits or {car.id: Kit(crew_id=car.id, full={}) for car in storm.city.crews}
    tasks = (
        *patrol_tasks(storm, done, CARS),
        *call_tasks(storm, CarFacts(cases=tuple(calls), kits=kits)),
    )
    inputs = build_problem(storm, tasks, current)
    plan = solve(inputs.problem, steps=200)
    assert violations(inputs.problem, plan) == []
    jobs, left, rests = read_plan(inputs, plan, storm.city)
    version = make_version(
        1, number=2, assignments=jobs, left_out=left, rests=rests, made_at=storm.now, problem=""
    )
    return version, inputs


def at(minutes, cars):
    storm = make_storm(series=make_forecast({}), now=NOW + minutes * MINUTE)
    return replace(storm, city=town(cars))


def rescue(version: PlanVersion):
    (job,) = (job for job in version.assignments if job.kind is JobKind.RESCUE)
    return job


def visits_at(version, segment_id):
    return [
        job
        for job in version.assignments
        if job.kind is JobKind.PATROL and job.segment_id == segment_id
    ]


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.dictionaries(
        st.sampled_from(["W1", "W2", "W3"]),
        st.tuples(st.sampled_from(SEGMENTS), st.integers(-4, 9)),
        max_size=3,
    ).filter(lambda found: len({where for where, _ in found.values()}) == len(found)),
    st.sampled_from(SEGMENTS),
    st.integers(10, 58),
)
@example(visits={"W1": ("S1", 0), "W2": ("S2", 0), "W3": ("S3", 0)}, where="S3", minutes=48)
def test_no_call_waits_because_the_nearest_car_stands_at_a_visit(visits, where, minutes):
    storm = at(minutes, cars=3)
    version, inputs = planned(storm, standing(storm, visits), [call(where, storm.now)])
    middle = storm.city.segment_by_id[where].middle
    positions = [storm.city.segment_by_id[place].middle for place, _ in visits.values()]
    positions += [storm.city.station_by_id["W"].position] * (len(visits) < 3)
    ways = storm.way_seconds([*positions, middle])
    waits = [max(0, -since) for _, since in visits.values()] + [0]  # who is on the way comes first
    turnout = storm.work.road_turnout_minutes
    soonest = min(
        max(turnout, wait) * MINUTE - -ways[number, -1].item() // 60 * MINUTE
        for number, wait in zip(range(len(positions)), waits, strict=False)
    )
    job = rescue(version)
    assert job.start_at - storm.now <= soonest
    (going,) = (one.resource_id for one in job.members)
    for car, (segment_id, _) in visits.items():
        own = visits_at(version, segment_id)
        was = min(own, key=lambda one: one.start_at, default=None)
        if car != going:  # nobody else is called away, but for a visit that else nobody makes
            assert was is not None
            assert was.members[0].resource_id == car
            if was.is_broken_off:
                assert version.left_out == ()
            else:
                assert was.end_at - was.start_at == storm.work.visit_minutes * MINUTE
    assert {job.job_id for job in version.assignments if job.is_broken_off} <= {
        job.job_id for job in inputs.posts.values()
    }


@pytest.fixture
def broken():
    """A car that has stood at a visit for four minutes, and the plan that calls it away."""
    storm = at(24, cars=1)
    before = standing(storm, {"W1": ("S1", 4)})
    return storm, before, planned(storm, before, [call("S3", storm.now)])[0]


def test_a_visit_that_is_left_is_told_so_and_gone_on_with_under_a_name_of_its_own(broken):
    storm, before, after = broken
    left, rest = visits_at(after, "S1")
    assert left.job_id == before.assignments[0].job_id
    assert left.is_broken_off
    assert left.end_at == storm.now + MINUTE
    assert JobId.parse(rest.job_id).relief == 1
    assert not rest.is_broken_off
    assert rest.start_at >= rescue(after).end_at
    whole = storm.work.visit_minutes * MINUTE
    assert left.end_at - left.start_at + rest.end_at - rest.start_at == whole
    told = changes(before, after, storm.city, StabilitySettings())
    (word,) = (Translator().message(one) for one in told if one.code == "change.broken_off")
    assert "学校" in word  # as the beat names it, and its people know it
    again = changes(after, after, storm.city, StabilitySettings())
    assert "change.broken_off" not in [change.code for change in again]


@pytest.mark.parametrize("minutes", [0, 1, 3, 15, 40])
def test_the_rest_keeps_its_name_and_length_whenever_it_is_planned_again(broken, minutes):
    """While its team sets out, on the way, at the call, and once it has gone on with the visit."""
    storm, _, after = broken
    rest = visits_at(after, "S1")[1]
    later = at(24 + minutes, cars=1)
    calls = [call("S3", storm.now)] if rescue(after).end_at > later.now else []
    again, _ = planned(later, after, calls)
    found = {job.job_id: job for job in visits_at(again, "S1")}
    assert rest.job_id in found
    assert found[rest.job_id].end_at - found[rest.job_id].start_at == rest.end_at - rest.start_at
    assert {job.is_broken_off for name, job in found.items() if name != rest.job_id} <= {True}


def test_a_visit_that_was_left_is_neither_done_nor_missed(broken):
    _, _, after = broken
    left = visits_at(after, "S1")[0]
    late = left.end_at + timedelta(hours=5)
    assert not is_missed(left, Progress(), True, late)
    assert not is_unheard(left, Progress(), late, timedelta(0))


def test_what_its_team_says_is_done_after_all_is_done(broken):
    storm, _, after = broken
    left, rest = visits_at(after, "S1")
    later = replace(
        at(26, cars=1),
        progress={left.job_id: Progress(stage=Stage.CLEARED, since=storm.now)},
    )
    done = {JobId.parse(left.job_id).parts[:2]}
    again, _ = planned(later, after, [call("S3", storm.now)], done=done)
    (one,) = visits_at(again, "S1")
    assert not any(why.code == BROKEN_OFF for why in one.why)
    assert rest.job_id not in {job.job_id for job in again.assignments}


def test_a_visit_is_kept_while_nothing_graver_waits_or_the_car_lacks_what_it_takes():
    storm = at(24, cars=2)
    before = standing(storm, {"W1": ("S1", 4)})
    calm, _ = planned(storm, before)
    assert visits_at(calm, "S1") == [replace(before.assignments[0], state="under_way")]
    kits = {
        car: Kit(crew_id=car, full={"extinguisher": n}, left={"extinguisher": n})
        for car, n in (("W1", 0), ("W2", 9))
    }
    fire = call("S2", storm.now, "vehicle_fire")
    without, inputs = planned(storm, before, [fire], kits)
    assert not inputs.posts
    assert visits_at(without, "S1") == [replace(before.assignments[0], state="under_way")]


def test_the_last_visit_of_an_interval_is_left_too_and_not_asked_for_again():
    storm = at(61, cars=1)
    before = standing(storm, {"W1": ("S1", 3)})
    after, _ = planned(storm, before, [call("S3", storm.now)])
    (left,) = visits_at(after, "S1")
    assert left.is_broken_off
    assert rescue(after).start_at <= storm.now + 8 * MINUTE


def test_a_car_that_puts_back_its_kit_leaves_that_for_a_call_and_goes_on_later():
    storm = at(24, cars=1)
    kit = Kit(crew_id="W1", full={"rope": 2}, left={"rope": 1}, since=3)
    first, _ = planned(storm, None, kits={"W1": kit})
    (back,) = (job for job in first.assignments if job.kind is JobKind.RESTOCK)
    then = replace(storm, now=back.start_at + 2 * MINUTE)
    after, _ = planned(then, first, [call("S3", then.now)], {"W1": kit})
    left, rest = (job for job in after.assignments if job.kind is JobKind.RESTOCK)
    assert left.is_broken_off
    assert rest.start_at >= rescue(after).end_at


def asked_beside(storm, before, overrides=(), **of_call):
    """What is asked while a car is at a visit and a call waits that is like this."""
    kits = {car.id: Kit(crew_id=car.id, full={}) for car in storm.city.crews}
    (waiting,) = call_tasks(storm, CarFacts(cases=(call("S3", storm.now),), kits=kits))
    tasks = (*patrol_tasks(storm, (), CARS), replace(waiting, **of_call))
    return build_problem(storm, tasks, before, overrides=overrides)


def test_a_visit_that_the_desk_ordered_goes_on_and_its_order_is_kept():
    storm = at(24, cars=2)
    before = standing(storm, {"W1": ("S1", 4)})
    (job,) = before.assignments
    order = Override(
        number=1,
        job_id=job.job_id,
        action=ChangeAction.LOCK,
        by="王",
        at=storm.now - 9 * MINUTE,
        start=job.start_at,
        units=tuple(member.unit_id for member in job.members),
    )
    inputs = asked_beside(storm, before, [order])
    assert inputs.held == {job.job_id: replace(job, state="under_way")}
    assert not inputs.given_up


@pytest.mark.parametrize("late", [0, 2, 4])
def test_a_team_that_comes_late_may_end_its_visit_after_the_interval(late):
    storm = at(56 + late, cars=2)
    before = standing(storm, {"W1": ("S1", -4)})
    (job,) = before.assignments
    inputs = asked_beside(storm, before)
    assert job.job_id in inputs.posts
    task = inputs.tasks[job.job_id]
    assert task.spans[0][0] <= job.start_at
    assert task.spans[-1][1] >= job.end_at
    assert task.minutes == storm.work.visit_minutes


def test_what_may_not_be_done_in_this_rain_calls_nobody_away():
    storm = at(24, cars=1)
    before = standing(storm, {"W1": ("S1", 4)})
    inputs = asked_beside(storm, before, spans=())
    assert inputs.held == {
        job.job_id: replace(job, state="under_way") for job in before.assignments
    }


def test_what_some_of_a_team_have_set_out_for_keeps_its_name_while_the_others_end_their_work():
    """The truck was on the road and the crew still at its grates when a call came that others
    answered: the same jetting was told as new, and as not needed any more.
    """
    storm = make_storm(series=make_forecast({15: 9.0}, NOW))
    names = {unit.resource_id: name for name, unit in on_duty(storm).items()}
    crew, truck = names["A2day"], names["M-jetting_truck"]

    def job(job_id, start, end, **leaving):
        whole = make_assignment(job_id, crew)
        (one,) = whole.members
        members = tuple(
            replace(
                one,
                unit_id=unit,
                resource_id=UnitId.parse(unit).resource_id,
                kind=UnitKind.CREW if unit == crew else UnitKind.MACHINE,
                driver_id=None if unit == crew else "D-jetting_truck-day",
                people=4 if unit == crew else None,
                leave_at=NOW + leave * MINUTE,
                arrive_at=NOW + start * MINUTE,
            )
            for unit, leave in leaving.items()
        )
        return replace(
            whole,
            kind=JobKind(job_id.partition(":")[0]),
            segment_id="S2",
            station_id="A",
            inlet_ids=("S2-0",) if job_id == "jet:S2" else ("S2-1", "S2-2"),
            members=members,
            start_at=NOW + start * MINUTE,
            end_at=NOW + end * MINUTE,
        )

    told = job("jet:S2", 12, 42, **{crew: 12, truck: -3})
    before = make_version(1, assignments=(job("clear:S2", -10, 12, **{crew: -15}), told))
    storm = replace(storm, incidents=(incident(kind="standing_water", segment_id="S3"),))
    tasks = (*storm_tasks(storm), *incident_tasks(storm, current=before))
    inputs = build_problem(storm, tasks, before)
    assert "jet:S2" in {post.job_id for post in inputs.posts.values()}, "it may be left"
    after, _, _ = read_plan(inputs, solve(inputs.problem, steps=2000), storm.city)
    (jetting,) = [one for one in after if one.kind is JobKind.JET]
    assert (jetting.job_id, jetting.start_at, jetting.end_at) == (
        told.job_id,
        told.start_at,
        told.end_at,
    )
    assert jetting.members == told.members
