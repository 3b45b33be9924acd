"""From any problem to a plan that the referee passes, and the same plan again."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import (
    Job,
    Pin,
    Problem,
    Slot,
    Stability,
    Status,
    Unit,
    cycles,
    orchestrate,
    solve,
)
from solver.__main__ import main
from solver.construct import first_plan
from solver.indexed import IndexedProblem, Place, value
from solver.insertion import Board
from solver.polish.restore import restored
from solver.referee import violations
from solver.search import compiling
from tests.helpers.drawn.problems import problems, simple
from tests.helpers.paths import INSTANCES, SHARED

BENCHMARKS = SHARED / "benchmarks"


def placed(problem, plan):
    indexed = IndexedProblem(problem)
    return {
        indexed.job_no[each.job]: Place(each.start, tuple(indexed.unit_no[u] for u in each.units))
        for each in plan.assignments
    }


def missed(problem, plan):
    """Jobs left out that could simply be added, all else standing still, and would win points."""
    indexed = IndexedProblem(problem)
    schedule = placed(problem, plan)
    assert value(indexed, schedule) == plan.score
    board, result = Board(indexed, schedule), []
    for each in plan.unassigned:
        job = indexed.job_no[each.job]
        place = board.earliest_insertion(job)
        if place is None:
            continue
        gain = value(indexed, schedule | {job: place}) - plan.score
        assert board.gain(job, place) == gain, "told from its own days, as from the whole"
        if gain > 0:
            result.append(each.job)
    return result


def solve_and_check(problem, seed):
    plan = solve(problem, steps=30, seed=seed)
    assert violations(problem, plan) == []
    assert missed(problem, plan) == []


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 3))
def test_any_problem_gets_a_legal_plan_without_an_idle_unit_beside_a_job_it_could_win(
    problem, seed
):
    solve_and_check(problem, seed)


@pytest.mark.slow
@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.integers(0, 3))
def test_two_thousand_problems_get_such_plans(problem, seed):
    solve_and_check(problem, seed)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_units_and_jobs_does_not_matter(problem, shuffler):
    units, jobs = list(problem.units), list(problem.jobs)
    shuffler.shuffle(units)
    shuffler.shuffle(jobs)
    assert solve(replace(problem, units=units, jobs=jobs), steps=30) == solve(problem, steps=30)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_to_go_back_towards_what_is_published_loses_nothing(problem):
    indexed = IndexedProblem(problem)
    before = first_plan(indexed, math.inf)
    after = restored(indexed, before, math.inf)
    assert value(indexed, after) >= value(indexed, before)
    assert indexed.pins.keys() <= after.keys()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems())
def test_a_plan_that_is_asked_for_again_changes_only_for_more_than_its_price(problem):
    first = solve(problem, steps=30)
    told = [Pin(each.job, each.start, each.units) for each in first.assignments]
    again = replace(problem, previous=told, stability=Stability(40, 20, 60))
    second = solve(again, steps=30, seed=2)
    old, new = ({each.job: each for each in plan.assignments} for plan in (first, second))
    moved = sum(set(old[job].units) != set(new[job].units) for job in old.keys() & new.keys())
    plain = replace(again, stability=Stability())
    worth = value(IndexedProblem(plain), placed(plain, second)) - value(
        IndexedProblem(plain), placed(plain, first)
    )
    assert worth >= 40 * (moved + len(old.keys() - new.keys()))
    assert worth > 0 or old == new


def test_a_way_round_that_is_shorter_than_the_straight_one_is_found():
    """Ways by streets and by the crow's flight side by side keep no triangle."""
    travel = ((0, 5, 90), (5, 0, 5), (90, 5, 0))
    jobs = (Job("a", 1, 10, ((10, 20),), 10, (Slot(),)), Job("b", 2, 5, ((0, 35),), 10, (Slot(),)))
    indexed = IndexedProblem(replace(simple(), travel=travel, jobs=jobs))
    assert Board(indexed, {0: Place(10, (0,))}).earliest_insertion(1) == Place(25, (0,))


