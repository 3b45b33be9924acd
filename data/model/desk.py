"""What the desk does by hand, and the record of who did what."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from data.model.plan import PlanVersion


class ChangeAction(StrEnum):
    """What the desk does to an assignment by hand."""

    LOCK = "lock"
    UNLOCK = "unlock"
    MOVE = "move"
    DROP = "drop"
    ADD = "add"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualChange:
    """An assignment changed by hand. Only ever added to: an unlock ends what was done to the job
    before it.

    ``version`` is the plan that the desk looked at; ``body`` holds what the action needs, as JSON
    can.
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
class ContingencyPlan:
    """The plan kept ready for a colour, printable with the network down; ``digest`` names what it
    stands on.

    ``plan.number`` is that of the plan in force when it was made, or 0; it is not itself one of the
    versions.
    """

    operation_id: int
    colour: str
    made_at: datetime
    digest: str
    plan: PlanVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what: ``action`` such as ``"plan.publish"``, ``subject`` what it was done to,
    ``body`` the details.
    """

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
