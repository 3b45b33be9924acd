"""Which feeds there are, how one is set up, and what each is asked for: the requests (``Part``) of
one poll.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from weather.merge_nowcast import spliced
from weather.model import Alert, BadPayload, RainSeries, SourceDown, digest_of
from weather.providers import caiyun, cap, cap_index, cap_json, cma, jwt, open_meteo, qweather

KINDS = ("open-meteo", "qweather", "caiyun", "cap-index", "nws", "meteoalarm", "cma")
RAIN_KINDS = ("open-meteo", "qweather", "caiyun")
DETAILS = ("hourly", "minutely_15", "ensemble")
# : Messages of an index that one poll fetches; the rest waits for the next, so that a storm of
# entries stays bounded.
MOST_ENTRIES = 60
_HOSTS = {
    "caiyun": "https://api.caiyunapp.com",
    "nws": "https://api.weather.gov/alerts/active",
    "cap-index": "https://severeweather.wmo.int/v2/cap-alerts/cn-cma-xx/rss.xml",
    "meteoalarm": "https://feeds.meteoalarm.org/api/v1/warnings/",
}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
_LOCAL = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One source, as a bureau sets it up.

    Attributes
    ----------
    kind
        One of ``KINDS``.
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
        Only warnings for areas whose GB/T 2260 code begins so; those that name no code are kept.
    places
        Only warnings with one of these words in the name of an area; empty keeps all.
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
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
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
                "daily_budget, retries (0 to 5) or timeout_s and deadline_s (up to 120) are out of range"
            )
        self._check_address()

    def _check_address(self) -> None:
        needed = {
            "qweather": ("url", "key_env"),
            "caiyun": ("key_env",),
            "meteoalarm": ("country",),
            "cma": ("url",),
        }
        for name in needed.get(self.kind, ()):
            if not getattr(self, name):
                raise ValueError(f"{self.kind} needs {name}")
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

    @property
    def address(self) -> str:
        """Its address, or that of its kind."""
        return self.url or _HOSTS.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class Heard:
    """What one answer holds: warnings, rain, and further requests that it leads to; ``whole`` if
    none was put off.
    """

    alerts: tuple[Alert, ...] = ()
    rain: RainSeries | None = None
    more: tuple["Part", ...] = ()
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One request: ``role`` is ``alerts``, ``rain``, ``nowcast`` or ``both``; ``once`` asks never
    again.
    """

    name: str
    url: str
    read: Callable[[bytes, datetime], Heard]
    role: str = "alerts"
    params: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    conditional: bool = False
    once: bool = False


#: Etag and last-modified by part, as earlier polls remembered them.
Marks = Mapping[str, tuple[str | None, str | None]]


def parts(
    feed: Feed, place: tuple[float, float], now: datetime, secrets: Mapping[str, str], marks: Marks
) -> tuple[Part, ...]:
    """The requests of one poll.

    Raises
    ------
    SourceDown
        ``feed.no_key``, ``feed.bad_key``: its environment variable is not set or can't sign.
    """
    key = secrets.get(feed.key_env, "").strip() if feed.key_env else ""
    if feed.key_env and not key:
        raise SourceDown("feed.no_key", provider=feed.name, variable=feed.key_env)
    lon, lat = place
    if feed.kind == "open-meteo":
        return (_open_meteo(feed, lon, lat, key),)
    if feed.kind == "qweather":
        return _qweather(feed, lon, lat, key, now)
    if feed.kind == "caiyun":
        return (_caiyun(feed, lon, lat, key),)
    if feed.kind == "cap-index":
        return (
            Part(
                name="index",
                url=feed.address,
                conditional=True,
                read=lambda body, at: _entries(feed, body, marks),
            ),
        )
    address, params, read = {
        "nws": (
            feed.address,
            {"point": f"{lat:.4f},{lon:.4f}"} if not feed.url else {},
            cap_json.parse_nws,
        ),
        "meteoalarm": (
            feed.url or f"{feed.address}feeds-{feed.country}",
            {},
            cap_json.parse_meteoalarm,
        ),
        "cma": (feed.address, {}, cma.parse),
    }[feed.kind]
    return (Part(name="alerts", url=address, params=params, read=_alerts(read), conditional=True),)


