"""What was received: warnings, forecasts, how their sources are, and what their polls remember."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from types import MappingProxyType

from sqlalchemy import ColumnElement, Connection, Row, delete, func, or_, select, update

from data.db import schema
from data.db.codec import pack, to_entity, to_row, unpack
from data.db.engine import insert_new, reading, writing
from data.model.operation import TriggerKind
from data.store.part import Part, since_recent
from data.store.triggers import record
from weather.model import STALE, Alert, RainSeries, SourceError, SourceHealth

FORGET = timedelta(days=30)
"""What a poll remembered is forgotten after this long: no index names older messages."""
LATELY = timedelta(days=8)
"""A forecast is fresh for a week at most (`Feed.stale_minutes`); older ones are not looked at."""
AHEAD = timedelta(minutes=5)
"""What was fetched further ahead was so while the clock was wrong."""
_NONE: Mapping[str, str] = MappingProxyType({})


class Weather(Part):
    """The part of the store that holds the weather."""

    def save_alerts(
        self,
        operation_id: int,
        alerts: Sequence[Alert],
        causes: Mapping[str, str] = _NONE,
        at: datetime | None = None,
    ) -> list[bool]:
        """Keep what was received and, in the same transaction, the causes to plan that it gives.

        Parameters
        ----------
        causes
            The cause of each alert that asks for a plan, by the alert's digest.
        at
            When the plan is asked for; by default when the alert was received.

        Returns
        -------
        list of bool
            For each alert whether it is new; one that is known, by its digest, changes nothing.
        """
        with writing(self._engine) as connection:
            new = [
                insert_new(
                    connection,
                    schema.alerts,
                    {
                        "operation_id": operation_id,
                        "digest": alert.digest,
                        "received_at": alert.received_at,
                        "body": pack(alert),
                    },
                )
                for alert in alerts
            ]
            for alert in alerts:
                requested_at = at or alert.received_at
                if requested_at and (cause := causes.get(alert.digest)):
                    record(connection, operation_id, cause, TriggerKind.ALERT, requested_at)
            return new

    def alerts(
        self, operation_id: int, span: tuple[datetime, datetime] | None = None
    ) -> list[Alert]:
        """What was received lately, or in a span, in order of receipt."""
        columns = schema.alerts.c
        mine, time = columns.operation_id == operation_id, columns.received_at
        with reading(self._engine) as connection:
            if span is None:
                which = since_recent(connection, columns.id, time, mine)
            else:
                which = [time >= span[0], time < span[1]]
            return [
                unpack(Alert, body)
                for body in connection.scalars(
                    select(columns.body)
                    .where(mine, *which)
                    .order_by(columns.received_at, columns.id)
                )
            ]

    def alerts_of(self, operation_id: int, digests: Sequence[str]) -> list[Alert]:
        """Those of these digests, in order of receipt."""
        columns = schema.alerts.c
        with reading(self._engine) as connection:
            bodies = connection.scalars(
                select(columns.body)
                .where(columns.operation_id == operation_id, columns.digest.in_(list(digests)))
                .order_by(columns.received_at, columns.id)
            )
            return [unpack(Alert, body) for body in bodies]

    def save_forecast(
        self,
        operation_id: int,
        series: RainSeries,
        cause: str | None = None,
        at: datetime | None = None,
        *,
        rank: int = 50,
        stale: timedelta = STALE,
    ) -> bool:
        """Keep a forecast and, in the same transaction, the cause to plan that it gives.

        Parameters
        ----------
        rank
            Of several fresh forecasts the one with the least rank is the best.
        stale
            Age at which it is fresh no longer.

        Returns
        -------
        bool
            Whether it is new; of one that is known, by its digest, only ``fetched_at`` moves
            forward, and back where the clock was.
        """
        columns = schema.forecasts.c
        how = {"rank": rank, "stale_minutes": int(stale / timedelta(minutes=1))}
        row = {
            "operation_id": operation_id,
            "digest": series.digest,
            "provider": series.provider,
            "fetched_at": series.fetched_at,
            "body": pack(series),
            **how,
        }
        with writing(self._engine) as connection:
            new = insert_new(connection, schema.forecasts, row)
            if not new:
                connection.execute(
                    update(schema.forecasts)
                    .where(
                        columns.operation_id == operation_id,
                        columns.digest == series.digest,
                        _is_other_than(series.fetched_at, at),
                    )
                    .values(fetched_at=series.fetched_at, **how)
                )
            if cause:
                record(
                    connection, operation_id, cause, TriggerKind.FORECAST, at or series.fetched_at
                )
            return new

    def confirm_forecast(self, operation_id: int, provider: str, at: datetime) -> None:
        """A source says that its last forecast still stands: it is as fresh as if fetched again."""
        columns = schema.forecasts.c
        newest = (
            select(columns.id)
            .where(columns.operation_id == operation_id, columns.provider == provider)
            .order_by(*_newest(at))
            .limit(1)
            .scalar_subquery()
        )
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.forecasts)
                .where(columns.id == newest, _is_other_than(at, at))
                .values(fetched_at=at)
            )

    def latest_forecast(self, operation_id: int, now: datetime | None = None) -> RainSeries | None:
        """The best forecast: of those that are fresh at ``now`` the one with the least rank, else
        the newest.

        It says itself when it is stale.

        Without ``now`` the newest forecast's own time stands in for it.
        """
        with reading(self._engine) as connection:
            rows = _newest_of_each(connection, operation_id, now)
            if not rows:
                return None
            at = now or rows[0].fetched_at
            fresh = [
                row for row in rows if at - row.fetched_at <= timedelta(minutes=row.stale_minutes)
            ]
            best = min(fresh, key=lambda row: row.rank) if fresh else rows[0]
            body = connection.scalar(
                select(schema.forecasts.c.body).where(schema.forecasts.c.id == best.id)
            )
            return replace(
                unpack(RainSeries, body),
                fetched_at=best.fetched_at,
                stale_at=best.fetched_at + timedelta(minutes=best.stale_minutes),
            )

    def save_health(self, health: SourceHealth) -> None:
        """Keep how a source is now."""
        error = None if health.error is None else json.dumps(pack(health.error))
        row = to_row(schema.healths, replace(health, error=None)) | {"error": error}
        with writing(self._engine) as connection:
            if not insert_new(connection, schema.healths, row):
                connection.execute(
                    update(schema.healths)
                    .where(schema.healths.c.provider == health.provider)
                    .values(row)
                )

    def healths(self) -> dict[str, SourceHealth]:
        """How every source was when it was last tried, by provider."""
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(schema.healths).order_by(schema.healths.c.provider)
            ).mappings()
            return {
                row["provider"]: to_entity(SourceHealth, row, error=_error(row["error"]))
                for row in rows
            }

    def spend(self, provider: str, day: date, most: int) -> bool:
        """Count one request of a source on a day; ``False``, and not counted, when ``most`` are
        used (0: no limit).
        """
        budgets = schema.budgets
        mine = (budgets.c.provider == provider) & (budgets.c.day == day)
        with writing(self._engine) as connection:
            insert_new(connection, budgets, {"provider": provider, "day": day, "used": 0})
            spent = update(budgets).where(mine).values(used=budgets.c.used + 1)
            return (
                connection.execute(spent.where(budgets.c.used < most) if most else spent).rowcount
                == 1
            )

    def spent(self, day: date) -> dict[str, int]:
        """Requests on a day, by source."""
        budgets = schema.budgets.c
        with reading(self._engine) as connection:
            return dict(
                connection.execute(
                    select(budgets.provider, budgets.used).where(budgets.day == day)
                ).all()
            )

    def marks(self, operation_id: int, provider: str) -> dict[str, tuple[str | None, str | None]]:
        """Etag and time of last change that a source gave with each part, as remembered in one
        operation.
        """
        columns = schema.marks.c
        with reading(self._engine) as connection:
            rows = connection.execute(
                select(columns.part, columns.etag, columns.last_modified).where(
                    columns.operation_id == operation_id, columns.provider == provider
                )
            )
            return {row.part: (row.etag, row.last_modified) for row in rows}

    def save_marks(
        self,
        operation_id: int,
        provider: str,
        marks: Mapping[str, tuple[str | None, str | None]],
        at: datetime,
    ) -> None:
        """Remember them, and forget what is long past."""
        table, columns = schema.marks, schema.marks.c
        with writing(self._engine) as connection:
            for part, (etag, modified) in marks.items():
                row = {
                    "operation_id": operation_id,
                    "provider": provider,
                    "part": part,
                    "etag": etag,
                    "last_modified": modified,
                    "at": at,
                }
                if not insert_new(connection, table, row):
                    connection.execute(
                        update(table)
                        .where(
                            columns.operation_id == operation_id,
                            columns.provider == provider,
                            columns.part == part,
                        )
                        .values(row)
                    )
            connection.execute(delete(table).where(columns.at < at - FORGET))


def _newest_of_each(connection: Connection, operation_id: int, now: datetime | None) -> list[Row]:
    """The newest forecast of each source without its body, the newest of all first; of none that
    has been silent for long, where another was not.
    """
    columns = schema.forecasts.c
    mine = columns.operation_id == operation_id
    at = now or connection.scalar(select(func.max(columns.fetched_at)).where(mine))
    if at is None:
        return []
    which = select(
        columns.id, columns.provider, columns.fetched_at, columns.rank, columns.stale_minutes
    ).where(mine)
    rows = connection.execute(which.where(columns.fetched_at >= at - LATELY).order_by(*_newest(at)))
    found: dict[str, Row] = {}
    for row in rows:
        found.setdefault(row.provider, row)
    if found:
        return list(found.values())
    return list(connection.execute(which.order_by(*_newest(at)).limit(1)))


def _newest(at: datetime) -> tuple[ColumnElement, ...]:
    """The newest forecast first; those that came while the clock was ahead last."""
    columns = schema.forecasts.c
    return columns.fetched_at > at + AHEAD, columns.fetched_at.desc(), columns.id.desc()


def _is_other_than(fetched_at: datetime, now: datetime | None) -> ColumnElement[bool]:
    """Whether a forecast was fetched before, or, where it is known what time it is, while the clock
    was ahead.
    """
    known = schema.forecasts.c.fetched_at
    return or_(known < fetched_at, *([known > now + AHEAD] if now else []))


def _error(text: str | None) -> SourceError | None:
    """A source's error as it was kept; the plain text of an earlier release is its own code."""
    if text is None:
        return None
    return unpack(SourceError, json.loads(text)) if text[:1] == "{" else SourceError(code=text)
