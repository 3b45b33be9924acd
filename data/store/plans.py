"""What was decided: the plan versions that answer causes.

A version, its parts and the causes it settles are one transaction: either all of it is there or
nothing is.
"""

import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Row,
    RowMapping,
    Table,
    func,
    insert,
    select,
    update,
)

from data.db import schema
from data.db.codec import pack, to_entity, to_row
from data.db.engine import reading, writing
from data.errors import StalePlan
from data.model.message import Message
from data.model.notice import Notice
from data.model.plan import (
    Assignment,
    JobKind,
    Member,
    Phase,
    PlanState,
    PlanVersion,
    Rest,
    SegmentRisk,
    UnitKind,
)
from data.store.leases import LEADER, fence
from data.store.outbox import post
from data.store.part import Part
from data.store.triggers import settle

KEPT = 24  # versions that a process keeps as it read them: those that reports still speak of
_MARKS = ("state", "published_at", "approved_by", "made_at", "score", "solve_seconds")
"""By which a version is known to be the one that was read."""


class VersionLine(NamedTuple):
    """A plan version without its weight, for lists."""

    number: int
    made_at: datetime
    causes: tuple[str, ...]
    fallback: bool
    state: PlanState


class Plans(Part):
    """The part of the store that holds plan versions."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._known: dict[tuple[int, int], tuple[tuple, PlanVersion]] = {}
        self._keeping = threading.Lock()

    def current(self, operation_id: int) -> PlanVersion | None:
        """The plan in force: the one that is published."""
        return self._only(operation_id, PlanState.PUBLISHED)

    def draft(self, operation_id: int) -> PlanVersion | None:
        """The plan that waits for approval; each new version takes its place."""
        return self._only(operation_id, PlanState.DRAFT)

    def _only(self, operation_id: int, state: PlanState) -> PlanVersion | None:
        columns = schema.versions.c
        with reading(self._engine) as connection:
            number = connection.scalar(
                select(columns.number).where(
                    columns.operation_id == operation_id, columns.state == state.value
                )
            )
            return self._version(connection, operation_id, number) if number else None

    def newest_number(self, operation_id: int) -> int:
        """The number of the newest version, published or not; 0 before the first."""
        with reading(self._engine) as connection:
            return _newest(connection, operation_id)

    def version(self, operation_id: int, number: int) -> PlanVersion | None:
        """One plan version."""
        with reading(self._engine) as connection:
            return self._version(connection, operation_id, number)

    def _version(
        self, connection: Connection, operation_id: int, number: int
    ) -> PlanVersion | None:
        """A version, read once: the board asks for the latest twenty at every look, and of a
        version only its state changes.
        """
        columns = schema.versions.c
        row = connection.execute(
            select(*(columns[name] for name in _MARKS)).where(
                columns.operation_id == operation_id, columns.number == number
            )
        ).first()
        if row is None:
            return None
        marks, key = tuple(row), (operation_id, number)
        known = self._known.get(key)
        if known is None or known[0] != marks:
            loaded = _load(connection, operation_id, number)
            if loaded is None:
                return None
            known = marks, loaded
        with self._keeping:
            self._known.pop(key, None)
            self._known[key] = known
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return known[1]

    def versions(self, operation_id: int, above: int = 0) -> list[VersionLine]:
        """The plan versions with a number above this one in short, oldest first."""
        columns = schema.versions.c
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(
                    columns.number, columns.made_at, columns.causes, columns.fallback, columns.state
                )
                .where(columns.operation_id == operation_id, columns.number > above)
                .order_by(columns.number)
            )
            return [
                VersionLine(
                    row.number, row.made_at, tuple(row.causes), row.fallback, PlanState(row.state)
                )
                for row in rows
            ]

    def bounds(self, operation_id: int) -> list[datetime]:
        """When the first version and the latest one were made; empty before the first."""
        columns = schema.versions.c
        with reading(self._engine) as connection:
            ends = connection.execute(
                select(columns.made_at)
                .where(
                    columns.operation_id == operation_id,
                    columns.number.in_([1, _newest(connection, operation_id)]),
                )
                .order_by(columns.number)
            )
            return list(ends.scalars())

    def outlines(
        self, operation_id: int, from_number: int = 1, span: tuple[datetime, datetime] | None = None
    ) -> list[PlanVersion]:
        """All plan versions from a number on, made in a span if one is given, oldest first, for
        counting: no sentences, no rests, no solver's JSON.

        All are read by the same three questions. Of what is read here nothing changes any more in
        any version but the newest (a draft may yet be published).
        """
        with reading(self._engine) as connection:
            return _outlines(connection, operation_id, from_number, span)

    def save(
        self,
        version: PlanVersion,
        trigger_ids: Sequence[int],
        at: datetime,
        token: int | None = None,
        lease: str = LEADER,
        notices: Sequence[Notice] = (),
    ) -> None:
        """Keep a plan version with the notices that tell of it, and settle the causes it answers,
        or do nothing at all.

        A published version supersedes the one in force; any version supersedes a draft before it.

        Parameters
        ----------
        trigger_ids
            Causes of the version's operation that wait for an answer.
        at
            When they are settled.
        token
            The writer's fencing token of ``lease``; ``None`` for a writer that is alone by other
            means.
        notices
            What is told to whom; those of a draft are written when it is published (``publish``).

        Raises
        ------
        StalePlan
            Another writer was there first: the number is not the next one, a cause has its answer,
            or the token is old.
        """
        with writing(self._engine) as connection:
            _hold(connection, version.operation_id)
            fence(connection, lease, token)
            newest = _newest(connection, version.operation_id)
            if version.number != newest + 1:
                raise StalePlan("plan.stale_number", number=version.number, newest=newest)
            _supersede(
                connection, version.operation_id, drafts_only=version.state is PlanState.DRAFT
            )
            _insert(connection, version)
            settled = settle(
                connection,
                trigger_ids,
                schema.triggers.c.operation_id == version.operation_id,
                settled_at=at,
                answered_by=version.number,
            )
            if settled != len(set(trigger_ids)):
                raise StalePlan("plan.stale_cause", number=version.number)
            post(connection, notices)

    def confirm(
        self,
        operation_id: int,
        number: int,
        trigger_ids: Sequence[int],
        at: datetime,
        outcome: Message,
        token: int | None = None,
        lease: str = LEADER,
    ) -> None:
        """Settle causes that the newest version answers as it stands, and say so.

        Parameters
        ----------
        trigger_ids, at, token, lease
            As for ``save``.

        Raises
        ------
        StalePlan
            There is a newer version, a cause has its answer, or the token is old.
        """
        with writing(self._engine) as connection:
            _hold(connection, operation_id)
            fence(connection, lease, token)
            newest = _newest(connection, operation_id)
            if number != newest:
                raise StalePlan("plan.stale_number", number=number, newest=newest)
            settled = settle(
                connection,
                trigger_ids,
                schema.triggers.c.operation_id == operation_id,
                settled_at=at,
                answered_by=number,
                outcome=pack(outcome),
            )
            if settled != len(set(trigger_ids)):
                raise StalePlan("plan.stale_cause", number=number)

    def publish(
        self, operation_id: int, number: int, by: str, at: datetime, notices: Sequence[Notice] = ()
    ) -> None:
        """Put a draft in force and write the notices that tell of it.

        Raises
        ------
        StalePlan
            It is no draft: approved already, or a newer version took its place.
        """
        columns = schema.versions.c
        with writing(self._engine) as connection:
            _hold(connection, operation_id)
            mine = (columns.operation_id == operation_id, columns.number == number)
            if connection.scalar(select(columns.state).where(*mine)) != PlanState.DRAFT.value:
                raise StalePlan("plan.stale_draft", number=number)
            _supersede(connection, operation_id)
            connection.execute(
                update(schema.versions)
                .where(*mine)
                .values(state=PlanState.PUBLISHED.value, published_at=at, approved_by=by)
            )
            post(connection, notices)


def _hold(connection: Connection, operation_id: int) -> None:
    """One writer of versions at a time in an operation."""
    column = schema.operations.c.id
    connection.execute(select(column).where(column == operation_id).with_for_update())


def _supersede(connection: Connection, operation_id: int, drafts_only: bool = False) -> None:
    columns, states = schema.versions.c, [PlanState.DRAFT.value]
    connection.execute(
        update(schema.versions)
        .where(
            columns.operation_id == operation_id,
            columns.state.in_(states if drafts_only else [*states, PlanState.PUBLISHED.value]),
        )
        .values(state=PlanState.SUPERSEDED.value)
    )


def _newest(connection: Connection, operation_id: int) -> int:
    columns = schema.versions.c
    return (
        connection.scalar(
            select(func.max(columns.number)).where(columns.operation_id == operation_id)
        )
        or 0
    )


def _insert(connection: Connection, version: PlanVersion) -> None:
    key = {"operation_id": version.operation_id, "number": version.number}
    connection.execute(insert(schema.versions), to_row(schema.versions, version))
    assigned = [
        to_row(schema.assignments, part, **key, row_no=row)
        for row, part in enumerate(version.assignments)
    ]
    members = [
        to_row(schema.members, member, **key, job_id=part.job_id, row_no=row)
        for part in version.assignments
        for row, member in enumerate(part.members)
    ]
    rests = [
        to_row(schema.rests, rest, **key, row_no=row) for row, rest in enumerate(version.rests)
    ]
    for table, rows in (
        (schema.assignments, assigned),
        (schema.members, members),
        (schema.rests, rests),
    ):
        if rows:
            connection.execute(insert(table), rows)


_NOT_IN_OUTLINE = {"why": (), "changes": (), "left_out": (), "rests": (), "problem": "", "plan": ""}


def _outlines(
    connection: Connection,
    operation_id: int,
    from_number: int,
    span: tuple[datetime, datetime] | None,
) -> list[PlanVersion]:
    """Versions without what is long, read by hand: the general way takes three times as long."""
    made = schema.versions.c.made_at
    in_span = [] if span is None else [made >= span[0], made < span[1]]
    first, last = connection.execute(
        select(func.min(schema.versions.c.number), func.max(schema.versions.c.number)).where(
            schema.versions.c.operation_id == operation_id,
            schema.versions.c.number >= from_number,
            *in_span,
        )
    ).one()
    if first is None:
        return []

    def rows(table: Table) -> Iterable[Row]:
        columns = [column for column in table.c if column.name not in _NOT_IN_OUTLINE]
        return connection.execute(
            select(*columns)
            .where(table.c.operation_id == operation_id, table.c.number.between(first, last))
            .order_by(table.c.number, *([table.c.row_no] if "row_no" in table.c else ()))
        )

    assignments = _outlined_assignments(rows(schema.assignments), rows(schema.members))
    left_empty = {name: value for name, value in _NOT_IN_OUTLINE.items() if name != "why"}
    return [
        to_entity(
            PlanVersion,
            row,
            **left_empty,
            assignments=tuple(assignments.get(row["number"], ())),
            risks=tuple(
                SegmentRisk(segment_id=one["segment_id"], score=one["score"], why=(), inlet_ids=())
                for one in row["risks"]
            ),
        )
        for row in (each._mapping for each in rows(schema.versions))
    ]


def _outlined_assignments(
    assignment_rows: Iterable[Row], member_rows: Iterable[Row]
) -> dict[int, list[Assignment]]:
    """Assignments with their teams and without their reasons, by version."""
    teams = _teams(member_rows)
    assignments: dict[int, list[Assignment]] = {}
    for row in assignment_rows:
        assignments.setdefault(row.number, []).append(
            Assignment(
                job_id=row.job_id,
                kind=JobKind(row.kind),
                phase=Phase(row.phase),
                segment_id=row.segment_id,
                station_id=row.station_id,
                inlet_ids=tuple(row.inlet_ids),
                start_at=row.start_at,
                end_at=row.end_at,
                members=tuple(teams.get((row.number, row.job_id), ())),
                risk=row.risk,
                why=(),
                state=row.state,
            )
        )
    return assignments


def _teams(member_rows: Iterable[Row]) -> dict[tuple[int, str], list[Member]]:
    """Members by version and job."""
    teams: dict[tuple[int, str], list[Member]] = {}
    for row in member_rows:
        teams.setdefault((row.number, row.job_id), []).append(
            Member(
                unit_id=row.unit_id,
                kind=UnitKind(row.kind),
                resource_id=row.resource_id,
                driver_id=row.driver_id,
                leave_at=row.leave_at,
                arrive_at=row.arrive_at,
                people=row.people,
                profile=row.profile,
            )
        )
    return teams


def _load(connection: Connection, operation_id: int, number: int) -> PlanVersion | None:
    def rows(table: Table, *order: Column) -> Sequence[RowMapping]:
        return (
            connection.execute(
                select(table)
                .where(table.c.operation_id == operation_id, table.c.number == number)
                .order_by(*order)
            )
            .mappings()
            .all()
        )

    found = rows(schema.versions)
    if not found:
        return None
    members: dict[str, list[Member]] = {}
    for row in rows(schema.members, schema.members.c.job_id, schema.members.c.row_no):
        members.setdefault(row["job_id"], []).append(to_entity(Member, row))
    assignments = tuple(
        to_entity(Assignment, row, members=tuple(members.get(row["job_id"], ())))
        for row in rows(schema.assignments, schema.assignments.c.row_no)
    )
    rests = tuple(to_entity(Rest, row) for row in rows(schema.rests, schema.rests.c.row_no))
    return to_entity(PlanVersion, found[0], assignments=assignments, rests=rests)
