"""What a search changed of a published plan, and what is not worth its price, is undone."""

import math
from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver import Job, Pin, Problem, Slot, Stability, Unit, solve
from solver.indexed import IndexedProblem, Place
from solver.polish.restore import Preference, preferring, restored
from solver.referee import travel_seconds, violations


def town(crews: int = 3, price: int = 50) -> Problem:
    """Crews that are all alike, with two stops each, published in the order of their names."""
    names = [f"u{n}" for n in range(crews)]
    jobs = [
        Job(f"{at}{n}", n % 3, 600, ((at * 1800, at * 1800 + 1500),), 1000, (Slot("crew"),))
        for n in range(crews)
        for at in range(2)
    ]
    ways = [[0 if a == b else 300 for b in range(3)] for a in range(3)]
    return Problem(
        "town",
        "2022-07-08T06:00:00Z",
        7200,
        ways,
        [Unit(name, "crew", 0, (0, 7200)) for name in names],
        jobs,
        previous=[
            Pin(f"{at}{n}", at * 1800 + 600, (names[n],)) for n in range(crews) for at in range(2)
        ],
        stability=Stability(price, price // 2, 300),
    )


def schedule_of(indexed, team: dict[int, int], start: int):
    return {
        indexed.job_no[f"{at}{n}"]: Place(at * 1800 + start, (team[n],))
        for n in team
        for at in range(2)
    }


@pytest.mark.parametrize("price", [0, 50])
@pytest.mark.parametrize("team", list(permutations(range(3))))
@pytest.mark.parametrize("start", [300, 600, 900])
def test_crews_that_are_alike_go_where_they_were_told_when_they_were_told(team, start, price):
    indexed = IndexedProblem(town(price=price))
    published = schedule_of(indexed, {0: 0, 1: 1, 2: 2}, 600)
    found = schedule_of(indexed, dict(enumerate(team)), start)
    assert restored(indexed, found, math.inf) == published


def test_a_change_that_is_worth_its_price_stays():
    problem = town()
    late = [replace(job, due=900, late_cost=1) for job in problem.jobs]
    indexed = IndexedProblem(replace(problem, jobs=late))
    found = schedule_of(indexed, {0: 0, 1: 1, 2: 2}, 300)
    assert restored(indexed, found, math.inf) == found


def watches(draw) -> Problem:
    """Crews here and there, two posts watched for two hours, and some other work with due times."""
    ways = st.integers(0, 40).map(lambda minutes: 60 * minutes)
    table = [[0 if a == b else draw(ways) for b in range(4)] for a in range(4)]
    weight = st.integers(1000, 100_000)
    jobs = [
        Job(
            f"{post}{hour}",
            post,
            900,
            ((hour * 3600, hour * 3600 + 2700),),
            draw(weight),
            (Slot("crew", size=draw(st.integers(1, 2))),),
            due=hour * 3600,
            late_cost=draw(st.integers(0, 20)),
            until=(hour + 1) * 3600,
        )
        for post in range(2)
        for hour in range(2)
    ]
    jobs += [
        Job(f"w{n}", 3, 1800, ((0, 7200),), draw(weight), (Slot("crew"),), due=1800, late_cost=2)
        for n in range(draw(st.integers(0, 2)))
    ]
    units = [
        Unit(
            f"u{n}",
            "crew",
            draw(st.integers(0, 3)),
            (0, 7200),
            size=draw(st.integers(1, 2)),
            overtime_from=draw(st.sampled_from([None, 3600])),
            overtime_cost=3,
        )
        for n in range(3)
    ]
    return Problem("posts", "2022-07-08T06:00:00Z", 7200, table, units, jobs, travel_cost=1)


@settings(deadline=None, max_examples=60)
@given(st.data(), st.permutations(["u0", "u1", "u2"]), st.integers(1, 5000))
def test_a_preference_pays_for_ways_and_never_with_work(data, units, points):
    problem = watches(data.draw)
    wanted = Preference(("00", "01"), ((units[0],), (units[1],)), points)
    plan = solve(problem, steps=30)
    after = preferring(problem, plan, [wanted])
    assert violations(problem, after) == []
    assert {one.job for one in after.assignments} == {one.job for one in plan.assignments}
    work = [one.score + travel_seconds(problem, one) for one in (plan, after)]
    assert work[1] >= work[0]
    won = [
        sum(
            points * (one.end - one.start) / 3600 * wanted.share(one.units[0])
            for one in each.assignments
            if one.job in wanted.jobs
        )
        for each in (plan, after)
    ]
    assert after.score + won[1] >= plan.score + won[0]
    assert preferring(problem, after, [replace(wanted, units=())]) == after
