"""The one HTTP door: bytes, or ``SourceDown`` with a reason that holds no secret.

Everything is bounded: each wait, the whole time, the tries, the size (of what comes out of the
compression too). A redirect is an answer from elsewhere and is refused.
"""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    IncompleteRead,
    InvalidHeader,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util import Retry

from weather.model import SourceDown

#: A feed answers within a second or two; after this long a duty desk wants to know that it doesn't.
TIMEOUT_S, DEADLINE_S = 10.0, 30.0
MAX_BYTES = 10_000_000
RETRIES = 2
#: No source is left alone longer than a day, whatever it asks for.
MAX_PATIENCE_S = 86_400
_PIECE = 16_384
_WHOSE = "xunban/0.1"


def _without_path(record: logging.LogRecord) -> bool:
    """The library logs paths and queries, where keys stand; the host is enough to know."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            "/..." if isinstance(arg, str) and arg.startswith("/") else arg for arg in record.args
        )
    return True


for _name in ("urllib3.connectionpool", "urllib3.util.retry"):
    logging.getLogger(_name).addFilter(_without_path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer of status 200; "not modified since", or that there is nothing (204): ``body`` is
    then empty.
    """

    body: bytes
    not_modified: bool = False
    nothing: bool = False
    etag: str | None = None
    last_modified: str | None = None


def get(
    url: str,
    *,
    params: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
    timeout_s: float = TIMEOUT_S,
    deadline_s: float = DEADLINE_S,
    max_bytes: int = MAX_BYTES,
    retries: int = RETRIES,
    etag: str | None = None,
    last_modified: str | None = None,
    now: datetime | None = None,
) -> Answer:
    """Ask for an address.

    Parameters
    ----------
    url
        http or https.
    params, headers
        May hold keys; they never come back in an error.
    timeout_s
        Longest silence, in seconds.
    deadline_s
        Longest time for all tries and the whole answer, however slowly it drips.
    max_bytes
        Largest body, uncompressed.
    retries
        Further tries after a failed connection or a 500, 502, 503 or 504, with back-off and jitter.
        429, and whatever comes with ``Retry-After``, is not tried again: it asks for patience.
    etag, last_modified
        From an earlier answer: unchanged content comes back as ``not_modified``.
    now
        Our own clock, for an answer that asks for patience until a date and does not tell its own
        time.

    Raises
    ------
    SourceDown
        ``fetch.*``; ``facts`` hold the host and, where there is one, the status. Its
        ``retry_after_s`` is the patience that is asked for, in seconds (0 where a 429 names none).
    """
    host = _host(url)
    request_headers = _headers(etag, last_modified) | (headers or {})
    with _Deadline(deadline_s) as deadline, _session(deadline, retries) as session:
        with _as_ours(host, deadline):
            response = session.get(
                url,
                params=params,
                headers=request_headers,
                timeout=timeout_s,
                stream=True,
                allow_redirects=False,
            )
            with response:
                _check(response, host, now)
                empty = response.status_code in (204, 304)
                body = b"" if empty else _read(response, max_bytes, host)
        deadline.check(host)
    return _answer(response, body)


def _answer(response: requests.Response, body: bytes) -> Answer:
    return Answer(
        body=body,
        not_modified=response.status_code == 304,
        nothing=response.status_code == 204,
        etag=response.headers.get("ETag"),
        last_modified=response.headers.get("Last-Modified"),
    )


