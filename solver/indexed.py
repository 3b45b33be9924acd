"""A problem with its units and jobs numbered in the order of their ids.

Every engine works on these numbers, so the order in which a file lists its units and jobs cannot
change a plan.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from solver.parts import Job, Pin, Unit
from solver.plan import Assignment, BreakTaken, Dumping
from solver.problem import Problem
from solver.tanks import Tour, tour, travelled_with_tank
from solver.timeline import Stop
from solver.travel_matrix import Rows


@dataclass(frozen=True)
class IndexedProblem:
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
    def travel(self) -> list[Rows]:
        """The matrix that each unit goes by."""
        return [self.problem.travel_of(unit) for unit in self.units]

    @cached_property
    def table_no(self) -> list[int]:
        """Which of the `tables` each unit goes by."""
        known: dict[str | None, int] = {}
        return [known.setdefault(unit.profile, len(known)) for unit in self.units]

    @cached_property
    def tables(self) -> list[Rows]:
        """The matrices that units go by; the problem's own where there is no unit."""
        found = dict(zip(self.table_no, self.travel, strict=True))
        return [found[number] for number in sorted(found)] or [self.problem.travel]

    @cached_property
    def nearness(self) -> Rows:
        """The least seconds that any unit takes from place to place: what is near to what."""
        if len(self.tables) == 1:
            return self.tables[0]
        return tuple(
            tuple(min(ways) for ways in zip(*rows, strict=True))
            for rows in zip(*self.tables, strict=True)
        )

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
        """When each job may start, done by its fastest team: disjoint ``(first, last)`` in order;
        one instant for pinned jobs.
        """
        return [each[self.lengths[j][-1]] for j, each in enumerate(self.starts_by_length)]

    @cached_property
    def starts_by_length(self) -> list[dict[int, list[tuple[int, int]]]]:
        """The same for each number of seconds that the job can take."""
        return [
            {seconds: self._starts(j, seconds) for seconds in each}
            for j, each in enumerate(self.lengths)
        ]

    def _starts(self, job: int, seconds: int) -> list[tuple[int, int]]:
        if job in self.pins:
            return [(self.pins[job].start,) * 2]
        job_spec = self.jobs[job]
        if job_spec.until is None:
            return merged(job_spec.windows, seconds)
        last = job_spec.until - seconds
        return merged([(lo, min(hi, last)) for lo, hi in job_spec.windows if lo <= last], 0)

    @cached_property
    def lengths(self) -> list[list[int]]:
        """The seconds that each job can take, by the unit in its first slot: longest first."""
        result = []
        for j, job in enumerate(self.jobs):
            if not job.durations:
                result.append([job.duration])
                continue
            sizes = {self._sizes[u] for u in self.fitting[j][0]}  # few, whereas units are many
            own = {job.seconds(size) for size in sizes} or {job.shortest}
            result.append(sorted(own, reverse=True))
        return result

    @cached_property
    def _sizes(self) -> list[int]:
        return [unit.size for unit in self.units]

    def length(self, job: int, unit: int) -> int:
        """How long a job takes with this unit in its first slot; of a cover job the least."""
        return self.jobs[job].seconds(self.units[unit].size)

    def teams_of(self, job: int, seconds: int) -> list[list[int]]:
        """``[slot]``: the units that may fill it when the job is to take so many seconds."""
        return self._teams[job][seconds]

    @cached_property
    def _teams(self) -> list[dict[int, list[list[int]]]]:
        result = []
        for j, (slots, lengths) in enumerate(zip(self.fitting, self.lengths, strict=True)):
            if len(lengths) == 1:
                result.append({lengths[0]: slots})
                continue
            first: dict[int, list[int]] = {seconds: [] for seconds in lengths}
            takes = {
                size: self.jobs[j].seconds(size) for size in {self._sizes[u] for u in slots[0]}
            }
            for u in slots[0]:
                first[takes[self._sizes[u]]].append(u)
            result.append({seconds: [units, *slots[1:]] for seconds, units in first.items()})
        return result

    @cached_property
    def usual(self) -> list[int]:
        """Seconds that a unit will spend on each job, for comparing jobs."""
        return [
            job.duration if job.until is None or not starts else job.until - starts[0][0]
            for job, starts in zip(self.jobs, self.starts, strict=True)
        ]

    def hours(self, job: int, unit: int) -> tuple[int, int]:
        """From when to when a unit may be at work on a job; what is pinned is decided."""
        unit_spec = self.units[unit]
        if unit_spec.regular is None or job in self.pins:
            return unit_spec.shift
        return unit_spec.hours_of(self.jobs[job])

    def opens(self, job: int, unit: int) -> int:
        """From when on a unit may set out for a job; 0 where nothing but its shift forbids it."""
        return 0 if self.units[unit].regular is None else self.hours(job, unit)[0]

    def stop(self, job: int, unit: int, span: tuple[int, int], load: int) -> Stop:
        """A job as one of its units meets it from then to then."""
        job_spec = self.jobs[job]
        return Stop(*span, job_spec.location, job_spec.id, load, self.opens(job, unit))

    def end(self, job: int, place: "Place") -> int:
        """When the job ends that is done there."""
        return self.jobs[job].end(place.start, self.length(job, place.units[0]))

    def toll(self, job: int, place: "Place") -> int:
        """Points that the hour costs: lateness, and the overtime of its units."""
        start, end = place.start, self.end(job, place)
        overtime = sum(self.units[u].overtime_points(start, end) for u in place.units)
        return self.jobs[job].lateness_cost(start, end) + overtime

    @cached_property
    def fitting(self) -> list[list[list[int]]]:
        """``fitting[job][slot]``: the units that may fill it; for pinned jobs the one that does."""
        result = []
        known: dict[object, list[int]] = {}
        for j, job in enumerate(self.jobs):
            if j in self.pins:
                result.append([[self.unit_no[each]] for each in self.pins[j].units])
                continue
            for slot in job.slots:
                if slot not in known:
                    known[slot] = [u for u, unit in enumerate(self.units) if slot.fits(unit)]
            result.append([known[slot] for slot in job.slots])
        return result

    @cached_property
    def before(self) -> list[list[int]]:
        """The jobs that each job comes directly after."""
        return [sorted(self.job_no[each] for each in job.after) for job in self.jobs]

    @cached_property
    def followers(self) -> list[list[int]]:
        """The jobs that come directly after each job."""
        result: list[list[int]] = [[] for _ in self.jobs]
        for j, earlier in enumerate(self.before):
            for i in earlier:
                result[i].append(j)
        return result

    @cached_property
    def groups(self) -> list[list[int]]:
        """The jobs of each group, of which at most one is done."""
        found: dict[str, list[int]] = {}
        for j, job in enumerate(self.jobs):
            if job.group is not None:
                found.setdefault(job.group, []).append(j)
        return list(found.values())

    @cached_property
    def rivals(self) -> list[list[int]]:
        """The other jobs of each job's group."""
        result: list[list[int]] = [[] for _ in self.jobs]
        for group in self.groups:
            for j in group:
                result[j] = [i for i in group if i != j]
        return result

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
        result: set[int] = set()
        todo = list(self.before[job])
        while todo:
            i = todo.pop()
            if i not in result:
                result.add(i)
                todo += self.before[i]
        return result

    def descendants(self, jobs: Iterable[int]) -> set[int]:
        """The given jobs and every job that cannot be done without one of them."""
        result: set[int] = set()
        todo = list(jobs)
        while todo:
            i = todo.pop()
            if i not in result:
                result.add(i)
                todo += self.followers[i]
        return result


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
    result: list[tuple[int, int]] = []
    for start, stop in sorted((start, stop - duration) for start, stop in windows):
        if start > stop:
            continue
        if result and start <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], stop))
        else:
            result.append((start, stop))
    return result


