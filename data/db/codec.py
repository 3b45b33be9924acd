"""Rows <-> entities, and the one JSON codec of everything stored as JSON.

What the type hints promise decides how a value is read back, so an entity that gains a field with a
default still reads its old rows. Instants are written in UTC; a tuple is a JSON list; a number
keeps its every digit.
"""

import math
import types
from collections.abc import Callable, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from sqlalchemy import Result, RowMapping, Table

from data.db.schema import PackedStructure, Sentence, Structure
from data.model.message import Message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
T = TypeVar("T", bound="DataclassInstance")
_OF_JSON = (Structure, PackedStructure, Sentence)
_BARE = frozenset({str, int, bool, type(None)})  # most values are: asked first


def pack(value: object) -> Any:
    """Entity, or part of one, -> what JSON can hold.

    Raises
    ------
    TypeError
        Something the codec does not know: better refused than stored as its ``repr``.
    ValueError
        A naive instant, or a number that is not finite.
    """
    if type(value) in _BARE:
        return value
    if isinstance(value, Message):
        return {
            "code": value.code,
            "facts": {name: _pack_fact(fact) for name, fact in value.facts.items()},
        }
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: pack(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [pack(part) for part in value]
    if isinstance(value, dict) and all(type(name) is str for name in value):
        return {name: pack(part) for name, part in value.items()}
    return _pack_plain(value)


def unpack(hint: Any, value: Any) -> Any:
    """What `pack` gave -> a value of the type ``hint``."""
    return None if value is None else _reader(hint)(value)


def to_row(table: Table, entity: "DataclassInstance", **more: object) -> dict[str, object]:
    """The row of an entity: a column for each of its fields that the table has; ``position`` is
    ``lon`` and ``lat``.
    """
    row: dict[str, object] = dict(more)
    for field in fields(entity):
        value = getattr(entity, field.name)
        if field.name == "position":
            row["lon"], row["lat"] = value or (None, None)
        elif field.name in table.c:
            is_json = isinstance(table.c[field.name].type, _OF_JSON)
            row[field.name] = pack(value) if is_json else _bare(value)
    return row


def to_new_row(table: Table, entity: "DataclassInstance") -> dict[str, object]:
    """The row of an entity whose ``id`` the database is to give."""
    return {name: value for name, value in to_row(table, entity).items() if name != "id"}


def to_entity(cls: type[T], row: RowMapping, **more: object) -> T:
    """The entity of a row; ``more`` gives the fields that stand in other tables."""
    read = _row_reader(cls, tuple(row), frozenset(more))
    return cls(**read(tuple(row.values())), **more)


def to_entities(cls: type[T], found: Result) -> tuple[T, ...]:
    """The entities of all rows of an answer: a district has tens of thousands."""
    read = _row_reader(cls, tuple(found.keys()), frozenset())
    return tuple(cls(**read(row)) for row in found)


@cache
def _row_reader(
    cls: "type[DataclassInstance]", columns: tuple[str, ...], apart: frozenset[str]
) -> Callable[[Sequence[Any]], dict[str, object]]:
    """How the values of such rows are read as the fields of an entity, but for those ``apart``."""
    at = {name: number for number, name in enumerate(columns)}
    fields = [
        (name, at[name], None if read is _as_it_is else read)
        for name, read in _readers(cls).items()
        if name in at and name not in apart
    ]
    place = (at["lon"], at["lat"]) if "position" in _readers(cls).keys() - apart else None

    def values_of(row: Sequence[Any]) -> dict[str, object]:
        known: dict[str, object] = {}
        for name, number, read in fields:
            value = row[number]
            known[name] = value if value is None or read is None else read(value)
        if place:
            lon, lat = row[place[0]], row[place[1]]
            known["position"] = None if lon is None else (lon, lat)
        return known

    return values_of


def _pack_plain(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    if type(value) in _BARE or type(value) is float:
        return value
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError(f"an instant without a time zone: {value}")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, str | int | float):  # a subclass, such as NumPy's float: its plain value
        return next(plain(value) for plain in (str, int, float) if isinstance(value, plain))
    raise TypeError(f"cannot be stored: {type(value).__name__}")


def _pack_fact(fact: object) -> Any:
    """A fact carries its own type, since nothing else says it: what JSON lacks becomes a one-word
    object.
    """
    if isinstance(fact, Message):
        return pack(fact)
    if isinstance(fact, tuple | list):
        return [_pack_fact(part) for part in fact]
    if isinstance(fact, datetime):
        return {"at": _pack_plain(fact)}
    if isinstance(fact, date):
        return {"day": fact.isoformat()}
    if isinstance(fact, time):
        return {"time": fact.isoformat()}
    return _pack_plain(fact)


_FACT_TYPES: dict[str, type[date | time]] = {"at": datetime, "day": date, "time": time}


def _unpack_fact(fact: Any) -> object:
    if isinstance(fact, list):
        return tuple(_unpack_fact(part) for part in fact)
    if not isinstance(fact, dict):
        return fact
    if "code" in fact:
        return unpack(Message, fact)
    ((word, text),) = fact.items()
    return _FACT_TYPES[word].fromisoformat(text)


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    """How a value of the type ``hint`` that is there is read; thousands are for one plan."""
    origin = get_origin(hint)
    if origin in (types.UnionType, Union):
        return _reader(next(part for part in get_args(hint) if part is not type(None)))
    if origin is tuple:
        return _tuple_reader(*get_args(hint))
    if hint is Message:
        return _read_message
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(_read_entity, hint)
    if hint in (datetime, date, time):
        return partial(_read_time, hint)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value


def _tuple_reader(*parts: Any) -> Callable[[Any], Any]:
    if len(parts) == 2 and parts[1] is Ellipsis:
        each = _reader(parts[0])
        if each is _as_it_is:
            return tuple
        return lambda value: tuple(None if part is None else each(part) for part in value)
    return lambda value: tuple(unpack(hint, part) for hint, part in zip(parts, value, strict=True))


def _read_message(value: Any) -> Message:
    facts = {name: _unpack_fact(fact) for name, fact in value["facts"].items()}
    return Message(value["code"], facts)


def _read_entity(cls: "type[DataclassInstance]", value: Any) -> Any:
    readers = _readers(cls)
    if missing := [name for name in _needed(cls) if name not in value]:
        raise ValueError(f"{cls.__name__} was stored without {', '.join(missing)}")
    return cls(
        **{
            name: None if value[name] is None else read(value[name])
            for name, read in readers.items()
            if name in value
        }
    )


def _read_time(cls: type[date | time], value: Any) -> Any:
    return cls.fromisoformat(value) if isinstance(value, str) else value


def _bare(value: object) -> object:
    return value.value if isinstance(value, Enum) else value


@cache
def _readers(cls: "type[DataclassInstance]") -> dict[str, Callable[[Any], Any]]:
    """How each field is read."""
    hints = get_type_hints(cls)
    return {field.name: _reader(hints[field.name]) for field in fields(cls)}


@cache
def _needed(cls: "type[DataclassInstance]") -> tuple[str, ...]:
    """The fields without a default."""
    return tuple(
        field.name for field in fields(cls) if field.default is field.default_factory is MISSING
    )
