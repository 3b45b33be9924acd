"""Which plans wait for somebody's approval, and what approving one does."""

from datetime import datetime

from data.model.operation import Operation
from data.store.store import StalePlan, Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.intake.operations import counted_statuses
from ops.intake.response_level import ordered
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings, notices_for
from weather.in_force import in_force
from weather.rain_warnings import worst_level


def approve(
    store: Store,
    operation: Operation,
    actor: Actor,
    number: int,
    now: datetime,
    channels: tuple[ChannelSettings, ...],
    settings: NotifySettings,
) -> None:
    """Put a held plan in force, and tell the stations in the same transaction.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    StalePlan
        It does not wait: approved already, or a newer version took its place.
    """
    require(actor, Action.APPROVE_PLAN)
    draft = store.draft(operation.id)
    if draft is None or draft.number != number:
        raise StalePlan("plan.stale_draft", number=number)
    city = store.city()
    level = ordered(store, operation, city)
    holding = in_force(store.alerts(operation.id), now, statuses=counted_statuses(operation))
    colour = level.colour if level else worst_level(holding)
    told = notices_for(
        store.current_version(operation.id), draft, city, channels, colour, now, settings
    )
    store.publish(operation.id, number, actor.name, now, told)
    record(store, actor, Action.APPROVE_PLAN, number, now, operation)
