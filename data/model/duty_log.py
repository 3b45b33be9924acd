"""The duty log (值班日志): what those on watch write down, and who hands the watch to whom. Plain
values, the standard library only; instants are aware UTC by the clock of the operation.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.message import Message


class LogKind(StrEnum):
    """What an entry of the duty log is."""

    NOTE = "note"
    CORRECTION = "correction"  # a further word on the entry that ``about`` names, which stays
    HANDOVER = "handover"  # the officer who goes signs for what stands open
    TAKEOVER = "takeover"  # the officer who comes signs for the handover that ``about`` names
    INJECT = "inject"  # an event of a drill's script, given; ``about`` is its number there


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry of the duty log, never changed.

    Attributes
    ----------
    happened_at, written_at
        When it was, as its author says; when it was written down.
    by
        Its author, who signs with it.
    about
        The entry that it corrects or takes over, or the number of the event in the drill's script.
    open
        Of a handover: all that stood open then.
    """

    id: int | None = None
    operation_id: int
    kind: LogKind
    happened_at: datetime
    written_at: datetime
    by: str
    text: str = ""
    about: int | None = None
    open: tuple[Message, ...] = ()
