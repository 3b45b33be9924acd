"""What the feeds that write CAP as JSON have in common: their fields become the standard's
elements, which ``cap`` reads.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from weather.model import BadPayload
from weather.providers import cap
from weather.providers.json_reading import Record

_DEEPEST = 6
STATUSES = ("Actual", "Exercise", "System", "Test", "Draft")
KINDS = ("Alert", "Update", "Cancel", "Ack", "Error")
SPACE = f"{{{cap.NAMESPACES[0]}}}"


def add_elements(parent: Element, fields: dict, depth: int, where: Record) -> None:
    """Fields as child elements; a list is as many elements of one name."""
    if depth > _DEEPEST:
        raise where.bad("alert", "depth")
    for name, value in fields.items():
        for item in value if isinstance(value, list) else [value]:
            child = SubElement(parent, SPACE + str(name))
            if isinstance(item, dict):
                add_elements(child, item, depth + 1, where)
            elif item is not None:
                child.text = str(item).encode("utf-8", "replace").decode().replace("\0", "")


def message_of(
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
    root = Element(SPACE + "alert")
    add_elements(
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


def rings_of(geometry: Record) -> list[str]:
    """Outer rings of a GeoJSON Polygon or MultiPolygon (longitude first) as CAP polygons (latitude
    first); what is none is a polygon that ``cap`` doubts.
    """
    try:
        kind = geometry.text("type")
        polygons = (
            geometry.values("coordinates")
            if kind == "MultiPolygon"
            else ([geometry.values("coordinates")] if kind == "Polygon" else [])
        )
        return [" ".join(f"{corner[1]},{corner[0]}" for corner in rings[0]) for rings in polygons]
    except (TypeError, IndexError, KeyError, BadPayload):
        return ["?"]


def time_of(owner: Record, names: Sequence[str], doubts: list[str]) -> str | None:
    """The first of these times that can be read, as the standard writes one."""
    for name in names:
        instant = owner.maybe_time(name, doubts)
        if instant:
            return instant.isoformat()
    return None


def status_of(owner: Record, name: str, doubts: list[str]) -> str:
    """Its status; one that is none of the standard's may be meant."""
    return _known(owner, name, doubts, STATUSES, "Actual", "doubt.maybe_exercise")


def kind_of(owner: Record, name: str, doubts: list[str]) -> str:
    """What kind of message it is; one that is none of the standard's stands as a warning."""
    return _known(owner, name, doubts, KINDS, "Alert", "doubt.action_assumed")


def _known(
    owner: Record, name: str, doubts: list[str], known: Sequence[str], else_: str, doubt: str
) -> str:
    said = (owner.maybe(name, doubts) or "").capitalize()
    if said in known:
        return said
    doubts.append(doubt)
    return else_
