"""A good legal plan within milliseconds, without compiled code: jobs one by one, each where it fits
earliest.

The published plan, as far as it is still legal, is always one of the candidates.
"""

import heapq
import time
from collections.abc import Callable, Mapping

from solver.indexed import Canon, Place, Schedule, difference, value
from solver.insertion import Board
from solver.parts import Pin
from solver.plan import Assignment

Clock = Callable[[], float]


def pinned_only(canon: Canon) -> Schedule:
    """The pinned work: legal by construction of the problem, and part of every plan."""
    return {
        j: Place(pin.start, tuple(canon.unit_no[u] for u in pin.units))
        for j, pin in canon.pins.items()
    }


def kept(canon: Canon, old: Mapping[int, Pin | Assignment]) -> Schedule:
    """An older plan as far as it is still legal: each job at its old time with its old units, the
    heavy first.

    Parameters
    ----------
    old
        Where each job (by number) stood; its units may be gone.
    """
    board = Board(canon, pinned_only(canon))
    waiting = sorted(
        old.keys() - canon.pins.keys(), key=lambda j: (-canon.jobs[j].weight, old[j].start, j)
    )
    while waiting:
        later = []
        for j in waiting:
            if any(i not in board.schedule for i in canon.before[j]):
                later.append(j)
                continue
            place = _old_place(canon, j, old[j])
            if place is not None and board.allows(j, place):
                board.put(j, place)
        if len(later) == len(waiting):
            break
        waiting = later
    return board.schedule


def _old_place(canon: Canon, job: int, old: Pin | Assignment) -> Place | None:
    units = tuple(canon.unit_no.get(each, -1) for each in old.units)
    fitting = canon.fitting[job]
    if len(units) != len(fitting) or any(
        u not in slot for u, slot in zip(units, fitting, strict=True)
    ):
        return None
    return Place(old.start, units)


def fill(
    board: Board,
    until: float,
    clock: Clock = time.monotonic,
    only: set[int] | None = None,
    luck: Callable[[], float] = lambda: 1.0,
) -> Schedule:
    """Add jobs to a board, the most valuable for the time they take first, while the clock is below
    `until`.

    A job waits for the jobs that it comes after. One whose place would cost more than it wins stays
    out.

    Parameters
    ----------
    only
        The jobs that may be added; ``None``: all.
    luck
        By what the value of each job is multiplied when it is ranked.

    Returns
    -------
    dict
        The schedule of the board, now fuller.
    """
    canon = board.canon
    wanted = set(range(len(canon.jobs))) if only is None else only
    missing = {
        j: sum(i not in board.schedule for i in canon.before[j])
        for j in sorted(wanted - board.schedule.keys())
    }
    queue = [(_rank(canon, j, luck()), j) for j, count in missing.items() if count == 0]
    heapq.heapify(queue)
    while queue and clock() < until:
        _, j = heapq.heappop(queue)
        place = board.first_opening(j)
        if place is None or difference(canon, board.schedule, board.schedule | {j: place}) <= 0:
            continue
        board.put(j, place)
        for i in canon.followers[j]:
            if i in missing:
                missing[i] -= 1
                if missing[i] == 0:
                    heapq.heappush(queue, (_rank(canon, i, luck()), i))
    return board.schedule


def _rank(canon: Canon, job: int, luck: float) -> tuple[float, int]:
    """The smaller, the earlier a job is placed: points for each second of a unit, then the earlier
    deadline.
    """
    what = canon.jobs[job]
    opens = canon.starts[job][-1][1] if canon.starts[job] else 0
    return -luck * what.weight / ((what.duration + 900) * len(what.slots)), opens


def first_plan(canon: Canon, until: float, clock: Clock = time.monotonic) -> Schedule:
    """The best of: the published plan as it stands, the published plan filled up, and a plan from
    nothing.
    """
    candidates = [pinned_only(canon)]
    if canon.published:
        old = kept(canon, canon.published)
        candidates += [old, fill(Board(canon, old), until, clock)]
    candidates.append(fill(Board(canon, candidates[0]), until, clock))
    return max(candidates, key=lambda each: value(canon, each))
