"""Notices: written with the plan they tell of, claimed, sent outside any transaction, and marked.

A claim ends by itself, so what a sender that died had claimed is sent by the next one: at least
once. The visible number of a notice is its ``id``.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Table,
    func,
    insert,
    or_,
    select,
    update,
)

from data.db import schema
from data.db.codec import pack, to_entity, to_new_row
from data.db.engine import insert_new, reading, writing
from data.model.message import Message
from data.model.notice import DeskMessage, Notice, NoticeState, Outgoing
from data.store.leases import LEADER, fence
from data.store.part import Part

FAR = timedelta(hours=2)
"""No retry is put off so long: what seems due later than that was written before the clock was put
back.
"""
_NOTICES, _DESK = schema.notices, schema.desk_messages
_BOTH = (_NOTICES, _DESK)
_OPEN = (
    NoticeState.PENDING.value,
    NoticeState.CLAIMED.value,
    NoticeState.FAILED.value,
)  # not delivered
_UNANSWERED = (*_OPEN, NoticeState.SENT.value)
_GONE_OUT = (
    NoticeState.SENT.value,
    NoticeState.ACKNOWLEDGED.value,
    NoticeState.SUPERSEDED.value,
)  # if they have a time of sending

Kept = TypeVar("Kept", Notice, DeskMessage)


class Outbox(Part):
    """The part of the store that holds what is told to the stations and to the desk.

    Whoever sends gives his fencing token as the leader: one that is not the newest writes nothing
    (`StalePlan`).
    """

    def notices(
        self,
        operation_id: int,
        version: int | None = None,
        span: tuple[datetime, datetime] | None = None,
    ) -> list[Notice]:
        """All notices of an operation, or of a span or of one version, by their numbers."""
        which = [] if version is None else [_NOTICES.c.version == version]
        time = _NOTICES.c.created_at
        which += [] if span is None else [time >= span[0], time < span[1]]
        return self._notices(operation_id, *which)

    def notice(self, operation_id: int, number: int) -> Notice | None:
        """One notice by its number."""
        return next(iter(self._notices(operation_id, _NOTICES.c.id == number)), None)

    def unanswered(self, operation_id: int) -> list[Notice]:
        """Notices in force that nobody has acknowledged, delivered or not."""
        return self._notices(operation_id, _NOTICES.c.state.in_(_UNANSWERED))

    def undelivered(self, operation_id: int) -> list[Notice]:
        """Notices in force that have not reached their channel."""
        return self._notices(operation_id, _NOTICES.c.state.in_(_OPEN))

    def sent_by_channel(self, operation_id: int, since: datetime) -> dict[str, int]:
        """How many notices went out since then, by channel."""
        sent = select(_NOTICES.c.channel, func.count()).where(
            _NOTICES.c.operation_id == operation_id,
            _NOTICES.c.state.in_(_GONE_OUT),
            _NOTICES.c.next_at >= since,
            _NOTICES.c.sent_at.is_not(None),
        )
        with reading(self._engine) as connection:
            rows = connection.execute(sent.group_by(_NOTICES.c.channel))
            return {row[0]: row[1] for row in rows}

    @contextmanager
    def _leading(self, token: int | None) -> Iterator[Connection]:
        """Write, as long as who writes leads."""
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
            yield connection

    def _notices(self, operation_id: int, *which: ColumnElement[bool]) -> list[Notice]:
        return self._kept(Notice, _NOTICES, operation_id, *which)

    def _kept(
        self, kind: type[Kept], table: Table, operation_id: int, *which: ColumnElement[bool]
    ) -> list[Kept]:
        """What a table holds of an operation, in the order in which it was written."""
        wanted = select(table).where(table.c.operation_id == operation_id, *which)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.order_by(table.c.id)).mappings()
            return [to_entity(kind, row) for row in rows]

    def claim(
        self,
        operation_id: int,
        channel: str,
        now: datetime,
        hold: timedelta,
        most: int,
        token: int | None = None,
    ) -> list[Outgoing]:
        """Take what is due in a channel for as long as ``hold``: notices, the most urgent first,
        and what the desk is told where there are none.

        Parameters
        ----------
        most
            How many at most.
        """
        with self._leading(token) as connection:
            rows = _claimed(connection, _NOTICES, operation_id, channel, now, hold, most)
            notices = sorted(
                (to_entity(Notice, row) for row in rows), key=lambda one: (-one.urgency, one.id)
            )
            if notices:
                return list(notices)
            rows = _claimed(connection, _DESK, operation_id, channel, now, hold, most)
            return sorted(
                (to_entity(DeskMessage, row) for row in rows), key=lambda one: one.id or 0
            )

    def mark_sent(self, notice: Outgoing, at: datetime) -> bool:
        """It has reached its channel; whether the claim was still ours. One superseded meanwhile
        stays so, but dated.
        """
        table = _table_of(notice)
        columns = table.c
        mine = (columns.id == notice.id, columns.attempts == notice.attempts)
        with writing(self._engine) as connection:
            dated = connection.execute(
                update(table).where(*mine).values(sent_at=at, last_error=None)
            ).rowcount
            connection.execute(
                update(table)
                .where(*mine, columns.state == NoticeState.CLAIMED.value)
                .values(state=NoticeState.SENT.value)
            )
            return dated == 1

    def mark_unsent(
        self, notice: Outgoing, error: Message | None, next_at: datetime, failed: bool = False
    ) -> bool:
        """It has not, and is tried again at ``next_at``; ``failed``: only once somebody has mended
        something.
        """
        table, state = _table_of(notice), NoticeState.FAILED if failed else NoticeState.PENDING
        columns = table.c
        with writing(self._engine) as connection:
            return (
                connection.execute(
                    update(table)
                    .where(
                        columns.id == notice.id,
                        columns.attempts == notice.attempts,
                        columns.state == NoticeState.CLAIMED.value,
                    )
                    .values(state=state.value, last_error=pack(error), next_at=next_at)
                ).rowcount
                == 1
            )

    def release_claims(
        self, operation_id: int, channels: Sequence[str], now: datetime, token: int | None = None
    ) -> int:
        """Make due at once what a leader before us had claimed in these channels, and what had
        failed; how many.
        """
        with self._leading(token) as connection:
            return sum(
                connection.execute(
                    update(table)
                    .where(
                        table.c.operation_id == operation_id,
                        table.c.channel.in_(channels),
                        table.c.state.in_((NoticeState.CLAIMED.value, NoticeState.FAILED.value)),
                    )
                    .values(state=NoticeState.PENDING.value, next_at=now)
                ).rowcount
                for table in _BOTH
            )

    def repeat(self, notices: Sequence[Notice], now: datetime, token: int | None = None) -> int:
        """Make notices that were sent and not answered due once more; how many still were."""
        columns = _NOTICES.c
        with self._leading(token) as connection:
            return connection.execute(
                update(_NOTICES)
                .where(
                    columns.id.in_([one.id for one in notices]),
                    columns.state == NoticeState.SENT.value,
                )
                .values(state=NoticeState.PENDING.value, next_at=now)
            ).rowcount

    def put_back(self, operation_id: int, now: datetime, by: timedelta) -> None:
        """What waits for a time by a clock that was put back waits for as long as it was to."""
        with writing(self._engine) as connection:
            for table in _BOTH:
                columns = table.c
                waiting = connection.execute(
                    select(columns.id, columns.next_at).where(
                        columns.operation_id == operation_id,
                        columns.state == NoticeState.PENDING.value,
                        columns.next_at > now,
                    )
                ).all()
                for number, next_at in waiting:
                    connection.execute(
                        update(table)
                        .where(columns.id == number)
                        .values(next_at=max(now, next_at - by))
                    )

    def reroute(self, notices: Sequence[Notice], now: datetime, token: int | None = None) -> None:
        """Give notices that have not been delivered the channel, state and error that they have
        here, due at once.
        """
        columns = _NOTICES.c
        with self._leading(token) as connection:
            for one in notices:
                connection.execute(
                    update(_NOTICES)
                    .where(columns.id == one.id, columns.state.in_(_OPEN))
                    .values(
                        channel=one.channel,
                        state=one.state.value,
                        last_error=pack(one.last_error),
                        next_at=now,
                    )
                )

    def add(self, notices: Sequence[Notice], token: int | None = None) -> list[bool]:
        """Write further notices of versions that are published (to the deputy, to the desk); which
        of them are new.
        """
        with self._leading(token) as connection:
            return [insert_new(connection, _NOTICES, to_new_row(_NOTICES, one)) for one in notices]

    def tell_desk(
        self,
        operation_id: int,
        matter: str,
        body: Message,
        channels: Sequence[str],
        now: datetime,
        token: int | None = None,
    ) -> int:
        """Let each of these channels tell the desk of a matter, once; how many did not have it."""
        with self._leading(token) as connection:
            told = (
                DeskMessage(
                    operation_id=operation_id,
                    matter=matter,
                    channel=channel,
                    body=body,
                    created_at=now,
                    next_at=now,
                )
                for channel in channels
            )
            return sum(insert_new(connection, _DESK, to_new_row(_DESK, one)) for one in told)

    def supersede(self, message: DeskMessage, token: int | None = None) -> None:
        """Another channel tells of it instead."""
        with self._leading(token) as connection:
            connection.execute(
                update(_DESK)
                .where(_DESK.c.id == message.id, _DESK.c.state.in_(_OPEN))
                .values(state=NoticeState.SUPERSEDED.value)
            )

    def desk_messages(self, operation_id: int, open_only: bool = False) -> list[DeskMessage]:
        """What the desk is told, by its numbers; ``open_only``: what no channel has taken."""
        which = [_DESK.c.state.in_(_OPEN)] if open_only else []
        return self._kept(DeskMessage, _DESK, operation_id, *which)

    def told_desk(self, operation_id: int, prefix: str, since: datetime) -> list[DeskMessage]:
        """What the desk was told since then of matters whose names begin so, by its numbers."""
        which = _DESK.c.matter.startswith(prefix, autoescape=True), _DESK.c.created_at >= since
        return self._kept(DeskMessage, _DESK, operation_id, *which)

    def missed_versions(self, notice: Notice) -> tuple[int, ...]:
        """Versions whose notices never reached this station and were superseded, since the last one
        that did.
        """
        columns = _NOTICES.c
        same = (
            columns.operation_id == notice.operation_id,
            columns.station_id == notice.station_id,
            columns.version < notice.version,
        )
        with reading(self._engine) as connection:
            last = (
                connection.scalar(
                    select(func.max(columns.version)).where(
                        *same,
                        or_(columns.sent_at.is_not(None), columns.acknowledged_at.is_not(None)),
                    )
                )
                or 0
            )
            return tuple(
                connection.scalars(
                    select(columns.version)
                    .where(*same, columns.version > last)
                    .distinct()
                    .order_by(columns.version)
                )
            )

    def sent_since(self, operation_id: int, channel: str, since: datetime) -> int:
        """How many notices and messages a channel has taken since an instant."""
        return sum(
            self._count(
                table,
                table.c.operation_id == operation_id,
                table.c.channel == channel,
                table.c.sent_at > since,
            )
            for table in _BOTH
        )

    def waiting(self, operation_id: int) -> int:
        """How many notices and messages have not reached their channel."""
        return sum(
            self._count(table, table.c.operation_id == operation_id, table.c.state.in_(_OPEN))
            for table in _BOTH
        )

    def _count(self, table: Table, *which: ColumnElement[bool]) -> int:
        with reading(self._engine) as connection:
            return connection.scalar(select(func.count()).select_from(table).where(*which)) or 0


def _table_of(one: Outgoing) -> Table:
    return _NOTICES if isinstance(one, Notice) else _DESK


def _claimed(
    connection: Connection,
    table: Table,
    operation_id: int,
    channel: str,
    now: datetime,
    hold: timedelta,
    most: int,
) -> Sequence[RowMapping]:
    """The rows of one table that are due, taken."""
    columns = table.c
    first = [columns.urgency.desc()] if "urgency" in columns else []
    due = connection.scalars(
        select(columns.id)
        .where(
            columns.operation_id == operation_id,
            columns.channel == channel,
            columns.state.in_(_OPEN),
            or_(columns.next_at <= now, columns.next_at > now + FAR),
        )
        .order_by(*first, columns.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    ).all()
    if not due:
        return []
    taken = (
        update(table)
        .where(columns.id.in_(due))
        .values(
            state=NoticeState.CLAIMED.value,
            attempts=columns.attempts + 1,
            next_at=now + hold,
        )
        .returning(table)
    )
    return connection.execute(taken).mappings().all()


def post(connection: Connection, notices: Sequence[Notice]) -> None:
    """Write notices of a version that is published; those of older versions to the same stations
    count no longer.
    """
    columns = _NOTICES.c
    for operation_id, station_id, version in {
        (one.operation_id, one.station_id, one.version) for one in notices
    }:
        connection.execute(
            update(_NOTICES)
            .where(
                columns.operation_id == operation_id,
                columns.station_id == station_id,
                columns.version < version,
                columns.state.in_(_UNANSWERED),
            )
            .values(state=NoticeState.SUPERSEDED.value)
        )
    if rows := [to_new_row(_NOTICES, one) for one in notices]:
        connection.execute(insert(_NOTICES), rows)


def acknowledge(
    connection: Connection, operation_id: int, station_id: str, version: int, at: datetime, by: str
) -> None:
    """A station that answers to a version has been told of it and of all before it."""
    columns = _NOTICES.c
    connection.execute(
        update(_NOTICES)
        .where(
            columns.operation_id == operation_id,
            columns.station_id == station_id,
            columns.version <= version,
            columns.state.in_(_UNANSWERED),
        )
        .values(state=NoticeState.ACKNOWLEDGED.value, acknowledged_at=at, acknowledged_by=by)
    )
