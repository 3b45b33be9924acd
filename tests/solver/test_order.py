"""Jobs put back by worth for the time that they take."""

from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import Job, Problem, Slot, Unit, solve
from solver.indexed import IndexedProblem
from solver.referee import violations
from solver.search import engine
from solver.search.arrays import build
from solver.search.engine import Searcher, Tuning
from tests.helpers.drawn.problems import problems


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 3))
def test_a_search_that_does_nothing_else_is_legal_and_repeats_exactly(problem, seed):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "Tuning", partial(Tuning, by_ratio=1.0))
        plan = solve(problem, steps=30, seed=seed)
        assert violations(problem, plan) == []
        assert solve(problem, steps=30, seed=seed) == plan


def test_many_stops_at_hand_go_before_a_heavier_one_that_takes_the_day():
    near, hour = 10, 3600
    far, day = near + 1, (0, 7 * hour)
    travel = [[0 if a == b else 60 for b in range(far + 1)] for a in range(far + 1)]
    for place in range(far):
        travel[place][far] = travel[far][place] = 3 * hour
    jobs = [Job(f"j{i}", i + 1, 600, (day,), 10_000, (Slot(),)) for i in range(near)]
    jobs.append(Job("j_far", far, 600, (day,), 30_000, (Slot(),)))
    unit = Unit("u", "crew", 0, day, 0)
    indexed = IndexedProblem(Problem("p", "2022-07-08T06:00:00Z", day[1], travel, [unit], jobs, 1))
    data, found = build(indexed), []
    for seed in range(20):
        searcher = Searcher(indexed, data, seed, Tuning(by_ratio=1.0, make_room=0.0))
        searcher.run(1, 0.0, 1.0)
        found.append(indexed.job_no["j_far"] in searcher.schedule())
    assert sum(found) <= 4, "but where the step is to do just that one"
