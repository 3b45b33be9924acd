"""Why a job was left out: every reason comes with its proof.

``no_unit`` and ``pinned`` are proved by trying every start at which the job could begin at all, on
empty days and on days with the pinned work alone; ``outweighed`` by a legal plan that does the job,
and what that plan is worth. Where jobs give off what others took aboard, a job can be possible only
beside others: there the first two are proved as if tanks did not count, and ``no_load`` says that
for what is aboard no plan with the job was found.
"""

import math
import time
from collections.abc import Callable
from itertools import islice

from solver.construct import fill, pinned_only
from solver.indexed import IndexedProblem, Place, Schedule, change
from solver.insertion import Board, matched
from solver.plan import Detail, Reason, Unassigned
from solver.tanks import travelled_with_tank

Clock = Callable[[], float]
STARTS_TRIED, STARTS_TRIED_JOBS = 24, 3000
"""Starts tried for the price of a job: so many, or in large problems so many divided by the number
of jobs.
"""
MOST_UNITS = 6
"""Units looked at for each slot when the shortest form of a proof must do."""


def explain(
    indexed: IndexedProblem,
    schedule: Schedule,
    until: float,
    clock: Clock = time.monotonic,
    ends: float = math.inf,
) -> tuple[Schedule, list[Unassigned]]:
    """A reason for every job left out of a legal schedule.

    Looking for the price of a job may find a better plan; then that one is explained and returned.

    Parameters
    ----------
    until
        Reading of `clock` after which each proof takes its shortest form. The longer form looks for
        a cheaper price, never for another reason.
    ends
        Reading of `clock` after which no more are looked at: those that are left are
        ``UNEXAMINED``, the least valuable first.
    """
    prover = _Prover(indexed)
    tries = max(2, min(STARTS_TRIED, STARTS_TRIED_JOBS // max(1, len(indexed.jobs))))
    board = Board(indexed, schedule)
    result: dict[int, Unassigned] = {}
    todo = _by_value(indexed, schedule)
    while todo:
        j = todo.pop()
        if clock() > ends:
            result[j] = Unassigned(indexed.jobs[j].id, Reason.UNEXAMINED)
            continue
        result[j] = prover.forced(board.schedule, j) or Unassigned(
            indexed.jobs[j].id, Reason.OUTWEIGHED
        )
        if result[j].reason is not Reason.OUTWEIGHED:
            continue
        quick = clock() > until
        better = price(board, j, 1 if quick else tries, prover.pinned)
        if better is None:
            text = "Beside the rest of the plan the tanks of its units do not allow it."
            result[j] = Unassigned(indexed.jobs[j].id, Reason.NO_LOAD, Detail(text=text))
            continue
        gain = _gain(board, better)
        if gain > 0 and not quick:
            board = Board(indexed, better.schedule)
            result = {}
            todo = _by_value(indexed, board.schedule)
        else:
            result[j] = _outweighed(board, better, j, -gain)
    return board.schedule, [result[j] for j in sorted(result)]


def _by_value(indexed: IndexedProblem, schedule: Schedule) -> list[int]:
    """The jobs left out, the most valuable last."""
    left_out = [j for j in range(len(indexed.jobs)) if j not in schedule]
    return sorted(left_out, key=lambda j: (indexed.jobs[j].weight, j))


def _gain(old: Board, new: Board) -> int:
    """Points by which a board that was made from another one is worth more."""
    places = [b.schedule[j] for j in new.changed for b in (old, new) if j in b.schedule]
    units = {u for place in places for u in place.units}
    return _share(new, new.changed, units) - _share(old, new.changed, units)


def _share(board: Board, jobs: set[int], units: set[int]) -> int:
    """The share of the score that these jobs and the roads of these units make."""
    indexed, problem, points = board.indexed, board.indexed.problem, 0
    for j in jobs:
        place = board.schedule.get(j)
        points -= change(indexed, j, place)
        if place is not None:
            points += indexed.jobs[j].weight - indexed.toll(j, place)
    if problem.travel_cost == 0:
        return points
    return points - problem.travel_cost * sum(
        travelled_with_tank(indexed.units[u], board.days[u], indexed.travel[u], problem.dump_sites)
        for u in units
    )


class _Prover:
    """Proofs that hold for every plan of the problem, each made once."""

    def __init__(self, indexed: IndexedProblem):
        self.indexed = indexed
        self.exact = not indexed.problem.gives_off
        self.empty = Board(indexed, {}, self.exact)
        self.pinned = Board(indexed, pinned_only(indexed), self.exact)
        self.never: dict[int, Unassigned | None] = {}
        self.blocked: dict[int, Unassigned | None] = {}

    def forced(self, schedule: Schedule, job: int) -> Unassigned | None:
        """The reason that no choice of ours could change, if there is one; what is done in another
        way has no other.
        """
        indexed = self.indexed
        instead = tuple(indexed.jobs[i].id for i in indexed.rivals[job] if i in schedule)
        if instead:
            text = f"{instead[0]} does the same."
            return Unassigned(indexed.jobs[job].id, Reason.ALTERNATIVE, Detail(instead, text=text))
        if job not in self.never and not indexed.before[job] and self.pinned.some_insertion(job):
            self.never[job] = self.blocked[job] = None
        if job not in self.never:
            insertion = self.empty.some_insertion(job, (0, indexed.problem.horizon))
            self.never[job] = _no_unit(indexed, self.empty, job) if insertion is None else None
        if self.never[job] is not None:
            return self.never[job]
        missing = tuple(indexed.jobs[i].id for i in indexed.before[job] if i not in schedule)
        if missing:
            text = f"It comes after {', '.join(missing)}, left out."
            return Unassigned(indexed.jobs[job].id, Reason.PREDECESSOR, Detail(missing, text=text))
        if job not in self.blocked:
            self.blocked[job] = self._blocked(job)
        return self.blocked[job]

    def _blocked(self, job: int) -> Unassigned | None:
        """What stands in the way when nothing is planned but the pinned work and what the job comes
        after.
        """
        indexed = self.indexed
        if not indexed.before[job] and self.pinned.some_insertion(job):
            return None
        if possible(indexed, job, loads_count=self.exact) is not None:
            return None
        alone = {"pinned": False, "loads_count": self.exact}
        if not indexed.pins or possible(indexed, job, **alone) is None:
            text = (
                "No set of units on duty can fill its slots in its windows "
                "once the jobs before it are done."
            )
            return Unassigned(indexed.jobs[job].id, Reason.NO_UNIT, Detail(text=text))
        pins = tuple(indexed.jobs[j].id for j in _pins_in_the_way(indexed, job))
        text = f"Only pinned work stands in the way: {', '.join(pins)}."
        return Unassigned(indexed.jobs[job].id, Reason.PINNED, Detail(pins, text=text))


def _no_unit(indexed: IndexedProblem, empty: Board, job: int) -> Unassigned:
    """Which slots nobody can fill, or that they can't be filled together."""
    able: set[int] = set()
    for start, seconds in empty.begins(job, 0, indexed.problem.horizon):
        for k, units in enumerate(indexed.teams_of(job, seconds)):
            if k not in able and any(empty.lives(u, job, start, seconds, k) for u in units):
                able.add(k)
    slots = tuple(k for k in range(len(indexed.fitting[job])) if k not in able)
    if slots:
        listed = ", ".join(str(k) for k in slots)
        text = f"No unit on duty fits slot {listed} in its windows."
    else:
        text = (
            "Each slot could be filled, but never all of them at the same time by different units."
        )
    return Unassigned(indexed.jobs[job].id, Reason.NO_UNIT, Detail(slots=slots, text=text))


def _pins_in_the_way(indexed: IndexedProblem, job: int) -> list[int]:
    """The pinned jobs of the units that could fill a slot, and those that it comes after."""
    units = {u for slot in indexed.fitting[job] for u in slot}
    own = {j for j, place in pinned_only(indexed).items() if units.intersection(place.units)}
    return sorted(own | (indexed.ancestors(job) & indexed.pins.keys()))


def possible(
    indexed: IndexedProblem, job: int, pinned: bool = True, loads_count: bool = True
) -> Schedule | None:
    """A legal schedule of the job, all that it comes after, and (if asked) the pinned work.

    ``None`` proves that there is none. Nearly always the jobs fit one by one; else the exact model
    decides, but for one job by itself: all else stands still, and no insertion is the proof.
    """
    chain = indexed.ancestors(job) | {job}
    board = Board(indexed, pinned_only(indexed) if pinned else {}, loads_count)
    todo = sorted(chain - board.schedule.keys())
    is_alone = len(todo) == 1
    while todo:
        ready = next(j for j in todo if all(i in board.schedule for i in indexed.before[j]))
        place = board.earliest_insertion(ready)
        if place is None and is_alone:
            return None
        if place is None:
            from solver.proofs.cpsat import all_of

            return all_of(indexed, chain, pinned, loads_count)
        board.put(ready, place)
        todo.remove(ready)
    return board.schedule


def price(board: Board, job: int, tries: int, pinned: Board) -> Board | None:
    """A legal board with the job on it, made from this one at a low price, ``None`` (only where
    jobs give off loads) when none was found; ``pinned`` is that of the pinned work alone.

    Tries up to `tries` starts, each with the units where it displaces and costs least; what was
    displaced is placed again where it fits. The job must be possible and all that it comes after
    done.
    """
    indexed, schedule = board.indexed, board.schedule
    if indexed.problem.gives_off and (place := board.earliest_insertion(job)) is not None:
        new = board.copy()
        new.put(job, place)
        return new
    bare = pinned
    if indexed.before[job]:
        keep = indexed.ancestors(job) | indexed.pins.keys()
        bare = Board(indexed, {j: place for j, place in schedule.items() if j in keep})
    most = MOST_UNITS if tries == 1 else len(indexed.units)
    begins = set(bare.begins(job, *board.limits(job), most))
    if tries > 1:
        begins.update(board.begins(job, *board.limits(job)))
    tried = sorted(begins)[:: max(1, len(begins) // tries)]
    best = None
    for start, seconds in tried:
        below = math.inf if best is None else best[0]
        best = _cheapest_team(board, bare, job, (start, seconds), most, below) or best
        if best and not best[0]:
            break
    if best:
        _, place, out = best
        new = board.copy()
        new.drop_all(indexed.descendants(out))
        if indexed.problem.gives_off and not new.allows(job, place):
            return None
        new.put(job, place)
    elif indexed.problem.gives_off:
        return None
    else:
        new = _with_its_chain(board, job)
    if tries > 1:
        fill(new, float("inf"), only=schedule.keys() - new.schedule.keys())
    return new


def _cheapest_team(
    board: Board, bare: Board, job: int, begin: tuple[int, int], most: int, below: float
) -> tuple[int, Place, set[int]] | None:
    """The team that loses least by doing the job at this start for so long: points displaced and
    paid for the hour, place, and the jobs displaced; ``None`` where that is no less than ``below``.

    Looks at the first `most` units of each slot that could, if there were nothing but what must
    stay.
    """
    indexed, (start, seconds) = board.indexed, begin
    must = {indexed.jobs[j].id for j in bare.schedule}
    harm: dict[tuple[int, int], set[int]] = {}  # by unit, and what the slot takes aboard
    tried: set[tuple[int, int]] = set()
    teams = indexed.teams_of(job, seconds)
    loads = [slot.load for slot in indexed.jobs[job].slots]
    for k, slot in enumerate(teams):
        able = islice((u for u in slot if bare.lives(u, job, start, seconds, k)), most)
        for u in able:
            if (u, loads[k]) not in tried:
                tried.add((u, loads[k]))
                out = _displaced(board, must, u, job, k, begin, below)
                harm |= {} if out is None else {(u, loads[k]): out}
    end = indexed.jobs[job].end(start, seconds)
    cost = {
        (u, load): _worth(indexed, out) + indexed.units[u].overtime_points(start, end)
        for (u, load), out in harm.items()
    }
    team = matched(
        [
            sorted((u for u in slot if (u, load) in harm), key=lambda u: (cost[u, load], u))
            for slot, load in zip(teams, loads, strict=True)
        ]
    )
    if team is None:
        return None
    out = set().union(*(harm[key] for key in zip(team, loads, strict=True)))
    place = Place(start, team)
    lost = _worth(indexed, out) + indexed.toll(job, place)
    return (lost, place, out) if lost < below else None


def _worth(indexed: IndexedProblem, jobs: set[int]) -> int:
    return sum(indexed.jobs[j].weight for j in indexed.descendants(jobs))


def _displaced(
    board: Board,
    must: set[str],
    unit: int,
    job: int,
    slot: int,
    begin: tuple[int, int],
    below: float,
) -> set[int] | None:
    """Jobs that the unit must give up, nearest in time first, to do this one then; ``None`` where
    they are worth no less than ``below``.
    """
    start, seconds = begin
    end = board.indexed.jobs[job].end(start, seconds)
    day, out = board.days[unit], set()
    for stop in sorted(day, key=lambda each: max(each.start - end, start - each.end)):
        if board.lives_beside(unit, job, start, seconds, slot, day):
            break
        if stop.job not in must:
            day = [each for each in day if each.job != stop.job]
            out.add(board.indexed.job_no[stop.job])
            if _worth(board.indexed, out) >= below:
                return None
    return out


def _with_its_chain(board: Board, job: int) -> Board:
    """The board with the job and all that it comes after moved to where they are possible, whatever
    gives way.
    """
    indexed = board.indexed
    base = possible(indexed, job)
    if base is None:
        raise RuntimeError(f"job {indexed.jobs[job].id} is not possible")
    new = board.copy()
    fresh = sorted(base.keys() - indexed.pins.keys(), key=lambda j: base[j].start)
    new.drop_all(indexed.descendants(fresh))
    must = {indexed.jobs[j].id for j in base}
    for j in fresh:
        begin = base[j].start, indexed.length(j, base[j].units[0])
        for k, u in enumerate(base[j].units):
            out = _displaced(new, must, u, j, k, begin, math.inf)
            new.drop_all(indexed.descendants(out or set()))
        new.put(j, base[j])
    return new


def _outweighed(board: Board, better: Board, job: int, points: int) -> Unassigned:
    indexed, old, new = board.indexed, board.schedule, better.schedule
    changed = sorted(j for j in better.changed if j in old)
    lost = [indexed.jobs[j].id for j in changed if j not in new]
    moved = [indexed.jobs[j].id for j in changed if j in new and new[j] != old[j]]
    parts = [f"{', '.join(lost)} would be left out"] if lost else []
    parts += [f"{', '.join(moved)} would change"] if moved else []
    consequence = " and ".join(parts) or "Nothing would give way"
    text = f"{consequence}; the plan would be worth {points} points less."
    return Unassigned(
        indexed.jobs[job].id, Reason.OUTWEIGHED, Detail((*lost, *moved), points, text=text)
    )
