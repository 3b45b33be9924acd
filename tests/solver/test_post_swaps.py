"""A post in place of another, for all its hours at once."""

import math

from hypothesis import HealthCheck, given, settings

from solver import Job, Problem, Slot, Unit
from solver.construct import first_plan
from solver.indexed import IndexedProblem, Place, value
from solver.insertion import Board
from solver.post_swaps import with_posts_swapped
from tests.solver.test_solve import problems

HOUR, NIGHT = 3600, 6


def hours(name: str, place: int) -> list[Job]:
    """A post of a night, worth its minutes: who comes late has less of it."""
    return [
        Job(
            f"{name}{n}", place, 600, ((n * HOUR, (n + 1) * HOUR - 600),), HOUR,
            (Slot("crew"),), due=n * HOUR, late_cost=1, late_most=3000, until=(n + 1) * HOUR,
        )
        for n in range(NIGHT)
    ]  # fmt: skip


def night() -> tuple[IndexedProblem, dict]:
    """One crew stands at the far one of two posts."""
    ways = [[0, 300, 900], [300, 0, 900], [900, 900, 0]]
    crew = Unit("c", "crew", 0, (0, NIGHT * HOUR))
    jobs = [*hours("near", 1), *hours("far", 2)]
    problem = Problem("n", "2022-07-08T06:00:00Z", NIGHT * HOUR, ways, [crew], jobs)
    indexed = IndexedProblem(problem)
    at = {f"far{n}": Place(max(900, n * HOUR), (0,)) for n in range(NIGHT)}
    return indexed, {indexed.job_no[name]: place for name, place in at.items()}


def test_who_stands_at_the_far_post_takes_the_near_one_that_he_mans_longer():
    indexed, schedule = night()
    found = with_posts_swapped(Board(indexed, schedule), math.inf).schedule
    assert {indexed.jobs[j].id for j in found} == {f"near{n}" for n in range(NIGHT)}
    assert value(indexed, found) == value(indexed, schedule) + 600


def test_once_the_time_is_up_all_stands():
    indexed, schedule = night()
    assert with_posts_swapped(Board(indexed, schedule), 1.0, lambda: 2.0).schedule == schedule


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_a_swap_is_legal_and_never_loses(problem):
    indexed = IndexedProblem(problem)
    before = first_plan(indexed, math.inf)
    after = with_posts_swapped(Board(indexed, before), math.inf).schedule
    assert value(indexed, after) >= value(indexed, before)
    assert indexed.pins.keys() <= after.keys()
    for j, place in after.items():
        others = Board(indexed, {i: at for i, at in after.items() if i != j})
        assert j in indexed.pins or indexed.followers[j] or others.allows(j, place)
