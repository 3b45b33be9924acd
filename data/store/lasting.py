"""What lasts until somebody ends it, a unit out of action or a street closed: its beginning and its
end each ask for a plan in the same transaction.
"""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, Table, select, update

from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row
from data.model.field import Outage
from data.model.ids import Cause, CauseKind
from data.model.street.streets import Closure
from data.store.triggers import request_plan

Lasting = TypeVar("Lasting", Outage, Closure)


def begin(
    connection: Connection,
    table: Table,
    thing: Lasting,
    cause: CauseKind,
    at: datetime,
    **same: object,
) -> tuple[Lasting, bool]:
    """Keep what begins, and ask for a plan (``cause:<id>``).

    Parameters
    ----------
    same
        The columns of what stands in its place where it is refused as a second one.

    Returns
    -------
    tuple
        As it is kept, and whether it is new.
    """
    row = insert_row(connection, table, to_new_row(table, thing))
    if row is None:
        which = (table.c[name] == value for name, value in same.items())
        known = select(table).where(table.c.operation_id == thing.operation_id, *which)
        return to_entity(type(thing), connection.execute(known).mappings().one()), False
    request_plan(connection, thing.operation_id, Cause.of(cause, row["id"]), at)
    return to_entity(type(thing), row), True


def end(
    connection: Connection, table: Table, thing: Lasting, cause: CauseKind, by: str, at: datetime
) -> bool:
    """End it once, and ask for a plan (``cause:<id>``); whether it stood until now."""
    ended = connection.execute(
        update(table)
        .where(table.c.id == thing.id, table.c.ended_by.is_(None))
        .values(to_at=max(at, thing.from_at), ended_by=by)
    )
    if ended.rowcount != 1:
        return False
    request_plan(connection, thing.operation_id, Cause.of(cause, thing.id), at)
    return True


def all_of(
    connection: Connection, table: Table, kind: type[Lasting], operation_id: int
) -> list[Lasting]:
    """All of an operation, those that are over too, the oldest first."""
    found = select(table).where(table.c.operation_id == operation_id).order_by(table.c.id)
    return [to_entity(kind, row) for row in connection.execute(found).mappings()]
