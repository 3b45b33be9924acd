"""What every command shares: where things lie, the output, and how a refusal is told."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import typer
from rich.console import Console

from data.errors import BadSheets, RowError, StoreError
from data.model.message import Message
from data.model.operation import Operation
from data.store.store import DatabaseError, Store
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import BadSettings, CommandError, NotAllowed
from ops.base.messages import Translator
from ops.base.paths import home
from ops.intake import operations as operation
from ops.runtime.supervisor import BoardFailed
from ops.settings import Settings, load
from weather.model import WeatherError


def _sqlite_path(url: str) -> Path | None:
    prefix = "sqlite:///"
    return Path(url.removeprefix(prefix)) if url.startswith(prefix) else None


@dataclass
class Context:
    """What every command needs; the database is opened when first asked for.

    ``clock`` is the real clock; ``fixed_now`` the time of ``--now``, which makes the command act in
    a drill.
    """

    clock: Callable[[], datetime]
    db_url: str
    t: Translator
    out: Console
    err: Console
    fixed_now: datetime | None

    def store(self, create: bool = False) -> Store:
        path = _sqlite_path(self.db_url)
        if path is not None:
            if not create and not path.exists():
                raise CommandError("cli.no_database", path=str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
        store = Store(self.db_url)
        store.migrate()
        return store

    def operation(self, store: Store) -> Operation:
        """The operation that the command acts in: with ``--now`` a drill, else the current one."""
        if self.fixed_now is not None:
            return operation.at_time(store, self.actor(), self.fixed_now, self.clock())
        current = store.operations.current()
        if current is None:
            raise CommandError("cli.no_operation")
        return operation.resumed(store, current, self.clock())

    def now(self, current: Operation) -> datetime:
        return self.fixed_now or current.now(self.clock())

    def actor(self, by: str = "") -> Actor:
        """Who acts: whoever runs the command, under the name that he gives."""
        return replace(CONSOLE, name=by.strip()[:80] or CONSOLE.name)

    def settings(self) -> Settings:
        return load(home() / "settings.toml")

    def step(self, key: str, **facts: object) -> None:
        self.err.print(self.t.message(Message(key, facts)), soft_wrap=True)


def console(**options: object) -> Console:
    """Names and texts of users are printed as they are: no markup is read into them."""
    return Console(markup=False, emoji=False, highlight=False, **options)


class Plainly(typer.core.TyperGroup):
    """Says what went wrong in the user's language, in one place: exit 1, no traceback for what is
    not a bug of ours.
    """

    def invoke(self, context: typer.Context) -> object:
        try:
            return super().invoke(context)
        except BrokenPipeError:  # whoever read us has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return None
        except (
            WeatherError,
            StoreError,
            CommandError,
            NotAllowed,
            BadSheets,
            BadSettings,
            BoardFailed,
            DatabaseError,
            OSError,
        ) as error:
            for message in _told(error):
                context.obj.step(message.code, **message.facts)
            raise typer.Exit(1) from error


def _place_of(row: RowError) -> Message:
    facts = {"sheet": row.sheet, "row": row.row, "column": row.column or "-", "what": row.message}
    return Message(
        "cli.file_error" if row.row is None and row.column is None else "cli.row_error",
        facts | {"row": "-" if row.row is None else row.row},
    )


def _told(error: Exception) -> list[Message]:
    if isinstance(error, BadSheets):
        return [_place_of(row) for row in error.errors]
    if isinstance(error, WeatherError | StoreError | CommandError | NotAllowed):
        return [Message(error.code, dict(error.facts))]
    code = {BadSettings: "cli.bad_settings", BoardFailed: "cli.board_failed"}.get(
        type(error), "cli.system"
    )
    if isinstance(error, DatabaseError):
        return [Message("cli.database", {"detail": str(error.orig)})]
    return [Message(code, {"detail": str(error)})]
