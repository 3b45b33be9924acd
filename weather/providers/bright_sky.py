"""Bright Sky (api.brightsky.dev/alerts): the alerts of the German weather service, in English.
Pasted only; no feed asks it.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert
from weather.providers import cap, json_reading
from weather.providers.cap_json import message_of, status_of, time_of
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
        lambda alert: _alerts(alert, place, received_at),
    )


def _alerts(alert: Record, place: str | None, received_at: datetime | None) -> list[Alert]:
    doubts: list[str] = []
    return cap.read(_message(alert, place, doubts), received_at, PROVIDER, doubts)


def _message(alert: Record, place: str | None, doubts: list[str]) -> Element:
    info = {key: alert.maybe(key, doubts) for key in ("onset", "expires", "effective")}
    info |= {
        key: (alert.maybe(key, doubts) or "").capitalize() or None
        for key in ("urgency", "severity", "certainty")
    }
    info |= {
        "language": "en",
        "category": "Met",
        "senderName": "DWD",
        "event": alert.text("event_en"),
        **{
            key: alert.maybe(f"{key}_en", doubts)
            for key in ("headline", "description", "instruction")
        },
    }
    return message_of(
        alert.named("alert_id", doubts),
        "api.brightsky.dev",
        time_of(alert, ("effective", "onset"), doubts),
        status_of(alert, "status", doubts),
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
