"""Calls on the way, each with when a car took it up, was there and was done, and what it took: the
ledger of the service cars, and what its proposals stand on. Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.message import Message
from data.model.plan import JobKind
from data.model.street.service_cars import CALLS, PastCall, Taken
from ops.base.naming import segment_name
from ops.field.cases.crew_work import case_of
from ops.field.cases.standing import CaseStanding

SET_OUT = (EventKind.ACCEPT, EventKind.DEPART, EventKind.ARRIVE, EventKind.CLEAR)
THERE = (EventKind.ARRIVE, EventKind.CLEAR)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """One call, of the past's table or of this operation.

    Attributes
    ----------
    number
        Of its case; ``None`` for one of the table.
    by
        Who has said anything of it from the field.
    taken_up_at, on_site_at, done_at
        The first word of each; ``None`` while there is none.
    """

    kind: str
    at: datetime
    place: str | Message
    text: str = ""
    used: tuple[Taken, ...] = ()
    missing: tuple[Taken, ...] = ()
    number: int | None = None
    by: tuple[str, ...] = ()
    taken_up_at: datetime | None = None
    on_site_at: datetime | None = None
    done_at: datetime | None = None

    @property
    def to_site(self) -> timedelta | None:
        """From the call to the first car on site."""
        return self.on_site_at - self.at if self.on_site_at else None


def call_records(
    city: City, cases: Iterable[CaseStanding], events: Sequence[FieldEvent]
) -> tuple[CallRecord, ...]:
    """All calls, the oldest first: of the table, then of the operation."""
    said: dict[int, list[FieldEvent]] = defaultdict(list)
    for event in sorted(events, key=lambda one: (one.happened_at, one.id or 0)):
        number = case_of(event.job_id)
        if number is not None and (event.job_id or "").startswith(JobKind.RESCUE):
            said[number].append(event)
    own = (_of_case(one, said[one.case.id or 0], city) for one in cases if one.case.kind in CALLS)
    found = (*map(_of_table, city.past_calls), *own)
    return tuple(sorted(found, key=lambda one: one.at))


def _of_table(past: PastCall) -> CallRecord:
    return CallRecord(
        kind=past.kind,
        at=past.at,
        place=past.place,
        text=past.text,
        used=past.used,
        missing=past.missing,
    )


def _of_case(one: CaseStanding, said: Sequence[FieldEvent], city: City) -> CallRecord:
    case = one.case
    end = one.done or one.closed
    return CallRecord(
        kind=case.kind,
        at=case.reported_at,
        place=segment_name(case.segment_id, city),
        text=case.text,
        used=_sum(said, EventKind.KIT_USED),
        missing=_sum(said, EventKind.KIT_MISSING),
        number=case.id,
        by=tuple(dict.fromkeys(event.told_by or event.by for event in said)),
        taken_up_at=_first(said, SET_OUT),
        on_site_at=_first(said, THERE),
        done_at=end.at if end else None,
    )


def _first(said: Iterable[FieldEvent], kinds: tuple[EventKind, ...]) -> datetime | None:
    return next((event.happened_at for event in said if event.kind in kinds), None)


def taken_of(event: FieldEvent) -> tuple[Taken, ...]:
    """What a tap on a kit says was used or missing; in words where no item fits."""
    told: Mapping[str, float] = event.amounts or {(event.reason or "").strip(): 1}
    return tuple(
        Taken(item=item, least=round(n), most=round(n)) for item, n in told.items() if item and n
    )


def _sum(said: Iterable[FieldEvent], kind: EventKind) -> tuple[Taken, ...]:
    """What all cars together have told; what was missing is in words where no item fits."""
    total: dict[str, int] = {}
    for taken in (one for event in said if event.kind is kind for one in taken_of(event)):
        total[taken.item] = total.get(taken.item, 0) + taken.most
    return tuple(Taken(item=item, least=n, most=n) for item, n in total.items() if item and n)
