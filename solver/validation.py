"""Checks of single values, each failing with one line that names the field.

The types of this package check themselves with these, so the same words come out whether a problem
was built in Python or read from JSON.
"""

import json
from enum import StrEnum
from typing import Any

MAX_SECONDS = 10**7
"""Longest time that a problem may speak of: 115 days. Keeps every sum of the search inside 64 bits.
"""
MAX_POINTS = 10**12
"""Largest weight, cost or penalty."""
MAX_RATE = 10**7
"""Largest cost for each second: a duty worth all points there are may lose them within a day."""


class FieldError(ValueError):
    """A value that breaks the contract, with the path of its field.

    Parameters
    ----------
    path
        Where it stands, e.g. ``jobs[3].slots[0].size``.
    complaint
        What is wrong with it, on one line.
    """

    def __init__(self, path: str, complaint: str):
        super().__init__(f"{path}: {complaint}")
        self.path = path
        self.complaint = complaint

    def under(self, prefix: str) -> "FieldError":
        """The same complaint, seen from one level further out."""
        joint = "" if self.path.startswith("[") else "."
        return self.at(f"{prefix}{joint}{self.path}")

    def at(self, path: str) -> "FieldError":
        """The same complaint about the field at another path."""
        return FieldError(path, self.complaint)


class Rule(StrEnum):
    """The rules that pinned work can break: alone, in its team, and in the days of its units."""

    NO_SUCH_START = "no_such_start"
    """Its start is no second that a problem may speak of."""
    UNKNOWN_UNIT = "unknown_unit"
    UNIT_UNFIT = "unit_unfit"
    """A unit does not fit its slot."""
    TEAM_SIZE = "team_size"
    """Not one unit for each slot."""
    OUTSIDE_WINDOWS = "outside_windows"
    NOT_PINNED_BEFORE = "not_pinned_before"
    """What it comes after is not pinned."""
    ANOTHER_OF_GROUP = "another_of_group"
    """Another job of its group is pinned."""
    BEFORE_PREDECESSOR = "before_predecessor"
    """It starts before what it comes after has ended."""
    OUTSIDE_SHIFT = "outside_shift"
    OVERLAP = "overlap"
    """A unit would be in two places."""
    NO_TIME_BETWEEN = "no_time_between"
    """A unit has no time to travel or for a break."""
    TANK = "tank"
    """A unit's tank does not hold it, or is not emptied in time."""


class RuleViolation(FieldError):
    """Pinned work that breaks a rule of the contract.

    Parameters
    ----------
    path, complaint
        As for `FieldError`.
    rule
        Which rule.
    job
        Id of the pinned job.
    unit
        Id of the unit that it is about, where it is about one.
    """

    def __init__(self, path: str, complaint: str, *, rule: Rule, job: str, unit: str | None = None):
        super().__init__(path, complaint)
        self.rule, self.job, self.unit = rule, job, unit

    def at(self, path: str) -> "RuleViolation":
        """The same complaint about the field at another path."""
        return RuleViolation(path, self.complaint, rule=self.rule, job=self.job, unit=self.unit)


def shown(value: Any) -> str:
    """A value as it may stand in a message: short, on one line."""
    text = ascii(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def whole(path: str, value: Any, low: int, high: int) -> int:
    """A whole number from `low` to `high`; booleans and floats are not whole numbers."""
    if type(value) is not int:
        raise FieldError(path, f"must be a whole number, got {shown(value)}")
    if value < low:
        raise FieldError(path, f"must be at least {low}, got {shown(value)}")
    if value > high:
        raise FieldError(path, f"must be at most {high}, got {shown(value)}")
    return value


def name(path: str, value: Any) -> str:
    """A text that is not empty."""
    if not isinstance(value, str):
        raise FieldError(path, f"must be a text, got {shown(value)}")
    if not value.strip():
        raise FieldError(path, "must not be empty")
    return value


def listing(path: str, value: Any) -> tuple:
    """A list (or tuple), as a tuple."""
    if not isinstance(value, list | tuple):
        raise FieldError(path, f"must be a list, got {shown(value)}")
    return tuple(value)


def names(path: str, value: Any) -> tuple[str, ...]:
    """A list of different texts."""
    result = tuple(name(f"{path}[{i}]", each) for i, each in enumerate(listing(path, value)))
    if len(set(result)) < len(result):
        twice = next(each for i, each in enumerate(result) if each in result[:i])
        raise FieldError(path, f"names {shown(twice)} twice")
    return result


def span(path: str, value: Any) -> tuple[int, int]:
    """``[from, to]`` in seconds, not reversed."""
    pair = listing(path, value)
    if len(pair) != 2:
        raise FieldError(path, f"must be [from, to], got {len(pair)} values")
    start, stop = (whole(f"{path}[{i}]", each, 0, MAX_SECONDS) for i, each in enumerate(pair))
    if start > stop:
        raise FieldError(path, f"is reversed: from {start} to {stop}")
    return start, stop


def instances(path: str, value: Any, kind: type) -> tuple:
    """A list of objects of one type."""
    result = listing(path, value)
    for i, each in enumerate(result):
        if not isinstance(each, kind):
            raise FieldError(f"{path}[{i}]", f"must be a {kind.__name__}, got {shown(each)}")
    return result
