"""MET Norway (api.met.no/weatherapi/metalerts/2.0): features with the time in ``when`` and the
awareness level as "2; yellow; Moderate". Pasted only; no feed asks it.
"""

import re
from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert
from weather.providers import cap, json_reading
from weather.providers.cap_json import message_of, rings_of
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
        answer.entries("features"),
        lambda feature: cap.read(_read(feature, changed), received_at, PROVIDER),
    )


def _read(feature: Record, changed: str | None) -> Element:
    properties, when = feature.record("properties"), feature.record("when").texts("interval")
    info: dict[str, object] = {
        key: properties.text(key)
        for key in ("event", "severity", "certainty", "description", "instruction")
    }
    info |= {
        "language": "no",
        "category": "Met",
        "urgency": "Unknown",
        "headline": properties.text("title"),
        "senderName": "MET Norway",
        "parameter": _awareness(properties),
        "onset": when[0] if when else None,
        "expires": when[1] if len(when) > 1 else None,
    }
    area = {"areaDesc": properties.text("area"), "polygon": rings_of(feature.record("geometry"))}
    stamp = _STAMP.search(properties.need("id"))
    sent = (
        f"20{stamp[1]}-{stamp[2]}-{stamp[3]}T{stamp[4]}:{stamp[5]}:{stamp[6]}Z"
        if stamp
        else changed
    )
    return message_of(
        properties.need("id"),
        "api.met.no",
        sent,
        properties.text("status"),
        properties.text("type"),
        info,
        area,
        feature,
    )


def _awareness(properties: Record) -> dict | None:
    value = properties.text("awareness_level")
    return {"valueName": "awareness_level", "value": value} if value else None


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_metno",
    shapes=(Shape(frozenset({"lang", "lastChange", "features"}), parse),),
)
