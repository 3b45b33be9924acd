"""A crew that says it comes later: the plan shifts with it, and nobody counts on it before."""

from dataclasses import replace
from datetime import timedelta

import pytest

from data.model.ids import JobId
from data.model.plan import JobKind, Phase
from ops.field.progress import Progress, Stage, as_delayed
from ops.planning.solver_input import build_problem
from ops.planning.wanted.storm_tasks import storm_tasks
from tests.helpers.makers import NOW
from tests.helpers.storm import make_storm, plan_for

STORM = make_storm()
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def first():
    return plan_for(STORM)[0]


def job_of(version, job_id):
    return next(job for job in version.assignments if job.job_id == job_id)


def held_up(job, minutes, stage=Stage.OPEN):
    units = frozenset(one.unit_id for one in job.members)
    comes_at = job.start_at + minutes * MINUTE
    return Progress(
        stage=stage, since=NOW if stage is Stage.UNDER_WAY else None, comes_at=comes_at, late=units
    )


def test_nobody_has_the_crew_before_it_comes(first):
    works = sorted(first.assignments, key=lambda one: (one.start_at, one.job_id))
    begins: dict[str, str] = {}
    for one in works:
        for member in one.members:
            begins.setdefault(member.unit_id, one.job_id)
    job = next(
        one
        for one in works
        if one.kind is JobKind.CLEAR and all(begins[m.unit_id] == one.job_id for m in one.members)
    )
    units = {one.unit_id for one in job.members}
    told = held_up(job, 45)
    late = replace(STORM, progress={job.job_id: told})
    version, inputs = plan_for(late, first)
    work = [one for one in version.assignments if units & {each.unit_id for each in one.members}]
    assert all(one.start_at >= told.comes_at for one in work if one.inlet_ids)
    assert all(job.job_id != pin.job for pin in inputs.problem.pinned), "others may do it"
    own = next(one for one in version.assignments if one.job_id == job.job_id)
    assert own.start_at >= told.comes_at or not units & {each.unit_id for each in own.members}
    again, _ = plan_for(late, version)
    work = [one for one in again.assignments if units & {each.unit_id for each in one.members}]
    assert all(one.start_at >= told.comes_at for one in work if one.inlet_ids)


def test_the_work_before_it_goes_as_planned(first):
    sooner, later = job_of(first, "desilt:S1"), job_of(first, "desilt:S2")
    told = held_up(later, 25)
    version, _ = plan_for(replace(STORM, progress={later.job_id: told}), first)
    found = {one.job_id: one for one in version.assignments}
    assert found[later.job_id].start_at == told.comes_at
    assert found[sooner.job_id].start_at == sooner.start_at


def test_who_comes_when_it_may_not_be_done_any_more_does_not_do_it(first):
    before = [one for one in first.assignments if one.inlet_ids and one.phase is Phase.BEFORE]
    job = max(before, key=lambda one: (one.start_at, one.job_id))  # the rain stops it soon after
    told = held_up(job, (STORM.rain.storms[0][0] - job.end_at) // MINUTE + 5)
    version, _ = plan_for(replace(STORM, progress={job.job_id: told}), first)
    again = [one for one in version.assignments if one.job_id == job.job_id]
    assert not any(told.late & {each.unit_id for each in one.members} for one in again)


def test_who_is_under_way_is_held_to_what_he_said(first):
    job = job_of(first, "clear:S1")
    now = job.start_at - MINUTE
    told = held_up(job, 30, Stage.UNDER_WAY)
    storm = replace(make_storm(now=now), progress={job.job_id: told})
    held = build_problem(storm, storm_tasks(storm), first).held
    assert held[job.job_id].start_at == told.comes_at
    assert held[job.job_id].end_at == job.end_at + 30 * MINUTE


def test_a_post_ends_when_it_ends(first):
    post = next(job for job in first.assignments if job.kind.is_post)
    assert JobId.parse(post.job_id).incident_id is None
    for minutes in (10, 100_000):
        late = as_delayed(post, held_up(post, minutes))
        assert late.end_at == post.end_at
        assert post.start_at < late.start_at <= post.end_at
