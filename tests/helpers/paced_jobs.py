"""Jobs and taps from which a pace is learnt."""

from datetime import timedelta

from data.model.field import FieldEvent
from data.model.plan import Assignment, JobKind, Member, Phase, UnitKind
from ops.planning.on_duty.pace import SETTLED
from ops.planning.parameters import WorkSettings
from tests.helpers.makers import NOW

WORK, INLETS = WorkSettings(), tuple(f"I{n}" for n in range(6))
MINUTE = timedelta(minutes=1)
LATER = NOW + 2 * SETTLED


class Version:
    """As much of a version as is asked for."""

    ways = None

    def __init__(self, *assignments):
        self.assignments = assignments


def job(number, crew="C1"):
    member = Member(
        unit_id=f"{crew}@d",
        kind=UnitKind.CREW,
        resource_id=crew,
        driver_id=None,
        leave_at=NOW,
        arrive_at=NOW,
        people=2,
    )
    return Assignment(
        job_id=f"J{number}",
        kind=JobKind.CLEAR,
        phase=Phase.BEFORE,
        segment_id="S1",
        station_id="A",
        inlet_ids=INLETS,
        members=(member,),
        start_at=NOW,
        end_at=NOW + 30 * MINUTE,
        risk=None,
        why=(),
    )


def tap(number, kind, minutes):
    at = NOW + minutes * MINUTE
    return FieldEvent(
        operation_id=1,
        event_id=f"{number}{kind}",
        version=1,
        station_id="A",
        kind=kind,
        job_id=f"J{number}",
        server_at=at,
        by="x",
    )