def days(indexed: IndexedProblem, schedule: Schedule) -> list[list[Stop]]:
    """The stops of each unit, in order."""
    result: list[list[Stop]] = [[] for _ in indexed.units]
    for j, place in sorted(schedule.items(), key=lambda each: (each[1].start, each[0])):
        job = indexed.jobs[j]
        for u, slot in zip(place.units, job.slots, strict=True):
            end = indexed.end(j, place)
            result[u].append(indexed.stop(j, u, (place.start, end), slot.load))
    return result


def assignments(indexed: IndexedProblem, schedule: Schedule) -> tuple[Assignment, ...]:
    """The schedule in the words of the contract, by start and id."""
    result = []
    for j, place in schedule.items():
        job = indexed.jobs[j]
        units = tuple(indexed.units[u].id for u in place.units)
        result.append(Assignment(job.id, place.start, indexed.end(j, place), units))
    return tuple(sorted(result, key=lambda each: (each.start, each.job)))


def breaks(indexed: IndexedProblem, schedule: Schedule) -> tuple[BreakTaken, ...]:
    """A break for each that is owed, as early as possible.

    Raises
    ------
    RuntimeError
        When some unit cannot live its day: the schedule was not legal.
    """
    result = [
        BreakTaken(unit.id, start, end)
        for unit, day in tours(indexed, schedule)
        for start, end in day.breaks
    ]
    return tuple(sorted(result, key=lambda each: (each.start, each.unit)))


