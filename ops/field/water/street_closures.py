"""Streets closed, slow, and open again: by the desk, one by one or as a table."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.city import City, Position
from data.model.operation import Operation
from data.model.street.streets import Closure
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.field.reports import check_text
from ops.ways.closures import stretch_name

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureOrder:
    """What is to be closed or slowed.

    Attributes
    ----------
    segment_id
        A road segment of the tables as a whole; else ``line`` says where.
    speed_share
        What is left of the speed; 0: closed.
    entry
        Whether who works there gets in on foot.
    from_at, to_at
        ``None``: from now on; until somebody opens it.
    """

    segment_id: str | None = None
    line: tuple[Position, ...] = ()
    name: str = ""
    speed_share: float = 0.0
    entry: bool = True
    reason: str = ""
    from_at: datetime | None = None
    to_at: datetime | None = None
    source: str = "desk"
    external_id: str | None = None


@atomic
def close_street(
    store: Store, operation: Operation, actor: Actor, order: ClosureOrder, now: datetime
) -> tuple[Closure, bool]:
    """Close or slow a stretch of street; as it is kept, and whether it is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not; the tables know no such segment; or it makes no sense.
    """
    require(actor, Action.CLOSE_STREET)
    closure = placed(order, operation, actor, store.city(), now)
    kept, new = store.streets.close(closure, now)
    if new:
        record(
            store,
            actor,
            Action.CLOSE_STREET,
            kept.name,
            now,
            operation,
            share=kept.speed_share,
            until=kept.to_at.isoformat() if kept.to_at else None,
            reason=kept.reason,
        )
    return kept, new


@atomic
def close_all(
    store: Store,
    operation: Operation,
    actor: Actor,
    orders: Iterable[ClosureOrder],
    now: datetime,
) -> list[tuple[Closure, bool]]:
    """Close all of them, or, where one can't be, none.

    Raises
    ------
    NotAllowed
        As for ``close_street``.
    """
    require(actor, Action.CLOSE_STREET)
    city, orders = store.city(), tuple(orders)
    for order in orders:
        placed(order, operation, actor, city, now)
    return [close_street(store, operation, actor, order, now) for order in orders]


def placed(
    order: ClosureOrder, operation: Operation, actor: Actor, city: City, now: datetime
) -> Closure:
    """An order as a closure; nothing is kept.

    Raises
    ------
    NotAllowed
        The tables know no such segment, or it makes no sense.
    """
    check_text(order.reason, order.name, order.source, order.external_id)
    line, name = order.line, order.name
    if order.segment_id:
        segment = city.segment_by_id.get(order.segment_id)
        if segment is None:
            raise NotFound("closure.no_segment", segment=order.segment_id)
        line, name = segment.line, name or stretch_name(segment)
    from_at = order.from_at or now
    if order.to_at is not None and order.to_at <= max(from_at, now):
        raise Invalid("closure.over")
    try:
        return Closure(
            operation_id=operation.id,
            name=name[:LONGEST_NAME] or "-",
            line=line,
            speed_share=order.speed_share,
            entry=order.entry,
            reason=order.reason,
            from_at=from_at,
            to_at=order.to_at,
            by=actor.name,
            source=order.source,
            external_id=order.external_id,
        )
    except ValueError as error:
        raise Invalid("closure.invalid", detail=str(error)) from error


@atomic
def open_street(
    store: Store, operation: Operation, actor: Actor, number: int, now: datetime
) -> Closure:
    """The street of a closure is open again; as it was kept.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is none of this number; or it is over already.
    """
    require(actor, Action.CLOSE_STREET)
    found = next((one for one in store.streets.closures(operation.id) if one.id == number), None)
    if found is None:
        raise NotFound("closure.unknown", number=number)
    if found.is_over(now) or not store.streets.open_again(found, actor.name, now):
        raise Conflict("closure.is_over", number=number)
    record(store, actor, Action.CLOSE_STREET, found.name, now, operation, opened=True)
    return found
