"""What a stop is that a storm asks for, and all that it depends on. Pure; ``ops.wanted`` says which
are wanted.

Each ``Task`` is one stop, wanted but not yet given to anyone; its id stays the same from one plan
version to the next.
"""

from dataclasses import dataclass
from datetime import datetime

from data.model.city import Position, Segment
from data.model.message import Message
from data.model.plan import JobKind, Phase, SegmentRisk
from ops.planning.context import Storm
from ops.risk.stop_work import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One place in a team: a crew with these skills and people, or a machine of this kind."""

    machine_kind: str | None = None
    skills: tuple[str, ...] = ()
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One stop that is wanted.

    ``points`` is what doing it wins; ``late_points`` is lost for each second after ``due_at``.
    Crews and machines in ``not_by`` (own ids) can't do it.
    """

    id: str
    kind: JobKind
    phase: Phase
    segment_id: str | None
    station_id: str
    position: Position
    inlet_ids: tuple[str, ...]
    minutes: int
    spans: tuple[Span, ...]
    due_at: datetime | None
    points: int
    late_points: int = 0
    needs: tuple[Requirement, ...]
    after: tuple[str, ...] = ()
    risk: int | None
    why: tuple[Message, ...]
    not_by: frozenset[str] = frozenset()


def task_on(
    storm: Storm,
    segment: Segment,
    risk: SegmentRisk,
    kind: JobKind,
    phase: Phase,
    *,
    spans: tuple[Span, ...],
    minutes: int,
    points: int,
    needs: tuple[Requirement, ...],
    why: Message,
    inlets: tuple[str, ...] = (),
    due_at: datetime | None = None,
    after: tuple[str, ...] = (),
    part: str | None = None,
    name: str | None = None,
) -> Task:
    """One stop on a segment; ``part`` tells one watch from another, ``name`` is its kind's unless
    another is given.
    """
    job_id = ":".join(filter(None, (name or kind.value, segment.id, part)))
    warned = () if phase is Phase.AFTER else storm.warned  # by then the warning is history
    return Task(
        id=job_id,
        kind=kind,
        phase=phase,
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        inlet_ids=inlets,
        minutes=minutes,
        spans=spans,
        due_at=due_at,
        points=points * max(1, risk.score),
        late_points=_late_points(storm, phase) if due_at else 0,
        needs=needs,
        after=after,
        risk=risk.score,
        why=(why, *warned, *risk.why),
    )


def _late_points(storm: Storm, phase: Phase) -> int:
    return storm.work.guard_late_points if phase is Phase.DURING else storm.work.late_points