def _alerts(read: Callable[[bytes, datetime], list[Alert]]) -> Callable[[bytes, datetime], Heard]:
    return lambda body, at: Heard(alerts=tuple(read(body, at)))


def _open_meteo(feed: Feed, lon: float, lat: float, key: str) -> Part:
    url = feed.url or (open_meteo.ENSEMBLE_URL if feed.detail == "ensemble" else open_meteo.URL)
    params = open_meteo.request(lon, lat, detail=feed.detail, model=feed.model) | (
        {"apikey": key} if key else {}
    )
    return Part(
        name="rain",
        url=url,
        role="rain",
        params=params,
        conditional=True,
        read=lambda body, at: Heard(rain=open_meteo.parse(body, at)),
    )


def _qweather(feed: Feed, lon: float, lat: float, key: str, now: datetime) -> tuple[Part, ...]:
    if feed.key_id:
        headers = {
            "Authorization": f"Bearer {jwt.signed(key, feed.key_id, feed.project_id, now, feed.name)}"
        }
    else:
        headers = {"X-QW-Api-Key": key}
    spot, base = f"{lat:.2f}/{lon:.2f}", feed.address.rstrip("/")

    def rain(body: bytes, at: datetime) -> Heard:
        return Heard(rain=qweather.parse_rain(body, at))

    return (
        Part(
            name="alerts",
            url=f"{base}/weatheralert/v1/current/{spot}",
            headers=headers,
            read=_alerts(qweather.parse),
        ),
        Part(
            name="rain",
            url=f"{base}/weather/v1/hourly/{spot}",
            params={"hours": "72"},
            headers=headers,
            role="rain",
            read=rain,
        ),
        Part(
            name="nowcast",
            url=f"{base}/v7/minutely/5m",
            params={"location": f"{lon:.2f},{lat:.2f}"},
            headers=headers,
            role="nowcast",
            read=rain,
        ),
    )


def _caiyun(feed: Feed, lon: float, lat: float, key: str) -> Part:
    address, params = caiyun.request(key, lon, lat)

    def read(body: bytes, at: datetime) -> Heard:
        hours = caiyun.parse_rain(body, at)
        try:
            rain = spliced(caiyun.parse_minutes(body, at), hours)
        except BadPayload:  # a place without radar has no minutes
            rain = hours
        return Heard(alerts=tuple(caiyun.parse(body, at)), rain=rain)

    url = address.replace(_HOSTS["caiyun"], feed.address.rstrip("/"), 1)
    return Part(name="weather", url=url, params=params, role="both", read=read)


def _entries(feed: Feed, body: bytes, marks: Marks) -> Heard:
    """The messages of an index that have not been read yet, the newest first."""
    home = urlsplit(feed.address).hostname
    allowed = {home, *feed.link_hosts}
    entries = cap_index.parse(body, feed.address, adcode_prefix=feed.adcode_prefix)
    foreign = [entry for entry in entries if urlsplit(entry.url).hostname not in allowed]
    if foreign:
        raise BadPayload(
            "feed.foreign_link",
            provider=feed.name,
            host=str(urlsplit(foreign[0].url).hostname)[:80],
        )
    named = {
        "entry:" + digest_of([entry.id, entry.url, entry.updated_at]): entry for entry in entries
    }
    new = [(name, entry) for name, entry in named.items() if name not in marks]
    more = tuple(
        Part(name=name, url=entry.url, read=_alerts(cap.parse), once=True)
        for name, entry in new[:MOST_ENTRIES]
    )
    return Heard(more=more, whole=len(new) <= MOST_ENTRIES)
