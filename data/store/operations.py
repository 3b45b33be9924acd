"""Operations, real and drills, and the clocks of drills."""

from datetime import datetime

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from data.db import schema
from data.db.codec import to_entity
from data.db.engine import reading, writing
from data.errors import OperationOpen
from data.model.operation import Operation, OperationKind
from data.store.part import Part


class Operations(Part):
    """The part of the store that holds the operations."""

    def current(self) -> Operation | None:
        """What the board and the loop work on: the open real operation if there is one, else the
        open drill.
        """
        columns = schema.operations.c
        with reading(self._engine) as connection:
            rows = (
                connection.execute(select(schema.operations).where(columns.ended_at.is_(None)))
                .mappings()
                .all()
            )
        operations = [to_entity(Operation, row) for row in rows]
        return min(operations, key=lambda operation: operation.is_drill, default=None)

    def get(self, kind: OperationKind) -> Operation | None:
        """The open operation of a kind; the database holds at most one."""
        columns = schema.operations.c
        with reading(self._engine) as connection:
            row = (
                connection.execute(
                    select(schema.operations).where(
                        columns.kind == kind.value, columns.ended_at.is_(None)
                    )
                )
                .mappings()
                .first()
            )
            return to_entity(Operation, row) if row else None

    def start(self, kind: OperationKind, clock_at: datetime, anchor_at: datetime) -> Operation:
        """Open an operation whose clock stood at ``clock_at`` when the real one stood at
        ``anchor_at``.

        Raises
        ------
        OperationOpen
            One of this kind is open already.
        """
        values = {
            "kind": kind.value,
            "clock_at": clock_at,
            "anchor_at": anchor_at,
            "started_at": anchor_at,
        }
        try:
            with writing(self._engine) as connection:
                made = connection.execute(
                    insert(schema.operations).values(values).returning(schema.operations)
                )
                return to_entity(Operation, made.mappings().one())
        except IntegrityError as error:
            raise OperationOpen("store.operation_open", kind=kind.value) from error

    def end(self, operation_id: int, at: datetime) -> None:
        """Close an operation; one that is closed already stays as it is."""
        self._change(operation_id, ended_at=at)

    def set_clock(self, operation_id: int, clock_at: datetime, anchor_at: datetime) -> None:
        """Put the clock of a drill that is open to ``clock_at`` at the real ``anchor_at``."""
        self._change(operation_id, clock_at=clock_at, anchor_at=anchor_at)

    def _change(self, operation_id: int, **values: datetime) -> None:
        columns = schema.operations.c
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.operations)
                .where(columns.id == operation_id, columns.ended_at.is_(None))
                .values(values)
            )
