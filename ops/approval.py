"""Which plans wait for somebody's approval, and what approving one does."""

from dataclasses import dataclass
from datetime import datetime

from data.entities import LevelRule, Operation, PlanState
from data.store import StalePlan, Store
from ops.access import Action, Actor, require
from ops.audit import record
from ops.channels import ChannelSettings
from ops.levels import ordered
from ops.notify import NotifySettings, notices_for
from ops.operation import meant
from ops.risk import worst_level
from weather.in_force import in_force

NO_LEVEL = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """Which plans publish themselves and which are held.

    Attributes
    ----------
    hold
        Response levels (``"IV"`` to ``"I"``; ``"none"``: no level ordered) whose plans wait for approval. By default
        none does: at night nobody may be there to approve, and an order in time counts more.
    minutes
        How long a held plan waits before the desk's channels are told of it (assumption: half of the quarter of an hour
        in which a warning should have its plan).
    """

    hold: tuple[str, ...] = ()
    minutes: float = 8.0

    def __post_init__(self) -> None:
        if not self.minutes >= 0:
            raise ValueError("minutes: at least 0")

    def state(self, level: LevelRule | None) -> PlanState:
        """As what a plan made at this level is saved."""
        return PlanState.DRAFT if (level.id if level else NO_LEVEL) in self.hold else PlanState.PUBLISHED


def approve(store: Store, operation: Operation, actor: Actor, number: int, now: datetime,
            channels: tuple[ChannelSettings, ...], settings: NotifySettings) -> None:
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
    holding = in_force(store.alerts(operation.id), now, statuses=meant(operation))
    colour = level.colour if level else worst_level(holding)
    told = notices_for(store.current_version(operation.id), draft, city, channels, colour, now, settings)
    store.publish(operation.id, number, actor.name, now, told)
    record(store, actor, Action.APPROVE_PLAN, number, now, operation)
