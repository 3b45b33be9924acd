"""What the desk above tells a district, and what was said of it: the same rows in the database of
the desk above and in that of the district, by the number that the desk above gave. Only ever added
to.
"""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import insert, select

from data.db import schema
from data.db.codec import to_entity, to_new_row, to_row
from data.db.engine import insert_new, reading, writing
from data.model.headquarters.directives import (
    OVER,
    Directive,
    DirectiveEvent,
    DirectiveStanding,
)
from data.store.part import Part

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
        """Keep what is said of one; whether it is the first time."""
        with writing(self._engine) as connection:
            return insert_new(connection, _EVENTS, to_row(_EVENTS, event))

    def standings(
        self,
        member_id: str | None = None,
        open_only: bool = False,
        numbers: Sequence[int | None] | None = None,
    ) -> list[DirectiveStanding]:
        """The latest directives with what was said of them, the newest first.

        Parameters
        ----------
        member_id
            Those of one district; ``None``: of all.
        open_only
            Those that are neither done nor refused.
        numbers
            Those of these numbers.
        """
        asked = select(_DIRECTIVES).order_by(_DIRECTIVES.c.id.desc()).limit(MOST)
        if member_id is not None:
            asked = asked.where(_DIRECTIVES.c.member_id == member_id)
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
