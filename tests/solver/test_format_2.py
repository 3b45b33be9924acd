"""Format 2, every rule from both sides: posts that end at a fixed hour, lateness with a limit, work
that goes faster with more people, overtime with a price, and margins of a shift.
"""

import json
import re
from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import (
    Assignment,
    Break,
    BreakTaken,
    Job,
    Pin,
    Plan,
    Problem,
    Reason,
    Slot,
    Status,
    Unit,
    solve,
)
from solver.indexed import IndexedProblem, Place, breaks
from solver.insertion import Board
from solver.plan import Unassigned
from solver.polish.restore import schedule_of
from solver.proofs.bound import Relaxation
from solver.referee import score, violations
from solver.search.arrays import build, empty_state
from solver.search.timing import latest_of
from solver.timeline import fits
from tests.helpers.drawn.problems import problems

TRAVEL = ((0, 100), (100, 0))
PAIR = Unit("pair", "crew", 0, (0, 10_000), size=2)
FOUR = Unit("four", "crew", 0, (0, 10_000), size=4)
POST = Job(
    "post", 1, 600, ((1000, 4000),), 9000, (Slot("crew"),), due=1000, late_cost=2, until=4600
)


def problem(*jobs, units=(PAIR, FOUR), **more):
    return Problem("p", "2022-07-08T06:00:00Z", 10_000, TRAVEL, units, jobs, **more)


def plan(instance, *done, **more):
    """A plan with true claims; `done` is (job, start, end, units...)."""
    listed = tuple(Assignment(job, start, end, units) for job, start, end, *units in done)
    names = {each.job for each in listed}
    out = tuple(Unassigned(j.id, Reason.OUTWEIGHED) for j in instance.jobs if j.id not in names)
    made = Plan("p", 0, 10**9, Status.FEASIBLE, listed, (), out)
    return replace(made, **({"score": score(instance, made)} | more))


def legal(instance, *done):
    return violations(instance, plan(instance, *done)) == []


@pytest.mark.parametrize(
    ("start", "end", "may"),
    [
        (1000, 4600, True),
        (4000, 4600, True),
        (999, 4600, False),
        (4001, 4600, False),  # too late to be of use
        (2000, 2600, False),  # left before the hour
        (2000, 4601, False),
    ],
)
def test_a_post_ends_at_its_hour_whenever_it_begins(start, end, may):
    assert legal(problem(POST), ("post", start, end, "pair")) is may


def test_the_windows_of_a_post_bound_its_start_and_the_least_use_does_too():
    instance = problem(replace(POST, windows=((1000, 2000), (4500, 9000)), until=5200))
    assert legal(instance, ("post", 2000, 5200, "pair"))
    assert not legal(instance, ("post", 2001, 5200, "pair"))
    assert legal(instance, ("post", 4600, 5200, "pair"))
    assert not legal(instance, ("post", 4601, 5200, "pair"))


@pytest.mark.parametrize(("start", "cost"), [(1000, 0), (1001, 2), (3000, 4000)])
def test_a_post_is_late_by_its_start(start, cost):
    instance = problem(POST)
    assert score(instance, plan(instance, ("post", start, 4600, "pair"))) == 9000 - cost


def test_who_comes_late_leaves_no_later_and_nothing_is_pushed():
    """The next stop begins as early after a late arrival as after one in time."""
    then = Job("then", 0, 300, ((0, 10_000),), 500, (Slot("crew"),))
    instance = problem(POST, then, units=(PAIR,))
    for start in (1000, 4000):
        assert legal(instance, ("post", start, 4600, "pair"), ("then", 4700, 5000, "pair"))
        assert not legal(instance, ("post", start, 4600, "pair"), ("then", 4699, 4999, "pair"))


@pytest.mark.parametrize(("end", "cost"), [(1000, 0), (1200, 400), (1250, 500), (9000, 500)])
def test_lateness_never_costs_more_than_its_limit(end, cost):
    job = Job("late", 1, 100, ((0, 10_000),), 600, (Slot(),), due=1000, late_cost=2, late_most=500)
    instance = problem(job)
    assert score(instance, plan(instance, ("late", end - 100, end, "pair"))) == 600 - cost


