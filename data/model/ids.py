"""The names that say something: of jobs, of units on duty, of causes to plan.

They are stored and sent as text; whoever wants to know what is in one reads it here, and nobody
cuts it elsewhere. ``parse`` and ``str`` undo one another for every text.
"""

from dataclasses import dataclass
from enum import StrEnum

CALLED_IN = "+"
"""Ends the id of a crew that is called in for a second turn of duty."""


@dataclass(frozen=True, slots=True)
class JobId:
    """The name of a job, the same from one plan version to the next.

    Attributes
    ----------
    source
        What asks for it: a kind of task (``"clear"``), ``"incident"``, or ``"hand"`` for what the
        desk added.
    parts
        What tells it from others of this source: the segment or station, the hour of a watch; of an
        incident's job the incident's number and, from the second on, its own.
    """

    source: str
    parts: tuple[str, ...] = ()

    INCIDENT = "incident"
    BY_HAND = "hand"

    def __str__(self) -> str:
        return ":".join((self.source, *self.parts))

    @classmethod
    def parse(cls, text: str) -> "JobId":
        source, *parts = text.split(":")
        return cls(source, tuple(parts))

    @classmethod
    def of_incident(cls, incident_id: int | None) -> "JobId":
        """The first job of an incident."""
        return cls(cls.INCIDENT, (str(incident_id),))

    @property
    def incident_id(self) -> int | None:
        """The incident that it was made for; ``None`` for other work."""
        if self.source != self.INCIDENT or not self.parts or not self.parts[0].isdigit():
            return None
        return int(self.parts[0])

    @property
    def number(self) -> int:
        """Which of the jobs of its incident it is: the first one has no number in its name."""
        return int(self.parts[1]) if self.incident_id is not None and self.parts[1:] else 1

    def numbered(self, number: int) -> "JobId":
        """The name of another of several jobs of this name."""
        return JobId(self.source, (*self.parts, str(number))) if number > 1 else self


@dataclass(frozen=True, slots=True)
class UnitId:
    """A crew or machine within one turn of duty: ``"C03@2022-07-08"``, ``"M1@24h"``.

    ``resource_id`` is as in the district's tables, but for the mark of a crew that is called in.
    """

    resource_id: str
    duty: str

    def __str__(self) -> str:
        return f"{self.resource_id}@{self.duty}"

    @classmethod
    def parse(cls, text: str) -> "UnitId":
        resource_id, _, duty = text.rpartition("@")
        return cls(resource_id, duty)

    @property
    def is_called_in(self) -> bool:
        """Whether it is a crew called in for a second turn."""
        return self.resource_id.endswith(CALLED_IN)


def called_in(crew_or_shift_id: str) -> str:
    """The id of a crew or shift for the second turn of those who are called in."""
    return crew_or_shift_id + CALLED_IN


def own_id(resource_id: str) -> str:
    """The id of a crew or machine in the tables, called in or not."""
    return resource_id.removesuffix(CALLED_IN)


class CauseKind(StrEnum):
    """What a cause to plan speaks of: the first word of its name."""

    ALERT = "alert"
    FORECAST = "forecast"
    MANUAL = "manual"
    LEVEL = "level"
    SEARCH = "search"
    INCIDENT = "incident"
    CLOSED = "closed"
    OUTAGE = "outage"
    BACK = "back"
    REFUSE = "refuse"
    OVERDUE = "overdue"
    SHIFT = "shift"
    CHANGE = "change"
    REOPEN = "reopen"
    BLOCKED = "blocked"
    RELIEF = "relief"
    TABLES = "tables"
    STANDING = "standing"  # of a plan kept ready: nobody asked for it


@dataclass(frozen=True, slots=True)
class Cause:
    """What made us plan, by a name that is unique within its operation: ``"alert:<digest>"``."""

    kind: CauseKind
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"

    @classmethod
    def of(cls, kind: CauseKind, row_id: int | None) -> "Cause":
        """The cause that a row of the database is, by the row's own id."""
        return cls(kind, str(row_id))

    @classmethod
    def parse(cls, text: str) -> "Cause":
        """The cause of this name.

        Raises
        ------
        ValueError
            Its first word is none that we know.
        """
        kind, _, subject = text.partition(":")
        return cls(CauseKind(kind), subject)


@dataclass(frozen=True, slots=True)
class EventId:
    """The name of an event that the desk writes: ``"verify:<job>@<time>"``,
    ``"answer:<question>"``.

    Devices number their own taps as they like, but not like this: ``parse`` takes any text, and
    ``kind`` is then whatever stands before its first colon.
    """

    kind: str
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"

    @classmethod
    def parse(cls, text: str) -> "EventId":
        kind, _, subject = text.partition(":")
        return cls(kind, subject)
