"""Opening a database: SQLite's traps, transactions, and the schema's versions.

PostgreSQL needs none of the settings here but the lock around a migration.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    RowMapping,
    Table,
    create_engine,
    event,
    func,
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DisconnectionError

from data.db.sqlite import sqlite3
from data.errors import BadAddress

BUSY_S = 15.0
"""How long a writer waits for another one before it says "database is locked"."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite puts behind the name of a database for what it lays beside it."""
CONNECTIONS = 15
"""How many are kept: what comes above them is opened for one use, which costs more than the use."""
_MIGRATION_LOCK = 20_220_708  # between processes, on PostgreSQL
_SCHEMA = "xunban_schema"  # the execution option that names the schema an engine works in
_IN_SCHEMA = re.compile(r"-csearch_path=(\w+)")
_SHARED: dict[str, Engine] = {}  # by address: schemas of one database share their connections
_SQLITE = "sqlite:///"
_HELD: ContextVar[tuple[Engine, Connection] | None] = ContextVar("held", default=None)
_ONE_MIGRATION = threading.Lock()  # between threads: Alembic keeps its state in a module


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Whether this SQLite is free of the fault that can lose a committed transaction when a WAL
    file starts over.

    Fixed in 3.51.3, 3.50.7 and 3.44.6 (sqlite.org, release notes).
    """
    return (
        version >= (3, 51, 3) or (3, 50, 7) <= version < (3, 51) or (3, 44, 6) <= version < (3, 45)
    )


def has_wal(engine: Engine) -> bool:
    """Whether a commit is one turn of the disk: PostgreSQL's always is."""
    return engine.dialect.name != "sqlite" or wal_is_safe(sqlite3.sqlite_version_info)


def sqlite_url(path: Path) -> str:
    """The address of an SQLite file, whatever its name is made of."""
    return f"{_SQLITE}{path}"


def sqlite_file(url: str) -> Path | None:
    """The file that an address names, letter by letter: ``%`` and ``?`` are part of its name.
    ``None`` where it is no SQLite's.
    """
    for prefix in (_SQLITE, "sqlite+pysqlite:///"):
        if url.startswith(prefix) and len(url) > len(prefix):
            return Path(url.removeprefix(prefix))
    return None


def schema_url(url: str, name: str) -> str:
    """The address of one schema of a PostgreSQL database, as every program of PostgreSQL's reads
    it.

    Parameters
    ----------
    name
        Of small letters, digits and ``_``.
    """
    options = {"options": f"-csearch_path={name}"}
    return make_url(url).update_query_dict(options).render_as_string(hide_password=False)


def schema_of(engine: Engine) -> str | None:
    """The schema that an engine works in alone; ``None``: a database of its own."""
    return engine.get_execution_options().get(_SCHEMA)


def files_of(file: Path) -> tuple[Path, ...]:
    """What belongs to an SQLite database: the file, and what stands beside it while it is open."""
    return file, *(file.with_name(file.name + ending) for ending in BESIDE)


def open_engine(url: str) -> Engine:
    """An engine whose transactions begin when we say so, with Chinese kept readable in JSON.

    A file that is not there is no database: `upgrade` alone makes one.

    Raises
    ------
    BadAddress
        It is neither SQLite's nor PostgreSQL's; the address itself is not told, for it may hold a
        password.
    """
    if (file := sqlite_file(url)) is not None:
        return _open_file(file.absolute())
    try:
        backend, driver = make_url(url).get_backend_name(), make_url(url).get_driver_name()
    except (ArgumentError, ValueError) as error:
        raise BadAddress("store.bad_address") from error
    if (backend, driver) != ("postgresql", "psycopg"):
        raise BadAddress("store.bad_address")
    return _open_postgresql(make_url(url))


def _open_postgresql(url: URL) -> Engine:
    """An engine of its own; one that works in a schema shares its connections with those of the
    other schemas, so that many of them take no more than one.
    """
    found = _IN_SCHEMA.fullmatch(str(url.query.get("options", "")))
    if found is None:
        return _served(url)
    address = url.difference_update_query(["options"])
    key = address.render_as_string(hide_password=False)
    shared = _SHARED.setdefault(key, _served(address))
    engine = shared.execution_options(**{_SCHEMA: found[1]})
    path = f'SET LOCAL search_path TO "{found[1]}"'
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(path))
    return engine


def _served(url: URL) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=CONNECTIONS, **_how())


