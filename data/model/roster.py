"""Days of the roster changed by hand: plain values, the standard library only."""

from dataclasses import dataclass
from datetime import date, datetime

from data.model.city import RosterDay


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
