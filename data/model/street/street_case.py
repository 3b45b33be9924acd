"""Cases of the street (案件): what a grid worker, a resident or a platform has reported, and what
becomes of it: plain values, the standard library only.

Instants are aware UTC by the clock of the operation, positions WGS-84 (longitude, latitude). A case
is never changed: who has it, what is done and whether it is over is the fold of its events. An
``owner`` is a station's id, or the name of somebody who stands in no table (the grid, a
department).
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from data.model.city import Position

GRID = "grid"
"""The service that cases belong to, and their owner where the tables name no station of it."""


RESIDENT = "resident"
"""The source of what somebody without an account has reported by a link on a lamp post: nobody is
sent there before one of ours has looked at it.
"""


class CaseLevel(StrEnum):
    """小问题不出网格、大问题上报解决、难点问题集中研究."""

    SMALL = "small"  # stays with the grid and is followed
    LARGE = "large"  # is somebody's task, with a due time
    HARD = "hard"  # several departments', step by step


class CaseEventKind(StrEnum):
    """What is said of a case."""

    OFFER = "offer"  # to another owner; until he takes it, it is still with the one before
    TAKE = "take"
    PLAN = "plan"  # its steps, all of them: the last plan counts; it makes the case a hard one
    DONE = "done"  # a step, or with no step named the work itself
    TOLD = "told"  # somebody (``owner``) was told something (``text``)
    CLIMB = "climb"  # late: told further up, ``rung`` steps of the table
    ANSWER = "answer"  # the reporter, or his platform, has the answer
    CLOSE = "close"
    REOPEN = "reopen"


MOVES = frozenset(
    {
        CaseEventKind.TAKE,
        CaseEventKind.PLAN,  # a large case with steps is a hard one: nobody's errand
        CaseEventKind.DONE,
        CaseEventKind.CLOSE,
        CaseEventKind.REOPEN,
    }
)
"""What changes who goes where: a plan is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """One step of a hard case: whose it is, until when, and the steps that must be done before."""

    key: str
    what: str
    owner: str
    due_at: datetime
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetCase:
    """A case as it was reported.

    Attributes
    ----------
    kind
        One of the table of kinds (``ops/field/cases/kinds.py``).
    source, external_id
        Who sent it in and by which number of theirs: told twice, kept once.
    owner
        Who has it at first.
    due_at
        Until when it should be over.
    incident_id
        The incident that it became, where crews of the centre go there; ``None``: none.
    """

    id: int | None = None
    operation_id: int
    kind: str
    level: CaseLevel
    text: str
    source: str
    external_id: str | None
    segment_id: str
    position: Position | None
    photo: str | None
    reported_at: datetime
    received_at: datetime
    by: str
    owner: str
    due_at: datetime
    incident_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One thing said of a case, never changed.

    Attributes
    ----------
    event_id
        Of whoever says it: kept once, however often it is sent.
    step
        The step it speaks of; ``None``: the case.
    owner
        To whom it is offered, who takes it, who was told.
    steps
        Of a plan: all its steps.
    rung
        Of a climb: how far up.
    """

    id: int | None = None
    operation_id: int
    case_id: int
    event_id: str
    kind: CaseEventKind
    at: datetime
    by: str
    text: str = ""
    step: str | None = None
    owner: str | None = None
    photo: str | None = None
    steps: tuple[CaseStep, ...] = ()
    rung: int = 0
