"""Bright Sky (api.brightsky.dev/alerts): the alerts of the German weather service, in English.
Pasted only; no feed asks it.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert
from weather.providers import cap, json_reading
from weather.providers.cap_json import message_of
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Shape

PROVIDER = "bright-sky"


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Alerts of the German service, in English.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, PROVIDER)
    place = answer.record("location").text("name")
    return json_reading.each_readable(
        answer.entries("alerts"),
        lambda alert: cap.read(_read(alert, place), received_at, PROVIDER),
    )


def _read(alert: Record, place: str | None) -> Element:
    info = {key: alert.text(key) for key in ("onset", "expires", "effective")}
    info |= {
        key: (alert.text(key) or "").capitalize() or None
        for key in ("urgency", "severity", "certainty")
    }
    info |= {
        "language": "en",
        "category": "Met",
        "senderName": "DWD",
        "event": alert.text("event_en"),
        **{key: alert.text(f"{key}_en") for key in ("headline", "description", "instruction")},
    }
    status = (alert.text("status") or "").capitalize()
    return message_of(
        alert.need("alert_id"),
        "api.brightsky.dev",
        alert.text("effective"),
        status,
        "Alert",
        info,
        {"areaDesc": place},
        alert,
    )


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_bright_sky",
    shapes=(Shape(frozenset({"alerts", "location"}), parse),),
)
