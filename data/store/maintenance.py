"""Looking after a database: snapshots, putting them back, and how it is.

A snapshot is an SQLite file with all rows, whichever database they come from, so it also carries a
centre from one kind of database to the other.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

from sqlalchemy import Connection, Engine, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from data.db import engine as database
from data.db import schema
from data.db.engine import reading, writing
from data.db.sqlite import sqlite3
from data.errors import BadSnapshot, Damaged
from data.store.leases import LEADER
from data.store.part import Part
from data.store.settings import put_revision

_CHUNK = 500  # rows at a time
_MAGIC = b"SQLite format 3\0"  # how every such file begins (sqlite.org, "Database File Format")
_PAST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """How a database is.

    Attributes
    ----------
    kind, version
        ``sqlite`` or ``postgresql``, and the version of its library or server.
    revision, newest
        The schema's version there, and the one that this program makes.
    is_known
        Whether this program knows the one there; else a newer program made it.
    sound
        What the database says of its own soundness; ``"ok"`` when it finds nothing.
    clock_at
        The server's clock; ``None`` for SQLite, which has none of its own.
    bytes
        Its size.
    writable
        Whether it takes what is written.
    """

    kind: str
    version: str
    revision: str | None
    newest: str
    is_known: bool
    sound: str
    clock_at: datetime | None
    bytes: int
    writable: bool


class _Facts(TypedDict):
    version: str
    sound: str
    clock_at: datetime | None
    bytes: int


class Maintenance(Part):
    """The part of the store that looks after the whole of it."""

    def snapshot(self, path: Path) -> dict[str, int]:
        """Write everything but sessions, as of one moment, into a new SQLite file; the program may
        go on meanwhile.

        Returns
        -------
        dict of str to int
            How many rows each table has in the file.

        Raises
        ------
        Damaged
            Not all of it can be read.
        """
        if self._engine.dialect.name == "sqlite":
            self._copy_to(path)
        else:
            target = database.open_engine(database.sqlite_url(path))
            try:
                database.upgrade(target)
                with reading(self._engine) as source, writing(target) as connection:
                    _copy_rows(source, connection)
            finally:
                target.dispose()
            _fold(path)
        return counted(path)

    def _copy_to(self, path: Path) -> None:
        file = _file_of(self._engine)
        if not file.exists():
            raise Damaged("store.gone", path=str(file))
        try:
            _copy_sqlite(file, path)
            _leave_behind(path)
            fault = _fault_in(path)
        except sqlite3.Error as error:
            fault = str(error)
        if fault:
            raise Damaged("store.damaged", detail=fault)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the database, whether they are there or not; none of PostgreSQL's."""
        lite = self._engine.dialect.name == "sqlite"
        return database.files_of(_file_of(self._engine)) if lite else ()

    def set_aside(self, mark: str) -> str:
        """Begin anew with an empty database, whatever state this one is in; nothing of it is lost.

        Parameters
        ----------
        mark
            What is added to the name of what was here.

        Returns
        -------
        str
            Where that is now: a file, or a schema of PostgreSQL's.
        """
        if self._engine.dialect.name == "sqlite":
            self._engine.dispose()
            here = _file_of(self._engine)
            there = here.with_name(f"{here.name}.{mark}")
            for old, new in zip(database.files_of(here), database.files_of(there), strict=True):
                if old.exists():
                    old.replace(new)
            return str(there)
        name = mark.replace("-", "_").lower()
        with writing(self._engine) as connection:
            own = database.schema_of(self._engine) or "public"
            connection.exec_driver_sql(f'ALTER SCHEMA "{own}" RENAME TO "{name}"')
            connection.exec_driver_sql(f'CREATE SCHEMA "{own}"')
        return f"schema {name}"

    def restore(self, path: Path, outgrown: int = 0) -> dict[str, int]:
        """Put the snapshot in the place of all that is here, or change nothing.

        The file itself may be brought to today's schema. No fencing token of before counts
        afterwards.

        Parameters
        ----------
        outgrown
            A token that is older from now on, too: where what was here can't be asked.

        Raises
        ------
        BadSnapshot
            It is no snapshot, damaged, or made by a newer version of the program.
        """
        check_snapshot(path)
        held = {LEADER: 0} | self._tokens()
        held = {name: max(token, outgrown) for name, token in held.items()}
        if self._engine.dialect.name == "sqlite":
            self._engine.dispose()
            _copy_sqlite(path, _file_of(self._engine))
        else:
            source = database.open_engine(database.sqlite_url(path))
            try:
                with reading(source) as rows, writing(self._engine) as connection:
                    for table in reversed(schema.metadata.sorted_tables):
                        connection.execute(table.delete())
                    _copy_rows(rows, connection)
                    _count_on(connection)
            finally:
                source.dispose()
        self._outgrow(held)
        return counted(path)

    def describe(self) -> DatabaseState:
        """How the database is, by its own account."""
        with reading(self._engine) as connection:
            revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
            known = {None, *database.known_revisions()}
            facts = _sqlite_facts if self._engine.dialect.name == "sqlite" else _postgresql_facts
            return DatabaseState(
                kind=self._engine.dialect.name,
                revision=revision,
                newest=database.newest_revision(),
                is_known=revision in known,
                writable=self.is_writable(),
                **facts(connection),
            )

    def is_writable(self) -> bool:
        """Whether it takes what is written: tried, and taken back. SQLite begins a transaction on a
        file that it may only read without a word.
        """
        try:
            with self._engine.connect().execution_options(writes=True) as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
                connection.rollback()
        except DBAPIError:
            return False
        return True

    def _tokens(self) -> dict[str, int]:
        with reading(self._engine) as connection:
            return dict(
                connection.execute(select(schema.leases.c.name, schema.leases.c.token)).all()
            )

    def _outgrow(self, held: dict[str, int]) -> None:
        """Nobody leads, whoever led before the restoring holds a token that is too old, and whoever
        has read the district's tables has read others.
        """
        leases = schema.leases
        with writing(self._engine) as connection:
            for name in held:
                database.insert_new(
                    connection,
                    leases,
                    {"name": name, "token": 0, "holder": None, "expires_at": _PAST},
                )
            for name, token in connection.execute(select(leases.c.name, leases.c.token)).all():
                connection.execute(
                    update(leases)
                    .where(leases.c.name == name)
                    .values(holder=None, token=max(token, held.get(name, 0)) + 1)
                )
            put_revision(connection)


