"""An operation, drill or real, and the triggers that ask for its plans."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.message import Message


class OperationKind(StrEnum):
    """Whether what is done is meant."""

    REAL = "real"
    DRILL = "drill"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One run of the centre: the real one, or a drill with a clock of its own.

    A drill's clock stood at ``clock_at`` when the real one stood at ``anchor_at``; it runs on while
    the program runs. Warnings, forecasts, causes and plan versions belong to one operation, so a
    drill never touches the real one.
    """

    id: int
    kind: OperationKind
    clock_at: datetime
    anchor_at: datetime
    started_at: datetime
    ended_at: datetime | None = None

    @property
    def is_drill(self) -> bool:
        return self.kind is OperationKind.DRILL

    def now(self, real_now: datetime) -> datetime:
        """What time it is in this operation when the real clock shows ``real_now``."""
        return self.clock_at + (real_now - self.anchor_at) if self.is_drill else real_now


class TriggerKind(StrEnum):
    """Why a plan is asked for."""

    ALERT = "alert"
    FORECAST = "forecast"
    MEASURED = "measured"  # gauges measure rain that nobody foresaw
    MANUAL = "manual"
    LEVEL = "level"
    SEARCH = "search"  # the compiled search is ready, and the plan in force was made without it
    INCIDENT = "incident"
    OUTAGE = "outage"  # a crew or machine out of action, or back
    REFUSAL = "refusal"  # an assignment refused by its station
    DELAY = "delay"  # a crew comes later than planned
    OVERDUE = "overdue"  # an assignment that should have begun or ended
    SHIFT = "shift"
    ROSTER = "roster"  # a day of the roster was changed: absent, leave, a swap, another shift
    CHANGE = "change"  # an assignment changed by hand
    CLOSED = "closed"  # an incident is over
    REOPEN = "reopen"  # work done that must be done again
    BLOCKED = "blocked"  # a crew found an inlet that it can't open
    TAKEN_BACK = "taken_back"  # a tap was a mistake
    RELIEF = "relief"  # the post of an incident that is still open ends
    FREED = "freed"  # people are free long before they were to be
    TABLES = "tables"  # the district's tables were replaced
    SERVICE = "service"  # a service of the street asks for other work
    STREET = "street"  # a street is closed, slow or open again, or another street map is in force


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A cause to plan. ``cause`` (such as ``"alert:<digest>"``) is unique within its operation:
    asked twice, planned once.

    ``answered_by`` is the number of the plan version that answered it; ``outcome`` says why it made
    none: it plans nothing, or the version of before answers it as it stands.
    """

    id: int
    operation_id: int
    cause: str
    kind: TriggerKind
    requested_at: datetime
    settled_at: datetime | None = None
    answered_by: int | None = None
    outcome: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelOrder:
    """A response level ordered, by whom and when; ``level`` is ``None`` where the response is
    ended.
    """

    id: int
    operation_id: int
    level: str | None
    by: str
    at: datetime
