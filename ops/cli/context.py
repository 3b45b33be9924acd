"""What every command shares: where things lie, the output, and how a refusal is told."""

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from data.db.engine import files_of, sqlite_file
from data.errors import BadSheets, RowError, StoreError
from data.model.city import City
from data.model.message import Message
from data.model.operation import Operation
from data.store.leases import SETUP
from data.store.store import MAIN, DatabaseError, Store
from ops.auth.permissions import CONSOLE, Actor
from ops.base.errors import BadSettings, CommandError, NotAllowed
from ops.base.messages import LANGUAGES, Translator, zone_of
from ops.base.paths import home, make_private
from ops.base.renames import BothGiven, current_command
from ops.base.sites import Site
from ops.documents.sources import read_city
from ops.intake import operations as operation
from ops.runtime.programs import Program
from ops.settings import Settings, load
from weather.model import WeatherError

TYPED = "xunban.typed"
"""Under which a command knows all that was typed behind the program's name."""
SETUP_TTL = timedelta(minutes=1)
"""After so long somebody else may fill the database: whoever began was killed."""


@dataclass
class Context:
    """What every command needs; the database is opened when first asked for.

    ``clock`` is the real clock; ``given_now`` the time of ``--now``, which makes the command act in
    a drill; ``root`` the installation, in whose first district it acts unless ``--district`` names
    another.
    """

    clock: Callable[[], datetime]
    db_url: str
    language: str
    out: Console
    err: Console
    given_now: datetime | None
    root: Site = field(default_factory=lambda: Site(MAIN, home(), ""))
    _warned: bool = field(default=False, init=False)
    _city: City | None = field(default=None, init=False)
    _looked: bool = field(default=False, init=False)

    def store(self, create: bool = False) -> Store:
        path = sqlite_file(self.db_url)
        if path is not None:
            if not create and not path.exists():
                raise CommandError("cli.no_database", path=str(path))
            path.parent.mkdir(parents=True, exist_ok=True)
            make_private(*files_of(path))
        self._looked = True  # a database that does not answer is asked once
        store = Store(self.db_url)
        store.migrate()
        self.show_times_of(read_city(store))
        return store

    @contextmanager
    def alone(self, store: Store) -> Iterator[None]:
        """What fills an empty database, while no other process does so.

        Raises
        ------
        CommandError
            Another one is at it.
        """
        token = store.leases.acquire(SETUP, secrets.token_hex(8), self.clock(), SETUP_TTL)
        if token is None:
            raise CommandError("cli.setting_up")
        try:
            yield
        finally:
            store.leases.release(SETUP, token)

    def show_times_of(self, city: City | None) -> None:
        """From now on instants are read and told in this district's time."""
        self._city, self._looked = city, True

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone; the default one where there is no district yet."""
        if not self._looked:
            with suppress(CommandError, StoreError, DatabaseError, OSError):
                self.store()
        return zone_of(self._city)

    @property
    def t(self) -> Translator:
        return Translator(self.language, self.zone)

    @property
    def fixed_now(self) -> datetime | None:
        """The time of ``--now`` (aware)."""
        return self.instant(self.given_now) if self.given_now else None

    def instant(self, given: datetime) -> datetime:
        """A time as it was typed; without an offset it is the district's."""
        return (given if given.tzinfo else given.replace(tzinfo=self.zone)).astimezone(UTC)

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
        """The settings; the last good ones while the file can't be used, which is said once.

        Raises
        ------
        BadSettings
            There were never any good ones.
        """
        loaded = load(home())
        settings = loaded.required()
        if loaded.fault and not self._warned:
            self.step("cli.settings_fault", detail=loaded.fault)
        for rename in () if self._warned else loaded.renamed:
            key = "cli.renamed_setting" if rename.new else "cli.retired_setting"
            self.step(key, old=rename.old, new=rename.new)
        self._warned = True
        return settings

    def step(self, key: str, **facts: object) -> None:
        self.err.print(self.t.message(Message(key, facts)), soft_wrap=True)

    def tell_behind(self, other: Program) -> None:
        """That another program plans already, and this one only stands by."""
        self.step("cli.behind", host=other.host, pid=str(other.pid))


def console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Names and texts of users are printed as they are: no markup is read into them."""
    return Console(markup=False, emoji=False, highlight=False, stderr=stderr, width=width)


class MissingOption(CommandError):
    """A command would have to ask, and nobody sits at a terminal: the message names the option."""


def prompt_for(
    ctx: Context, key: str, option: str, hidden: bool = False, repeat_key: str = ""
) -> str:
    """What is typed at the terminal.

    Parameters
    ----------
    option
        What gives it where there is no terminal.
    hidden, repeat_key
        Whether it is shown, and with which words it is asked for a second time.

    Raises
    ------
    MissingOption
        There is no terminal.
    """
    if sys.stdin is None or not sys.stdin.isatty():
        raise MissingOption("cli.no_terminal", option=option)
    repeat = ctx.t(repeat_key) if repeat_key else False
    return typer.prompt(ctx.t(key), hide_input=hidden, confirmation_prompt=repeat, err=True)


class Plainly(typer.core.TyperGroup):
    """Says what went wrong in the user's language, in one place: exit 1 (2 where an option is
    missing), no traceback for what is not a bug of ours.
    """

    def invoke(self, ctx):  # typer keeps the type of this to itself
        try:
            return super().invoke(ctx)
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
            DatabaseError,
            OSError,
        ) as error:
            for message in _messages_of(error):
                ctx.obj.step(message.code, **message.facts)
            raise typer.Exit(2 if isinstance(error, MissingOption) else 1) from error


class RenamedCommands(Plainly):
    """The whole command line, which understands the old names of commands and options, too."""

    def parse_args(self, ctx, args):
        ctx.meta[TYPED] = tuple(args)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx, args):  # typer keeps the types of these to itself
        t = Translator(ctx.params["lang"] if ctx.params["lang"] in LANGUAGES else LANGUAGES[0])
        try:
            words, renamed = current_command(args)
        except BothGiven as error:
            raise typer.BadParameter(
                t("cli.both_names", old=error.rename.old, new=error.rename.new)
            ) from error
        for rename in renamed:
            console(stderr=True).print(t("cli.renamed_command", old=rename.old, new=rename.new))
        return super().resolve_command(ctx, words)


def _place_of(row: RowError) -> Message:
    facts: dict[str, object] = {
        "sheet": row.sheet,
        "row": row.row,
        "column": row.column or "-",
        "what": row.message,
    }
    return Message(
        "cli.file_error" if row.row is None and row.column is None else "cli.row_error",
        facts | {"row": "-" if row.row is None else row.row},
    )


def _messages_of(error: Exception) -> list[Message]:
    if isinstance(error, BadSheets):
        return [_place_of(row) for row in error.errors]
    if isinstance(error, WeatherError | StoreError | CommandError | NotAllowed):
        return [Message(error.code, dict(error.facts))]
    code = "cli.bad_settings" if isinstance(error, BadSettings) else "cli.system"
    if isinstance(error, DatabaseError):
        return [Message("cli.database", {"detail": str(error.orig)})]
    return [Message(code, {"detail": str(error)})]


def time_of(written: str) -> datetime:
    """A time from the command line, with or without its offset."""
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(f"{written!r}: 例如 e.g. 2022-07-08T08:20+08:00") from None
