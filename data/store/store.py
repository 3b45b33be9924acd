"""The one way to the database: a method for each question or fact.

Every method is one transaction; nothing is cached, so threads and processes may share a database,
and one `Store` may be shared by threads. Instants are aware, in and out (out: UTC). What the
database itself cannot do (locked too long, disk full, not readable) comes out as `DatabaseError`,
whose ``orig`` says it in the driver's words.
"""

from datetime import datetime

from alembic.util import CommandError
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import DBAPIError as DatabaseError
from sqlalchemy.exc import IntegrityError

from data.db import engine, schema
from data.db.codec import to_entity, to_row
from data.db.engine import insert_new, reading, writing
from data.errors import NoCity, OperationOpen, SchemaUnknown, StalePlan, StoreError
from data.model.city import (
    DEFAULT_LEVELS,
    Blockage,
    City,
    Crew,
    District,
    Driver,
    Inlet,
    LevelRule,
    Machine,
    Segment,
    Shift,
    Station,
)
from data.model.ids import Cause, CauseKind
from data.model.operation import Operation, OperationKind
from data.store.accounts import People
from data.store.desk import Manual
from data.store.field import Field, Heard
from data.store.leases import LEADER, Leases
from data.store.level_orders import Orders
from data.store.maintenance import Upkeep
from data.store.outbox import Outbox
from data.store.plans import Plans, VersionLine, ask
from data.store.weather import Received

__all__ = [
    "LEADER",
    "DatabaseError",
    "NoCity",
    "OperationOpen",
    "SchemaUnknown",
    "StalePlan",
    "Store",
    "StoreError",
    "VersionLine",
]
_CITY = {
    "stations": Station,
    "segments": Segment,
    "inlets": Inlet,
    "shifts": Shift,
    "crews": Crew,
    "machines": Machine,
    "drivers": Driver,
    "blockages": Blockage,
    "levels": LevelRule,
}
"""Tables of the city, those that others point to first."""


