"""What residents report: no work of anybody's until one of ours has taken it. Pure."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from data.model.city import City
from data.model.street.street_case import CaseEvent, CaseEventKind, StreetCase
from ops.field.cases.kinds import CASE_KINDS
from ops.field.cases.usual import owner_of, usual_steps


def with_first_take(case: StreetCase, city: City, by: str, now: datetime) -> tuple[CaseEvent, ...]:
    """What is said with the word that takes it first: the usual steps of its kind from now on, and
    the offer to him whose it is by the table, where that is not who has it.
    """
    row = CASE_KINDS[case.kind]
    said = partial(CaseEvent, operation_id=case.operation_id, case_id=case.id or 0, at=now, by=by)
    found = []
    if steps := usual_steps(replace(case, received_at=now), row.steps, city):
        found.append(said(event_id=f"first:{case.id}", kind=CaseEventKind.PLAN, steps=steps))
    owner = owner_of(row.owner, case.segment_id, city)
    if owner != case.owner:
        found.append(said(event_id=f"offer:{case.id}", kind=CaseEventKind.OFFER, owner=owner))
    return tuple(found)
