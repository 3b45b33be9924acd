"""The weather service of the United States (api.weather.gov/alerts): features whose ``properties``
hold one ``info``.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert, BadPayload, digest_of
from weather.providers import cap, json_reading
from weather.providers.cap_json import (
    SPACE,
    add_elements,
    kind_of,
    rings_of,
    status_of,
    time_of,
)
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Query, Request, Shape, alerts_by

PROVIDER = "nws"


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Features of the alerts in force; ``ends`` (of the event) counts before ``expires`` (of the
    message).

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, PROVIDER)
    if answer.text("type") != "FeatureCollection":
        raise BadPayload("feed.missing", provider=PROVIDER, field="features")
    return json_reading.each_readable(
        answer.entries("features"), lambda feature: _alerts(feature, received_at)
    )


def _alerts(feature: Record, received_at: datetime | None) -> list[Alert]:
    doubts: list[str] = []
    return cap.read(_message(feature, doubts), received_at, PROVIDER, doubts)


def _message(feature: Record, doubts: list[str]) -> Element:
    properties = feature.record("properties")
    sent = time_of(properties, ("sent", "effective", "onset"), doubts)
    name = (
        properties.maybe("id", doubts)
        or feature.maybe("id", doubts)
        or digest_of([properties.text("event"), sent, properties.maybe("headline", doubts)])
    )
    sender = properties.maybe("sender", doubts) or "api.weather.gov"
    root = Element(SPACE + "alert")
    add_elements(
        root,
        {
            "identifier": name,
            "sender": sender,
            "sent": sent,
            "status": status_of(properties, "status", doubts),
            "msgType": kind_of(properties, "messageType", doubts),
            "scope": "Public",
            "references": _references(properties, sender, doubts) or None,
            "info": {
                key: value
                for key, value in _info(feature, properties, doubts).items()
                if value is not None
            },
        },
        0,
        feature,
    )
    return root


def _references(properties: Record, sender: str, doubts: list[str]) -> str:
    """The messages that it takes the place of, those that can be read."""
    try:
        found = [
            (reference.text("identifier"), reference.text("sent") or "")
            for reference in properties.records("references")
        ]
    except BadPayload:
        doubts.append("doubt.field_missing")
        return ""
    return " ".join(f"{sender},{name},{sent}" for name, sent in found if name)


def _info(feature: Record, properties: Record, doubts: list[str]) -> dict[str, object]:
    info: dict[str, object] = {key: properties.maybe(key, doubts) for key in _TEXTS}
    deeds = properties.maybe_record("parameters", doubts).maybe_texts("VTEC", doubts)
    return info | {
        "event": properties.text("event"),
        "language": "en-US",
        "category": properties.maybe("category", doubts) or "Met",
        "expires": properties.maybe("ends", doubts) or properties.maybe("expires", doubts),
        "parameter": [{"valueName": "VTEC", "value": code} for code in deeds],
        "area": {
            "areaDesc": properties.maybe("areaDesc", doubts),
            "polygon": rings_of(feature.maybe_record("geometry", doubts)),
        },
    }


_TEXTS = (
    "urgency",
    "severity",
    "certainty",
    "effective",
    "onset",
    "senderName",
    "headline",
    "description",
    "instruction",
)


def _requests(query: Query) -> tuple[Request, ...]:
    spot = f"{query.latitude:.4f},{query.longitude:.4f}"
    return (
        Request(
            name="alerts",
            url=query.address,
            params={"point": spot} if not query.feed.url else {},
            read=alerts_by(parse),
            conditional=True,
        ),
    )


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_nws",
    requests=_requests,
    url="https://api.weather.gov/alerts/active",
    shapes=(Shape(frozenset({"type", "features"}), parse),),
)
