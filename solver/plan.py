"""What is answered: who does what and when, what was left out, and why (plan formats 1 and 2)."""

import json
from dataclasses import dataclass, field
from enum import StrEnum

from solver import json_format
from solver.validation import MAX_SECONDS, FieldError, instances, listing, name, names, shown, whole

FORMAT, FORMAT_2 = "xunban-plan/1", "xunban-plan/2"
"""A plan is of format 2 where it has dumpings."""


def _set(target: object, **values: object) -> None:
    for key, value in values.items():
        object.__setattr__(target, key, value)


class Status(StrEnum):
    """How good the plan is known to be.

    ``HASTY``: the problem is too large for its time, which was up before it was searched well or
    before all that is left out was looked at.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    HASTY = "hasty"


class Reason(StrEnum):
    """Why a job was left out; proved but for ``UNEXAMINED``.

    ``NO_UNIT``: no unit, or no set of units, on duty at all can fill its slots in its windows.
    ``PINNED``: only the pinned work stands in the way.
    ``PREDECESSOR``: a job that it comes after is left out.
    ``OUTWEIGHED``: it could be done, at the price of the jobs named in the detail.
    ``ALTERNATIVE``: another job of its group, which does the same, is done.
    ``UNEXAMINED``: the problem is too large for its time, which was up before its turn came.
    ``NO_LOAD``: beside the rest of this plan the tanks of its units do not allow it (so much is
    not aboard to be given off, or no room can be made in time); only where jobs give off loads.
    """

    NO_UNIT = "no_unit"
    PINNED = "pinned"
    PREDECESSOR = "predecessor"
    OUTWEIGHED = "outweighed"
    ALTERNATIVE = "alternative"
    UNEXAMINED = "unexamined"
    NO_LOAD = "no_load"


@dataclass(frozen=True)
class Assignment:
    """A job done from `start` to `end` (seconds) by `units`, in the order of the job's slots."""

    job: str
    start: int
    end: int
    units: tuple[str, ...]

    def __post_init__(self) -> None:
        name("job", self.job)
        whole("start", self.start, 0, MAX_SECONDS)
        whole("end", self.end, 0, 2 * MAX_SECONDS)
        listed = tuple(
            name(f"units[{i}]", each) for i, each in enumerate(listing("units", self.units))
        )
        _set(self, units=listed)


@dataclass(frozen=True)
class BreakTaken:
    """A break of `unit` from `start` to `end`, seconds."""

    unit: str
    start: int
    end: int

    def __post_init__(self) -> None:
        name("unit", self.unit)
        whole("start", self.start, 0, MAX_SECONDS)
        whole("end", self.end, 0, 2 * MAX_SECONDS)


@dataclass(frozen=True)
class Dumping:
    """A visit of `unit` to a dump site, from `start` to `end` (seconds), that empties its tank."""

    unit: str
    site: str
    start: int
    end: int

    def __post_init__(self) -> None:
        name("unit", self.unit)
        name("site", self.site)
        whole("start", self.start, 0, MAX_SECONDS)
        whole("end", self.end, 0, 2 * MAX_SECONDS)


@dataclass(frozen=True)
class Detail:
    """The proof behind a reason, for people and programs.

    Parameters
    ----------
    jobs
        ``OUTWEIGHED``: the jobs that would be dropped or changed; ``PREDECESSOR``: those left out
        before it; ``PINNED``: the pinned jobs in the way.
    points
        ``OUTWEIGHED``: what the plan would lose if the job were done this way; else ``None``.
    slots
        ``NO_UNIT``: indices of the slots that no unit on duty can fill on its own; empty when each
        could be filled, but not all together.
    text
        One English sentence.
    """

    single = True

    jobs: tuple[str, ...] = ()
    points: int | None = None
    slots: tuple[int, ...] = ()
    text: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.text, str):
            raise FieldError("text", f"must be a text, got {shown(self.text)}")
        if self.points is not None and type(self.points) is not int:
            raise FieldError("points", f"must be a whole number, got {shown(self.points)}")
        slots = tuple(
            whole(f"slots[{i}]", each, 0, MAX_SECONDS)
            for i, each in enumerate(listing("slots", self.slots))
        )
        _set(self, jobs=names("jobs", self.jobs), slots=slots)