@pytest.mark.parametrize(("end", "cost"), [(119, 0), (120, 1), (3600, 30), (3719, 30), (9000, 75)])
def test_each_hour_of_waiting_costs_by_the_second_and_rounded_down(end, cost):
    job = Job("soon", 1, 100, ((0, 10_000),), 600, (Slot(), Slot()), wait_cost=30)
    done = plan(problem(job), ("soon", end - 100, end, "pair", "four"))
    assert score(problem(job), done) == 600 - cost


def test_who_is_idle_all_day_does_what_somebody_else_would_pass_in_the_evening():
    """It is due in the evening, where both end their day; only the second begins it there."""
    day = Unit("day", "crew", 1, (0, 5000), size=2)
    evening = Unit("evening", "crew", 0, (7000, 10_000), size=2)
    job = Job("inlets", 0, 600, ((0, 10_000),), 5000, (Slot("crew"),), due=9000, late_cost=1)
    for price, unit in ((0, "evening"), (200, "day")):
        instance = problem(replace(job, wait_cost=price), units=(day, evening), travel_cost=1)
        (done,) = solve(instance, steps=50).assignments
        assert done.units == (unit,)


@pytest.mark.parametrize(("end", "cost"), [(1000, 8), (1200, 410), (1244, 498), (1245, 500)])
def test_waiting_and_lateness_together_never_cost_more_than_the_limit(end, cost):
    job = Job("late", 1, 100, ((0, 10_000),), 600, (Slot(),), due=1000, late_cost=2, late_most=500)
    instance = problem(replace(job, wait_cost=30))
    assert score(instance, plan(instance, ("late", end - 100, end, "pair"))) == 600 - cost


CLEARING = Job(
    "clear", 1, 900, ((0, 2000),), 800, (Slot("crew"), Slot()), durations=((2, 600), (4, 250))
)
VAN = Unit("van", "van", 0, (0, 10_000), size=9)


@pytest.mark.parametrize(
    ("unit", "seconds"), [(replace(PAIR, id="one", size=1), 900), (PAIR, 600), (FOUR, 250)]
)
def test_the_people_of_the_unit_in_the_first_slot_shorten_the_work(unit, seconds):
    instance = problem(CLEARING, units=(unit, VAN))
    team = (unit.id, "van")
    assert legal(instance, ("clear", 100, 100 + seconds, *team))
    assert not legal(instance, ("clear", 100, 101 + seconds, *team))
    assert legal(instance, ("clear", 2000 - seconds, 2000, *team))
    assert not legal(instance, ("clear", 2001 - seconds, 2001, *team))


@pytest.mark.parametrize(
    ("start", "since", "cost"), [(100, 700, 0), (101, 700, 3), (100, 100, 1800), (100, 0, 1800)]
)
def test_work_after_the_begin_of_overtime_costs_by_the_second(start, since, cost):
    """Neither the way there nor the wait does."""
    unit = replace(PAIR, overtime_from=since, overtime_cost=3)
    instance = problem(Job("a", 1, 600, ((0, 9000),), 5000, (Slot(),)), units=(unit,))
    assert score(instance, plan(instance, ("a", start, start + 600, "pair"))) == 5000 - cost


def test_every_unit_of_a_team_is_paid_for_its_own_overtime():
    units = tuple(replace(each, overtime_from=300, overtime_cost=2) for each in (PAIR, FOUR))
    instance = problem(Job("a", 1, 600, ((0, 9000),), 5000, (Slot(), Slot())), units=units)
    assert score(instance, plan(instance, ("a", 100, 700, "pair", "four"))) == 5000 - 2 * 2 * 400


