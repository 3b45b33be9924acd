"""The bound holds, the search counts right, and the solver answers without compiled code too."""

import random
from dataclasses import replace

import numpy as np
import pytest

from solver import Break, Job, Problem, Slot, Unit, solve
from solver.budget import Budget
from solver.construct import pinned_only
from solver.indexed import IndexedProblem, value
from solver.proofs import bound, cpsat
from solver.proofs.bound import Relaxation
from solver.referee import violations
from solver.search import compiling
from solver.search.portfolio import Portfolio


def storm(seed: int, jobs: int = 8, units: int = 3, newer: bool = False) -> Problem:
    """A small storm: crews and trucks, teams, predecessors, breaks, lateness; `newer` with posts,
    capped lateness, work by people and overtime.
    """
    draw = random.Random(seed)
    travel = [[0 if a == b else draw.randint(60, 600) for b in range(5)] for a in range(5)]
    rest = Break(600, (2400, 6000))
    crews = [
        Unit(
            f"u{i}",
            draw.choice(["crew", "crew", "truck"]),
            draw.randrange(5),
            (0, 9000),
            draw.choice([None, 0]),
            3,
            breaks=(rest,) if draw.random() < 0.5 else (),
        )
        for i in range(units)
    ]
    work = []
    for j in range(jobs):
        opens = draw.randrange(0, 4000)
        team = (
            (Slot("crew"), Slot("truck"))
            if draw.random() < 0.3
            else (Slot(draw.choice(["crew", "truck"])),)
        )
        after = (f"j{j - 1}",) if j and draw.random() < 0.2 else ()
        window, due = (opens, draw.randrange(opens + 2000, 9000)), draw.choice([None, 3000])
        weight = draw.randint(500, 9000)
        work.append(
            Job(
                f"j{j}",
                draw.randrange(5),
                draw.randint(300, 1800),
                (window,),
                weight,
                team,
                due,
                1,
                after,
            )
        )
    if newer:
        crews = [
            replace(each, size=draw.randint(2, 5), overtime_from=4000, overtime_cost=i % 2)
            for i, each in enumerate(crews)
        ]
        work = [_newer(each, draw) for each in work]
    return Problem(f"storm-{seed}", "2022-07-08T06:00:00Z", 9000, travel, crews, work, 1)


