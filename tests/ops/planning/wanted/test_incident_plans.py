"""Incidents through the solver: a crew and a pump for each place, the bigger where it is deeper."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.city import Driver, Machine
from data.model.ids import JobId, UnitId
from data.model.plan import JobKind
from ops.field.calls.incidents import IncidentSettings
from ops.field.progress import Progress, Stage
from ops.planning.in_force.served_posts import with_posts_served
from ops.planning.in_force.work_in_progress import posts_over
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.tasks import Task
from solver import solve
from solver.referee import violations
from tests.helpers.incident import incident
from tests.helpers.makers import (
    NOW,
    SHIFTS,
    local,
    make_assignment,
    make_city,
    make_forecast,
    make_version,
)
from tests.helpers.storm import make_storm

RAINING = timedelta(hours=6)
MINUTES = timedelta(minutes=30)


def city_with_pumps(*capacities):
    city = make_city()
    others = [one for one in city.machines if one.kind != "pump_truck"]
    pumps = [
        Machine(id=f"P{n}", station_id="A", kind="pump_truck", plate=f"泵{n}", capacity=capacity)
        for n, capacity in enumerate(capacities, 1)
    ]
    drivers = [
        Driver(id=f"D-{pump.id}-{shift.id}", machine_id=pump.id, post="司机", shift_id=shift.id)
        for pump in pumps
        for shift in SHIFTS
    ]
    return replace(city, machines=(*others, *pumps), drivers=(*city.drivers, *drivers))


def water(number, segment, depth, **changes):
    fields = {"id": number, "segment_id": segment, "depth_cm": depth, "kind": "standing_water"}
    return incident(**(fields | changes))


def plan(storm, tasks: tuple[Task, ...]):
    inputs = build_problem(storm, tasks, None)
    solved = solve(inputs.problem, steps=1500)
    assert violations(inputs.problem, solved) == []
    assignments, left_out, _ = read_plan(inputs, solved, storm.city)
    return {job.job_id: job for job in assignments}, {left.job_id: left.why for left in left_out}


def pump_at(jobs, number) -> str:
    (truck,) = jobs[str(JobId.of_pump(number))].members
    return truck.resource_id


def storm_with(city, *calls):
    return replace(make_storm(city, now=NOW + RAINING), incidents=calls)


def test_thirty_calls_take_one_pump_and_two_deeper_places_one_each():
    loud = [
        water(number, "S1", 25.0, matter_id=1, reported_at=NOW + RAINING) for number in range(1, 31)
    ]
    quiet = [
        water(number, segment, 40.0, reported_at=NOW + RAINING)
        for number, segment in ((31, "S2"), (32, "S3"))
    ]
    storm = storm_with(city_with_pumps(300.0, 300.0, 300.0), *loud, *quiet)
    tasks = incident_tasks(storm)
    assert len(tasks) == 6
    jobs, left = plan(storm, tasks)
    assert left == {}
    assert len({pump_at(jobs, number) for number in (1, 31, 32)}) == 3
    crews = [
        member.resource_id
        for job in jobs.values()
        if job.kind is JobKind.GUARD
        for member in job.members
    ]
    assert len(set(crews)) == 3
    assert all(job.start_at <= storm.now + timedelta(minutes=30) for job in jobs.values())


@pytest.mark.parametrize("deeper", ["S1", "S3"])
def test_the_bigger_pump_goes_to_the_deeper_water(deeper):
    storm = storm_with(
        city_with_pumps(200.0, 800.0),
        *(
            water(number, segment, 50.0 if segment == deeper else 20.0)
            for number, segment in enumerate(("S1", "S3"), 1)
        ),
    )
    jobs, _ = plan(storm, incident_tasks(storm))
    number = ("S1", "S3").index(deeper) + 1
    assert pump_at(jobs, number) == "P2"


def test_one_pump_for_two_places_goes_to_the_deeper_and_both_have_their_crew():
    storm = storm_with(city_with_pumps(200.0), water(1, "S1", 20.0), water(2, "S3", 50.0))
    jobs, left = plan(storm, incident_tasks(storm))
    assert set(left) == {"incident:1:pump"} or jobs["incident:2:pump"].end_at <= (
        jobs["incident:1:pump"].start_at
    )
    assert {"incident:1", "incident:2"} <= set(jobs)


@pytest.mark.parametrize("missing", ["machines", "drivers"])
def test_no_truck_or_no_driver_leaves_the_crew_s_job_as_it_is(missing):
    city = city_with_pumps(200.0)
    gone = {
        "machines": tuple(one for one in city.machines if one.kind != "pump_truck"),
        "drivers": tuple(one for one in city.drivers if one.machine_id != "P1"),
    }
    storm = storm_with(replace(city, drivers=gone["drivers"]), water(1, "S3", 25.0))
    if missing == "machines":
        storm = replace(storm, city=replace(storm.city, machines=gone["machines"]))
    with_pump = storm_with(city, water(1, "S3", 25.0))
    assert incident_tasks(storm)[0] == incident_tasks(with_pump)[0]
    jobs, left = plan(storm, incident_tasks(storm))
    assert jobs["incident:1"].kind is JobKind.GUARD
    assert set(left) == (set() if missing == "machines" else {"incident:1:pump"})


def test_a_matter_is_done_late_rather_than_never():
    """No crew is free for three hours: it goes then, and is not left out for its lateness."""
    storm = storm_with(city_with_pumps(), water(1, "S3", 25.0))
    late = storm.now + timedelta(hours=3)
    (crew,) = incident_tasks(storm)
    then = replace(crew, spans=((late, late + MINUTES),), until=late + 2 * MINUTES)
    jobs, left = plan(storm, (then,))
    assert (set(jobs), left) == ({"incident:1"}, {})


# --- posts that go on


MINUTE = timedelta(minutes=1)


def posted(number: JobId, unit: str, start: int, end: int, leave: int | None = None):
    """A post at S3 from so many minutes from now until so many."""
    now = NOW + RAINING
    job = make_assignment(str(number), f"{unit}@2022-07-08")
    (member,) = job.members
    own = UnitId.parse(member.unit_id)
    gone = now + (start if leave is None else leave) * MINUTE
    return replace(
        job,
        kind=JobKind.PUMP if number.is_of_pump else JobKind.GUARD,
        segment_id="S3",
        station_id="B",
        inlet_ids=(),
        members=(replace(member, resource_id=own.resource_id, leave_at=gone, arrive_at=gone),),
        start_at=now + start * MINUTE,
        end_at=now + end * MINUTE,
    )


CREW, PUMP = JobId.of_incident(7), JobId.of_pump(7)


def asked(*jobs) -> list[tuple[str, int, int | None]]:
    """What the crew's posts at S3 ask for: the name, from when and until when in minutes."""
    storm = storm_with(city_with_pumps(), water(7, "S3", 25.0))
    current = make_version(1, assignments=jobs)
    return [
        (
            task.id,
            (task.spans[0][0] - storm.now) // MINUTE,
            (task.until - storm.now) // MINUTE if task.until else None,
        )
        for task in incident_tasks(storm, current=current)
    ]


