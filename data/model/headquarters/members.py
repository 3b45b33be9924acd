"""The districts of an installation, and what each lets its headquarters know. Plain values; the
standard library only; instants are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime

from data.model.headquarters.loans import SpareUnit, Want
from data.model.message import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A district of an installation that holds several.

    Attributes
    ----------
    id
        Small letters, digits and ``-``: the first word of its links and sessions.
    city
        The city that it belongs to, by its name.
    archived_at
        Since when nobody signs in there and nothing is planned; its data stay.
    """

    id: str
    name: str
    city: str
    added_at: datetime
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LateWork:
    """Work that should have begun: whose, where, and since when it is late."""

    station: str
    place: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictSummary:
    """What a district publishes of itself: all that its headquarters ever sees of it.

    Attributes
    ----------
    member_id, at
        Whose it is, and of when, by the real clock; ``clock_at`` is the operation's own.
    zone
        Its time zone.
    drill
        Whether all of it is a drill; ``None``: no operation is on.
    level
        The response level in force, by its name in the tables.
    warnings, onset_at
        The signals in force, in words, and when the storm begins that is planned for.
    version, made_at, held
        The plan in force; whether a newer one waits for approval.
    covered, roads
        How many of the gravest roads are cleared, being cleared or planned for in time before the
        onset, of how many; ``None``: there is no plan, or no rain ahead.
    late, late_count
        What should have begun and of which nothing was heard, the oldest first; how much it is in
        all.
    p90_s
        P90 from warning or report to somebody on site, in seconds; ``None``: no case yet.
    cases
        From how many it is.
    incidents
        Open ones.
    units_out, units
        Crews and machines out of action, of how many.
    gravity
        The rank of the level ordered or of the worst rain warning, whichever is graver: 0 (none) to
        4 (red).
    spare, wants
        What it could lend, and what its plan leaves out that one more unit could do; of the wants
        those worth most. Nothing is spare where a duty is unmanned.
    left_out
        What all that its plan leaves out would be worth, in weighted blocked-inlet-hours.
    loans
        The approved loans, by number, that its plan has been made by.
    """

    member_id: str
    at: datetime
    clock_at: datetime | None = None
    name: str = ""
    zone: str = "Asia/Shanghai"
    drill: bool | None = None
    level: str | None = None
    warnings: tuple[Message, ...] = ()
    onset_at: datetime | None = None
    version: int | None = None
    made_at: datetime | None = None
    held: bool = False
    covered: int | None = None
    roads: int | None = None
    late: tuple[LateWork, ...] = ()
    late_count: int = 0
    p90_s: float | None = None
    cases: int = 0
    incidents: int = 0
    units_out: int = 0
    units: int = 0
    gravity: int = 0
    spare: tuple[SpareUnit, ...] = ()
    wants: tuple[Want, ...] = ()
    left_out: float = 0.0
    loans: tuple[int, ...] = ()
