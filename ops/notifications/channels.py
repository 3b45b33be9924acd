"""The outside doors for notices: the robots of WeCom, DingTalk and Feishu, a gateway that calls or
sends short messages (``ops.notifications.webhook``), and through Apprise whatever else it knows.

The three robots are spoken to directly, because they refuse with HTTP 200 and an error code in the
body, and count the length of a text in bytes of UTF-8. An address or a secret never stands in an
error or a log.
"""

import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from urllib.parse import quote_plus, urlsplit

import requests

from data.model.message import Message
from data.signs import seen
from ops.notifications.webhook import Call, Reached, body_of, headers_of, reached_of

ROLES = ("chief", "deputy", "desk")
TIMEOUT_S = 10.0  # for a whole answer
BUSY = -1  # WeCom and DingTalk: the system is busy, try again
MAX_ANSWER = 65_536  # bytes read of an answer
UNSURE = (
    "channel.late",
    "channel.unreachable",
    "channel.unreadable",
)  # it may have been taken all the same
TAKEN = (200, 201, 202)
LASTING = (400, 401, 403, 404, 405, 410, 413)  # HTTP: to repeat it cures nothing


class Kind(NamedTuple):
    """What one kind of channel allows: bytes of one text, messages in a minute; the codes that mean
    "later", and when.
    """

    most_bytes: int
    per_minute: int
    later: frozenset[int] = frozenset()
    silent_s: float = 60.0


#: WeCom: a text of 2,048 bytes, 20 messages a minute; 45009 too many
#: (developer.work.weixin.qq.com/document/path/91770). DingTalk: 20,000 bytes with all around the
#: text, 20 a minute, then silent for ten; 130101 and 410100 too many (open.dingtalk.com, custom
#: robots). Feishu: 20 KB with all around the text, 100 a minute and 5 a second; 11232 too many
#: (open.feishu.cn, custom bots). Apprise: each service splits and limits by itself; 60 is our own
#: caution.
KINDS = {
    "wecom": Kind(2_048, 20, frozenset({45009})),
    "dingtalk": Kind(15_000, 20, frozenset({130101, 410100}), 600.0),
    "feishu": Kind(15_000, 60, frozenset({11232})),
    "webhook": Kind(15_000, 60),
    "apprise": Kind(1_000_000, 60),
}


SIGNED = ("dingtalk", "feishu", "webhook")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """One way to reach people.

    Attributes
    ----------
    name
        Unique; what the outbox and the desk call it.
    kind
        ``wecom``, ``dingtalk``, ``feishu`` (their robots), ``webhook`` (a gateway that calls by
        voice or sends short messages) or ``apprise`` (any address that Apprise knows).
    role
        Who listens there: ``chief`` (of the stations), ``deputy`` or ``desk``.
    stations
        Ids of the stations it serves; none named: all.
    url, url_env
        The address, or the environment variable that holds it, for it is a secret.
    secret, secret_env
        The secret to sign with (DingTalk, Feishu, webhook), if the other side asks for it, or the
        environment variable that holds it.
    phones
        The numbers that a webhook is to call; none named: the station's own.
    per_minute
        Messages in a minute; 0: what the kind allows.
    drill
        Whether drills go there too.
    """

    name: str
    kind: str
    role: str = "chief"
    stations: tuple[str, ...] = ()
    url: str = field(default="", repr=False)
    url_env: str = ""
    secret: str = field(default="", repr=False)
    secret_env: str = ""
    phones: tuple[str, ...] = ()
    per_minute: int = 0
    drill: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS or self.role not in ROLES:
            raise ValueError(
                f"kind must be one of {', '.join(KINDS)}, role one of {', '.join(ROLES)}"
            )
        if not self.name.strip() or bool(self.url) == bool(self.url_env):
            raise ValueError("needs a name, and either url or url_env")
        if self.per_minute < 0 or self.per_minute > KINDS[self.kind].per_minute:
            raise ValueError(f"per_minute must lie in 0 to {KINDS[self.kind].per_minute}")
        if (self.secret or self.secret_env) and self.kind not in SIGNED:
            raise ValueError("secret and secret_env are for dingtalk, feishu and webhook")
        if self.secret and self.secret_env:
            raise ValueError("takes either secret or secret_env")
        if self.phones and self.kind != "webhook":
            raise ValueError("phones are for webhook")

    def serves(self, station_id: str, drill: bool) -> bool:
        """Whether a notice to this station goes here."""
        return (self.drill or not drill) and (not self.stations or station_id in self.stations)


