"""What goes out to the stations, what comes back from them, and what the desk does by hand: plain values.

The standard library only. Instants are aware UTC by the clock of the operation they belong to, positions WGS-84
(longitude, latitude). ``by`` is whoever did it, as it is shown. An ``id`` is ``None`` until the database gives one.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from data.entities import Message, PlanVersion, Position

INCIDENT_KINDS = ("blocked_inlet", "standing_water", "burst_pipe", "fallen_tree", "vehicle_in_water", "missing_cover",
                  "other")


class NoticeState(StrEnum):
    """Where a notice stands. What is ``failed`` is tried again too, but seldom: somebody has to mend something."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One message to one station about one plan version, by one channel.

    Attributes
    ----------
    id
        The number that the receiver sees: the same number twice is the same message.
    step
        Who is told: 0 the chief, 1 the deputy, 2 the desk.
    channel
        Name of the channel in the settings; what it points to stays there.
    urgency
        0 to 4: none, blue, yellow, orange, red. The more urgent goes first and is escalated sooner.
    attempts
        How often it was claimed; also the proof of a claim: who marks a notice names the attempt that is his.
    next_at
        When it may be tried (again); of one that is claimed, when the claim is taken for dead.
    """

    id: int | None = None
    operation_id: int
    version: int
    station_id: str
    channel: str
    step: int = 0
    urgency: int = 0
    body: tuple[Message, ...]
    created_at: datetime
    state: NoticeState = NoticeState.PENDING
    attempts: int = 0
    next_at: datetime
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    last_error: str | None = None


class EventKind(StrEnum):
    """What a station says, or the desk of it. Of a sheet as a whole (no job): accept, refuse, ask, hand over, help."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    ASK = "ask"
    HAND_OVER = "hand_over"  # a crew given to a named deputy
    DEPART = "depart"
    ARRIVE = "arrive"
    CLEAR = "clear"
    VERIFY = "verify"
    REOPEN = "reopen"
    HELP = "help"
    ANSWER = "answer"


BY_THE_DESK = frozenset({EventKind.VERIFY, EventKind.REOPEN, EventKind.ANSWER})
"""What the desk says of a station's work or to it: no sign that the station has read anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldEvent:
    """One tap in the field, never changed: the state of a job is what its events add up to.

    Attributes
    ----------
    event_id
        Made by the device for this one tap; it is kept once, however often it is sent.
    job_id, unit_id
        ``None`` where the whole sheet is meant.
    device_at, server_at
        When it was tapped by the device's clock, when it reached us by ours.
    position
        Where the device was, if it told.
    amounts
        What was done, by its unit: ``{"silt_m3": 0.4, "inlets": 6}``.
    photo
        Name of the stored picture.
    """

    id: int | None = None
    operation_id: int
    event_id: str
    version: int
    station_id: str
    kind: EventKind
    job_id: str | None = None
    unit_id: str | None = None
    device_at: datetime | None = None
    server_at: datetime
    by: str
    position: Position | None = None
    amounts: dict[str, float] = field(default_factory=dict)
    photo: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Something that happened and needs hands.

    Attributes
    ----------
    source
        ``desk``, ``crew``, ``help`` (a crew's call for help), ``csv``, or ``api:`` and the name of the platform.
    external_id
        The source's own number, kept once for each source; ``None`` where it has none.
    reported_at, received_at
        When it was reported, and when it reached us: both are kept.
    """

    id: int | None = None
    operation_id: int
    kind: str
    segment_id: str | None = None
    inlet_id: str | None = None
    position: Position | None = None
    depth_cm: float | None = None
    text: str = ""
    source: str
    external_id: str | None = None
    reported_at: datetime
    received_at: datetime
    by: str
    photo: str | None = None
    closed_at: datetime | None = None
    closed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A crew or a machine that can't be used from ``from_at`` on; until ``to_at``, or until told otherwise (``None``).
    """

    id: int | None = None
    operation_id: int
    resource_id: str
    from_at: datetime
    to_at: datetime | None = None
    by: str
    reason: str = ""
    ended_by: str | None = None


class ChangeAction(StrEnum):
    """What the desk does to an assignment by hand."""

    LOCK = "lock"
    UNLOCK = "unlock"
    MOVE = "move"
    DROP = "drop"
    ADD = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualChange:
    """An assignment changed by hand. Only ever added to: an unlock ends what was done to the job before it.

    ``version`` is the plan that the desk looked at; ``body`` holds what the action needs, as JSON can.
    """

    id: int | None = None
    operation_id: int
    version: int
    job_id: str
    action: ChangeAction
    by: str
    at: datetime
    body: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingPlan:
    """The plan kept ready for a colour, printable with the network down; ``digest`` names what it stands on.

    ``plan.number`` is that of the plan in force when it was made, or 0; it is not itself one of the versions.
    """

    operation_id: int
    colour: str
    made_at: datetime
    digest: str
    plan: PlanVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what: ``action`` such as ``"plan.publish"``, ``subject`` what it was done to, ``body`` the details."""

    id: int | None = None
    operation_id: int | None = None
    at: datetime
    by: str
    action: str
    subject: str
    body: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """A signed link that counts no longer, named by its own id."""

    link_id: str
    by: str
    at: datetime
