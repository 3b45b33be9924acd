"""Tanks and dump sites, every rule from both sides; days and plans against all there are."""

from dataclasses import replace
from itertools import permutations, product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solver import (
    Assignment,
    Break,
    BreakTaken,
    Dumping,
    DumpSite,
    Job,
    Pin,
    Plan,
    Problem,
    Reason,
    Rule,
    RuleViolation,
    Slot,
    Status,
    Unassigned,
    Unit,
    solve,
)
from solver.indexed import IndexedProblem, Place, value
from solver.insertion import Board
from solver.proofs.bound import Relaxation
from solver.proofs.unassigned_reasons import explain
from solver.referee import score, violations
from solver.tanks import tour
from solver.timeline import Stop
from tests.helpers.draws import few_or

WAYS = ((0, 100, 200), (100, 0, 150), (200, 150, 0))
TRUCK = Unit("truck", "truck", 0, (0, 9000), capacity=10)
SITE = DumpSite("pit", 2, 300, ((0, 8000),), ("truck",))


def taking(name, load, weight=5000, location=1, windows=((0, 9000),)):
    return Job(name, location, 600, windows, weight, (Slot("truck", load=load),))


def problem(*jobs, units=(TRUCK,), sites=(SITE,), **more):
    day = "2022-07-08T06:00:00Z"
    return Problem("p", day, 9000, WAYS, units, jobs, 1, dump_sites=sites, **more)


def plan(instance, starts, dumped=(), rests=()):
    """A plan of one truck with true claims; `starts` by job, `dumped` (site, start, end)."""
    done = tuple(
        Assignment(job, start, instance.job_by_id[job].end(start, 600), ("truck",))
        for job, start in starts.items()
    )
    out = tuple(
        Unassigned(job.id, Reason.OUTWEIGHED) for job in instance.jobs if job.id not in starts
    )
    made = Plan("p", 0, 10**9, Status.FEASIBLE, done, (), out, format="xunban-plan/2")
    visits = tuple(Dumping("truck", *each) for each in dumped)
    made = replace(made, dumpings=visits, breaks=tuple(BreakTaken("truck", *r) for r in rests))
    return replace(made, score=score(instance, made))


def complaints(instance, *args):
    return " ".join(violations(instance, plan(instance, *args)))


TWO = {"a": 100, "b": 1400}
BETWEEN = ("pit", 850, 1150)
"""700 + 150 there, 150 back: the second stop begins at 1300 at the earliest."""


@pytest.mark.parametrize(
    ("loads", "starts", "dumped", "said"),
    [
        ((6, 4), TWO, [], ""),
        ((6, 5), TWO, [], "has 11 aboard after b, it holds 10"),
        ((6, 5), TWO, [BETWEEN], ""),
        ((6, -6), TWO, [], ""),
        ((6, -7), TWO, [], "gives off 1 more at b than is aboard"),
        ((6, -1), TWO, [BETWEEN], "gives off 1 more at b than is aboard"),
        ((6, 5), {"a": 100, "b": 1299}, [BETWEEN], "1 seconds short on its way to job b"),
        ((6, 5), TWO, [("pit", 849, 1149)], "1 seconds short on its way to dump site pit"),
        ((6, 5), TWO, [("pit", 850, 1149)], "not 300 seconds"),
        ((6, 4), {}, [BETWEEN], "has no job, but goes to pit"),
        ((6, 4), TWO, [("pit", 7701, 8001)], "is closed to unit truck at 7701"),
    ],
)
def test_a_tank_and_its_visits(loads, starts, dumped, said):
    found = complaints(problem(*map(taking, "ab", loads)), starts, dumped)
    assert said in found
    assert bool(said) == bool(found)


def test_who_may_dump_and_who_must():
    jobs = (taking("a", 6), taking("b", 4))
    barred = problem(*jobs, sites=(replace(SITE, kinds=("lorry",)),))
    assert "may not dump at pit" in complaints(barred, TWO, [BETWEEN])
    strict = problem(*jobs, units=(replace(TRUCK, ends_empty=True),))
    assert "ends its shift with 10 aboard" in complaints(strict, TWO)
    assert "ends its shift with 4 aboard" in complaints(strict, TWO, [BETWEEN])
    assert complaints(strict, TWO, [("pit", 2200, 2500)]) == ""
    brought = problem(*jobs, units=(replace(TRUCK, aboard=1),))
    assert "has 11 aboard after b" in complaints(brought, TWO)


def test_a_break_is_no_visit_and_the_way_to_the_site_is_paid():
    rested = replace(TRUCK, breaks=(Break(100, (800, 1300)),))
    instance = problem(taking("a", 6), taking("b", 5), units=(rested,))
    late = {"a": 100, "b": 1500}
    assert complaints(instance, late, [BETWEEN], [(1150, 1250)]) == ""
    assert "works during its break" in complaints(instance, late, [BETWEEN], [(1100, 1200)])
    made = plan(instance, late, [BETWEEN], [(1150, 1250)])
    assert made.score == 10_000 - (100 + 150 + 150)


