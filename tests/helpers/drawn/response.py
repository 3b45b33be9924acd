"""A storm's history in few words: what asked for a plan, the plan, and what was tapped."""

from dataclasses import replace
from datetime import timedelta

from data.model.field import EventKind, FieldEvent
from data.model.operation import Operation, OperationKind, Trigger, TriggerKind
from ops.analytics.case import Case
from tests.helpers.makers import (
    NOW,
    make_alert,
    make_assignment,
    make_version,
)

MINUTE = timedelta(minutes=1)
OPERATION = Operation(id=1, kind=OperationKind.DRILL, clock_at=NOW, anchor_at=NOW, started_at=NOW)
ALERT = make_alert()
CAUSE = f"alert:{ALERT.digest}"
JOB = "clear:S1"


def trigger(
    cause: str = CAUSE, kind: TriggerKind = TriggerKind.ALERT, at=NOW + MINUTE, number: int = 1
) -> Trigger:
    return Trigger(id=number, operation_id=1, cause=cause, kind=kind, requested_at=at)


def work(job_id: str = JOB, **changes):
    return replace(
        make_assignment(job_id, "A1d@2022-07-08"),
        **({"station_id": "A", "segment_id": "S1"} | changes),
    )


def version(number: int = 1, *works, **changes):
    given = {
        "causes": (CAUSE,),
        "alert_digests": (ALERT.digest,),
        "assignments": works or (work(),),
        "published_at": NOW + 3 * number * MINUTE,
    }
    return make_version(**({"operation_id": 1, "number": number} | given | changes))


def tap(kind: EventKind, minutes: float, job_id: str | None = JOB, **changes) -> FieldEvent:
    at = NOW + minutes * MINUTE
    event = {
        "operation_id": 1,
        "event_id": f"{kind}-{minutes}-{job_id}",
        "version": 1,
        "station_id": "A",
        "kind": kind,
        "job_id": job_id,
        "server_at": at,
        "by": "站长",
    }
    return FieldEvent(**(event | changes))


WHOLE = (
    tap(EventKind.ACCEPT, 5, None),
    tap(EventKind.DEPART, 9),
    tap(EventKind.ARRIVE, 20),
    tap(EventKind.CLEAR, 50),
    tap(EventKind.VERIFY, 55),
)


def only(cases) -> Case:
    (case,) = cases
    return case
