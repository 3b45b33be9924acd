"""Causes that ask for a plan.

A cause is a row with a unique name, so it is planned once however often it is asked.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select, update

from data.db import schema
from data.db.codec import pack, to_entity
from data.db.engine import insert_new, reading, writing
from data.model.ids import Cause
from data.model.message import Message
from data.model.operation import Operation, Trigger, TriggerKind
from data.model.state_triggers import TRIGGERS
from data.store.leases import LEADER, fence
from data.store.part import Part


class Triggers(Part):
    """The part of the store that holds the causes to plan."""

    def request(
        self,
        operation_id: int,
        cause: str,
        kind: TriggerKind,
        at: datetime,
        outcome: Message | None = None,
    ) -> tuple[Trigger, bool]:
        """Ask for a plan; asked twice, the first stands. With an ``outcome`` it is settled at once
        and plans nothing.

        Returns
        -------
        tuple of Trigger and bool
            The trigger as it stands now, and whether it is new.
        """
        with writing(self._engine) as connection:
            new = record(connection, operation_id, cause, kind, at, outcome)
            return _triggers(connection, operation_id, schema.triggers.c.cause == cause)[0], new

    def pending(self, operation_id: int) -> list[Trigger]:
        """Causes that no plan has answered yet, oldest first."""
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id, schema.triggers.c.settled_at.is_(None))

    def get(self, operation_id: int, cause: str) -> Trigger | None:
        """The trigger of one cause."""
        with reading(self._engine) as connection:
            return next(
                iter(_triggers(connection, operation_id, schema.triggers.c.cause == cause)), None
            )

    def since(self, operation_id: int, at: datetime) -> list[Trigger]:
        """Causes that were asked for from ``at`` on, oldest first."""
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id, schema.triggers.c.requested_at >= at)

    def all(
        self, operation_id: int, span: tuple[datetime, datetime] | None = None
    ) -> list[Trigger]:
        """Every cause that was ever asked for, or in a span, oldest first."""
        time = schema.triggers.c.requested_at
        which = [] if span is None else [time >= span[0], time < span[1]]
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id, *which)

    def answered_by(self, operation_id: int, number: int) -> list[Trigger]:
        """The causes that a version answers, oldest first."""
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id, schema.triggers.c.answered_by == number)

    def newest_id(self, operation_id: int) -> int:
        """The number of the cause that was asked for last; 0 before the first."""
        columns = schema.triggers.c
        with reading(self._engine) as connection:
            newest = select(func.max(columns.id)).where(columns.operation_id == operation_id)
            return connection.scalar(newest) or 0

    def settle(
        self,
        trigger_ids: Iterable[int],
        at: datetime,
        outcome: Message,
        token: int | None = None,
        lease: str = LEADER,
    ) -> int:
        """Settle causes that plan nothing, and say why; those settled before stay as they are.

        Returns
        -------
        int
            How many were settled now.

        Raises
        ------
        StalePlan
            ``token`` is not the newest of the lease.
        """
        with writing(self._engine) as connection:
            fence(connection, lease, token)
            return settle(connection, trigger_ids, settled_at=at, outcome=pack(outcome))


def record(
    connection: Connection,
    operation_id: int,
    cause: str,
    kind: TriggerKind,
    at: datetime,
    outcome: Message | None = None,
) -> bool:
    """Write a cause down within a transaction; whether it is new."""
    return insert_new(
        connection,
        schema.triggers,
        {
            "operation_id": operation_id,
            "cause": cause,
            "kind": kind.value,
            "requested_at": at,
            "settled_at": at if outcome else None,
            "outcome": pack(outcome),
        },
    )


def request_plan(connection: Connection, operation_id: int, cause: Cause, at: datetime) -> bool:
    """Write down within a transaction that a state changed, as the table of triggers says; whether
    it is new.
    """
    return record(connection, operation_id, str(cause), TRIGGERS[cause.kind], at)


def _triggers(
    connection: Connection, operation_id: int, *which: ColumnElement[bool]
) -> list[Trigger]:
    columns = schema.triggers.c
    rows = connection.execute(
        select(schema.triggers)
        .where(columns.operation_id == operation_id, *which)
        .order_by(columns.id)
    ).mappings()
    return [to_entity(Trigger, row) for row in rows]


def settle(
    connection: Connection,
    trigger_ids: Iterable[int],
    *which: ColumnElement[bool],
    **values: object,
) -> int:
    """Settle causes within a transaction, those that wait still; how many they were."""
    columns = schema.triggers.c
    return connection.execute(
        update(schema.triggers)
        .where(columns.id.in_(list(trigger_ids)), columns.settled_at.is_(None), *which)
        .values(values)
    ).rowcount


def planned_operations(connection: Connection) -> list[Operation]:
    """The open operations in which a plan was made: it stands on the city's tables."""
    columns = schema.operations.c
    planned = select(schema.versions.c.operation_id)
    rows = connection.execute(
        select(schema.operations).where(columns.ended_at.is_(None), columns.id.in_(planned))
    ).mappings()
    return [to_entity(Operation, row) for row in rows]
