"""Notices: written with the plan they tell of, claimed, sent outside any transaction, and marked.

A claim ends by itself, so what a sender that died had claimed is sent by the next one: at least
once. The visible number of a notice is its ``id``.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from data.db import schema
from data.db.codec import pack, to_entity, to_new_row
from data.db.engine import insert_new, reading, writing
from data.model.message import Message
from data.model.notice import Notice, NoticeState
from data.store.leases import LEADER, fence
from data.store.part import Part

FAR = timedelta(hours=2)
"""No retry is put off so long: what seems due later than that was written before the clock was put
back.
"""
_NOTICES = schema.notices
_OPEN = (
    NoticeState.PENDING.value,
    NoticeState.CLAIMED.value,
    NoticeState.FAILED.value,
)  # not delivered
_UNANSWERED = (*_OPEN, NoticeState.SENT.value)


class Outbox(Part):
    """The part of the store that holds what is told to the stations."""

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

    def _notices(self, operation_id: int, *which: ColumnElement[bool]) -> list[Notice]:
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(_NOTICES)
                .where(_NOTICES.c.operation_id == operation_id, *which)
                .order_by(_NOTICES.c.id)
            ).mappings()
            return [to_entity(Notice, row) for row in rows]

    def claim(
        self,
        operation_id: int,
        channel: str,
        now: datetime,
        hold: timedelta,
        most: int,
        token: int | None = None,
    ) -> list[Notice]:
        """Take the notices of a channel that are due, the most urgent first, for as long as
        ``hold``.

        Parameters
        ----------
        most
            How many at most.
        token
            The sender's fencing token as the leader.

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        columns = _NOTICES.c
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
            due = connection.scalars(
                select(columns.id)
                .where(
                    columns.operation_id == operation_id,
                    columns.channel == channel,
                    columns.state.in_(_OPEN),
                    or_(columns.next_at <= now, columns.next_at > now + FAR),
                )
                .order_by(columns.urgency.desc(), columns.id)
                .limit(most)
                .with_for_update(skip_locked=True)
            ).all()
            rows = (
                connection.execute(
                    update(_NOTICES)
                    .where(columns.id.in_(due))
                    .values(
                        state=NoticeState.CLAIMED.value,
                        attempts=columns.attempts + 1,
                        next_at=now + hold,
                    )
                    .returning(_NOTICES)
                )
                .mappings()
                .all()
            )
            return sorted(
                (to_entity(Notice, row) for row in rows), key=lambda one: (-one.urgency, one.id)
            )

    def mark_sent(self, notice: Notice, at: datetime) -> bool:
        """It has reached its channel; whether the claim was still ours. One superseded meanwhile
        stays so, but dated.
        """
        columns = _NOTICES.c
        mine = (columns.id == notice.id, columns.attempts == notice.attempts)
        with writing(self._engine) as connection:
            dated = connection.execute(
                update(_NOTICES).where(*mine).values(sent_at=at, last_error=None)
            ).rowcount
            connection.execute(
                update(_NOTICES)
                .where(*mine, columns.state == NoticeState.CLAIMED.value)
                .values(state=NoticeState.SENT.value)
            )
            return dated == 1

    def mark_unsent(
        self, notice: Notice, error: Message | None, next_at: datetime, failed: bool = False
    ) -> bool:
        """It has not, and is tried again at ``next_at``; ``failed``: only once somebody has mended
        something.
        """
        columns, state = _NOTICES.c, NoticeState.FAILED if failed else NoticeState.PENDING
        with writing(self._engine) as connection:
            return (
                connection.execute(
                    update(_NOTICES)
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

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        columns = _NOTICES.c
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
            return connection.execute(
                update(_NOTICES)
                .where(
                    columns.operation_id == operation_id,
                    columns.channel.in_(channels),
                    columns.state.in_((NoticeState.CLAIMED.value, NoticeState.FAILED.value)),
                )
                .values(state=NoticeState.PENDING.value, next_at=now)
            ).rowcount

    def repeat(self, notices: Sequence[Notice], now: datetime, token: int | None = None) -> int:
        """Make notices that were sent and not answered due once more; how many still were.

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        columns = _NOTICES.c
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
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
        columns = _NOTICES.c
        with writing(self._engine) as connection:
            waiting = connection.execute(
                select(columns.id, columns.next_at).where(
                    columns.operation_id == operation_id,
                    columns.state == NoticeState.PENDING.value,
                    columns.next_at > now,
                )
            ).all()
            for number, next_at in waiting:
                connection.execute(
                    update(_NOTICES)
                    .where(columns.id == number)
                    .values(next_at=max(now, next_at - by))
                )

    def reroute(self, notices: Sequence[Notice], now: datetime, token: int | None = None) -> None:
        """Give notices that have not been delivered the channel, state and error that they have
        here, due at once.

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        columns = _NOTICES.c
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
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

        Raises
        ------
        StalePlan
            ``token`` is not the newest.
        """
        with writing(self._engine) as connection:
            fence(connection, LEADER, token)
            return [insert_new(connection, _NOTICES, to_new_row(_NOTICES, one)) for one in notices]

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
        """How many notices a channel has taken since an instant."""
        columns = _NOTICES.c
        with reading(self._engine) as connection:
            return (
                connection.scalar(
                    select(func.count()).where(
                        columns.operation_id == operation_id,
                        columns.channel == channel,
                        columns.sent_at > since,
                    )
                )
                or 0
            )


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
