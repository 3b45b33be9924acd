"""What people at the desk do by hand: outages, changed assignments, plans kept ready, revoked
links; and who did what.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import insert, select, update

from data.db import schema
from data.db.codec import to_entity, to_new_row, to_row
from data.db.engine import insert_new, reading, writing
from data.model.desk import AuditEntry, ContingencyPlan, ManualChange, Revocation
from data.model.field import Outage
from data.model.ids import Cause, CauseKind
from data.store import lasting
from data.store.leases import LEADER, fence
from data.store.part import Part, since_recent
from data.store.triggers import request_plan

_OUTAGES = schema.outages
_STANDING = schema.standing_plans


class Desk(Part):
    """The part of the store that holds what is done by hand."""

    def begin_outage(self, outage: Outage, at: datetime) -> tuple[Outage, bool]:
        """Take a crew or machine out of action and, in the same transaction, ask for a plan
        (``outage:<id>``).

        Returns
        -------
        tuple of Outage and bool
            As it is kept, and whether it is new; one that is out already without an end stays as it
            was.
        """
        same = {"resource_id": outage.resource_id, "to_at": None}
        with writing(self._engine) as connection:
            return lasting.begin(connection, _OUTAGES, outage, CauseKind.OUTAGE, at, **same)

    def end_outage(self, outage: Outage, by: str, at: datetime) -> bool:
        """It is back, and a plan is asked for (``back:<id>``); whether it was out until now."""
        with writing(self._engine) as connection:
            return lasting.end(connection, _OUTAGES, outage, CauseKind.BACK, by, at)

    def outages(self, operation_id: int) -> list[Outage]:
        """All outages, those that are over too, the oldest first."""
        with reading(self._engine) as connection:
            return lasting.all_of(connection, _OUTAGES, Outage, operation_id)

    def save_change(self, change: ManualChange) -> ManualChange:
        """Write down what the desk did to an assignment and, in the same transaction, ask for a
        plan (``change:<id>``).
        """
        changes = schema.manual_changes
        with writing(self._engine) as connection:
            row = (
                connection.execute(
                    insert(changes).values(to_new_row(changes, change)).returning(changes)
                )
                .mappings()
                .one()
            )
            cause = Cause.of(CauseKind.CHANGE, row["id"])
            request_plan(connection, change.operation_id, cause, change.at)
            return to_entity(ManualChange, row)

    def manual_changes(
        self, operation_id: int, span: tuple[datetime, datetime] | None = None
    ) -> list[ManualChange]:
        """The changes by hand of lately, or of a span, the oldest first."""
        changes = schema.manual_changes
        mine, time = changes.c.operation_id == operation_id, changes.c.at
        with reading(self._engine) as connection:
            if span is None:
                which = since_recent(connection, changes.c.id, time, mine)
            else:
                which = [time >= span[0], time < span[1]]
            rows = connection.execute(
                select(changes).where(mine, *which).order_by(changes.c.id)
            ).mappings()
            return [to_entity(ManualChange, row) for row in rows]

    def save_contingency_plan(self, plan: ContingencyPlan, token: int | None = None) -> None:
        """Keep the plan of a colour in the place of the one before.

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        row = to_row(_STANDING, plan)
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
            if not insert_new(connection, _STANDING, row):
                connection.execute(
                    update(_STANDING)
                    .where(
                        _STANDING.c.operation_id == plan.operation_id,
                        _STANDING.c.colour == plan.colour,
                    )
                    .values(row)
                )

    def contingency_plans(self, operation_id: int) -> dict[str, ContingencyPlan]:
        """The plans kept ready, by colour."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_STANDING).where(_STANDING.c.operation_id == operation_id)
            ).mappings()
            return {row["colour"]: to_entity(ContingencyPlan, row) for row in rows}

    def record_action(self, entry: AuditEntry) -> None:
        """Write down who did what; nothing ever changes it. Its seal is made of the entry and of
        the seal before it: whoever changes one, or takes one out, breaks the chain.
        """
        with writing(self._engine) as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
                connection.exec_driver_sql("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
            before = connection.scalar(
                select(schema.audit.c.seal).order_by(schema.audit.c.id.desc()).limit(1)
            )
            row = to_new_row(schema.audit, entry)
            connection.execute(insert(schema.audit).values(**row, seal=_seal(before, entry)))

    def broken_seal(self) -> int | None:
        """The number of the first entry of the audit log that was changed, or before which one was
        taken out; ``None`` where all is as it was written. That the latest are missing can't be
        seen.
        """
        before: str | None = None
        asked = select(schema.audit).order_by(schema.audit.c.id)
        with (
            reading(self._engine) as connection,
            connection.execution_options(yield_per=500).execute(asked) as rows,
        ):
            for row in rows.mappings():
                seal = row["seal"]
                if (seal or before) and seal != _seal(before, to_entity(AuditEntry, row)):
                    return int(row["id"])
                before = seal
        return None

    def audit_log(self, most: int = 200) -> list[AuditEntry]:
        """The latest actions, the newest first."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.audit).order_by(schema.audit.c.id.desc()).limit(most)
            ).mappings()
            return [to_entity(AuditEntry, row) for row in rows]

    def revoke_link(self, revocation: Revocation) -> bool:
        """A signed link counts no longer; whether it did until now."""
        with writing(self._engine) as connection:
            return insert_new(
                connection, schema.revocations, to_row(schema.revocations, revocation)
            )

    def revocations(self, most: int = 200) -> list[Revocation]:
        """The links that count no longer, the latest first."""
        table = schema.revocations
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(table).order_by(table.c.at.desc(), table.c.link_id).limit(most)
            ).mappings()
            return [to_entity(Revocation, row) for row in rows]

    def is_revoked(self, link_ids: Sequence[str]) -> bool:
        """Whether any of these ids (a link's own, or that of all links of its kind) is revoked."""
        columns = schema.revocations.c
        with reading(self._engine) as connection:
            return (
                connection.scalar(
                    select(columns.link_id).where(columns.link_id.in_(link_ids)).limit(1)
                )
                is not None
            )


def _seal(before: str | None, entry: AuditEntry) -> str:
    """What seals an entry: SHA-256 of the seal before it and of all that it says."""
    told = [entry.operation_id, entry.at.astimezone(UTC).isoformat(), entry.by, entry.action]
    body = json.dumps([before, *told, entry.subject, entry.body], sort_keys=True)
    return hashlib.sha256(body.encode()).hexdigest()