def _newer(job: Job, draw: random.Random) -> Job:
    (opens, _), limit = job.windows[0], draw.choice([None, job.weight // 2])
    if draw.random() < 0.4:
        until = opens + draw.randrange(2000, 4000)
        return replace(job, late_most=limit, until=until, due=opens, late_cost=2)
    return replace(job, late_most=limit, durations=((3, job.duration * 2 // 3), (5, 200)))


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_no_plan_is_worth_more_than_the_bound(seed, newer):
    indexed = IndexedProblem(storm(seed, newer=newer))
    exact = cpsat.improve(indexed, pinned_only(indexed), Budget(effort=20.0))
    assert exact.proved
    relaxation = Relaxation(indexed, 0)
    relaxation.improve(float("inf"), rounds=30)
    assert relaxation.bound >= exact.bound == value(indexed, exact.schedule)


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_no_prices_whatever_make_it_a_lie(seed, newer):
    """Prices only decide how good a bound is, never whether it is one."""
    indexed, draw = IndexedProblem(storm(seed, newer=newer)), np.random.default_rng(seed)
    exact = cpsat.improve(indexed, pinned_only(indexed), Budget(effort=20.0))
    for _ in range(10):
        relaxation = Relaxation(indexed, 0)
        relaxation.price *= draw.uniform(0, 3, relaxation.price.shape)
        turned = draw.normal(0, 2000, relaxation.shift.shape)  # what one slot earns, others lose
        relaxation.shift[:] = turned - turned.mean(axis=1, keepdims=True)
        relaxation.improve(float("inf"), rounds=1)
        assert relaxation.bound >= exact.bound


def test_a_stop_that_costs_more_than_it_pays_may_shorten_the_way():
    """From 0 to 2 it is far, but not by 1: the bound must not leave out what is gained there."""
    travel = [[0, 10, 500], [10, 0, 10], [500, 10, 0]]
    crew = Unit("u", "crew", 0, (0, 9000), overtime_from=0, overtime_cost=1)
    work = [
        Job(f"j{i}", i, 100, ((0, 9000),), weight, (Slot(),)) for i, weight in ((1, 90), (2, 150))
    ]
    indexed = IndexedProblem(Problem("by", "2022-07-08T06:00:00Z", 9000, travel, [crew], work, 1))
    exact = cpsat.improve(indexed, pinned_only(indexed), Budget(effort=20.0))
    assert exact.bound == 90 - 100 - 10 + 150 - 100 - 10
    relaxation = Relaxation(indexed, 0)
    relaxation.price[:] = [[90], [150]]
    relaxation.improve(float("inf"), rounds=1)
    assert relaxation.bound >= exact.bound


@pytest.mark.parametrize("rounds", [1, 2])  # the first proof, and the last one
def test_what_is_proved_counts_days_that_go_far(rounds, monkeypatch):
    """Days that go to near places alone only show the way: from 1 and 2, at the same time, each
    other is the nearest, and the best day goes on to 3.
    """
    monkeypatch.setattr(bound, "NEAR", 1)
    monkeypatch.setattr(bound, "step", lambda *_: False)  # the prices stay
    travel = [[0, 10, 10, 1000], [10, 0, 5, 1000], [10, 5, 0, 1000], [1000, 1000, 1000, 0]]
    crew = Unit("u", "crew", 0, (0, 9000))
    times = {1: (10, 400), 2: (10, 400), 3: (1400, 9000)}
    work = [Job(f"j{i}", i, 300, (times[i],), 5000, (Slot(),)) for i in times]
    indexed = IndexedProblem(Problem("far", "2022-07-08T06:00:00Z", 9000, travel, [crew], work, 0))
    relaxation = Relaxation(indexed, 0)
    relaxation.price[:] = 5000  # all is paid out
    relaxation.improve(float("inf"), rounds=rounds)
    assert relaxation.bound >= solve(indexed.problem, steps=10).score == 10_000


def test_a_unit_that_fits_any_slot_of_a_late_team_does_not_break_the_bound():
    crews = [Unit(f"u{i}", "crew", 0, (0, 9000)) for i in range(2)]
    late = Job("late", 0, 600, ((0, 9000),), 10_000, (Slot("crew"), Slot()), 0, 10)
    indexed = IndexedProblem(Problem("late", "2022-07-08T06:00:00Z", 9000, [[0]], crews, [late]))
    relaxation = Relaxation(indexed, 4000)
    relaxation.price[:] = 4500  # nearly all is paid out
    relaxation.improve(float("inf"), rounds=1)
    assert relaxation.bound >= solve(indexed.problem, steps=10).score == 4000


def test_teams_that_cannot_meet_are_worth_nothing():
    """A crew early and a truck late: each slot could be filled, but only at different times."""
    crew, truck = Unit("early", "crew", 0, (0, 4000)), Unit("late", "truck", 0, (5000, 9000))
    units = [crew, truck, Unit("all", "van", 0, (0, 9000))]
    pair = Job("pair", 0, 600, ((0, 9000),), 10_000, (Slot("crew"), Slot("truck")))
    other = Job("other", 0, 600, ((0, 9000),), 1000, (Slot("van"),))
    indexed = IndexedProblem(
        Problem("apart", "2022-07-08T06:00:00Z", 9000, [[0]], units, [pair, other])
    )
    relaxation = Relaxation(indexed, 1000)
    relaxation.improve(float("inf"), rounds=200)
    assert 1000 <= relaxation.bound < 1500


def test_steps_bring_the_bound_down():
    indexed = IndexedProblem(storm(1, jobs=30, units=4))
    bounds = []
    for rounds in (1, 100):
        relaxation = Relaxation(indexed, 10_000)
        relaxation.improve(float("inf"), rounds=rounds)
        bounds.append(relaxation.bound)
    assert bounds[1] < 0.85 * bounds[0]


@pytest.mark.parametrize("newer", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_search_counts_points_as_the_contract_does(seed, newer):
    """The score is only ever changed by differences; after thousands of them it must still be
    true, and the plan legal.
    """
    indexed = IndexedProblem(storm(seed, jobs=25, units=5, newer=newer))
    portfolio = Portfolio(indexed, pinned_only(indexed), seed, 1)
    portfolio.first()
    portfolio.run_steps(2000)
    for state in (portfolio.searchers[0].best, portfolio.searchers[0].current):
        portfolio.searchers[0].best = state
        assert value(indexed, portfolio.searchers[0].schedule()) == state.score[0]
    assert violations(indexed.problem, solve(indexed.problem, steps=500)) == []


@pytest.mark.parametrize("newer", [False, True])
def test_the_search_finds_what_is_proved_best(newer):
    for seed in range(4):
        problem = storm(seed, newer=newer)
        indexed = IndexedProblem(problem)
        best = cpsat.improve(indexed, pinned_only(indexed), Budget(effort=20.0)).bound
        portfolio = Portfolio(indexed, pinned_only(indexed), 1, 1)
        portfolio.run_steps(3000)
        assert value(indexed, portfolio.schedule()) == best


def test_without_compiled_code_the_answer_is_legal(monkeypatch):
    calls = []
    monkeypatch.setattr(compiling, "ready", lambda: False)
    monkeypatch.setattr(compiling, "compile_elsewhere", lambda: calls.append(True))
    problem = storm(1, jobs=60, units=6)
    plan = solve(problem, seconds=1)
    assert calls
    assert violations(problem, plan) == []
    assert "steps" not in plan.stats
    assert plan.score > plan.stats["first_score"]


def test_who_counts_steps_waits_for_the_one_that_compiles(monkeypatch, tmp_path):
    """What two compile side by side is there later than what one does."""
    lock = tmp_path / "compiling"
    lock.touch()
    monkeypatch.setattr(compiling, "_LOCK", lock)
    monkeypatch.setattr(compiling, "ready", lambda: False)
    looks = []
    monkeypatch.setattr(
        compiling.time, "sleep", lambda _: looks.append(1) or len(looks) < 3 or lock.unlink()
    )
    problem = storm(1, jobs=12, units=3)
    assert violations(problem, solve(problem, steps=20)) == []
    assert len(looks) == 3


def test_ways_by_a_stop_may_be_shorter_than_the_direct_way():
    """Then taking a stop out can make a route impossible; such a ruin is thrown away."""
    problem = storm(2, jobs=30, units=4)
    travel = [
        [3000 if (a, b) == (1, 2) else way for b, way in enumerate(row)]
        for a, row in enumerate(problem.travel)
    ]
    problem = replace(problem, travel=travel)
    assert violations(problem, solve(problem, steps=3000)) == []


def test_two_workers_search_together():
    problem = storm(3, jobs=60, units=8)
    assert violations(problem, solve(problem, seconds=2, workers=2)) == []