def dumpings(indexed: IndexedProblem, schedule: Schedule) -> tuple[Dumping, ...]:
    """The visits to dump sites, with the least travel that these stops allow.

    Raises
    ------
    RuntimeError
        As for `breaks`.
    """
    result = [
        Dumping(unit.id, visit.site.id, visit.start, visit.end)
        for unit, day in tours(indexed, schedule)
        for _, visit in day.visits
    ]
    return tuple(sorted(result, key=lambda each: (each.start, each.unit)))


def tours(indexed: IndexedProblem, schedule: Schedule) -> Iterator[tuple[Unit, Tour]]:
    """The whole day of each unit that has stops.

    Raises
    ------
    RuntimeError
        When some unit cannot live its day: the schedule was not legal.
    """
    problem = indexed.problem
    for unit, stops in zip(indexed.units, days(indexed, schedule), strict=True):
        found = tour(unit, stops, problem.travel_of(unit), problem.dump_sites)
        if found is None:
            raise RuntimeError(f"no room for the breaks or dump sites of unit {unit.id}")
        yield unit, found


def value(indexed: IndexedProblem, schedule: Schedule) -> int:
    """Points of a legal schedule: the score of the contract, on numbers."""
    nothing = sum(change(indexed, j, None) for j in indexed.published)
    return difference(indexed, {}, schedule) - nothing


def difference(indexed: IndexedProblem, old: Schedule, new: Schedule) -> int:
    """Points by which `new` is worth more than `old`, both legal; takes time only for what
    differs.
    """
    changed = {
        j
        for j in old.keys() | new.keys()
        if old.get(j) is not new.get(j) and old.get(j) != new.get(j)  # identity is told sooner
    }
    units = {u for j in changed for side in (old, new) if j in side for u in side[j].units}
    return _points(indexed, new, changed, units) - _points(indexed, old, changed, units)


def _points(indexed: IndexedProblem, schedule: Schedule, jobs: set[int], units: set[int]) -> int:
    """The share of the score that these jobs and the roads of these units make."""
    problem = indexed.problem
    points = 0
    for j in jobs & schedule.keys():
        points += indexed.jobs[j].weight - indexed.toll(j, schedule[j])
    points -= sum(change(indexed, j, schedule.get(j)) for j in jobs)
    if problem.travel_cost == 0:
        return points
    own = {j: place for j, place in schedule.items() if not units.isdisjoint(place.units)}
    every_day = days(indexed, own)
    return points - problem.travel_cost * sum(
        travelled_with_tank(indexed.units[u], every_day[u], indexed.travel[u], problem.dump_sites)
        for u in units
    )


def change(indexed: IndexedProblem, job: int, new: Place | None) -> int:
    """Points lost because the job does not stand as it was published."""
    old, price = indexed.published.get(job), indexed.problem.stability
    if old is None:
        return 0
    if new is None or {indexed.units[u].id for u in new.units} != set(old.units):
        return price.reassign + old.price
    return price.retime + old.price if abs(new.start - old.start) > price.tolerance else 0
