"""The names that say something: of jobs, of units on duty, of causes to plan.

They are stored and sent as text; whoever wants to know what is in one reads it here, and nobody
cuts it elsewhere. ``parse`` reads again whatever ``str`` wrote.
"""

from dataclasses import dataclass
from enum import StrEnum

CALLED_IN = "+"
"""Ends the id of a crew that is called in for a second turn of duty."""
MOST_DIGITS = 18
RELIEF = "r"
"""Begins the last part of the name of the rest of a watch that its team has left."""


def whole(text: str) -> int | None:
    """The number that ASCII digits are; ``None`` for anything else, such as ``²``, which `int`
    refuses, and for more digits than a row of the database can have as its number.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


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
        incident's job the incident's number, ``PUMP`` where it is the pump's and, from the second
        on, its own number.
    """

    source: str
    parts: tuple[str, ...] = ()

    INCIDENT = "incident"
    BY_HAND = "hand"
    PUMP = "pump"
    HAUL = "haul"
    PATROL = "patrol"
    PLACED = "placed"

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

    @classmethod
    def of_pump(cls, incident_id: int | None) -> "JobId":
        """The first job of the pump that an incident needs beside its crew."""
        return cls(cls.INCIDENT, (str(incident_id), cls.PUMP))

    @property
    def is_of_pump(self) -> bool:
        """Whether it is the pump's job at an incident, and not the crew's."""
        return self.incident_id is not None and self.PUMP in self.parts[1:2]

    @property
    def incident_id(self) -> int | None:
        """The incident that it was made for; ``None`` for other work."""
        return whole(self.parts[0]) if self.source == self.INCIDENT and self.parts else None

    @property
    def number(self) -> int:
        """Which of the jobs of its crew, or its pump, at an incident: the first one has no number
        in its name.
        """
        numbers = self.post.parts[2:] if self.is_of_pump else self.post.parts[1:]
        return (whole(numbers[0]) if self.incident_id is not None and numbers else None) or 1

    @classmethod
    def of_trip(cls, machine_id: str, site_id: str, number: int) -> "JobId":
        """A truck's visit to a dump site, the first with its number too: a load has but the station
        and a number.
        """
        return cls(cls.HAUL, (machine_id, site_id, str(number)))

    @property
    def trip(self) -> tuple[str, str, int] | None:
        """The truck, the dump site and the number of a visit; ``None`` for other work."""
        if self.source != self.HAUL or len(self.parts) != 3:
            return None
        machine_id, site_id, number = self.parts[0], self.parts[1], whole(self.parts[2])
        return None if number is None else (machine_id, site_id, number)

    @property
    def visit(self) -> "JobId | None":
        """A patrol's visit to a place in an interval, wherever rain has moved it; ``None`` for
        other work.
        """
        return JobId(self.source, self.parts[:2]) if self.source == self.PATROL else None

    @property
    def machine(self) -> str | None:
        """The machine, or the kind of one, that a level wants ready at a place; ``None`` for other
        work.
        """
        return self.parts[2] if self.source == self.PLACED and len(self.parts) > 2 else None

    @property
    def post(self) -> "JobId":
        """The name of the watch, whoever has relieved whom at it."""
        return JobId(self.source, self.parts[:-1]) if self.relief else self

    @property
    def watch(self) -> "JobId":
        """The watch that it is a part of, without its hour or, at an incident, its number."""
        post, names = self.post, 2 if self.is_of_pump else 1
        return JobId(post.source, (*post.parts[:names], *post.parts[names + 1 :]))

    def is_later_part_of(self, other: "JobId") -> bool:
        """Whether both are parts of one watch and this is the other or comes after it."""
        if self.watch != other.watch:
            return False
        if self.incident_id is not None:
            return self.number >= other.number
        return len(self.post.parts) > 1 and self.parts[1] >= other.parts[1]

    @property
    def relief(self) -> int:
        """How many have had the watch before: 0 for the first."""
        last = self.parts[-1] if self.parts else ""
        return (whole(last[1:]) if last[:1] == RELIEF else None) or 0

    def relieved(self) -> "JobId":
        """The name of the rest of a watch that its team has left: whoever takes it up has work of
        its own to report.
        """
        return JobId(self.source, (*self.post.parts, f"{RELIEF}{self.relief + 1}"))

    def numbered(self, number: int) -> "JobId":
        """The name of another of several jobs of this name."""
        return JobId(self.source, (*self.parts, str(number))) if number > 1 else self


@dataclass(frozen=True, slots=True)
class UnitId:
    """A crew, a squad of it, or a machine within one turn of duty: ``"C03@2022-07-08"``,
    ``"C03/1@2022-07-08"``, ``"M1@24h"``.

    Attributes
    ----------
    resource_id
        The crew's or machine's own, as in the district's tables.
    duty
        Which turn: the day it begins.
    squad
        Which part of the crew, from 1; ``None`` where it goes out as one.
    is_called_in
        Whether it is called in for a second turn: the crew, or the machine with its driver.
    """

    resource_id: str
    duty: str
    squad: int | None = None
    is_called_in: bool = False

    def __str__(self) -> str:
        mark = CALLED_IN if self.is_called_in else ""
        return f"{self._marked(self.is_called_in)}{mark}@{self.duty}"

    @property
    def team(self) -> str:
        """The people, whatever their turn: the crew's own id, or that of its squad."""
        return self.resource_id if self.squad is None else f"{self.resource_id}/{self.squad}"

    def _marked(self, is_called_in: bool) -> str:
        """The resource with its squad; an id of the tables that itself ends like a mark gets the
        mark of none, so that it is read as it stands.
        """
        ends_like_one = _squad_of(self.resource_id)[1] is not None or (
            self.resource_id.endswith(CALLED_IN) and not is_called_in
        )
        return f"{self.resource_id}/0" if self.squad is None and ends_like_one else self.team

    @classmethod
    def parse(cls, text: str) -> "UnitId":
        marked, _, duty = text.rpartition("@")
        is_called_in = marked.endswith(CALLED_IN)
        resource_id, squad = _squad_of(marked.removesuffix(CALLED_IN))
        return cls(resource_id, duty, squad or None, is_called_in)


def _squad_of(marked: str) -> tuple[str, int | None]:
    """What stands before the mark of a squad, and its number; the text and ``None`` where there is
    no mark.
    """
    before, sign, number = marked.rpartition("/")
    squad = whole(number) if sign else None
    return (before, squad) if str(squad) == number else (marked, None)


class CauseKind(StrEnum):
    """What a cause to plan speaks of: the first word of its name."""

    ALERT = "alert"
    FORECAST = "forecast"
    MEASURED = "measured"
    MANUAL = "manual"
    LEVEL = "level"
    SEARCH = "search"
    INCIDENT = "incident"
    MATTER = "matter"
    CLOSED = "closed"
    OUTAGE = "outage"
    BACK = "back"
    REFUSE = "refuse"
    DELAY = "delay"
    OVERDUE = "overdue"
    SHIFT = "shift"
    ROSTER = "roster"
    CHANGE = "change"
    REOPEN = "reopen"
    BLOCKED = "blocked"
    RELIEF = "relief"
    FREED = "freed"
    ON_DUTY = "on_duty"
    TAKEN_BACK = "taken_back"
    TABLES = "tables"
    SERVICE = "service"
    STREETS = "streets"
    CLOSURE = "closure"
    OPENED = "opened"
    LOAN = "loan"
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
