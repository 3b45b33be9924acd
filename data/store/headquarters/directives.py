"""What the desk above tells a district, and what was said of it: the same rows in the database of
the desk above and in that of the district, by the number that the desk above gave. Only ever added
to.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, insert, or_, select

from data.db import schema
from data.db.codec import to_entity, to_new_row, to_row
from data.db.engine import insert_new, reading, writing
from data.model.headquarters.directives import (
    DECIDED,
    OVER,
    Directive,
    DirectiveEvent,
    DirectiveStanding,
    DirectiveStep,
)
from data.store.headquarters.visits import is_of, loan_cause
from data.store.part import Part
from data.store.triggers import planned_operations, request_plan

_DIRECTIVES, _EVENTS = schema.directives, schema.directive_events
MOST = 200  # the latest that are read; what is older is history


class Directives(Part):
    """The part of the store that holds directives."""

    def give(self, directive: Directive) -> Directive:
        """Keep a new one; it comes back with its number."""
        values = to_new_row(_DIRECTIVES, directive)
        with writing(self._engine) as connection:
            made = connection.execute(insert(_DIRECTIVES).values(values).returning(_DIRECTIVES))
            return to_entity(Directive, made.mappings().one())

    def keep(self, directive: Directive) -> bool:
        """Keep one by the number that it has; whether it is new."""
        with writing(self._engine) as connection:
            return insert_new(connection, _DIRECTIVES, to_row(_DIRECTIVES, directive))

    def note(self, event: DirectiveEvent) -> bool:
        """Keep what is said of one; whether it is the first time.

        Of a loan only one decision is kept. That it is approved or ends early asks for a plan in
        the same transaction, at the lender and at the borrower alike (``loan:<number>@<step>``).
        """
        with writing(self._engine) as connection:
            which = _DIRECTIVES.c.id == event.directive_id
            row = connection.execute(select(_DIRECTIVES).where(which).with_for_update()).mappings()
            directive = to_entity(Directive, row.one())
            if directive.loan and event.step in DECIDED and _is_decided(connection, event):
                return False
            new = insert_new(connection, _EVENTS, to_row(_EVENTS, event))
            if new:
                _ask(connection, directive, event)
            return new

    def standings(
        self,
        member_id: str | None = None,
        open_only: bool = False,
        numbers: Sequence[int | None] | None = None,
        loans_only: bool = False,
    ) -> list[DirectiveStanding]:
        """The latest directives with what was said of them, the newest first.

        Parameters
        ----------
        member_id
            Those of one district, and the loans that it gets; ``None``: of all.
        open_only
            Those that are neither done nor refused, nor lapsed.
        numbers
            Those of these numbers.
        loans_only
            Those that lend a unit.
        """
        asked = select(_DIRECTIVES).order_by(_DIRECTIVES.c.id.desc()).limit(MOST)
        if member_id is not None:
            gets = _DIRECTIVES.c.borrower_id == member_id
            asked = asked.where(or_(_DIRECTIVES.c.member_id == member_id, gets))
        if loans_only:
            asked = asked.where(_DIRECTIVES.c.borrower_id.is_not(None))
        if open_only:
            over = select(_EVENTS.c.directive_id).where(_EVENTS.c.step.in_(OVER))
            asked = asked.where(_DIRECTIVES.c.id.not_in(over))
        if numbers is not None:
            asked = asked.where(_DIRECTIVES.c.id.in_(numbers))
        with reading(self._engine) as connection:
            found = [to_entity(Directive, row) for row in connection.execute(asked).mappings()]
            numbers = [one.id for one in found]
            rows = connection.execute(
                select(_EVENTS).where(_EVENTS.c.directive_id.in_(numbers)).order_by(_EVENTS.c.at)
            ).mappings()
            said: dict[int | None, list[DirectiveEvent]] = defaultdict(list)
            for row in rows:
                said[row["directive_id"]].append(to_entity(DirectiveEvent, row))
        return [
            DirectiveStanding(directive=one, events=tuple(said.get(one.id, ()))) for one in found
        ]


def _is_decided(connection: Connection, event: DirectiveEvent) -> bool:
    own = _EVENTS.c.directive_id == event.directive_id
    return (
        connection.scalar(select(_EVENTS.c.step).where(own, _EVENTS.c.step.in_(DECIDED)))
        is not None
    )


def _ask(connection: Connection, directive: Directive, event: DirectiveEvent) -> None:
    """A loan that begins, or that ends before its time, changes who is on duty."""
    loan = directive.loan
    if loan is None or event.step not in (DirectiveStep.ACKNOWLEDGE, DirectiveStep.DONE):
        return
    for operation in planned_operations(connection):
        at = operation.now(event.at)
        if is_of(directive, operation) and at < loan.to_at:
            cause = loan_cause(directive.id, event.step)
            request_plan(connection, operation.id, cause, at)