def _headers(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """What every request tells of us, and what we hold already."""
    headers = {"User-Agent": _WHOSE, "Accept-Encoding": "gzip, deflate"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return headers


def _host(url: str) -> str:
    """The host to name in an error; the path and the query may hold a key."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise SourceDown("fetch.url")
    return f"{host}:{port}" if port else host


def _check(response: requests.Response, host: str, now: datetime | None) -> None:
    """Anything but 200, 204 and 304 is no answer."""
    status = response.status_code
    if status in (200, 204, 304):
        return
    if 300 <= status < 400:
        raise SourceDown("fetch.redirect", host=host, status=status)
    if status == 429:
        raise SourceDown(
            "fetch.over_quota", host=host, status=status, retry_after_s=_patience_s(response, now)
        )
    if status in (401, 402, 403):
        raise SourceDown("fetch.forbidden", host=host, status=status)
    patience = _patience_s(response, now) if "Retry-After" in response.headers else None
    raise SourceDown("fetch.status", host=host, status=status, retry_after_s=patience)


def _patience_s(response: requests.Response, ours: datetime | None) -> int:
    """Seconds to wait, as seconds or as a date against the answer's own clock, else ours; 0 where
    it says none.
    """
    wait = response.headers.get("Retry-After", "").strip()
    if wait.isascii() and wait.isdigit():
        return int(wait) if len(wait) < 6 and int(wait) < MAX_PATIENCE_S else MAX_PATIENCE_S
    until, now = _http_date(wait), _http_date(response.headers.get("Date", "")) or ours
    if until is None or now is None:
        return 0
    return min(max(int((until - now).total_seconds()), 0), MAX_PATIENCE_S)


def _http_date(said: str) -> datetime | None:
    try:
        instant = parsedate_to_datetime(said)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return instant if instant.utcoffset() is not None else None


def _read(response: requests.Response, max_bytes: int, host: str) -> bytes:
    """The body in small pieces, so that no bomb unfolds beyond the limit."""
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and len(length) < 19 and int(length) > max_bytes:
        raise SourceDown("fetch.too_long", host=host, most=max_bytes)
    body = bytearray()
    for piece in response.raw.stream(_PIECE, decode_content=True):
        body += piece
        if len(body) > max_bytes:
            raise SourceDown("fetch.too_long", host=host, most=max_bytes)
    return bytes(body)


@contextmanager
def _as_ours(host: str, deadline: "_Deadline") -> Iterator[None]:
    """Errors of the library as ours, without the address they carry."""
    try:
        yield
    except SourceDown:
        raise
    except (requests.RequestException, HTTPError, OSError, ValueError) as error:
        code = "fetch.timeout" if deadline.passed else _code(error)
        raise SourceDown(code, host=host) from None


def _code(error: BaseException) -> str:
    """The reason, from the innermost of the errors that the library wraps into each other."""
    chain = [error]
    while (inner := _inner(chain[-1])) is not None and len(chain) < 10:
        chain.append(inner)
    for kinds, code in (
        ((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), "fetch.url"),
        ((requests.exceptions.SSLError,), "fetch.tls"),
        ((TimeoutError, requests.Timeout, ReadTimeoutError), "fetch.timeout"),
        ((DecodeError, requests.exceptions.ContentDecodingError), "fetch.encoding"),
        (
            (
                IncompleteRead,
                ProtocolError,
                InvalidHeader,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.InvalidHeader,
            ),
            "fetch.cut_off",
        ),
    ):
        if any(isinstance(error, kinds) for error in chain):
            return code
    return "fetch.unreachable"


def _inner(error: BaseException) -> BaseException | None:
    inside = getattr(error, "reason", None) or next(iter(error.args), None)
    return inside if isinstance(inside, BaseException) else error.__cause__ or error.__context__


class _Deadline:
    """Ends every connection of a request when its time is up, even one that drips a byte a
    second.
    """

    def __init__(self, seconds: float):
        self._end = monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._close)
        self._timer.daemon = True

    @property
    def passed(self) -> bool:
        return monotonic() >= self._end

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._timer.cancel()

    def watch(self, connection: socket.socket) -> None:
        """Remember a connection; refuse it if the time is up."""
        with self._lock:
            self._sockets.append(connection)
        if self.passed:
            raise TimeoutError

    def check(self, host: str) -> None:
        """A body that ends because we ended it is no answer."""
        if self.passed:
            raise SourceDown("fetch.timeout", host=host)

    def _close(self) -> None:
        with self._lock:
            for connection in self._sockets:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # closed already


@contextmanager
def _session(deadline: _Deadline, retries: int) -> Iterator[requests.Session]:
    with requests.Session() as session:
        retry = _Patient(
            total=retries,
            redirect=0,
            backoff_factor=0.2,
            backoff_jitter=0.3,
            backoff_max=3.0,
            status_forcelist=(500, 502, 503, 504),
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        adapter = _Adapter(deadline, retry)
        session.mount("http://", adapter)
        session.mount("https://", adapter)
        yield session


class _Patient(Retry):
    """Tries again at once only where the answer does not ask for patience."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return not has_retry_after and super().is_retry(method, status_code, has_retry_after)


class _Adapter(HTTPAdapter):
    """Connections that the deadline knows of."""

    def __init__(self, deadline: _Deadline, retry: Retry):
        self._deadline = deadline
        super().__init__(max_retries=retry)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **options: Any
    ) -> None:
        super().init_poolmanager(connections, maxsize, block, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(self._deadline)

    def proxy_manager_for(self, proxy: str, **options: Any) -> ProxyManager:
        manager = super().proxy_manager_for(proxy, **options)
        manager.pool_classes_by_scheme = _pools(self._deadline)
        return manager


def _pools(deadline: _Deadline) -> dict[str, type]:
    class Plain(HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
