"""Cases of the street and what is said of them. Only ever added to."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, func, select, union, update

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row, reading, writing
from data.model.ids import Cause, CauseKind
from data.model.street.street_case import MOVES, CaseEvent, CaseEventKind, StreetCase
from data.store.part import RECENT, Part
from data.store.triggers import request_plan

_CASES, _EVENTS = schema.street_cases, schema.case_events


class StreetCases(Part):
    """The part of the store that holds the cases of the street."""

    def open(
        self,
        case: StreetCase,
        first: Callable[[int], CaseEvent | None] = lambda _: None,
        asks: bool = True,
    ) -> tuple[StreetCase, bool]:
        """Keep a case, and its first event where it has one; of one source and number the first
        stands. It asks for a plan where it ``asks``.

        Returns
        -------
        tuple of StreetCase and bool
            The case as it is kept, and whether it is new.
        """
        with writing(self._engine) as connection:
            row = insert_row(connection, _CASES, to_new_row(_CASES, case))
            if row is None:
                known = _found(
                    connection, *_named(case.operation_id, case.source, case.external_id)
                )
                return known[0], False
            kept = to_entity(StreetCase, row)
            if (said := first(kept.id or 0)) is not None:
                _kept(connection, said)
            if asks:
                cause = Cause(CauseKind.SERVICE, f"case-{kept.id}")
                request_plan(connection, case.operation_id, cause, case.received_at)
            return kept, True

    def say(self, event: CaseEvent, *along: CaseEvent) -> bool:
        """Keep what is said of a case, and what is said along with it, all or nothing; what moves
        somebody asks for a plan. Whether it is new: what was known brings nothing along.
        """
        with writing(self._engine) as connection:
            for said in (event, *along):
                row = _kept(connection, said)
                if row is None and said is event:
                    return False
                if row is not None and said.kind in MOVES:
                    cause = Cause(CauseKind.SERVICE, f"case-event-{row['id']}")
                    request_plan(connection, said.operation_id, cause, said.at)
            return True

    def current(self, operation_id: int) -> tuple[list[StreetCase], list[CaseEvent]]:
        """The cases that count still, in order of receipt, with all that was said of them: those
        that are open, however old, those that were closed lately and are unanswered, and what came
        in lately.
        """
        mine = _CASES.c.operation_id == operation_id
        with reading(self._engine) as connection:
            latest = connection.scalar(select(func.max(_CASES.c.received_at)).where(mine))
            if latest is None:
                return [], []
            since, closed_at = latest - RECENT, _CASES.c.closed_at
            counts = union(  # each by an index of its own, whatever lies behind
                select(_CASES.c.id).where(mine, _CASES.c.received_at >= since),
                select(_CASES.c.id).where(mine, closed_at.is_(None)),
                select(_CASES.c.id).where(mine, closed_at >= since, ~_is_answered()),
            ).subquery()
            numbers = select(counts.c.id)
            return _found(connection, _CASES.c.id.in_(numbers)), _said(connection, numbers)

    def case(self, operation_id: int, number: int) -> tuple[StreetCase, list[CaseEvent]] | None:
        """One case with all that was said of it; ``None``: there is none of this number."""
        which = (_CASES.c.operation_id == operation_id, _CASES.c.id == number)
        return self._one(*which)

    def named(
        self, operation_id: int, source: str, external_id: str
    ) -> tuple[StreetCase, list[CaseEvent]] | None:
        """The case that a source has sent in by this number of its own."""
        return self._one(*_named(operation_id, source, external_id))

    def _one(self, *which: ColumnElement[bool]) -> tuple[StreetCase, list[CaseEvent]] | None:
        with reading(self._engine) as connection:
            found = _found(connection, *which)
            if not found:
                return None
            return found[0], _said(connection, select(_CASES.c.id).where(*which))


def _kept(connection: Connection, event: CaseEvent) -> RowMapping | None:
    """The row of what is said, with it whether its case is closed; ``None`` where it is known."""
    row = insert_row(connection, _EVENTS, to_new_row(_EVENTS, event))
    if row is not None and event.kind in (CaseEventKind.CLOSE, CaseEventKind.REOPEN):
        at = event.at if event.kind is CaseEventKind.CLOSE else None
        connection.execute(update(_CASES).where(_CASES.c.id == event.case_id).values(closed_at=at))
    return row


def _named(
    operation_id: int, source: str, external_id: str | None
) -> tuple[ColumnElement[bool], ...]:
    return (
        _CASES.c.operation_id == operation_id,
        _CASES.c.source == source,
        _CASES.c.external_id == external_id,
    )


def _is_answered() -> ColumnElement[bool]:
    """The reporter has the answer, and the case was not opened anew since. One that was closed long
    ago nobody waits for: whoever was told by word of mouth wrote no answer down.
    """

    def last(kind: CaseEventKind) -> ColumnElement[int]:
        newest = select(func.coalesce(func.max(_EVENTS.c.id), 0)).where(
            _EVENTS.c.case_id == _CASES.c.id, _EVENTS.c.kind == kind.value
        )
        return newest.correlate(_CASES).scalar_subquery()

    return last(CaseEventKind.ANSWER) > last(CaseEventKind.REOPEN)


def _found(connection: Connection, *which: ColumnElement[bool]) -> list[StreetCase]:
    rows = connection.execute(select(_CASES).where(*which).order_by(_CASES.c.id)).mappings()
    return [to_entity(StreetCase, row) for row in rows]


def _said(connection: Connection, numbers: Select[tuple[int]]) -> list[CaseEvent]:
    rows = connection.execute(
        select(_EVENTS).where(_EVENTS.c.case_id.in_(numbers)).order_by(_EVENTS.c.id)
    ).mappings()
    return [to_entity(CaseEvent, row) for row in rows]
