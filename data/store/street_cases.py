"""Cases of the street and what is said of them. Only ever added to."""

from collections.abc import Callable

from sqlalchemy import select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import insert_row, reading, writing
from data.model.ids import Cause, CauseKind
from data.model.street_case import MOVES, CaseEvent, StreetCase
from data.store.part import Part
from data.store.triggers import request_plan

_CASES, _EVENTS = schema.street_cases, schema.case_events


class StreetCases(Part):
    """The part of the store that holds the cases of the street."""

    def open(self, case: StreetCase, first: Callable[[int], CaseEvent] | None = None) -> StreetCase:
        """Keep a case, and its first event where it has one; of one source and number the first
        stands. It asks for a plan.

        Returns
        -------
        StreetCase
            As it is kept; its ``received_at`` tells whether it was kept before.
        """
        with writing(self._engine) as connection:
            row = insert_row(connection, _CASES, to_new_row(_CASES, case))
            if row is None:
                known = select(_CASES).where(
                    _CASES.c.operation_id == case.operation_id,
                    _CASES.c.source == case.source,
                    _CASES.c.external_id == case.external_id,
                )
                return to_entity(StreetCase, connection.execute(known).mappings().one())
            kept = to_entity(StreetCase, row)
            if first:
                insert_row(connection, _EVENTS, to_new_row(_EVENTS, first(kept.id or 0)))
            cause = Cause(CauseKind.SERVICE, f"case-{kept.id}")
            request_plan(connection, case.operation_id, cause, case.received_at)
            return kept

    def say(self, event: CaseEvent) -> bool:
        """Keep what is said of a case; what moves somebody asks for a plan. Whether it is new."""
        with writing(self._engine) as connection:
            row = insert_row(connection, _EVENTS, to_new_row(_EVENTS, event))
            if row is None:
                return False
            if event.kind in MOVES:
                cause = Cause(CauseKind.SERVICE, f"case-event-{row['id']}")
                request_plan(connection, event.operation_id, cause, event.at)
            return True

    def cases(self, operation_id: int) -> list[StreetCase]:
        """Every case of an operation, in order of receipt."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_CASES).where(_CASES.c.operation_id == operation_id).order_by(_CASES.c.id)
            ).mappings()
            return [to_entity(StreetCase, row) for row in rows]

    def events(self, operation_id: int) -> list[CaseEvent]:
        """All that was said of them, in order of receipt."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_EVENTS).where(_EVENTS.c.operation_id == operation_id).order_by(_EVENTS.c.id)
            ).mappings()
            return [to_entity(CaseEvent, row) for row in rows]
