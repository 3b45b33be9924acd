"""A case and its clocks: one job from the publication that first ordered it until it is cleared, or
an incident or warning that no job has answered.

T0 alert or report received, T1 re-plan requested, T2 published, T3 acknowledged, T4 departed, T5 on
site, T6 cleared, T7 verified. Legs and delays are seconds.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from data.model.operation import TriggerKind
from data.model.plan import Member

CLOCKS = (
    "received",
    "requested",
    "published",
    "acknowledged",
    "departed",
    "on_site",
    "cleared",
    "verified",
)
LEGS = ("request", "solver", "delivery", "turnout", "travel", "work", "verification")
"""The way from each clock to the next. Where a clock is not known, the leg that ends at the next
known one has it all.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One report and the first crew on site after it; ``on_site_at`` is ``None`` until there is
    one.
    """

    reported_at: datetime
    on_site_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row of the response.

    Attributes
    ----------
    cause, cause_kind
        What asked for it; with several causes in one version, the one received first.
    job_id
        ``None`` for a warning or incident that no job has answered; ``version`` is then ``None`` if
        no plan did either.
    level
        The worst colour of the warnings that its version stands on; an empty text without any.
    clocks
        When each of ``CLOCKS`` was; ``None``: not (yet).
    planned_start, planned_end
        From when until when the last version that ordered it wants it done.
    state
        ``open``, ``cleared``, ``withdrawn`` (a later version dropped it before anybody set out) or
        ``planned`` (a warning whose plan ordered nothing new).
    reopened
        Whether it was reported again within 24 hours of being cleared.
    moves
        How many later versions gave it another team or time.
    answers
        The reports that it answers: the incident (a call for help is one) that it was made for, and
        each time that it was reopened. Without any it is planned work: its time is the plan's, not
        that of whoever reported it.
    members
        Who does it, by the last version that ordered it.
    station_id
        The station whose crew does it, whoever looks after the road; of what has no work, the
        road's own.
    untold
        Whether at a station that reports nobody has said that he set out, came or was done.
    """

    cause: str
    cause_kind: TriggerKind
    job_id: str | None = None
    kind: str = ""
    segment_id: str | None = None
    station_id: str = ""
    level: str = ""
    version: int | None = None
    clocks: tuple[datetime | None, ...]
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    state: str = "open"
    reopened: bool = False
    moves: int = 0
    answers: tuple[Answer, ...] = ()
    members: tuple[Member, ...] = ()
    untold: bool = False

    def at(self, clock: str) -> datetime | None:
        """When a clock of ``CLOCKS`` was."""
        return self.clocks[CLOCKS.index(clock)]

    def between(self, first: str, last: str) -> float | None:
        """Seconds from one clock to another; ``None`` where one of them is not known."""
        start, end = self.at(first), self.at(last)
        return None if start is None or end is None else (end - start).total_seconds()

    @property
    def began_at(self) -> datetime:
        """The first clock that is known."""
        return next(at for at in self.clocks if at is not None)

    @property
    def is_planned(self) -> bool:
        """Whether it is work that the plan set for its own time, and no report asked for."""
        return self.planned_start is not None and not self.answers

    @property
    def planned_leave(self) -> datetime | None:
        """When the first of the team should set out."""
        return min((member.leave_at for member in self.members), default=self.planned_start)

    def late(self, clock: str, planned_at: datetime | None) -> float | None:
        """Seconds from when the plan wanted a clock until it was, early counting as 0; ``None``:
        not known.
        """
        at = self.at(clock)
        return (
            None
            if at is None or planned_at is None
            else max(0.0, (at - planned_at).total_seconds())
        )

    @property
    def legs(self) -> dict[str, float]:
        """Seconds of each leg that has ended; they add up to ``total``."""
        known = [(number, at) for number, at in enumerate(self.clocks) if at is not None]
        return {
            LEGS[last - 1]: (end - start).total_seconds()
            for (_, start), (last, end) in pairwise(known)
        }

    @property
    def total(self) -> float:
        """Seconds from the first clock to the last one known."""
        known = [at for at in self.clocks if at is not None]
        return (known[-1] - known[0]).total_seconds()

    @property
    def waiting(self) -> str | None:
        """The leg that an open case is in."""
        if self.state != "open":
            return None
        return LEGS[max(number for number, at in enumerate(self.clocks) if at is not None)]
