"""Days of the roster changed by hand: plain values, the standard library only."""

from dataclasses import dataclass
from datetime import date, datetime

from data.model.city import RosterDay
from data.model.message import Message


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
