"""What is asked: units, jobs, and what is already decided (contract format 1).

All times are whole seconds counted from the problem's `epoch`; all weights and costs are whole points.
Every type checks itself when it is made, so a `Problem` that exists is a valid one, and at least one legal plan
exists for it: the pinned work alone.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from solver import wire
from solver.consistency import check_problem
from solver.fields import (
    MAX_POINTS,
    MAX_RATE,
    MAX_SECONDS,
    FieldError,
    instances,
    listing,
    name,
    names,
    shown,
    span,
    whole,
)

FORMAT = "xunban-problem/1"
MAX_BREAKS = 6


def _set(target: object, **values: object) -> None:
    """Store checked values in a frozen dataclass (lists have become tuples)."""
    for key, value in values.items():
        object.__setattr__(target, key, value)


@dataclass(frozen=True)
class Break:
    """A rest that a unit with any job must take, whole, inside `window`, neither working nor travelling.

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
        Locations (indices into the travel matrix) where the shift begins and where it must end; `end` ``None``:
        anywhere.
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
                raise FieldError(f"breaks[{i}].window", "leaves no room for the break inside the shift")

    @cached_property
    def skill_set(self) -> frozenset[str]:
        """The skills, for asking whether one is among them."""
        return frozenset(self.skills)


@dataclass(frozen=True)
class Slot:
    """One place in the team of a job: a unit of that `kind` (if named), with all `skills`, of `size` people or more."""

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
        windows = tuple(span(f"windows[{i}]", each) for i, each in enumerate(listing("windows", self.windows)))
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
    """A job with its start (seconds) and its units in the order of the slots: decided, or published."""

    job: str
    start: int
    units: tuple[str, ...]

    def __post_init__(self) -> None:
        name("job", self.job)
        whole("start", self.start, -MAX_SECONDS, MAX_SECONDS)
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


@dataclass(frozen=True)
class Problem:
    """All that one plan is asked for.

    Parameters
    ----------
    id
        Name of the problem.
    epoch
        ISO 8601 instant with offset: second 0. For people only.
    horizon
        The last second.
    travel
        ``travel[a][b]``: seconds from location a to b, at most 10**9; may be asymmetric, diagonal 0.
    travel_cost
        Points for each second travelled.
    units, jobs
        Whom we have, and what could be done.
    pinned
        Under way or ordered: kept exactly. Pinned work alone must make a legal plan.
    previous
        The plan now published. It may name jobs and units that are no longer here, and teams of another number.
    stability
        The price of change against `previous`.

    Raises
    ------
    ValueError
        One line that names the field, e.g. ``jobs[3].slots[0].size: must be at least 1, got 0``.
    """

    id: str
    epoch: str
    horizon: int
    travel: tuple[tuple[int, ...], ...]
    units: tuple[Unit, ...]
    jobs: tuple[Job, ...]
    travel_cost: int = 0
    pinned: tuple[Pin, ...] = ()
    previous: tuple[Pin, ...] = ()
    stability: Stability = field(default_factory=Stability)
    format: str = FORMAT

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise FieldError("format", f'must be "{FORMAT}", got {shown(self.format)}')
        name("id", self.id)
        _check_epoch(self.epoch)
        whole("horizon", self.horizon, 1, MAX_SECONDS)
        whole("travel_cost", self.travel_cost, 0, MAX_RATE)
        _set(
            self,
            travel=_matrix(self.travel),
            units=instances("units", self.units, Unit),
            jobs=instances("jobs", self.jobs, Job),
            pinned=instances("pinned", self.pinned, Pin),
            previous=instances("previous", self.previous, Pin),
        )
        if not isinstance(self.stability, Stability):
            raise FieldError("stability", f"must be a Stability, got {shown(self.stability)}")
        check_problem(self)

    @cached_property
    def unit_by_id(self) -> dict[str, Unit]:
        """Units by id."""
        return {each.id: each for each in self.units}

    @cached_property
    def job_by_id(self) -> dict[str, Job]:
        """Jobs by id."""
        return {each.id: each for each in self.jobs}

    @classmethod
    def from_json(cls, text: str | bytes) -> "Problem":
        """The problem that a JSON text states.

        Raises
        ------
        ValueError
            One line that names the field and what is wrong with it.
        """
        raw = wire.parse(text)
        if isinstance(raw, dict) and "format" not in raw:
            raise FieldError("format", "is missing")
        if isinstance(raw, dict) and raw["format"] != FORMAT:
            raise FieldError("format", f'must be "{FORMAT}", got {shown(raw["format"])}')
        return wire.build(cls, raw, "" if isinstance(raw, dict) else "input", _NESTED)

    def to_json(self) -> str:
        """The problem as JSON text that `from_json` reads back to an equal problem."""
        return json.dumps(wire.plain(self), ensure_ascii=False)


_NESTED = {
    "units": (Unit, {"breaks": Break}),
    "jobs": (Job, {"slots": Slot}),
    "pinned": Pin,
    "previous": Pin,
    "stability": Stability,
}


def _check_epoch(value: object) -> None:
    name("epoch", value)
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise FieldError("epoch", f"must be an ISO 8601 instant, got {shown(value)}") from None
    if instant.tzinfo is None:
        raise FieldError("epoch", f"must have an offset from UTC, got {shown(value)}")


def _matrix(value: object) -> tuple[tuple[int, ...], ...]:
    rows = tuple(listing(f"travel[{i}]", row) for i, row in enumerate(listing("travel", value)))
    if not rows:
        raise FieldError("travel", "must not be empty")
    for i, row in enumerate(rows):
        if len(row) != len(rows):
            raise FieldError(f"travel[{i}]", f"must have {len(rows)} values to be square, got {len(row)}")
        if any(type(each) is not int for each in row) or min(row) < 0 or max(row) > 10**9:
            for k, each in enumerate(row):
                whole(f"travel[{i}][{k}]", each, 0, 10**9)
        if row[i] != 0:
            raise FieldError(f"travel[{i}][{i}]", f"must be 0 on the diagonal, got {row[i]}")
    return rows
