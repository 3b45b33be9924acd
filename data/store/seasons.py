"""What lies behind: the rows of a season of real operation, and their going once they are kept
elsewhere.

The record of inlets, what the cars' kits lack, warnings, what the desk changed by hand, orders,
outages, rosters, the duty log, the record of who did what and accounts always stay.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Column, ColumnElement, Connection, Table, delete, exists, func, select

from data.db import schema
from data.db.engine import reading, writing
from data.errors import SeasonChanged
from data.model.field import BLOCKED_INLET
from data.model.operation import OperationKind
from data.store.field import TELLS_OF_INLETS, TELLS_OF_KITS
from data.store.part import Part

Span = tuple[datetime, datetime]
"""From when on, and before when."""
_CHUNK = 500  # rows at a time
_VERSIONS, _EVENTS, _INCIDENTS = schema.versions, schema.field_events, schema.incidents
_TIMES: dict[Table, Column] = {
    schema.alerts: schema.alerts.c.received_at,
    schema.forecasts: schema.forecasts.c.fetched_at,
    schema.gauge_readings: schema.gauge_readings.c.measured_at,
    schema.orders: schema.orders.c.at,
    _VERSIONS: _VERSIONS.c.made_at,
    schema.triggers: schema.triggers.c.requested_at,
    schema.notices: schema.notices.c.created_at,
    schema.desk_messages: schema.desk_messages.c.created_at,
    schema.manual_changes: schema.manual_changes.c.at,
    _EVENTS: _EVENTS.c.server_at,
    _INCIDENTS: _INCIDENTS.c.received_at,
    schema.outages: schema.outages.c.from_at,
    schema.roster_changes: schema.roster_changes.c.at,
    schema.month_proposals: schema.month_proposals.c.at,
    schema.closures: schema.closures.c.from_at,
    schema.duty_log: schema.duty_log.c.written_at,
    schema.street_cases: schema.street_cases.c.received_at,
    schema.case_events: schema.case_events.c.at,
    schema.street_checks: schema.street_checks.c.at,
    schema.action_posts: schema.action_posts.c.to_at,
    schema.post_words: schema.post_words.c.at,
    schema.audit: schema.audit.c.at,
}
"""The tables that fill with the years, and when a row of each belongs to a season."""
_OF_VERSIONS = (schema.members, schema.assignments, schema.rests)
"""Parts of a version, those that point to others first."""


class Kept(StrEnum):
    """What goes together, by a time of its own."""

    EVENTS = "events"
    PLANS = "plans"
    WEATHER = "weather"  # forecasts and what gauges measured


_GO: dict[Kept, tuple[Table, ...]] = {
    Kept.EVENTS: (_EVENTS, _INCIDENTS),
    Kept.PLANS: (schema.notices, schema.desk_messages, schema.triggers, *_OF_VERSIONS, _VERSIONS),
    Kept.WEATHER: (schema.forecasts, schema.gauge_readings),
}
"""What may go of each, those that point to others first."""


class Seasons(Part):
    """The part of the store that reads and clears away whole seasons."""

    def count(self, span: Span) -> dict[str, int]:
        """How many rows of each table belong to a season."""
        with reading(self._engine) as connection:
            return _counted(connection, span)

    def rows(self, table: str, span: Span) -> Iterator[Mapping[str, object]]:
        """The rows of one of these tables, in order; not all at once in memory."""
        read = schema.metadata.tables[table]
        which = select(read).where(*_within(read, span)).order_by(*read.primary_key.columns)
        with reading(self._engine) as connection:
            for part in connection.execute(which).mappings().partitions(_CHUNK):
                yield from map(dict, part)

    def photos(self, span: Span) -> list[str]:
        """The names of the pictures that came in a season."""
        with reading(self._engine) as connection:
            return sorted({name for name, _ in _pictures(connection, span)})

    def photo_times(self, before: datetime) -> list[tuple[str, datetime]]:
        """The names of the pictures that came before, and when."""
        with reading(self._engine) as connection:
            return _pictures(connection, (datetime(1970, 1, 2, tzinfo=UTC), before))

    def open_matters(self, before: datetime) -> int:
        """Incidents of real operation that came before and are not closed."""
        with reading(self._engine) as connection:
            return connection.scalars(
                select(func.count()).where(
                    _is_real(_INCIDENTS),
                    _INCIDENTS.c.received_at < before,
                    _INCIDENTS.c.closed_at.is_(None),
                )
            ).one()

    def oldest(self, kept: Kept, before: datetime) -> datetime | None:
        """When the first row came that would go, were all before this time to go."""
        with reading(self._engine) as connection:
            firsts = [
                connection.scalar(
                    select(func.min(_TIMES[table])).where(
                        _is_real(table), _TIMES[table] < before, *_goes(table)
                    )
                )
                for table in _GO[kept]
                if table in _TIMES
            ]
        return min((at for at in firsts if at is not None), default=None)

    def remove(self, span: Span, kinds: Sequence[Kept], kept: Mapping[str, int]) -> dict[str, int]:
        """Clear what may go of a season away, all of it or nothing; how many rows of each table.

        Parameters
        ----------
        kept
            How many rows of each table are kept elsewhere.

        Raises
        ------
        SeasonChanged
            Other rows belong to the season by now.
        """
        gone: dict[str, int] = {}
        with writing(self._engine) as connection:
            if _counted(connection, span) != kept:
                raise SeasonChanged("store.season_changed")
            for kind in (one for one in Kept if one in kinds):  # events point to plans
                gone |= {one.name: _clear(connection, one, span) for one in _GO[kind]}
        return gone


def _counted(connection: Connection, span: Span) -> dict[str, int]:
    return {
        table.name: connection.scalars(
            select(func.count()).select_from(table).where(*_within(table, span))
        ).one()
        for table in (*_TIMES, *reversed(_OF_VERSIONS))
    }


def _pictures(connection: Connection, span: Span) -> list[tuple[str, datetime]]:
    found: list[tuple[str, datetime]] = []
    for table in (one for one in _TIMES if "photo" in one.c):
        which = select(table.c.photo, _TIMES[table]).where(
            *_within(table, span), table.c.photo.is_not(None)
        )
        found += [(name, at) for name, at in connection.execute(which)]
    return found


def _is_real(table: Table) -> ColumnElement[bool]:
    """A drill has a clock of its own, and its years are nobody's seasons."""
    operations = schema.operations
    real = select(operations.c.id).where(operations.c.kind == OperationKind.REAL.value)
    return table.c.operation_id.in_(real)


