"""Days of the roster changed by hand, and months that are proposed. Only ever added to; the latest
of a day, and of a station's month, stands.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import insert, select

from data.db import schema
from data.db.codec import to_entity, to_new_row
from data.db.engine import reading, writing
from data.model.ids import Cause, CauseKind
from data.model.roster import MonthProposal, RosterChange
from data.store.part import Part
from data.store.triggers import request_plan


class Rosters(Part):
    """The part of the store that holds what was changed of the rosters."""

    def change(self, changes: Sequence[RosterChange], at: datetime) -> list[RosterChange]:
        """Write down changes that belong together and, in the same transaction, ask for a plan
        (``roster:<id of the first>``).
        """
        table = schema.roster_changes
        with writing(self._engine) as connection:
            kept = []
            for change in changes:
                row = connection.execute(
                    insert(table).values(to_new_row(table, change)).returning(table)
                )
                kept.append(to_entity(RosterChange, row.mappings().one()))
            if kept:
                cause = Cause.of(CauseKind.ROSTER, kept[0].id)
                request_plan(connection, kept[0].operation_id, cause, at)
            return kept

    def changes(self, operation_id: int) -> list[RosterChange]:
        """Every change of an operation, the oldest first."""
        table = schema.roster_changes
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(table).where(table.c.operation_id == operation_id).order_by(table.c.id)
            ).mappings()
            return [to_entity(RosterChange, row) for row in rows]

    def propose(self, proposal: MonthProposal) -> None:
        """Keep a month that is proposed, or that none is any more."""
        table = schema.month_proposals
        with writing(self._engine) as connection:
            connection.execute(insert(table).values(to_new_row(table, proposal)))

    def proposal(self, operation_id: int, station_id: str, month: date) -> MonthProposal | None:
        """The month that is proposed for a station, if one is."""
        columns = schema.month_proposals.c
        latest = (
            select(schema.month_proposals)
            .where(
                columns.operation_id == operation_id,
                columns.station_id == station_id,
                columns.month == month,
            )
            .order_by(columns.id.desc())
            .limit(1)
        )
        with reading(self._engine) as connection:
            row = connection.execute(latest).mappings().first()
        found = to_entity(MonthProposal, row) if row else None
        return found if found and found.days else None
