"""What a deed touches: in whose database it asks, and in whose folder it opens or lists anything.

Nothing is taken from what the deed says of itself: the driver's statements and the interpreter's
audit events tell.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, event

from data.db import schema
from data.db.engine import schema_of
from data.store.store import MAIN
from ops.base.sites import FOLDER, HEADQUARTERS

OF_ALL = (
    (MAIN, "secrets.toml"),  # the installation's sign-in
    (MAIN, "settings.toml"),  # what its gate lets strangers ask
    (MAIN, "settings.last-good.toml"),
    (HEADQUARTERS, "member_districts"),  # which districts there are
)
"""What everybody's doors read."""
_WORD = re.compile(r"\w+")
_PART = re.compile(r"(?<=\.toml)\w{8}\.part$")
"""What a file is called while it is written."""
_WATCHED: list["Touched"] = []


class Touched:
    """Of one installation: the tables and files of each site."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()
        self.found: set[tuple[str, str]] = set()

    def of_others(self, own: str) -> set[tuple[str, str]]:
        """What it was of others than its own."""
        return {one for one in self.found if one[0] != own and one not in OF_ALL}

    def ask(self, engine: Engine, tables: set[str]) -> None:
        """A statement named these tables."""
        if engine.dialect.name == "sqlite":
            whose = self._site_of(str(engine.url.database))
            site = whose[0] if whose else ""
        else:
            site = (schema_of(engine) or MAIN).removeprefix("xunban_").replace("_", "-")
        self.found.update((site, name) for name in tables if site)

    def open(self, path: str) -> None:
        """A file was opened, listed, moved or removed."""
        if (whose := self._site_of(path)) is not None:
            self.found.add(whose)

    def _site_of(self, path: str) -> tuple[str, str] | None:
        try:
            parts = Path(path).absolute().relative_to(self._home).parts
        except ValueError:
            return None
        site, rest = (
            (parts[1], parts[2:]) if parts[:1] == (FOLDER,) and parts[1:] else (MAIN, parts)
        )
        name = _PART.sub("", "/".join(rest))
        return (site, name) if rest and rest != (FOLDER,) else None


@contextmanager
def touched(home: Path) -> Iterator[Touched]:
    """What is touched within, of the installation whose folder this is."""
    found = Touched(home)
    _WATCHED.append(found)
    try:
        yield found
    finally:
        _WATCHED.remove(found)


def _asked(connection, _cursor, statement, *_rest) -> None:
    if _WATCHED and (tables := set(_WORD.findall(statement)) & schema.metadata.tables.keys()):
        for one in _WATCHED:
            one.ask(connection.engine, tables)


def _audit(name: str, facts: tuple) -> None:
    if not _WATCHED or not name.startswith(("open", "os.", "shutil.")):
        return
    for fact in facts[:2]:
        if isinstance(fact, str | bytes | os.PathLike):
            for one in tuple(_WATCHED):
                one.open(os.fsdecode(fact))


event.listen(Engine, "before_cursor_execute", _asked)
sys.addaudithook(_audit)
