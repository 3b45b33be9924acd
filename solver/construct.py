"""A good legal plan within milliseconds, without compiled code: jobs one by one, each where it fits
earliest.

The published plan, as far as it is still legal, is always one of the candidates.
"""

import heapq
import time
from collections.abc import Callable, Mapping

from solver.indexed import IndexedProblem, Place, Schedule, value
from solver.insertion import Board
from solver.parts import Pin
from solver.plan import Assignment

Clock = Callable[[], float]


def pinned_only(indexed: IndexedProblem) -> Schedule:
    """The pinned work: legal by construction of the problem, and part of every plan."""
    return {
        j: Place(pin.start, tuple(indexed.unit_no[u] for u in pin.units))
        for j, pin in indexed.pins.items()
    }


def legal_part(indexed: IndexedProblem, old: Mapping[int, Pin | Assignment]) -> Schedule:
    """An older plan as far as it is still legal: each job at its old time with its old units, the
    heavy first.

    Parameters
    ----------
    old
        Where each job (by number) stood; its units may be gone.
    """
    board = Board(indexed, pinned_only(indexed))
    waiting = sorted(
        old.keys() - indexed.pins.keys(), key=lambda j: (-indexed.jobs[j].weight, old[j].start, j)
    )
    while waiting:
        later = []
        for j in waiting:
            if any(i not in board.schedule for i in indexed.before[j]):
                later.append(j)
                continue
            place = old_place(indexed, j, old[j])
            if place is not None and board.allows(j, place):
                board.put(j, place)
        if len(later) == len(waiting):
            break
        waiting = later
    return board.schedule


def old_place(indexed: IndexedProblem, job: int, old: Pin | Assignment) -> Place | None:
    """Where a job stood, if its units are here and fit; whether it can stand there now is not
    asked.
    """
    units = tuple(indexed.unit_no.get(each, -1) for each in old.units)
    fitting = indexed.fitting[job]
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
    indexed = board.indexed
    wanted = set(range(len(indexed.jobs))) if only is None else only
    spare = sorted(wanted - board.schedule.keys()) if indexed.problem.gives_off else []
    missing = {
        j: sum(i not in board.schedule for i in indexed.before[j])
        for j in sorted(wanted - board.schedule.keys())
    }
    queue = [(_rank(indexed, j, luck()), j) for j, count in missing.items() if count == 0]
    heapq.heapify(queue)
    while queue and clock() < until:
        _, j = heapq.heappop(queue)
        place = board.earliest_insertion(j)
        if place is None or board.gain(j, place) <= 0:
            continue
        board.put(j, place)
        for i in indexed.followers[j]:
            if i in missing:
                missing[i] -= 1
                if missing[i] == 0:
                    heapq.heappush(queue, (_rank(indexed, i, luck()), i))
    _fill_again(board, until, clock, spare)
    return board.schedule


def _fill_again(board: Board, until: float, clock: Clock, jobs: list[int]) -> None:
    """What one job takes aboard another may give off, and the other way round: try those left out
    again while one finds its place.
    """
    found = True
    while found:
        found = False
        for j in jobs:
            if j in board.schedule or clock() >= until:
                continue
            place = board.earliest_insertion(j)
            if place is not None and board.gain(j, place) > 0:
                board.put(j, place)
                found = True


def _rank(indexed: IndexedProblem, job: int, luck: float) -> tuple[float, int]:
    """The smaller, the earlier a job is placed: points for each second of a unit, then the earlier
    deadline.
    """
    job_spec = indexed.jobs[job]
    opens = indexed.starts[job][-1][1] if indexed.starts[job] else 0
    return -luck * job_spec.weight / ((indexed.usual[job] + 900) * len(job_spec.slots)), opens


def mended(indexed: IndexedProblem, until: float, clock: Clock = time.monotonic) -> Schedule:
    """The published plan as far as it stands, filled up."""
    return fill(Board(indexed, legal_part(indexed, indexed.published)), until, clock)


def first_plan(
    indexed: IndexedProblem,
    until: float,
    clock: Clock = time.monotonic,
    standing: Schedule | None = None,
) -> Schedule:
    """The better of the published plan, mended, and a plan from nothing; ``standing`` is the first
    of them where it is known.
    """
    candidates = [pinned_only(indexed)]
    if indexed.published:
        candidates.append(mended(indexed, until, clock) if standing is None else standing)
    candidates.append(fill(Board(indexed, candidates[0]), until, clock))
    return max(candidates, key=lambda each: value(indexed, each))
