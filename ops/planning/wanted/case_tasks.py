"""What the cases of the street ask of the people of the station that has them: go there, see to it,
by its due time. Pure. What is an incident to the crews of the centre is asked for as such.
"""

from collections.abc import Iterable
from datetime import timedelta

from data.model.city import SANITATION, Station
from data.model.message import Message
from data.model.plan import JobKind
from data.model.street.street_case import CaseLevel
from ops.district.services import may_do
from ops.field.cases.crew_work import errand_of
from ops.field.cases.kinds import CASE_KINDS
from ops.field.cases.standing import CaseStanding
from ops.planning.context import Storm
from ops.planning.tiers import COUNTS_MINUTES, Tier, duty_points
from ops.planning.wanted.task_types import minutes_of, spans_of, team_of
from ops.planning.wanted.tasks import Task


def case_tasks(storm: Storm, cases: Iterable[CaseStanding]) -> tuple[Task, ...]:
    """An errand for each large case that a station has and nobody has seen to."""
    return tuple(task for one in cases if (task := _task(storm, one)))


def _task(storm: Storm, one: CaseStanding) -> Task | None:
    case = one.case
    segment = storm.city.segment_by_id.get(case.segment_id)
    station = storm.city.station_by_id.get(one.owner)
    is_over = one.closed or one.done
    is_errand = one.level is CaseLevel.LARGE and not (is_over or one.is_unseen)
    if segment is None or station is None or not is_errand or not _is_its_errand(one, station):
        return None
    minutes = minutes_of(JobKind.ERRAND, storm)
    others = {unit.id for unit in storm.city.resource_by_id.values()} - {
        unit.id for unit in storm.city.resource_by_id.values() if unit.station_id == station.id
    }
    return Task(
        id=str(errand_of(case.id)),
        kind=JobKind.ERRAND,
        phase=storm.phase,
        segment_id=segment.id,
        station_id=station.id,
        position=case.position or segment.middle,
        inlet_ids=(),
        minutes=minutes,
        spans=spans_of(JobKind.ERRAND, storm),
        due_at=max(one.due_at, storm.now + timedelta(minutes=minutes)),
        points=duty_points(Tier.POST, minutes + COUNTS_MINUTES),
        late_points=duty_points(Tier.POST, 1) // 60,
        late_most=duty_points(Tier.POST, COUNTS_MINUTES),
        needs=team_of(JobKind.ERRAND, storm),
        risk=None,
        why=(
            Message(
                "why.case",
                {
                    "number": case.id,
                    "what": Message(f"case_kind.{case.kind}"),
                    "by": case.by,
                    "due": one.due_at,
                },
            ),
        ),
        not_by=frozenset(others),
        tier=Tier.POST,
    )


def _is_its_errand(one: CaseStanding, station: Station) -> bool:
    """Whether a station goes to its case by an errand: to what is an incident to the centre its own
    stations go anyhow.
    """
    is_incident = CASE_KINDS[one.case.kind].incident and station.service == SANITATION
    return may_do(station.service, JobKind.ERRAND) and not is_incident
