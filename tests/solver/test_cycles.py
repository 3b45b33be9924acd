"""A tournament of annealings: who goes on, and what comes of it."""

import random
import time
from types import SimpleNamespace

import pytest

from solver import Job, Pin, Problem, Slot, Unit, cycles, solve
from solver.construct import pinned_only
from solver.indexed import IndexedProblem, assignments, value
from solver.referee import violations
from solver.search.portfolio import Portfolio

SIDE, DAY = 1500, 6000


def district(seed, jobs=45, pins=()):
    """More stops than two units have time for, each one unit's and none waiting for another."""
    draw = random.Random(seed)
    places = [(draw.randrange(SIDE), draw.randrange(SIDE)) for _ in range(jobs + 1)]
    ways = [[round(abs(complex(a - c, b - d))) for c, d in places] for a, b in places]
    opens = [draw.randrange(DAY // 2) for _ in range(jobs)]
    listed = [
        Job(f"j{i:02}", i + 1, 100, ((at, at + DAY // 2),), draw.randint(1, 50) * 1000, (Slot(),))
        for i, at in enumerate(opens)
    ]
    units = [Unit(f"u{k}", "crew", 0, (0, DAY), 0) for k in range(2)]
    return Problem("d", "2022-07-08T06:00:00Z", DAY, ways, units, listed, 1, pinned=pins)


class Stage:
    """A portfolio of one searcher whose annealings end where the script says."""

    def __init__(self, ends):
        self.searchers, self.left, self.entered, self.runs = [None], list(ends), [], []

    def empty(self, count):
        return [SimpleNamespace(score=[0])] * count

    def enter(self, states):
        self.entered.append(int(states[0].score[0]))

    def ends(self):
        return [SimpleNamespace(score=[self.left.pop(0)])]

    def run(self, share, begin):
        self.runs.append((share, begin))

    def gather(self):
        self.left.append("gathered")


def test_the_better_half_of_a_tournament_goes_on():
    stage = Stage([1, 8, 2, 7, 3, 6, 4, 5, 18, 17, 16, 15, 28, 27, 38])
    cycles._compete(stage, stage.run, 1)
    assert stage.entered == [0] * 8 + [8, 7, 6, 5] + [18, 17] + [28]
    assert stage.left == ["gathered"]
    shares = [share for share, _ in stage.runs]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert [share for share, begin in stage.runs if begin == 0.0][-1] == pytest.approx(1 / 4)


def test_what_is_worth_the_same_as_another_goes_on_last():
    states = [SimpleNamespace(score=[score]) for score in (5, 9, 9, 7)]
    assert [each.score[0] for each in cycles._ranked(states)] == [9, 7, 5, 9]


def test_a_tournament_keeps_what_is_pinned_and_repeats_exactly(monkeypatch):
    monkeypatch.setattr(cycles, "FIELD_STEPS", 0)
    instance = district(1, pins=(Pin("j07", 2800, ("u0",)),))
    plan = solve(instance, steps=1000, seed=3)
    assert violations(instance, plan) == []
    assert solve(instance, steps=1000, seed=3) == plan


def test_a_tournament_by_the_clock_never_loses_what_was_there(monkeypatch):
    """Two searchers, the last round with one entrant for both."""
    monkeypatch.setattr(cycles, "PACKING_FROM_SECONDS", 0.0)
    indexed = IndexedProblem(district(2))
    portfolio = Portfolio(indexed, pinned_only(indexed), 1, 2)
    first = value(indexed, portfolio.first())
    cycles.timed(portfolio, time.monotonic() + 0.5, 1)
    schedule = portfolio.schedule()
    assert value(indexed, schedule) >= first
    assert value(indexed, schedule) == portfolio.score
    assert len(assignments(indexed, schedule)) == len(schedule)
