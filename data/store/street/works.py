"""What was told of dry-day works. Only ever added to."""

from sqlalchemy import insert, or_, select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import reading, writing
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation, OperationKind
from data.model.street.works import WorkEvent
from data.store.part import Part
from data.store.triggers import request_plan


class Works(Part):
    """The part of the store that holds what was told of works; the works stand in the city."""

    def tell(self, operation: Operation, event: WorkEvent, cause: CauseKind | None = None) -> None:
        """Keep one thing that was told and, in the same transaction, ask for a plan where it is a
        cause of one: it closes a street, or opens it (``closure:work<id>``).
        """
        row = to_new_row(schema.work_events, event) | {"operation_id": operation.id}
        with writing(self._engine) as connection:
            added = insert(schema.work_events).values(row).returning(schema.work_events.c.id)
            number = connection.execute(added).scalar_one()
            if cause:
                request_plan(connection, operation.id, Cause(cause, f"work{number}"), event.at)

    def told(self, operation: Operation) -> list[WorkEvent]:
        """What was told in real operation, whenever it was, and, in a drill, in this one besides:
        works outlast the storms between which they are done.
        """
        table, operations = schema.work_events, schema.operations
        which = or_(operations.c.kind == OperationKind.REAL.value, operations.c.id == operation.id)
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(table)
                .join(operations, operations.c.id == table.c.operation_id)
                .where(which)
                .order_by(table.c.at, table.c.id)
            ).mappings()
            return [to_entity(WorkEvent, row) for row in rows]
