"""What is asked: units, jobs, and what is already decided (contract formats 1 and 2).

All times are whole seconds counted from the problem's `epoch`; all weights and costs are whole
points. Every type checks itself when it is made, so a `Problem` that exists is a valid one, and at
least one legal plan exists for it: the pinned work alone.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cached_property

from solver import json_format, travel_matrix
from solver.consistency import check_problem
from solver.parts import Break, DumpSite, Job, Pin, Profile, Slot, Stability, Unit, _set
from solver.travel_matrix import Rows
from solver.validation import (
    MAX_RATE,
    MAX_SECONDS,
    FieldError,
    instances,
    name,
    shown,
    whole,
)

FORMAT_1, FORMAT = "xunban-problem/1", "xunban-problem/2"
NEWER: dict[str, dict[str, object]] = {
    "units": {"overtime_from": None, "overtime_cost": 0},
    "jobs": {"until": None, "late_most": None, "durations": ()},
    "previous": {"price": 0},
    "pinned": {"price": 0},
}
"""The fields that format 1 does not have, with the values that ask for nothing."""
TANKS: dict[str, dict[str, object]] = {
    "units": {"capacity": None, "aboard": 0, "ends_empty": False},
    "slots": {"load": 0},
}
"""The same of what is written only where loads are spoken of."""
PROFILES: dict[str, dict[str, object]] = {"units": {"profile": None}}
"""The same of what is written only where units go by several profiles."""
GROUPS: dict[str, dict[str, object]] = {"jobs": {"group": None}}
"""The same of what is written only where there are several ways to do the same."""
MARGINS: dict[str, dict[str, object]] = {
    "units": {"regular": None},
    "jobs": {"in_margin": False},
}
"""The same of what is written only where some unit's shift has margins."""
WAITING: dict[str, dict[str, object]] = {"jobs": {"wait_cost": 0}}
"""The same of what is written only where some job is better done soon."""


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
        ``travel[a][b]``: seconds from location a to b, at most 10**9; may be asymmetric, diagonal
        0. An array of numpy will do too.
    travel_cost
        Points for each second travelled.
    units, jobs
        Whom we have, and what could be done.
    pinned
        Under way or ordered: kept exactly. Pinned work alone must make a legal plan.
    previous
        The plan now published. It may name jobs and units that are no longer here, and teams of
        another number.
    stability
        The price of change against `previous`.
    dump_sites
        Where units empty their tanks. Format 2.
    profiles
        Ways of units that go by other means. Format 2.

    Raises
    ------
    ValueError
        One line that names the field, e.g. ``jobs[3].slots[0].size: must be at least 1, got 0``.
    """

    id: str
    epoch: str
    horizon: int
    travel: Rows
    units: tuple[Unit, ...]
    jobs: tuple[Job, ...]
    travel_cost: int = 0
    pinned: tuple[Pin, ...] = ()
    previous: tuple[Pin, ...] = ()
    stability: Stability = field(default_factory=Stability)
    format: str = FORMAT
    dump_sites: tuple[DumpSite, ...] = ()
    profiles: tuple[Profile, ...] = ()

    def __post_init__(self) -> None:
        _check_format(self.format)
        name("id", self.id)
        _check_epoch(self.epoch)
        whole("horizon", self.horizon, 1, MAX_SECONDS)
        whole("travel_cost", self.travel_cost, 0, MAX_RATE)
        _set(
            self,
            travel=travel_matrix.checked(self.travel),
            units=instances("units", self.units, Unit),
            jobs=instances("jobs", self.jobs, Job),
            pinned=instances("pinned", self.pinned, Pin),
            previous=instances("previous", self.previous, Pin),
            dump_sites=instances("dump_sites", self.dump_sites, DumpSite),
            profiles=instances("profiles", self.profiles, Profile),
        )
        if not isinstance(self.stability, Stability):
            raise FieldError("stability", f"must be a Stability, got {shown(self.stability)}")
        check_problem(self)
        if self.format == FORMAT_1:
            _check_nothing_newer(self)

    @cached_property
    def unit_by_id(self) -> dict[str, Unit]:
        """Units by id."""
        return {each.id: each for each in self.units}

    def travel_of(self, unit: Unit) -> Rows:
        """The matrix that the unit goes by."""
        return self.travel if unit.profile is None else self.travel_by_profile[unit.profile]

    @cached_property
    def travel_by_profile(self) -> dict[str, Rows]:
        """The matrices of the profiles by id."""
        return {each.id: each.travel for each in self.profiles}

    @cached_property
    def speaks_of_loads(self) -> bool:
        """Whether any unit has a capacity, any slot a load, or there is any dump site."""
        slots = (slot for job in self.jobs for slot in job.slots)
        return (
            bool(self.dump_sites)
            or any(unit.capacity is not None for unit in self.units)
            or any(slot.load for slot in slots)
        )

    @cached_property
    def has_margins(self) -> bool:
        """Whether any unit's shift has margins, or any job is done in them."""
        return any(unit.regular for unit in self.units) or any(job.in_margin for job in self.jobs)

    @cached_property
    def gives_off(self) -> bool:
        """Whether any slot gives off a load."""
        return any(slot.load < 0 for job in self.jobs for slot in job.slots)

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
        raw = json_format.parse(text)
        if isinstance(raw, dict) and "format" not in raw:
            raise FieldError("format", "is missing")
        if isinstance(raw, dict):
            _check_format(raw["format"])
            if raw["format"] == FORMAT:
                _unpack(raw)
        return json_format.build(cls, raw, "" if isinstance(raw, dict) else "input", _NESTED)

    def to_json(self) -> str:
        """The problem as JSON text that `from_json` reads back to an equal problem; in format 2
        the matrix is packed.
        """
        return self._text

    @cached_property
    def _text(self) -> str:
        raw = {
            each.name: json_format.plain(getattr(self, each.name))
            for each in fields(self)
            if each.name not in ("travel", "profiles")
        }
        raw["travel"] = (
            self.travel if self.format == FORMAT_1 else travel_matrix.packed(self.travel)
        )
        if self.profiles:
            raw["profiles"] = [
                {"id": each.id, "travel": travel_matrix.packed(each.travel)}
                for each in self.profiles
            ]
        else:
            raw["units"] = [_without(each, PROFILES["units"]) for each in raw["units"]]
        if not any(job.group for job in self.jobs):
            raw["jobs"] = [_without(each, GROUPS["jobs"]) for each in raw["jobs"]]
        if not any(job.wait_cost for job in self.jobs):
            raw["jobs"] = [_without(each, WAITING["jobs"]) for each in raw["jobs"]]
        if not self.has_margins:
            for part, newer in MARGINS.items():
                raw[part] = [_without(each, newer) for each in raw[part]]
        if self.format == FORMAT_1:
            for part, newer in NEWER.items():
                raw[part] = [_without(each, newer) for each in raw[part]]
        if not self.speaks_of_loads:
            del raw["dump_sites"]
            raw["units"] = [_without(each, TANKS["units"]) for each in raw["units"]]
            for job in raw["jobs"]:
                job["slots"] = [_without(each, TANKS["slots"]) for each in job["slots"]]
        return json.dumps(raw, ensure_ascii=False)


