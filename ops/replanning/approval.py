"""Which plans wait for somebody's approval, and what approving one does."""

from datetime import datetime

from data.model.operation import Operation
from data.store.store import StalePlan, Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.intake.alerts import planned_for
from ops.intake.response_level import ordered
from ops.notifications.channels import ChannelSettings
from ops.notifications.notices import NotifySettings
from ops.replanning.plan_version import plan_notices


@atomic
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
    draft = store.plans.draft(operation.id)
    if draft is None or draft.number != number:
        raise StalePlan("plan.stale_draft", number=number)
    city = store.city()
    notices = plan_notices(
        draft,
        store.plans.current(operation.id),
        city,
        ordered(store, operation, city),
        planned_for(store.weather.alerts(operation.id), operation, city.district, now),
        channels,
        settings,
        now,
    )
    store.plans.publish(operation.id, number, actor.name, now, notices)
    record(store, actor, Action.APPROVE_PLAN, number, now, operation)
