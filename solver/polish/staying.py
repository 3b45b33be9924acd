"""A post kept by who stands there: of plans worth as much that in which fewer posts change hands.

Where two posts lie at one place the way between them costs nothing, and a search hands back a plan
in which two teams change places every hour as gladly as one in which they stay.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from solver.indexed import IndexedProblem, Place, difference
from solver.insertion import Board
from solver.plan import Plan
from solver.polish.restore import begun_early, kept, planned, put_back, schedule_of, told, work_of
from solver.problem import Problem


def staying(
    problem: Problem,
    plan: Plan,
    posts: Iterable[Iterable[str]],
    until: float,
    clock: Callable[[], float] = time.monotonic,
) -> Plan:
    """The plan with fewer posts that change hands, worth no less and with no less told kept.

    Parameters
    ----------
    plan
        Legal for the problem.
    posts
        The parts of each watch; those that the problem does not have are left aside, those of
        several slots as they are.
    until
        Reading of the clock at which to end.
    """
    indexed = IndexedProblem(problem)
    numbers = [[indexed.job_no[job] for job in post if job in indexed.job_no] for post in posts]
    board = before = Board(indexed, schedule_of(indexed, plan))
    published, tried = told(indexed), True
    while tried:
        tried = False
        for jobs, unit in _hand_overs(board, numbers):
            if clock() >= until:
                break
            places = {j: Place(board.schedule[j].start, (unit,)) for j in jobs}
            found = put_back(board, jobs, places) if _may_have(indexed, jobs, unit) else None
            found = found and begun_early(found, jobs)
            if found is not None and _is_calmer(board, found, numbers, published):
                board, tried = found, True
                break
    return plan if board is before else planned(indexed, board.schedule, plan, plan.bound)


def _hand_overs(board: Board, posts: Sequence[Sequence[int]]) -> Iterator[tuple[list[int], int]]:
    """For each change at a post what the one who leaves might keep, and what the one who comes
    might have had before, with his number.
    """
    for post in posts:
        runs = _runs(board, post)
        for one, other in pairwise(runs):
            yield other, _holder(board, one[0])
            yield one, _holder(board, other[0])


def _runs(board: Board, post: Iterable[int]) -> list[list[int]]:
    """The manned parts of a post in order of time, by who has them one after the other."""
    runs: list[list[int]] = []
    manned = [j for j in post if j in board.schedule]
    for j in sorted(manned, key=lambda j: board.schedule[j].start):
        if runs and _holder(board, runs[-1][0]) == _holder(board, j):
            runs[-1].append(j)
        else:
            runs.append([j])
    return runs


def _holder(board: Board, job: int) -> int:
    return board.schedule[job].units[0]


def _may_have(indexed: IndexedProblem, jobs: Iterable[int], unit: int) -> bool:
    return all(
        j not in indexed.pins and len(indexed.jobs[j].slots) == 1 and unit in indexed.fitting[j][0]
        for j in jobs
    )


def _is_calmer(
    board: Board, found: Board, posts: Sequence[Sequence[int]], published: dict[int, Place]
) -> bool:
    """Whether fewer posts change hands, all is done as well, and no less stands as it was told."""
    if board.schedule.keys() != found.schedule.keys() or work_of(found) < work_of(board):
        return False
    if kept(found, published) < kept(board, published):
        return False
    is_worth_it = difference(board.indexed, board.schedule, found.schedule) >= 0
    return is_worth_it and _changes(found, posts) < _changes(board, posts)


def _changes(board: Board, posts: Iterable[Iterable[int]]) -> int:
    return sum(max(0, len(_runs(board, post)) - 1) for post in posts)
