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
        lambda one: cap.read(_read(one, place), received_at, PROVIDER),
    )


def _read(said: Record, place: str | None) -> Element:
    info = {key: said.text(key) for key in ("onset", "expires", "effective")}
    info |= {
        key: (said.text(key) or "").capitalize() or None
        for key in ("urgency", "severity", "certainty")
    }
    info |= {
        "language": "en",
        "category": "Met",
        "senderName": "DWD",
        "event": said.text("event_en"),
        **{key: said.text(f"{key}_en") for key in ("headline", "description", "instruction")},
    }
    status = (said.text("status") or "").capitalize()
    return message_of(
        said.need("alert_id"),
        "api.brightsky.dev",
        said.text("effective"),
        status,
        "Alert",
        info,
        {"areaDesc": place},
        said,
    )


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_bright_sky",
    shapes=(Shape(frozenset({"alerts", "location"}), parse),),
)
