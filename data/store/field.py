"""What comes back from the field: taps on the sheets, and incidents. Only ever added to."""

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import dropwhile
from typing import Generic, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    FromClause,
    Table,
    func,
    or_,
    select,
    update,
)

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_new, insert_row, is_atomic, reading, writing
from data.model.field import (
    BY_THE_DESK,
    OF_AN_INLET,
    EventKind,
    FieldEvent,
    Incident,
    InletReport,
    JobTap,
)
from data.model.ids import Cause, CauseKind
from data.model.operation import OperationKind
from data.model.plan import JobKind
from data.model.state_triggers import cause_of, closing, sorting
from data.model.stored import stored_id
from data.store.outbox import acknowledge
from data.store.part import RECENT, Part, since_recent, time_of_last
from data.store.triggers import request_plan

_EVENTS = schema.field_events
_INCIDENTS = schema.incidents
_JOBS = schema.assignments
_OF_THE_JOB = (
    (_EVENTS.c.operation_id == _JOBS.c.operation_id)
    & (_EVENTS.c.version == _JOBS.c.number)
    & (_EVENTS.c.job_id == _JOBS.c.job_id)
)
"""The job that a tap speaks of, as the version that was tapped has it."""
_TAPS_WITH_JOBS: FromClause = _EVENTS.join(_JOBS, _OF_THE_JOB).join(
    schema.operations, schema.operations.c.id == _EVENTS.c.operation_id
)
TELLS_OF_INLETS = _EVENTS.c.kind.in_(
    [EventKind.CLEAR, EventKind.VERIFY, EventKind.REOPEN, EventKind.TAKE_BACK, *OF_AN_INLET]
)
"""The taps that tell how an inlet is, and those that take one of them back."""
TELLS_OF_KITS = or_(
    _EVENTS.c.kind.in_([EventKind.KIT_USED, EventKind.TAKE_BACK]),
    _EVENTS.c.kind.in_([EventKind.CLEAR, EventKind.REOPEN])
    & _EVENTS.c.job_id.startswith(f"{JobKind.RESTOCK}:", autoescape=True),
)
"""The taps that tell what the kits of the cars lack, and those that take one of them back."""
LATEST = 2000
"""Of what was reported, so much is counted again at every look."""
T = TypeVar("T")
Sort = Callable[[Incident, Sequence[Incident]], tuple[int | None, bool]]
"""A new call and those that are open -> the matter that it belongs to (``None``: a new one), and
whether it asks for a plan.
"""


def standing_taps(found: Iterable[T], event_of: Callable[[T], FieldEvent]) -> list[T]:
    """Those that were not taken back; who took back what stays."""
    found = list(found)
    back = {event_of(one).about for one in found if event_of(one).kind is EventKind.TAKE_BACK}
    return [one for one in found if event_of(one).event_id not in back] if back else found


Span = tuple[datetime, datetime]
"""From when on, and before when."""


class _Cache(Generic[T]):
    """What was reported, by operation, as far as it was read; ``number`` gives its id."""

    def __init__(self, engine: Engine, number: Callable[[T], int]) -> None:
        self._engine = engine
        self._number = number
        self._known: dict[int, list[T]] = {}
        self._let_go_by: dict[int, T] = {}
        self._reading = threading.Lock()  # one caller reads, the others find it read

    def all_of(
        self,
        operation_id: int,
        read: Callable[[int, int], list[T]],
        count: Callable[[int, int, T], int],
        is_past: Callable[[T, T], bool] = lambda one, last: False,
    ) -> list[T]:
        """What is known with what is new, read by ``read(operation, after)``; ``count(operation,
        after, last)`` tells whether anything is missing among the latest: whoever has a lower
        number and commits later does so within moments. What ``is_past`` by the last of it is let
        go of, and read anew where that one turns out to be from a clock that was far ahead.
        """
        with self._reading:
            known = self._known.get(operation_id, [])
            known = known + read(operation_id, self._number(known[-1]) if known else 0)
            latest = known[-LATEST:]
            after = self._number(latest[0]) - 1 if latest else 0
            if known and len(latest) != count(operation_id, after, known[-1]):
                known = read(operation_id, 0)  # another program's lower number was committed later
            by = self._let_go_by.get(operation_id)
            if known and by is not None and is_past(known[-1], by):
                known = read(operation_id, 0)
                del self._let_go_by[operation_id]
            if known and is_past(known[0], known[-1]):
                self._let_go_by[operation_id] = known[-1]
                known = list(dropwhile(lambda one: is_past(one, known[-1]), known))
            if not is_atomic(self._engine):  # it may yet be taken back
                self._known[operation_id] = known
            return list(known)


