"""The parts of a problem, each of which checks itself."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from solver import travel_matrix
from solver.travel_matrix import Rows
from solver.validation import (
    MAX_POINTS,
    MAX_RATE,
    MAX_SECONDS,
    FieldError,
    Rule,
    RuleViolation,
    instances,
    listing,
    name,
    names,
    shown,
    span,
    whole,
)

MAX_BREAKS = 6
HOUR = 3600  # seconds


def _set(target: object, **values: object) -> None:
    """Store checked values in a frozen dataclass (lists have become tuples)."""
    for key, value in values.items():
        object.__setattr__(target, key, value)


@dataclass(frozen=True)
class Break:
    """A rest that a unit with any job must take, whole, inside `window`, neither working nor
    travelling.

    Parameters
    ----------
    duration
        Seconds, at least 1.
    window
        ``(from, to)`` in seconds; the whole break lies inside it.

    Raises
    ------
    ValueError
        When the window cannot hold the break.
    """

    duration: int
    window: tuple[int, int]

    def __post_init__(self) -> None:
        whole("duration", self.duration, 1, MAX_SECONDS)
        _set(self, window=span("window", self.window))
        if self.window[1] - self.window[0] < self.duration:
            raise FieldError("window", f"is shorter than the break of {self.duration} seconds")


@dataclass(frozen=True)
class Profile:
    """The ways of units that do not go by the problem's own `travel`: by other means, as fast as
    those are. Format 2.

    Parameters
    ----------
    id
        Unique among the profiles.
    travel
        A matrix like the problem's, between the same locations.
    """

    id: str
    travel: Rows

    def __post_init__(self) -> None:
        name("id", self.id)
        _set(self, travel=travel_matrix.checked(self.travel))


@dataclass(frozen=True)
class Unit:
    """What moves and works: a crew, or a machine with its driver.

    Parameters
    ----------
    id
        Unique among the units.
    kind
        ``"crew"`` or a kind of machine.
    start, end
        Locations (indices into the travel matrix) where the shift begins and where it must end;
        `end` ``None``: anywhere.
    shift
        ``(from, to)`` in seconds: all travel, work and breaks lie inside it.
    size
        People, at least 1.
    skills
        Names of what the unit can do.
    breaks
        At most six.
    overtime_from, overtime_cost
        Points for each second of work (not of travel, waiting, rest or dumping) after
        `overtime_from`; ``None``: no second costs anything. Format 2.
    regular
        ``(from, to)`` in seconds: outside it lie the margins of the shift, in which it does only
        jobs that are `in_margin`, or pinned, and sets out for no other; ``None``: it has no
        margins. Format 2.
    capacity, aboard
        What its tank or body holds, and what is in it when the shift begins, in whole measures of
        one kind (litres); ``None``: it has none. Format 2.
    ends_empty
        Whether a unit that does any job has nothing aboard at its end. Format 2.
    profile
        Id of the profile whose ways it goes by; ``None``: the problem's `travel`. Format 2.

    Raises
    ------
    ValueError
        One line that names the field.
    """

    id: str
    kind: str
    start: int
    shift: tuple[int, int]
    end: int | None = None
    size: int = 1
    skills: tuple[str, ...] = ()
    breaks: tuple[Break, ...] = ()
    overtime_from: int | None = None
    overtime_cost: int = 0
    regular: tuple[int, int] | None = None
    capacity: int | None = None
    aboard: int = 0
    ends_empty: bool = False
    profile: str | None = None

    def __post_init__(self) -> None:
        name("id", self.id)
        name("kind", self.kind)
        if self.profile is not None:
            name("profile", self.profile)
        whole("start", self.start, 0, MAX_SECONDS)
        if self.end is not None:
            whole("end", self.end, 0, MAX_SECONDS)
        whole("size", self.size, 1, MAX_RATE)
        if self.overtime_from is not None:
            whole("overtime_from", self.overtime_from, 0, MAX_SECONDS)
        whole("overtime_cost", self.overtime_cost, 0, MAX_RATE)
        self._check_tank()
        _set(
            self,
            shift=span("shift", self.shift),
            regular=None if self.regular is None else span("regular", self.regular),
            skills=names("skills", self.skills),
            breaks=instances("breaks", self.breaks, Break),
        )
        if len(self.breaks) > MAX_BREAKS:
            raise FieldError("breaks", f"must be at most {MAX_BREAKS}, got {len(self.breaks)}")
        for i, rest in enumerate(self.breaks):
            room = min(rest.window[1], self.shift[1]) - max(rest.window[0], self.shift[0])
            if room < rest.duration:
                raise FieldError(
                    f"breaks[{i}].window", "leaves no room for the break inside the shift"
                )

    def _check_tank(self) -> None:
        if self.capacity is not None:
            whole("capacity", self.capacity, 1, MAX_RATE)
        whole("aboard", self.aboard, 0, self.capacity or 0)
        if type(self.ends_empty) is not bool:
            raise FieldError("ends_empty", f"must be true or false, got {shown(self.ends_empty)}")
        if self.ends_empty and self.capacity is None:
            raise FieldError("ends_empty", "is asked of a unit without capacity")

    @cached_property
    def skill_set(self) -> frozenset[str]:
        """The skills, for asking whether one is among them."""
        return frozenset(self.skills)

    def hours_of(self, job: "Job") -> tuple[int, int]:
        """From when to when it may be at work on the job, if that is not pinned."""
        return self.shift if self.regular is None or job.in_margin else self.regular

    def overtime_points(self, start: int, end: int) -> int:
        """Points that work from second `start` to second `end` costs for being overtime."""
        if self.overtime_from is None:
            return 0
        return self.overtime_cost * max(0, end - max(start, self.overtime_from))


@dataclass(frozen=True)
class Slot:
    """One place in the team of a job: a unit of that `kind` (if named), with all `skills`, of
    `size` people or more.

    Its unit takes `load` aboard, or gives so much off where it is below 0: a unit whose capacity
    holds so much. Format 2.
    """

    kind: str | None = None
    skills: tuple[str, ...] = ()
    size: int = 1
    load: int = 0

    def __post_init__(self) -> None:
        if self.kind is not None:
            name("kind", self.kind)
        _set(self, skills=names("skills", self.skills))
        whole("size", self.size, 1, MAX_RATE)
        whole("load", self.load, -MAX_RATE, MAX_RATE)

    def fits(self, unit: Unit) -> bool:
        """Whether `unit` may fill this slot."""
        kind_fits = self.kind is None or self.kind == unit.kind
        holds = self.load == 0 or abs(self.load) <= (unit.capacity or 0)
        able = unit.size >= self.size and unit.skill_set.issuperset(self.skills)
        return kind_fits and holds and able


@dataclass(frozen=True)
class DumpSite:
    """A place where a unit empties its tank between two stops, before the first or after the last.
    Format 2.

    Parameters
    ----------
    id
        Unique among the sites.
    location
        Index into the travel matrix.
    duration
        Seconds that it takes, at least 1.
    windows
        ``(from, to)``; a visit lies wholly inside one of them. None at all: closed.
    kinds
        The kinds of units that may come; empty: all.
    """

    id: str
    location: int
    duration: int
    windows: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name("id", self.id)
        whole("location", self.location, 0, MAX_SECONDS)
        whole("duration", self.duration, 1, MAX_SECONDS)
        windows = listing("windows", self.windows)
        _set(
            self,
            windows=tuple(span(f"windows[{i}]", each) for i, each in enumerate(windows)),
            kinds=names("kinds", self.kinds),
        )

    def admits(self, unit: Unit) -> bool:
        """Whether the unit may empty its tank here."""
        return unit.capacity is not None and (not self.kinds or unit.kind in self.kinds)

    def first_start(self, moment: int) -> int | None:
        """The first second from `moment` on at which a visit may begin; ``None``: none."""
        starts = (max(moment, lo) for lo, _ in self.windows)
        return min((start for start in starts if self.allows(start)), default=None)

    def allows(self, start: int) -> bool:
        """Whether a visit that begins then lies inside one of the windows."""
        return any(lo <= start and start + self.duration <= hi for lo, hi in self.windows)


@dataclass(frozen=True)
class Job:
    """One stop, done without interruption by a team that stays together from its start to its end.

    A *cover job* has a fixed end: a post is manned `until` then, whenever its team comes. Its
    windows bound the start, and it is late by its start, not by its end.

    Parameters
    ----------
    id
        Unique among the jobs.
    location
        Index into the travel matrix.
    duration
        Seconds, at least 1; of a cover job the least that is of use.
    windows
        One or more ``(from, to)``; the job lies wholly inside one of them, of a cover job the
        start.
    weight
        Points won if it is done; 0 or more.
    slots
        The team, at least one slot; each is filled by a different unit.
    due, late_cost
        Points lost for each second by which the job ends after `due`; `due` ``None``: never late.
    after
        Ids of jobs that must have ended before this one starts; if one is left out, so is this.
    group
        Jobs of one group are ways to do the same: at most one of them is done; ``None``: there is
        no other way. Format 2.
    until
        The end of a cover job, which starts at least `duration` before it; ``None``: an ordinary
        job. Format 2.
    late_most
        Lateness and waiting never cost more; ``None``: without limit. Format 2.
    durations
        ``(people, seconds)``, people rising, seconds never rising and none above `duration`: the
        job takes the seconds of the last entry whose people the unit in the first slot has, and
        `duration` where it has fewer than the first. Format 2.
    in_margin
        Whether units do it in the margins of their shifts too. Format 2.
    wait_cost
        Points lost for each hour until the job ends, by the second and rounded down; of no cover
        job. Format 2.

    Raises
    ------
    ValueError
        One line that names the field.
    """

    id: str
    location: int
    duration: int
    windows: tuple[tuple[int, int], ...]
    weight: int
    slots: tuple[Slot, ...]
    due: int | None = None
    late_cost: int = 0
    after: tuple[str, ...] = ()
    until: int | None = None
    late_most: int | None = None
    durations: tuple[tuple[int, int], ...] = ()
    group: str | None = None
    in_margin: bool = False
    wait_cost: int = 0

    def __post_init__(self) -> None:
        name("id", self.id)
        if type(self.in_margin) is not bool:
            raise FieldError("in_margin", f"must be true or false, got {shown(self.in_margin)}")
        if self.group is not None:
            name("group", self.group)
        whole("location", self.location, 0, MAX_SECONDS)
        whole("duration", self.duration, 1, MAX_SECONDS)
        windows = tuple(
            span(f"windows[{i}]", each) for i, each in enumerate(listing("windows", self.windows))
        )
        if not windows:
            raise FieldError("windows", "must not be empty")
        whole("weight", self.weight, 0, MAX_POINTS)
        slots = instances("slots", self.slots, Slot)
        if not slots:
            raise FieldError("slots", "must not be empty")
        if self.due is not None:
            whole("due", self.due, 0, MAX_SECONDS)
        whole("late_cost", self.late_cost, 0, MAX_RATE)
        if self.until is not None:
            whole("until", self.until, 0, MAX_SECONDS)
        if self.late_most is not None:
            whole("late_most", self.late_most, 0, MAX_POINTS)
        whole("wait_cost", self.wait_cost, 0, MAX_RATE)
        durations = _durations(self.durations, self.duration)
        for key, value in (("durations", durations), ("wait_cost", self.wait_cost)):
            if value and self.until is not None:
                raise FieldError(key, "cannot be given together with until")
        _set(
            self,
            windows=windows,
            slots=slots,
            after=names("after", self.after),
            durations=durations,
        )

    def seconds(self, people: int) -> int:
        """How long the job takes when the unit in its first slot has so many people; of a cover job
        the least.
        """
        fitting = [seconds for least, seconds in self.durations if least <= people]
        return fitting[-1] if fitting else self.duration

    @property
    def shortest(self) -> int:
        """The least time that any team takes, or the least that is of use."""
        return self.durations[-1][1] if self.durations else self.duration

    def end(self, start: int, seconds: int) -> int:
        """When the job ends that starts at second `start` and takes so many."""
        return start + seconds if self.until is None else self.until

    def may_start(self, start: int, seconds: int) -> bool:
        """Whether the job, taking so many seconds, keeps to one of its windows."""
        if self.until is not None:
            in_time = start + seconds <= self.until
            return in_time and any(first <= start <= last for first, last in self.windows)
        return any(first <= start and start + seconds <= last for first, last in self.windows)

    def lateness_cost(self, start: int, end: int) -> int:
        """Points lost by its hour when the job lasts from second `start` to second `end`."""
        cost = self.wait_cost * end // HOUR
        if self.due is not None:
            cost += max(0, (end if self.until is None else start) - self.due) * self.late_cost
        return cost if self.late_most is None else min(cost, self.late_most)


def _durations(value: object, longest: int) -> tuple[tuple[int, int], ...]:
    """Pairs of people and seconds, checked."""
    result: list[tuple[int, int]] = []
    for i, each in enumerate(listing("durations", value)):
        pair = listing(f"durations[{i}]", each)
        if len(pair) != 2:
            raise FieldError(
                f"durations[{i}]", f"must be [people, seconds], got {len(pair)} values"
            )
        fewer, longest = result[-1] if result else (0, longest)
        people = whole(f"durations[{i}][0]", pair[0], fewer + 1, MAX_RATE)
        result.append((people, whole(f"durations[{i}][1]", pair[1], 1, longest)))
    return tuple(result)


@dataclass(frozen=True)
class Pin:
    """A job with its start (seconds) and its units in the order of the slots: decided, or
    published.

    Parameters
    ----------
    price
        Of a published one: the points that each change of it costs beside those of `Stability`.
        Format 2.
    """

    job: str
    start: int
    units: tuple[str, ...]
    price: int = 0

    def __post_init__(self) -> None:
        name("job", self.job)
        try:
            whole("start", self.start, -MAX_SECONDS, MAX_SECONDS)
        except FieldError as error:
            raise RuleViolation(
                error.path, error.complaint, rule=Rule.NO_SUCH_START, job=self.job
            ) from None
        _set(self, units=names("units", self.units))
        if not self.units:
            raise FieldError("units", "must not be empty")
        whole("price", self.price, 0, MAX_POINTS)


@dataclass(frozen=True)
class Stability:
    """Points lost for change against the published plan, beside the price that a published job may
    have of its own.

    Parameters
    ----------
    reassign
        For each published job that is dropped or gets other units.
    retime
        For each that keeps its units but moves by more than `tolerance` seconds.
    """

    single = True

    reassign: int = 0
    retime: int = 0
    tolerance: int = 0

    def __post_init__(self) -> None:
        whole("reassign", self.reassign, 0, MAX_POINTS)
        whole("retime", self.retime, 0, MAX_POINTS)
        whole("tolerance", self.tolerance, 0, MAX_SECONDS)


class ProblemParts(Protocol):
    """What the rules between the parts look at; a `Problem` is one."""

    @property
    def horizon(self) -> int: ...

    @property
    def travel(self) -> Rows: ...

    @property
    def profiles(self) -> tuple[Profile, ...]: ...

    def travel_of(self, unit: Unit) -> Rows: ...

    @property
    def units(self) -> tuple[Unit, ...]: ...

    @property
    def jobs(self) -> tuple[Job, ...]: ...

    @property
    def dump_sites(self) -> tuple[DumpSite, ...]: ...

    @property
    def pinned(self) -> tuple[Pin, ...]: ...

    @property
    def previous(self) -> tuple[Pin, ...]: ...

    @property
    def unit_by_id(self) -> dict[str, Unit]: ...

    @property
    def job_by_id(self) -> dict[str, Job]: ...
