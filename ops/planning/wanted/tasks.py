"""What a stop is that is asked for. Pure; ``storm_tasks``, ``incident_tasks``, ``rework_tasks`` and
``manual_overrides`` say which are.

Each ``Task`` is one stop that is not yet given to anyone; its id stays the same from one plan
version to the next.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from data.model.city import Position, Segment
from data.model.ids import JobId
from data.model.message import Message
from data.model.plan import JobKind, Phase, SegmentRisk, UnassignedJob
from ops.planning.context import Storm
from ops.planning.tiers import Tier, gain_points
from ops.planning.wanted.task_types import TASK_TYPES, Requirement, minutes_by_people, team_of
from ops.risk.segment_risk import EXPECTED
from ops.risk.stop_work import Span
from ops.risk.worth import Decline


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One stop that is asked for.

    Attributes
    ----------
    points, tier
        What doing it wins: what it prevents, and what its tier adds (see ``tiers``).
    due_at, late_points, late_most
        Lost for each second by which it ends after ``due_at``, and at most (``None``: without
        limit): work never loses all its worth by being late.
    wait_points
        Lost for each hour until it ends, due or not.
    until
        A post ends at this instant whenever it is taken up; its spans bound its start, its lateness
        counts from its start, and ``minutes`` is the shortest watch worth going for.
    minutes_by_people
        How long it takes a crew of so many: the entry with the most people that it has.
    group
        Tasks of one group are ways to do the same: one of them is enough.
    not_by
        Crews and machines (own ids, or those of squads) that can't do it.
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
    wait_points: int = 0
    needs: tuple[Requirement, ...]
    after: tuple[str, ...] = ()
    group: str | None = None
    risk: int | None
    why: tuple[Message, ...]
    not_by: frozenset[str] = frozenset()
    tier: Tier = Tier.GAIN
    late_most: int | None = None
    until: datetime | None = None
    minutes_by_people: tuple[tuple[int, int], ...] = ()

    @property
    def longest(self) -> tuple[datetime, datetime]:
        """From its first possible start to its end there: of a post the whole watch."""
        start = self.spans[0][0]
        return start, self.until or self.spans[0][1]

    @property
    def in_margin(self) -> bool:
        """Whether it is done in the margins of a shift too, in which one shift hands over to the
        next: only posts and incidents are, and what is a duty.
        """
        at_incident = JobId.parse(self.id).incident_id is not None
        return self.until is not None or at_incident or self.tier is not Tier.GAIN


def task_on(
    storm: Storm,
    segment: Segment,
    kind: JobKind,
    *,
    spans: tuple[Span, ...],
    minutes: int,
    worth: Decline,
    why: Message,
    inlets: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
    number: int = 1,
) -> Task:
    """One stop on a segment that is no post; ``number`` tells one portion of it from another."""
    phase = TASK_TYPES[kind].phase
    warned = () if phase is Phase.AFTER else storm.warned  # by then the warning is history
    risk = storm.risk_by_segment.get(segment.id)
    return Task(
        id=str(JobId(kind, (segment.id,)).numbered(number)),
        kind=kind,
        phase=phase,
        segment_id=segment.id,
        station_id=segment.station_id,
        position=segment.middle,
        inlet_ids=inlets,
        minutes=minutes,
        minutes_by_people=minutes_by_people(kind, storm, inlets=len(inlets)),
        spans=spans,
        due_at=worth.due_at,
        points=gain_points(worth.best),
        late_points=per_second(worth.per_hour),
        late_most=gain_points(worth.most),
        needs=team_of(kind, storm, segment),
        after=after,
        risk=risk.score if risk else None,
        why=(why, *warned, *told_of(risk)),
    )


def told_of(risk: SegmentRisk | None) -> tuple[Message, ...]:
    """What is told of a road's risk: that nothing is to be feared there any more is no reason."""
    if risk is None:
        return ()
    return tuple(why for why in risk.why if risk.score or why.code != EXPECTED)


def per_second(hours_per_hour: float) -> int:
    """Points for each second from blocked-inlet-hours for each hour."""
    return round(gain_points(hours_per_hour) / 3600)


def gravest_first(tasks: Iterable[Task]) -> list[Task]:
    """The tasks in the order in which people are taken for them from others."""
    return sorted(tasks, key=_gravity, reverse=True)


def graver_than(other: Task, ordered: Iterable[Task]) -> Iterator[Task]:
    """Of tasks with the gravest first those for which people are taken from the other: of a higher
    tier, or an incident's of the same one.
    """
    own = _gravity(other)
    return takewhile(lambda task: _gravity(task) > own, ordered)


def _gravity(task: Task) -> tuple[int, bool]:
    return task.tier, JobId.parse(task.id).incident_id is not None


def unassigned(task: Task, why: Message, storms: Collection[Span]) -> UnassignedJob:
    """The task as one that nobody does; without storms in no phase of any."""
    return UnassignedJob(
        job_id=task.id,
        kind=task.kind,
        phase=task.phase if storms else Phase.DRY,
        segment_id=task.segment_id,
        station_id=task.station_id,
        risk=task.risk,
        why=why,
    )
