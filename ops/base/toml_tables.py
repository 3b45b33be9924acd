"""TOML tables that fill frozen dataclasses, each entry checked against the built-in value.

What is wrong is named by entry and line, never by value: it may be a key or an address.
"""

import dataclasses
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from ops.base.errors import BadSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")
_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"\s*([\w.\-\"']+?)\s*=")


class BadEntry(ValueError):
    """An entry of a TOML file that can't be; ``where`` is its name, as in ``loop.solve_seconds``
    or ``channels 1.kind``.
    """

    def __init__(self, where: str, what: str):
        self.where = where
        super().__init__(f"{where}: {what}")


def parse_toml(text: str) -> dict[str, object]:
    """The tables of a text.

    Raises
    ------
    BadSettings
        It is no TOML; the message has the line.
    """
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise BadSettings("nested too deeply") from error
    except ValueError as error:  # no TOML, or a number of more digits than Python reads
        raise BadSettings(str(error)) from error


def line_of(where: str, text: str) -> int | None:
    """The line of an entry, else that of its table; ``None`` where neither is found."""
    name, _, key = where.partition(".")
    name, _, number = name.partition(" ")
    found, row, inside = None, 0, ""
    for line, written in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(written):
            inside = header[2].strip("\"' ")
            row += header[1] == "[[" and inside == name
            if inside == name and int(number or row) == row and found is None:
                found = line
        elif entry := _KEY.match(written):
            written_key = entry[1].replace('"', "").replace("'", "")
            path = f"{inside}.{written_key}" if inside else written_key
            if path == f"{name}.{key}" and int(number or row) == row:
                return line
            if found is None and not inside and path.partition(".")[0] == name:
                found = line
    return found


def replaced(settings: T, values: Mapping[str, object]) -> T:
    """The dataclass with other values."""
    return dataclasses.replace(settings, **values)


def filled(settings: T, table: object, name: str) -> T:
    """The dataclass with the entries of ``[name]`` in place of its own.

    Raises
    ------
    BadEntry
        An entry is unknown, of another type or out of range.
    """
    if not isinstance(table, dict):
        raise BadEntry(name, "must be a table")
    entries = {
        key: _entry(getattr(settings, key, None), value, f"{name}.{key}")
        for key, value in table.items()
    }
    try:
        return replaced(settings, entries)
    except ValueError as error:
        raise BadEntry(name, str(error)) from error


def rows(cls: type[T], kinds: Collection[str], tables: object, group: str) -> tuple[T, ...]:
    """The rows of ``[[group]]``; without a name one has that of its kind.

    Raises
    ------
    BadEntry
        A row is of no kind of ``kinds``, an entry can't be, or two rows have one name.
    """
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise BadEntry(group, f"must be tables, each begun with [[{group}]]")
    named: dict[str, T] = {}
    for number, table in enumerate(tables, 1):
        where, kind = f"{group} {number}", table.get("kind")
        name = table.get("name", kind)
        if kind not in kinds or not isinstance(name, str) or not name.strip():
            raise BadEntry(where, f"kind must be one of {', '.join(kinds)}, name a text")
        if name in named:
            raise BadEntry(where, "two have one name")
        named[name] = _row(cls, table | {"name": name}, where)
    return tuple(named.values())


def _row(cls: type[T], table: Mapping[str, object], where: str) -> T:
    built_in = {field.name: field.default for field in dataclasses.fields(cls)}
    built_in |= {"kind": "", "name": ""}
    entries = {
        key: _entry(built_in.get(key), value, f"{where}.{key}") for key, value in table.items()
    }
    try:
        return cls(**entries)
    except ValueError as error:
        raise BadEntry(where, str(error)) from error


def _entry(built_in: object, value: object, where: str) -> object:
    """A value of the type of the built-in one."""
    if built_in is None or dataclasses.is_dataclass(built_in):
        raise BadEntry(where, "no such setting")
    value = tuple(value) if isinstance(value, list) else value
    if isinstance(built_in, float) and type(value) is int:
        try:
            value = float(value)
        except OverflowError:
            raise BadEntry(where, "too large") from None
    texts = built_in == () and isinstance(value, tuple)
    if type(value) is not type(built_in) or (texts and not _all_texts(value)):
        raise BadEntry(where, f"must be {type(built_in).__name__}, got {type(value).__name__}")
    return value


def _all_texts(values: object) -> bool:
    return isinstance(values, Iterable) and all(isinstance(value, str) for value in values)
