"""Ruin and recreate in plain Python: what a first solve does while the search is being compiled
elsewhere.

A few hundred steps a second where compiled code makes tens of thousands, but it begins at once.
"""

import random
import time
from collections.abc import Callable

from solver.construct import fill
from solver.indexed import IndexedProblem, Schedule, difference
from solver.insertion import Board

REMOVED = 12
"""Most jobs that one step takes out."""
ABSENT = 20
"""Left-out jobs that each step tries to bring in."""
HEAT = 0.05
"""Share of the mean weight of a job that a step may lose by chance at first; it falls to nothing.
"""


def improve(
    indexed: IndexedProblem, schedule: Schedule, until: float, enough: Callable[[], bool], seed: int
) -> Schedule:
    """The best plan found from a legal one before the monotonic clock reads `until` or `enough`
    says so.
    """
    free = [j for j in range(len(indexed.jobs)) if j not in indexed.pins]
    chance, board, lead, best = random.Random(seed), Board(indexed, schedule), 0, schedule
    if not free:
        return schedule
    heat = HEAT * sum(indexed.jobs[j].weight for j in free) / len(free)
    began = time.monotonic()
    while (now := time.monotonic()) < until and not enough():
        new = _step(indexed, board, free, chance)
        gain = difference(indexed, board.schedule, new.schedule)
        if gain >= -heat * (until - now) / (until - began) * chance.random():
            board, lead = new, lead + gain
            if lead > 0:
                best, lead = new.schedule, 0
    return best


def _step(indexed: IndexedProblem, board: Board, free: list[int], chance: random.Random) -> Board:
    """Take jobs of one neighbourhood in space and time out, and bring back what fits, in an order
    of some luck.
    """
    new, middle = board.copy(), indexed.jobs[chance.choice(free)]
    way, opens = indexed.nearness[middle.location], middle.windows[0][0]
    near = sorted(
        free,
        key=lambda j: (
            way[indexed.jobs[j].location] + 0.05 * abs(indexed.jobs[j].windows[0][0] - opens)
        ),
    )
    absent = [j for j in range(len(indexed.jobs)) if j not in new.schedule]
    out = indexed.descendants(
        j for j in near[: 1 + chance.randrange(REMOVED)] if chance.random() < 0.8
    )
    new.drop_all(out)
    wanted = out | set(chance.sample(absent, min(ABSENT, len(absent))))
    fill(new, float("inf"), only=wanted, luck=lambda: 0.5 + chance.random())
    return new
