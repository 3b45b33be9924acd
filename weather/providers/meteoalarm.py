"""MeteoAlarm: the warnings of a European country (feeds.meteoalarm.org, ``warnings`` of ``alert``,
field by field as in the standard).
"""

from datetime import datetime
from xml.etree.ElementTree import Element

from weather.model import Alert, BadPayload
from weather.providers import cap, json_reading
from weather.providers.cap_json import SPACE, add_elements, kind_of, status_of
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Query, Request, Shape, alerts_by

PROVIDER = "meteoalarm"


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Warnings of one country; awareness level 1 (green) says that there is none and is left out.

    Raises
    ------
    BadPayload
        ``feed.*``, or ``cap.*`` if every one of them is broken. A broken one among others is left
        out.
    """
    answer = json_reading.load(payload, PROVIDER)
    if "warnings" not in answer:
        raise BadPayload("feed.missing", provider=PROVIDER, field="warnings")
    return json_reading.each_readable(
        answer.entries("warnings"), lambda warning: _read(warning, received_at)
    )


def _read(warning: Record, received_at: datetime | None) -> list[Alert]:
    message, doubts = dict(warning.record("alert").fields), list[str]()
    message |= {
        "identifier": warning.record("alert").named("identifier", doubts),
        "sender": warning.record("alert").maybe("sender", doubts) or "meteoalarm",
        "scope": warning.record("alert").maybe("scope", doubts) or "Public",
        "status": status_of(warning.record("alert"), "status", doubts),
        "msgType": kind_of(warning.record("alert"), "msgType", doubts),
    }
    infos = [info for info in warning.record("alert").records("info") if not _green(info)]
    if not infos and message.get("info"):
        return []
    root = Element(SPACE + "alert")
    add_elements(root, message | {"info": [info.fields for info in infos]}, 0, warning)
    return cap.read(root, received_at, PROVIDER, doubts)


def _green(info: Record) -> bool:
    return any(
        pair.text("valueName") == "awareness_level" and (pair.text("value") or "").startswith("1")
        for pair in info.records("parameter")
    )


def _requests(query: Query) -> tuple[Request, ...]:
    url = query.feed.url or f"{query.address}feeds-{query.feed.country}"
    return (
        Request(
            name="alerts",
            url=url,
            read=alerts_by(parse),
            conditional=True,
        ),
    )


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_meteoalarm",
    requests=_requests,
    url="https://feeds.meteoalarm.org/api/v1/warnings/",
    needs=("country",),
    whole_country=True,
    shapes=(
        Shape(frozenset({"warnings"}), parse, lambda answer: isinstance(answer["warnings"], list)),
    ),
)
