"""What the JSON feeds have in common: reading a payload that may hold anything, and Chinese words
that say more.

Every provider's file asks these for its fields, so that a missing or a foreign value ends in
``BadPayload`` and nowhere else.
"""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timezone

from weather.model import YEARS, Alert, BadPayload, Level
from weather.notices import parse

MAX_BYTES = 20_000_000
#: Entries of one list; a bad day of a continent has some thousand.
MAX_RECORDS = 2000
COLOURS = {"blue": Level.BLUE, "yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}


def load(payload: bytes, provider: str, *, most: int = MAX_BYTES) -> "Record":
    """The payload's JSON object.

    Raises
    ------
    BadPayload
        ``feed.too_long``, ``feed.not_json``. (``feed.too_many`` comes when a list is read.)
    """
    if len(payload) > most:
        raise BadPayload("feed.too_long", provider=provider, bytes=len(payload), most=most)
    try:
        answer = json.loads(payload, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadPayload("feed.not_json", provider=provider) from None
    if not isinstance(answer, dict):
        raise BadPayload("feed.not_json", provider=provider)
    return Record(provider, answer)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _storable(said: str) -> str:
    """Without half characters and zero bytes, which JSON can write and no database keeps."""
    return said.encode("utf-8", "replace").decode().replace("\0", "")


class Record:
    """A JSON object whose fields are asked for by what they must be.

    An absent field, a null and an empty string are "not said"; a field of another kind is refused.
    """

    def __init__(self, provider: str, fields: dict):
        self.provider, self.fields = provider, fields

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def bad(self, name: str, said: object) -> BadPayload:
        """The error for a field that is wrong."""
        return BadPayload("feed.bad_value", provider=self.provider, field=name, said=str(said)[:40])

    def text(self, name: str) -> str | None:
        """A text; numbers count as their digits."""
        said = self.fields.get(name)
        if said is None or (isinstance(said, str) and not said.strip()):
            return None
        if isinstance(said, bool) or not isinstance(said, str | int | float):
            raise self.bad(name, said)
        return _storable(str(said)).strip()

    def need(self, name: str) -> str:
        """A text that must be there."""
        said = self.text(name)
        if said is None:
            raise BadPayload("feed.missing", provider=self.provider, field=name)
        return said

    def record(self, name: str) -> "Record":
        """An object; empty if it is absent."""
        said = self.fields.get(name)
        if said is not None and not isinstance(said, dict):
            raise self.bad(name, said)
        return Record(self.provider, said or {})

    def values(self, name: str) -> list:
        """A list; empty if it is absent."""
        said = self.fields.get(name)
        if said is not None and not isinstance(said, list):
            raise self.bad(name, said)
        return said or []

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        said = self.values(name)
        if not all(isinstance(one, str) for one in said):
            raise self.bad(name, said)
        return [_storable(one) for one in said]

    def records(self, name: str) -> Iterator["Record"]:
        """A list of objects."""
        if len(self.values(name)) > MAX_RECORDS:
            raise BadPayload("feed.too_many", provider=self.provider, most=MAX_RECORDS)
        for one in self.values(name):
            if not isinstance(one, dict):
                raise self.bad(name, one)
            yield Record(self.provider, one)

    def number(
        self, name: str, *, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        """A finite number within bounds, also where it is written as a text."""
        return number(self.fields.get(name), self, name, least=least, most=most)

    def time(self, name: str, zone: timezone | None = None) -> datetime | None:
        """An instant in UTC: ISO 8601 with its offset (or in ``zone``), or whole seconds since
        1970.
        """
        said = self.fields.get(name)
        if said is None or said == "":
            return None
        try:
            if isinstance(said, int) and not isinstance(said, bool):
                instant = datetime.fromtimestamp(said, UTC)
            else:
                instant = datetime.fromisoformat(said.strip().replace("/", "-"))
            if instant.tzinfo is None and zone is not None:
                instant = instant.replace(tzinfo=zone)
            if instant.tzinfo is None or instant.year not in YEARS:
                raise ValueError
            return instant.astimezone(UTC)
        except (AttributeError, TypeError, ValueError, OverflowError, OSError):
            raise BadPayload(
                "feed.bad_time", provider=self.provider, field=name, said=str(said)[:40]
            ) from None


def number(
    said: object, where: Record, name: str, *, least: float = -math.inf, most: float = math.inf
) -> float | None:
    """A finite number within bounds; ``None`` for null.

    Raises
    ------
    BadPayload
        ``feed.bad_value``.
    """
    if said is None or said == "":
        return None
    try:
        if isinstance(said, bool) or not isinstance(said, str | int | float):
            raise ValueError
        value = float(said)
    except (ValueError, OverflowError):
        raise where.bad(name, said) from None
    if not (math.isfinite(value) and least <= value <= most):
        raise where.bad(name, said)
    return value


def words(text: str | None, near: datetime | None, kind: str | None = None) -> Alert | None:
    """What Chinese words say by themselves; of several warnings the one of ``kind``. ``None`` if
    they say nothing.
    """
    if not text or "预警" not in text or len(text) > parse.MAX_CHARS:
        return None
    try:
        said = parse.parse(text, near)
    except BadPayload:
        return None
    return next((alert for alert in said if kind is None or alert.type == kind), said[0])
