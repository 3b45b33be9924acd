"""Why a job is left out: what is named is true, and holds when it is tried."""

import math
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings

from solver import (
    Job,
    Pin,
    Problem,
    Reason,
    Slot,
    Unit,
    solve,
)
from solver.indexed import IndexedProblem, Place
from solver.proofs.unassigned_reasons import explain
from solver.referee import violations
from tests.helpers.drawn.problems import problems, simple
from tests.helpers.draws import few_or


def reason(problem, name):
    plan = solve(problem, steps=50)
    assert violations(problem, plan) == []
    return next((each for each in plan.unassigned if each.job == name), None)


def test_no_unit_fits_the_slot():
    result = reason(simple(Job("a", 1, 500, ((0, 1000),), 10, (Slot("truck"),))), "a")
    assert (result.reason, result.detail.slots) == (Reason.NO_UNIT, (0,))


def test_no_unit_can_be_there_in_the_window():
    result = reason(simple(Job("a", 1, 500, ((0, 599),), 10, (Slot(),))), "a")
    assert result.reason is Reason.NO_UNIT
    assert reason(simple(Job("a", 1, 500, ((0, 600),), 10, (Slot(),))), "a") is None


def test_one_unit_cannot_fill_two_slots():
    result = reason(simple(Job("a", 1, 500, ((0, 1000),), 10, (Slot(), Slot()))), "a")
    assert (result.reason, result.detail.slots) == (Reason.NO_UNIT, ())


def test_pinned_work_stands_in_the_way():
    jobs = (
        Job("a", 1, 500, ((0, 1000),), 10, (Slot(),)),
        Job("b", 1, 500, ((0, 1000),), 10, (Slot(),)),
    )
    result = reason(simple(*jobs, pinned=(Pin("a", 300, ("c1",)),)), "b")
    assert (result.reason, result.detail.jobs) == (Reason.PINNED, ("a",))
    assert reason(simple(*jobs), "b").reason is Reason.OUTWEIGHED


def test_a_left_out_predecessor_is_named():
    first = Job("a", 1, 500, ((0, 500),), 10, (Slot(),))
    result = reason(simple(first, Job("b", 1, 100, ((0, 1000),), 10, (Slot(),), after=("a",))), "b")
    assert (result.reason, result.detail.jobs) == (Reason.PREDECESSOR, ("a",))


def test_what_outweighs_a_job_is_named_with_its_price():
    jobs = (
        Job("a", 1, 500, ((0, 1000),), 30, (Slot(),)),
        Job("b", 1, 500, ((0, 1000),), 10, (Slot(),)),
    )
    result = reason(simple(*jobs), "b")
    assert (result.reason, result.detail.jobs, result.detail.points) == (
        Reason.OUTWEIGHED,
        ("a",),
        20,
    )


def test_nothing_is_outweighed_by_the_overtime_of_one_where_another_is_on_duty():
    tired = Unit("c1", "crew", 1, (0, 1000), overtime_from=0, overtime_cost=1)
    rested = Unit("c2", "crew", 0, (0, 1000))
    job = Job("a", 1, 500, ((200, 700),), 100, (Slot(),))
    indexed = IndexedProblem(replace(simple(job), units=(tired, rested)))
    done, left_out = explain(indexed, {}, math.inf)
    assert (done, left_out) == ({0: Place(200, (1,))}, [])


def test_the_most_valuable_is_looked_at_first_and_what_there_is_no_time_for_says_so():
    jobs = [Job("done", 1, 500, ((0, 1000),), 99, (Slot(),))]
    jobs += [Job(f"j{n}", 1, 500, ((0, 1000),), 10 + n, (Slot(),)) for n in range(5)]
    indexed, clock = IndexedProblem(simple(*jobs)), count()
    schedule = {indexed.job_no["done"]: Place(100, (0,))}
    _, left_out = explain(indexed, schedule, -1.0, lambda: float(next(clock)), ends=4.0)
    reasons = {each.job: each.reason for each in left_out}
    looked_at = {job for job, why in reasons.items() if why is Reason.OUTWEIGHED}
    assert looked_at == {"j4", "j3", "j2"}
    assert {why for job, why in reasons.items() if job not in looked_at} == {Reason.UNEXAMINED}


def chain(problem: Problem, job: str) -> set[str]:
    """The job and all that must come before it."""
    found, todo = set(), [job]
    while todo:
        found.add(name := todo.pop())
        todo += problem.job_by_id[name].after
    return found


def without_loads(problem: Problem) -> Problem:
    """The problem as if it did not count what is aboard, only what a tank can hold."""

    def holding(most: int) -> tuple[str, ...]:
        return tuple(f"holds {n}" for n in range(1, most + 1))

    units = [
        replace(
            u,
            capacity=None,
            aboard=0,
            ends_empty=False,
            skills=(*u.skills, *holding(u.capacity or 0)),
        )
        for u in problem.units
    ]
    jobs = [
        replace(
            j,
            slots=[
                replace(s, load=0, skills=(*s.skills, *holding(abs(s.load))[-1:])) for s in j.slots
            ],
        )
        for j in problem.jobs
    ]
    return replace(problem, units=units, jobs=jobs, dump_sites=())


def alone(problem: Problem, wanted: set[str], *, pinned: bool) -> Problem:
    """The day with these jobs only, worth more than any cost, beside the pinned work or without;
    without loads where some job gives off what others bring.
    """
    problem = without_loads(problem) if problem.gives_off else problem
    pins = problem.pinned if pinned else ()
    names = wanted | {pin.job for pin in pins}
    jobs = [
        replace(each, weight=10**8, due=None, late_cost=0, late_most=None)
        for each in problem.jobs
        if each.id in names
    ]
    return replace(problem, jobs=jobs, pinned=pins, previous=(), travel_cost=0)


@settings(max_examples=few_or(200, few=60), deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(detours=False))
def test_each_reason_holds_when_it_is_tried(problem):
    reasons_hold(problem)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))
@given(problem=problems(detours=False))
def test_each_reason_holds_in_two_thousand_problems(problem):
    reasons_hold(problem)


def reasons_hold(problem: Problem) -> None:
    """Who is said to have no unit has none on an empty day, pinned work in the way is all that is,
    and what is outweighed can be done.
    """
    plan = solve(problem, steps=30)
    done = {each.job for each in plan.assignments}
    for missing in plan.unassigned:
        wanted = chain(problem, missing.job)
        if missing.reason is Reason.PREDECESSOR:
            continue
        group = problem.job_by_id[missing.job].group
        same = {each.id for each in problem.jobs if group and each.group == group}
        assert (missing.reason is Reason.ALTERNATIVE) == bool(done & same), missing
        if missing.reason is Reason.ALTERNATIVE:
            continue
        if missing.reason is Reason.NO_LOAD:
            assert problem.gives_off
            continue
        days = {
            pinned: alone(problem, wanted, pinned=pinned)
            for pinned in {bool(problem.pinned), False}
        }
        can = {
            pinned: missing.job in {each.job for each in solve(day, steps=100).assignments}
            for pinned, day in days.items()
        }
        beside, empty = can[bool(problem.pinned)], can[False]
        assert (beside, empty) == {
            Reason.NO_UNIT: (False, False),
            Reason.PINNED: (False, True),
            Reason.OUTWEIGHED: (True, empty),
        }[missing.reason], missing