@pytest.mark.parametrize(
    ("start", "regular", "may"),
    [
        (699, (600, 1300), False),  # sets out before them
        (700, (600, 1300), True),
        (701, (600, 1300), False),  # ends after them
        (700, (600, 1299), False),
        (100, None, True),
        (600, (0, 0), False),  # its shift is all margin
    ],
)
def test_in_the_margins_of_a_shift_lies_only_what_may(start, regular, may):
    unit, job = replace(PAIR, regular=regular), Job("a", 1, 600, ((0, 9000),), 5000, (Slot(),))
    done = "a", start, start + 600, "pair"
    assert legal(problem(job, units=(unit,)), done) is may
    assert legal(problem(replace(job, in_margin=True), units=(unit,)), done)
    decided = problem(job, units=(unit,), pinned=(Pin("a", start, ("pair",)),))
    assert legal(decided, done)
    both = problem(replace(job, slots=(Slot(), Slot())), units=(unit, FOUR))
    assert legal(both, (*done, "four")) is may


def test_a_post_is_taken_over_when_the_regular_hours_begin():
    unit = replace(PAIR, regular=(2000, 10_000))
    whole, late = (
        solve(problem(replace(POST, in_margin=may), units=(unit,)), steps=50)
        for may in (True, False)
    )
    assert [each.start for each in (*whole.assignments, *late.assignments)] == [1000, 2100]


def test_without_the_post_that_it_was_out_for_a_unit_reaches_no_work_as_its_hours_begin():
    """What is taken out takes along what cannot stay without it."""
    unit = replace(PAIR, regular=(4600, 10_000))
    works = [Job(f"j{n}", 1, 600, ((0, 9000),), 5000, (Slot("crew"),)) for n in range(2)]
    indexed = IndexedProblem(problem(replace(POST, in_margin=True), *works, units=(unit,)))
    starts = {"post": 1000, "j0": 4600, "j1": 5200}
    board = Board(
        indexed, {indexed.job_no[name]: Place(start, (0,)) for name, start in starts.items()}
    )
    board.drop_all([indexed.job_no["post"]])
    assert [indexed.jobs[job].id for job in board.schedule] == ["j1"]
    assert breaks(indexed, board.schedule) == ()


def test_without_the_post_before_which_it_ate_a_unit_has_no_time_to_eat():
    """A break before work that is no post lies in the regular hours too."""
    unit = replace(PAIR, regular=(4600, 10_000), breaks=(Break(600, (0, 1000)),))
    work = Job("a", 1, 600, ((0, 9000),), 5000, (Slot("crew"),))
    indexed = IndexedProblem(problem(replace(POST, in_margin=True), work, units=(unit,)))
    starts = {"post": 1000, "a": 4700}
    board = Board(
        indexed, {indexed.job_no[name]: Place(start, (0,)) for name, start in starts.items()}
    )
    assert len(breaks(indexed, board.schedule)) == 1
    board.drop_all([indexed.job_no["post"]])
    assert not board.schedule


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(problems(detours=False), st.data())
def test_what_is_left_of_a_plan_can_be_lived(instance, data):
    """Whatever is taken out of it, and whatever that takes along."""
    indexed = IndexedProblem(instance)
    board = Board(indexed, schedule_of(indexed, solve(instance, steps=30)))
    free = [j for j in board.schedule if not (indexed.descendants([j]) | {j}) & indexed.pins.keys()]
    out = data.draw(st.sets(st.sampled_from(free), min_size=1)) if free else set()
    board.drop_all(indexed.descendants(out) | out)
    for unit, day, travel in zip(indexed.units, board.days, indexed.travel, strict=True):
        assert fits(unit, day, travel)


@pytest.mark.parametrize(("rests", "may"), [(500, False), (599, False), (600, True), (700, True)])
def test_no_break_before_work_lies_in_a_margin(rests, may):
    """Between two stops lie way and break; both belong to the work to which they lead."""
    rest = Break(100, (0, 9000))
    unit, job = (
        replace(PAIR, regular=(600, 2000), breaks=(rest,)),
        Job("a", 1, 600, ((0, 9000),), 5000, (Slot(),)),
    )
    instance = problem(job, units=(unit,))
    taken = BreakTaken("pair", rests, rests + 100)
    told = replace(plan(instance, ("a", 800, 1400, "pair")), breaks=(taken,))
    assert (violations(instance, told) == []) is may
    assert [each.start for each in solve(instance, steps=50).assignments] == [700]


