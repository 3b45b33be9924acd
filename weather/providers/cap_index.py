"""Indexes of CAP messages: Atom (the standard's own way) and RSS (as the WMO relays China's feed).

An index names messages and says little of them; each is fetched and read by ``cap``. An index
without entries is the quiet state: it cancels nothing.
"""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

from weather.jurisdiction import concerns
from weather.model import YEARS, BadPayload, digest_of
from weather.notices.text import BEIJING
from weather.providers import cap
from weather.providers.cap_xml import root_of
from weather.providers.provider import BROKEN, Content, Provider, Query, Request, alerts_by

#: 12379 identifiers begin with the adcode of the body that issued.
_NATIONAL = re.compile(r"(?<!\d)(?P<adcode>\d{6})\d{5,8}_(?P<at>\d{14})")
_MOST = 5000
MOST_ENTRIES = 60
"""Messages of an index that one poll fetches; the rest waits for the next, so that a storm of
entries stays bounded.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One message of an index: its identifier there, its address, and when it was last changed
    (aware, if said).
    """

    id: str
    url: str
    title: str = ""
    updated_at: datetime | None = None

    @property
    def adcode(self) -> str | None:
        """GB/T 2260 code of the issuing body, where the identifier or the address tells it."""
        match = self._national()
        return match["adcode"] if match else None

    @property
    def issued_at(self) -> datetime | None:
        """When it was issued (UTC), where the identifier or the address tells it."""
        match = self._national()
        try:
            stamp = datetime.strptime(match["at"], "%Y%m%d%H%M%S") if match else None
        except ValueError:
            return None
        return stamp.replace(tzinfo=BEIJING).astimezone(UTC) if stamp else None

    def _national(self) -> re.Match | None:
        return _NATIONAL.search(self.id) or _NATIONAL.search(self.url)


def parse(payload: bytes, address: str, *, adcode_prefix: str = "") -> list[Entry]:
    """Read an index.

    Parameters
    ----------
    payload
        Atom or RSS 2.0.
    address
        Where it came from; relative links start there, and links to other schemes than http are
        left out.
    adcode_prefix
        Only messages of bodies whose adcode begins so, such as ``"2204"``. One that tells no adcode
        is kept: better one message too many than one missed.

    Raises
    ------
    BadPayload
        ``cap.*``: not XML, unsafe, or no index.
    """
    root = root_of(payload)
    kind = root.tag.rpartition("}")[2]
    if kind not in ("feed", "rss", "RDF"):
        raise BadPayload("cap.not_index", element=kind[:40])
    entries = [
        entry
        for item in root.iter()
        if item.tag.rpartition("}")[2] in ("entry", "item")
        if (entry := _entry(item, address))
    ]
    wanted = [
        entry
        for entry in entries
        if entry.adcode is None or not adcode_prefix or concerns(entry.adcode, adcode_prefix)
    ]
    return sorted(wanted, key=_age)[:_MOST]


def _age(entry: Entry) -> float:
    """Sorts the newest first; what tells no time stands last, as it came."""
    said = entry.updated_at or entry.issued_at
    return -said.timestamp() if said else math.inf


def _entry(item: Element, address: str) -> Entry | None:
    fields: dict[str, str] = {}
    for child in item:
        name = child.tag.rpartition("}")[2]
        fields.setdefault(name, (child.get("href") or child.text or "").strip())
    link = fields.get("link") or fields.get("guid") or fields.get("id") or ""
    try:
        url = urljoin(address, link)
        usable = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return None
    if not link or not usable:
        return None
    return Entry(
        id=fields.get("id") or fields.get("guid") or url,
        url=url,
        title=fields.get("title", ""),
        updated_at=_time(fields.get("updated") or fields.get("pubDate") or ""),
    )


def _time(fields: str) -> datetime | None:
    """ISO 8601 or the time of a mail; one without an offset is not said."""
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            instant = read(fields)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return instant if instant.utcoffset() is not None and instant.year in YEARS else None
    return None


def _requests(query: Query) -> tuple[Request, ...]:
    return (
        Request(
            name="index",
            url=query.address,
            conditional=True,
            read=lambda body, _at: _new_messages(query, body),
        ),
    )


def _new_messages(query: Query, body: bytes) -> Content:
    """The messages of an index that have not been read yet, the newest first."""
    feed = query.feed
    allowed = {urlsplit(query.address).hostname, *feed.link_hosts}
    entries = parse(body, query.address, adcode_prefix=feed.adcode_prefix)
    hosts = {entry: urlsplit(entry.url).hostname for entry in entries}
    named = {
        "entry:" + digest_of([entry.id, entry.url, entry.updated_at]): entry
        for entry in entries
        if hosts[entry] in allowed
    }
    new = [(name, entry) for name, entry in named.items() if name not in query.marks]
    again = [(name, entry) for name, entry in named.items() if query.marks.get(name) == BROKEN]
    more = tuple(
        Request(name=name, url=entry.url, read=_message, once=True)
        for name, entry in (*new, *again)[:MOST_ENTRIES]
    )
    foreign = [str(host)[:80] for host in hosts.values() if host not in allowed]
    return Content(
        more=more,
        whole=len(new) + len(again) <= MOST_ENTRIES,
        faults=tuple(
            BadPayload("feed.foreign_link", provider=feed.name, host=host) for host in foreign[:1]
        ),
    )


def _message(body: bytes, at: datetime) -> Content:
    """The warnings of a message; one that speaks to machines (System, Draft, Ack) holds none."""
    try:
        return alerts_by(cap.parse)(body, at)
    except BadPayload as refusal:
        if refusal.code != "cap.not_a_warning":
            raise
        return Content()


SOURCE = Provider(
    kind="cap-index",
    label="board.source_cap_index",
    requests=_requests,
    url="https://severeweather.wmo.int/v2/cap-alerts/cn-cma-xx/rss.xml",
    whole_country=True,
)