class Field(Part):
    """The part of the store that holds what stations and others report."""

    _engine: Engine

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._events: _Cache[FieldEvent] = _Cache(engine, stored_id)
        self._kit_taps: _Cache[FieldEvent] = _Cache(engine, stored_id)
        self._inlet_reports: _Cache[InletReport] = _Cache(
            engine, lambda report: stored_id(report.event)
        )

    def save_event(self, event: FieldEvent) -> bool:
        """Keep one tap; with it, in the same transaction, its station has acknowledged the version
        it speaks of, and a plan is asked for where the table of triggers says so.

        Returns
        -------
        bool
            Whether it is new; one that is known, by its ``event_id``, changes nothing.
        """
        with writing(self._engine) as connection:
            return keep_event(connection, event)

    def events(
        self,
        operation_id: int,
        after: int = 0,
        job_id: str | None = None,
        span: Span | None = None,
    ) -> list[FieldEvent]:
        """What was reported lately and not taken back, in order of receipt; of it only that after
        the event ``after`` or of one job, or all that was received in a span, if given.

        What is recent is asked for again and again while a storm is on: only what is new is read.
        """
        if not after and job_id is None and span is None:
            all_ = self._events.all_of(
                operation_id,
                self._read_events,
                self._count_events,
                lambda one, last: one.server_at < last.server_at - RECENT,
            )
        else:
            all_ = self._read_events(operation_id, after, job_id, span)
        return standing_taps(all_, lambda event: event)

    def _read_events(
        self,
        operation_id: int,
        after: int = 0,
        job_id: str | None = None,
        span: Span | None = None,
    ) -> list[FieldEvent]:
        mine, time = _EVENTS.c.operation_id == operation_id, _EVENTS.c.server_at
        which = [] if job_id is None else [_EVENTS.c.job_id == job_id]
        with reading(self._engine) as connection:
            if span is not None:
                which += [time >= span[0], time < span[1]]
            elif after:
                which += [_EVENTS.c.id > after]
            else:
                which += since_recent(connection, _EVENTS.c.id, time, mine)
            rows = connection.execute(select(_EVENTS).where(mine, *which)).mappings()
            # put in order here: else SQLite finds them by their order and not by their time
            return sorted((to_entity(FieldEvent, row) for row in rows), key=stored_id)

    def event(self, operation_id: int, event_id: str) -> FieldEvent | None:
        """One event by its own id."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(_EVENTS).where(
                    _EVENTS.c.operation_id == operation_id, _EVENTS.c.event_id == event_id
                )
            )
            found = row.mappings().first()
            return to_entity(FieldEvent, found) if found else None

    def newest_id(self, operation_id: int) -> int:
        """The number of what was reported last; 0 before the first."""
        newest = select(func.max(_EVENTS.c.id)).where(_EVENTS.c.operation_id == operation_id)
        with reading(self._engine) as connection:
            return connection.scalar(newest) or 0

    def _count_events(self, operation_id: int, after: int, last: FieldEvent) -> int:
        with reading(self._engine) as connection:
            return connection.scalars(
                select(func.count()).where(
                    _EVENTS.c.operation_id == operation_id,
                    _EVENTS.c.id > after,
                    _EVENTS.c.id <= stored_id(last),
                )
            ).one()

    def inlet_reports(self, operation_id: int) -> list[InletReport]:
        """All that was ever reported of inlets and counts in an operation, in order of receipt:
        what is real, and of drills only its own.
        """
        all_ = self._inlet_reports.all_of(
            operation_id, self._read_inlet_reports, self._count_inlet_reports
        )
        reports = standing_taps(all_, lambda report: report.event)
        return [one for one in reports if one.event.kind is not EventKind.TAKE_BACK]

    def _read_inlet_reports(self, operation_id: int, after: int) -> list[InletReport]:
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_EVENTS, _JOBS.c.kind.label("job_kind"), _JOBS.c.inlet_ids)
                .select_from(_TAPS_WITH_JOBS)
                .where(_counts_in(operation_id), TELLS_OF_INLETS, _EVENTS.c.id > after)
                .order_by(_EVENTS.c.id)
            ).mappings()
            return [
                InletReport(
                    event=to_entity(FieldEvent, row),
                    job_kind=JobKind(row["job_kind"]),
                    inlet_ids=tuple(row["inlet_ids"]),
                )
                for row in rows
            ]

    def _count_inlet_reports(self, operation_id: int, after: int, last: InletReport) -> int:
        with reading(self._engine) as connection:
            return connection.scalars(
                select(func.count())
                .select_from(_TAPS_WITH_JOBS)
                .where(
                    _counts_in(operation_id),
                    TELLS_OF_INLETS,
                    _EVENTS.c.id > after,
                    _EVENTS.c.id <= stored_id(last.event),
                )
            ).one()

    def done_taps(self, operation_id: int, kinds: Collection[JobKind], span: Span) -> list[JobTap]:
        """The taps received in a span that tell whether work of these kinds is done and were not
        taken back, in order of receipt: what is real, and of drills only its own.
        """
        told = _EVENTS.c.kind.in_([EventKind.CLEAR, EventKind.REOPEN, EventKind.TAKE_BACK])
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_EVENTS, _JOBS.c.kind.label("job_kind"), _JOBS.c.segment_id)
                .select_from(_TAPS_WITH_JOBS)
                .where(
                    _counts_in(operation_id),
                    told,
                    _JOBS.c.kind.in_(list(kinds)),
                    _EVENTS.c.server_at >= span[0],
                    _EVENTS.c.server_at < span[1],
                )
                .order_by(_EVENTS.c.id)
            ).mappings()
            taps = [
                JobTap(
                    event=to_entity(FieldEvent, row),
                    job_kind=JobKind(row["job_kind"]),
                    segment_id=row["segment_id"],
                )
                for row in rows
            ]
        return standing_taps(taps, lambda tap: tap.event)

    def taps_on(self, operation_id: int, jobs: Collection[str]) -> list[FieldEvent]:
        """What was ever reported of these jobs and not taken back, in order of receipt."""
        which = _EVENTS.c.operation_id == operation_id, _EVENTS.c.job_id.in_(jobs)
        with reading(self._engine) as connection:
            rows = connection.execute(select(_EVENTS).where(*which).order_by(_EVENTS.c.id))
            taps = [to_entity(FieldEvent, row) for row in rows.mappings()]
        return standing_taps(taps, lambda tap: tap)

    def kit_taps(self, operation_id: int) -> list[FieldEvent]:
        """What was ever used of the cars' kits in an operation, and what was put back, without what
        was taken back, in order of receipt: what a kit lacks it lacks until it is full again.
        """
        all_ = self._kit_taps.all_of(operation_id, self._read_kit_taps, self._count_kit_taps)
        return standing_taps(all_, lambda tap: tap)

    def _read_kit_taps(self, operation_id: int, after: int) -> list[FieldEvent]:
        which = _EVENTS.c.operation_id == operation_id, _EVENTS.c.id > after, TELLS_OF_KITS
        with reading(self._engine) as connection:
            rows = connection.execute(select(_EVENTS).where(*which).order_by(_EVENTS.c.id))
            return [to_entity(FieldEvent, row) for row in rows.mappings()]

    def _count_kit_taps(self, operation_id: int, after: int, last: FieldEvent) -> int:
        within = _EVENTS.c.id > after, _EVENTS.c.id <= stored_id(last)
        which = _EVENTS.c.operation_id == operation_id, *within, TELLS_OF_KITS
        with reading(self._engine) as connection:
            return connection.scalars(select(func.count()).where(*which)).one()

    def incidents_ever(self, operation_id: int, kinds: Collection[str]) -> list[Incident]:
        """Every incident of these kinds that was ever reported and counts in an operation, in order
        of receipt: what is real, and of drills only its own.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_INCIDENTS)
                .join(schema.operations)
                .where(_counts_in(operation_id), _INCIDENTS.c.kind.in_(kinds))
                .order_by(_INCIDENTS.c.id)
            ).mappings()
            return [to_entity(Incident, row) for row in rows]

    def report_incident(
        self, incident: Incident, sort: Sort | None = None
    ) -> tuple[Incident, bool]:
        """Keep a call with the matter that it is about and, in the same transaction, the cause to
        plan that it is (``incident:<id>``), if it is one.

        Parameters
        ----------
        sort
            Says of the call, and of those that are open, to which matter it belongs and whether it
            asks for a plan; without it, each call is a matter of its own.

        Returns
        -------
        tuple of Incident and bool
            As it is kept, and whether it is new; one that its source has reported before stays as
            it was.
        """
        with writing(self._engine) as connection:
            _one_at_a_time(connection, incident.operation_id)
            matter_id, asks = None, True
            if sort is not None:
                still_open = _incidents(
                    connection, incident.operation_id, _INCIDENTS.c.closed_at.is_(None)
                )
                matter_id, asks = sort(incident, still_open)
            row = insert_row(
                connection,
                _INCIDENTS,
                to_new_row(_INCIDENTS, replace(incident, matter_id=matter_id)),
            )
            if row is None:
                (known,) = _incidents(
                    connection,
                    incident.operation_id,
                    _INCIDENTS.c.source == incident.source,
                    _INCIDENTS.c.external_id == incident.external_id,
                )
                return known, False
            if asks:
                cause = Cause.of(CauseKind.INCIDENT, row["id"])
                request_plan(connection, incident.operation_id, cause, incident.received_at)
            return to_entity(Incident, row), True

    def close_incident(self, incident_id: int, by: str, at: datetime) -> bool:
        """This call is over, whatever others say of its matter, and a plan without it is asked for
        (``closed:<id>@<time>``); whether it was open until now.
        """
        with writing(self._engine) as connection:
            return bool(_close(connection, _INCIDENTS.c.id == incident_id, incident_id, by, at))

    def close_matter(self, matter_id: int, by: str, at: datetime) -> int:
        """All calls of a matter are over, and a plan without its work is asked for
        (``closed:<id>@<time>``); how many were open until now.
        """
        with writing(self._engine) as connection:
            return _close(connection, _is_of(matter_id), matter_id, by, at)

    def reopen_incident(self, matter_id: int, event: FieldEvent) -> bool:
        """A matter is not over after all, with the calls that were closed last, and the word that
        says so is kept and asks for a plan; whether that word is new.
        """
        with writing(self._engine) as connection:
            last = select(func.max(_INCIDENTS.c.closed_at)).where(_is_of(matter_id))
            connection.execute(
                update(_INCIDENTS)
                .where(_is_of(matter_id), _INCIDENTS.c.closed_at == last.scalar_subquery())
                .values(closed_at=None, closed_by=None)
            )
            return keep_event(connection, event)

    def open_incident(self, incident_id: int) -> bool:
        """This call is not over, whatever others say of its matter; whether it was until now. Who
        says so asks for the plan.
        """
        with writing(self._engine) as connection:
            which = _INCIDENTS.c.id == incident_id, _INCIDENTS.c.closed_at.is_not(None)
            changed = update(_INCIDENTS).where(*which).values(closed_at=None, closed_by=None)
            return bool(connection.execute(changed).rowcount)

    def sort_incidents(
        self, operation_id: int, calls: Iterable[int], matter_id: int, by: str, at: datetime
    ) -> None:
        """The desk gives calls to a matter, and asks for a plan by it (``matter:<id>@<time>``)."""
        with writing(self._engine) as connection:
            connection.execute(
                update(_INCIDENTS)
                .where(_INCIDENTS.c.operation_id == operation_id, _INCIDENTS.c.id.in_(list(calls)))
                .values(matter_id=matter_id, matter_by=by, matter_at=at)
            )
            request_plan(connection, operation_id, sorting(matter_id, at), at)

    def incident(self, operation_id: int, number: int) -> Incident | None:
        """One incident by its number."""
        with reading(self._engine) as connection:
            return next(iter(_incidents(connection, operation_id, _INCIDENTS.c.id == number)), None)

    def incident_of(self, operation_id: int, source: str, external_id: str) -> Incident | None:
        """One incident by what its source calls it."""
        which = _INCIDENTS.c.source == source, _INCIDENTS.c.external_id == external_id
        with reading(self._engine) as connection:
            return next(iter(_incidents(connection, operation_id, *which)), None)

    def incidents(
        self, operation_id: int, open_only: bool = False, span: Span | None = None
    ) -> list[Incident]:
        """Incidents in order of receipt: those that are open, and that were closed lately; or all
        that were received in a span.
        """
        closed, received = _INCIDENTS.c.closed_at, _INCIDENTS.c.received_at
        with reading(self._engine) as connection:
            if span is not None:
                return _incidents(connection, operation_id, received >= span[0], received < span[1])
            found = _incidents(connection, operation_id, closed.is_(None))
            if not open_only:
                of_it = _INCIDENTS.c.operation_id == operation_id
                last = time_of_last(connection, _INCIDENTS.c.id, closed, of_it)
                if last is not None:
                    found += _incidents(connection, operation_id, closed >= last - RECENT)
            return sorted(found, key=stored_id)

    def calls_of(self, operation_id: int, matter_id: int) -> list[Incident]:
        """All calls about a matter, in order of receipt."""
        with reading(self._engine) as connection:
            return _incidents(connection, operation_id, _is_of(matter_id))


