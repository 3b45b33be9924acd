"""Who goes out with whom on one shift: plain values, the standard library only."""

from dataclasses import dataclass
from datetime import date

from data.model.message import Message
from data.model.roster import WorkerKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """The people of a crew, or who drives at a post, on one day.

    Attributes
    ----------
    members
        Ids of people, leader and seniors first.
    skills
        What the crew does that asks for a certificate.
    """

    crew_id: str | None = None
    driver_id: str | None = None
    members: tuple[str, ...]
    skills: tuple[str, ...] = ()

    @property
    def key(self) -> WorkerKey:
        """Whose people they are."""
        return ("crew", self.crew_id) if self.crew_id else ("driver", self.driver_id or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class StationShift:
    """The teams of one station on one shift of one day, why they are so, and what is missing.

    Attributes
    ----------
    told
        Who is away, who was moved and why, who may not work.
    gaps
        What can't be manned, why, and the nearest who would mend it.
    out
        Crews and drivers' posts that have people and do not go out.
    """

    day: date
    shift_id: str
    station_id: str
    teams: tuple[Team, ...] = ()
    out: tuple[WorkerKey, ...] = ()
    told: tuple[Message, ...] = ()
    gaps: tuple[Message, ...] = ()

    @property
    def key(self) -> tuple[date, str, str]:
        """Which shift it is."""
        return self.day, self.shift_id, self.station_id
