"""Units that go by different means: each by the ways of its own profile, everywhere."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from solver import Assignment, Job, Plan, Problem, Profile, Reason, Slot, Status, Unit, solve
from solver.budget import Budget
from solver.construct import pinned_only
from solver.indexed import IndexedProblem, value
from solver.plan import Unassigned
from solver.proofs.bound import Relaxation
from solver.proofs.cpsat import improve
from solver.referee import score, violations
from solver.search.portfolio import Portfolio
from tests.helpers.drawn.problems import problems
from tests.solver.test_bound import storm

DRIVEN = ((0, 100, 5000), (100, 0, 5000), (5000, 5000, 0))
WALKED = ((0, 400, 300), (400, 0, 200), (300, 200, 0))
LORRY = Unit("lorry", "truck", 0, (0, 4000))
PAIR = Unit("pair", "crew", 0, (0, 4000), end=0, profile="foot")
FOOT = Profile("foot", WALKED)


def problem(*jobs, units=(LORRY, PAIR), profiles=(FOOT,), **more):
    return Problem(
        "p",
        "2022-07-08T06:00:00Z",
        4000,
        DRIVEN,
        units,
        jobs,
        travel_cost=1,
        profiles=profiles,
        **more,
    )


def job(name, location, *slots, windows=((0, 4000),), **more):
    return Job(name, location, 100, windows, 9000, slots or (Slot(),), **more)


def plan(instance, *done):
    """A plan with true claims; `done` is (job, start, units...)."""
    listed = tuple(Assignment(name, start, start + 100, units) for name, start, *units in done)
    names = {each.job for each in listed}
    out = tuple(Unassigned(j.id, Reason.OUTWEIGHED) for j in instance.jobs if j.id not in names)
    made = Plan("p", 0, 10**9, Status.FEASIBLE, listed, (), out)
    return replace(made, score=score(instance, made))


def proven(instance):
    """The optimum, proved by the exact model."""
    indexed = IndexedProblem(instance)
    exact = improve(indexed, pinned_only(indexed), Budget(effort=20.0))
    assert exact.proved
    return value(indexed, exact.schedule)


@pytest.mark.parametrize(
    ("unit", "start", "may"),
    [("lorry", 100, True), ("lorry", 99, False), ("pair", 400, True), ("pair", 399, False)],
)
def test_a_unit_is_there_no_sooner_than_its_own_profile_lets_it(unit, start, may):
    instance = problem(job("a", 1))
    assert (violations(instance, plan(instance, ("a", start, unit))) == []) is may


@pytest.mark.parametrize(("start", "may"), [(3500, True), (3501, False)])
def test_the_way_home_is_by_the_own_profile_too(start, may):
    instance = problem(job("a", 1), units=(LORRY, replace(PAIR, shift=(0, 4000))))
    assert (violations(instance, plan(instance, ("a", start, "pair"))) == []) is may


def test_a_way_costs_what_the_unit_that_goes_it_takes():
    instance = problem(job("a", 1))
    assert plan(instance, ("a", 1000, "lorry")).score == 9000 - 100
    assert plan(instance, ("a", 1000, "pair")).score == 9000 - 800


def test_a_team_of_two_profiles_begins_when_the_slower_is_there():
    both = job("a", 1, Slot("truck"), Slot("crew"))
    done = solve(problem(both), steps=30).assignments
    assert [(each.start, each.units) for each in done] == [(400, ("lorry", "pair"))]


def test_where_a_lorry_does_not_get_in_time_people_on_foot_do():
    instance = problem(job("path", 2, windows=((0, 1000),)))
    answer = solve(instance, steps=30)
    assert [each.units for each in answer.assignments] == [("pair",)]
    alone = solve(replace(instance, units=(LORRY,)), steps=30)
    assert [each.reason for each in alone.unassigned] == [Reason.NO_UNIT]


def test_it_is_read_back_as_it_was_written_and_said_only_where_there_is_one():
    instance = problem(job("a", 1))
    assert Problem.from_json(instance.to_json()) == instance
    rows = json.loads(instance.to_json())
    rows["profiles"][0]["travel"] = WALKED
    assert Problem.from_json(json.dumps(rows)) == instance
    plain = json.loads(problem(job("a", 1), units=(LORRY,), profiles=()).to_json())
    assert "profiles" not in plain
    assert "profile" not in plain["units"][0]


def test_a_damaged_matrix_is_named_with_its_profile():
    raw = json.loads(problem(job("a", 1)).to_json())
    raw["profiles"][0]["travel"]["packed"] = "?"
    with pytest.raises(ValueError, match=r"^profiles\[0\]\.travel\.packed: "):
        Problem.from_json(json.dumps(raw))


def _walking(instance, travel):
    """The problem with every other unit by a profile of these ways."""
    units = [
        replace(unit, profile="own") if n % 2 else unit for n, unit in enumerate(instance.units)
    ]
    return replace(instance, units=units, profiles=[Profile("own", travel)])


def _other_ways(seed):
    ways = storm(100 + seed).travel
    return [[seconds * (1 + seed % 3) for seconds in row] for row in ways]


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 3))
def test_a_profile_of_the_same_ways_changes_nothing(instance, seed):
    assume(not instance.profiles)
    same = _walking(instance, instance.travel)
    assert solve(same, steps=30, seed=seed) == solve(instance, steps=30, seed=seed)


@pytest.mark.parametrize("seed", range(8))
def test_the_search_counts_no_plan_for_more_than_it_is_worth(seed):
    """Where several profiles may come it counts the slowest, and exactly where one does."""
    instance = _walking(storm(seed, newer=seed % 2 == 1), _other_ways(seed))
    indexed = IndexedProblem(instance)
    portfolio = Portfolio(indexed, pinned_only(indexed), seed, 1)
    portfolio.first()
    portfolio.searchers[0].adopt(portfolio.schedule())
    portfolio.run_steps(200)
    for each in portfolio.searchers:
        found = each.schedule()
        assert each.best.score[0] <= value(indexed, found)
        shown = solve(instance, steps=30)
        assert violations(instance, shown) == []


def test_a_profile_for_each_kind_of_unit_is_searched_exactly():
    """Crews and trucks fill other slots: nothing is shared, nothing is counted too slow."""
    plain = storm(3, jobs=12)
    units = [replace(unit, profile="own") if unit.kind == "truck" else unit for unit in plain.units]
    instance = replace(plain, units=units, profiles=[Profile("own", _other_ways(3))])
    indexed = IndexedProblem(instance)
    portfolio = Portfolio(indexed, pinned_only(indexed), 1, 1)
    portfolio.first()
    portfolio.run_steps(200)
    best = portfolio.searchers[0]
    assert best.best.score[0] == value(indexed, best.schedule())


@pytest.mark.parametrize("seed", range(6))
def test_no_plan_is_worth_more_than_the_bound(seed):
    instance = _walking(storm(seed, newer=seed % 2 == 1), _other_ways(seed))
    relaxation = Relaxation(IndexedProblem(instance), 0)
    relaxation.improve(float("inf"), rounds=30)
    assert relaxation.bound >= proven(instance)


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 50), st.integers(0, 90))
def test_who_goes_faster_never_makes_the_best_plan_worse(seed, per_cent):
    slow = _walking(storm(seed, jobs=5), _other_ways(seed))
    ways = [[way * per_cent // 100 for way in row] for row in _other_ways(seed)]
    fast = replace(slow, profiles=[Profile("own", ways)])
    assert proven(fast) >= proven(slow)