@pytest.mark.parametrize(
    ("jobs", "tasks"),
    [
        ([], [("incident:7", 0, 90)]),
        ([posted(CREW, "B1day", -10, 50)], [("incident:7", 0, 50)]),
        ([posted(CREW, "B1day", 15, 75, leave=10)], [("incident:7", 0, 75)]),
        (  # the next is planned in time
            [posted(CREW, "B1day", -40, 25)],
            [("incident:7", 0, 25), ("incident:7:2", 25, 85)],
        ),
        (  # too late for anybody else: it is let end
            [posted(CREW, "B1day", -40, 15)],
            [("incident:7:2", 15, 75)],
        ),
        (  # nobody has come and nobody could: the next begins now
            [posted(CREW, "B1day", 10, 15, leave=5)],
            [("incident:7:2", 0, 60)],
        ),
        (  # one leaves, the other comes: it is the same post
            [posted(CREW, "B1day", -30, 5), posted(CREW.relieved(), "B2day/1", 3, 50, leave=-1)],
            [("incident:7", 0, 50)],
        ),
    ],
)
def test_a_post_goes_on_until_its_end_and_the_next_is_planned_in_time(jobs, tasks):
    assert asked(*jobs) == tasks


@pytest.mark.parametrize(
    ("job", "tasks"),
    [
        ((-10, 50, -15), [("incident:7:pump", 0), ("incident:7:pump:2", 50)]),
        ((5, 65, -2), [("incident:7:pump", 0), ("incident:7:pump:2", 65)]),
        ((40, 100, 35), [("incident:7:pump", 0)]),
    ],
    ids=["there", "on_its_way", "planned"],
)
def test_a_pump_may_stay_where_it_is_as_long_as_it_pumps(job, tasks):
    """Asked for half an hour before its time was over, and by then it was on its way elsewhere."""
    start, end, leave = job
    storm = storm_with(city_with_pumps(200.0), water(7, "S3", 50.0))
    current = make_version(1, assignments=(posted(PUMP, "P1", start, end, leave),))
    found = [
        (task.id, (task.spans[0][0] - storm.now) // MINUTE)
        for task in incident_tasks(storm, current=current)
        if task.kind is JobKind.PUMP
    ]
    assert found == tasks


@pytest.mark.parametrize("is_low", [False, True])
def test_no_pump_but_a_low_point_s_stays_longer_while_other_water_has_had_none(is_low):
    city = city_with_pumps(200.0)
    roads = tuple(replace(road, low_lying=is_low) for road in city.segments)
    storm = storm_with(replace(city, segments=roads), water(7, "S3", 50.0), water(8, "S1", 40.0))
    here, there = posted(PUMP, "P1", -10, 50, -15), posted(JobId.of_pump(8), "P1", 60, 120, 55)
    seen_to = posted(JobId.of_pump(8), "P1", -90, -30, -95)
    for other, may_stay in ((there, is_low), (seen_to, True)):
        current = make_version(1, assignments=(here, other))
        names = {task.id for task in incident_tasks(storm, current=current)}
        assert ("incident:7:pump:2" in names) == may_stay


def test_who_is_there_is_not_late_before_he_can_have_read_it_and_is_missed_if_he_leaves():
    storm = storm_with(city_with_pumps(), water(7, "S3", 25.0))
    current = make_version(1, assignments=(posted(CREW, "B1day", -10, 50),))
    (new,), (manned,) = incident_tasks(storm), incident_tasks(storm, current=current)
    assert manned.due_at == new.due_at + storm.work.turnout_minutes * MINUTE
    assert (manned.points, manned.late_most) == (new.points, new.late_most)
    assert manned.late_points == IncidentSettings().leaving * new.late_points


def before_a_downpour(depth, low_lying, mm, minutes=0, hectares=None):
    """Water told of so many minutes after 09:00; so much falls in the hour from 10:00 on, and so
    many hectares drain to each road.
    """
    storm = make_storm(
        city=city_with_pumps(),
        series=make_forecast({9: 4.0, 10: mm, 11: 3.0}),
        now=local(9) + minutes * MINUTE,
    )
    roads = tuple(
        replace(
            one,
            low_lying=low_lying if one.id == "S2" else one.low_lying,
            catchment_ha=hectares,
        )
        for one in storm.city.segments
    )
    city = replace(storm.city, segments=roads)
    call = water(7, "S2", depth, reported_at=storm.now)
    return replace(storm, city=city, worth=replace(storm.worth, city=city), incidents=(call,))


def clocks(tasks):
    return [(f"{task.spans[0][0]:%H:%M}", f"{task.until:%H:%M}") for task in tasks if task.until]


@pytest.mark.parametrize(
    ("depth", "low_lying", "mm", "posts"),
    [
        (20.0, False, 30.0, [("01:00", "02:00"), ("02:00", "02:30")]),
        (20.0, False, 15.0, [("01:00", "02:30")]),
        (40.0, False, 30.0, [("01:00", "02:30")]),  # that waits for no downpour
        (20.0, True, 30.0, [("01:00", "02:30")]),  # there they stay
    ],
)
def test_whoever_sees_to_water_before_a_downpour_need_not_stay_there_through_it(
    depth, low_lying, mm, posts
):
    storm = before_a_downpour(depth, low_lying, mm)
    assert clocks(incident_tasks(storm)) == posts


@pytest.mark.parametrize(
    ("hectares", "posts"),
    [
        (4.0, [("01:00", "02:00"), ("02:00", "02:30")]),
        (0.1, [("01:00", "02:30")]),
    ],
)
def test_whoever_sees_to_water_is_back_when_a_low_point_fills_in_less_rain_than_a_downpour(
    hectares, posts
):
    storm = before_a_downpour(20.0, False, 15.0, hectares=hectares)
    assert clocks(incident_tasks(storm)) == posts


@pytest.mark.parametrize("mm", [15.0, 30.0])
def test_a_post_that_was_begun_ends_too_when_a_low_point_begins_to_fill(mm):
    """Rain forecast meanwhile, or a post made before, kept its crew from the low point until it
    was over.
    """
    storm = before_a_downpour(20.0, False, mm, hectares=4.0)
    job = posted(CREW, "B1day", 0, 0)
    job = replace(job, segment_id="S2", start_at=local(8.75), end_at=local(10.25))
    member = replace(job.members[0], leave_at=local(8.5))
    current = make_version(1, assignments=(replace(job, members=(member,)),))
    manned, rest = incident_tasks(storm, current=current)
    assert clocks((manned, rest)) == [("01:00", "02:00"), ("02:00", "02:30")]
    assert (manned.id, rest.id) == (str(CREW), str(CREW.numbered(2)))
    assert manned.late_points > rest.late_points, "who is there is missed"


def test_what_is_done_in_a_time_of_its_own_before_a_downpour_is_asked_for_once():
    storm = before_a_downpour(10.0, False, 30.0, minutes=10)
    (task,) = incident_tasks(storm)
    assert task.kind is JobKind.CLEAR


def test_a_post_that_ends_for_a_downpour_ends_so_in_every_plan_after():
    storm = before_a_downpour(20.0, False, 30.0)
    first, then = incident_tasks(storm)
    assert first.minutes == storm.work.watch_minutes, "he is there before it, if for a short time"
    job = replace(
        posted(CREW, "B1day", 0, 0), segment_id="S2", start_at=local(9.5), end_at=local(10)
    )
    member = replace(job.members[0], leave_at=local(9.25))
    current = make_version(1, assignments=(replace(job, members=(member,)),))
    later = replace(storm, now=local(9) + 5 * MINUTE)
    watches = [
        replace(
            first,
            id=f"guard:S2:{hour}",
            kind=JobKind.GUARD,
            spans=((local(hour), local(hour + 1)),),
            until=local(hour + 1),
        )
        for hour in (9, 10)
    ]
    left, works = with_posts_served(
        watches,
        incident_tasks(later, current=current),
        timedelta(minutes=later.work.turnout_minutes),
    )
    assert [one.id for one in works if one.until == local(10)] == [first.id]
    assert then.id in {one.id for one in works}
    assert left == ()


def test_a_pump_works_as_long_as_it_takes_whenever_it_comes():
    storm = storm_with(city_with_pumps(200.0), water(7, "S3", 25.0))
    _, pump = incident_tasks(storm)
    assert (pump.until, pump.minutes, pump.spans) == (None, 60, ((storm.now, storm.horizon),))


@pytest.mark.parametrize("low_lying", [False, True])
def test_a_place_that_had_its_pump_waits_for_one_that_had_none_but_a_low_point(low_lying):
    """Into that it runs on: a truck that went to as deep water before its was gone had pumped for
    nothing.
    """
    calls = [
        water(7, "S3", 25.0, reported_at=NOW + RAINING - 90 * MINUTE),
        water(8, "S1", 25.0, reported_at=NOW + RAINING),
    ]
    city = city_with_pumps(200.0)
    roads = tuple(
        replace(one, low_lying=low_lying if one.id == "S3" else one.low_lying)
        for one in city.segments
    )
    storm = storm_with(replace(city, segments=roads), *calls)
    current = make_version(1, assignments=(posted(PUMP, "P1", -55, 5),))
    tasks = {task.id: task for task in incident_tasks(storm, current=current)}
    again, first = tasks["incident:7:pump:2"], tasks["incident:8:pump"]
    assert (again.points < first.points) == (not low_lying)
    assert (again.late_points < first.late_points) == (not low_lying)


def test_of_two_waters_alike_the_one_that_nobody_has_seen_to_goes_before_another_hour():
    calls = [
        water(7, "S3", 30.0, reported_at=NOW + RAINING - 90 * MINUTE),
        water(8, "S1", 30.0, reported_at=NOW + RAINING - 60 * MINUTE),
    ]
    storm = storm_with(city_with_pumps(), *calls)
    current = make_version(1, assignments=(posted(CREW, "B1day", -55, 5),))
    tasks = {task.id: task for task in incident_tasks(storm, current=current)}
    again, first = tasks["incident:7:2"], tasks["incident:8"]
    assert again.points < first.points
    assert again.late_points < first.late_points
    shallow = incident_tasks(storm_with(city_with_pumps(), water(9, "S1", 20.0)))
    assert again.points > shallow[0].points, "a graver duty goes before"


def test_a_relief_on_its_way_is_kept_while_the_team_before_it_is_still_there():
    """Both have the post's name, and neither may be taken for the other."""
    storm = storm_with(city_with_pumps(), water(7, "S3", 25.0))
    jobs = posted(CREW, "B1day", -30, 5), posted(CREW.relieved(), "B2day/1", 3, 60, leave=-1)
    current = make_version(1, assignments=jobs)
    inputs = build_problem(storm, incident_tasks(storm, current=current), current)
    solved = solve(inputs.problem, steps=500)
    assert violations(inputs.problem, solved) == []
    assignments, left_out, _ = read_plan(inputs, solved, storm.city)
    found = {job.job_id: job for job in assignments}
    assert left_out == ()
    assert [(name, job.members[0].unit_id, job.end_at) for name, job in found.items()] == [
        (job.job_id, job.members[0].unit_id, job.end_at) for job in jobs
    ]


@pytest.mark.parametrize("kind", [JobKind.CLEAR, JobKind.GUARD])
def test_who_kept_people_away_until_it_can_be_worked_at_is_free_to_do_it(kind):
    """The guard beside a blocked inlet was held to the end of his watch, when the rain let him
    open it at last: one crew came to open it and another to guard the road.
    """
    post = posted(CREW, "B1day", -30, 90)
    storm = storm_with(city_with_pumps(), water(7, "S3", None, kind="blocked_inlet"))
    work = replace(incident_tasks(storm)[0], id=f"{CREW}:2", kind=kind)
    over = posts_over({post.job_id: post}, {}, (work,), storm)
    assert over == ([post] if kind is JobKind.CLEAR else [])


def test_work_planned_under_a_name_that_is_a_post_s_by_now_ends_no_plan(caplog):
    """A crew was to clear what the guard kept people away from, and the rain no longer lets it: the
    next hours at the post have that name, for the guard was told to stay.
    """
    storm = storm_with(city_with_pumps(), water(7, "S3", 25.0))
    post = posted(CREW, "B1day", -30, 90)
    clearing = replace(posted(CREW.numbered(2), "B2day", 34, 60, leave=20), kind=JobKind.CLEAR)
    current = make_version(1, assignments=(post, clearing))
    inputs = build_problem(storm, incident_tasks(storm, current=current), current)
    assert caplog.messages == []
    assert clearing.job_id in {pin.job for pin in inputs.problem.previous}


@pytest.mark.parametrize("stage", [Stage.UNDER_WAY, Stage.ON_SITE])
def test_who_is_on_a_long_way_to_a_post_is_there_when_he_arrives(stage):
    """Asked again while he drives, the plan took him to stand there once he could have read it."""
    storm = storm_with(city_with_pumps(), water(7, "S3", 25.0))
    post = posted(CREW, "B1day", 34, 90, leave=-1)
    storm = replace(storm, progress={post.job_id: Progress(stage=stage, since=storm.now)})
    current = make_version(1, assignments=(post,))
    inputs = build_problem(storm, incident_tasks(storm, current=current), current)
    ready = inputs.availability["B1day@2022-07-08"].start - storm.now
    assert (ready < 34 * MINUTE) is (stage is Stage.ON_SITE)


def test_settings_that_weigh_more_than_the_solver_can_hold_still_give_a_plan():
    """Water that may wait no minute and counts by the centimetre ends no planning."""
    urgent = IncidentSettings(patience_minutes=1, depth_cm=1.0, deepest_cm=10_000.0)
    storm = storm_with(city_with_pumps(300.0), water(1, "S2", 90.0))
    jobs, _ = plan(storm, incident_tasks(storm, urgent))
    assert str(JobId.of_incident(1)) in jobs
