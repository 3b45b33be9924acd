"""What was told of dry-day works. Only ever added to."""

from sqlalchemy import insert, or_, select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import reading, writing
from data.model.operation import Operation, OperationKind
from data.model.works import WorkEvent
from data.store.part import Part


class Works(Part):
    """The part of the store that holds what was told of works; the works stand in the city."""

    def tell(self, operation: Operation, event: WorkEvent) -> None:
        """Keep one thing that was told."""
        row = to_new_row(schema.work_events, event) | {"operation_id": operation.id}
        with writing(self._engine) as connection:
            connection.execute(insert(schema.work_events).values(row))

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
