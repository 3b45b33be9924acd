"""Values that both databases keep alike: instants in UTC, structures, packed texts, sentences."""

import base64
import json
import lzma
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Dialect, Text
from sqlalchemy.types import TypeDecorator

_MARK, _MARK_BEFORE = "xz:", "zlib:"


class Instant(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out.

    SQLite keeps no zone, so the text it holds is always UTC.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"an instant without a time zone: {value}")
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Structure(TypeDecorator):
    """A JSON text.

    Left as text by every database: a question that needs a part of it deserves a column.
    """

    impl = JSON(none_as_null=True)
    cache_ok = True


class Packed(TypeDecorator):
    """A long text that is rarely read: packed, a solver's problem takes a tenth. What an earlier
    release wrote is read as it stands.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _packed(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _unpacked(value)


class PackedStructure(TypeDecorator):
    """What JSON can hold, packed: of what says much the same a thousand times a twentieth is left.
    What an earlier release wrote as it stands is read so.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        if value is None:
            return None
        words = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return _packed(words)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        return None if value is None else json.loads(_unpacked(value))


class Sentence(TypeDecorator):
    """A message as JSON; of the text of an earlier release, "code (facts)", the code alone."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: Mapping[str, object] | None, dialect: Dialect
    ) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        if value is None:
            return None
        return json.loads(value) if value[0] == "{" else {"code": value.split()[0], "facts": {}}


def _packed(words: str) -> str:
    packed = lzma.compress(words.encode(), preset=1)  # as quick as zlib, and a third less is left
    return _MARK + base64.b64encode(packed).decode()


def _unpacked(value: str) -> str:
    for mark, unpack in ((_MARK, lzma.decompress), (_MARK_BEFORE, zlib.decompress)):
        if value.startswith(mark):
            return unpack(base64.b64decode(value[len(mark) :])).decode()
    return value
