"""What a plan of the solver is worth to the reader: the water that it prevents and the posts that
it mans, by which two plans are compared. Pure.
"""

from collections.abc import Collection
from dataclasses import dataclass

from data.model.message import Message
from ops.planning.prevented import prevented
from ops.planning.solver_input import SolverInput
from ops.planning.solver_output import read_plan
from ops.planning.tiers import Tier
from ops.replanning.request import PlanningRequest
from ops.settings import Settings
from solver import Plan

LEAST_HOURS, LEAST_MINUTES = 0.1, 5
"""Of two plans by searches of equal length, what is no difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWorth:
    """Of all that is still to come.

    Attributes
    ----------
    hours
        Weighted blocked-inlet-hours prevented.
    duty_minutes
        Minutes in which posts that are duties are manned and water is seen to.
    """

    hours: float
    duty_minutes: float

    def __sub__(self, other: "PlanWorth") -> "PlanWorth":
        return PlanWorth(
            hours=self.hours - other.hours, duty_minutes=self.duty_minutes - other.duty_minutes
        )

    @property
    def order(self) -> tuple[float, float]:
        """Duties before gains, for sorting."""
        return self.duty_minutes, self.hours

    @property
    def is_less(self) -> bool:
        """Whether it is a loss: of duties, or of nothing but gains."""
        if abs(self.duty_minutes) >= LEAST_MINUTES:
            return self.duty_minutes < 0
        return self.hours <= -LEAST_HOURS

    @property
    def takes_away(self) -> bool:
        """Whether it is a loss of duties or of gains, whatever the other wins."""
        return self.duty_minutes <= -LEAST_MINUTES or self.hours <= -LEAST_HOURS

    @property
    def said(self) -> tuple[Message, ...]:
        """Both differences in words; empty where there is none."""
        words = []
        if abs(self.duty_minutes) >= LEAST_MINUTES:
            sign = "less" if self.duty_minutes < 0 else "more"
            facts: dict[str, object] = {"minutes": round(abs(self.duty_minutes))}
            words.append(Message(f"worth.duty_{sign}", facts))
        if abs(self.hours) >= LEAST_HOURS:
            sign = "less" if self.hours < 0 else "more"
            words.append(Message(f"worth.hours_{sign}", {"hours": round(abs(self.hours), 1)}))
        return tuple(words)


def worth_of(
    plan: Plan,
    inputs: SolverInput,
    request: PlanningRequest,
    settings: Settings,
    but: Collection[str] = (),
) -> PlanWorth:
    """What a plan is worth that answers this problem.

    Parameters
    ----------
    but
        Jobs that the desk orders beside the duties: they are none, and what they cost is asked.
    """
    assignments, _, _ = read_plan(inputs, plan, request.city)
    manned = (
        placed.end - placed.start
        for placed in plan.assignments
        if placed.job in inputs.tasks.keys() - set(but)
        and inputs.tasks[placed.job].tier > Tier.GAIN
    )
    return PlanWorth(
        hours=sum(prevented(assignments, request.storm).values()), duty_minutes=sum(manned) / 60
    )
