"""Back towards the published plan: what a search changed and what is not worth its price is undone;
and towards those who are preferred for a post.

A search gives and takes at random; of two plans of equal worth it hands back either. Here each
change against what is published is taken back by itself, with all that stands in its way, and stays
so unless the plan is worth less by it. In the same way a post is handed to the units that are
preferred for it, where all other work is done as well and as early.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from solver.construct import fill, old_place
from solver.indexed import (
    IndexedProblem,
    Place,
    Schedule,
    assignments,
    breaks,
    difference,
    dumpings,
    value,
)
from solver.insertion import Board
from solver.plan import FORMAT, FORMAT_2, Plan, Status
from solver.problem import Problem

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
    published = told(indexed)
    board, tried = Board(indexed, schedule), True
    while tried:
        tried = False
        for j in sorted(published, key=lambda j: (-published[j].start, j)):
            if board.schedule.get(j) == published[j]:
                continue
            if clock() >= until:
                return board.schedule
            found = put_back(board, [j], published)
            if found is not None and _is_better(board, found, published):
                board, tried = found, True
    return board.schedule


def told(indexed: IndexedProblem) -> dict[int, Place]:
    """The jobs as they are published, where they still can be so."""
    return {
        j: place
        for j, pin in indexed.published.items()
        if (place := old_place(indexed, j, pin)) is not None
    }


def _is_better(board: Board, found: Board, published: dict[int, Place]) -> bool:
    """Whether it is worth more, or as much and nearer to what is published."""
    gain = difference(board.indexed, board.schedule, found.schedule)
    return gain > 0 or (gain == 0 and kept(found, published) > kept(board, published))


def kept(board: Board, published: dict[int, Place]) -> tuple[int, int]:
    """How many jobs stand as published, and how many with their published units."""
    now = board.schedule
    same = [j for j, place in published.items() if j in now and now[j].units == place.units]
    return len(same), sum(now[j] == published[j] for j in same)


def put_back(board: Board, jobs: list[int], published: dict[int, Place]) -> Board | None:
    """The board with the jobs at their published places; what stood there goes back to its own, or
    wherever there is room for it.
    """
    trial, waiting, homeless = board.copy(), list(jobs), set[int]()
    back: set[int] = set()
    while waiting:
        j = waiting.pop(0)
        back.add(j)
        given_way = _make_room(trial, j, published[j])
        if given_way is None or len(back) + len(homeless) + len(given_way) > MOST_MOVED:
            return None
        if not trial.allows(j, published[j]):
            if j in jobs:
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
    """Take out the job, what does the same, and whatever keeps its units from that place; what else
    was taken out, in order of time; ``None`` when that is pinned.
    """
    indexed = board.indexed
    begin, end = place.start, indexed.end(job, place)
    where = indexed.jobs[job].location
    found = {job, *indexed.rivals[job]} & board.schedule.keys()
    for u in place.units:
        travel = indexed.travel[u]
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


def begun_early(board: Board, jobs: Iterable[int]) -> Board:
    """The board with these jobs of one slot begun as early as the units that have them can, where
    that is worth more: who takes a post over from somebody who came late may be there sooner.
    """
    there = board.schedule.keys() & set(jobs)
    for j in sorted(there, key=lambda j: (board.schedule[j].start, j)):
        place, trial = board.schedule[j], board.copy()
        trial.drop(j)
        (unit,) = place.units
        spans = trial.spans(j, board.indexed.length(j, unit), *trial.limits(j))
        start = min((first for first, _, other in spans if other == unit), default=place.start)
        early = Place(start, place.units)
        if start < place.start and trial.allows(j, early):
            trial.put(j, early)
            if difference(board.indexed, board.schedule, trial.schedule) > 0:
                board = trial
    return board


MOST_LATER = 3
"""So many of its first hours a post may keep who stands there before who is preferred comes."""


@dataclass(frozen=True, slots=True)
class Preference:
    """Who shall rather stand at a post than others.

    Attributes
    ----------
    jobs
        The parts of the watch, each of one slot.
    units
        The units that are preferred, the first choice first.
    points
        What an hour of it with the first choice is worth in ways; with the second half as much.
    """

    jobs: tuple[str, ...]
    units: tuple[tuple[str, ...], ...]
    points: int

    def share(self, unit: str) -> float:
        """How much of the points such a unit has."""
        ranks = [rank for rank, units in enumerate(self.units) if unit in units]
        return 1 - ranks[0] / len(self.units) if ranks else 0.0


def preferring(problem: Problem, plan: Plan, preferences: Iterable[Preference]) -> Plan:
    """The plan with the posts handed to those who are preferred for them.

    All work of the plan is done still, in sum worth as much, its lateness and overtime counted: a
    preference pays for ways and changes alone.

    Parameters
    ----------
    plan
        Legal for the problem.
    """
    preferences = tuple(preferences)
    if not preferences:
        return plan
    indexed = IndexedProblem(problem)
    board = before = Board(indexed, schedule_of(indexed, plan))
    for preference in preferences:
        for choice in preference.units:
            board = _handed(board, preference, choice)
    if board is before:
        return plan
    return planned(indexed, board.schedule, plan, plan.bound)


def schedule_of(indexed: IndexedProblem, plan: Plan) -> Schedule:
    """What a plan of this problem does, on numbers."""
    return {
        indexed.job_no[each.job]: Place(each.start, tuple(indexed.unit_no[u] for u in each.units))
        for each in plan.assignments
    }


def planned(indexed: IndexedProblem, schedule: Schedule, plan: Plan, bound: int) -> Plan:
    """The plan with this schedule in place of its own; ``bound`` is proved for the problem."""
    score = value(indexed, schedule)
    visits = dumpings(indexed, schedule) if indexed.problem.speaks_of_loads else ()
    bound = max(score, bound)
    unproved = plan.status is Status.OPTIMAL and score != bound
    return replace(
        plan,
        score=score,
        bound=bound,
        status=Status.FEASIBLE if unproved else plan.status,
        assignments=assignments(indexed, schedule),
        breaks=breaks(indexed, schedule),
        format=FORMAT_2 if visits else FORMAT,
        dumpings=visits,
    )


def _handed(board: Board, preference: Preference, choice: tuple[str, ...]) -> Board:
    """The board with the post handed to one of these units, as much of it as can be."""
    for unit in choice:
        places = _places(board, preference, unit)
        jobs = sorted(places, key=lambda j: places[j].start)
        for first in range(min(len(jobs), MOST_LATER + 1)):
            found = put_back(board, jobs[first:], places)
            found = found and begun_early(found, jobs[first:])
            if found is not None and _is_preferred(board, found, preference):
                board = found
                break
    return board


def _places(board: Board, preference: Preference, unit: str) -> dict[int, Place]:
    """The parts of a post that somebody less preferred has, as this unit would have them."""
    indexed = board.indexed
    number, share = indexed.unit_no.get(unit, -1), preference.share(unit)
    found = {}
    for j in (indexed.job_no.get(job, -1) for job in preference.jobs):
        stands = board.schedule.get(j)
        if stands is None or j in indexed.pins or len(stands.units) != 1:
            continue
        if number in indexed.fitting[j][0] and share > preference.share(_holder(board, j)):
            found[j] = Place(stands.start, (number,))
    return found


def _holder(board: Board, job: int) -> str:
    return board.indexed.units[board.schedule[job].units[0]].id


def _is_preferred(board: Board, found: Board, preference: Preference) -> bool:
    """Whether all is done as well as before, and what the preference wins pays for the ways."""
    if board.schedule.keys() != found.schedule.keys() or work_of(found) < work_of(board):
        return False
    won = sum(_won(found, preference)) - sum(_won(board, preference))
    return won + difference(board.indexed, board.schedule, found.schedule) > 0


def work_of(board: Board) -> int:
    """What the work done is worth, less its lateness and overtime."""
    indexed = board.indexed
    return sum(indexed.jobs[j].weight - indexed.toll(j, at) for j, at in board.schedule.items())


def _won(board: Board, preference: Preference) -> Iterator[float]:
    """Points of each part of the post that somebody preferred has."""
    indexed = board.indexed
    for j in (indexed.job_no.get(job, -1) for job in preference.jobs):
        if place := board.schedule.get(j):
            hours = (indexed.end(j, place) - place.start) / 3600
            yield preference.points * hours * preference.share(_holder(board, j))