def _open_file(file: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        pool_size=CONNECTIONS,
        module=sqlite3,
        creator=_opener(file),
        **_how(),
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", lambda _connection, record: _remember(file, record.info))
    event.listen(engine, "checkout", lambda _connection, record, _: _recognise(file, record.info))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _opener(file: Path) -> Callable[[], sqlite3.Connection]:
    """What opens the file, and never makes one: a file that was taken away is missed, not begun
    anew.
    """
    address = f"{file.as_uri()}?mode=rw"
    return lambda: sqlite3.connect(address, uri=True, timeout=BUSY_S, check_same_thread=False)


def _remember(file: Path, info: dict) -> None:
    with suppress(OSError):
        info["file"] = _identity(file)


def _recognise(file: Path, info: dict) -> None:
    """A connection whose file was removed or changed for another writes to what nobody will ever
    read: it is not used again.
    """
    try:
        same = info.get("file") == _identity(file)
    except OSError:
        same = False
    if not same:
        raise DisconnectionError("the database's file is not the one that was opened")


def _identity(file: Path) -> tuple[int, int]:
    stat = file.stat()
    return stat.st_dev, stat.st_ino


def _how() -> dict[str, Any]:
    """What every engine is made with: a failure tells no values (who signs in, whose telephone)."""
    return {"json_serializer": _dumps, "hide_parameters": True}


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver begins nothing by itself; see _begin_sqlite
    journal = "WAL" if wal_is_safe(sqlite3.sqlite_version_info) else "DELETE"
    for pragma in (f"journal_mode = {journal}", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: a reader that turns writer half-way can only fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One consistent view of the database."""
    if held := _held(engine):
        yield held
        return
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """All or nothing."""
    if held := _held(engine):
        with held.begin_nested():
            yield held
        return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


@contextmanager
def atomic(engine: Engine) -> Iterator[None]:
    """What is read and written within the block is one transaction, and two such blocks come one
    after the other: what the first has changed, the second one sees. One within another leaves
    nothing where it fails, though the outer one goes on.
    """
    if held := _held(engine):
        with held.begin_nested():
            yield
        return
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":  # SQLite has one writer anyway
            connection.exec_driver_sql("LOCK TABLE audit IN SHARE ROW EXCLUSIVE MODE")
        before = _HELD.set((engine, connection))
        try:
            yield
        finally:
            _HELD.reset(before)


def is_atomic(engine: Engine) -> bool:
    """Whether what is read or written now belongs to a block of `atomic`."""
    return _held(engine) is not None


def _held(engine: Engine) -> Connection | None:
    held = _HELD.get()
    return held[1] if held and held[0] is engine else None


def insert_row(
    connection: Connection, table: Table, values: dict[str, object]
) -> RowMapping | None:
    """Insert a row unless one of its keys is there already, and give it as it stands then; else
    ``None``.

    Any other rule of the table that it breaks is an error all the same.
    """
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    insert = dialect.insert(table).values(values).on_conflict_do_nothing().returning(table)
    return (
        connection.execute(insert).mappings().first()
    )  # not by rowcount: PostgreSQL's driver says -1


def insert_new(connection: Connection, table: Table, values: dict[str, object]) -> bool:
    """Insert a row unless one of its keys is there already; whether it was inserted."""
    return insert_row(connection, table, values) is not None


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to ``revision``; two processes that start together do it once.

    SQLite's file is made where there is none, for its owner alone: it holds names, telephone
    numbers, and the key of the links. What SQLite lays beside it gets the same rights.
    """
    if engine.dialect.name == "sqlite":
        with suppress(FileExistsError):
            os.close(os.open(str(engine.url.database), os.O_CREAT | os.O_EXCL, 0o600))
    if revision == "head" and _revision(engine) == newest_revision():
        return  # what a migration is followed by looks at every row
    with _schema(engine) as config:
        command.upgrade(config, revision)


def is_made(engine: Engine) -> bool:
    """Whether a database was ever made here."""
    if engine.dialect.name == "sqlite":
        return Path(str(engine.url.database)).is_file()
    with reading(engine) as connection:
        return _has_version(connection, engine)


def _has_version(connection: Connection, engine: Engine) -> bool:
    """Whether a schema of ours, of whatever version, is there."""
    if engine.dialect.name == "sqlite":
        asked = text("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'")
        return bool(connection.scalar(asked))
    name = schema_of(engine) or "public"
    return bool(
        connection.scalar(select(func.to_regclass(f'"{name}".alembic_version').is_not(None)))
    )


def _revision(engine: Engine) -> str | None:
    """The version of the schema that is there; ``None``: none."""
    with reading(engine) as connection:
        if not _has_version(connection, engine):
            return None
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def downgrade(engine: Engine, revision: str = "base") -> None:
    """Take the schema back to ``revision``."""
    with _schema(engine) as config:
        command.downgrade(config, revision)


def known_revisions() -> set[str]:
    """The schema versions that this program knows."""
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def newest_revision() -> str:
    """The schema version that this program makes."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


@contextmanager
def _schema(engine: Engine) -> Iterator[Config]:
    """A configuration on one locked transaction, so that a migration that fails leaves nothing
    behind.
    """
    lite = engine.dialect.name == "sqlite"
    with _ONE_MIGRATION, engine.connect().execution_options(writes=True) as connection:
        # SQLite rebuilds a table to alter it; outside a transaction is the only place to allow that
        if lite:
            _set_foreign_keys(connection, "OFF")
        try:
            with connection.begin():
                if not lite:
                    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
                if name := schema_of(engine):
                    connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{name}"')
                config = _config()
                config.attributes["connection"] = connection
                yield config
                if lite and (
                    torn := connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                ):
                    raise RuntimeError(f"migration left a row of {torn[0]} without its {torn[2]}")
        finally:
            if lite:
                _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, how: str) -> None:
    """By the driver itself: SQLAlchemy would begin a transaction, in which SQLite ignores it."""
    driver = connection.connection.driver_connection
    assert driver is not None  # the connection is open
    driver.execute(f"PRAGMA foreign_keys = {how}")


def _config() -> Config:
    config = Config()
    here = str(Path(__file__).resolve().parents[1] / "migrations")
    config.set_main_option("script_location", here.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