def test_a_plan_for_too_much_in_too_little_time_says_that_it_is_hasty():
    jobs = (Job(f"j{n:03}", n % 2, 9, ((0, 1000),), 10 + n % 7, (Slot(),)) for n in range(500))
    problem = simple(*jobs)
    plan = solve(problem, seconds=0.02)
    assert violations(problem, plan) == []
    assert plan.status is Status.HASTY
    few = solve(replace(problem, jobs=problem.jobs[:5]), seconds=5, patience=0.01)
    assert few.status is not Status.HASTY


def test_a_machine_too_busy_to_search_still_leaves_nothing_grave_out(monkeypatch):
    monkeypatch.setattr(compiling, "ready", lambda: True)
    grave = Job("grave", 1, 50, ((0, 1000),), 10**6, (Slot(),))
    jobs = [Job(f"j{n:03}", n % 2, 50, ((0, 1000),), 1 + n, (Slot(),)) for n in range(500)]
    problem = simple(*jobs, grave)
    plan = solve(problem, seconds=1e-6)
    assert violations(problem, plan) == []
    assert "grave" in {each.job for each in plan.assignments}
    assert plan.status is Status.HASTY


@pytest.mark.parametrize("jobs", [3, 800])
def test_without_the_search_the_heaviest_jobs_are_done_and_nothing_compiled_is_asked(
    jobs, monkeypatch
):
    monkeypatch.setattr(compiling, "ready", lambda: True)
    monkeypatch.setattr(orchestrate, "_search", None)
    windows = ((0, 1000),)
    problem = simple(*(Job(f"j{n:03}", n % 2, 50, windows, 1 + n, (Slot(),)) for n in range(jobs)))
    plan = solve(problem, seconds=5, search=False)
    assert violations(problem, plan) == []
    assert f"j{jobs - 1:03}" in {each.job for each in plan.assignments}


def test_a_published_plan_is_kept_when_change_costs_more_than_it_wins():
    jobs = [Job(f"j{i}", 1, 100, ((0, 1000),), 10, (Slot(),)) for i in range(3)]
    old = tuple(Pin(f"j{i}", 700 - 200 * i, ("c1",)) for i in range(3))
    instance = simple(*jobs, previous=old, stability=Stability(50, 5, 0), travel_cost=0)
    plan = solve(instance, steps=200)
    assert {(each.job, each.start) for each in plan.assignments} == {
        (each.job, each.start) for each in old
    }
    assert plan.score == 30


def test_nothing_to_plan_is_an_optimal_plan():
    plan = solve(simple(), steps=1)
    assert (plan.score, plan.bound, plan.status) == (0, 0, Status.OPTIMAL)


def test_same_seed_and_steps_give_the_same_plan(capsys):
    tiny = str(INSTANCES / "tiny.json")
    first = [main([tiny, "--steps", "50", "--seed", "7"]), capsys.readouterr().out]
    assert [main([tiny, "--steps", "50", "--seed", "7"]), capsys.readouterr().out] == first


class Stage:
    """A portfolio whose annealings gain what the script says, on a clock of its own; its one job is
    worth `weight`.
    """

    def __init__(self, monkeypatch, *gains, weight=1000):
        job = Job("j", 1, 9, ((0, 1000),), weight, (Slot(),))
        self.indexed, self.searchers = IndexedProblem(simple(job)), [None]
        self.score, self.gains, self.now, self.runs = 0, list(gains), 0.0, []
        monkeypatch.setattr(cycles.time, "monotonic", lambda: self.now)

    def run_until(self, until, late=0.0, begin=0.0):
        self.runs.append(until - self.now)
        self.score, self.now = self.score + self.gains.pop(0), until


def test_a_patient_search_ends_when_a_share_of_the_time_used_gained_nothing(monkeypatch):
    stage = Stage(monkeypatch, 10_000, 100, 4, 100)
    cycles.patient(stage, until=100.0, patience=0.4)
    assert stage.gains == [100]  # never asked for: 4 of 10,100 is next to nothing
    assert stage.runs[-1] == pytest.approx(0.4 * stage.now)


