"""A watch is asked for hour by hour, told as one job, and may be left for something graver."""

from collections import Counter
from dataclasses import replace
from datetime import time, timedelta

import pytest

from data.model.field import Incident
from data.model.ids import JobId
from data.model.plan import JobKind
from ops.planning.in_force.broken_off import free_name
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.planning.wanted.guard_tasks import watch_spans
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.watch_parts import known_posts
from solver import solve
from solver.referee import violations
from tests.helpers.makers import NOW, local, make_alert, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm, plan_for, wanted


@pytest.fixture(scope="module")
def first():
    return plan_for(make_storm(alerts=(make_alert(),)))[0]


def posts(version, segment_id="S1", kind=JobKind.GUARD):
    return [job for job in version.assignments if job.segment_id == segment_id and job.kind is kind]


def hour(start, end, unit="A1@d", job="guard:S1:0708T1100"):
    return replace(
        make_assignment(job, unit),
        kind=JobKind.GUARD,
        inlet_ids=(),
        start_at=local(start),
        end_at=local(end),
    )


def test_a_watch_is_told_as_few_jobs_and_goes_on_under_its_name(first):
    assert len(posts(first)) <= 3
    now = posts(first)[0].start_at + timedelta(minutes=40)
    second, _ = plan_for(make_storm(alerts=(make_alert(),), now=now, before=first.rain), first)
    before = [job for job in posts(first) if job.start_at <= now < job.end_at]
    after = [job for job in posts(second) if job.start_at <= now < job.end_at]
    assert [(job.job_id, job.start_at) for job in after] == [
        (job.job_id, job.start_at) for job in before
    ]
    assert after[0].end_at >= now + timedelta(minutes=10)
    names = Counter(job.job_id for job in second.assignments)
    assert max(names.values()) == 1


@pytest.mark.parametrize("changes_at_onset", [False, True])
def test_the_lead_before_the_rain_is_one_with_its_first_hour(changes_at_onset):
    """Else somebody walks there for a quarter of an hour and is relieved as it begins to rain."""
    storm = make_storm(alerts=(make_alert(),))
    if changes_at_onset:
        early, *others = storm.city.shifts
        storm = replace(
            storm,
            city=replace(storm.city, shifts=(replace(early, start=time(11)), *others)),
        )
    ((onset, end),) = storm.rain.storms
    assert onset == local(11)
    first, second, *_ = watch_spans(storm, onset, end)
    lead = local(10.75)
    assert (first, second[0]) == (
        ((lead, onset), onset) if changes_at_onset else ((lead, local(12)), local(12))
    )


def test_nobody_is_late_before_it_rains_but_at_a_low_point_that_is_manned_with_a_margin():
    storm = make_storm(alerts=(make_alert(),))
    parts = [task for task in storm_tasks(storm) if task.kind is JobKind.GUARD]
    led = [task for task in parts if task.spans[0][0] < local(11)]
    assert led
    due = {task.tier: task.due_at for task in led}
    margin = timedelta(minutes=storm.work.low_lead_minutes)
    assert due.pop(Tier.LOW_POINT) == local(11) - margin
    assert set(due.values()) == {local(11)}


def calls(now) -> tuple[Incident, ...]:
    """Knee-deep water on three roads."""
    return tuple(
        Incident(
            id=number,
            operation_id=1,
            kind="standing_water",
            segment_id=segment,
            source="desk",
            reported_at=now,
            received_at=now,
            by="热线",
            depth_cm=40.0,
        )
        for number, segment in enumerate(("S1", "S2", "S3"), 1)
    )


def test_a_watch_is_left_for_water_on_a_street_and_nobody_stands_in_two_places(first):
    now = local(12.4)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    storm = replace(storm, incidents=calls(now))
    inputs = build_problem(storm, wanted(storm, first), first)
    plan = solve(inputs.problem, steps=800)
    assert violations(inputs.problem, plan) == []
    jobs, _, _ = read_plan(inputs, plan, storm.city)
    names = Counter(job.job_id for job in jobs)
    assert max(names.values()) == 1
    at_water = [job for job in jobs if JobId.parse(job.job_id).incident_id]
    assert {job.segment_id for job in at_water if job.kind is not JobKind.PUMP} == {
        "S1",
        "S2",
        "S3",
    }
    assert all(
        job.start_at <= now + timedelta(minutes=30)
        for job in at_water
        if job.kind is not JobKind.PUMP
    )
    for one in jobs:
        for other in jobs:
            units = {m.unit_id for m in one.members} & {m.unit_id for m in other.members}
            if one is not other and units:
                assert one.end_at <= other.start_at or other.end_at <= one.start_at


