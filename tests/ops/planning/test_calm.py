"""What was told stays told: a plan made again moves nobody but for its price."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from operator import attrgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.model.city import (
    Inspection,
    InspectionResult,
)
from data.model.plan import JobKind, PlanVersion
from ops.planning.in_force.plan_diff import changes
from ops.planning.in_force.portions import with_told_inlets
from ops.planning.parameters import StabilitySettings
from ops.planning.solver_input import SolverInput, build_problem
from ops.planning.solver_output import read_plan
from ops.planning.solver_problem import LEFT_BY_CHOICE
from ops.planning.wanted.watch_parts import known_posts
from solver import Plan, Problem, solve
from solver.referee import change_cost
from tests.helpers.drawn.small_cases import QUICK, Case, asked, cases, draws, most_lost, wet_cases
from tests.helpers.makers import make_version
from tests.helpers.storm import wanted

pytestmark = pytest.mark.system  # hundreds of whole plans


def published(case: Case) -> PlanVersion:
    """The plan for a case as it is told."""
    storm, tasks = asked(case)
    inputs = build_problem(storm, tasks, None)
    found = max(
        (solve(inputs.problem, steps=4 * QUICK, seed=n) for n in (1, 2)), key=attrgetter("score")
    )
    jobs, left_out, rests = read_plan(inputs, found, storm.city)
    return make_version(
        1,
        made_at=storm.now,
        rain=storm.rain,
        assignments=jobs,
        left_out=left_out,
        rests=rests,
        problem=inputs.problem.to_json(),
    )


def asked_again(case: Case, version: PlanVersion) -> SolverInput:
    """The problem some time later, with all work done and tapped as it was told."""
    done = tuple(
        Inspection(inlet_id=inlet, at=job.end_at, result=InspectionResult.CLEANED)
        for job in version.assignments
        if job.kind is JobKind.CLEAR and job.end_at <= case.now
        for inlet in job.inlet_ids
    )
    storm, _ = asked(replace(case, city=replace(case.city, inspections=done)))
    storm = replace(storm, known_posts=known_posts(version, storm.now))
    tasks = with_told_inlets(wanted(storm, version), version, storm)
    return build_problem(storm, tasks, version)


def moved(problem: Problem, plan: Plan) -> set[str]:
    """What was told to somebody and is now told to others, or to nobody."""
    units = {each.job: set(each.units) for each in plan.assignments}
    pinned = {pin.job for pin in problem.pinned}
    return {
        pin.job
        for pin in problem.previous
        if pin.job in problem.job_by_id
        and pin.job not in pinned
        and units.get(pin.job) != set(pin.units)
    }


def kept(problem: Problem, jobs: Iterable[str]) -> Problem:
    """The problem with these jobs pinned as they were told, as far as that is legal."""
    for pin in problem.previous:
        if pin.job in jobs:
            with suppress(ValueError):
                problem = replace(problem, pinned=(*problem.pinned, pin))
    return problem


@draws
@given(case=cases(), minutes=st.integers(3, 200))
def test_what_was_told_is_wanted_still_and_moves_only_for_its_price(case: Case, minutes: int):
    """Nothing has happened but work done as planned."""
    version = published(case)
    later = replace(case, now=case.now + timedelta(minutes=minutes))
    inputs = asked_again(later, version)
    known_to_all = {pin.job for pin in inputs.problem.previous}
    assert known_to_all <= inputs.problem.job_by_id.keys(), "what was told is asked for still"
    left = {each.job_id for each in version.left_out if each.why.code.startswith(LEFT_BY_CHOICE)}
    for job in inputs.problem.jobs:
        points = inputs.tasks[job.id].points if job.id in inputs.tasks else 0  # under way
        news = min(StabilitySettings().add, points // 2) if job.id in left else 0
        assert job.weight == points - news, "news has its price"
        assert most_lost(job) < max(1, job.weight)
    found = solve(inputs.problem, steps=QUICK)
    news = moved(inputs.problem, found)
    if news:
        stays = solve(kept(inputs.problem, news), steps=QUICK)
        assert found.score >= stays.score, news


@draws
@given(case=cases(), minutes=st.integers(0, 200))
def test_with_nothing_new_nobody_is_told_anything_but_for_its_price(case: Case, minutes: int):
    """What costs nothing is told to nobody, but for what is added; else it wins more than that."""
    version = published(case)
    inputs = asked_again(replace(case, now=case.now + timedelta(minutes=minutes)), version)
    problem = inputs.problem
    found = solve(problem, steps=QUICK)
    jobs, left_out, rests = read_plan(inputs, found, case.city)
    again = replace(
        version, made_at=inputs.now, assignments=jobs, left_out=left_out, rests=rests, number=2
    )
    told = [each.code for each in changes(version, again, case.city, StabilitySettings())]
    if change_cost(problem, {each.job: each for each in found.assignments}) == 0:
        assert set(told) <= {"change.added"}
    stays = solve(kept(problem, {pin.job for pin in problem.previous}), steps=QUICK)
    assert found.score >= stays.score, told


@draws
@given(case=wet_cases(), minutes=st.integers(0, 60))
def test_an_incident_moves_nobody_but_who_goes_and_who_stands_in_for_him(case: Case, minutes: int):
    """Whoever else is moved is so for more than the price: to keep him loses."""
    version = published(replace(case, water=()))
    now = case.now + timedelta(minutes=minutes)
    water = tuple(replace(one, reported_at=now, received_at=now) for one in case.water)
    inputs = asked_again(replace(case, now=now, water=water), version)
    problem = inputs.problem
    found = solve(problem, steps=4 * QUICK)
    goers = {
        unit for each in found.assignments if each.job.startswith("incident") for unit in each.units
    }
    left = {pin.job for pin in problem.previous if goers & set(pin.units)}
    others = moved(problem, found) - left
    if others:
        stays = solve(kept(problem, others), steps=4 * QUICK)
        assert found.score >= stays.score, others