_NESTED = {
    "units": (Unit, {"breaks": Break}),
    "jobs": (Job, {"slots": Slot}),
    "pinned": Pin,
    "previous": Pin,
    "stability": Stability,
    "dump_sites": DumpSite,
    "profiles": Profile,
}


def _unpack(raw: dict) -> None:
    """Put rows where a matrix is packed; what is not as it should be is refused later."""
    if isinstance(raw.get("travel"), dict):
        raw["travel"] = travel_matrix.unpacked(raw["travel"])
    profiles = raw.get("profiles")
    for i, each in enumerate(profiles if isinstance(profiles, list) else ()):
        if isinstance(each, dict) and isinstance(each.get("travel"), dict):
            try:
                each["travel"] = travel_matrix.unpacked(each["travel"])
            except FieldError as error:
                raise error.under(f"profiles[{i}]") from None


def _without(raw: dict, keys: Collection[str]) -> dict:
    return {key: value for key, value in raw.items() if key not in keys}


def _check_format(value: object) -> None:
    if not isinstance(value, str) or value not in (FORMAT_1, FORMAT):
        raise FieldError("format", f'must be "{FORMAT}" or "{FORMAT_1}", got {shown(value)}')


def _check_nothing_newer(problem: Problem) -> None:
    """A problem of format 1 asks for nothing that format 1 does not know."""
    if problem.dump_sites:
        raise FieldError("dump_sites", f"is not a field of {FORMAT_1}")
    if problem.profiles:
        raise FieldError("profiles", f"is not a field of {FORMAT_1}")
    of_units = NEWER["units"] | TANKS["units"] | PROFILES["units"] | MARGINS["units"]
    of_jobs = NEWER["jobs"] | GROUPS["jobs"] | MARGINS["jobs"] | WAITING["jobs"]
    for i, unit in enumerate(problem.units):
        _refuse(unit, of_units, f"units[{i}]")
    for i, job in enumerate(problem.jobs):
        _refuse(job, of_jobs, f"jobs[{i}]")
        for k, slot in enumerate(job.slots):
            _refuse(slot, TANKS["slots"], f"jobs[{i}].slots[{k}]")
    for part in ("previous", "pinned"):
        for i, pin in enumerate(getattr(problem, part)):
            _refuse(pin, NEWER[part], f"{part}[{i}]")


def _refuse(part: object, newer: dict[str, object], path: str) -> None:
    for key, nothing in newer.items():
        if getattr(part, key) != nothing:
            raise FieldError(f"{path}.{key}", f"is not a field of {FORMAT_1}")


def _check_epoch(value: object) -> None:
    try:
        instant = datetime.fromisoformat(name("epoch", value))
    except ValueError:
        raise FieldError("epoch", f"must be an ISO 8601 instant, got {shown(value)}") from None
    if instant.tzinfo is None:
        raise FieldError("epoch", f"must have an offset from UTC, got {shown(value)}")