def test_only_a_unit_that_holds_it_takes_a_load():
    small = replace(TRUCK, id="small", capacity=5)
    assert [Slot(load=6).fits(u) for u in (TRUCK, small)] == [True, False]
    assert [Slot(load=-6).fits(u) for u in (TRUCK, small)] == [True, False]
    assert Slot().fits(Unit("crew", "crew", 0, (0, 9)))
    assert not Slot(load=1).fits(Unit("crew", "crew", 0, (0, 9)))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"capacity": 0}, "capacity"),
        ({"aboard": 11}, "aboard"),
        ({"capacity": None, "aboard": 1}, "aboard"),
        ({"capacity": None, "ends_empty": True}, "ends_empty"),
        ({"ends_empty": 1}, "ends_empty"),
    ],
)
def test_a_wrong_tank_is_refused_by_name(change, path):
    with pytest.raises(ValueError, match=f"^{path}: "):
        replace(TRUCK, **change)


def test_wrong_sites_are_refused_by_name():
    for site, path in (
        (replace(SITE, location=3), r"dump_sites\[0\].location"),
        (replace(SITE, windows=((0, 9001),)), r"dump_sites\[0\].windows\[0\]"),
    ):
        with pytest.raises(ValueError, match=f"^{path}: "):
            problem(sites=(site,))
    with pytest.raises(ValueError, match=r"^dump_sites\[1\].id: "):
        problem(sites=(SITE, SITE))


def test_pinned_work_must_go_into_the_tank():
    jobs = (taking("a", 6), taking("b", 5))
    pins = [Pin("a", 100, ("truck",)), Pin("b", 1300, ("truck",))]
    problem(*jobs, pinned=pins)
    with pytest.raises(RuleViolation) as caught:
        problem(*jobs, pinned=pins, sites=())
    assert caught.value.rule is Rule.TANK


def test_loads_are_written_only_where_they_are_spoken_of():
    instance = problem(taking("a", 6), units=(replace(TRUCK, ends_empty=True),))
    assert Problem.from_json(instance.to_json()) == instance
    found = solve(instance, steps=5)
    assert found.dumpings
    assert Plan.from_json(found.to_json()) == found
    plain = problem(Job("a", 1, 600, ((0, 9000),), 9, (Slot(),)), units=(without(TRUCK),), sites=())
    for word in ("dump", "capacity", "aboard", "load"):
        assert word not in plain.to_json() + solve(plain, steps=5).to_json()
    with pytest.raises(ValueError, match=r"is not a field of xunban-problem/1$"):
        replace(instance, format="xunban-problem/1")


def without(unit):
    return replace(unit, capacity=None, aboard=0, ends_empty=False)


LAST = 14
"""The last second of the small clock."""
moments = st.integers(0, LAST)


@st.composite
def tiny_sites(draw):
    opens = draw(moments)
    span = (opens, draw(st.integers(opens, LAST)))
    return DumpSite("s", draw(st.integers(0, 2)), draw(st.integers(1, 2)), (span,))


@st.composite
def tiny_days(draw):
    """One unit, up to three stops, two sites, and perhaps a break, on a clock of 15 seconds."""
    rest = Break(draw(st.integers(1, 2)), (draw(st.integers(0, 6)), draw(st.integers(8, LAST))))
    unit = Unit(
        "truck",
        "truck",
        draw(st.integers(0, 2)),
        (0, LAST),
        draw(st.none() | st.integers(0, 2)),
        breaks=draw(st.sampled_from([(), (rest,)])),
        capacity=5,
        aboard=draw(st.sampled_from([0, 0, 3])),
        ends_empty=draw(st.booleans()),
    )
    jobs, free = [], 0
    for name in "abc"[: draw(st.integers(1, 3))]:
        start = free + draw(st.integers(1, 4))
        free = start + draw(st.integers(1, 2))
        if free <= LAST:
            slot = Slot(load=draw(st.sampled_from([2, 3, 5, -2])))
            windows = ((start, free),)
            jobs.append(Job(name, draw(st.integers(0, 2)), free - start, windows, 9, (slot,)))
    ways = [[0 if a == b else draw(st.integers(0, 2)) for b in range(3)] for a in range(3)]
    sites = [replace(draw(tiny_sites()), id=name) for name in "st"[: draw(st.integers(0, 2))]]
    return Problem("p", "2022-07-08T06:00:00Z", LAST, ways, (unit,), jobs, 1, dump_sites=sites)


def least_travel(instance):
    """Of all visits and breaks that the referee allows with every job at its start; ``None``: there
    are none.
    """
    (unit,) = instance.units
    starts = [job.windows[0][0] for job in instance.jobs]
    opening = [
        (site, t) for site in instance.dump_sites for a, b in site.windows for t in range(a, b + 1)
    ]
    options = [
        [None, *((site, t) for site, t in opening if lo <= t < hi)]
        for lo, hi in zip([0, *starts], [*starts, LAST + 1], strict=True)
    ]
    rests = [range(rest.window[0], rest.window[1] + 1) for rest in unit.breaks]
    found = []
    for chosen, begun in product(product(*options), product(*rests)):
        made = plan_of(instance, starts, filter(None, chosen), begun)
        if not violations(instance, made):
            found.append(9 * len(starts) - made.score)
    return min(found, default=None)