@dataclass(frozen=True)
class Unassigned:
    """A job left out, and why."""

    job: str
    reason: Reason
    detail: Detail = field(default_factory=Detail)

    def __post_init__(self) -> None:
        name("job", self.job)
        if self.reason not in list(Reason):
            raise FieldError(
                "reason", f"must be one of {', '.join(Reason)}, got {shown(self.reason)}"
            )
        _set(self, reason=Reason(self.reason))


@dataclass(frozen=True)
class Plan:
    """The answer to one problem.

    Parameters
    ----------
    problem
        The problem's id.
    score
        Points, by the contract's definition (`solver.referee.score`).
    bound
        A proven upper bound on the score of every legal plan.
    assignments, breaks, unassigned
        In the order of start and id.
    stats
        Seconds to the first plan and in all, and whatever helps to understand the run.
    dumpings
        In the order of start and unit; format 2.

    Raises
    ------
    ValueError
        One line that names the field. Whether the plan is legal is for `solver.referee.violations`
        to say.
    """

    problem: str
    score: int
    bound: int
    status: Status
    assignments: tuple[Assignment, ...]
    breaks: tuple[BreakTaken, ...] = ()
    unassigned: tuple[Unassigned, ...] = ()
    stats: dict = field(default_factory=dict)
    format: str = FORMAT
    dumpings: tuple[Dumping, ...] = ()

    def __post_init__(self) -> None:
        if self.format not in (FORMAT, FORMAT_2):
            raise FieldError(
                "format", f'must be "{FORMAT}" or "{FORMAT_2}", got {shown(self.format)}'
            )
        name("problem", self.problem)
        for key in ("score", "bound"):
            if type(getattr(self, key)) is not int:
                raise FieldError(key, f"must be a whole number, got {shown(getattr(self, key))}")
        if self.status not in list(Status):
            raise FieldError(
                "status", f"must be one of {', '.join(Status)}, got {shown(self.status)}"
            )
        if not isinstance(self.stats, dict):
            raise FieldError("stats", f"must be an object, got {shown(self.stats)}")
        _set(
            self,
            status=Status(self.status),
            assignments=instances("assignments", self.assignments, Assignment),
            breaks=instances("breaks", self.breaks, BreakTaken),
            unassigned=instances("unassigned", self.unassigned, Unassigned),
            dumpings=instances("dumpings", self.dumpings, Dumping),
        )
        if self.dumpings and self.format == FORMAT:
            raise FieldError("dumpings", f"is not a field of {FORMAT}")

    @property
    def gap(self) -> float:
        """Proven distance to the best possible plan as a share of the score; infinite for a score
        not above 0.
        """
        if self.bound == self.score:
            return 0.0
        return (self.bound - self.score) / self.score if self.score > 0 else float("inf")

    @classmethod
    def from_json(cls, text: str | bytes) -> "Plan":
        """The plan that a JSON text states.

        Raises
        ------
        ValueError
            One line that names the field and what is wrong with it.
        """
        raw = json_format.parse(text)
        if isinstance(raw, dict) and "format" not in raw:
            raise FieldError("format", "is missing")
        return json_format.build(cls, raw, "" if isinstance(raw, dict) else "input", _NESTED)

    def to_json(self) -> str:
        """The plan as JSON text that `from_json` reads back to an equal plan."""
        raw = json_format.plain(self)
        if self.format == FORMAT:
            del raw["dumpings"]
        return json.dumps(raw, ensure_ascii=False)


_NESTED = {
    "assignments": Assignment,
    "breaks": BreakTaken,
    "dumpings": Dumping,
    "unassigned": (Unassigned, {"detail": Detail}),
}
