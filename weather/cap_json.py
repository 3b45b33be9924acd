"""CAP written as JSON: MeteoAlarm's own form and the US National Weather Service's GeoJSON, read as the CAP they are.

Sources: feeds.meteoalarm.org (``warnings`` of ``alert``, field by field as in the standard) and api.weather.gov/alerts
(features whose ``properties`` hold one ``info``). Both are turned into the standard's elements and read by ``cap``.
"""

from collections.abc import Callable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from weather import cap, feed
from weather.feed import Record
from weather.forecast import Alert, BadPayload, digest_of

METEOALARM, NWS = "meteoalarm", "nws"
_DEEPEST = 6
_SPACE = f"{{{cap.NAMESPACES[0]}}}"


def parse_meteoalarm(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Warnings of one country; awareness level 1 (green) says that there is none and is left out.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left out.
    """
    answer = feed.load(payload, METEOALARM)
    if "warnings" not in answer:
        raise BadPayload("feed.missing", provider=METEOALARM, field="warnings")
    return _each(answer.records("warnings"), lambda one: _meteoalarm(one, received_at))


def parse_nws(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Features of the alerts in force; ``ends`` (of the event) counts before ``expires`` (of the message).

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left out.
    """
    answer = feed.load(payload, NWS)
    if answer.text("type") != "FeatureCollection":
        raise BadPayload("feed.missing", provider=NWS, field="features")
    return _each(answer.records("features"), lambda one: cap.read(_nws(one), received_at, NWS))


def _each(records, read: Callable[[Record], list[Alert]]) -> list[Alert]:
    """All that can be read; one broken entry must not hide the others."""
    alerts: list[Alert] = []
    failure = None
    for record in records:
        try:
            alerts += read(record)
        except BadPayload as why:
            failure = failure or why
    if failure and not alerts:
        raise failure
    return alerts


def _meteoalarm(warning: Record, received_at: datetime | None) -> list[Alert]:
    message = dict(warning.record("alert").fields)
    infos = [info for info in warning.record("alert").records("info") if not _green(info)]
    if not infos and message.get("info"):
        return []
    root = Element(_SPACE + "alert")
    _add(root, message | {"info": [info.fields for info in infos]}, 0, warning)
    return cap.read(root, received_at, METEOALARM)


def _green(info: Record) -> bool:
    return any(pair.text("valueName") == "awareness_level" and (pair.text("value") or "").startswith("1")
               for pair in info.records("parameter"))


def _add(parent: Element, fields: dict, depth: int, where: Record) -> None:
    """Fields as child elements; a list is as many elements of one name."""
    if depth > _DEEPEST:
        raise where.bad("alert", "depth")
    for name, said in fields.items():
        for one in said if isinstance(said, list) else [said]:
            child = SubElement(parent, _SPACE + str(name))
            if isinstance(one, dict):
                _add(child, one, depth + 1, where)
            elif one is not None:
                child.text = str(one).encode("utf-8", "replace").decode().replace("\0", "")


def _nws(feature: Record) -> Element:
    said = feature.record("properties")
    sent = said.text("sent") or said.text("effective")
    name = said.text("id") or feature.text("id") or digest_of([said.text("event"), sent, said.text("headline")])
    sender = said.text("sender") or "api.weather.gov"
    references = [f"{sender},{one.need('identifier')},{one.text('sent') or ''}" for one in said.records("references")]
    info = {key: said.text(key) for key in ("event", "urgency", "severity", "certainty", "effective", "onset",
                                            "senderName", "headline", "description", "instruction")}
    info |= {"language": "en-US", "category": said.text("category") or "Met",
             "expires": said.text("ends") or said.text("expires"),
             "area": {"areaDesc": said.text("areaDesc"), "polygon": _rings(feature.record("geometry"))}}
    root = Element(_SPACE + "alert")
    _add(root, {"identifier": name, "sender": sender, "sent": sent, "status": said.text("status"),
                "msgType": said.text("messageType"), "scope": "Public", "references": " ".join(references) or None,
                "info": {key: value for key, value in info.items() if value is not None}}, 0, feature)
    return root


def _rings(geometry: Record) -> list[str]:
    """Outer rings of a GeoJSON Polygon or MultiPolygon (longitude first) as CAP polygons (latitude first)."""
    kind = geometry.text("type")
    polygons = geometry.values("coordinates") if kind == "MultiPolygon" else (
        [geometry.values("coordinates")] if kind == "Polygon" else [])
    try:
        return [" ".join(f"{corner[1]},{corner[0]}" for corner in rings[0]) for rings in polygons]
    except (TypeError, IndexError, KeyError):
        raise geometry.bad("coordinates", kind) from None
