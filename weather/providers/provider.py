"""What a provider of weather is: how it is asked, how its answers are known, how they are read.

A provider is a file of this folder that ends with its ``SOURCE``, and a line in ``registry``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from weather.model import Alert, BadPayload, RainSeries, Readable

BROKEN = ("broken", None)
"""What is remembered of a message that could not be read: it is asked for again while its index
lists it, after those that were never asked for.
"""
DETAILS = ("hourly", "minutely_15", "ensemble")
MAX_BYTES = 20_000_000
"""Largest answer of a feed: 16 days of quarter hours with 50 members are some 2 MB."""
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LOCAL = ("127.0.0.1", "localhost", "::1")
Marks = Mapping[str, tuple[str | None, str | None]]
"""Etag and last-modified by request, as earlier polls remembered them."""
AlertReader = Callable[[bytes, datetime | None], list[Alert]]
RainReader = Callable[[bytes, datetime], RainSeries]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedSettings:
    """One source, as a bureau sets it up.

    Attributes
    ----------
    kind
        Kind of its provider, one of those registered.
    name
        How it is called here; each feed has its own.
    rank
        Of several fresh forecasts the one with the least rank is planned on.
    url
        Address, where it is not the kind's own: a mirror, an account's host (QWeather), a list (cma
        needs one). With a key it must be https, or on this machine.
    key_env
        Name of the environment variable that holds the key, for QWeather the private Ed25519 key in
        PEM if ``key_id`` is given. The key itself never stands in a file.
    key_id, project_id
        QWeather's identifiers for a signed token (JWT); both are public.
    detail
        Open-Meteo only: one of ``DETAILS``.
    model
        Open-Meteo only: weather model; an ensemble needs one.
    adcode_prefix
        Only warnings for areas whose GB/T 2260 code begins so, and those of the city, the province
        and the nation that they lie in; those that name no code are kept.
    places
        Only warnings with one of these words in the name of an area, of who issues it, or in the
        headline, and those that tell no place at all; empty keeps all.
    country
        MeteoAlarm only: its name there, such as ``germany``.
    link_hosts
        Other hosts than its own to which an index may lead.
    poll_minutes
        How long between two polls.
    stale_minutes
        A source without a good answer for so long is called stale, and any fresh forecast is
        planned on before its own.
    daily_budget
        Most requests in one UTC day, 0 for no limit. A further try after a broken connection is not
        counted.
    retries, timeout_s, deadline_s
        Further tries, longest silence, longest time for one request.
    """

    kind: str
    name: str
    rank: int = 50
    url: str = ""
    key_env: str = ""
    key_id: str = ""
    project_id: str = ""
    detail: str = "hourly"
    model: str = ""
    adcode_prefix: str = ""
    places: tuple[str, ...] = ()
    country: str = ""
    link_hosts: tuple[str, ...] = ()
    poll_minutes: float = 15.0
    stale_minutes: float = 360.0
    daily_budget: int = 0
    retries: int = 2
    timeout_s: float = 10.0
    deadline_s: float = 30.0

    def __post_init__(self) -> None:
        if self.detail not in DETAILS:
            raise ValueError(f"detail must be one of {', '.join(DETAILS)}")
        if self.key_env and not _VARIABLE.fullmatch(
            self.key_env
        ):  # not repeated: it may be the key itself
            raise ValueError(
                "key_env must be the name of an environment variable (capitals, digits and _)"
            )
        if (
            not 1 <= self.poll_minutes <= 1440
            or not self.poll_minutes <= self.stale_minutes <= 10_080
        ):
            raise ValueError(
                "poll_minutes must lie in 1 to 1440, stale_minutes between that and 10080"
            )
        if (
            self.daily_budget < 0
            or not 0 <= self.retries <= 5
            or not 0 < self.timeout_s <= self.deadline_s <= 120
        ):
            raise ValueError(
                "daily_budget, retries (0 to 5) or timeout_s and deadline_s (up to 120) are out of"
                " range"
            )
        self._check_address()

    def _check_address(self) -> None:
        if bool(self.key_id) != bool(self.project_id):
            raise ValueError("key_id and project_id belong together")
        try:
            parts = urlsplit(self.url)
            host = parts.hostname
        except ValueError:
            raise ValueError("url is no address") from None
        if self.url and (parts.scheme not in ("http", "https") or not host or parts.username):
            raise ValueError(
                "url must begin with http:// or https:// and name a host, without a password"
            )
        if self.key_env and self.url and parts.scheme != "https" and host not in _LOCAL:
            raise ValueError("url must be https where a key is sent")


@dataclass(frozen=True, slots=True)
class Content:
    """What one answer holds: warnings, rain, and further requests that it leads to; ``whole`` if
    none was put off, ``unread`` the entries and values that could not be read, ``faults`` what else
    is wrong with it and must be told.
    """

    alerts: tuple[Alert, ...] = ()
    rain: RainSeries | None = None
    more: tuple["Request", ...] = ()
    whole: bool = True
    unread: int = 0
    faults: tuple[BadPayload, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: ``role`` is ``alerts``, ``rain``, ``nowcast`` or ``both``; what is asked for
    ``once`` is never asked for again when it was read.
    """

    name: str
    url: str
    read: Callable[[bytes, datetime], Content]
    role: str = "alerts"
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    conditional: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a poll asks for.

    Attributes
    ----------
    feed
        The feed as it is set up.
    address
        Its own, or that of its provider.
    longitude, latitude
        The place, WGS-84 degrees.
    key
        What its environment variable holds; empty without one.
    now
        Aware instant of the poll.
    marks
        What earlier polls remembered.
    """

    feed: FeedSettings
    address: str
    longitude: float
    latitude: float
    key: str
    now: datetime
    marks: Marks


def _always(_answer: dict) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Shape:
    """A form of JSON object that a provider answers with.

    Attributes
    ----------
    fields
        Names that it has, among others. The more there are, the more telling it is.
    read
        Its warnings; raises where the answer is a refusal.
    fits
        What else must hold.
    """

    fields: frozenset[str]
    read: AlertReader
    fits: Callable[[dict], bool] = _always

    def matches(self, answer: dict) -> bool:
        """Whether an answer has this form."""
        return self.fields <= answer.keys() and self.fits(answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One provider.

    Attributes
    ----------
    kind
        Its name in settings, and that of what it brings.
    label
        Key of its name in the catalogue of texts.
    requests
        The requests of one poll; ``None``: it can't be polled, its payloads are pasted.
    url
        Its address, where it has one for all.
    needs
        Settings of a feed that it can't do without.
    whole_country
        Whether it lists the warnings of all places: then a feed must say which are wanted.
    shapes
        How its JSON is known.
    read_rain
        Its forecast; ``None``: it brings warnings only.
    """

    kind: str
    label: str
    requests: Callable[[Query], tuple[Request, ...]] | None = None
    url: str = ""
    needs: tuple[str, ...] = ()
    whole_country: bool = False
    shapes: tuple[Shape, ...] = ()
    read_rain: RainReader | None = None


def alerts_by(read: AlertReader) -> Callable[[bytes, datetime], Content]:
    """A reader of warnings as one of contents."""

    def content(body: bytes, at: datetime) -> Content:
        alerts = read(body, at)
        rejected = alerts.rejected if isinstance(alerts, Readable) else ()
        return Content(alerts=tuple(alerts), unread=len(rejected))

    return content


def rain_by(read: RainReader) -> Callable[[bytes, datetime], Content]:
    """A reader of rain as one of contents."""

    def content(body: bytes, at: datetime) -> Content:
        rain = read(body, at)
        return Content(rain=rain, unread=rain.unread)

    return content
