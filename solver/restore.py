"""Back towards the published plan: what a search changed and what is not worth its price is undone.

A search gives and takes at random; of two plans of equal worth it hands back either. Here each
change against what is published is taken back by itself, with all that stands in its way, and stays
so unless the plan is worth less by it.
"""

import time
from collections.abc import Callable

from solver.construct import fill, old_place
from solver.indexed import IndexedProblem, Place, Schedule, difference
from solver.insertion import Board

MOST_MOVED = 16
"""Jobs that may give way when one is put back."""


def restored(
    indexed: IndexedProblem,
    schedule: Schedule,
    until: float,
    clock: Callable[[], float] = time.monotonic,
) -> Schedule:
    """The schedule with all that may stand as it is published without loss.

    Parameters
    ----------
    schedule
        Legal; its worth never falls.
    until
        Reading of the clock at which to end.
    """
    published = {
        j: place
        for j, pin in indexed.published.items()
        if (place := old_place(indexed, j, pin)) is not None
    }
    board, tried = Board(indexed, schedule), True
    while tried:
        tried = False
        for j in sorted(published, key=lambda j: (-published[j].start, j)):
            if board.schedule.get(j) == published[j]:
                continue
            if clock() >= until:
                return board.schedule
            found = _put_back(board, j, published)
            if found is not None and _is_better(board, found, published):
                board, tried = found, True
    return board.schedule


def _is_better(board: Board, found: Board, published: dict[int, Place]) -> bool:
    """Whether it is worth more, or as much and nearer to what is published."""
    gain = difference(board.indexed, board.schedule, found.schedule)
    return gain > 0 or (gain == 0 and _kept(found, published) > _kept(board, published))


def _kept(board: Board, published: dict[int, Place]) -> tuple[int, int]:
    """How many jobs stand as published, and how many with their published units."""
    now = board.schedule
    same = [j for j, place in published.items() if j in now and now[j].units == place.units]
    return len(same), sum(now[j] == published[j] for j in same)


def _put_back(board: Board, job: int, published: dict[int, Place]) -> Board | None:
    """The board with the job at its published place; what stood there goes back to its own, or
    wherever there is room for it.
    """
    trial, waiting, homeless = board.copy(), [job], set[int]()
    back: set[int] = set()
    while waiting:
        j = waiting.pop(0)
        back.add(j)
        given_way = _make_room(trial, j, published[j])
        if given_way is None or len(back) + len(homeless) + len(given_way) > MOST_MOVED:
            return None
        if not trial.allows(j, published[j]):
            if j == job:
                return None
            homeless.add(j)
        else:
            trial.put(j, published[j])
        for other in given_way:
            if other in published and other not in back and other not in waiting:
                waiting.append(other)
            elif other not in waiting:
                homeless.add(other)
    fill(trial, float("inf"), only=homeless)
    return trial


def _make_room(board: Board, job: int, place: Place) -> list[int] | None:
    """Take out the job and whatever keeps its units from that place; what else was taken out, in
    order of time; ``None`` when that is pinned.
    """
    indexed = board.indexed
    begin, end = place.start, indexed.end(job, place)
    where, travel = indexed.jobs[job].location, indexed.problem.travel
    found = {job} & board.schedule.keys()
    for u in place.units:
        for stop in board.days[u]:
            to, on = travel[stop.location][where], travel[where][stop.location]
            if stop.end + to > begin and end + on > stop.start:
                found.add(indexed.job_no[stop.job])
    out = indexed.descendants(found) & board.schedule.keys()
    if out & indexed.pins.keys():
        return None
    before = dict(board.schedule)
    board.drop_all(out)
    gone = before.keys() - board.schedule.keys() - {job}
    return sorted(gone, key=lambda j: before[j].start)
