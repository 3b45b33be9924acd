"""The roster and the watch: who does what on which day by rotation, table or hand."""

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from enum import StrEnum

from data.model.message import Message
from data.model.wall_clock import span_of

WorkerKey = tuple[str, str]
"""``crew``, ``driver`` or ``person``, and the id."""
FIVE_DAYS, FOUR_CREWS = "5-2", "4-3"
KNOWN_PATTERNS = (FIVE_DAYS, FOUR_CREWS)
"""做五休二: the own shift on working days, by the calendar of public holidays. 四班三运转: two days
on each shift, from the morning's on, then two of rest.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """A pattern of days that comes round again, for crews and drivers.

    Attributes
    ----------
    pattern
        Ids of shifts, ``on`` (the worker's own shift) and ``off``, one for each day; or one of
        ``KNOWN_PATTERNS`` alone.
    anchor
        A day on which the pattern begins.
    """

    id: str
    pattern: tuple[str, ...]
    anchor: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterDay:
    """What one crew, driver or person does on one day, whatever rotation and shift say.

    Attributes
    ----------
    crew_id, driver_id, person_id
        Whose day it is: one of the three.
    duty
        The id of a shift, ``off``, ``leave`` or ``absent`` (nobody calls them in); ``None`` where
        only a swap is entered.
    swap_with
        Another of the same kind that does that day what this one would have done, and the other
        way round.
    """

    day: date
    crew_id: str | None = None
    driver_id: str | None = None
    person_id: str | None = None
    duty: str | None = None
    swap_with: str | None = None

    @property
    def worker(self) -> WorkerKey:
        """Whose day it is."""
        if self.crew_id is not None:
            return "crew", self.crew_id
        if self.driver_id is not None:
            return "driver", self.driver_id
        return "person", self.person_id or ""


class WatchKind(StrEnum):
    """As what somebody has the watch."""

    OFFICER = "officer"  # sits at the desk around the clock (专人蹲守)
    LEADER = "leader"  # leads through it (带班领导), from a level of the response on


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Somebody's turn of the watch; one that ends at or before its start ends on the next day.

    Attributes
    ----------
    level
        Of a leader: the level of the flood response from which on he leads; ``None``: always.
    """

    day: date
    start: time
    end: time
    name: str
    kind: WatchKind = WatchKind.OFFICER
    level: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", WatchKind(self.kind))

    def span(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """When it begins and ends."""
        return span_of(self.day, self.start, self.end, zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPost:
    """Who answers for a key road or low point (AB 岗): a crew or person, and who does in their
    place.

    Attributes
    ----------
    shift_id
        In which shift; ``None``: in those of no row of their own.
    """

    segment_id: str
    shift_id: str | None = None
    first_id: str
    second_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTurns:
    """What a month gives somebody: the shift of each of its days, as the problem of the month names
    it; ``None``: off.
    """

    person_id: str
    shifts: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthProposal:
    """A month that is proposed for a station and not put in yet. Only ever added to: the latest of
    a station and month stands; one without days says that it was put in or left.

    Attributes
    ----------
    month
        Its first day, whichever days of it are proposed.
    turns
        Who has which turn on these days.
    why
        Why something is missing, and what would mend it.
    basis
        What it was made of (people, leave, certificates, what stood), as a digest.
    """

    id: int | None = None
    operation_id: int
    station_id: str
    month: date
    days: tuple[date, ...] = ()
    turns: tuple[PersonTurns, ...] = ()
    why: tuple[Message, ...] = ()
    basis: str = ""
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterChange:
    """One day of a crew, driver or person changed on a page. Only ever added to: the latest of a
    day stands, and lies over the tables of the district.

    Attributes
    ----------
    crew_id, driver_id, person_id, duty, swap_with
        As in ``RosterDay``; with neither duty nor swap the day is again as the tables say.
    """

    id: int | None = None
    operation_id: int
    day: date
    crew_id: str | None = None
    driver_id: str | None = None
    person_id: str | None = None
    duty: str | None = None
    swap_with: str | None = None
    by: str
    at: datetime
    reason: str = ""

    @property
    def entry(self) -> RosterDay:
        """The day as the roster tells it."""
        return RosterDay(
            day=self.day,
            crew_id=self.crew_id,
            driver_id=self.driver_id,
            person_id=self.person_id,
            duty=self.duty,
            swap_with=self.swap_with,
        )