def _within(table: Table, span: Span) -> list[ColumnElement[bool]]:
    if table in _OF_VERSIONS:
        return [_of_versions(table, _within(_VERSIONS, span))]
    return [_is_real(table), _TIMES[table] >= span[0], _TIMES[table] < span[1]]


def _of_versions(table: Table, which: Sequence[ColumnElement[bool]]) -> ColumnElement[bool]:
    return exists(
        select(1).where(
            _VERSIONS.c.operation_id == table.c.operation_id,
            _VERSIONS.c.number == table.c.number,
            *which,
        )
    )


def _clear(connection: Connection, table: Table, span: Span) -> int:
    which = [*_within(table, span), *_goes(table)]
    if table in _OF_VERSIONS:
        which = [_of_versions(table, [*_within(_VERSIONS, span), *_goes(_VERSIONS)])]
    return connection.execute(delete(table).where(*which)).rowcount


def _goes(table: Table) -> list[ColumnElement[bool]]:
    """What of a table nothing stands on that stays."""
    if table is _EVENTS:
        return [~TELLS_OF_INLETS, ~TELLS_OF_KITS]
    if table is _INCIDENTS:
        return [_INCIDENTS.c.kind != BLOCKED_INLET, _INCIDENTS.c.closed_at.is_not(None)]
    if table in (schema.notices, schema.desk_messages):
        return [table.c.state.not_in(("pending", "claimed"))]
    if table is schema.triggers:
        return [schema.triggers.c.settled_at.is_not(None)]
    return _nothing_points_to_it() if table is _VERSIONS else []


def _nothing_points_to_it() -> list[ColumnElement[bool]]:
    """A version that is neither in force nor the last one, and that no row which stays names."""
    others = _VERSIONS.alias()
    later = select(1).where(
        others.c.operation_id == _VERSIONS.c.operation_id, others.c.number > _VERSIONS.c.number
    )
    names = [
        (_EVENTS, _EVENTS.c.version),
        (schema.notices, schema.notices.c.version),
        (schema.manual_changes, schema.manual_changes.c.version),
        (schema.triggers, schema.triggers.c.answered_by),
    ]
    return [
        _VERSIONS.c.state != "published",
        exists(later),
        *(
            ~exists(
                select(1).where(
                    table.c.operation_id == _VERSIONS.c.operation_id, column == _VERSIONS.c.number
                )
            )
            for table, column in names
        ),
    ]
