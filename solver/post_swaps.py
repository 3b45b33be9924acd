"""A post left out for all its hours, taken by who stands at another one: hour by hour no exchange
pays, for each of them alone costs the way there and back, and all of them together do.
"""

import time
from collections import defaultdict
from collections.abc import Callable

from solver.construct import fill
from solver.indexed import difference
from solver.insertion import Board

MOST_POSTS, MOST_UNITS = 24, 6
"""Posts looked at, the most valuable first, and units tried for each, the nearest first."""


def with_posts_swapped(
    board: Board, until: float, clock: Callable[[], float] = time.monotonic
) -> Board:
    """The board with whoever stands at one post sent to another that nobody has, where all in all
    that is worth more.

    Parameters
    ----------
    until
        Reading of ``clock`` after which no more are looked at.
    """
    before = board
    for post in _left_out(board):
        for unit in _standing(board, post):
            if clock() > until:
                break
            found = _swapped(board, post, unit)
            if difference(board.indexed, board.schedule, found.schedule) > 0:
                board = found
                break
    if board is not before:  # other work may have room now
        fill(board, until, clock)
    return board


def _left_out(board: Board) -> list[list[int]]:
    """The posts with several hours that nobody has: their jobs of one slot."""
    posts: defaultdict[tuple, list[int]] = defaultdict(list)
    for j, job in enumerate(board.indexed.jobs):
        if j not in board.schedule and job.until is not None and len(job.slots) == 1:
            posts[job.location, job.slots].append(j)
    worth = {
        key: sum(board.indexed.jobs[j].weight for j in jobs)
        for key, jobs in posts.items()
        if len(jobs) > 1
    }
    return [posts[key] for key in sorted(worth, key=lambda key: (-worth[key], posts[key]))][
        :MOST_POSTS
    ]


def _own(board: Board, post: list[int], unit: int) -> list[int]:
    """The hours of other posts that the unit has in the time of this one and may give up."""
    indexed = board.indexed
    begin = min(indexed.jobs[j].windows[0][0] for j in post)
    end = max(indexed.jobs[j].until or 0 for j in post)
    stops = (indexed.job_no[stop.job] for stop in board.days[unit] if begin < stop.end <= end)
    return [j for j in stops if indexed.jobs[j].until is not None and j not in indexed.pins]


def _standing(board: Board, post: list[int]) -> list[int]:
    """The units that could have the post and stand at another one meanwhile."""
    indexed, place = board.indexed, board.indexed.jobs[post[0]].location
    able = {}
    for u in indexed.fitting[post[0]][0]:
        if own := _own(board, post, u):
            able[u] = indexed.travel[u][indexed.jobs[own[0]].location][place]
    return sorted(able, key=lambda u: (able[u], u))[:MOST_UNITS]


def _swapped(board: Board, post: list[int], unit: int) -> Board:
    """The board with the unit's posts given up for this one, and what can be of them done still."""
    new, own = board.copy(), _own(board, post, unit)
    given_up = board.indexed.descendants(own) & board.schedule.keys()
    if given_up & board.indexed.pins.keys():
        return board
    new.drop_all(given_up)
    fill(new, float("inf"), only=set(post))
    fill(new, float("inf"), only=board.schedule.keys() - new.schedule.keys())
    return new
