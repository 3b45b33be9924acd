"""A notice to a station or a message to the desk, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.message import Message


class NoticeState(StrEnum):
    """Where a notice stands.

    What is ``failed`` is tried again too, but seldom: somebody has to mend something.
    """

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
        How often it was claimed; also the proof of a claim: who marks a notice names the attempt
        that is his.
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
    last_error: Message | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskMessage:
    """One message to the desk about something that is no plan, by one channel.

    Attributes
    ----------
    matter
        What it is about: of one matter each channel carries one message.
    attempts, next_at
        As a notice's.
    """

    id: int | None = None
    operation_id: int
    matter: str
    channel: str
    body: Message
    created_at: datetime
    state: NoticeState = NoticeState.PENDING
    attempts: int = 0
    next_at: datetime
    sent_at: datetime | None = None
    last_error: Message | None = None


Outgoing = Notice | DeskMessage
