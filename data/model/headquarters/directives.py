"""What the desk above tells a district to do, and what becomes of it. Plain values; the standard
library only; instants are aware UTC by the real clock, those of a loan by the operation's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.headquarters.loans import Loan


class DirectiveStep(StrEnum):
    """What is said of a directive, each once."""

    RECEIVE = "receive"  # it stands on the district's desk
    ACKNOWLEDGE = "acknowledge"  # somebody there has seen it and does it
    REFUSE = "refuse"  # it can't be done; the text says why
    LAPSE = "lapse"  # a loan that nobody approved in time
    DONE = "done"  # a loan: the unit is called back, sent home, or its hours are over


OVER = (DirectiveStep.DONE, DirectiveStep.REFUSE, DirectiveStep.LAPSE)
"""After these nothing is to be done any more."""
DECIDED = (DirectiveStep.ACKNOWLEDGE, DirectiveStep.REFUSE, DirectiveStep.LAPSE)
"""One of these is said of a loan, and no second one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """One thing that a district is told to do (指令).

    Attributes
    ----------
    id
        Its number at the desk above, in the district's database too; ``None``: not given yet.
    due_at
        Until when the district has to acknowledge it.
    loan
        The unit that it is to lend; to acknowledge it is to approve.
    borrower_id
        The district that gets the unit.
    """

    id: int | None = None
    member_id: str
    text: str
    by: str
    at: datetime
    due_at: datetime
    loan: Loan | None = None
    borrower_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveEvent:
    """One thing that was said of a directive; by ``by``, with ``text``."""

    directive_id: int
    step: DirectiveStep
    at: datetime
    by: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectiveStanding:
    """A directive with all that was said of it: its state is what the last of it says."""

    directive: Directive
    events: tuple[DirectiveEvent, ...] = ()

    def said(self, step: DirectiveStep) -> DirectiveEvent | None:
        """When this was said, if it was."""
        return next((one for one in self.events if one.step is step), None)

    @property
    def answer(self) -> DirectiveEvent | None:
        """The last that somebody at the district said: that it came is no answer."""
        said = [one for one in self.events if one.step is not DirectiveStep.RECEIVE]
        return said[-1] if said else None

    @property
    def is_answered(self) -> bool:
        """Whether somebody at the district has said anything."""
        return self.answer is not None

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor refused, nor lapsed."""
        return not any(self.said(step) for step in OVER)

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been acknowledged; silence is no consent."""
        return not self.is_answered and now > self.directive.due_at
