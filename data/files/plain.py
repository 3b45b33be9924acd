"""What was read, as plain text from one process to another: whoever reads files of strangers may be
taken over by one, so that nothing it answers is believed but values of the kind that was asked for.

Written by what a value is, and read by what a type hint promises, to the last part: a text where a
number belongs is no answer. (What the database holds is written by ``data.db.codec``, which
believes what it once wrote.)
"""

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import cache, partial
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
import shapely

from data.files.raw import ErrorValue, Raw
from data.model.message import Message

_PLAIN = frozenset((type(None), bool, int, float, str))
_TIMES: dict[str, type[date | time]] = {"datetime": datetime, "date": date, "time": time}
_PARTS = (b"[", b"{", b",", b":")
Read = Callable[[Any], Any]


class NotPlain(ValueError):
    """An answer that is none of the kind that was asked for."""


def written(value: object) -> bytes:
    """The text of a value.

    Raises
    ------
    TypeError
        It holds something that has no plain form.
    """
    return json.dumps(_plain(value), separators=(",", ":")).encode()


def read(hint: Any, content: bytes) -> Any:
    """What ``written`` gave, as a value of the type ``hint``.

    Raises
    ------
    NotPlain
        It is no such value.
    """
    try:
        return _reader(hint)(json.loads(content))
    except (TypeError, ValueError, KeyError, IndexError, OverflowError, RecursionError) as error:
        raise NotPlain(f"{type(error).__name__}: {error}"[:200]) from error
    except shapely.errors.ShapelyError as error:
        raise NotPlain(str(error)[:200]) from error


def parts(content: bytes) -> int:
    """How many values a text holds at most."""
    return sum(content.count(one) for one in _PARTS)


def _plain(value: object) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Message):
        return {"said": [value.code, _plain(value.facts)]}
    if is_dataclass(value) and not isinstance(value, type):
        return [_plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, np.ndarray):
        return shapely.to_wkb(value, hex=True).tolist()
    if isinstance(value, tuple | list | range | frozenset):
        whole = list(value)
        return whole if set(map(type, whole)) <= _PLAIN else [_plain(one) for one in whole]
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(one)] for key, one in value.items()]
    return _plain_word(value)


def _plain_word(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, ErrorValue):
        return {"error": str(value)}
    if isinstance(value, timedelta):
        return {"timedelta": [value.days, value.seconds, value.microseconds]}
    for name, kind in _TIMES.items():  # a ``datetime`` is a ``date``, too
        if isinstance(value, kind):
            return {name: value.isoformat()}
    for plain in (str, int, float):  # a subclass, such as NumPy's float: its plain value
        if isinstance(value, plain):
            return plain(value)
    raise TypeError(f"it has no plain form: {type(value).__name__}")


@cache
def _reader(hint: Any) -> Read:
    """How a value of the type ``hint`` is read."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint == Raw:
        return _read_cell
    if origin in (types.UnionType, Union):
        return _union_reader(inner)
    if origin is tuple:
        return _tuple_reader(inner)
    if origin in (list, Sequence):
        return partial(_read_all, list, _reader(inner[0]))
    if origin is frozenset:
        return partial(_read_all, frozenset, _reader(inner[0]))
    if origin in (dict, Mapping):
        return partial(_read_mapping, _reader(inner[0]), _reader(inner[1]))
    if hint is object:
        return _read_anything
    if hint is Message or hint in _TIMES.values() or hint in (timedelta, ErrorValue):
        return partial(_read_tagged_as, hint)
    if hint is np.ndarray:
        return _read_shapes
    return _class_reader(hint)


def _class_reader(hint: Any) -> Read:
    if hint in _PLAIN:
        return partial(_read_word, (int, float) if hint is float else (hint,))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        own = [(field.name, _reader(hints[field.name])) for field in fields(hint)]
        return partial(_read_entity, hint, own)
    raise TypeError(f"no plain text is read as {hint}")


def _union_reader(hints: tuple[Any, ...]) -> Read:
    """The first that a value is; of what may be missing a look at its type is enough."""
    words = tuple(hint for hint in hints if hint in _PLAIN)
    others = tuple(_reader(hint) for hint in hints if hint not in _PLAIN)

    def read_one(value: Any) -> Any:
        if type(value) in words:
            return value
        for reader in others[:-1]:
            try:
                return reader(value)
            except (TypeError, ValueError):
                continue
        return others[-1](value) if others else _read_word(words, value)

    return read_one


def _tuple_reader(hints: tuple[Any, ...]) -> Read:
    if len(hints) == 2 and hints[1] is Ellipsis:
        return partial(_read_all, tuple, _reader(hints[0]))
    readers = tuple(_reader(hint) for hint in hints)
    return lambda value: tuple(each(one) for each, one in zip(readers, _listed(value), strict=True))


def _listed(value: Any) -> list[Any]:
    if type(value) is not list:
        raise TypeError(f"no list: {type(value).__name__}")
    return value


def _read_all(kind: Callable[[Any], Any], each: Read, value: Any) -> Any:
    return kind(map(each, _listed(value)))


def _read_mapping(key: Read, each: Read, value: Any) -> dict[Any, Any]:
    return {key(name): each(one) for name, one in map(_listed, _listed(value))}


def _read_word(kinds: tuple[type, ...], value: Any) -> Any:
    if type(value) not in kinds:
        raise TypeError(f"no {kinds[-1].__name__}: {type(value).__name__}")
    return value


def _read_entity(kind: type, readers: Sequence[tuple[str, Read]], value: Any) -> Any:
    told = zip(readers, _listed(value), strict=True)
    return kind(**{name: each(one) for (name, each), one in told})


def _read_anything(value: Any) -> object:
    """A fact of a sentence: it carries its own type, since nothing else says it."""
    if type(value) is list:
        return tuple(map(_read_anything, value))
    return _tagged(value) if type(value) is dict else value


def _read_cell(value: Any) -> Any:
    found = _tagged(value) if type(value) is dict else value
    if type(found) in (list, Message):
        raise TypeError("no cell of a table")
    return found


def _read_tagged_as(kind: type, value: Any) -> Any:
    found = _tagged(value)
    if type(found) is not kind:
        raise TypeError(f"no {kind.__name__}")
    return found


def _tagged(value: Any) -> object:
    if type(value) is not dict:
        raise TypeError(f"nothing with a type beside it: {type(value).__name__}")
    ((name, told),) = value.items()
    if name == "said":
        code, facts = _listed(told)
        read_facts = _read_mapping(partial(_read_word, (str,)), _read_anything, facts)
        return Message(_read_word((str,), code), read_facts)
    if name == "timedelta":
        return timedelta(*(_read_word((int,), one) for one in _listed(told)))
    word = _read_word((str,), told)
    return ErrorValue(word) if name == "error" else _TIMES[name].fromisoformat(word)


def _read_shapes(value: Any) -> np.ndarray:
    texts = [_read_word((type(None), str), one) for one in _listed(value)]
    found = np.full(len(texts), None, dtype=object)
    found[:] = shapely.from_wkb(texts)
    return found
