"""Response levels ordered: who, which, when. Only ever added to; the last one stands."""

from datetime import datetime

from sqlalchemy import insert, select

from data.db import schema
from data.db.codec import to_entity
from data.db.engine import reading, writing
from data.model.ids import Cause, CauseKind
from data.model.operation import LevelOrder
from data.store.part import Part
from data.store.triggers import request_plan


class LevelOrders(Part):
    """The part of the store that holds what officers order."""

    def order(self, operation_id: int, level: str | None, by: str, at: datetime) -> LevelOrder:
        """Write down the order and, in the same transaction, the cause to plan that it is; ``None``
        ends the response.
        """
        values = {"operation_id": operation_id, "level": level, "by": by, "at": at}
        with writing(self._engine) as connection:
            made = (
                connection.execute(insert(schema.orders).values(values).returning(schema.orders))
                .mappings()
                .one()
            )
            order = to_entity(LevelOrder, made)
            request_plan(connection, operation_id, Cause.of(CauseKind.LEVEL, order.id), at)
            return order

    def all(self, operation_id: int) -> list[LevelOrder]:
        """Every order of an operation, the oldest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.orders)
                .where(schema.orders.c.operation_id == operation_id)
                .order_by(schema.orders.c.id)
            ).mappings()
            return [to_entity(LevelOrder, row) for row in rows]
