"""Watches that nobody can keep to their end, kept for as long as somebody can.

A cover job is manned until its end or not at all. Where a plan leaves one out although somebody has
time for the first part of it before he must set out for his next work, or before his turn ends, it
is cut there into two jobs, and he has the first.
"""

import math
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from solver.indexed import IndexedProblem, Schedule, difference
from solver.insertion import Board
from solver.parts import Job
from solver.plan import Plan, Unassigned
from solver.polish.restore import planned, schedule_of
from solver.problem import Problem

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Cut:
    """A cover job that now ends at second ``at``, and the job that is left of it."""

    job: str
    at: int
    rest: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """The least seconds for which somebody stays where he is, and goes somewhere; names of what is
    left of jobs.
    """

    stays: int
    goes: int
    name: Callable[[str], str]


def cut_short(
    problem: Problem,
    plan: Plan,
    jobs: Collection[str],
    *,
    stays: int,
    goes: int,
    name: Callable[[str], str],
    seconds: float = math.inf,
) -> tuple[Problem, Plan, tuple[Cut, ...]]:
    """The problem with cover jobs cut where somebody must leave them, and the plan with their first
    parts done: worth more, all else as it was.

    Parameters
    ----------
    plan
        Legal for the problem.
    jobs
        The cover jobs, of one slot each, that may be cut.
    stays, goes
        The least seconds for which somebody stays on where he stands, and for which somebody comes.
    name
        A new name for what is left of a job.
    seconds
        The time that it may take, what weighs most first: each job that is tried is a problem of
        its own, and where hundreds are left out whoever waits for the plan would wait for minutes.
    """
    over = time.monotonic() + seconds
    asked, cuts = _Asked(stays, goes, name), list[Cut]()
    left = [
        each.job
        for each in plan.unassigned
        if each.job in jobs and problem.job_by_id[each.job].group is None  # a half is another way
    ]
    waiting = sorted(left, key=lambda job: (-problem.job_by_id[job].weight, job))
    indexed = IndexedProblem(problem)
    board = Board(indexed, schedule_of(indexed, plan))
    while waiting and time.monotonic() < over:
        found = _cut(board, waiting.pop(0), asked)
        if found is not None:
            board, cut = found
            cuts.append(cut)
            waiting.insert(0, cut.rest)
    if not cuts:
        return problem, plan, ()
    return board.indexed.problem, _plan(board, plan, cuts), tuple(cuts)


def _cut(board: Board, job_id: str, asked: _Asked) -> tuple[Board, Cut] | None:
    """The board with the job cut where somebody has it for longest, if anybody has."""
    indexed = board.indexed
    for at in _leaving(board, indexed.job_no[job_id], asked):
        rest = asked.name(job_id)
        first, second = _parts(indexed.problem.job_by_id[job_id], at, rest)
        if not first.weight:
            continue
        jobs = [first if each.id == job_id else each for each in indexed.problem.jobs]
        new = IndexedProblem(replace(indexed.problem, jobs=(*jobs, second)))
        trial = Board(new, _renumbered(board, new))
        if _put(trial, new.job_no[job_id]):
            _put(trial, new.job_no[rest])  # somebody may come who relieves
            return trial, Cut(job_id, at, rest)
    return None


def _leaving(board: Board, job: int, asked: _Asked) -> list[int]:
    """When somebody who has time for the beginning of the job must leave it, the longest first."""
    found = {
        at: seconds
        for u in board.indexed.fitting[job][0]
        for at, seconds in sorted(_gaps(board, u, job, asked))
    }
    return sorted(found, key=lambda at: (-found[at], at))


def _gaps(board: Board, unit: int, job: int, asked: _Asked) -> Iterator[tuple[int, int]]:
    """When the unit must leave the job in each gap of its day, and how long it could be there; its
    breaks may lie before or after.
    """
    indexed = board.indexed
    own, spec, travel = indexed.units[unit], indexed.jobs[job], indexed.travel[unit]
    begins, ends = min(start for start, _ in spec.windows), spec.until or 0
    rest = sum(each.duration for each in own.breaks)
    at, free = own.start, own.shift[0]
    over = own.shift[1] if own.overtime_from is None else own.overtime_from
    for stop in (*board.days[unit], None):
        is_there = at == spec.location
        arrives = max(begins, free + travel[at][spec.location])
        to = own.end if stop is None else stop.location
        way = 0 if to is None else travel[spec.location][to]
        must = (over if stop is None else stop.start) - way
        for leaves in sorted({must, must - rest}):
            leaves -= leaves % MINUTE
            seconds = leaves - arrives
            if leaves < ends and seconds >= (asked.stays if is_there else asked.goes):
                yield leaves, seconds
        if stop is not None:
            at, free = stop.location, stop.end


def _parts(job: Job, at: int, rest: str) -> tuple[Job, Job]:
    """The job until then, and what is left of it under another name; each has its share of the
    worth by its seconds from when it is due.
    """
    until = job.until or at
    due = max(min(start for start, _ in job.windows), job.due or 0)
    share = max(0, min(at, until) - due) / max(1, until - due)
    first = replace(
        job,
        until=at,
        weight=round(job.weight * share),
        late_most=None if job.late_most is None else round(job.late_most * share),
        windows=_windows(job, 0, at),
    )
    shortest = min(job.duration, until - at)
    second = replace(
        job,
        id=rest,
        duration=shortest,
        weight=job.weight - first.weight,
        due=None if job.due is None else max(job.due, at),
        late_most=None if job.late_most is None else job.late_most - (first.late_most or 0),
        windows=((at, until - shortest),),
    )
    return first, second


def _windows(job: Job, start: int, until: int) -> tuple[tuple[int, int], ...]:
    spans = ((max(a, start), min(b, until - job.duration)) for a, b in job.windows)
    return tuple((a, b) for a, b in spans if a <= b) or ((start, start),)


def _put(board: Board, job: int) -> bool:
    """Whether somebody has the job now, for more than it costs."""
    place = board.earliest_insertion(job)
    if place is None:
        return False
    if difference(board.indexed, board.schedule, board.schedule | {job: place}) <= 0:
        return False
    board.put(job, place)
    return True


def _renumbered(board: Board, new: IndexedProblem) -> Schedule:
    jobs = board.indexed.jobs
    return {new.job_no[jobs[j].id]: place for j, place in board.schedule.items()}


def _plan(board: Board, old: Plan, cuts: list[Cut]) -> Plan:
    """The plan of the board. What cuts can win is no more than what the whole jobs were worth."""
    jobs = board.indexed.problem.job_by_id
    won = sum(jobs[name].weight for name in {name for cut in cuts for name in (cut.job, cut.rest)})
    plan = planned(board.indexed, board.schedule, old, old.bound + won)
    return replace(plan, unassigned=_left_out(board, old, cuts))


def _left_out(board: Board, old: Plan, cuts: list[Cut]) -> tuple[Unassigned, ...]:
    """What is left out still; what is left of a job, for the reason for which that was."""
    reasons = {each.job: each for each in old.unassigned}
    for cut in cuts:
        reasons[cut.rest] = replace(reasons[cut.job], job=cut.rest)
    done = {board.indexed.jobs[j].id for j in board.schedule}
    return tuple(reasons[job] for job in sorted(reasons) if job not in done)
