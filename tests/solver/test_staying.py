"""A post is kept by who stands there, where the plan is worth as much."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver import Job, Pin, Plan, Problem, Slot, Stability, Unit, solve
from solver.indexed import IndexedProblem, Place
from solver.polish.restore import planned
from solver.polish.staying import staying
from solver.referee import violations

HOUR = 3600
POSTS = (("a0", "a1", "a2"), ("b0", "b1", "b2"))


def two_posts(way: int = 0, weights=(100,) * 6, pay: int = 0, **more) -> Problem:
    """Two posts, so many seconds apart, for three hours each; two teams."""
    jobs = tuple(
        Job(name, at, 1, ((hour * HOUR, hour * HOUR),), weight, (Slot(),), until=(hour + 1) * HOUR)
        for (name, at, hour), weight in zip(
            ((name, at, hour) for at, post in enumerate(POSTS) for hour, name in enumerate(post)),
            weights,
            strict=True,
        )
    )
    return Problem(
        "posts",
        "2022-07-08T06:00:00Z",
        4 * HOUR,
        ((0, way), (way, 0)),
        tuple(Unit(name, "crew", 0, (0, 4 * HOUR)) for name in ("u", "v")),
        jobs,
        travel_cost=pay,
        **more,
    )


def going_round(problem: Problem, teams: str) -> Plan:
    """The plan in which those teams have the parts, in order."""
    indexed = IndexedProblem(problem)
    schedule = {
        indexed.job_no[name]: Place(int(name[1]) * HOUR, (indexed.unit_no[team],))
        for name, team in zip([name for post in POSTS for name in post], teams, strict=True)
    }
    plan = planned(indexed, schedule, solve(problem, steps=1), 0)
    assert violations(problem, plan) == []
    return plan


def teams(plan: Plan) -> str:
    who = {one.job: one.units[0] for one in plan.assignments}
    return "".join(who.get(name, ".") for post in POSTS for name in post)


def test_teams_that_change_places_every_hour_stay():
    problem = two_posts()
    calm = staying(problem, going_round(problem, "uvuvuv"), POSTS, math.inf)
    assert violations(problem, calm) == []
    assert teams(calm) in ("uuuvvv", "vvvuuu")


def relieved(pay: int, **more) -> tuple[Problem, Plan]:
    """Two posts far apart, and two teams that come on duty beside one each and relieve the other
    one.
    """
    problem = two_posts(way=1200, pay=pay, **more)
    units = (problem.units[0], replace(problem.units[1], start=1))
    jobs = tuple(replace(job, windows=((HOUR // 2, job.until - 1),)) for job in problem.jobs)
    jobs = tuple(job for job in jobs if job.until == 2 * HOUR)
    problem = replace(problem, units=units, jobs=jobs)
    indexed = IndexedProblem(problem)
    schedule = {
        indexed.job_no[name]: Place(HOUR, (indexed.unit_no[team],))
        for name, team in (("a1", "v"), ("b1", "u"))
    }
    plan = planned(indexed, schedule, solve(problem, steps=1), 0)
    assert violations(problem, plan) == []
    return problem, plan


def test_who_relieves_two_posts_takes_the_one_that_is_nearer():
    problem, crosswise = relieved(pay=1)
    assert teams(crosswise) == ".v..u."
    straight = staying(problem, crosswise, POSTS, math.inf)
    assert violations(problem, straight) == []
    assert teams(straight) == ".u..v."
    assert straight.score == crosswise.score + 2 * 1200


def test_who_was_told_to_relieve_the_farther_one_does():
    told = tuple(Pin(name, HOUR, (team,)) for name, team in (("a1", "v"), ("b1", "u")))
    problem, crosswise = relieved(1, previous=told, stability=Stability(0, 0, 300))
    assert staying(problem, crosswise, POSTS, math.inf) is crosswise


def test_what_is_told_to_others_stays_so():
    told = {"a0": "u", "a1": "v", "a2": "u", "b0": "v", "b1": "u", "b2": "v"}
    hours = {name: int(name[1]) * HOUR for name in told}
    problem = two_posts(
        previous=tuple(Pin(name, hours[name], (team,)) for name, team in told.items()),
        stability=Stability(0, 0, 300),
    )
    plan = going_round(problem, "uvuvuv")
    assert staying(problem, plan, POSTS, math.inf) is plan


def test_it_ends_with_its_time():
    problem = two_posts()
    plan = going_round(problem, "uvuvuv")
    assert staying(problem, plan, POSTS, 0.0, clock=lambda: 1.0) is plan


def changes(plan: Plan) -> int:
    who = {one.job: one.units for one in plan.assignments}
    return sum(
        one != other
        for post in POSTS
        for held in [[who[name] for name in post if name in who]]
        for one, other in pairwise(held)
    )


@given(
    st.sampled_from((0, 300, 1200)),
    st.sampled_from((0, 1)),
    st.lists(st.sampled_from((0, 50, 100)), min_size=6, max_size=6),
    st.integers(1, 99),
)
def test_it_loses_nothing_and_changes_hands_no_more(way, pay, weights, seed):
    problem = two_posts(way, weights, pay)
    plan = solve(problem, steps=20, seed=seed)
    calm = staying(problem, plan, POSTS, math.inf)
    assert violations(problem, calm) == []
    assert calm.score >= plan.score
    assert changes(calm) <= changes(plan)
    assert {one.job for one in calm.assignments} == {one.job for one in plan.assignments}
    assert staying(problem, calm, POSTS, math.inf) is calm


@pytest.mark.parametrize(("told", "begins"), [(None, HOUR), (HOUR + 900, HOUR + 900)])
def test_who_keeps_a_post_from_one_who_came_late_is_there_at_once(told, begins):
    """Unless he was told to be there later, and the quarter of an hour is not worth another."""
    problem = two_posts()
    jobs = tuple(
        replace(
            job,
            windows=((job.windows[0][0], job.windows[0][0] + HOUR // 2),),
            weight=10**6,
            due=job.windows[0][0],
            late_cost=1,
        )
        for job in problem.jobs
        if job.id in POSTS[0]
    )
    previous = () if told is None else (Pin("a1", told, ("u",)),)
    problem = replace(problem, jobs=jobs, previous=previous, stability=Stability(0, 5000, 300))
    indexed = IndexedProblem(problem)
    places = {"a0": (0, "u"), "a1": (HOUR + 900, "v"), "a2": (2 * HOUR, "u")}
    schedule = {
        indexed.job_no[name]: Place(start, (indexed.unit_no[team],))
        for name, (start, team) in places.items()
    }
    late = planned(indexed, schedule, solve(problem, steps=1), 0)
    calm = staying(problem, late, POSTS, math.inf)
    assert violations(problem, calm) == []
    assert {one.job: (one.start, one.units) for one in calm.assignments} == {
        "a0": (0, ("u",)),
        "a1": (begins, ("u",)),
        "a2": (2 * HOUR, ("u",)),
    }
