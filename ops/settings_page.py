"""Settings that are set up on the board's page: a second file beside ``settings.toml``, which the
program alone writes.

``settings.toml`` counts before it, entry by entry and row by row: what somebody wrote there by hand
is never changed from a page, and a page says where it stands. Every change is tried on the whole
before it is written; both files may hold secrets and are their owner's alone.
"""

import json
import os
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import BadSettings, Conflict, Invalid
from ops.base.paths import BESIDE
from ops.base.toml_tables import parse_toml
from ops.settings import BUILT_IN_FEEDS, FILE, PAGE_FILE, parse

HEAD = "# Written by the board's page Set-up. settings.toml counts before it.\n"
Raw = dict[str, object]
_CHANGING = threading.Lock()  # one reads, changes and writes, the next finds it written


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Which settings are whose.

    Attributes
    ----------
    by_hand
        What stands in ``settings.toml``: entries as ``notify.base_url``, rows as ``channels desk``.
    by_page
        The rows and entries of the page's own file, under the same names.
    """

    by_hand: frozenset[str]
    by_page: frozenset[str]

    def is_fixed(self, table: str, entry: str) -> bool:
        """Whether somebody wrote an entry of a table by hand."""
        return f"{table}.{entry}" in self.by_hand


def held(folder: Path) -> Held:
    """Whose each setting is; nothing where a file can't be read."""
    return Held(by_hand=_names(_raw(folder / FILE)), by_page=_names(_raw(folder / PAGE_FILE)))


def _names(raw: Mapping[str, object]) -> frozenset[str]:
    found: set[str] = set()
    for table, entries in raw.items():
        if isinstance(entries, dict):
            found.update(f"{table}.{key}" for key in entries)
        elif isinstance(entries, list):
            found.update(f"{table} {_name(row)}" for row in entries if isinstance(row, dict))
    return frozenset(found)


def _name(row: Mapping[str, object]) -> object:
    return row.get("name", row.get("kind"))


def _raw(path: Path) -> Raw:
    with suppress(OSError, UnicodeDecodeError, BadSettings):
        return parse_toml(path.read_text(encoding="utf-8-sig"))
    return {}


def set_entries(
    folder: Path,
    store: Store,
    actor: Actor,
    table: str,
    entries: Mapping[str, object],
    now: datetime,
) -> None:
    """Set entries of a table.

    Raises
    ------
    NotAllowed
        By this role, or with a value that can't be.
    """
    require(actor, Action.CHANGE_SETTINGS)

    def changed(raw: Raw) -> Raw:
        old = raw.get(table)
        return raw | {table: (old if isinstance(old, dict) else {}) | dict(entries)}

    _change(folder, changed)
    record(store, actor, Action.CHANGE_SETTINGS, f"{table}: {', '.join(sorted(entries))}", now)


def save_row(
    folder: Path, store: Store, actor: Actor, group: str, row: Mapping[str, object], now: datetime
) -> None:
    """Add a row of ``group``, or put it in the place of the page's own of that name.

    Raises
    ------
    NotAllowed
        By this role, with values that can't be, or ``settings.toml`` has one of that name.
    """
    require(actor, Action.CHANGE_SETTINGS)
    name = _name(row)
    if f"{group} {name}" in held(folder).by_hand:
        raise Invalid("settings_page.by_hand", name=name)

    def changed(raw: Raw) -> Raw:
        rows = _rows(raw, group) or _built_in(folder, group)
        kept = [one for one in rows if _name(one) != name]
        return raw | {group: [*kept, dict(row)]}

    _change(folder, changed)
    record(store, actor, Action.CHANGE_SETTINGS, f"{group} {name}", now)


def drop_row(
    folder: Path, store: Store, actor: Actor, group: str, name: str, now: datetime
) -> None:
    """Take a row of the page's own away.

    Raises
    ------
    NotAllowed
        By this role.
    """
    require(actor, Action.CHANGE_SETTINGS)

    def changed(raw: Raw) -> Raw:
        left = [one for one in _rows(raw, group) if _name(one) != name]
        rest = {table: entries for table, entries in raw.items() if table != group}
        return rest | ({group: left} if left else {})

    _change(folder, changed)
    record(store, actor, Action.CHANGE_SETTINGS, f"{group} {name}", now, taken_away=True)


def _rows(raw: Raw, group: str) -> list[Mapping[str, object]]:
    rows = raw.get(group)
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _built_in(folder: Path, group: str) -> list[Mapping[str, object]]:
    """The rows that would count no more as soon as one is named."""
    if group != "feeds" or "feeds" in _raw(folder / FILE):
        return []
    return [{"kind": feed.kind, "name": feed.name} for feed in BUILT_IN_FEEDS]


def _change(folder: Path, changed: Callable[[Raw], Raw]) -> None:
    """Write the page's file anew, if the whole can be used with it; never in a drill beside real
    operation, for all that is set up here leads outside.
    """
    if folder.name == BESIDE:
        raise Conflict("settings_page.beside")
    with _CHANGING:
        _change_alone(folder, changed)


def _change_alone(folder: Path, changed: Callable[[Raw], Raw]) -> None:
    raw = changed(_raw(folder / PAGE_FILE))
    text = HEAD + "".join(_table(name, entries) for name, entries in raw.items())
    try:
        by_hand = (folder / FILE).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        by_hand = ""
    try:
        parse(by_hand, by_page=text)
    except BadSettings as error:
        raise Invalid("settings_page.refused", what=str(error)) from error
    _write(folder / PAGE_FILE, text)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, part = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    with os.fdopen(number, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.chmod(part, 0o600)
    os.replace(part, path)


def _table(name: str, entries: object) -> str:
    if isinstance(entries, dict):
        return f"\n[{name}]\n" + _entries(entries)
    rows = entries if isinstance(entries, list) else []
    return "".join(f"\n[[{name}]]\n" + _entries(row) for row in rows)


def _entries(entries: Mapping[str, object]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in entries.items())


def _value(value: object) -> str:
    """A value as TOML writes it; a JSON text is one of TOML's, but for DEL."""
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
