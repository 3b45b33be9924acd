"""JSON to the types of this package and back, strictly: what the contract does not know is
refused.
"""

import dataclasses
import json
from collections import Counter
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from solver.validation import FieldError, listing, shown


def parse(text: str | bytes) -> Any:
    """JSON text as Python values.

    Raises
    ------
    ValueError
        Not JSON, not UTF-8, nested too deeply, a field given twice, NaN or infinity, absurdly long
        numbers.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8-sig")
        if not text.strip():
            raise FieldError("input", "is empty")
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except FieldError:
        raise
    except UnicodeDecodeError:
        raise FieldError("input", "is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise FieldError("input", f"is not JSON: {error.msg} at line {error.lineno}") from None
    except RecursionError:
        raise FieldError("input", "is nested too deeply") from None
    except ValueError:
        raise FieldError("input", "holds a number with too many digits") from None


def _no_constant(word: str) -> Any:
    raise FieldError("input", f"holds {word}, which is not a number")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key, count in times.items() if count > 1)
        raise FieldError("input", f"gives the field {shown(twice)} twice in one object")
    return result


Nested = Mapping[str, Any]
"""For each field that holds objects: their type, or ``(type, nested fields of that type)``."""


def build(kind: type, raw: Any, path: str, nested: Nested | None = None) -> Any:
    """An instance of the dataclass `kind` from a JSON object.

    Parameters
    ----------
    nested
        For each field that holds objects: the type of those objects, or ``(type, nested of that
        type)``.

    Raises
    ------
    ValueError
        With the full path of the field, for unknown or missing fields and for whatever `kind`
        itself refuses.
    """
    if not isinstance(raw, dict):
        raise FieldError(path, f"must be an object, got {shown(raw)}")
    needed = _needed(kind)
    for key in raw:
        if key not in needed:
            raise FieldError(_join(path, shown(key).strip('"')), "is not a field of this format")
    for key, is_needed in needed.items():
        if is_needed and key not in raw:
            raise FieldError(_join(path, key), "is missing")
    values = dict(raw)
    for key, inner in (nested or {}).items():
        if key in raw:
            values[key] = _value(raw[key], _join(path, key), inner)
    try:
        return kind(**values)
    except FieldError as error:
        raise (error.under(path) if path else error) from None


@cache
def _needed(kind: type) -> Mapping[str, bool]:
    """The fields of a dataclass, and whether each has to be given."""
    return {
        each.name: each.default is each.default_factory is dataclasses.MISSING
        for each in dataclasses.fields(kind)
    }


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _value(raw: Any, path: str, inner: Any) -> Any:
    kind, deeper = inner if isinstance(inner, tuple) else (inner, None)
    if getattr(kind, "single", False):
        return build(kind, raw, path, deeper)
    return tuple(
        build(kind, each, f"{path}[{i}]", deeper) for i, each in enumerate(listing(path, raw))
    )


_PLAIN = frozenset({int, str, float, bool, type(None)})  # most values are: asked first


def plain(value: Any) -> Any:
    """A dataclass, with all that it holds, as values that JSON knows."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list | tuple):
        return [each if type(each) in _PLAIN else plain(each) for each in value]
    if dataclasses.is_dataclass(value):
        kind: type = type(value)
        return {name: plain(getattr(value, name)) for name in _needed(kind)}
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return value.value if isinstance(value, Enum) else value
