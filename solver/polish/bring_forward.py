"""Work that comes late although somebody could do it sooner, done sooner.

The search accepts and refuses changes by what most of them lose. Where most of a problem are duties
whose weights dwarf the rest, what a single small job loses by waiting is noise to it; here every
gain counts.
"""

import time
from collections.abc import Callable

from solver.indexed import IndexedProblem, Schedule, difference
from solver.insertion import Board


def brought_forward(
    indexed: IndexedProblem,
    schedule: Schedule,
    until: float,
    clock: Callable[[], float] = time.monotonic,
) -> Schedule:
    """The schedule with each job that its hour costs points begun as early as anybody can, all else
    standing still, where that is worth more.

    Parameters
    ----------
    schedule
        Legal; its worth never falls.
    until
        Reading of the clock at which to end.
    """
    board, tried = Board(indexed, schedule), True
    while tried:
        tried = False
        for job in _late_first(board):
            if clock() >= until:
                return board.schedule
            found = _sooner(board, job)
            if found is not None:
                board, tried = found, True
    return board.schedule


def _late_first(board: Board) -> list[int]:
    """The jobs that their hour costs points, those that lose most first."""
    indexed = board.indexed
    tolls = {
        job: indexed.toll(job, place)
        for job, place in board.schedule.items()
        if job not in indexed.pins
    }
    return sorted((job for job in tolls if tolls[job] > 0), key=lambda job: (-tolls[job], job))


def _sooner(board: Board, job: int) -> Board | None:
    """The board with the job at the first hour at which anybody could do it, if that is better."""
    trial = board.copy()
    trial.drop_all([job])
    if len(trial.schedule) < len(board.schedule) - 1:  # a tank holds others to it
        return None
    place = trial.earliest_insertion(job)
    if place is None or place == board.schedule[job]:
        return None
    trial.put(job, place)
    return trial if difference(board.indexed, board.schedule, trial.schedule) > 0 else None
