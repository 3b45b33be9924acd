"""No small job waits for hours beside somebody who could do it, however much graver the rest is."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import Job, Pin, Problem, Slot, Stability, Unit, solve
from solver.indexed import IndexedProblem, Place, value
from solver.polish.bring_forward import brought_forward
from solver.polish.restore import planned, schedule_of
from solver.referee import violations

HOUR = 3600


def job(name, at, windows, weight=1000, **changes) -> Job:
    return Job(name, at, 900, windows, weight, (Slot("crew"),), **changes)


def day(previous=(), price=0) -> Problem:
    """Two crews of one place, the second free after its watch; a job that may be done in the
    morning and in the evening, and loses nearly all by then.
    """
    morning_and_evening = ((HOUR, 3 * HOUR), (8 * HOUR, 9 * HOUR))
    return Problem(
        "day",
        "2022-07-08T00:00:00Z",
        10 * HOUR,
        [[0, 300], [300, 0]],
        [Unit("a", "crew", 0, (0, 10 * HOUR)), Unit("b", "crew", 0, (0, 10 * HOUR))],
        [
            job("guard", 0, ((0, 0),), 10**9, until=8 * HOUR),
            job("watch", 0, ((0, 0),), 10**9, until=HOUR),
            job("clear", 1, morning_and_evening, 20_000, due=HOUR, late_cost=1, late_most=19_000),
        ],
        travel_cost=1,
        previous=previous,
        stability=Stability(price, price // 2, 300),
    )


def evening(problem: Problem):
    """The job done by the crew that stands at the post all day."""
    indexed = IndexedProblem(problem)
    places = {"guard": (0, 0), "watch": (0, 1), "clear": (8 * HOUR + 300, 0)}
    return indexed, {
        indexed.job_no[name]: Place(start, (unit,)) for name, (start, unit) in places.items()
    }


def test_what_waits_until_the_evening_is_done_by_who_is_free_in_the_morning():
    indexed, schedule = evening(day())
    found = brought_forward(indexed, schedule, math.inf)
    assert found[indexed.job_no["clear"]] == Place(HOUR + 300, (1,))
    assert brought_forward(indexed, found, math.inf) == found
    assert brought_forward(indexed, schedule, 0.0, lambda: 1.0) == schedule, "no time for it"


@pytest.mark.parametrize(("price", "is_moved"), [(15_000, True), (25_000, False)])
def test_what_was_told_is_moved_for_more_than_its_price(price, is_moved):
    told = Pin("clear", 8 * HOUR + 300, ("a",))
    indexed, schedule = evening(day((told,), price))
    assert (brought_forward(indexed, schedule, math.inf) != schedule) is is_moved
    pinned = IndexedProblem(replace(indexed.problem, pinned=(told,)))
    assert brought_forward(pinned, schedule, math.inf) == schedule


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_a_plan_stays_legal_and_is_never_worth_less(data):
    minutes = st.integers(0, 40).map(lambda minutes: 60 * minutes)
    ways = [[0 if a == b else data.draw(minutes) for b in range(3)] for a in range(3)]
    start = st.integers(0, 3 * HOUR)
    jobs = [
        job(
            f"j{n}",
            data.draw(st.integers(0, 2)),
            ((0, HOUR), (2 * HOUR, 5 * HOUR)),
            data.draw(st.integers(1000, 10**6)),
            due=data.draw(start),
            late_cost=data.draw(st.integers(0, 20)),
            after=(f"j{n - 1}",) if n and data.draw(st.booleans()) else (),
        )
        for n in range(data.draw(st.integers(1, 6)))
    ]
    if data.draw(st.booleans()):
        loads = st.sampled_from((0, 2, -2))
        jobs = [replace(each, slots=(Slot("crew", load=data.draw(loads)),)) for each in jobs]
    units = [
        Unit(f"u{n}", "crew", n, (data.draw(start), 6 * HOUR), overtime_from=5 * HOUR, capacity=4)
        for n in range(2)
    ]
    problem = Problem("any", "2022-07-08T00:00:00Z", 7 * HOUR, ways, units, jobs, travel_cost=1)
    patient = replace(problem, jobs=[replace(each, due=None, late_cost=0) for each in jobs])
    plan = solve(patient, steps=1)
    indexed = IndexedProblem(problem)
    schedule = schedule_of(indexed, plan)
    sooner = brought_forward(indexed, schedule, math.inf)
    assert sooner.keys() == schedule.keys()
    assert value(indexed, sooner) >= value(indexed, schedule)
    assert violations(problem, planned(indexed, sooner, plan, plan.bound)) == []


def test_what_a_tank_holds_others_to_stays():
    """What one job fills the other gives off: filled sooner by another unit, nothing were there to
    give.
    """
    late, span = {"due": 0, "late_cost": 1}, ((0, 2 * HOUR),)
    jobs = [
        replace(job("fill", 0, span, 10**7, **late), slots=(Slot("crew", load=5),)),
        replace(job("give", 0, span, late_most=500, **late), slots=(Slot("crew", load=-5),)),
    ]
    units = [
        Unit(name, "crew", 0, (start, 4 * HOUR), capacity=9)
        for name, start in (("a", HOUR), ("b", 0))
    ]
    problem = Problem("tank", "2022-07-08T00:00:00Z", 4 * HOUR, ((0,),), units, jobs)
    indexed = IndexedProblem(problem)
    fill, give = indexed.job_no["fill"], indexed.job_no["give"]
    schedule = {fill: Place(HOUR, (0,)), give: Place(2 * HOUR, (0,))}
    assert brought_forward(indexed, schedule, math.inf) == schedule
