"""A problem with its units and jobs numbered in the order of their ids.

Every engine works on these numbers, so the order in which a file lists its units and jobs cannot
change a plan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from solver.parts import Job, Pin, Unit
from solver.plan import Assignment, BreakTaken
from solver.problem import Problem
from solver.timeline import Stop, place_breaks, travelled


@dataclass(frozen=True)
class Canon:
    """The numbered problem; all lists are indexed by job or unit number, times are seconds."""

    problem: Problem

    @cached_property
    def units(self) -> list[Unit]:
        """Units by id."""
        return sorted(self.problem.units, key=lambda each: each.id)

    @cached_property
    def jobs(self) -> list[Job]:
        """Jobs by id."""
        return sorted(self.problem.jobs, key=lambda each: each.id)

    @cached_property
    def unit_no(self) -> dict[str, int]:
        """Number of each unit id."""
        return {each.id: i for i, each in enumerate(self.units)}

    @cached_property
    def job_no(self) -> dict[str, int]:
        """Number of each job id."""
        return {each.id: i for i, each in enumerate(self.jobs)}

    @cached_property
    def starts(self) -> list[list[tuple[int, int]]]:
        """When each job may start: disjoint ``(first, last)`` in order; one instant for pinned
        jobs.
        """
        return [
            [(self.pins[j].start,) * 2] if j in self.pins else merged(job.windows, job.duration)
            for j, job in enumerate(self.jobs)
        ]

    @cached_property
    def fitting(self) -> list[list[list[int]]]:
        """``fitting[job][slot]``: the units that may fill it; for pinned jobs the one that does."""
        found = []
        known: dict[object, list[int]] = {}
        for j, job in enumerate(self.jobs):
            if j in self.pins:
                found.append([[self.unit_no[each]] for each in self.pins[j].units])
                continue
            for slot in job.slots:
                if slot not in known:
                    known[slot] = [u for u, unit in enumerate(self.units) if slot.fits(unit)]
            found.append([known[slot] for slot in job.slots])
        return found

    @cached_property
    def before(self) -> list[list[int]]:
        """The jobs that each job comes directly after."""
        return [sorted(self.job_no[each] for each in job.after) for job in self.jobs]

    @cached_property
    def followers(self) -> list[list[int]]:
        """The jobs that come directly after each job."""
        found: list[list[int]] = [[] for _ in self.jobs]
        for j, earlier in enumerate(self.before):
            for i in earlier:
                found[i].append(j)
        return found

    @cached_property
    def pins(self) -> dict[int, Pin]:
        """Pinned work by job number."""
        return {self.job_no[each.job]: each for each in self.problem.pinned}

    @cached_property
    def published(self) -> dict[int, Pin]:
        """The published place of each job that is still here and not pinned."""
        old = {
            self.job_no[each.job]: each for each in self.problem.previous if each.job in self.job_no
        }
        return {j: each for j, each in old.items() if j not in self.pins}

    def ancestors(self, job: int) -> set[int]:
        """Every job that must be done before `job`."""
        found: set[int] = set()
        todo = list(self.before[job])
        while todo:
            i = todo.pop()
            if i not in found:
                found.add(i)
                todo += self.before[i]
        return found

    def descendants(self, jobs: Iterable[int]) -> set[int]:
        """The given jobs and every job that cannot be done without one of them."""
        found: set[int] = set()
        todo = list(jobs)
        while todo:
            i = todo.pop()
            if i not in found:
                found.add(i)
                todo += self.followers[i]
        return found


@dataclass(frozen=True, order=True)
class Place:
    """When a job starts (seconds) and which units (numbers, in slot order) do it."""

    start: int
    units: tuple[int, ...]


Schedule = dict[int, Place]
"""What is done: job number -> place."""


def merged(windows: Iterable[tuple[int, int]], duration: int) -> list[tuple[int, int]]:
    """The starts that leave the job wholly inside one of its windows, as disjoint ``(first, last)``
    in order.
    """
    found: list[tuple[int, int]] = []
    for start, stop in sorted((start, stop - duration) for start, stop in windows):
        if start > stop:
            continue
        if found and start <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def days(canon: Canon, schedule: Schedule) -> list[list[Stop]]:
    """The stops of each unit, in order."""
    found: list[list[Stop]] = [[] for _ in canon.units]
    for j, place in sorted(schedule.items(), key=lambda each: (each[1].start, each[0])):
        job = canon.jobs[j]
        for u in place.units:
            found[u].append(Stop(place.start, place.start + job.duration, job.location, job.id))
    return found


def assignments(canon: Canon, schedule: Schedule) -> tuple[Assignment, ...]:
    """The schedule in the words of the contract, by start and id."""
    found = []
    for j, place in schedule.items():
        job = canon.jobs[j]
        units = tuple(canon.units[u].id for u in place.units)
        found.append(Assignment(job.id, place.start, place.start + job.duration, units))
    return tuple(sorted(found, key=lambda each: (each.start, each.job)))


def breaks(canon: Canon, schedule: Schedule) -> tuple[BreakTaken, ...]:
    """A break for each that is owed, as early as possible.

    Raises
    ------
    RuntimeError
        When some unit cannot live its day: the schedule was not legal.
    """
    found = []
    for unit, stops in zip(canon.units, days(canon, schedule), strict=True):
        placed = place_breaks(unit, stops, canon.problem.travel)
        if placed is None:
            raise RuntimeError(f"no room for the breaks of unit {unit.id}")
        found += [BreakTaken(unit.id, start, end) for start, end in placed]
    return tuple(sorted(found, key=lambda each: (each.start, each.unit)))


def value(canon: Canon, schedule: Schedule) -> int:
    """Points of a legal schedule: the score of the contract, on numbers."""
    return difference(canon, {}, schedule) - canon.problem.stability.reassign * len(canon.published)


def difference(canon: Canon, old: Schedule, new: Schedule) -> int:
    """Points by which `new` is worth more than `old`, both legal; takes time only for what differs."""
    changed = {j for j in old.keys() | new.keys() if old.get(j) != new.get(j)}
    units = {u for j in changed for side in (old, new) if j in side for u in side[j].units}
    return _points(canon, new, changed, units) - _points(canon, old, changed, units)


def _points(canon: Canon, schedule: Schedule, jobs: set[int], units: set[int]) -> int:
    """The share of the score that these jobs and the roads of these units make."""
    problem = canon.problem
    points = 0
    for j in jobs & schedule.keys():
        job = canon.jobs[j]
        points += job.weight - job.lateness_cost(schedule[j].start + job.duration)
    points -= sum(change(canon, j, schedule.get(j)) for j in jobs)
    if problem.travel_cost == 0:
        return points
    own = {j: place for j, place in schedule.items() if not units.isdisjoint(place.units)}
    every_day = days(canon, own)
    return points - problem.travel_cost * sum(
        travelled(canon.units[u], every_day[u], problem.travel) for u in units
    )


def change(canon: Canon, job: int, new: Place | None) -> int:
    """Points lost because the job does not stand as it was published."""
    old, price = canon.published.get(job), canon.problem.stability
    if old is None:
        return 0
    if new is None or {canon.units[u].id for u in new.units} != set(old.units):
        return price.reassign
    return price.retime if abs(new.start - old.start) > price.tolerance else 0
