"""Any payload in, alerts out: which door it belongs to is found out here. And alerts as JSON."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from json import JSONDecodeError
from typing import Any

from weather.model import Alert, BadPayload
from weather.notices import parse
from weather.notices.text import BEIJING
from weather.providers import cap, cap_index
from weather.providers.registry import shapes

#: No warning is longer; what is, is refused before it is looked at.
MAX_BYTES = 5_000_000
_KINDS = (
    (b"PK\x03\x04", "ZIP"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\xd0\xcf\x11\xe0", "Office"),
    (b"BM", "BMP"),
    (b"RIFF", "RIFF"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "EXE"),
    (b"SQLite format 3", "SQLite"),
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
#: Shapes that are known and not read, by what they are.
_FOREIGN = (
    ({"reportDatetime", "areaTypes"}, "JMA (日本气象厅)"),
    ({"warnings"}, "Met Éireann"),
    ({"timezone_offset", "hourly"}, "OpenWeather One Call"),
    ({"code", "location"}, "QWeather GeoAPI"),
    ({"type", "geometry", "properties"}, "GeoJSON Feature"),
)
#: A piece copied out of a web page, with its tags.
_MARKED_UP = re.compile(
    r"<(?:p|div|span|br|b|strong|font|h[1-6]|table|tr|td|ul|li|section|article|em|i|a)[\s/>]",
    re.IGNORECASE,
)
#: Links of an index that are named.
_MOST_LINKS = 20


def parse_any(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """The alerts of a payload, whichever door it belongs to.

    A pasted Chinese notice, CAP XML, or the JSON of QWeather, Caiyun, MeteoAlarm, the US weather
    service or a CMA list.

    Parameters
    ----------
    payload
        At most ``MAX_BYTES``; text in UTF-8, UTF-16 or GB 18030.
    received_at
        Aware instant of receipt; ``None`` leaves open what a notice's date leaves open.

    Raises
    ------
    BadPayload
        ``door.*``: it belongs to none. ``notice.*``, ``cap.*``, ``feed.*``: that door refuses it.
    SourceDown
        ``feed.refused``: it is a service's answer that there is no answer.
    """
    if not payload.strip():
        raise BadPayload("door.empty")
    if len(payload) > MAX_BYTES:
        raise BadPayload("door.too_long", bytes=len(payload), most=MAX_BYTES)
    text = _text(payload)
    start = text.lstrip("\ufeff \t\r\n")[:200]
    if start.lower().startswith(("<!doctype html", "<html")):
        raise BadPayload("door.html")
    if _MARKED_UP.match(start):
        return parse.parse(text, received_at)
    if (
        start.startswith("<")
        and start[1:2] in "?!abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    ):
        return _of_xml(payload.lstrip(b" \t\r\n"), received_at)
    if start.startswith(("{", "[")) and (answer := _json(text)) is not None:
        return _of_json(answer, text.lstrip("\ufeff"), received_at)
    try:
        return parse.parse(text, received_at)
    except BadPayload:
        if _is_table(
            text
        ):  # only what is no notice: a list of warnings may have as many commas in each line
            raise BadPayload(
                "door.table", head=text.lstrip("\ufeff").splitlines()[0][:60]
            ) from None
        raise


def _of_xml(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """A CAP message; an index of messages is named with its links, for none of them is fetched
    here.
    """
    try:
        return cap.parse(payload, received_at)
    except BadPayload as refusal:
        if refusal.code != "cap.index":
            raise
    entries = cap_index.parse(payload, "")
    links = " ".join(entry.url[:200] for entry in entries[:_MOST_LINKS])
    raise BadPayload("door.index", entries=len(entries), links=links or "-")


def _is_table(text: str) -> bool:
    """Comma-separated lines of one width, such as a rain gauge's record: what fell is no warning
    and no forecast.
    """
    commas = {line.count(",") for line in text[:4000].splitlines()[:5]}
    return len(commas) == 1 and min(commas) > 0 and text.count("\n") > 1


def _text(payload: bytes) -> str:
    """The payload as text, by its mark, else as the first of UTF-8, UTF-16 and GB 18030 that
    fits.
    """
    for start, kind in _KINDS:
        if payload.startswith(start) and (len(start) > 2 or b"\0" in payload[:512]):
            raise BadPayload("door.binary", kind=kind)
    names = [name for mark, name in _MARKS if payload.startswith(mark)] or [
        "utf-8",
        *_wide(payload),
        "gb18030",
    ]
    for name in names:
        try:
            text = payload.decode(name)
        except UnicodeError:
            continue
        if _readable(text):
            return text
    if b"\0" in payload or any(byte < 9 for byte in payload[:4096]):
        raise BadPayload("door.binary", kind="?")
    raise BadPayload("door.encoding")


def _wide(payload: bytes) -> list[str]:
    """UTF-16 without a mark: punctuation and digits leave zero bytes on one side."""
    if len(payload) % 2 or b"\0" not in payload:
        return []
    return ["utf-16-le" if payload[1::2].count(0) >= payload[::2].count(0) else "utf-16-be"]


def _readable(text: str) -> bool:
    """Text has no control characters but white space."""
    return not any(
        (char < " " and char not in "\t\n\r\f\v\x1b") or char in "\x7f\ufffe\uffff" for char in text
    )


def _json(text: str) -> object | None:
    try:
        return json.loads(text.lstrip("\ufeff"))
    except (JSONDecodeError, RecursionError, ValueError):
        return None


def _of_json(answer: object, text: str, received_at: datetime | None) -> list[Alert]:
    """JSON of a provider, told by its fields: a forecast is no alert, and an unknown shape is
    refused.
    """
    if not isinstance(answer, dict):
        raise BadPayload("door.unknown_json")
    for shape in shapes():
        if shape.matches(answer):
            return shape.read(text.encode(), received_at)
    fields = set(answer)
    for names, kind in _FOREIGN:
        if names <= fields:
            raise BadPayload("door.foreign", kind=kind)
    if fields & {"hourly", "minutely_15", "hourly_units", "hours", "minutely", "days"}:
        raise BadPayload("door.forecast")
    raise BadPayload("door.unknown_json")


def to_json(alert: Alert) -> dict[str, object]:
    """The alert as plain values.

    ``None`` where it is not said; instants in Beijing time with their offset; whole hours and
    millimetres as integers.
    """
    values = {
        name: convert(getattr(alert, name)) for names, convert in _FIELDS for name in names
    } | {"confidence": alert.confidence}
    rest = (name for name in values if name not in _FIRST)
    return {name: values[name] for name in (*_FIRST, *rest)} | {"digest": alert.digest}


def _word(value: str | None) -> str | None:
    return str(value) if value else None


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(BEIJING).isoformat()


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and float(value).is_integer() else value


def _plain(value: object) -> object:
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


_FIELDS: tuple[tuple[tuple[str, ...], Callable[[Any], object]], ...] = (
    (
        (
            "provider",
            "provider_id",
            "national_id",
            "type",
            "level",
            "severity",
            "action",
            "previous_level",
            "headline",
            "text",
            "instruction",
            "status",
        ),
        _word,
    ),
    (
        (
            "issued_at",
            "refers_to_issued_at",
            "effective_at",
            "onset_at",
            "expires_at",
            "received_at",
        ),
        _time,
    ),
    (
        (
            "forecast_hours",
            "forecast_mm",
            "forecast_mm_max",
            "window_hours",
            "observed_hours",
            "observed_mm",
        ),
        _number,
    ),
    (
        ("issuers", "areas", "supersedes", "adcodes", "polygons", "circles", "doubts"),
        _plain,
    ),
)
"""How the fields of an alert become plain values."""
_FIRST = (
    "issuers",
    "type",
    "level",
    "action",
    "issued_at",
    "forecast_hours",
    "forecast_mm",
    "observed_hours",
    "observed_mm",
    "previous_level",
    "areas",
    "supersedes",
    "status",
    "confidence",
    "doubts",
)
"""What a reader looks for first."""
