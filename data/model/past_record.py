"""What a bureau brings of the past: reports by place, rain that has fallen. Plain values, by the
wall clock of the record (no offset).
"""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRecord:
    """A record of reports, one entry for each row: day numbers (``date.toordinal``), places, and
    how many reports each row stands for; 0 says that there was none.
    """

    days: tuple[int, ...]
    places: tuple[str, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPlace:
    """One place of a district's own list.

    Attributes
    ----------
    road
        What it lies on, where the list says so.
    since
        When it came into service, where the list says so.
    """

    name: str
    road: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RainSpell:
    """Rain from one instant to another. ``mm`` is how much fell; ``None`` where the record does not
    say.
    """

    start: datetime
    end: datetime
    mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RainRecord:
    """A record of rain.

    Attributes
    ----------
    spells
        In order of time, each with rain.
    daily
        Whether it has one figure a day: then nobody knows when in a day it rained.
    """

    spells: tuple[RainSpell, ...]
    daily: bool = False
