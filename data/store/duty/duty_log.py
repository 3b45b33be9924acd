"""The duty log: only ever added to; a handover is taken over once, an event of a script is given
once.
"""

from sqlalchemy import and_, func, or_, select, true

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row, reading, writing
from data.model.duty_log import LogEntry, LogKind
from data.store.part import Part, since_recent

OF_THE_WATCH = (LogKind.HANDOVER, LogKind.TAKEOVER)


class DutyLog(Part):
    """The part of the store that holds what those on watch write down."""

    def write(self, entry: LogEntry) -> LogEntry | None:
        """Keep an entry; ``None`` where its handover is taken over, or its event given, already."""
        with writing(self._engine) as connection:
            row = insert_row(connection, schema.duty_log, to_new_row(schema.duty_log, entry))
            return to_entity(LogEntry, row) if row else None

    def entries(self, operation_id: int) -> list[LogEntry]:
        """What was written lately in an operation, in the order in which it was, and the last
        handover and takeover, however long ago: who has the watch has it until it is taken over.
        """
        table = schema.duty_log
        mine = table.c.operation_id == operation_id
        with reading(self._engine) as connection:
            which = since_recent(connection, table.c.id, table.c.written_at, mine)
            last = select(func.max(table.c.id)).where(mine, table.c.kind.in_(OF_THE_WATCH))
            watch = table.c.id.in_(last.group_by(table.c.kind))
            rows = connection.execute(
                select(table).where(mine, or_(and_(true(), *which), watch)).order_by(table.c.id)
            ).mappings()
            return [to_entity(LogEntry, row) for row in rows]
