"""The duty log: only ever added to; a handover is taken over once, an event of a script is given
once.
"""

from sqlalchemy import select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row, reading, writing
from data.model.duty_log import LogEntry
from data.store.part import Part, since_recent


class DutyLog(Part):
    """The part of the store that holds what those on watch write down."""

    def write(self, entry: LogEntry) -> LogEntry | None:
        """Keep an entry; ``None`` where its handover is taken over, or its event given, already."""
        with writing(self._engine) as connection:
            row = insert_row(connection, schema.duty_log, to_new_row(schema.duty_log, entry))
            return to_entity(LogEntry, row) if row else None

    def entries(self, operation_id: int) -> list[LogEntry]:
        """What was written lately in an operation, in the order in which it was: a watch asks for
        the one before it, and no handover lies for a month.
        """
        table = schema.duty_log
        mine = table.c.operation_id == operation_id
        with reading(self._engine) as connection:
            which = since_recent(connection, table.c.id, table.c.written_at, mine)
            rows = connection.execute(
                select(table).where(mine, *which).order_by(table.c.id)
            ).mappings()
            return [to_entity(LogEntry, row) for row in rows]
