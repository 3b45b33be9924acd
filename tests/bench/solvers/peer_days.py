"""A peer's routes as a plan of ours: every unit's jobs in the peer's order, at the best times that
the rules allow.

All that is mended is mended in the peer's favour: starts are moved to the earliest legal ones,
breaks go where they cost least, and a job is dropped only where its day is illegal with it, or
worth more without it.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

from solver import Assignment, BreakTaken, Plan, Problem, Reason, Status, Unassigned, Unit
from solver.referee import score

Routes = dict[str, list[str]]
"""Ids of jobs in order, by unit."""


@dataclass(frozen=True)
class Day:
    """One unit's legal day and what it adds to the score."""

    worth: int
    starts: tuple[int, ...]
    rests: tuple[tuple[int, int], ...]


def plan_of(problem: Problem, routes: Routes) -> tuple[Plan, int]:
    """The plan that the routes stand for, and how many jobs had to be dropped to make it legal or
    better.
    """
    done, rests, dropped = [], [], 0
    for unit_id, route in routes.items():
        kept, day = _mended(problem, problem.unit_by_id[unit_id], list(route))
        dropped += len(route) - len(kept)
        for job, start in zip(kept, day.starts, strict=True):
            done.append(Assignment(job, start, start + problem.job_by_id[job].duration, (unit_id,)))
        rests += [BreakTaken(unit_id, *span) for span in day.rests]
    left = {job.id for job in problem.jobs} - {each.job for each in done}
    unassigned = [Unassigned(job, Reason.OUTWEIGHED) for job in sorted(left)]
    plan = Plan(problem.id, 0, 0, Status.FEASIBLE, done, rests, unassigned)
    points = score(problem, plan)
    return Plan(problem.id, points, points, Status.FEASIBLE, done, rests, unassigned), dropped


def _mended(problem: Problem, unit: Unit, route: list[str]) -> tuple[list[str], Day]:
    """Drop jobs one by one until the day is legal and no single drop makes it worth more."""
    day = best_day(problem, unit, route)
    while route:
        shorter = [
            (best_day(problem, unit, route[:i] + route[i + 1 :]), i) for i in range(len(route))
        ]
        legal = [(other.worth, i, other) for other, i in shorter if other is not None]
        if legal and (day is None or max(legal)[0] > day.worth):
            _, i, day = max(legal, key=lambda each: each[:2])
        elif day is None:
            i = min(range(len(route)), key=lambda k: problem.job_by_id[route[k]].weight)
        else:
            break
        route = route[:i] + route[i + 1 :]
    return route, day or Day(0, (), ())


def best_day(problem: Problem, unit: Unit, route: list[str]) -> Day | None:
    """The day of these jobs in this order that is worth most, over all ways to place the breaks;
    none if none is legal.

    With the breaks placed, every job as early as it can be is best: nothing gains from waiting.
    """
    if not route:
        return Day(0, (), ())
    rests = sorted(unit.breaks, key=lambda each: each.window)
    gaps = combinations_with_replacement(range(len(route) + 1), len(rests))
    days = (
        _day(problem, unit, route, [list(where).count(i) for i in range(len(route) + 1)])
        for where in gaps
    )
    return max((day for day in days if day is not None), key=lambda day: day.worth, default=None)


def _day(problem: Problem, unit: Unit, route: list[str], in_gap: list[int]) -> Day | None:
    """The earliest day with so many breaks in the gap before each job and before the way home."""
    rests = iter(sorted(unit.breaks, key=lambda each: each.window))
    at, free, worth = unit.start, unit.shift[0], 0
    starts, taken = [], []
    for name, count in zip((*route, None), in_gap, strict=True):
        job = problem.job_by_id.get(name)
        goal = unit.end if job is None else job.location
        travel = 0 if goal is None else problem.travel[at][goal]
        ready, rested = free, 0
        for rest in (next(rests) for _ in range(count)):
            begin = max(ready, rest.window[0])
            ready, rested = begin + rest.duration, rested + rest.duration
            if ready > rest.window[1]:
                return None
            taken.append((begin, ready))
        ready = max(ready, free + travel + rested)
        worth -= problem.travel_cost * travel
        if job is None:
            return Day(worth, tuple(starts), tuple(taken)) if ready <= unit.shift[1] else None
        openings = [max(ready, a) for a, b in job.windows if max(ready, a) + job.duration <= b]
        if not openings:
            return None
        starts.append(min(openings))
        at, free = job.location, starts[-1] + job.duration
        worth += job.weight - job.lateness_cost(free - job.duration, free)
    return None