def _incidents(
    connection: Connection, operation_id: int, *which: ColumnElement[bool]
) -> list[Incident]:
    rows = connection.execute(
        select(_INCIDENTS).where(_INCIDENTS.c.operation_id == operation_id, *which)
    ).mappings()
    return sorted((to_entity(Incident, row) for row in rows), key=stored_id)


def _is_of(matter_id: int) -> ColumnElement[bool]:
    own = _INCIDENTS.c.matter_id.is_(None) & (_INCIDENTS.c.id == matter_id)
    return or_(_INCIDENTS.c.matter_id == matter_id, own)


def _close(
    connection: Connection,
    which: ColumnElement[bool],
    incident_id: int,
    by: str,
    at: datetime,
) -> int:
    closed = connection.scalars(
        update(_INCIDENTS)
        .where(which, _INCIDENTS.c.closed_at.is_(None))
        .values(closed_at=at, closed_by=by)
        .returning(_INCIDENTS.c.operation_id)
    ).all()
    if closed:
        request_plan(connection, closed[0], closing(incident_id, at), at)
    return len(closed)


def _one_at_a_time(connection: Connection, operation_id: int) -> None:
    """Two calls about one puddle that come together must see one another."""
    operations = schema.operations
    connection.execute(
        select(operations.c.id).where(operations.c.id == operation_id).with_for_update()
    )


def _counts_in(operation_id: int) -> ColumnElement[bool]:
    """Whether what belongs to an operation is true in this one: nothing that is done in a drill is
    done.
    """
    columns = schema.operations.c
    return (columns.kind == OperationKind.REAL.value) | (columns.id == operation_id)


def counts_in(table: Table, operation_id: int) -> ColumnElement[bool]:
    """The same of the rows of a table that bear their operation."""
    return table.c.operation_id.in_(select(schema.operations.c.id).where(_counts_in(operation_id)))


def keep_event(connection: Connection, event: FieldEvent) -> bool:
    """Write a tap and what follows from it within a transaction; whether it is new."""
    if not insert_new(connection, _EVENTS, to_new_row(_EVENTS, event)):
        return False
    if event.kind not in BY_THE_DESK or event.kind is EventKind.TOLD:
        acknowledge(
            connection,
            event.operation_id,
            event.station_id,
            event.version,
            event.server_at,
            event.told_by or event.by,
        )
    if cause := cause_of(event):
        request_plan(connection, event.operation_id, cause, event.server_at)
    return True