def plan_of(instance, starts, visits, begun):
    (unit,) = instance.units
    done = tuple(
        Assignment(job.id, start, start + job.duration, (unit.id,))
        for job, start in zip(instance.jobs, starts, strict=True)
    )
    dumped = tuple(Dumping(unit.id, site.id, t, t + site.duration) for site, t in visits)
    rests = zip(unit.breaks, begun, strict=True)
    taken = tuple(BreakTaken(unit.id, t, t + rest.duration) for rest, t in rests)
    made = Plan("p", 0, 99, Status.FEASIBLE, done, taken, format="xunban-plan/2", dumpings=dumped)
    return replace(made, score=score(instance, made))


@settings(max_examples=few_or(200, few=80), deadline=None, suppress_health_check=list(HealthCheck))
@given(tiny_days())
def test_sites_and_moments_of_a_day_are_the_best_of_all(instance):
    (unit,) = instance.units
    stops = [
        Stop(*job.windows[0], job.location, job.id, job.slots[0].load) for job in instance.jobs
    ]
    if any(not job.slots[0].fits(unit) for job in instance.jobs) or not stops:
        return
    found = tour(unit, stops, instance.travel, instance.dump_sites)
    assert (found and found.travel) == least_travel(instance)


@st.composite
def tiny_problems(draw):
    """Two units, two jobs of one or two slots, one site, on a clock of ten seconds."""
    units = [
        Unit(
            f"u{i}",
            "truck",
            draw(st.integers(0, 2)),
            (0, draw(st.integers(6, 9))),
            draw(st.none() | st.just(0)),
            capacity=draw(st.sampled_from([None, 4, 4])),
        )
        for i in range(2)
    ]
    units = [
        replace(u, aboard=draw(st.integers(0, 3)), ends_empty=draw(st.booleans()))
        if u.capacity
        else u
        for u in units
    ]
    jobs = []
    for name in ("j0", "j1", "j2"):
        opens = draw(st.integers(0, 5))
        slots = [Slot(load=draw(st.sampled_from([0, 2, 3, 4, -2])))]
        slots += [Slot()] * draw(st.sampled_from([0, 0, 0, 1]))
        length, window = draw(st.integers(1, 2)), (opens, draw(st.integers(opens, 9)))
        weight, after = draw(st.integers(0, 30)), draw(st.sampled_from([(), (), ("j0",)]))
        job = Job(name, draw(st.integers(0, 2)), length, (window,), weight, slots)
        jobs.append(replace(job, after=after if name != "j0" else ()))
    way = draw(st.integers(0, 2))
    ways = [[0 if a == b else way for b in range(3)] for a in range(3)]
    opens = draw(st.integers(0, 4))
    site = DumpSite("s", 2, 1, ((opens, draw(st.integers(opens, 9))),))
    return Problem("p", "2022-07-08T06:00:00Z", 9, ways, units, jobs, 1, dump_sites=(site,))


def best_of_all(instance):
    """The worth of the best plan, by trying every start and team of every job."""
    indexed = IndexedProblem(instance)
    options = [
        [
            None,
            *(
                Place(start, team)
                for team in permutations(range(2), len(job.slots))
                if all(u in fit for u, fit in zip(team, indexed.fitting[j], strict=True))
                for a, b in indexed.starts[j]
                for start in range(a, b + 1)
            ),
        ]
        for j, job in enumerate(indexed.jobs)
    ]
    best = 0
    for chosen in product(*options):
        schedule = {j: place for j, place in enumerate(chosen) if place is not None}
        if legal(indexed, schedule):
            best = max(best, value(indexed, schedule))
    return best


def legal(indexed, schedule):
    """Whether all units can live their days and `after` is kept."""
    for j, place in schedule.items():
        for i in indexed.before[j]:
            if i not in schedule or indexed.end(i, schedule[i]) > place.start:
                return False
    board, problem = Board(indexed, schedule), indexed.problem
    days = zip(indexed.units, board.days, strict=True)
    return all(tour(u, day, problem.travel, problem.dump_sites) for u, day in days)


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


@pytest.mark.parametrize(("cost", "worth"), [(1, True), (50, False)])
def test_the_way_to_the_dump_site_counts_in_what_a_job_left_out_would_cost(cost, worth):
    """300 seconds more on the road for the second load, of 5000 points."""
    instance = replace(problem(taking("a", 6), taking("b", 6)), travel_cost=cost)
    indexed = IndexedProblem(instance)
    alone = {indexed.job_no["a"]: Place(100, (0,))}
    found, left = explain(indexed, alone, float("inf"))
    assert value(indexed, found) >= value(indexed, alone)
    assert (len(found) == 2) is worth
    if not worth:
        assert left[0].detail.points == 300 * cost - 5000
