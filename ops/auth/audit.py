"""Who did what: the one way by which an action is written down."""

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from data.model.desk import AuditEntry
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Action, Actor

P = ParamSpec("P")
R = TypeVar("R")


def atomic(deed: Callable[Concatenate[Store, P], R]) -> Callable[Concatenate[Store, P], R]:
    """Make what a deed looks at, what it changes and its entry here one transaction.

    Of two people who do the same at the same moment one is first, and the other is told how things
    stand then. Not for what is long or asks the outside world: taps would wait for it. What is
    refused leaves nothing, so it isn't for what counts tries either.
    """

    @functools.wraps(deed)
    def done(store: Store, /, *given: P.args, **named: P.kwargs) -> R:
        with store.atomic():
            return deed(store, *given, **named)

    return done


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