def test_format_2_survives_its_own_json():
    unit = replace(PAIR, overtime_from=300, overtime_cost=2, regular=(100, 900))
    clearing = replace(CLEARING, in_margin=True, wait_cost=7)
    instance = problem(replace(POST, late_most=50), clearing, units=(unit, VAN))
    assert Problem.from_json(instance.to_json()) == instance


@pytest.mark.parametrize(
    ("path", "part", "change"),
    [
        ("jobs[0].until", "jobs", {"until": 4600}),
        ("jobs[0].late_most", "jobs", {"late_most": 5}),
        ("jobs[0].durations", "jobs", {"durations": [[2, 5]]}),
        ("units[0].overtime_from", "units", {"overtime_from": 5}),
        ("units[0].regular", "units", {"regular": [0, 5]}),
        ("jobs[0].in_margin", "jobs", {"in_margin": True}),
        ("jobs[0].wait_cost", "jobs", {"wait_cost": 5}),
        ("previous[0].price", "previous", {"price": 5}),
    ],
)
def test_format_1_knows_none_of_it(path, part, change):
    job = Job("a", 1, 600, ((0, 9000),), 5000, (Slot(),))
    told = (Pin("a", 900, ("pair",)),)
    raw = json.loads(problem(job, previous=told, format="xunban-problem/1").to_json())
    assert not {"until", "late_most", "durations", "wait_cost"} & raw["jobs"][0].keys()
    assert "price" not in raw["previous"][0]
    assert Problem.from_json(json.dumps(raw)).format == "xunban-problem/1"
    raw[part][0] |= change
    complaint = re.escape(f"{path}: is not a field of xunban-problem/1")
    with pytest.raises(ValueError, match=f"^{complaint}$"):
        Problem.from_json(json.dumps(raw))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("until", {"until": -1}),
        ("late_most", {"late_most": 0.5}),
        ("durations[0]", {"durations": ((2,),)}),
        ("durations[0][0]", {"durations": ((0, 10),)}),
        ("durations[0][1]", {"durations": ((2, 601),)}),
        ("durations[1][0]", {"durations": ((2, 500), (2, 400))}),
        ("durations[1][1]", {"durations": ((2, 400), (3, 401))}),
        ("durations", {"until": 4600, "durations": ((2, 400),)}),
        ("wait_cost", {"wait_cost": -1}),
        ("wait_cost", {"until": 4600, "wait_cost": 1}),
    ],
)
def test_a_wrong_field_of_a_job_is_refused_by_name(path, change):
    with pytest.raises(ValueError, match=f"^{re.escape(path)}: "):
        replace(POST, **({"until": None} | change))


def test_a_post_ends_within_the_horizon():
    with pytest.raises(ValueError, match=r"^jobs\[0\].until: is 10001, after the horizon 10000$"):
        problem(replace(POST, until=10_001))


def test_a_pinned_post_keeps_its_hour():
    pin = Pin("post", 3000, ("pair",))
    assert solve(problem(POST, pinned=(pin,)), steps=10).assignments[0].end == 4600
    with pytest.raises(ValueError, match=r"^pinned\[0\].start: "):
        problem(POST, pinned=(replace(pin, start=4001),))


