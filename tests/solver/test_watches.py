"""Watches handed round: what takes many jobs at once to be better, never worse and always legal."""

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import Job, Pin, Problem, Reason, Slot, Stability, Status, Unassigned, Unit
from solver.construct import first_plan, pinned_only
from solver.indexed import IndexedProblem, Place, value
from solver.plan import Plan
from solver.polish.restore import planned
from solver.referee import violations
from solver.search.portfolio import Portfolio
from tests.helpers.drawn.problems import problems

HOUR, HOURS = 3600, 7
POSTS = ("a", "b", "c", "d")


def watches(post, weight=1000):
    """A watch at a post, hour by hour, late from its first minute on."""
    return [
        Job(
            f"{POSTS[post]}{hour}",
            post,
            HOUR // 2,
            ((hour * HOUR, hour * HOUR + HOUR // 2),),
            weight,
            (Slot(),),
            due=hour * HOUR,
            late_cost=1,
            until=(hour + 1) * HOUR,
        )
        for hour in range(1, HOURS + 1)
    ]


def town(crews, posts, near, **more):
    """Crews that are near one post each, `near[crew]`, and half an hour from all others."""
    places = len(POSTS)
    travel = [
        [0 if a == b else HOUR // 2 for b in range(places + crews)] for a in range(places + crews)
    ]
    for crew, post in enumerate(near):
        travel[places + crew][post] = travel[post][places + crew] = 60
    units = [Unit(f"k{i}", "crew", places + i, (0, 12 * HOUR)) for i in range(crews)]
    jobs = [job for post, weight in posts for job in watches(post, weight)]
    more.setdefault("travel_cost", 1)
    return Problem("p", "2022-07-08T06:00:00Z", 12 * HOUR, travel, units, jobs, **more)


def standing(indexed, who):
    """Each post with one crew for all its hours, `who[post]`."""
    return {
        j: Place(job.windows[0][0], (who[POSTS[job.location]],))
        for j, job in enumerate(indexed.jobs)
        if POSTS[job.location] in who
    }


def handed_round(indexed, schedule):
    portfolio = Portfolio(indexed, schedule, 1, 1)
    searcher = portfolio.searchers[0]
    searcher.hand_round()
    return searcher.schedule()


def holders(indexed, schedule):
    found = {}
    for j, place in schedule.items():
        found.setdefault(indexed.jobs[j].id[0], set()).update(place.units)
    return found


def broken(problem, indexed, schedule):
    """What the referee says of a schedule, nothing told of why jobs are left out."""
    done = {indexed.jobs[j].id for j in schedule}
    left = [Unassigned(job.id, Reason.UNEXAMINED) for job in problem.jobs if job.id not in done]
    bare = Plan(problem.id, 0, 0, Status.FEASIBLE, (), (), tuple(left))
    return violations(problem, planned(indexed, schedule, bare, 10**12))


def test_two_crews_on_each_other_s_post_change_places():
    indexed = IndexedProblem(town(2, [(0, 1000), (1, 1000)], near=[0, 1]))
    after = handed_round(indexed, standing(indexed, {"a": 1, "b": 0}))
    assert holders(indexed, after) == {"a": {0}, "b": {1}}


def test_three_crews_go_round():
    indexed = IndexedProblem(town(3, [(0, 1000), (1, 1000), (2, 1000)], near=[0, 1, 2]))
    after = handed_round(indexed, standing(indexed, {"a": 1, "b": 2, "c": 0}))
    assert holders(indexed, after) == {"a": {0}, "b": {1}, "c": {2}}


def test_a_post_that_nobody_has_is_taken_for_the_one_that_weighs_least():
    """Each goes to the post of the next, the last to the one that was left out."""
    posts = [(0, 1000), (1, 1000), (2, 1000), (3, 900)]
    indexed = IndexedProblem(town(3, posts, near=[0, 1, 2]))
    after = handed_round(indexed, standing(indexed, {"b": 0, "c": 1, "d": 2}))
    assert holders(indexed, after) == {"a": {0}, "b": {1}, "c": {2}}


def test_whoever_is_relieved_in_between_gets_the_rest_of_the_day():
    """The tails of two days at a cut."""
    indexed = IndexedProblem(town(2, [(0, 1000), (1, 1000)], near=[0, 1]))
    early = {j for j, job in enumerate(indexed.jobs) if job.until <= 4 * HOUR}
    right = standing(indexed, {"a": 0, "b": 1})
    crossed = {
        j: place if j in early else Place(place.start, (1 - place.units[0],))
        for j, place in right.items()
    }
    late = {  # who changes posts is half an hour on the road
        j: replace(place, start=place.start + HOUR // 2)
        if indexed.jobs[j].until == 5 * HOUR
        else place
        for j, place in crossed.items()
    }
    assert broken(indexed.problem, indexed, late) == []
    assert holders(indexed, handed_round(indexed, late)) == {"a": {0}, "b": {1}}


@pytest.mark.parametrize(("price", "moves"), [(100, True), (10_000, False)])
def test_what_was_told_changes_hands_for_more_than_its_price(price, moves):
    told = {"a": 1, "b": 0}
    problem = town(2, [(0, 1000), (1, 1000)], near=[0, 1])
    before = standing(IndexedProblem(problem), told)
    jobs = IndexedProblem(problem).jobs
    previous = [
        Pin(jobs[j].id, place.start, (f"k{place.units[0]}",)) for j, place in before.items()
    ]
    indexed = IndexedProblem(replace(problem, previous=previous, stability=Stability(price, 0, 0)))
    after = handed_round(indexed, before)
    assert (holders(indexed, after) == {"a": {0}, "b": {1}}) == moves
    assert value(indexed, after) >= value(indexed, before)


def test_what_is_under_way_stays_with_its_crew():
    told = {"a": 1, "b": 0}
    problem = town(2, [(0, 1000), (1, 1000)], near=[0, 1])
    before = standing(IndexedProblem(problem), told)
    jobs = IndexedProblem(problem).jobs
    pinned = [
        Pin(jobs[j].id, place.start, (f"k{place.units[0]}",))
        for j, place in before.items()
        if jobs[j].until <= 3 * HOUR
    ]
    indexed = IndexedProblem(replace(problem, pinned=pinned))
    after = handed_round(indexed, before)
    assert all(after[indexed.job_no[pin.job]].start == pin.start for pin in pinned)
    assert broken(indexed.problem, indexed, after) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.booleans())
def test_watches_handed_round_are_legal_and_never_worth_less(problem, begins_full):
    indexed = IndexedProblem(problem)
    before = first_plan(indexed, math.inf) if begins_full else pinned_only(indexed)
    portfolio = Portfolio(indexed, before, 1, 1)
    searcher = portfolio.searchers[0]
    started = searcher.schedule()  # a plan that it cannot represent is not where it begins
    searcher.hand_round()
    after = searcher.schedule()
    assert searcher.best.score[0] <= value(indexed, after)
    assert value(indexed, after) >= value(indexed, started)
    assert broken(problem, indexed, after) == []
