"""What cases are to the crews: errands and ways to calls in the plan, incidents of the centre; what
the crews have reported of them, and how that ends and begins anew with its case.
"""

from collections.abc import Collection, Iterable
from datetime import datetime

from data.model.field import EventKind, FieldEvent, Incident
from data.model.ids import JobId, whole
from data.model.operation import Operation
from data.model.plan import JobKind
from data.model.street.street_case import (
    RESIDENT,
    CaseEvent,
    CaseEventKind,
    CaseLevel,
    StreetCase,
)
from data.store.store import Store
from ops.auth.permissions import Actor
from ops.field.done_words import done_words
from ops.field.verification import to_be_done_again

OF_CASES = (JobKind.ERRAND, JobKind.RESCUE)
_NOT_DONE_BY = frozenset({CaseEventKind.TAKE, CaseEventKind.CLOSE})
"""With these the desk or the owner ends an incident: no crew has seen to it then."""


def errand_of(case_id: int | None, kind: JobKind = JobKind.ERRAND) -> JobId:
    """The name of the errand that a case asks for, or of a car's way to a call."""
    return JobId(kind, (f"c{case_id}",))


def case_of(job_id: str | None) -> int | None:
    """The case that a job is made for; ``None``: none."""
    job = JobId.parse(job_id or "")
    is_of_case = job.source in OF_CASES and job.parts
    return whole(job.parts[0][1:]) if is_of_case else None


def done_by_crews(
    store: Store,
    operation: Operation,
    cases: Collection[StreetCase],
    events: Iterable[CaseEvent],
) -> tuple[CaseEvent, ...]:
    """What the crews have ever reported done of the errands of these cases, and of the incidents
    that they became, as words on them: what was done stays done, however long a case is open.
    """
    jobs = [str(errand_of(case.id, kind)) for case in cases for kind in OF_CASES]
    by_tap = _of_errands(store.field.taps_on(operation.id, jobs))
    return by_tap + _of_incidents(store, operation, cases, events)


def _of_errands(taps: Iterable[FieldEvent]) -> tuple[CaseEvent, ...]:
    """What the crews say of errands; work opened again is not done."""
    return tuple(
        CaseEvent(
            operation_id=event.operation_id,
            case_id=case_id,
            event_id=f"tap:{event.event_id}",
            kind=CaseEventKind.DONE,
            at=event.happened_at,
            by=event.by,
            text=event.reason or "",
            photo=event.photo,
        )
        for *_, event in done_words(taps)
        if (case_id := case_of(event.job_id)) is not None
    )


def _of_incidents(
    store: Store,
    operation: Operation,
    cases: Iterable[StreetCase],
    events: Iterable[CaseEvent],
) -> tuple[CaseEvent, ...]:
    """The incidents that are over, each with the last picture that its crews took after; a hard
    case is done by its steps.
    """
    with_one = [case for case in cases if case.level is CaseLevel.LARGE and _may_be_incident(case)]
    if not with_one:
        return ()
    known = store.field.incidents(operation.id)
    by_number = {one.id: one for one in known}
    by_name = {(one.source, one.external_id): one for one in known}
    by_word = {(one.case_id, one.at) for one in events if one.kind in _NOT_DONE_BY}
    over = {}
    for case in with_one:
        found = by_number.get(case.incident_id) or by_name.get(_name(case))
        if found and found.closed_at:
            over[case.id or 0] = found
    taps = _last_clears(store, operation) if over else {}
    return tuple(
        _over(number, one, tap)
        for number, one in over.items()
        if (tap := taps.get(one.matter or 0)) or (number, one.closed_at) not in by_word
    )


def _over(number: int, incident: Incident, tap: FieldEvent | None) -> CaseEvent:
    assert incident.closed_at is not None
    return CaseEvent(
        operation_id=incident.operation_id,
        case_id=number,
        event_id=f"over:{incident.id}@{incident.closed_at:%Y%m%dT%H%M%S}",
        kind=CaseEventKind.DONE,
        at=incident.closed_at,
        by=incident.closed_by or "",
        photo=tap.photo if tap else None,
    )


def _last_clears(store: Store, operation: Operation) -> dict[int, FieldEvent]:
    """The last word that work at a matter is done, and not to be done again."""
    found: dict[int, FieldEvent] = {}
    for event in store.field.events(operation.id):
        matter = JobId.parse(event.job_id or "").incident_id
        if matter is not None and event.kind is EventKind.CLEAR:
            found[matter] = event
        elif matter is not None and event.kind is EventKind.REOPEN:
            found.pop(matter, None)
    return found


def in_order(*said: Iterable[CaseEvent]) -> list[CaseEvent]:
    """By their time; of one time as they stand."""
    return sorted((event for one in said for event in one), key=lambda event: event.at)


def end_work(store: Store, case: StreetCase, actor: Actor, now: datetime) -> None:
    """What the crews of the centre have of a case is over."""
    if (known := _incident_of(store, case)) and known.id:
        store.field.close_incident(known.id, actor.name, now)


def begin_work(store: Store, case: StreetCase) -> None:
    """The incident of a case is open, if it has one."""
    if (known := _incident_of(store, case)) and known.id:
        store.field.open_incident(known.id)


def work_again(
    store: Store, operation: Operation, actor: Actor, case: StreetCase, now: datetime
) -> None:
    """A case is not over after all: what was done for it must be done again."""
    known = _incident_of(store, case)
    begin_work(store, case)

    def is_its(job: JobId) -> bool:
        of_matter = known is not None and job.incident_id == known.matter is not None
        return of_matter or job in {errand_of(case.id, kind) for kind in OF_CASES}

    to_be_done_again(store, operation, actor, is_its, now)


def _may_be_incident(case: StreetCase) -> bool:
    return case.incident_id is not None or case.source == RESIDENT


def _name(case: StreetCase) -> tuple[str, str]:
    """What the incident of a case is called by its source."""
    return f"case:{case.source}", case.external_id or ""


def _incident_of(store: Store, case: StreetCase) -> Incident | None:
    """The incident that a case became: at once, or when one of ours stood for a resident's word."""
    if case.incident_id is not None:
        return store.field.incident(case.operation_id, case.incident_id)
    if case.source == RESIDENT:
        return store.field.incident_of(case.operation_id, *_name(case))
    return None