class DeliveryError(Exception):
    """A channel did not take a message.

    Parameters
    ----------
    code, facts
        Key of the sentence in the catalogue of texts, and what it fills in: no address, no secret.
    lasting
        To repeat it cures nothing: somebody has to mend something.
    wait_s
        How long the other side asks us to wait, if it says.
    """

    def __init__(
        self, code: str, lasting: bool = False, wait_s: float | None = None, **facts: object
    ):
        self.code = code
        self.facts = facts
        self.lasting = lasting
        self.wait_s = wait_s
        listed = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{code} ({listed})" if listed else code)

    @property
    def message(self) -> Message:
        """What went wrong, as it is kept with the notice."""
        return Message(self.code, self.facts)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel of the settings, with its address and secret."""

    settings: ChannelSettings
    environ: Mapping[str, str] = field(repr=False)
    timeout_s: float = TIMEOUT_S

    @property
    def name(self) -> str:
        return self.settings.name

    @property
    def per_minute(self) -> int:
        """Messages that it takes in a minute."""
        return self.settings.per_minute or KINDS[self.settings.kind].per_minute

    def missing(self) -> str | None:
        """The environment variable that is named in the settings and not set."""
        named = (self.settings.url_env, self.settings.secret_env)
        return next(
            (name for name in named if name and not self.environ.get(name, "").strip()), None
        )

    def parts(self, text: str) -> list[str]:
        """The messages that a text takes here."""
        return split_bytes(text, KINDS[self.settings.kind].most_bytes)

    def send(self, text: str, at: datetime, call: Call | None = None) -> Reached | None:
        """Send a text, in several messages where it is too long for one.

        Parameters
        ----------
        at
            The real time, which signatures hold.
        call
            Whom a gateway is to call about what; ``None``: nobody in particular, such as for a test
            or an alarm.

        Returns
        -------
        Reached or None
            Who was reached, where the gateway knows it at once.

        Raises
        ------
        DeliveryError
            It was not taken, or not as a whole.
        """
        if name := self.missing():
            raise DeliveryError("channel.no_variable", lasting=True, variable=name)
        url = (self.settings.url or self.environ[self.settings.url_env]).strip()
        text = seen(text)
        if self.settings.kind == "apprise":
            _through_apprise(url, text)
            return None
        if urlsplit(url).scheme not in ("http", "https"):
            raise DeliveryError("channel.bad_address", lasting=True)
        if self.settings.kind == "webhook":
            call = call or Call(key=f"test-{at:%Y%m%dT%H%M%S%f}")
            content = body_of(call, self.settings.phones, text, at)
            more = headers_of(call, content, self._secret(), at)
            return reached_of(_post(url, content, more, KINDS["webhook"], self.timeout_s))
        request = {"wecom": _wecom, "dingtalk": _dingtalk, "feishu": _feishu}[self.settings.kind]
        for part in self.parts(text):
            there, body = request(url, self._secret(), part, at)
            content = json.dumps(body, ensure_ascii=False).encode()
            _post(there, content, {}, KINDS[self.settings.kind], self.timeout_s)
        return None

    def _secret(self) -> str:
        named = self.settings.secret_env
        return (self.environ.get(named, "") if named else self.settings.secret).strip()


def open_channels(
    settings: tuple[ChannelSettings, ...], environ: Mapping[str, str]
) -> tuple[Channel, ...]:
    """The channels of the settings."""
    return tuple(Channel(each, environ) for each in settings)


def split_bytes(text: str, most: int) -> list[str]:
    """The text in pieces of at most ``most`` bytes of UTF-8, cut at ends of lines where that is
    possible.

    The pieces put together are the text; no character is torn. ``most`` is at least 4, as long as a
    character can be.
    """
    pieces, rest = [], text
    while len(rest.encode()) > most:
        fits = len(rest.encode()[:most].decode(errors="ignore"))
        line = rest.rfind("\n", 0, fits) + 1
        cut = line or fits
        pieces.append(rest[:cut])
        rest = rest[cut:]
    return [*pieces, rest] if rest or not pieces else pieces


def _wecom(url: str, _secret: str, text: str, _at: datetime) -> tuple[str, dict]:
    return url, {"msgtype": "text", "text": {"content": text}}


def _dingtalk(url: str, secret: str, text: str, at: datetime) -> tuple[str, dict]:
    """Signed by HMAC-SHA256 of "milliseconds, line feed, secret" with the secret as its key."""
    if secret:
        stamp = str(round(at.timestamp() * 1000))
        sign = base64.b64encode(
            hmac.digest(secret.encode(), f"{stamp}\n{secret}".encode(), hashlib.sha256)
        )
        url += f"{'&' if '?' in url else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    return url, {"msgtype": "text", "text": {"content": text}}


def _feishu(url: str, secret: str, text: str, at: datetime) -> tuple[str, dict]:
    """Signed by HMAC-SHA256 of nothing with "seconds, line feed, secret" as its key: not as
    DingTalk does.
    """
    body: dict = {"msg_type": "text", "content": {"text": text}}
    if secret:
        stamp = str(int(at.timestamp()))
        sign = base64.b64encode(
            hmac.digest(f"{stamp}\n{secret}".encode(), b"", hashlib.sha256)
        ).decode()
        body |= {"timestamp": stamp, "sign": sign}
    return url, body


def post_json(url: str, content: bytes, key: str, secret: str, at: datetime) -> None:
    """Post a body of ours to a platform, signed as a gateway's call is.

    Parameters
    ----------
    key
        The same for the same body: a platform that gets it twice takes it once.

    Raises
    ------
    DeliveryError
        It was not taken.
    """
    _post(url, content, headers_of(Call(key=key), content, secret, at), KINDS["webhook"], TIMEOUT_S)


def _post(url: str, content: bytes, more: dict[str, str], kind: Kind, timeout_s: float) -> object:
    """Post one message and look for the error code in the answer, which is given back."""
    until = time.monotonic() + timeout_s
    try:
        with requests.post(
            url,
            data=content,
            stream=True,
            headers={"Content-Type": "application/json; charset=utf-8"} | more,
            allow_redirects=False,
            timeout=(min(timeout_s, 5.0), timeout_s),
        ) as answer:
            if answer.status_code not in TAKEN:
                raise DeliveryError(
                    "channel.http",
                    lasting=answer.status_code in LASTING,
                    wait_s=_wait(answer),
                    status=answer.status_code,
                )
            read = _read(answer, until)
    except requests.Timeout:
        raise DeliveryError("channel.late", seconds=round(timeout_s)) from None
    except (requests.RequestException, ValueError) as error:  # its own words hold the address
        raise DeliveryError("channel.unreachable", what=type(error).__name__) from None
    body = _json(read)
    code = _code(body)
    if code != 0:
        later = code in kind.later
        raise DeliveryError(
            "channel.refused",
            lasting=not later and code != BUSY,
            wait_s=kind.silent_s if later else None,
            errcode=code,
        )
    return body


def _read(answer: requests.Response, until: float) -> bytes:
    """The body, as long as it is neither endless nor dripping."""
    read = b""
    for piece in answer.iter_content(4096):
        read += piece
        if time.monotonic() > until:
            raise requests.Timeout
        if len(read) > MAX_ANSWER:
            raise DeliveryError("channel.unreadable")
    return read


def _wait(answer: requests.Response) -> float | None:
    seconds = answer.headers.get("Retry-After", "")
    return float(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 6 else None


def _json(read: bytes) -> dict:
    try:
        body = json.loads(read)
    except (ValueError, RecursionError):
        raise DeliveryError("channel.unreadable") from None
    if not isinstance(body, dict):
        raise DeliveryError("channel.unreadable")
    return body


def _code(body: dict) -> int:
    """WeCom and DingTalk say ``errcode``, Feishu ``code`` or, once, ``StatusCode``."""
    for name in ("errcode", "code", "StatusCode"):
        if type(body.get(name)) is int:
            return body[name]
    raise DeliveryError("channel.unreadable")


def _through_apprise(url: str, text: str) -> None:
    """Apprise tells only whether it went; it is slow to import, so only who uses it waits."""
    import apprise

    logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings may hold addresses
    title, _, body = text.partition("\n")
    post = apprise.Apprise()
    if not post.add(url):
        raise DeliveryError("channel.bad_address", lasting=True)
    if not post.notify(title=title, body=body or title):
        raise DeliveryError("channel.apprise")
