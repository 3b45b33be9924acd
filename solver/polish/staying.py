"""A post kept by who stands there, and taken over by who is nearer: of plans worth as much that in
which fewer posts change hands, and of two that take over two posts each the one that lies nearer.

Where two posts lie at one place the way between them costs nothing, and a search hands back a plan
in which two teams change places every hour as gladly as one in which they stay. Beside duties that
weigh so much more, a way across town is noise to it too.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise

from solver.indexed import IndexedProblem, Place, difference
from solver.insertion import Board
from solver.plan import Plan
from solver.polish.restore import begun_early, kept, planned, put_back, schedule_of, told, work_of
from solver.problem import Problem

AT_ONCE = 3600
"""Seconds within which two posts are taken over at once, so that their teams may change places."""


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
            found = _handed(board, {unit: jobs})
            if found is not None and _is_calmer(board, found, numbers, published):
                board, tried = found, True
                break
        for handed in [] if tried else _crossed(board, numbers):
            if clock() >= until:
                break
            found = _handed(board, handed)
            if found is not None and _is_nearer(board, found, numbers, published):
                board, tried = found, True
                break
    return plan if board is before else planned(indexed, board.schedule, plan, plan.bound)


def _handed(board: Board, jobs: Mapping[int, list[int]]) -> Board | None:
    """The board with these parts of posts in the hands of these units; ``None`` where one may not
    have them, or they can't be so.
    """
    if not all(_may_have(board.indexed, own, unit) for unit, own in jobs.items()):
        return None
    given = [j for own in jobs.values() for j in own]
    places = {j: Place(board.schedule[j].start, (u,)) for u, own in jobs.items() for j in own}
    found = put_back(board, given, places)
    return found and begun_early(found, given)


def _crossed(board: Board, posts: Iterable[Sequence[int]]) -> Iterator[dict[int, list[int]]]:
    """For each two posts taken over at once by units each of which has the longer way, both in the
    other's hands.
    """
    runs = [run for post in posts for run in _runs(board, post)]
    for one, other in combinations(runs, 2):
        first, second = _holder(board, one[0]), _holder(board, other[0])
        apart = board.schedule[one[0]].start - board.schedule[other[0]].start
        if first == second or abs(apart) > AT_ONCE:
            continue
        now = _way(board, first, one, one) + _way(board, second, other, other)
        if _way(board, first, one, other) + _way(board, second, other, one) < now:
            yield {first: other, second: one}


def _way(board: Board, unit: int, own: Sequence[int], to: Sequence[int]) -> int:
    """Seconds from where a unit is before a post of its own to another one."""
    indexed, start = board.indexed, board.schedule[own[0]].start
    before = [stop.location for stop in board.days[unit] if stop.end <= start]
    here = before[-1] if before else indexed.units[unit].start
    return int(indexed.travel[unit][here][indexed.jobs[to[0]].location])


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
    is_worth_it = difference(board.indexed, board.schedule, found.schedule) >= 0
    is_calmer = _changes(found, posts) < _changes(board, posts)
    return is_worth_it and is_calmer and _is_as_good(board, found, published)


def _is_nearer(
    board: Board, found: Board, posts: Sequence[Sequence[int]], published: dict[int, Place]
) -> bool:
    """Whether it is worth more by its ways, no more posts change hands, all is done as well, and no
    less stands as it was told.
    """
    is_worth_more = difference(board.indexed, board.schedule, found.schedule) > 0
    is_as_calm = _changes(found, posts) <= _changes(board, posts)
    return is_worth_more and is_as_calm and _is_as_good(board, found, published)


def _is_as_good(board: Board, found: Board, published: dict[int, Place]) -> bool:
    if board.schedule.keys() != found.schedule.keys() or work_of(found) < work_of(board):
        return False
    return kept(found, published) >= kept(board, published)


def _changes(board: Board, posts: Iterable[Iterable[int]]) -> int:
    return sum(max(0, len(_runs(board, post)) - 1) for post in posts)
