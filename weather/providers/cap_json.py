"""CAP written as JSON: MeteoAlarm's form, the GeoJSON of the US and of Norway, Bright Sky's list of
the German service.

Sources: feeds.meteoalarm.org (``warnings`` of ``alert``, field by field as in the standard) and
api.weather.gov/alerts (features whose ``properties`` hold one ``info``),
api.met.no/weatherapi/metalerts/2.0 (the same, with the time in ``when`` and the awareness level as
"2; yellow; Moderate") and api.brightsky.dev/alerts. All are turned into the standard's elements and
read by ``cap``.
"""

import re
from collections.abc import Callable
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from weather.model import Alert, BadPayload, digest_of
from weather.providers import cap, json_reading
from weather.providers.json_reading import Record

METEOALARM, NWS, METNO, BRIGHT_SKY = "meteoalarm", "nws", "metno", "bright-sky"
_DEEPEST = 6
#: The time of issue (UTC, yymmddhhmmss) within an identifier of MET Norway.
_STAMP = re.compile(r"\." + r"(\d{2})" * 6 + r"\.")
_SPACE = f"{{{cap.NAMESPACES[0]}}}"


def parse_meteoalarm(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Warnings of one country; awareness level 1 (green) says that there is none and is left out.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, METEOALARM)
    if "warnings" not in answer:
        raise BadPayload("feed.missing", provider=METEOALARM, field="warnings")
    return _each(answer.records("warnings"), lambda one: _meteoalarm(one, received_at))


def parse_nws(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Features of the alerts in force; ``ends`` (of the event) counts before ``expires`` (of the
    message).

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, NWS)
    if answer.text("type") != "FeatureCollection":
        raise BadPayload("feed.missing", provider=NWS, field="features")
    return _each(answer.records("features"), lambda one: cap.read(_nws(one), received_at, NWS))


def parse_metno(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Features of Norway's alerts; the time of issue stands in the identifier, else the list's last
    change bounds it.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, METNO)
    changed = answer.text("lastChange")
    return _each(
        answer.records("features"), lambda one: cap.read(_metno(one, changed), received_at, METNO)
    )


def parse_bright_sky(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Alerts of the German service, in English.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, BRIGHT_SKY)
    place = answer.record("location").text("name")
    return _each(
        answer.records("alerts"),
        lambda one: cap.read(_bright_sky(one, place), received_at, BRIGHT_SKY),
    )


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
    return any(
        pair.text("valueName") == "awareness_level" and (pair.text("value") or "").startswith("1")
        for pair in info.records("parameter")
    )


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
    name = (
        said.text("id")
        or feature.text("id")
        or digest_of([said.text("event"), sent, said.text("headline")])
    )
    sender = said.text("sender") or "api.weather.gov"
    references = [
        f"{sender},{one.need('identifier')},{one.text('sent') or ''}"
        for one in said.records("references")
    ]
    info = {
        key: said.text(key)
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
        "category": said.text("category") or "Met",
        "expires": said.text("ends") or said.text("expires"),
        "parameter": [
            {"valueName": "VTEC", "value": code} for code in said.record("parameters").texts("VTEC")
        ],
        "area": {"areaDesc": said.text("areaDesc"), "polygon": _rings(feature.record("geometry"))},
    }
    root = Element(_SPACE + "alert")
    _add(
        root,
        {
            "identifier": name,
            "sender": sender,
            "sent": sent,
            "status": said.text("status"),
            "msgType": said.text("messageType"),
            "scope": "Public",
            "references": " ".join(references) or None,
            "info": {key: value for key, value in info.items() if value is not None},
        },
        0,
        feature,
    )
    return root


def _metno(feature: Record, changed: str | None) -> Element:
    said, when = feature.record("properties"), feature.record("when").texts("interval")
    info = {
        key: said.text(key)
        for key in ("event", "severity", "certainty", "description", "instruction")
    }
    info |= {
        "language": "no",
        "category": "Met",
        "urgency": "Unknown",
        "headline": said.text("title"),
        "senderName": "MET Norway",
        "parameter": _awareness(said),
        "onset": when[0] if when else None,
        "expires": when[1] if len(when) > 1 else None,
    }
    area = {"areaDesc": said.text("area"), "polygon": _rings(feature.record("geometry"))}
    stamp = _STAMP.search(said.need("id"))
    sent = (
        f"20{stamp[1]}-{stamp[2]}-{stamp[3]}T{stamp[4]}:{stamp[5]}:{stamp[6]}Z"
        if stamp
        else changed
    )
    return _message(
        said.need("id"),
        "api.met.no",
        sent,
        said.text("status"),
        said.text("type"),
        info,
        area,
        feature,
    )


def _awareness(said: Record) -> dict | None:
    value = said.text("awareness_level")
    return {"valueName": "awareness_level", "value": value} if value else None


def _bright_sky(said: Record, place: str | None) -> Element:
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
    return _message(
        said.need("alert_id"),
        "api.brightsky.dev",
        said.text("effective"),
        status,
        "Alert",
        info,
        {"areaDesc": place},
        said,
    )


def _message(
    name: str,
    sender: str,
    sent: str | None,
    status: str | None,
    kind: str | None,
    info: dict,
    area: dict,
    where: Record,
) -> Element:
    """A message of one ``info`` and one ``area``; what is not said is left out."""
    root = Element(_SPACE + "alert")
    _add(
        root,
        {
            "identifier": name,
            "sender": sender,
            "sent": sent,
            "status": status,
            "msgType": kind,
            "scope": "Public",
            "info": {
                key: value for key, value in (info | {"area": area}).items() if value is not None
            },
        },
        0,
        where,
    )
    return root


def _rings(geometry: Record) -> list[str]:
    """Outer rings of a GeoJSON Polygon or MultiPolygon (longitude first) as CAP polygons (latitude
    first).
    """
    kind = geometry.text("type")
    polygons = (
        geometry.values("coordinates")
        if kind == "MultiPolygon"
        else ([geometry.values("coordinates")] if kind == "Polygon" else [])
    )
    try:
        return [" ".join(f"{corner[1]},{corner[0]}" for corner in rings[0]) for rings in polygons]
    except (TypeError, IndexError, KeyError):
        raise geometry.bad("coordinates", kind) from None
