"""The weather service of the United States (api.weather.gov/alerts): features whose ``properties``
hold one ``info``.
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert, BadPayload, digest_of
from weather.providers import cap, json_reading
from weather.providers.cap_json import SPACE, add_elements, rings_of
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
        answer.entries("features"), lambda feature: cap.read(_read(feature), received_at, PROVIDER)
    )


def _read(feature: Record) -> Element:
    properties = feature.record("properties")
    sent = properties.text("sent") or properties.text("effective")
    name = (
        properties.text("id")
        or feature.text("id")
        or digest_of([properties.text("event"), sent, properties.text("headline")])
    )
    sender = properties.text("sender") or "api.weather.gov"
    references = [
        f"{sender},{reference.need('identifier')},{reference.text('sent') or ''}"
        for reference in properties.records("references")
    ]
    info: dict[str, object] = {
        key: properties.text(key)
        for key in (
            "event",
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
    }
    info |= {
        "language": "en-US",
        "category": properties.text("category") or "Met",
        "expires": properties.text("ends") or properties.text("expires"),
        "parameter": [
            {"valueName": "VTEC", "value": code}
            for code in properties.record("parameters").texts("VTEC")
        ],
        "area": {
            "areaDesc": properties.text("areaDesc"),
            "polygon": rings_of(feature.record("geometry")),
        },
    }
    root = Element(SPACE + "alert")
    add_elements(
        root,
        {
            "identifier": name,
            "sender": sender,
            "sent": sent,
            "status": properties.text("status"),
            "msgType": properties.text("messageType"),
            "scope": "Public",
            "references": " ".join(references) or None,
            "info": {key: value for key, value in info.items() if value is not None},
        },
        0,
        feature,
    )
    return root


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
