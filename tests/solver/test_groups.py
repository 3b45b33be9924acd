"""Several ways to do the same: of the jobs of one group at most one is done."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings

from solver import (
    Assignment,
    Job,
    Pin,
    Plan,
    Problem,
    Reason,
    Slot,
    Status,
    Unassigned,
    Unit,
    solve,
)
from solver.indexed import IndexedProblem
from solver.insertion import Board
from solver.polish.restore import restored
from solver.referee import score, violations
from tests.helpers.drawn.problems import problems

TRAVEL = ((0, 100), (100, 0))
CREWS = tuple(Unit(name, "crew", 0, (0, 10_000)) for name in ("c1", "c2"))
TRUCK = Unit("t1", "truck", 0, (0, 10_000))
BY_HAND = Job("hand", 1, 300, ((0, 9000),), 500, (Slot("crew"),), group="grate")
JETTED = Job("jet", 1, 1800, ((0, 9000),), 900, (Slot("crew"), Slot("truck")), group="grate")
OTHER = Job("other", 1, 1500, ((0, 2000),), 700, (Slot("crew"),))


def problem(*jobs, units=(*CREWS, TRUCK), **more):
    return Problem("p", "2022-07-08T06:00:00Z", 10_000, TRAVEL, units, jobs, **more)


def plan(instance, *done, **reasons):
    """A plan with true claims; `done` is (job, start, units...), ``reasons`` by job left out."""
    by_id = instance.job_by_id
    listed = tuple(
        Assignment(job, start, start + by_id[job].duration, tuple(units))
        for job, start, *units in done
    )
    out = tuple(Unassigned(job, reason) for job, reason in reasons.items())
    made = Plan("p", 0, 10**9, Status.FEASIBLE, listed, (), out)
    return replace(made, score=score(instance, made))


def test_two_of_a_group_are_not_both_done():
    instance = problem(BY_HAND, JETTED)
    both = plan(instance, ("hand", 200, "c1"), ("jet", 200, "c2", "t1"))
    one = plan(instance, ("hand", 200, "c1"), jet=Reason.ALTERNATIVE)
    assert violations(instance, both) == ["2 jobs of group grate are done"]
    assert violations(instance, one) == []
    apart = problem(BY_HAND, replace(JETTED, group="other grate"))
    assert violations(apart, both) == []


@pytest.mark.parametrize(("group", "legal"), [("grate", True), (None, False)])
def test_only_who_is_done_in_another_way_is_left_out_for_it(group, legal):
    instance = problem(BY_HAND, replace(JETTED, group=group))
    found = violations(instance, plan(instance, ("hand", 200, "c1"), jet=Reason.ALTERNATIVE))
    assert (found == []) is legal


def test_the_better_way_is_taken_and_the_other_one_has_no_price():
    done = solve(problem(BY_HAND, JETTED), steps=200)
    assert [each.job for each in done.assignments] == ["jet"]
    (left,) = done.unassigned
    assert (left.reason, left.detail.jobs) == (Reason.ALTERNATIVE, ("jet",))


def test_the_quicker_way_is_taken_where_the_crew_is_wanted_elsewhere():
    soon = [replace(each, windows=((0, 2300),)) for each in (BY_HAND, JETTED, OTHER)]
    done = solve(problem(*soon, units=(CREWS[0], TRUCK)), steps=200)
    assert {each.job for each in done.assignments} == {"hand", "other"}


def test_what_is_published_comes_back_in_place_of_what_does_the_same():
    instance = problem(BY_HAND, JETTED, previous=(Pin("jet", 200, ("c2", "t1")),))
    indexed = IndexedProblem(instance)
    board = Board(indexed, {})
    hand, jet = indexed.job_no["hand"], indexed.job_no["jet"]
    board.put(hand, board.earliest_insertion(hand))
    assert board.earliest_insertion(jet) is None
    assert set(restored(indexed, board.schedule, float("inf"))) == {jet}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_a_group_is_worth_its_best_choice(instance):
    """The plan is as good as that of the best problem in which each group has one job left."""
    bare = replace(instance, pinned=(), previous=())
    whole = solve(bare, steps=2000)
    if whole.status is not Status.OPTIMAL:
        return
    groups = [[job.id for job in bare.jobs if job.group == name] for name in ("g", "h")]
    best = 0
    for kept in product(*(group or [None] for group in groups)):
        jobs = [
            replace(job, group=None, after=())
            for job in bare.jobs
            if job.group is None or job.id in kept
        ]
        known = {job.id for job in jobs}
        jobs = [
            replace(job, after=after)
            for job, after in ((each, bare.job_by_id[each.id].after) for each in jobs)
            if set(after) <= known
        ]
        while any(set(job.after) - {each.id for each in jobs} for job in jobs):
            names = {each.id for each in jobs}
            jobs = [job for job in jobs if set(job.after) <= names]
        best = max(best, solve(replace(bare, jobs=tuple(jobs)), steps=2000).score)
    assert whole.score == best