def counted(path: Path) -> dict[str, int]:
    """The rows of each table of a snapshot."""
    with closing(sqlite3.connect(path)) as connection:
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for name in sorted(schema.metadata.tables)
        }


def _file_of(engine: Engine) -> Path:
    return Path(engine.url.database or "")


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy: a consistent whole, even while others write."""
    with (
        closing(sqlite3.connect(source, timeout=database.BUSY_S)) as from_,
        closing(sqlite3.connect(target, timeout=database.BUSY_S)) as to,
    ):
        from_.backup(to)


def _leave_behind(path: Path) -> None:
    """Who is signed in here is signed in here only: a copy that is put back opens no door."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table in schema.PASSING:
            connection.execute(f'DELETE FROM "{table.name}"')
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM")  # what was deleted would else stay readable in the file
    _fold(path)


def _fold(path: Path) -> None:
    """Nothing of it stands in a log beside it: one file is what people copy and carry."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def check_snapshot(path: Path) -> None:
    """Bring a snapshot to today's schema, without anybody's session.

    Raises
    ------
    BadSnapshot
        It is no snapshot, damaged, or made by a newer version of the program.
    """
    _bring_up_to_date(path)
    _leave_behind(path)


def is_database(path: Path) -> bool:
    """Whether a file is an SQLite database, whatever it is called."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _fault_in(path: Path) -> str:
    """What is wrong with a file by SQLite's own account; empty where nothing is."""
    with closing(sqlite3.connect(path)) as connection:
        told = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    return "" if told == "ok" else told


def _bring_up_to_date(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError as error:
        raise BadSnapshot("store.bad_snapshot", detail=str(error)) from error
    if sound != "ok" or revision is None or revision[0] not in database.known_revisions():
        raise BadSnapshot(
            "store.bad_snapshot", detail=sound if sound != "ok" else f"schema {revision}"
        )
    engine = database.open_engine(database.sqlite_url(path))
    try:
        database.upgrade(engine)
    finally:
        engine.dispose()


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in (one for one in schema.metadata.sorted_tables if one not in schema.PASSING):
        for chunk in _chunks(source, table):
            target.execute(insert(table), chunk)


def _chunks(source: Connection, table: Table) -> Iterator[list[dict]]:
    for rows in source.execute(select(table)).mappings().partitions(_CHUNK):
        yield [dict(row) for row in rows]


def _count_on(connection: Connection) -> None:
    """PostgreSQL's numbers go on behind the greatest that was put in."""
    for table in schema.metadata.sorted_tables:
        if table.autoincrement_column is not None:
            column = table.autoincrement_column
            most = connection.scalar(select(func.max(column))) or 0
            sequence = connection.scalar(
                select(func.pg_get_serial_sequence(table.name, column.name))
            )
            if sequence:
                connection.execute(select(func.setval(sequence, max(most, 1), most > 0)))


def _sqlite_facts(connection: Connection) -> _Facts:
    def pragma(name: str) -> Any:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

    return {
        "version": f"{sqlite3.sqlite_version}, {pragma('journal_mode')}",
        "sound": str(pragma("quick_check")),
        "clock_at": None,
        "bytes": int(pragma("page_count")) * int(pragma("page_size")),
    }


def _postgresql_facts(connection: Connection) -> _Facts:
    row = connection.execute(
        text(
            "SELECT current_setting('server_version'), clock_timestamp(), "
            "pg_database_size(current_database())"
        )
    ).one()
    return {"version": row[0], "sound": "ok", "clock_at": row[1].astimezone(UTC), "bytes": row[2]}
