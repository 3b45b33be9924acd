"""The parts of a problem, each of which checks itself."""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

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
    span,
    whole,
)

MAX_BREAKS = 6


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

    def __post_init__(self) -> None:
        name("id", self.id)
        name("kind", self.kind)
        whole("start", self.start, 0, MAX_SECONDS)
        if self.end is not None:
            whole("end", self.end, 0, MAX_SECONDS)
        whole("size", self.size, 1, MAX_RATE)
        _set(
            self,
            shift=span("shift", self.shift),
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

    @cached_property
    def skill_set(self) -> frozenset[str]:
        """The skills, for asking whether one is among them."""
        return frozenset(self.skills)


@dataclass(frozen=True)
class Slot:
    """One place in the team of a job: a unit of that `kind` (if named), with all `skills`, of
    `size` people or more.
    """

    kind: str | None = None
    skills: tuple[str, ...] = ()
    size: int = 1

    def __post_init__(self) -> None:
        if self.kind is not None:
            name("kind", self.kind)
        _set(self, skills=names("skills", self.skills))
        whole("size", self.size, 1, MAX_RATE)

    def fits(self, unit: Unit) -> bool:
        """Whether `unit` may fill this slot."""
        kind_fits = self.kind is None or self.kind == unit.kind
        return kind_fits and unit.size >= self.size and unit.skill_set.issuperset(self.skills)


@dataclass(frozen=True)
class Job:
    """One stop, done without interruption by a team that stays together from its start to its end.

    Parameters
    ----------
    id
        Unique among the jobs.
    location
        Index into the travel matrix.
    duration
        Seconds, at least 1.
    windows
        One or more ``(from, to)``; the job lies wholly inside one of them.
    weight
        Points won if it is done; 0 or more.
    slots
        The team, at least one slot; each is filled by a different unit.
    due, late_cost
        Points lost for each second by which the job ends after `due`; `due` ``None``: never late.
    after
        Ids of jobs that must have ended before this one starts; if one is left out, so is this.

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

    def __post_init__(self) -> None:
        name("id", self.id)
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
        _set(self, windows=windows, slots=slots, after=names("after", self.after))

    def lateness_cost(self, end: int) -> int:
        """Points lost when the job ends at second `end`."""
        return 0 if self.due is None else max(0, end - self.due) * self.late_cost


@dataclass(frozen=True)
class Pin:
    """A job with its start (seconds) and its units in the order of the slots: decided, or
    published.
    """

    job: str
    start: int
    units: tuple[str, ...]

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


@dataclass(frozen=True)
class Stability:
    """Points lost for change against the published plan.

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
    def travel(self) -> tuple[tuple[int, ...], ...]: ...

    @property
    def units(self) -> tuple[Unit, ...]: ...

    @property
    def jobs(self) -> tuple[Job, ...]: ...

    @property
    def pinned(self) -> tuple[Pin, ...]: ...

    @property
    def previous(self) -> tuple[Pin, ...]: ...

    @property
    def unit_by_id(self) -> dict[str, Unit]: ...

    @property
    def job_by_id(self) -> dict[str, Job]: ...
