"""Who did what: the one way by which an action is written down."""

from datetime import datetime

from data.model.desk import AuditEntry
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Action, Actor


def record(
    store: Store,
    actor: Actor,
    action: Action,
    subject: object,
    at: datetime,
    operation: Operation | None = None,
    **details: object,
) -> None:
    """Write down that ``actor`` did this.

    Parameters
    ----------
    subject
        What it was done to.
    at
        By the operation's clock where it belongs to one, else the real time.
    details
        As JSON can hold them.
    """
    store.desk.record_action(
        AuditEntry(
            operation_id=operation.id if operation else None,
            at=at,
            by=actor.name,
            action=str(action),
            subject=str(subject),
            body=details,
        )
    )
