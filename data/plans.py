"""What was decided: causes that ask for a plan, and the plan versions that answer them.

A cause is a row with a unique name, so it is planned once however often it is asked. A version, its parts and the
causes it settles are one transaction: either all of it is there or nothing is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine, RowMapping, func, insert, select, update

from data import tables
from data.database import insert_new, reading, writing
from data.entities import Assignment, LeftOut, Member, Message, PlanVersion, Rest, Trigger, TriggerKind
from data.errors import StalePlan
from data.leases import LEADER, is_current
from data.rows import pack, to_entity, to_row

_PARTS = ((tables.left_out, LeftOut, "left_out"), (tables.rests, Rest, "rests"))


class VersionLine(NamedTuple):
    """A plan version without its weight, for lists."""

    number: int
    made_at: datetime
    causes: tuple[str, ...]
    fallback: bool


class Plans:
    """The part of the store that holds causes and plan versions."""

    _engine: Engine

    def request(self, operation_id: int, cause: str, kind: TriggerKind, at: datetime,
                outcome: Message | None = None) -> tuple[Trigger, bool]:
        """Ask for a plan; asked twice, the first stands. With an ``outcome`` it is settled at once and plans nothing.

        Returns
        -------
        tuple of Trigger and bool
            The trigger as it stands now, and whether it is new.
        """
        with writing(self._engine) as connection:
            new = record(connection, operation_id, cause, kind, at, outcome)
            return _triggers(connection, operation_id, tables.triggers.c.cause == cause)[0], new

    def pending(self, operation_id: int) -> list[Trigger]:
        """Causes that no plan has answered yet, oldest first."""
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id, tables.triggers.c.settled_at.is_(None))

    def trigger(self, operation_id: int, cause: str) -> Trigger | None:
        """The trigger of one cause."""
        with reading(self._engine) as connection:
            return next(iter(_triggers(connection, operation_id, tables.triggers.c.cause == cause)), None)

    def triggers(self, operation_id: int) -> list[Trigger]:
        """Every cause that was ever asked for, oldest first."""
        with reading(self._engine) as connection:
            return _triggers(connection, operation_id)

    def settle(self, trigger_ids: Iterable[int], at: datetime, outcome: Message, token: int | None = None,
               lease: str = LEADER) -> int:
        """Settle causes that plan nothing, and say why; those settled before stay as they are.

        Returns
        -------
        int
            How many were settled now.

        Raises
        ------
        StalePlan
            ``token`` is not the newest of the lease.
        """
        with writing(self._engine) as connection:
            _fence(connection, lease, token)
            return _settle(connection, trigger_ids, settled_at=at, outcome=pack(outcome))

    def current_version(self, operation_id: int) -> PlanVersion | None:
        """The newest plan version."""
        with reading(self._engine) as connection:
            number = _newest(connection, operation_id)
            return _load(connection, operation_id, number) if number else None

    def version(self, operation_id: int, number: int) -> PlanVersion | None:
        """One plan version, as it was published."""
        with reading(self._engine) as connection:
            return _load(connection, operation_id, number)

    def versions(self, operation_id: int) -> list[VersionLine]:
        """All plan versions in short, oldest first."""
        columns = tables.versions.c
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(columns.number, columns.made_at, columns.causes, columns.fallback)
                .where(columns.operation_id == operation_id).order_by(columns.number))
            return [VersionLine(row.number, row.made_at, tuple(row.causes), row.fallback) for row in rows]

    def save_version(self, version: PlanVersion, trigger_ids: Sequence[int], at: datetime, token: int | None = None,
                     lease: str = LEADER) -> None:
        """Publish a plan version and settle the causes it answers, or do neither.

        Parameters
        ----------
        trigger_ids
            Causes of the version's operation that wait for an answer.
        at
            When they are settled.
        token
            The writer's fencing token of ``lease``; ``None`` for a writer that is alone by other means.

        Raises
        ------
        StalePlan
            Another writer was there first: the number is not the next one, a cause has its answer, or the token is old.
        """
        operation = tables.operations
        with writing(self._engine) as connection:
            connection.execute(select(operation.c.id).where(operation.c.id == version.operation_id).with_for_update())
            _fence(connection, lease, token)
            newest = _newest(connection, version.operation_id)
            if version.number != newest + 1:
                raise StalePlan("plan.stale_number", number=version.number, newest=newest)
            _insert(connection, version)
            settled = _settle(connection, trigger_ids, tables.triggers.c.operation_id == version.operation_id,
                              settled_at=at, answered_by=version.number)
            if settled != len(set(trigger_ids)):
                raise StalePlan("plan.stale_cause", number=version.number)


def record(connection: Connection, operation_id: int, cause: str, kind: TriggerKind, at: datetime,
           outcome: Message | None = None) -> bool:
    """Write a cause down within a transaction; whether it is new."""
    return insert_new(connection, tables.triggers, {
        "operation_id": operation_id, "cause": cause, "kind": kind.value, "requested_at": at,
        "settled_at": at if outcome else None, "outcome": pack(outcome)})


def _triggers(connection: Connection, operation_id: int, *which) -> list[Trigger]:
    columns = tables.triggers.c
    rows = connection.execute(select(tables.triggers).where(columns.operation_id == operation_id, *which)
                              .order_by(columns.id)).mappings()
    return [to_entity(Trigger, row) for row in rows]


def _settle(connection: Connection, trigger_ids: Iterable[int], *which, **values: object) -> int:
    columns = tables.triggers.c
    return connection.execute(update(tables.triggers).where(
        columns.id.in_(list(trigger_ids)), columns.settled_at.is_(None), *which).values(values)).rowcount


def _fence(connection: Connection, lease: str, token: int | None) -> None:
    if token is not None and not is_current(connection, lease, token):
        raise StalePlan("plan.stale_token", token=token)


def _newest(connection: Connection, operation_id: int) -> int:
    columns = tables.versions.c
    return connection.scalar(select(func.max(columns.number)).where(columns.operation_id == operation_id)) or 0


def _insert(connection: Connection, version: PlanVersion) -> None:
    key = {"operation_id": version.operation_id, "number": version.number}
    connection.execute(insert(tables.versions), to_row(tables.versions, version))
    assigned = [to_row(tables.assignments, part, **key, row_no=row) for row, part in enumerate(version.assignments)]
    members = [to_row(tables.members, member, **key, job_id=part.job_id, row_no=row)
               for part in version.assignments for row, member in enumerate(part.members)]
    for table, rows in ((tables.assignments, assigned), (tables.members, members)):
        if rows:
            connection.execute(insert(table), rows)
    for table, _, name in _PARTS:
        if parts := getattr(version, name):
            rows = [to_row(table, part, **key, row_no=row) for row, part in enumerate(parts)]
            connection.execute(insert(table), rows)


def _load(connection: Connection, operation_id: int, number: int) -> PlanVersion | None:
    def rows(table, *order) -> Sequence[RowMapping]:
        return connection.execute(select(table).where(table.c.operation_id == operation_id, table.c.number == number)
                                  .order_by(*order)).mappings().all()

    found = rows(tables.versions)
    if not found:
        return None
    members: dict[str, list[Member]] = {}
    for row in rows(tables.members, tables.members.c.job_id, tables.members.c.row_no):
        members.setdefault(row["job_id"], []).append(to_entity(Member, row))
    assignments = tuple(to_entity(Assignment, row, members=tuple(members.get(row["job_id"], ())))
                        for row in rows(tables.assignments, tables.assignments.c.row_no))
    parts = {name: tuple(to_entity(cls, row) for row in rows(table, table.c.row_no)) for table, cls, name in _PARTS}
    return to_entity(PlanVersion, found[0], assignments=assignments, **parts)
