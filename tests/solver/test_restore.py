"""What a search changed of a published plan, and what is not worth its price, is undone."""

import math
from dataclasses import replace
from itertools import permutations

import pytest

from solver import Job, Pin, Problem, Slot, Stability, Unit
from solver.indexed import IndexedProblem, Place
from solver.restore import restored


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
