"""What a stop is that is asked for. Pure; ``storm_tasks``, ``incident_tasks``, ``rework_tasks`` and
``manual_overrides`` say which are.

Each ``Task`` is one stop that is not yet given to anyone; its id stays the same from one plan
version to the next.
"""

from dataclasses import dataclass
from datetime import datetime

from data.model.city import Position, Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, Phase, SegmentRisk, UnassignedJob
from ops.planning.context import Storm
from ops.planning.task_types import TASK_TYPES, Requirement, team_of
from ops.planning.tiers import Tier
from ops.risk.stop_work import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One stop that is asked for.

    Attributes
    ----------
    points, tier
        What doing it wins: what it prevents, and what its tier adds (see ``tiers``).
    late_points, late_most
        Lost for each second after ``due_at``, and at most; ``None``: without limit.
    until
        A post ends at this instant whenever it is taken up, and its lateness counts from its start;
        ``minutes`` is then the shortest watch worth going for.
    minutes_by_people
        How long it takes a crew of so many: the entry with the most people that it has.
    not_by
        Crews and machines (own ids) that can't do it.
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
    tier: Tier = Tier.GAIN
    late_most: int | None = None
    until: datetime | None = None
    minutes_by_people: tuple[tuple[int, int], ...] = ()


def task_on(
    storm: Storm,
    segment: Segment,
    risk: SegmentRisk,
    kind: JobKind,
    *,
    spans: tuple[Span, ...],
    minutes: int,
    why: Message,
    inlets: tuple[str, ...] = (),
    due_at: datetime | None = None,
    after: tuple[str, ...] = (),
    part: str | None = None,
    name: JobKind | None = None,
) -> Task:
    """One stop that the storm asks for on a segment; ``part`` tells one watch from another, and
    ``name`` is its kind unless another is given.
    """
    phase = TASK_TYPES[kind].phase
    job_id = JobId(name or kind, (segment.id, part) if part else (segment.id,))
    warned = () if phase is Phase.AFTER else storm.warned  # by then the warning is history
    return Task(
        id=str(job_id),
        kind=kind,
        phase=phase,
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        inlet_ids=inlets,
        minutes=minutes,
        spans=spans,
        due_at=due_at,
        points=TASK_TYPES[kind].points(storm.work) * max(1, risk.score),
        late_points=_late_points(storm, phase) if due_at else 0,
        needs=team_of(kind, storm.safety),
        after=after,
        risk=risk.score,
        why=(why, *warned, *risk.why),
    )


def _late_points(storm: Storm, phase: Phase) -> int:
    return storm.work.guard_late_points if phase is Phase.DURING else storm.work.late_points


def unassigned(task: Task, why: Message) -> UnassignedJob:
    """The task as one that nobody does."""
    return UnassignedJob(
        job_id=task.id,
        kind=task.kind,
        phase=task.phase,
        segment_id=task.segment_id,
        station_id=task.station_id,
        risk=task.risk,
        why=why,
    )
