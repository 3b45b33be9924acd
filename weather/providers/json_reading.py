"""What the JSON feeds have in common: reading a payload that may hold anything, and Chinese words
that say more.

Every provider's file asks these for its fields, so that a missing or a foreign value ends in
``BadPayload`` and nowhere else.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timezone
from typing import Any, TypeVar

from weather.model import YEARS, Alert, BadPayload, Level, RainStep, Readable, digest_of
from weather.notices import parse

T = TypeVar("T")
#: Words that stand for a field that is not said.
_NOTHING = ("null", "none", "nan", "-", "--", "n/a")
#: Millimetres by which a model's rounding may fall below nought. Assumption.
_ROUNDING = 0.05
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
        answer = json.loads(payload)
    except (ValueError, RecursionError):
        raise BadPayload("feed.not_json", provider=provider) from None
    if not isinstance(answer, dict):
        raise BadPayload("feed.not_json", provider=provider)
    return Record(provider, answer)


def _storable(raw: str) -> str:
    """Without half characters and zero bytes, which JSON can write and no database keeps."""
    return raw.encode("utf-8", "replace").decode().replace("\0", "")


class Record:
    """A JSON object whose fields are asked for by what they must be.

    An absent field, a null and an empty string are "not said"; a field of another kind is refused.
    """

    def __init__(self, provider: str, fields: dict):
        self.provider, self.fields = provider, fields

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def bad(self, name: str, raw: object) -> BadPayload:
        """The error for a field that is wrong."""
        return BadPayload("feed.bad_value", provider=self.provider, field=name, said=str(raw)[:40])

    def text(self, name: str) -> str | None:
        """A text; numbers count as their digits."""
        raw = self.fields.get(name)
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise self.bad(name, raw)
        if isinstance(raw, float) and not math.isfinite(raw):
            raise self.bad(name, raw)
        return _storable(str(raw)).strip()

    def maybe(self, name: str, doubts: list[str]) -> str | None:
        """A text that the rest can do without: one that is none is a doubt."""
        return self._without(self.text, name, doubts)

    def maybe_time(
        self, name: str, doubts: list[str], zone: timezone | None = None
    ) -> datetime | None:
        """An instant that the rest can do without: one that is none is a doubt."""
        return self._without(lambda name: self.time(name, zone), name, doubts)

    def maybe_record(self, name: str, doubts: list[str]) -> "Record":
        """An object that the rest can do without: one that is none is a doubt."""
        return self._without(self.record, name, doubts) or Record(self.provider, {})

    def maybe_texts(self, name: str, doubts: list[str]) -> list[str]:
        """A list of texts that the rest can do without: one that is none is a doubt."""
        return self._without(self.texts, name, doubts) or []

    def named(self, name: str, doubts: list[str]) -> str:
        """Its identifier; without one it is known by what it says."""
        return self.maybe(name, doubts) or self._unnamed(doubts)

    def _unnamed(self, doubts: list[str]) -> str:
        doubts.append("doubt.field_missing")
        said = json.dumps(self.fields, ensure_ascii=False, sort_keys=True, default=str)
        return digest_of(_storable(said))

    def _without(self, read: Callable[[str], T | None], name: str, doubts: list[str]) -> T | None:
        try:
            return read(name)
        except BadPayload:
            doubts.append("doubt.field_missing")
            return None

    def need(self, name: str) -> str:
        """A text that must be there."""
        raw = self.text(name)
        if raw is None:
            raise BadPayload("feed.missing", provider=self.provider, field=name)
        return raw

    def record(self, name: str) -> "Record":
        """An object; empty if it is absent."""
        raw = self.fields.get(name)
        if raw is not None and not isinstance(raw, dict):
            raise self.bad(name, raw)
        return Record(self.provider, raw or {})

    def values(self, name: str) -> list:
        """A list; empty if it is absent."""
        raw = self.fields.get(name)
        if raw is not None and not isinstance(raw, list):
            raise self.bad(name, raw)
        return raw or []

    def texts(self, name: str) -> list[str]:
        """A list of texts."""
        raw = self.values(name)
        if not all(isinstance(item, str) for item in raw):
            raise self.bad(name, raw)
        return [_storable(item) for item in raw]

    def entries(self, name: str) -> Iterator["Record"]:
        """A list of objects to be read each by itself: one that is none is empty."""
        if len(self.values(name)) > MAX_RECORDS:
            raise BadPayload("feed.too_many", provider=self.provider, most=MAX_RECORDS)
        for one in self.values(name):
            yield Record(self.provider, one if isinstance(one, dict) else {})

    def records(self, name: str) -> Iterator["Record"]:
        """A list of objects."""
        if len(self.values(name)) > MAX_RECORDS:
            raise BadPayload("feed.too_many", provider=self.provider, most=MAX_RECORDS)
        for item in self.values(name):
            if not isinstance(item, dict):
                raise self.bad(name, item)
            yield Record(self.provider, item)

    def number(
        self, name: str, *, least: float = -math.inf, most: float = math.inf
    ) -> float | None:
        """A finite number within bounds, also where it is written as a text."""
        return number(self.fields.get(name), self, name, least=least, most=most)

    def time(self, name: str, zone: timezone | None = None) -> datetime | None:
        """An instant in UTC: ISO 8601 with its offset (or in ``zone``), or whole seconds since
        1970.
        """
        raw = self.fields.get(name)
        if raw is None or raw == "":
            return None
        try:
            if isinstance(raw, str) and raw.strip().lower() in _NOTHING:
                return None
            if isinstance(raw, str) and re.fullmatch(r"\s*1\d{9}\s*", raw):
                raw = int(raw)
            if isinstance(raw, int | float) and not isinstance(raw, bool):
                instant = datetime.fromtimestamp(raw, UTC)
            else:
                instant = datetime.fromisoformat(raw.strip().replace("/", "-"))
            if instant.tzinfo is None and zone is not None:
                instant = instant.replace(tzinfo=zone)
            if instant.tzinfo is None or instant.year not in YEARS:
                raise ValueError
            return instant.astimezone(UTC)
        except (AttributeError, TypeError, ValueError, OverflowError, OSError):
            raise BadPayload(
                "feed.bad_time", provider=self.provider, field=name, said=str(raw)[:40]
            ) from None


def number(
    raw: object, where: Record, name: str, *, least: float = -math.inf, most: float = math.inf
) -> float | None:
    """A finite number within bounds; ``None`` for null.

    Raises
    ------
    BadPayload
        ``feed.bad_value``.
    """
    if raw is None or raw == "":
        return None
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | float):
            raise ValueError
        value = float(raw)
    except (ValueError, OverflowError):
        raise where.bad(name, raw) from None
    if not (math.isfinite(value) and least <= value <= most):
        raise where.bad(name, raw)
    return value


def each_readable(
    entries: Iterable[Record], read: Callable[[Record], Alert | list[Alert]]
) -> Readable:
    """All that can be read: one broken entry hides no other. Of an identifier the last counts.

    Raises
    ------
    BadPayload
        That of the first entry, if none can be read.
    """
    alerts: dict[tuple[str, str], Alert] = {}
    rejected: list[BadPayload] = []
    for entry in entries:
        try:
            found = read(entry)
        except BadPayload as why:
            rejected.append(why)
            continue
        rejected += found.rejected if isinstance(found, Readable) else ()
        for alert in found if isinstance(found, list) else [found]:
            alerts[alert.provider, alert.provider_id] = alert
    if rejected and not alerts:
        raise rejected[0]
    return Readable(alerts.values(), rejected)


def steps_of(
    entries: Iterable[Record], read: Callable[[Record], RainStep | None]
) -> tuple[list[RainStep], int]:
    """Steps in order of time, and how many could not be read; of one time the first counts.

    Raises
    ------
    BadPayload
        That of the first step, if half of them or more can't be read.
    """
    steps: dict[datetime, RainStep] = {}
    rejected: list[BadPayload] = []
    count = 0
    for entry in entries:
        count += 1
        try:
            step = read(entry)
        except BadPayload as why:
            rejected.append(why)
            continue
        if step:
            steps.setdefault(step.start, step)
    if rejected and 2 * len(rejected) >= count:
        raise rejected[0]
    return [steps[start] for start in sorted(steps)], len(rejected)


def share(entry: Record, name: str, whole: float) -> float | None:
    """A probability as 0 to 1; no plan depends on it, so one that is none is not said."""
    try:
        value = entry.number(name, least=0, most=whole)
    except BadPayload:
        return None
    return None if value is None else value / whole


def millimetres(entry: Record, name: str) -> float | None:
    """An amount of rain; what lies below nought by no more than rounding is nought."""
    value = entry.number(name, least=-_ROUNDING, most=1999)
    return None if value is None else max(value, 0.0)


def words(text: str | None, near: datetime | None, kind: str | None = None) -> Alert | None:
    """What Chinese words say by themselves; of several warnings the one of ``kind``. ``None`` if
    they say nothing.
    """
    if not text or "预警" not in text or len(text) > parse.MAX_CHARS:
        return None
    try:
        raw = parse.parse(text, near)
    except BadPayload:
        return None
    return next((alert for alert in raw if kind is None or alert.type == kind), raw[0])


def issuers(parsed: Alert | None, sender: str | None) -> tuple[str, ...]:
    """The bodies that sign, by the words, else by the field that names a sender."""
    if parsed and parsed.issuers:
        return parsed.issuers
    return (sender,) if sender else ()


def details(parsed: Alert | None, text: str | None, issued_at: datetime | None) -> dict[str, Any]:
    """Level before, areas, amounts and hours of such words, as fields of an alert; a text that is
    no notice may still tell of rain.
    """
    names = ("previous_level", "areas")
    known = {name: getattr(parsed, name) for name in names} if parsed else {}
    return known | parse.rain_fields(parsed, text, issued_at)
