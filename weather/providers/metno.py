"""MET Norway (api.met.no/weatherapi/metalerts/2.0): features with the time in ``when`` and the
awareness level as "2; yellow; Moderate". Pasted only; no feed asks it.
"""

import re
from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert
from weather.providers import cap, json_reading
from weather.providers.cap_json import kind_of, message_of, rings_of, status_of
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Shape

PROVIDER = "metno"
#: The time of issue (UTC, yymmddhhmmss) within an identifier of MET Norway.
_STAMP = re.compile(r"\." + r"(\d{2})" * 6 + r"\.")


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Features of Norway's alerts; the time of issue stands in the identifier, else the list's last
    change bounds it.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, PROVIDER)
    changed = answer.text("lastChange")
    return json_reading.each_readable(
        answer.entries("features"), lambda feature: _alerts(feature, changed, received_at)
    )


def _alerts(feature: Record, changed: str | None, received_at: datetime | None) -> list[Alert]:
    doubts: list[str] = []
    return cap.read(_message(feature, changed, doubts), received_at, PROVIDER, doubts)


def _message(feature: Record, changed: str | None, doubts: list[str]) -> Element:
    properties = feature.record("properties")
    onset, expires = _when(feature, doubts)
    info: dict[str, object] = {
        key: properties.maybe(key, doubts)
        for key in ("severity", "certainty", "description", "instruction")
    }
    info |= {
        "event": properties.text("event"),
        "language": "no",
        "category": "Met",
        "urgency": "Unknown",
        "headline": properties.maybe("title", doubts),
        "senderName": "MET Norway",
        "parameter": _awareness(properties, doubts),
        "onset": onset,
        "expires": expires,
    }
    shape = rings_of(feature.maybe_record("geometry", doubts))
    name = properties.named("id", doubts)
    stamp = _STAMP.search(name)
    sent = (
        f"20{stamp[1]}-{stamp[2]}-{stamp[3]}T{stamp[4]}:{stamp[5]}:{stamp[6]}Z"
        if stamp
        else changed
    )
    return message_of(
        name,
        "api.met.no",
        sent,
        status_of(properties, "status", doubts),
        kind_of(properties, "type", doubts),
        info,
        {"areaDesc": properties.maybe("area", doubts), "polygon": shape},
        feature,
    )


def _when(feature: Record, doubts: list[str]) -> tuple[str | None, str | None]:
    """Beginning and end, as far as they are said."""
    said = feature.maybe_record("when", doubts).maybe_texts("interval", doubts)
    onset, expires, *_ = (*said, None, None)
    return onset, expires


def _awareness(properties: Record, doubts: list[str]) -> dict | None:
    value = properties.maybe("awareness_level", doubts)
    return {"valueName": "awareness_level", "value": value} if value else None


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_metno",
    shapes=(Shape(frozenset({"lang", "lastChange", "features"}), parse),),
)
