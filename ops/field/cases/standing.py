"""How a case of the street stands: the fold of what was said of it. Pure.

A case that is not closed has one owner at every moment: whom it is offered to has it only once he
takes it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.street.service_cars import CALLS
from data.model.street.street_case import (
    RESIDENT,
    CaseEvent,
    CaseEventKind,
    CaseLevel,
    CaseStep,
    StreetCase,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStanding:
    """A step; ``waits_for`` are those before it that are not done."""

    step: CaseStep
    done: CaseEvent | None = None
    waits_for: tuple[str, ...] = ()
    rung: int = 0

    def late(self, now: datetime) -> timedelta:
        """By how much it is late; what waits for others is not: they are."""
        open_ = self.done is None and not self.waits_for
        return max(timedelta(0), now - self.step.due_at) if open_ else timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStanding:
    """A case as it stands.

    Attributes
    ----------
    owner, offered_to
        Who has it; to whom it was given on who has not taken it yet.
    accepted
        Whether its owner has said that he has it.
    done
        That the work itself is done; it is over when it is closed.
    reopened_at
        When it was last opened anew; ``None``: never.
    steps
        Of a hard one.
    """

    case: StreetCase
    owner: str
    offered_to: str | None = None
    accepted: bool = False
    done: CaseEvent | None = None
    closed: CaseEvent | None = None
    answered: CaseEvent | None = None
    steps: tuple[StepStanding, ...] = ()
    rung: int = 0
    told: tuple[CaseEvent, ...] = ()
    events: tuple[CaseEvent, ...] = ()
    reopened_at: datetime | None = None

    @property
    def level(self) -> CaseLevel:
        """A case with steps is a hard one, as whatever it came in."""
        return CaseLevel.HARD if self.steps else self.case.level

    @property
    def is_unseen(self) -> bool:
        """Whether nobody of ours has looked at what a resident says: no plan is made on it."""
        return self.case.source == RESIDENT and not (self.accepted or self.closed)

    @property
    def photo_after(self) -> str | None:
        """The picture after: that of the closing, else of the crew who has seen to it."""
        said = (self.closed, self.done)
        return next((one.photo for one in said if one and one.photo), None)

    @property
    def parties(self) -> frozenset[str]:
        """Who has to do with it: who has it, whom it is offered to, whose its steps are."""
        offered = () if self.offered_to is None else (self.offered_to,)
        return frozenset((self.owner, *offered, *(one.step.owner for one in self.steps)))

    @property
    def due_at(self) -> datetime:
        """Until when it should be over: by its class, of a hard one when its last step is due; what
        was opened anew has its whole time again from then on.
        """
        due = max((one.step.due_at for one in self.steps), default=self.case.due_at)
        if self.reopened_at is None:
            return due
        whole_time = max(timedelta(0), self.case.due_at - self.case.reported_at)
        return max(due, self.reopened_at + whole_time)

    def late(self, now: datetime) -> timedelta:
        """By how much the case is late, or that step of it which is late the most."""
        if self.closed or (self.done and self.case.kind in CALLS):  # a car's way ends with the call
            return timedelta(0)
        own = max(timedelta(0), now - self.due_at)
        return max([own, *(one.late(now) for one in self.steps)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """Something late to be told further up: the case itself, or one of its steps."""

    standing: CaseStanding
    step: CaseStep | None
    rung: int
    late: timedelta

    @property
    def owner(self) -> str:
        """Who should have done it."""
        return self.step.owner if self.step else self.standing.owner


def standing_of(case: StreetCase, events: Iterable[CaseEvent]) -> CaseStanding:
    """A case after all that was said of it, in this order."""
    found = CaseStanding(case=case, owner=case.owner)
    for event in events:
        found = _after(found, event)
    return replace(found, steps=_waiting(found.steps))


def standings(cases: Iterable[StreetCase], events: Iterable[CaseEvent]) -> tuple[CaseStanding, ...]:
    """Every case as it stands."""
    said: dict[int, list[CaseEvent]] = {}
    for event in events:
        said.setdefault(event.case_id, []).append(event)
    return tuple(standing_of(case, said.get(case.id or 0, ())) for case in cases)


def _after(found: CaseStanding, event: CaseEvent) -> CaseStanding:
    found = replace(found, events=(*found.events, event))
    match event.kind:
        case CaseEventKind.OFFER:
            return replace(found, offered_to=event.owner)
        case CaseEventKind.TAKE:
            owner = event.owner or found.owner
            return replace(found, owner=owner, offered_to=None, accepted=True, rung=0)
        case CaseEventKind.PLAN:
            return replace(found, steps=_planned(found.steps, event.steps))
        case CaseEventKind.DONE if event.step is not None:
            return replace(found, steps=_with(found.steps, event.step, done=event))
        case CaseEventKind.DONE:
            return replace(found, done=event)
        case CaseEventKind.CLIMB if event.step is not None:
            return replace(found, steps=_with(found.steps, event.step, rung=event.rung))
        case CaseEventKind.CLIMB:
            return replace(found, rung=event.rung)
        case CaseEventKind.TOLD:
            return replace(found, told=(*found.told, event))
        case CaseEventKind.ANSWER:
            return replace(found, answered=event)
        case CaseEventKind.CLOSE:
            return replace(found, closed=event, offered_to=None)
    return replace(  # opened anew
        found, closed=None, done=None, answered=None, rung=0, reopened_at=event.at
    )


def _planned(before: Sequence[StepStanding], steps: Iterable[CaseStep]) -> tuple[StepStanding, ...]:
    """A new course: what was done of the old one is done; what has another time climbs anew."""
    known = {one.step.key: one for one in before}
    return tuple(
        replace(old, step=step, rung=old.rung if old.step.due_at == step.due_at else 0)
        if (old := known.get(step.key))
        else StepStanding(step=step)
        for step in steps
    )


def _with(
    steps: Iterable[StepStanding], key: str, **change: CaseEvent | int
) -> tuple[StepStanding, ...]:
    return tuple(
        replace(one, **change) if one.step.key == key else one  # type: ignore[arg-type]
        for one in steps
    )


def _waiting(steps: Sequence[StepStanding]) -> tuple[StepStanding, ...]:
    open_ = {one.step.key for one in steps if one.done is None}
    return tuple(
        replace(one, waits_for=tuple(key for key in one.step.after if key in open_))
        for one in steps
    )


def climbs(
    found: Iterable[CaseStanding], now: datetime, minutes: Sequence[float], look: timedelta
) -> tuple[Climb, ...]:
    """What is late and must be told a step further up, by a table of minutes late; of what waits
    for others, they. What a resident says is late when nobody has looked at it after ``look``,
    unless it may stay with the grid.
    """
    late: list[Climb] = []
    for one in found:
        if one.closed:
            continue
        if all(step.done for step in one.steps):  # or none: it is for its owner to close
            unseen = one.is_unseen and one.level is not CaseLevel.SMALL
            by = now - one.case.received_at - look if unseen else timedelta(0)
            late += _climb(one, None, one.rung, max(by, one.late(now)), minutes)
        for step in one.steps:
            late += _climb(one, step.step, step.rung, step.late(now), minutes)
    return tuple(late)


def _climb(
    one: CaseStanding,
    step: CaseStep | None,
    rung: int,
    late: timedelta,
    minutes: Sequence[float],
) -> list[Climb]:
    reached = sum(late > timedelta(minutes=limit) for limit in minutes)
    return [Climb(standing=one, step=step, rung=reached, late=late)] if reached > rung else []
