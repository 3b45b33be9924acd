"""Lists and pushes of China's warnings as web services pass them on: titles with an identifier and
a minute.

Sources: the list behind nmc.cn (``alertid``, ``issuetime``, ``title``; times are Beijing's and say
no zone), and the push form of relays (``Data`` with ``id``, ``headline``, ``effective``,
``description``, often cut short). The title says issuer, deed, hazard and colour; amounts are there
only if a text is.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from weather import message_codes
from weather.hazards import severity_of
from weather.model import YEARS, Alert, BadPayload
from weather.notices import parse as notice
from weather.notices.text import BEIJING
from weather.providers import json_reading
from weather.providers.json_reading import Record
from weather.providers.provider import Provider, Query, Request, Shape, alerts_by

PROVIDER = "cma"
_STAMP = re.compile(r"[_-](\d{14})(?!\d)")


def parse(payload: bytes, received_at: datetime | None) -> list[Alert]:
    """Alerts of a list or of a push. An entry that can't be read is left out; it is refused if none
    can.

    Raises
    ------
    BadPayload
        ``feed.*``.
    """
    answer = json_reading.load(payload, PROVIDER)
    if "Data" in answer:
        return [_alert(_push(answer.record("Data")), received_at)]
    if "data" not in answer:
        raise BadPayload("feed.missing", provider=PROVIDER, field="data")
    entries = _entries(answer.record("data"))
    return json_reading.each_readable(entries, lambda entry: _alert(_listed(entry), received_at))


def _entries(data: Record) -> Iterator[Record]:
    yield from data.record("page").entries("list")
    yield from data.entries("provinceAlarms")


def _listed(entry: Record) -> dict:
    doubts: list[str] = []
    return {
        "id": entry.named("alertid", doubts),
        "title": entry.need("title"),
        "text": "",
        "issued_at": _issued(entry, "issuetime", "alertid", doubts),
        "doubts": doubts,
    }


def _push(entry: Record) -> dict:
    doubts: list[str] = []
    return {
        "id": entry.named("id", doubts),
        "title": entry.maybe("headline", doubts) or entry.need("title"),
        "text": entry.maybe("description", doubts) or "",
        "issued_at": _issued(entry, "effective", "id", doubts),
        "doubts": doubts,
    }


def _issued(entry: Record, name: str, number: str, doubts: list[str]) -> datetime | None:
    """When it was issued; where that can't be read, as its identifier says."""
    said = entry.maybe_time(name, doubts, BEIJING)
    if said:
        return said
    stamp = _STAMP.search(entry.maybe(number, []) or "")
    doubts.append("doubt.time_elsewhere")
    if stamp is None:
        return None
    try:
        instant = datetime.strptime(stamp[1], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None
    return instant if instant.year in YEARS else None


def _alert(entry: dict, received_at: datetime | None) -> Alert:
    """The title, dated, is a notice of its own; the text may say more."""
    issued_at = entry["issued_at"]
    if issued_at is None:
        if received_at is None:
            raise BadPayload("feed.missing", provider=PROVIDER, field="issuetime")
        issued_at, entry = received_at, entry | {"issued_at": None}
    dated = f"{entry['title']}\n发布时间:{issued_at.astimezone(BEIJING):%Y年%m月%d日%H时%M分}"
    parsed = json_reading.words(entry["text"], issued_at) or json_reading.words(dated, issued_at)
    if parsed is None:
        raise BadPayload(
            "feed.bad_value", provider=PROVIDER, field="title", said=entry["title"][:40]
        )
    of_words = (
        code
        for code in parsed.doubts
        if code not in ("doubt.time_elsewhere", "doubt.time_of_receipt")
    )
    doubts = tuple(dict.fromkeys((*entry["doubts"], *of_words)))
    adcode = entry["id"][:6]
    return Alert(
        provider=PROVIDER,
        provider_id=entry["id"],
        national_id=entry["id"] if "_" in entry["id"] else None,
        issuers=parsed.issuers,
        type=parsed.type,
        level=parsed.level,
        action=parsed.action,
        severity=severity_of(parsed.level),
        issued_at=entry["issued_at"],
        refers_to_issued_at=parsed.refers_to_issued_at,
        received_at=received_at,
        onset_at=parsed.onset_at,
        expires_at=parsed.expires_at,
        status=notice.status_of(entry["title"], entry["text"]),
        headline=entry["title"],
        text=entry["text"] or entry["title"],
        adcodes=(adcode,) if adcode.isdigit() else (),
        doubts=doubts,
        confidence=message_codes.confidence(doubts),
        **json_reading.details(parsed, entry["text"], issued_at),
    )


def _requests(query: Query) -> tuple[Request, ...]:
    return (Request(name="alerts", url=query.address, read=alerts_by(parse), conditional=True),)


SOURCE = Provider(
    kind=PROVIDER,
    label="board.source_cma",
    requests=_requests,
    needs=("url",),
    whole_country=True,
    shapes=(Shape(frozenset({"Data"}), parse), Shape(frozenset({"code", "data"}), parse)),
)
