"""Which plans wait for an officer before they are published."""

from dataclasses import dataclass

from data.model.levels import LevelRule
from data.model.plan import PlanState

NO_LEVEL = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalSettings:
    """Which plans publish themselves and which are held.

    Attributes
    ----------
    hold
        Response levels (``"IV"`` to ``"I"``; ``"none"``: no level ordered) whose plans wait for
        approval. By default none does: at night nobody may be there to approve, and an order in
        time counts more.
    minutes
        How long a held plan waits before the desk's channels are told of it (assumption: half of
        the quarter of an hour in which a warning should have its plan).
    """

    hold: tuple[str, ...] = ()
    minutes: float = 8.0

    def __post_init__(self) -> None:
        if not self.minutes >= 0:
            raise ValueError("minutes: at least 0")

    def state(self, level: LevelRule | None) -> PlanState:
        """As what a plan made at this level is saved."""
        return (
            PlanState.DRAFT
            if (level.id if level else NO_LEVEL) in self.hold
            else PlanState.PUBLISHED
        )
