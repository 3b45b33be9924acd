"""Who opens inlets leaves them half done for water that endangers people, and for no minute gained:
the rest is asked for by a name of its own, and nothing counts as cleared that was left.
"""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from data.model.field import Incident
from data.model.ids import JobId
from data.model.plan import JobKind
from ops.planning.in_force.broken_off import from_when_free
from ops.planning.in_force.leavable import leavable_now
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.on_duty.availability import on_duty
from ops.planning.prevented import prevented
from ops.planning.solver_input import build_problem
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.planning.wanted.incident_tasks import incident_tasks
from ops.planning.wanted.storm_tasks import storm_tasks
from solver import solve
from solver.referee import violations
from tests.helpers.makers import local, make_assignment, make_city, make_version
from tests.helpers.storm import make_storm

MINUTE = timedelta(minutes=1)


def water(place: str, depth_cm: float, told) -> Incident:
    return Incident(
        id=1,
        operation_id=1,
        kind="standing_water",
        segment_id=place,
        depth_cm=depth_cm,
        reported_at=told,
        received_at=told,
        source="desk",
        by="王",
    )


def planned(storm, current=None):
    """The next version, legal, and what it was asked."""
    wanted = (*storm_tasks(storm), *incident_tasks(storm, current=current))
    inputs = build_problem(storm, with_told_inlets(wanted, current, storm), current)
    plan = solve(inputs.problem, steps=1000)
    assert violations(inputs.problem, plan) == []
    jobs, left, rests = read_plan(inputs, plan, storm.city)
    number = 1 if current is None else current.number + 1
    return make_version(
        1, number=number, assignments=jobs, left_out=left, rests=rests, made_at=storm.now
    )


@pytest.fixture(scope="module")
def at_work():
    """A district with one crew, which has just begun to open inlets, and its plan."""
    city = make_city()
    crew = next(one for one in city.crews if one.id == "A1day")
    shifts = tuple(replace(one, break_minutes=0) for one in city.shifts)
    city = replace(city, crews=(replace(crew, size=2),), shifts=shifts, machines=(), drivers=())
    storm = make_storm(city)
    version = planned(storm)
    job = min(
        (one for one in version.assignments if one.kind is JobKind.CLEAR),
        key=lambda one: one.start_at,
    )
    return replace(storm, now=job.start_at + 2 * MINUTE), version, job


def called(at_work, depth_cm: float, minutes: float = 0.0):
    """The plan once water is told of elsewhere, so many minutes into the work."""
    storm, version, job = at_work
    place = next(one.id for one in storm.city.segments if one.id != job.segment_id)
    storm = replace(storm, now=storm.now + minutes * MINUTE)
    storm = replace(storm, incidents=(water(place, depth_cm, storm.now),))
    return storm, planned(storm, version)


def of_road(version, job):
    same = [one for one in version.assignments if one.inlet_ids == job.inlet_ids]
    return [one for one in same if one.kind is job.kind]


def seen_to(version):
    return min(
        one.start_at
        for one in version.assignments
        if JobId.parse(one.job_id).incident_id is not None
    )


def test_inlets_are_left_for_water_that_endangers_people(at_work):
    _, _, job = at_work
    storm, version = called(at_work, 40.0)
    assert seen_to(version) <= storm.now + (storm.work.turnout_minutes + 10) * MINUTE
    left, rest = of_road(version, job)
    assert left.is_broken_off
    assert left.job_id == job.job_id
    assert left.end_at < job.end_at
    assert JobId.parse(rest.job_id).relief == 1
    whole = job.end_at - job.start_at
    assert whole - MINUTE <= left.end_at - left.start_at + rest.end_at - rest.start_at <= whole
    shares = prevented(version.assignments, storm)
    assert left.job_id not in shares
    assert shares[rest.job_id] > 0


def test_the_rest_is_wanted_by_its_name_until_it_is_done(at_work):
    _, _, job = at_work
    storm, version = called(at_work, 40.0)
    _, rest = of_road(version, job)
    again = planned(replace(storm, now=storm.now + 30 * MINUTE), version)
    found = {one.job_id: one for one in of_road(again, job)}
    assert found[rest.job_id].inlet_ids == rest.inlet_ids
    length = found[rest.job_id].end_at - found[rest.job_id].start_at
    assert abs(length - (rest.end_at - rest.start_at)) <= MINUTE
    over = planned(replace(storm, now=rest.end_at + MINUTE, incidents=()), again)
    assert not [one for one in of_road(over, job) if one.state == "planned"]


def test_what_is_nearly_done_is_finished_before_shallow_water(at_work):
    storm, _, job = at_work
    left = (job.end_at - storm.now) / MINUTE
    _, version = called(at_work, 5.0, left - storm.work.turnout_minutes - 2)
    (kept,) = of_road(version, job)
    assert not kept.is_broken_off
    assert kept.end_at == job.end_at
    assert seen_to(version) >= job.end_at


def test_inlets_are_left_for_water_and_for_nothing_less(at_work):
    storm, version, job = at_work
    out, turns = {job.job_id: job}, on_duty(storm, version)
    wanted = storm_tasks(storm)
    assert max(task.tier for task in wanted) > Tier.GAIN
    assert leavable_now(out, wanted, turns, storm) == {}
    storm = replace(storm, incidents=(water("S3", 40.0, storm.now),))
    assert leavable_now(out, (*wanted, *incident_tasks(storm)), turns, storm)
    at_an_incident = replace(job, job_id="incident:2")
    calls = incident_tasks(storm)
    assert leavable_now({"incident:2": at_an_incident}, calls, turns, storm) == {}


@pytest.mark.parametrize("stood", [0, 10, 25])
def test_an_hour_at_a_post_is_worth_what_is_left_of_it_when_its_team_could_go(stood):
    """What nobody can take from it any more is no reason to stay until it is over."""
    storm = make_storm(now=local(12.5))
    watch = next(
        task
        for task in storm_tasks(storm)
        if task.kind is JobKind.GUARD and task.due_at == storm.now
    )
    free = storm.now + stood * MINUTE
    post = replace(
        make_assignment(watch.id, "A1day@2022-07-08"),
        start_at=storm.now - 30 * MINUTE,
        end_at=watch.until,
    )
    turns = {post.members[0].unit_id: SimpleNamespace(start=free)}
    (left,) = from_when_free((watch,), {watch.id: post}, turns, storm.now)
    taken = watch.late_points * stood * 60
    assert (left.points, left.late_most) == (watch.points - taken, watch.late_most - taken)
    assert left.late_points == watch.late_points
