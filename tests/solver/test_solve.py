"""From any problem to a plan that the referee passes, and the same plan again."""

import json
import math
from dataclasses import replace
from itertools import count, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import (
    Break,
    DumpSite,
    Job,
    Pin,
    Problem,
    Profile,
    Reason,
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
from solver.proofs.unassigned_reasons import explain
from solver.referee import violations
from solver.search import compiling
from tests.helpers.draws import few_or
from tests.helpers.paths import INSTANCES, SHARED

BENCHMARKS = SHARED / "benchmarks"
HORIZON, PLACES = 6000, 4


@st.composite
def units(draw, name):
    first = draw(st.sampled_from([0, 0, 900]))
    last = draw(st.sampled_from([4000, HORIZON]))
    rests = []
    for _ in range(draw(st.integers(0, 2))):
        opens = draw(st.integers(first, last - 900))
        rests.append(Break(draw(st.integers(1, 600)), (opens, opens + draw(st.integers(600, 900)))))
    return Unit(
        name,
        draw(st.sampled_from(["crew", "truck"])),
        draw(st.integers(0, PLACES - 1)),
        (first, last),
        draw(st.none() | st.integers(0, PLACES - 1)),
        draw(st.integers(1, 4)),
        tuple(draw(st.sets(st.sampled_from("ab")))),
        tuple(rests),
        draw(st.none() | st.integers(0, HORIZON)),
        draw(st.integers(0, 3)),
    )


def with_tank(draw, unit):
    """The unit with a tank, often nearly full at the start."""
    most = draw(st.integers(3, 8))
    aboard = draw(st.sampled_from([0, 0, most // 2, most]))
    return replace(unit, capacity=most, aboard=aboard, ends_empty=draw(st.booleans()))


def with_load(draw, job, least):
    """The job with a load in its first slot."""
    first, *others = job.slots
    return replace(job, slots=(replace(first, load=draw(st.integers(least, 6))), *others))


@st.composite
def sites(draw, name):
    opens = draw(st.sampled_from([0, 0, 1500]))
    span = (opens, draw(st.integers(opens, HORIZON)))
    kinds = draw(st.sampled_from([(), (), ("truck",)]))
    place = draw(st.integers(0, PLACES - 1))
    return DumpSite(name, place, draw(st.integers(1, 900)), (span,), kinds)


slots = st.builds(
    Slot,
    st.sampled_from([None, "crew", "truck"]),
    st.sampled_from([(), (), ("a",), ("b",)]),
    st.integers(1, 3),
)


@st.composite
def jobs(draw, name, earlier):
    duration = draw(st.integers(1, 1500))
    windows = []
    for _ in range(draw(st.integers(1, 2))):
        opens = draw(st.integers(0, HORIZON - 1))
        windows.append((opens, draw(st.integers(opens, HORIZON))))
    cover = draw(st.integers(0, 2)) == 0
    people = set() if cover else draw(st.sets(st.integers(1, 4), max_size=2))
    seconds = [draw(st.integers(1, duration)) for _ in people]
    return Job(
        name,
        draw(st.integers(0, PLACES - 1)),
        duration,
        tuple(windows),
        draw(st.integers(0, 3000)),
        tuple(draw(st.lists(slots, min_size=1, max_size=3))),
        draw(st.none() | st.integers(0, HORIZON)),
        draw(st.integers(0, 3)),
        tuple(draw(st.sets(st.sampled_from(earlier), max_size=2))) if earlier else (),
        draw(st.integers(0, HORIZON)) if cover else None,
        draw(st.none() | st.integers(0, 2000)),
        tuple(zip(sorted(people), sorted(seconds, reverse=True), strict=True)),
    )


@st.composite
def matrices(draw, detours):
    ways = st.sampled_from([0, 1, 60, 250, 400, 2 * HORIZON])
    travel = [[draw(ways) if a != b else 0 for b in range(PLACES)] for a in range(PLACES)]
    for a, b, c in product(range(PLACES), repeat=3) if not detours else ():
        travel[b][c] = min(travel[b][c], travel[b][a] + travel[a][c])
    return travel


@st.composite
def problems(draw, detours=True):
    """Small problems of every kind; from some a solved plan becomes the published one, and in part
    pinned. Without ``detours`` no way is shortened by going through a third place.
    """
    travel = draw(matrices(detours))
    crew = [draw(units(f"u{i}")) for i in range(draw(st.integers(1, 4)))]
    work: list[Job] = []
    for i in range(draw(st.integers(0, 7))):
        work.append(draw(jobs(f"j{i}", [each.id for each in work])))
    places: list[DumpSite] = []
    if draw(st.booleans()):
        least = draw(st.sampled_from([0, -4]))
        crew = [with_tank(draw, each) if draw(st.booleans()) else each for each in crew]
        work = [with_load(draw, each, least) for each in work]
        places = [draw(sites(f"s{i}")) for i in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        ways = draw(st.lists(st.sampled_from("gh") | st.none(), min_size=len(work), max_size=7))
        work = [replace(each, group=way) for each, way in zip(work, ways, strict=False)]
    profiles = [
        Profile(name, draw(matrices(detours)))
        for name in sorted(draw(st.sets(st.sampled_from("fs"))))
    ]
    means = st.sampled_from([None, *(each.id for each in profiles)])
    crew = [replace(each, profile=draw(means)) for each in crew]
    instance = Problem(
        "any",
        "2022-07-08T06:00:00Z",
        HORIZON,
        travel,
        crew,
        work,
        draw(st.integers(0, 2)),
        dump_sites=places,
        profiles=profiles,
    )
    if not draw(st.booleans()):
        return instance
    plan = solve(instance, steps=20)
    told = [Pin(each.job, each.start, each.units) for each in plan.assignments]
    old = [replace(each, price=draw(st.sampled_from([0, 0, 40, 400]))) for each in told]
    pinned = [each for each in told if not instance.job_by_id[each.job].after][
        : draw(st.integers(0, 2))
    ]
    lost = draw(st.integers(0, len(crew) - 1))
    stays = [
        each
        for i, each in enumerate(crew)
        if i != lost or any(each.id in pin.units for pin in pinned)
    ]
    price = Stability(
        draw(st.integers(0, 500)), draw(st.integers(0, 100)), draw(st.integers(0, 600))
    )
    return replace(instance, units=stays, pinned=pinned, previous=old, stability=price)


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


def simple(*jobs, **more):
    crew = Unit("c1", "crew", 0, (0, 1000))
    return Problem("p", "2022-07-08T06:00:00Z", 1000, ((0, 100), (100, 0)), (crew,), jobs, **more)


def reason(problem, name):
    plan = solve(problem, steps=50)
    assert violations(problem, plan) == []
    return next((each for each in plan.unassigned if each.job == name), None)


def test_a_way_round_that_is_shorter_than_the_straight_one_is_found():
    """Ways by streets and by the crow's flight side by side keep no triangle."""
    travel = ((0, 5, 90), (5, 0, 5), (90, 5, 0))
    jobs = (Job("a", 1, 10, ((10, 20),), 10, (Slot(),)), Job("b", 2, 5, ((0, 35),), 10, (Slot(),)))
    indexed = IndexedProblem(replace(simple(), travel=travel, jobs=jobs))
    assert Board(indexed, {0: Place(10, (0,))}).earliest_insertion(1) == Place(25, (0,))


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


def test_what_a_small_job_is_worth_is_never_next_to_nothing(monkeypatch):
    stage = Stage(monkeypatch, 10_000, 100, 4, 0, 100, weight=3)
    cycles.patient(stage, until=100.0, patience=0.4)
    assert stage.gains == [100]


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