@pytest.mark.parametrize(("gained", "left"), [(18, [100]), (15, [0, 100])])
def test_what_small_jobs_are_worth_is_never_next_to_nothing(monkeypatch, gained, left):
    """One of 3 for each fifth of a second: in the second and a tenth of the third annealing."""
    stage = Stage(monkeypatch, 1_000_000, 100, gained, 0, 100, weight=3)
    cycles.patient(stage, until=100.0, patience=0.4)
    assert stage.gains == left


def test_a_patient_search_goes_on_while_it_gains_and_ends_in_time(monkeypatch):
    stage = Stage(monkeypatch, 10_000, *[100] * 50)
    cycles.patient(stage, until=20.0, patience=0.4)
    assert stage.now == 20.0


def test_patience_ends_a_solve_before_its_time():
    problem = simple(*[Job(f"j{i:02}", 1, 9, ((0, 1000),), 10, (Slot(),)) for i in range(60)])
    plan = solve(problem, seconds=120, patience=0.4)
    assert violations(problem, plan) == []
    assert plan.stats["seconds"] < 60


def test_the_command_line_judges_a_plan(tmp_path, capsys):
    tiny = str(INSTANCES / "tiny.json")
    assert main([tiny, "--steps", "50"]) == 0
    raw = json.loads(capsys.readouterr().out)
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(raw))
    bad.write_text(json.dumps(raw | {"score": raw["score"] + 1}))
    assert main([tiny, "--check", str(good)]) == 0
    assert main([tiny, "--check", str(bad)]) == 1
    assert "the score is" in capsys.readouterr().out


def benchmark(name: str) -> Problem:
    path = BENCHMARKS / name
    if not path.exists():
        pytest.skip(f"no benchmark folder at {BENCHMARKS}")
    return Problem.from_json(path.read_bytes())


@pytest.mark.parametrize(
    ("name", "workers"),
    [
        ("rich/rich-s-11.json", 1),
        ("lite/lite-m-11.json", 2),
        ("rich/rich-l-11.json", 2),
        pytest.param("rich/rich-s-11.json", 2, marks=pytest.mark.slow),
        pytest.param("lite/lite-m-11.json", 1, marks=pytest.mark.slow),
        pytest.param("rich/rich-l-11.json", 1, marks=pytest.mark.slow),
    ],
)
def test_storm_problems_are_answered_legally(name, workers):
    """Whether in time, and so well, is for the benches to say: this machine may be busy."""
    problem = benchmark(name)
    plan = solve(problem, seconds=3, workers=workers)
    assert violations(problem, plan) == []


@pytest.mark.parametrize("name", ["rich/rich-s-11", "lite/lite-m-11", "rich/rich-l-11"])
def test_nobody_stands_idle_beside_a_job_of_a_storm_that_could_simply_be_done(name):
    problem = benchmark(f"{name}.json")
    plan = solve(problem, steps=100)
    assert violations(problem, plan) == []
    assert missed(problem, plan) == []


def test_jobs_worth_nothing_are_no_trouble():
    jobs = [Job(f"j{i}", 1, 500, ((0, 1000),), 0, (Slot(),)) for i in range(3)]
    assert solve(simple(*jobs), steps=20).score == 0


def one_crew_for_two_jobs(*units):
    """Two jobs of 500 s, 100 s away: one unit can do only one of them."""
    jobs = tuple(
        Job(f"j{i}", 1, 500, ((0, 1000),), 10 * (i + 1), (Slot("crew"),)) for i in range(2)
    )
    return Problem("p", "2022-07-08T06:00:00Z", 2000, ((0, 100), (100, 0)), units, jobs)


def test_one_unit_more_does_the_job_that_was_left_out():
    crew = Unit("c1", "crew", 0, (0, 1000))
    alone, both = one_crew_for_two_jobs(crew), one_crew_for_two_jobs(crew, replace(crew, id="c2"))
    assert [each.job for each in solve(alone, steps=20).assignments] == ["j1"]
    plan = solve(both, steps=20)
    assert {each.job for each in plan.assignments} == {"j0", "j1"}
    assert violations(both, plan) == []


def test_a_start_is_never_made_worse():
    crew = Unit("c1", "crew", 0, (0, 1000))
    problem = one_crew_for_two_jobs(crew, replace(crew, id="c2"))
    plan = solve(problem, steps=50)
    assert solve(problem, steps=1, start=plan).score >= plan.score