@pytest.mark.parametrize("taken", [(), ("w",), ("w", "w:r1"), ("w", "w:r1", "w:r2", "v:r3")])
def test_who_relieves_after_however_many_has_a_name_that_nobody_had(taken):
    taken = {name.replace("w", "incident:14").replace("v", "incident:15") for name in taken}
    name = free_name("incident:14", taken)
    assert name not in taken
    assert JobId.parse(name).watch == JobId.parse("incident:14").watch


def test_a_third_team_at_one_water_is_told_apart_from_the_first_two(first):
    """The first has gone, the second is there and is sent to deeper water by the new plan."""
    now = local(12.4)
    storm = replace(make_storm(alerts=(make_alert(),), now=now, before=first.rain))
    works = [
        replace(
            make_assignment(name, unit),
            kind=JobKind.GUARD,
            segment_id="S2",
            inlet_ids=(),
            start_at=local(start),
            end_at=local(end),
            state=state,
        )
        for name, unit, start, end, state in (
            ("incident:1", "A1day@2022-07-08", 12.0, 12.1, "past"),
            ("incident:1:r1", "A2day@2022-07-08", 12.2, 13.5, "planned"),
        )
    ]
    current = replace(first, assignments=tuple(works))
    storm = replace(storm, incidents=calls(now)[:1])
    (task, *_) = incident_tasks(storm, current=current)
    inputs = build_problem(storm, (task,), current)
    assert inputs.posts[task.id].job_id == "incident:1:r1"
    plan = solve(inputs.problem, steps=200)
    (placed,) = plan.assignments
    others = next(unit for unit in inputs.availability if unit not in placed.units)
    moved = replace(plan, assignments=(replace(placed, units=(others,)),))
    names = [job.job_id for job in read_plan(inputs, moved, storm.city)[0]]
    assert len(names) == len(set(names)) == 3


def watch_job(name: str, unit: str, start: float, end: float):
    job = replace(hour(start, end, unit, name), segment_id="S1")
    return replace(job, members=tuple(replace(m, leave_at=local(start)) for m in job.members))


@pytest.mark.parametrize(
    "names",
    [
        ("guard:S1:0708T1100", "guard:S1:0708T1200"),  # known by the name of a later hour
        ("guard:S1:0708T1200", "guard:S1:0708T1100"),
        ("guard:S1:0708T1100", "guard:S1:0708T1100:r1"),
        ("guard:S1:0708T1100", "guard:S1:0708T1300"),
    ],
)
def test_two_teams_at_one_watch_never_leave_two_jobs_of_one_name(first, names):
    """One is about to leave and one has just come: whatever their jobs are called there is a plan,
    and the later hours of the watch are in it.
    """
    now = local(11.6)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    others = [job for job in first.assignments if job.kind is not JobKind.GUARD]
    current = replace(
        first,
        assignments=(
            watch_job(names[0], "A1day@2022-07-08", 11.0, 11.75),
            watch_job(names[1], "B1day@2022-07-08", 11.4, 13.0),
            *(job for job in others if job.start_at > now),
        ),
    )
    version, _ = plan_for(storm, current)
    counted = Counter(job.job_id for job in version.assignments)
    assert max(counted.values()) == 1
    there = [job for job in posts(version) if job.end_at > local(12.1)]
    assert there, "the watch goes on"


def test_a_relief_has_a_name_of_its_own():
    name = JobId.parse("guard:S1:0708T1100")
    relief = name.relieved()
    assert (relief.post, relief.relief, relief.relieved().relief) == (name, 1, 2)
    assert relief.watch == name.watch == JobId.parse("guard:S1:0708T1500").watch
    assert JobId.parse("guard:S1:0708T1500").is_later_part_of(relief)
    assert not name.is_later_part_of(JobId.parse("guard:S1:0708T1200"))
    assert not name.is_later_part_of(JobId.parse("guard:S2:0708T1000"))
    assert JobId.parse("clear:S1").relief == 0


def on_the_way(name: str, now, still: float = 10):
    """A crew on its way to water: it gets there in so many minutes."""
    job = replace(watch_job(name, "A1day@2022-07-08", 12.0, 13.0), segment_id="S2")
    members = tuple(replace(m, leave_at=now - timedelta(minutes=5)) for m in job.members)
    begin = now + timedelta(minutes=still)
    return replace(job, members=members, start_at=begin, end_at=begin + timedelta(hours=1))