def test_a_late_post_does_not_move_what_comes_after_it():
    """In the search too: the latest start of a post does not depend on what follows."""
    then = Job("then", 0, 300, ((0, 5000),), 500, (Slot("crew"),))
    indexed = IndexedProblem(problem(POST, then, units=(PAIR,)))
    data = build(indexed)
    state = empty_state(data)
    post, then, origin, home = 0, 1, data.visits, data.visits + data.units
    for a, b in ((origin, post), (post, then), (then, home)):
        state.node["next"][a], state.node["prev"][b] = b, a
    state.node["unit"][:2], state.job["done"][:] = 0, 1
    state.job["latest"][1] = 4700
    assert latest_of(data, state, 0) == 4000
    state.job["latest"][1] = 4699
    assert latest_of(data, state, 0) < 0


def test_reasons_know_the_least_use_of_a_post():
    far = replace(PAIR, shift=(3950, 10_000))
    (left,) = solve(problem(POST, units=(far,)), steps=10).unassigned
    assert left.reason is Reason.NO_UNIT
    near = replace(PAIR, shift=(3900, 10_000))
    assert solve(problem(POST, units=(near,)), steps=10).assignments[0].start == 4000


def test_the_larger_crew_is_sent_where_only_it_is_fast_enough():
    job = replace(CLEARING, windows=((0, 400),), slots=(Slot("crew"),))
    (done,) = solve(problem(job), steps=10).assignments
    assert (done.units, done.end) == (("four",), 350)


HORIZON = 9
moments = st.integers(0, HORIZON)


@st.composite
def tiny_jobs(draw, name, earlier):
    opens, length = draw(moments), draw(st.integers(1, 4))
    cover = draw(st.booleans())
    people = () if cover else draw(st.sampled_from([(), ((2, min(2, length)),), ((2, 1),)]))
    return Job(
        name,
        draw(st.integers(0, 1)),
        length,
        ((opens, draw(st.integers(opens, HORIZON))),),
        draw(st.integers(0, 30)),
        (Slot(),) * draw(st.sampled_from([1, 1, 2])),
        draw(st.none() | moments),
        draw(st.integers(0, 5)),
        tuple(draw(st.sets(st.sampled_from(earlier), max_size=1))) if earlier else (),
        draw(moments) if cover else None,
        draw(st.none() | st.integers(0, 8)),
        people,
        in_margin=draw(st.booleans()),
        wait_cost=0 if cover else draw(st.sampled_from([0, 0, 700, 5000])),
    )


@st.composite
def tiny_problems(draw):
    """Two units and two jobs on a clock of ten seconds: every plan can be tried."""
    units = [
        Unit(
            f"u{i}",
            "crew",
            draw(st.integers(0, 1)),
            (draw(st.integers(0, 2)), draw(st.integers(6, HORIZON))),
            draw(st.none() | st.just(0)),
            i + 1,
            overtime_from=draw(st.none() | moments),
            overtime_cost=draw(st.integers(0, 4)),
            regular=draw(st.sampled_from([None, (2, HORIZON), (0, 5), (3, 7)])),
        )
        for i in range(2)
    ]
    jobs = [draw(tiny_jobs("j0", []))]
    jobs.append(draw(tiny_jobs("j1", ["j0"])))
    way = draw(st.integers(0, 2))
    return Problem("p", "2022-07-08T06:00:00Z", HORIZON, ((0, way), (way, 0)), units, jobs, 1)


def best_of_all(instance):
    """The score of the best legal plan, by trying every plan."""
    places = [
        [
            None,
            *(
                (job.id, start, job.end(start, job.seconds(team[0].size)), *(u.id for u in team))
                for team in permutations(instance.units, len(job.slots))
                for start in range(HORIZON + 1)
            ),
        ]
        for job in instance.jobs
    ]
    plans = [plan(instance, *filter(None, chosen)) for chosen in product(*places)]
    return max(each.score for each in plans if not violations(instance, each))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_problems())
def test_the_best_of_all_plans_is_found_and_no_bound_is_below_it(instance):
    best = best_of_all(instance)
    found = solve(instance, steps=60)
    assert violations(instance, found) == []
    assert found.score == best
    relaxation = Relaxation(IndexedProblem(instance), best)
    relaxation.improve(float("inf"), rounds=20)
    assert relaxation.bound is None or relaxation.bound >= best
