"""Works on roads and houses by many agencies (renovation, water, gas, power): plain values."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

RENOVATION = "renovation"
"""The service of the street that keeps the works."""


class WorkKind(StrEnum):
    """What is done; what each kind needs of the weather stands in ``ops.works.work_types``."""

    PIPE = "pipe"
    PAVEMENT = "pavement"
    WATERPROOFING = "waterproofing"
    OTHER = "other"


class Passage(StrEnum):
    """What a work leaves of its road to those who drive there."""

    OPEN = "open"
    SLOWED = "slowed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One work of one agency.

    Attributes
    ----------
    id
        The agency's number of it, unique in the district.
    agency
        Who has it done (建设单位).
    segment_id
        The stretch of road that it opens, surfaces or stands on; ``None``: none, as a roof.
    days
        Days of work that it takes, at least 1.
    after
        Ids of works that must be finished before it begins.
    gangs
        Crews and machines that do it, by name; each does one work at a time.
    earliest
        It does not begin before; ``None``: nobody has said when, so it may come at any time.
    deadline
        By when it is promised; ``None``: it is not.
    in_programme
        Whether it belongs to the programme that is planned here; one that does not is another
        agency's, which goes by its own dates.
    """

    id: str
    name: str
    agency: str
    kind: WorkKind
    days: int
    segment_id: str | None = None
    place: str = ""
    after: tuple[str, ...] = ()
    gangs: tuple[str, ...] = ()
    earliest: date | None = None
    deadline: date | None = None
    in_programme: bool = True
    passage: Passage = Passage.OPEN


class WorkStep(StrEnum):
    """What is told of a work in the field or agreed between agencies."""

    STARTED = "started"
    DAYS_LEFT = "days_left"  # `number`: so many days of work are left
    FINISHED = "finished"
    WITHDRAWN = "withdrawn"
    AFTER = "after"  # agreed: only after the work `other`
    BACK = "back"  # the word of this `number` was a mistake


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkEvent:
    """One thing told of a work; what counts is the last of its kind that was not taken back. Only
    ever added to.
    """

    id: int | None = None
    work_id: str
    step: WorkStep
    at: datetime
    by: str
    number: int | None = None
    other: str | None = None