@pytest.mark.parametrize(
    ("still", "stood"), [(10, False), (3, False), (-3, True)], ids=["far", "near", "there"]
)
def test_who_is_called_away_on_the_way_to_a_post_was_never_there(first, still, stood):
    """Nor is anybody to stand there for the minutes between his coming and the new order."""
    now = local(12.4)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    storm = replace(storm, incidents=calls(now)[:1])
    current = replace(first, assignments=(on_the_way("incident:1", now, still),))
    (task, *_) = incident_tasks(storm, current=current)
    inputs = build_problem(storm, (task,), current)
    plan = solve(inputs.problem, steps=200)
    (placed,) = plan.assignments
    others = next(unit for unit in inputs.availability if unit not in placed.units)
    moved = replace(plan, assignments=(replace(placed, units=(others,)),))
    jobs, _, _ = read_plan(inputs, moved, storm.city)
    went = ["A1day@2022-07-08"] if stood else []
    assert [job.members[0].unit_id for job in jobs] == [*went, others]


def called(now, storm, current):
    """The plan once water is reported where a crew is going, and its job there."""
    storm = replace(storm, now=now, incidents=calls(local(12.4))[1:2])
    inputs = build_problem(storm, wanted(storm, current), current)
    jobs, left, rests = read_plan(inputs, solve(inputs.problem, steps=200), storm.city)
    (job,) = (job for job in jobs if job.job_id == "incident:2")
    return replace(current, assignments=jobs, left_out=left, rests=rests), job


@pytest.mark.parametrize("since", [5, 0])
def test_who_is_met_by_a_call_where_he_is_going_is_there_when_he_would_have_been(first, since):
    """He has set out; planned again a minute later, he is no further away."""
    now = local(12.4)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    going = on_the_way("guard:S2:0708T1200", now)
    (member,) = going.members
    going = replace(going, members=(replace(member, leave_at=now - timedelta(minutes=since)),))
    version, job = called(now, storm, replace(first, assignments=(going,)))
    assert job.start_at == going.start_at
    (member,), (known,) = job.members, going.members
    assert (member.unit_id, member.leave_at) == (known.unit_id, known.leave_at)
    for minutes in (1, 2):
        version, again = called(now + timedelta(minutes=minutes), storm, version)
        assert (again.members, again.start_at) == (job.members, job.start_at)


def test_a_job_of_no_length_in_an_older_plan_does_not_end_the_planning(first, caplog):
    now = local(12.4)
    storm = make_storm(alerts=(make_alert(),), now=now, before=first.rain)
    storm = replace(storm, incidents=calls(now)[:1])
    never = on_the_way("incident:1", now)
    never = replace(never, end_at=never.start_at)
    inputs = build_problem(storm, (), replace(first, assignments=(never,)))
    assert not inputs.held
    assert not caplog.text


ROADS = ("S1", "S2")  # in this town no posts


@pytest.mark.parametrize("road", ROADS)
@pytest.mark.parametrize("manned", [True, False])
def test_the_road_that_is_watched_stays_asked_for_whichever_is_the_wetter_now(road, manned):
    """One of two is watched: known is the one that the plan in force has, or left out."""
    city = make_city()
    plain = tuple(replace(one, guard=False, low_lying=False) for one in city.segments[:2])
    storm = make_storm(city=replace(city, segments=(*plain, *city.segments[2:])))
    storm = replace(storm, work=replace(storm.work, watched_roads=0.1))
    span = ((local(11), local(16)),) if manned else ()
    known = replace(storm, known_posts={(JobKind.GUARD, road): span})
    assert {task.segment_id for task in storm_tasks(known) if task.kind is JobKind.GUARD} == {
        road,
        "S3",
    }


def test_what_a_plan_mans_and_leaves_out_is_known_until_its_time_is_over(first):
    known = known_posts(first, first.made_at)
    guards = {(job.kind, job.segment_id) for job in first.assignments if job.kind.is_post}
    assert guards - {(JobKind.RESERVE, None)} == {post for post, spans in known.items() if spans}
    assert known_posts(first, first.made_at + timedelta(days=2)) == known_posts(None, NOW) == {}


def test_who_is_at_an_incident_makes_no_post_of_its_road():
    """Else the next plan asks for a watch there, and the work at the incident ends with its hour,
    and not when it was told to.
    """
    call = replace(make_assignment("incident:1", "A1day@2022-07-08"), kind=JobKind.GUARD)
    call = replace(call, segment_id="S1", start_at=local(11), end_at=local(13.25))
    alone = make_version(1, assignments=(call,))
    assert known_posts(alone, local(12)) == {}
    before = replace(call, job_id="guard:S1:0708T1000", start_at=local(10), end_at=local(11))
    both = make_version(1, assignments=(before, call))
    span = (call.start_at, call.end_at)
    assert known_posts(both, local(12)) == {(JobKind.GUARD, "S1"): (span,)}
