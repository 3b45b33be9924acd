"""The one way to the database: parts with a method for each question or fact.

Every method is one transaction; nothing is cached, so threads and processes may share a database,
and one `Store` may be shared by threads. Instants are aware, in and out (out: UTC). What the
database itself cannot do (locked too long, disk full, not readable) comes out as `DatabaseError`,
whose ``orig`` says it in the driver's words.
"""

from contextlib import AbstractContextManager
from datetime import datetime

from alembic.util import CommandError
from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import DBAPIError as DatabaseError

from data.db import engine, schema
from data.db.codec import to_entities, to_entity, to_row
from data.db.engine import reading, writing
from data.errors import NoCity, OperationOpen, SchemaUnknown, StalePlan, StoreError
from data.model.city import (
    TABLES,
    City,
    District,
)
from data.model.ids import Cause, CauseKind
from data.model.levels import DEFAULT_LEVELS
from data.store.accounts import Accounts
from data.store.desk import Desk
from data.store.duty.duty_log import DutyLog
from data.store.duty.level_orders import LevelOrders
from data.store.duty.rosters import Rosters
from data.store.field import Field
from data.store.gauges import Gauges
from data.store.headquarters.directives import Directives
from data.store.headquarters.members import Members
from data.store.headquarters.visits import with_visitors
from data.store.leases import LEADER, Leases
from data.store.maintenance import Maintenance
from data.store.operations import Operations
from data.store.outbox import Outbox
from data.store.photos import Photos
from data.store.plans import Plans, VersionLine
from data.store.seasons import Seasons
from data.store.settings import REVISION, SavedSettings, put_revision
from data.store.street.street_cases import StreetCases
from data.store.street.street_cleaning import StreetCleaning
from data.store.street.streets import Streets
from data.store.street.works import Works
from data.store.triggers import Triggers, planned_operations, request_plan
from data.store.weather import Weather

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
MAIN, SITE = "main", "site"
"""The district that an installation began with, and the setting that says which one this is."""


class Store:
    """The database of one centre: its district here, all else in its parts.

    Parameters
    ----------
    url
        ``sqlite:///path/to/file.db`` or ``postgresql+psycopg://...``; opened at the first question.
    """

    def __init__(self, url: str):
        self._engine = engine.open_engine(url)
        self._site: str | None = None
        self.operations = Operations(self._engine)
        self.triggers = Triggers(self._engine)
        self.weather = Weather(self._engine)
        self.plans: Plans = Plans(self._engine)
        self.level_orders = LevelOrders(self._engine)
        self.gauges = Gauges(self._engine)
        self.outbox = Outbox(self._engine)
        self.field: Field = Field(self._engine)
        self.desk = Desk(self._engine)
        self.rosters = Rosters(self._engine)
        self.streets = Streets(self._engine)
        self.duty_log = DutyLog(self._engine)
        self.street_cases = StreetCases(self._engine)
        self.cleaning = StreetCleaning(self._engine)
        self.accounts = Accounts(self._engine)
        self.photos = Photos(self._engine)
        self.settings: SavedSettings = SavedSettings(self._engine)
        self.leases = Leases(self._engine)
        self.maintenance = Maintenance(self._engine)
        self.seasons = Seasons(self._engine)
        self.works = Works(self._engine)
        self.members = Members(self._engine)
        self.directives = Directives(self._engine)

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

    @property
    def site(self) -> str:
        """The word of this district among those of its installation."""
        if self._site is None:
            self._site = str(self.settings.get(SITE, MAIN))
        return self._site

    def is_made(self) -> bool:
        """Whether there is a database at this address, of whatever version."""
        return engine.is_made(self._engine)

    def atomic(self) -> AbstractContextManager[None]:
        """What is looked at and written within the block is one transaction, and no other such
        block comes between. Taps and the loop do: what they change is checked where it is written.
        """
        return engine.atomic(self._engine)

    def close(self) -> None:
        """Let go of every connection; the next question opens a new one."""
        self._engine.dispose()

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
            for name in reversed(tuple(TABLES)):
                connection.execute(delete(schema.metadata.tables[name]))
            connection.execute(delete(schema.district))
            connection.execute(insert(schema.district), to_row(schema.district, city.district))
            for name in TABLES:
                table = schema.metadata.tables[name]
                if rows := [
                    to_row(table, thing, row_no=row)
                    for row, thing in enumerate(getattr(city, name))
                ]:
                    connection.execute(insert(table), rows)
            put_revision(connection)
            if at is None:
                return
            for operation in planned_operations(connection):
                cause = Cause(CauseKind.TABLES, f"{at:%Y%m%dT%H%M%S%f}")
                request_plan(connection, operation.id, cause, operation.now(at))

    def city(self) -> City:
        """The district and all that stands in it, with the units that others lend it.

        Raises
        ------
        NoCity
            None has been loaded.
        """
        lent = self.directives.standings(loans_only=True)
        if not lent:
            return self.tables()
        return with_visitors(self.tables(), lent, self.site, self.operations.current())

    def city_stamp(self) -> tuple[object, ...]:
        """What is another one whenever `city` is: the tables, what is lent, the operation."""
        revision = select(schema.settings.c.value).where(schema.settings.c.name == REVISION)
        given = select(func.max(schema.directives.c.id))
        said = select(func.count()).select_from(schema.directive_events)
        asked = select(*(one.scalar_subquery() for one in (revision, given, said)))
        with reading(self._engine) as connection:
            found = connection.execute(asked).one()
        return (*found, self.operations.current())

    def tables(self) -> City:
        """The district as its own tables have it.

        Raises
        ------
        NoCity
            None has been loaded.
        """
        with reading(self._engine) as connection:
            found = connection.execute(select(schema.district)).mappings().first()
            if found is None:
                raise NoCity("store.no_city")
            things = {name: _things(connection, name, cls) for name, cls in TABLES.items()}
            things["levels"] = things["levels"] or DEFAULT_LEVELS
            return City(district=to_entity(District, found), **things)


def _things(connection: Connection, name: str, cls: type) -> tuple:
    table = schema.metadata.tables[name]
    return to_entities(cls, connection.execute(select(table).order_by(table.c.row_no)))
