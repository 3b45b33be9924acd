"""The response level: which one the warnings propose, which one an officer has ordered."""

from datetime import datetime

from data.model.city import City
from data.model.levels import LevelRule
from data.model.operation import LevelOrder, Operation
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, NotFound
from weather.model import Alert
from weather.rain_warnings import worst_level


def proposed(city: City, alerts: tuple[Alert, ...]) -> LevelRule | None:
    """The level that the worst rain warning in force stands for; ``None`` where none is in force.

    Parameters
    ----------
    alerts
        Those in force.
    """
    colour = worst_level(alerts)
    return next((rule for rule in city.levels if rule.colour == colour), None) if colour else None


def order_in_force(orders: list[LevelOrder]) -> LevelOrder | None:
    """The order that holds: the last one, unless it ended the response."""
    last = orders[-1] if orders else None
    return last if last and last.level else None


def ordered(store: Store, operation: Operation, city: City) -> LevelRule | None:
    """What the level ordered in an operation asks; ``None`` where none is, or the table no longer
    knows it.
    """
    order = order_in_force(store.level_orders.all(operation.id))
    return rule_of(city, order.level) if order else None


@atomic
def order_level(
    store: Store, operation: Operation, actor: Actor, level: str | None, now: datetime
) -> LevelOrder:
    """Order a level, or with ``None`` end the response; it asks for a plan. Ordered again, the
    order in force stands.

    Raises
    ------
    NotAllowed
        ``actor`` may not, there is no such level, or nothing to end.
    """
    require(actor, Action.ORDER_LEVEL)
    city = store.city()
    if level is not None and rule_of(city, level) is None:
        raise NotFound(
            "level_cli.unknown", level=level, levels=tuple(rule.id for rule in city.levels)
        )
    in_force = order_in_force(store.level_orders.all(operation.id))
    if in_force is not None and in_force.level == level:
        return in_force
    if in_force is None and level is None:
        raise Conflict("level_cli.nothing_to_end")
    order = store.level_orders.order(operation.id, level, actor.name, now)
    record(store, actor, Action.ORDER_LEVEL, level or "-", now, operation)
    return order


def rule_of(city: City, level: str | None) -> LevelRule | None:
    """The rule of a level."""
    return next((rule for rule in city.levels if rule.id == level), None)
