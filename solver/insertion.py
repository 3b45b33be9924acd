"""Where one more job fits into days whose other stops stand still in time.

Exhaustive: a job that finds no insertion here has none. Both the first plan and the proofs of
`unassigned_reasons` rest on it.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain, combinations, permutations

from solver.indexed import IndexedProblem, Place, Schedule, change, days
from solver.parts import Break, Job, Unit
from solver.tanks import lives, travelled_with_tank, without_tank
from solver.timeline import Rooms, Stop, fits, holds, rooms

Span = tuple[int, int, int]
"""First start, last start, unit."""
_Free = tuple[int, int, int]
"""From, to, and the seconds of it that the way takes."""
FEW_UNITS = 3
"""Units of each slot among which an insertion is looked for first when any will do."""


class Board:
    """The days of all units, changed job by job.

    Parameters
    ----------
    indexed
        The numbered problem.
    schedule
        A legal schedule to begin with; copied.
    loads_count
        Whether tanks are looked at.

    Attributes
    ----------
    changed
        The jobs put or taken out since this board was made or copied.
    """

    def __init__(self, indexed: IndexedProblem, schedule: Schedule, loads_count: bool = True):
        self.indexed, self.loads_count = indexed, loads_count
        self.changed: set[int] = set()
        self.schedule: Schedule = dict(schedule)
        self.days = days(indexed, schedule)
        self._rooms: dict[int, tuple[list[Stop], Rooms]] = {}

    def copy(self) -> "Board":
        """A board that can be changed without changing this one; days are replaced, never altered,
        so it is cheap.
        """
        twin = Board.__new__(Board)
        twin.changed = set()
        twin.indexed, twin.loads_count = self.indexed, self.loads_count
        twin.schedule, twin.days = dict(self.schedule), list(self.days)
        twin._rooms = dict(self._rooms)
        return twin

    def put(self, job: int, place: Place) -> None:
        """Add a job at a place that was found legal."""
        self.schedule[job] = place
        self.changed.add(job)
        for u, stop in self._stops(job, place):
            self.days[u] = sorted([*self.days[u], stop])

    def gain(self, job: int, place: Place) -> int:
        """Points that a job wins at a place that was found legal, while it is not on the board."""
        indexed, problem = self.indexed, self.indexed.problem
        points = indexed.jobs[job].weight - indexed.toll(job, place)
        points -= change(indexed, job, place) - change(indexed, job, None)
        if problem.travel_cost == 0:
            return points
        for u, stop in self._stops(job, place):
            longer, now = (
                travelled_with_tank(indexed.units[u], day, indexed.travel[u], problem.dump_sites)
                for day in (sorted([*self.days[u], stop]), self.days[u])
            )
            points -= problem.travel_cost * (longer - now)
        return points

    def _stops(self, job: int, place: Place) -> Iterator[tuple[int, Stop]]:
        """The job as each of its units meets it."""
        job_spec, end = self.indexed.jobs[job], self.indexed.end(job, place)
        for u, slot in zip(place.units, job_spec.slots, strict=True):
            yield u, self.indexed.stop(job, u, (place.start, end), slot.load)

    def drop(self, job: int) -> None:
        """Take a job out."""
        self.changed.add(job)
        for u in self.schedule.pop(job).units:
            self.days[u] = [each for each in self.days[u] if each.job != self.indexed.jobs[job].id]

    def drop_all(self, jobs: Iterable[int]) -> None:
        """Take out those of the jobs that are on the board, and what cannot stay without them."""
        here = sorted(set(jobs) & self.schedule.keys())
        units = {u for job in here for u in self.schedule[job].units}
        for job in here:
            self.drop(job)
        cut_off = [job for u in units for job in self._cut_off(u)]
        if cut_off:
            self.drop_all(self.indexed.descendants(cut_off))
        if self.indexed.problem.gives_off:
            self._mend()

    def _cut_off(self, unit: int) -> Iterator[int]:
        """What a unit reached in time because it was out already before its hours for such work."""
        unit_spec, travel = self.indexed.units[unit], self.indexed.travel[unit]
        if unit_spec.regular is None or fits(unit_spec, self.days[unit], travel):
            return
        kept: list[Stop] = []
        for stop in self.days[unit]:
            job = self.indexed.job_no[stop.job]
            if job in self.indexed.pins or fits(unit_spec, [*kept, stop], travel):
                kept.append(stop)
            else:
                yield job

    def _mend(self) -> None:
        """Take out jobs of days whose tanks no longer allow them, the last and unpinned first."""
        for u, unit in enumerate(self.indexed.units):
            while unit.capacity is not None and not self._lives(unit, self.days[u]):
                loaded = [self.indexed.job_no[stop.job] for stop in self.days[u] if stop.load]
                out = [job for job in loaded if job not in self.indexed.pins]
                if not out:
                    break
                self.drop_all(self.indexed.descendants(out[-1:]))

    def _lives(self, unit: Unit, day: list[Stop]) -> bool:
        problem = self.indexed.problem
        if self.loads_count:
            return lives(unit, day, problem.travel_of(unit), problem.dump_sites)
        return lives(without_tank(unit), day, problem.travel_of(unit), ())

    def allows(self, job: int, place: Place) -> bool:
        """Whether the job can be done there, all else standing still (predecessors done and
        ended).
        """
        lo, end = self.limits(job)
        seconds = self.indexed.length(job, place.units[0])
        if place.start < lo or self.indexed.end(job, place) > end:
            return False
        starts = self.indexed.starts_by_length[job][seconds]
        if not any(a <= place.start <= b for a, b in starts):
            return False
        return all(
            self.lives(u, job, place.start, seconds, slot) for slot, u in enumerate(place.units)
        )

    def limits(self, job: int) -> tuple[int, int]:
        """Earliest start and latest end that the jobs before and after this one leave it; reversed
        when there is none, as beside another job of its group.
        """
        indexed = self.indexed
        if any(i not in self.schedule for i in indexed.before[job]):
            return 1, 0
        if any(i in self.schedule for i in indexed.rivals[job]):
            return 1, 0
        earliest = max((indexed.end(i, self.schedule[i]) for i in indexed.before[job]), default=0)
        later = [self.schedule[i].start for i in indexed.followers[job] if i in self.schedule]
        return earliest, min(later, default=indexed.problem.horizon)

    def spans(
        self, job: int, seconds: int, lo: int, end: int, most: int | None = None
    ) -> list[Span]:
        """When each fitting unit could start the job, taking so many seconds, from `lo` on so as to
        end by `end`: gap by gap, its breaks not yet looked at.

        A team can start somewhere if and only if it can start at the first instant of one of these;
        `most` looks at so many units of each slot only.
        """
        indexed = self.indexed
        result: list[Span] = []
        latest = latest_start(indexed.jobs[job], seconds, end)
        slots = indexed.teams_of(job, seconds)
        units = sorted(set(chain.from_iterable(units[:most] for units in slots)))
        for a, b in indexed.starts_by_length[job][seconds]:
            first, last = max(a, lo), min(b, latest)
            if first <= last:
                for u in units:
                    self._add_spans(result, u, job, seconds, (first, last))
        return result

    def begins(self, job: int, lo: int, end: int, most: int | None = None) -> list[tuple[int, int]]:
        """Every start that need be tried, with the seconds that the job then takes, in order;
        `most` as for `spans`.
        """
        return sorted(
            {
                (first, seconds)
                for seconds in self.indexed.lengths[job]
                for first, _, _ in self.spans(job, seconds, lo, end, most)
            }
        )

    def some_insertion(self, job: int, limits: tuple[int, int] | None = None) -> Place | None:
        """An insertion, found among a few units where that is possible; ``None``: there is none."""
        lo, end = limits or self.limits(job)
        for seconds in reversed(self.indexed.lengths[job]):
            if found := self._earliest_of(job, seconds, lo, end, FEW_UNITS):
                return found
        return self.earliest_insertion(job, limits)

    def earliest_insertion(
        self, job: int, limits: tuple[int, int] | None = None, most: int | None = None
    ) -> Place | None:
        """The insertion that begins earliest, with the units that go least out of their way;
        ``None``: there is none.

        Parameters
        ----------
        limits
            Earliest start and latest end in place of what the predecessors and followers leave.
        most
            Units of each slot to look at; ``None``: all, else ``None`` in answer proves nothing.
        """
        found = (
            self._earliest_of(job, seconds, *(limits or self.limits(job)), most)
            for seconds in reversed(self.indexed.lengths[job])
        )
        return min((each for each in found if each), key=lambda each: each.start, default=None)

    def _earliest_of(
        self, job: int, seconds: int, lo: int, end: int, most: int | None
    ) -> Place | None:
        """The same for teams that take so many seconds."""
        spans = self.spans(job, seconds, lo, end, most)
        for start in sorted({first for first, _, _ in spans}):
            units = {u for first, last, u in spans if first <= start <= last}
            team = self._team(job, start, seconds, units)
            if team is not None:
                return Place(start, team)
        return None

    def _add_spans(
        self, found: list[Span], unit: int, job: int, seconds: int, starts: tuple[int, int]
    ) -> None:
        unit_spec, job_spec, travel = (
            self.indexed.units[unit],
            self.indexed.jobs[job],
            self.indexed.travel[unit],
        )
        (first, last), opens = starts, 0
        if unit_spec.regular is not None:
            opens, closes = self.indexed.hours(job, unit)
            last = min(last, latest_start(job_spec, seconds, closes))
        here, day = job_spec.location, self.days[unit]
        k = bisect_left(day, (first,))  # in a gap that ends before `first` nothing can start
        at, free = (
            (day[k - 1].location, day[k - 1].end) if k else (unit_spec.start, unit_spec.shift[0])
        )
        for stop in (*day[k:], None):
            to, limit = (
                (unit_spec.end, unit_spec.shift[1]) if stop is None else (stop.location, stop.start)
            )
            if free > last:  # a long way from here says nothing of the gaps to come
                return
            way, free = travel[at][here], max(free, opens)
            on = 0 if to is None else travel[here][to]
            until = min(last, latest_start(job_spec, seconds, limit - on))
            if free + way <= until:
                ready = [free + way]
                if unit_spec.breaks:
                    ready += _rested(unit_spec.breaks, free, way)
                if unit_spec.capacity is not None:
                    ready += self._emptied(unit_spec, free, at, here)
                found += [
                    (max(first, each), until, unit) for each in ready if max(first, each) <= until
                ]
            if stop is not None:
                at, free = stop.location, stop.end

    def _emptied(self, unit: Unit, free: int, at: int, to: int) -> Iterator[int]:
        """Arrivals after setting out at `free` by a dump site, with every choice of breaks on the
        way there and from there.
        """
        problem = self.indexed.problem
        travel = problem.travel_of(unit)
        for site in problem.dump_sites if unit.capacity is not None and self.loads_count else ():
            if not site.admits(unit):
                continue
            way, on = travel[at][site.location], travel[site.location][to]
            for number in range(1 << len(unit.breaks)):
                sides: tuple[list[Break], list[Break]] = [], []
                for b, rest in enumerate(unit.breaks):
                    sides[number >> b & 1].append(rest)
                for there in (free + way, *_rested(tuple(sides[0]), free, way)):
                    start = site.first_start(there)
                    if start is not None:
                        end = start + site.duration
                        yield from (end + on, *_rested(tuple(sides[1]), end, on))

    def _team(self, job: int, start: int, seconds: int, units: set[int]) -> tuple[int, ...] | None:
        """Different units of these that can all start then, one for each slot; the nearest
        first.
        """
        far = {u: self._detour(u, job, start) for u in units}
        can: dict[int, Callable[[int], bool]] = {}  # by what the slot takes aboard
        options = []
        for k, slot in enumerate(self.indexed.teams_of(job, seconds)):
            load = self.indexed.jobs[job].slots[k].load
            if load not in can:
                can[load] = cache(partial(self._starts, job, start, seconds, k))
            near = sorted((u for u in slot if u in far), key=lambda u: (far[u], u))
            options.append(_Able(near, can[load]))
        return matched(options)

    def _starts(self, job: int, start: int, seconds: int, slot: int, unit: int) -> bool:
        return self.lives(unit, job, start, seconds, slot)

    def _detour(self, unit: int, job: int, start: int) -> int:
        where, travel, unit_spec = (
            self.indexed.jobs[job].location,
            self.indexed.travel[unit],
            self.indexed.units[unit],
        )
        day = self.days[unit]
        k = bisect_left(day, (start + 1,))
        a = day[k - 1].location if k else unit_spec.start
        b = day[k].location if k < len(day) else unit_spec.end
        return travel[a][where] if b is None else travel[a][where] + travel[where][b] - travel[a][b]

    def lives(self, unit: int, job: int, start: int, seconds: int, slot: int) -> bool:
        """Whether the unit can live its day with this slot of the job in it; the cheap question,
        its own gap, comes first.
        """
        return self.lives_beside(unit, job, start, seconds, slot, self.days[unit])

    def lives_beside(
        self, unit: int, job: int, start: int, seconds: int, slot: int, day: list[Stop]
    ) -> bool:
        """The same with other stops than those on the board."""
        unit_spec, job_spec, travel = (
            self.indexed.units[unit],
            self.indexed.jobs[job],
            self.indexed.travel[unit],
        )
        k = bisect_left(day, (start + 1,))
        at, free = (
            (unit_spec.start, unit_spec.shift[0])
            if k == 0
            else (day[k - 1].location, day[k - 1].end)
        )
        closes = unit_spec.shift[1]
        if unit_spec.regular is not None:
            opens, closes = self.indexed.hours(job, unit)
            free = max(free, opens)
        way = travel[at][job_spec.location]
        if free + way > start:
            return False
        to, limit = (
            (unit_spec.end, unit_spec.shift[1])
            if k == len(day)
            else (day[k].location, day[k].start)
        )
        end = start + seconds if job_spec.until is None else job_spec.until
        on = 0 if to is None else travel[job_spec.location][to]
        leaves = end if k == len(day) else max(end, day[k].opens)
        if end > closes or leaves + on > limit:
            return False
        has_tank = unit_spec.capacity is not None
        if not unit_spec.breaks and not has_tank:
            return True
        if len(unit_spec.breaks) <= 1:
            if not self._has_room(unit, day, k, ((free, start, way), (leaves, limit, on))):
                return False
            if not (has_tank and self.loads_count):
                return True
        load = job_spec.slots[slot].load
        new = self.indexed.stop(job, unit, (start, end), load)
        return self._lives(unit_spec, [*day[:k], new, *day[k:]])

    def _has_room(self, unit: int, day: list[Stop], gap: int, halves: tuple[_Free, _Free]) -> bool:
        """Whether the day can be lived, its one break and all, once this gap of it is halved; it is
        asked a hundred thousand times for each plan.
        """
        unit_spec = self.indexed.units[unit]
        known = self._rooms.get(unit)
        if known is None or known[0] is not day:  # days are replaced, never altered
            known = day, rooms(unit_spec, day, self.indexed.travel[unit])
            if day is self.days[unit]:
                self._rooms[unit] = known
        short, roomy = known[1]
        if short not in ((), (gap,)):
            return False
        if not unit_spec.breaks or roomy not in ((), (gap,)):
            return True
        rest, (before, after) = unit_spec.breaks[0], halves
        return holds(*before, rest) or holds(*after, rest)


def latest_start(job: Job, seconds: int, end: int) -> int:
    """The latest start of a job that takes so many seconds and must end by `end`, its windows
    aside; below 0 when there is none.
    """
    if job.until is None:
        return end - seconds
    return job.until - seconds if job.until <= end else -1


def simple_bound(indexed: IndexedProblem) -> int:
    """A bound without any search: every job that has a start and units for each slot, at its own
    earliest end.
    """
    total = 0
    for j, (job, starts) in enumerate(zip(indexed.jobs, indexed.starts, strict=True)):
        if starts and all(indexed.fitting[j]):
            first = starts[0][0]
            late = job.lateness_cost(first, job.end(first, indexed.lengths[j][-1]))
            total += max(0, job.weight - late)
    return total


def separable(indexed: IndexedProblem) -> bool:
    """Whether every job has one slot and none waits for another."""
    return all(len(job.slots) == 1 and not job.after for job in indexed.jobs)


class _Able:
    """Units, the best first; whether one can is asked when it is come to: mostly the first do."""

    __slots__ = ("can", "units")

    def __init__(self, units: list[int], can: Callable[[int], bool]) -> None:
        self.units, self.can = units, can

    def __iter__(self) -> Iterator[int]:
        return (u for u in self.units if self.can(u))


def matched(options: Sequence[Iterable[int]]) -> tuple[int, ...] | None:
    """A different unit for each slot from its options (best first), or ``None`` when there is no
    such team.
    """
    taken: dict[int, int] = {}

    def give(slot: int, tried: set[int]) -> bool:
        for u in options[slot]:
            if u in tried:
                continue
            tried.add(u)
            if u not in taken or give(taken[u], tried):
                taken[u] = slot
                return True
        return False

    if not all(give(slot, set()) for slot in range(len(options))):
        return None
    team = {slot: u for u, slot in taken.items()}
    return tuple(team[slot] for slot in range(len(options)))


def _rested(breaks: tuple[Break, ...], free: int, travel: int) -> Iterator[int]:
    """Arrivals after setting out at `free`, with every choice and order of breaks on the way."""
    if len(breaks) == 1:  # nearly always: said at once
        rest = breaks[0]
        yield max(max(free, rest.window[0]) + rest.duration, free + travel + rest.duration)
        return
    for count in range(1, len(breaks) + 1):
        for chosen in combinations(breaks, count):
            for order in permutations(chosen):
                at = free
                for rest in order:
                    at = max(at, rest.window[0]) + rest.duration
                yield max(at, free + travel + sum(rest.duration for rest in chosen))
