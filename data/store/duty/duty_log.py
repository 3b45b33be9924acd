"""The duty log: only ever added to; a handover is taken over once, an event of a script is given
once.
"""

from sqlalchemy import func, select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row, reading, writing
from data.model.duty_log import LogEntry, LogKind
from data.store.part import Part, since_recent

WATCH = (LogKind.HANDOVER, LogKind.TAKEOVER)
"""The entries by which the watch goes from one to another."""


class DutyLog(Part):
    """The part of the store that holds what those on watch write down."""

    def write(self, entry: LogEntry) -> LogEntry | None:
        """Keep an entry; ``None`` where its handover is taken over, or its event given, already."""
        with writing(self._engine) as connection:
            row = insert_row(connection, schema.duty_log, to_new_row(schema.duty_log, entry))
            return to_entity(LogEntry, row) if row else None

    def entries(self, operation_id: int) -> list[LogEntry]:
        """What was written lately in an operation, and the last handover and takeover, however long
        ago: who has the watch has it until it is taken over. In the order in which it was.
        """
        table = schema.duty_log
        mine = table.c.operation_id == operation_id
        with reading(self._engine) as connection:
            recent = since_recent(connection, table.c.id, table.c.written_at, mine)
            lasts = (select(func.max(table.c.id)).where(mine, table.c.kind == k) for k in WATCH)
            watch = table.c.id.in_([connection.scalar(last) for last in lasts])
            found = [
                row
                for which in (recent, [watch])
                for row in connection.execute(select(table).where(mine, *which)).mappings()
            ]
        by_id = {row["id"]: row for row in found}
        return [to_entity(LogEntry, by_id[number]) for number in sorted(by_id)]
