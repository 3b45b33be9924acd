"""The freeze horizon: what sets out soon keeps team and start, unless something graver needs its
people or the desk orders otherwise.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.desk import ChangeAction
from data.model.plan import JobKind
from ops.field.progress import Progress, Stage
from ops.planning.in_force.freeze import frozen_jobs
from ops.planning.in_force.manual_overrides import Override
from ops.planning.on_duty.availability import on_duty
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import build_problem
from ops.planning.tiers import Tier
from ops.planning.wanted.storm_tasks import storm_tasks
from ops.planning.wanted.watch_parts import parts_of, watches_of
from tests.helpers.incident import incident
from tests.helpers.makers import NOW, make_assignment, make_version
from tests.helpers.storm import make_storm, plan_for

STORM = make_storm()
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def first():
    return plan_for(STORM)[0]


def leaves(job):
    return min(member.leave_at for member in job.members)


def pins(first, tasks=None, minutes=30.0, overrides=(), storm=STORM):
    settings = StabilitySettings(freeze_minutes=minutes)
    tasks = storm_tasks(storm) if tasks is None else tasks
    problem = build_problem(storm, tasks, first, settings, overrides).problem
    return {pin.job: pin for pin in problem.pinned}


@pytest.mark.parametrize("minutes", [0, 10, 30, 120])
def test_what_sets_out_within_the_horizon_is_pinned_and_later_work_is_not(first, minutes):
    found, tasks = pins(first, minutes=minutes), storm_tasks(STORM)
    soon = {}
    for job in first.assignments:
        if leaves(job) <= NOW + minutes * MINUTE:
            parts = parts_of(job, watches_of(tasks))
            soon[parts[0].id if parts else job.job_id] = job
    assert set(soon) <= set(found)
    before = {name for task in tasks for name in task.after}
    assert set(found) - set(soon) <= before, "a step before another one is pinned with it"
    assert all(
        found[name].units == tuple(member.unit_id for member in job.members)
        for name, job in soon.items()
    )


def soonest(first):
    return min(
        (job for job in first.assignments if job.kind is JobKind.CLEAR), key=lambda job: leaves(job)
    )


def test_something_graver_that_nobody_was_told_of_frees_the_people_that_it_needs(first):
    tasks = storm_tasks(STORM)
    alike = next(task for task in tasks if task.id == soonest(first).job_id)
    water = replace(alike, id="clear:new", tier=Tier.WATER, due_at=None, after=())
    assert soonest(first).job_id in pins(first)
    assert soonest(first).job_id not in pins(first, (*tasks, water))
    assert soonest(first).job_id in pins(first, (*tasks, replace(water, tier=Tier.GAIN)))
    tree = replace(water, id="incident:7", tier=Tier.GAIN)
    assert soonest(first).job_id not in pins(first, (*tasks, tree)), "somebody waits for it"
    later = replace(water, spans=((NOW + timedelta(hours=20), STORM.horizon),))
    assert soonest(first).job_id in pins(first, (*tasks, later))
    nobody = replace(water, needs=(replace(water.needs[0], machine_kind="submarine"),))
    assert soonest(first).job_id in pins(first, (*tasks, nobody))


def test_the_desk_may_change_what_sets_out_soon(first):
    job = soonest(first)
    order = Override(number=1, job_id=job.job_id, action=ChangeAction.MOVE, by="甲", at=NOW)
    assert job.job_id not in pins(first, overrides=(order,))
    start = job.start_at + 10 * MINUTE
    units = tuple(member.unit_id for member in job.members)
    found = pins(first, overrides=(replace(order, start=start, units=units),))
    assert found[job.job_id].start > pins(first)[job.job_id].start


def test_who_is_getting_ready_for_what_nothing_asks_for_any_more_goes(first):
    job = soonest(first)
    accepted = Progress(stage=Stage.ACCEPTED, since=NOW)
    tasks = [task for task in storm_tasks(STORM) if task.id != job.job_id]
    assert job.job_id not in pins(first, tasks)
    storm = replace(STORM, progress={job.job_id: accepted})
    assert job.job_id in pins(first, tasks, storm=storm)


@pytest.mark.parametrize(
    ("depth_cm", "minutes", "is_frozen"),
    [(10.0, 5, True), (30.0, 5, False), (30.0, 0, True)],  # deeper; deeper, and known already
)
def test_water_that_has_become_graver_since_waits_for_no_hour_that_was_told(
    depth_cm, minutes, is_frozen
):
    shallow = incident(kind="standing_water", segment_id="S1", depth_cm=10.0)
    made = make_assignment("incident:7", "A1day@2022-07-08")
    start = NOW + 30 * MINUTE
    members = tuple(replace(one, leave_at=start - 9 * MINUTE) for one in made.members)
    told = replace(made, start_at=start, end_at=start + 30 * MINUTE, members=members)
    version = make_version(1, assignments=(told,), made_at=NOW)
    again = replace(
        shallow, id=8, matter_id=7, depth_cm=depth_cm, received_at=NOW + minutes * MINUTE
    )
    storm = replace(STORM, now=NOW + 5 * MINUTE, incidents=(shallow, again))
    found = frozen_jobs(version, {}, on_duty(storm, version), storm, 30.0)
    assert ("incident:7" in found) is is_frozen
