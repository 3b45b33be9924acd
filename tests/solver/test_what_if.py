"""What if one unit, window or shift were another; what a unit is worth; what would get a job done."""

from dataclasses import replace

import pytest

from solver import Job, Pin, Problem, Slot, Unit, solve
from solver.referee import violations
from solver.what_if import (
    remedies,
    unit_worth,
    what_if,
    with_shift,
    with_unit,
    with_windows,
    without_unit,
)

CREW = Unit("c1", "crew", 0, (0, 1000))


def two_jobs(*units, **more):
    """Two jobs of 500 s, 100 s away: one unit can do only one of them."""
    jobs = tuple(
        Job(f"j{i}", 1, 500, ((0, 1000),), 10 * (i + 1), (Slot("crew"),)) for i in range(2)
    )
    return Problem(
        "p", "2022-07-08T06:00:00Z", 2000, ((0, 100), (100, 0)), units or (CREW,), jobs, **more
    )


def test_one_unit_more_does_the_job_that_was_left_out():
    problem = two_jobs()
    more = with_unit(problem, replace(CREW, id="c2"))
    (found,) = what_if(problem, solve(problem, steps=20), {"more": more}, steps=20)
    assert (found.difference, found.gained, found.lost) == (10, ("j0",), ())
    assert violations(more, found.plan) == []


def test_variants_come_best_first():
    problem = two_jobs()
    variants = {
        "none": without_unit(problem, "c1"),
        "longer": with_shift(with_windows(problem, "j0", ((0, 2000),)), "c1", (0, 1200)),
        "same": problem,
    }
    found = what_if(problem, solve(problem, steps=20), variants, steps=20)
    assert [(each.name, each.difference) for each in found] == [
        ("longer", 10),
        ("same", 0),
        ("none", -20),
    ]


def test_each_unit_is_worth_what_would_be_lost_without_it():
    problem = two_jobs(CREW, replace(CREW, id="c2"), replace(CREW, id="idle"))
    assert unit_worth(problem, solve(problem, steps=50), steps=50) == {"c1": 0, "c2": 0, "idle": 0}
    problem = two_jobs(CREW, replace(CREW, id="c2"))
    assert unit_worth(problem, solve(problem, steps=50), steps=50) == {"c1": 10, "c2": 10}


def test_pinned_work_of_a_lost_unit_is_free_again_with_what_comes_after_it():
    problem = two_jobs(CREW, replace(CREW, id="c2"))
    first, second = problem.jobs
    second = replace(second, after=("j0",), windows=((0, 2000),))
    units = [replace(each, shift=(0, 2000)) for each in problem.units]
    pins = (Pin("j0", 100, ("c1",)), Pin("j1", 700, ("c2",)))
    problem = replace(problem, jobs=(first, second), units=units, pinned=pins)
    assert without_unit(problem, "c1").pinned == ()
    assert without_unit(problem, "c2").pinned == pins[:1]


def test_remedies_for_a_job_that_is_left_out():
    problem = two_jobs()
    found = remedies(problem, solve(problem, steps=20), "j0", steps=20)
    assert [each.name for each in found] == ["one more crew"]
    wide = with_windows(problem, "j0", ((0, 2000),))
    found = remedies(wide, solve(wide, steps=20), "j0", steps=20)
    assert {each.name for each in found} == {"one more crew", "shift of c1 longer"}


@pytest.mark.parametrize(
    "call", [lambda p: without_unit(p, "x"), lambda p: remedies(p, solve(p, steps=1), "x")]
)
def test_strangers_are_refused(call):
    with pytest.raises(ValueError, match="x is not in the problem"):
        call(two_jobs())


def test_a_start_is_never_made_worse():
    problem = two_jobs(CREW, replace(CREW, id="c2"))
    plan = solve(problem, steps=50)
    assert solve(problem, steps=1, start=plan).score >= plan.score