class Store(Received, Plans, Orders, Outbox, Field, Manual, People, Leases, Upkeep):
    """The database of one centre.

    Parameters
    ----------
    url
        ``sqlite:///path/to/file.db`` or ``postgresql+psycopg://...``; opened at the first question.
    """

    def __init__(self, url: str):
        self._engine = engine.open_engine(url)
        self._heard = Heard()

    def migrate(self) -> None:
        """Bring the schema up to date; on an empty database, create it.

        Raises
        ------
        SchemaUnknown
            The database was made by a newer version of the program.
        """
        try:
            engine.upgrade(self._engine)
        except CommandError as error:
            raise SchemaUnknown("store.schema_unknown", detail=str(error)) from error

    def close(self) -> None:
        """Let go of every connection; the next question opens a new one."""
        self._engine.dispose()

    # --- the city ---

    def is_empty(self) -> bool:
        """Whether no district has been loaded."""
        with reading(self._engine) as connection:
            return connection.scalar(select(schema.district.c.adcode)) is None

    def replace_city(self, city: City, at: datetime | None = None) -> None:
        """Put ``city`` in the place of all that was there, or change nothing.

        What was decided keeps its names. An operation that has a plan asks for another one in the
        same transaction (``tables:<time>``).

        Parameters
        ----------
        at
            The real time; ``None`` before there is an operation.
        """
        with writing(self._engine) as connection:
            for name in reversed(_CITY):
                connection.execute(delete(schema.metadata.tables[name]))
            connection.execute(delete(schema.district))
            connection.execute(insert(schema.district), to_row(schema.district, city.district))
            for name in _CITY:
                table = schema.metadata.tables[name]
                if rows := [
                    to_row(table, thing, row_no=row)
                    for row, thing in enumerate(getattr(city, name))
                ]:
                    connection.execute(insert(table), rows)
            for operation in _open_with_plan(connection) if at else ():
                cause = Cause(CauseKind.TABLES, f"{at:%Y%m%dT%H%M%S%f}")
                ask(connection, operation.id, cause, operation.now(at))

    def city(self) -> City:
        """The district and all that stands in it.

        Raises
        ------
        NoCity
            None has been loaded.
        """
        with reading(self._engine) as connection:
            found = connection.execute(select(schema.district)).mappings().first()
            if found is None:
                raise NoCity("store.no_city")
            things = {name: _things(connection, name, cls) for name, cls in _CITY.items()}
            things["levels"] = things["levels"] or DEFAULT_LEVELS
            return City(district=to_entity(District, found), **things)

    # --- operations ---

    def current_operation(self) -> Operation | None:
        """What the board and the loop work on: the open real operation if there is one, else the
        open drill.
        """
        columns = schema.operations.c
        with reading(self._engine) as connection:
            rows = (
                connection.execute(select(schema.operations).where(columns.ended_at.is_(None)))
                .mappings()
                .all()
            )
        found = [to_entity(Operation, row) for row in rows]
        return min(found, key=lambda one: one.kind is not OperationKind.REAL, default=None)

    def operation(self, kind: OperationKind) -> Operation | None:
        """The open operation of a kind; the database holds at most one."""
        columns = schema.operations.c
        with reading(self._engine) as connection:
            row = (
                connection.execute(
                    select(schema.operations).where(
                        columns.kind == kind.value, columns.ended_at.is_(None)
                    )
                )
                .mappings()
                .first()
            )
            return to_entity(Operation, row) if row else None

    def start_operation(
        self, kind: OperationKind, clock_at: datetime, anchor_at: datetime
    ) -> Operation:
        """Open an operation whose clock stood at ``clock_at`` when the real one stood at
        ``anchor_at``.

        Raises
        ------
        OperationOpen
            One of this kind is open already.
        """
        values = {
            "kind": kind.value,
            "clock_at": clock_at,
            "anchor_at": anchor_at,
            "started_at": anchor_at,
        }
        try:
            with writing(self._engine) as connection:
                made = connection.execute(
                    insert(schema.operations).values(values).returning(schema.operations)
                )
                return to_entity(Operation, made.mappings().one())
        except IntegrityError as error:
            raise OperationOpen("store.operation_open", kind=kind.value) from error

    def end_operation(self, operation_id: int, at: datetime) -> None:
        """Close an operation; one that is closed already stays as it is."""
        self._change_operation(operation_id, ended_at=at)

    def set_clock(self, operation_id: int, clock_at: datetime, anchor_at: datetime) -> None:
        """Put the clock of a drill that is open to ``clock_at`` at the real ``anchor_at``."""
        self._change_operation(operation_id, clock_at=clock_at, anchor_at=anchor_at)

    def _change_operation(self, operation_id: int, **values: datetime) -> None:
        columns = schema.operations.c
        with writing(self._engine) as connection:
            connection.execute(
                update(schema.operations)
                .where(columns.id == operation_id, columns.ended_at.is_(None))
                .values(values)
            )

    # --- settings ---

    def setting(self, name: str, default: object = None) -> object:
        """A setting as JSON gives it back; ``default`` where none was saved."""
        with reading(self._engine) as connection:
            row = connection.execute(
                select(schema.settings.c.value).where(schema.settings.c.name == name)
            ).first()
            return row.value if row else default

    def setting_once(self, name: str, value: object) -> object:
        """A setting that is made once: what is kept, which is ``value`` only where nothing was."""
        kept = self.setting(name)
        if kept is not None:
            return kept
        with writing(self._engine) as connection:
            insert_new(connection, schema.settings, {"name": name, "value": value})
            return connection.execute(
                select(schema.settings.c.value).where(schema.settings.c.name == name)
            ).scalar_one()

    def save_setting(self, name: str, value: object) -> None:
        """Keep a setting: anything that JSON can hold."""
        with writing(self._engine) as connection:
            if not insert_new(connection, schema.settings, {"name": name, "value": value}):
                connection.execute(
                    update(schema.settings)
                    .where(schema.settings.c.name == name)
                    .values(value=value)
                )


def _open_with_plan(connection: Connection) -> list[Operation]:
    """The open operations in which a plan was made: it stands on the city's tables."""
    columns = schema.operations.c
    planned = select(schema.versions.c.operation_id)
    rows = connection.execute(
        select(schema.operations).where(columns.ended_at.is_(None), columns.id.in_(planned))
    ).mappings()
    return [to_entity(Operation, row) for row in rows]


def _things(connection: Connection, name: str, cls: type) -> tuple:
    table = schema.metadata.tables[name]
    rows = connection.execute(select(table).order_by(table.c.row_no)).mappings()
    return tuple(to_entity(cls, row) for row in rows)
