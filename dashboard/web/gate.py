"""What stands before every page, call and open line: who is not known costs next to nothing.

Token, session and origin are looked at before the first byte of a body; each body has a size and a
time within which it must be here; open lines are counted, and so is what an address asks without
being known.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.web.rate_limit import Strangers
from dashboard.web.static_assets import FILES
from dashboard.web.visitor import CALLS, DESCRIPTION, SIGN_IN, is_known, may_ask
from data.store.store import DatabaseError
from ops.auth.local_door import PATH
from ops.auth.networks import network_of
from ops.base.messages import LANGUAGES, Translator
from ops.base.paths import home
from ops.settings import load

Answer = TypeVar("Answer")
log = logging.getLogger("xunban.board")
UPLOADS = "/_stcore/upload_file/"
CLOSED = ("/_stcore/metrics",)
"""What Streamlit tells to everybody and nobody here needs."""
CASES = "/api/cases"
"""A platform's case brings a picture."""
FREE = ("/s/", "/_stcore/health")
"""Links count what is made up themselves; and who watches over the board asks whether it lives."""
MOST_BODY = 64_000
MOST_CALL = 400_000  # a thousand readings of gauges
MOST_UPLOAD = 21_000_000  # `maxUploadSize` in `.streamlit/config.toml`, and what frames it
MOST_PHOTO = 11_200_000  # a photo of 8 MB in base64, in lines, and the words
CHUNK_S, BODY_S = 20.0, 120.0
"""How long a body may stand still, and take in all: a photo over a poor network takes a minute."""
BIG = 200_000  # a body of more, or of no stated length, is one of few that are read at once
BIG_AT_ONCE = 6
WAIT_S = 30.0  # for one's turn among these
LINES, UNKNOWN_LINES, LINES_OF_ONE = 600, 120, 40
"""Open boards in all, of those who are not signed in, and of these from one address: a bureau
behind one address signs in.
"""


class Gate:
    """The outermost layer of the board's server."""

    def __init__(self, app: ASGIApp, lines: int = LINES):
        self._app, self._most_lines = app, min(lines, LINES)
        self._asking = CapacityLimiter(4)
        self._big = CapacityLimiter(BIG_AT_ONCE)
        self._lines = 0
        self._unknown: Counter[str] = Counter()
        self._strangers = Strangers()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._line(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = await self._refusal(scope, headers)
        if refusal is not None:
            refusal.headers["Connection"] = "close"  # what it sends is not waited for
            await refusal(scope, receive, send)
            return
        body = Body(receive, most(scope), self._big if is_big(scope, headers) else None)
        started = False

        async def sent(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, body, sent)
        except HTTPException as error:
            if started:
                raise
            await _plain(error.status_code)(scope, receive, send)
        finally:
            body.let_go()

    async def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Why a request goes no further, by its head alone."""
        path, method = scope["path"], scope["method"]
        if path in CLOSED:
            return _plain(404)
        told = headers.get("content-length", "0")
        if not told.isascii() or not told.isdigit() or int(told[:20]) > most(scope):
            return _plain(413)
        if is_free(path, method):
            return None
        try:
            if await self._ask(lambda: may_ask(headers, path)):
                return None
        except DatabaseError:
            if path.startswith(UPLOADS):
                return _plain(503)
        if wait_s := await self._ask(lambda: self._wait_s(scope)):
            return _later(wait_s)
        if path.startswith(CALLS) and path != DESCRIPTION:
            return _no_token()
        is_upload = path.startswith(UPLOADS) and method in ("PUT", "POST", "DELETE")
        return _plain(401) if is_upload else None

    def _wait_s(self, scope: Scope) -> float:
        """For how long an address has to wait that asks so much; who signs in there has a budget of
        his own. Reads the settings.
        """
        access = load(home()).settings.access
        who = _network(scope)
        if scope["path"].startswith((SIGN_IN, PATH)):
            who = f"{who} {SIGN_IN}"
        return self._strangers.wait_s(who, access.anonymous_requests, access.anonymous_per_minute)

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        return await run_sync(question, limiter=self._asking)

    async def _line(self, scope: Scope, receive: Receive, send: Send) -> None:
        """An open board; a page of another site opens none, whatever the server would look up to
        find out whether it may be one of ours after all.
        """
        headers, address = Headers(scope=scope), _network(scope)
        if not is_own_origin(headers):
            log.warning("a line from another site's page was refused")
            await _close(receive, send)
            return
        try:
            known = await self._ask(lambda: is_known(headers))
        except DatabaseError:
            known = False
        if self._lines >= self._most_lines or not (known or self._has_room(address)):
            log.warning("a line was refused: too many are open")
            await _close(receive, send)
            return
        self._lines += 1
        self._unknown[address] += not known
        try:
            await self._app(scope, receive, send)
        finally:
            self._lines -= 1
            self._unknown[address] -= not known
            if not self._unknown[address]:
                del self._unknown[address]

    def _has_room(self, address: str) -> bool:
        return self._unknown[address] < LINES_OF_ONE and self._unknown.total() < UNKNOWN_LINES


class Body:
    """What reads a request's body, while it is no larger and no slower than it may be.

    Parameters
    ----------
    turns
        How many may be read at once, where this is one of those that wait for their turn: it does
        when it is first read, so that nobody waits behind one who may not send any.
    """

    def __init__(self, receive: Receive, most: int, turns: CapacityLimiter | None):
        self._receive, self._most, self._turns = receive, most, turns
        self._until: float | None = None
        self._read, self._is_over = 0, False

    async def _begin(self) -> float:
        if self._turns is not None:
            try:
                with anyio.fail_after(WAIT_S):
                    await self._turns.acquire_on_behalf_of(self)
            except TimeoutError:
                raise HTTPException(503) from None
        return time.monotonic() + BODY_S

    def let_go(self) -> None:
        """It was answered: the next one may come."""
        if self._turns is not None and self in self._turns.statistics().borrowers:
            self._turns.release_on_behalf_of(self)

    async def __call__(self) -> Message:
        if self._is_over:  # what is waited for now is that the other side goes
            return await self._receive()
        self._until = self._until or await self._begin()
        try:
            with anyio.fail_after(max(min(CHUNK_S, self._until - time.monotonic()), 0)):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(408) from None
        if message["type"] == "http.request":
            self._read += len(message.get("body", b""))
            self._is_over = not message.get("more_body", False)
            if self._read > self._most:
                raise HTTPException(413)
        return message


def most(scope: Scope) -> int:
    """How many bytes a request may bring."""
    path = scope["path"]
    if path.startswith(UPLOADS):
        return MOST_UPLOAD
    if path == CASES:
        return MOST_PHOTO
    if path.startswith(CALLS):
        return MOST_CALL
    return MOST_PHOTO if path.startswith("/s/") and path.endswith("/events") else MOST_BODY


def is_free(path: str, method: str) -> bool:
    """Whether a request is answered whoever asks: what it needs was read before, and asks no
    database. So a whole bureau behind one address reads the form to sign in by.
    """
    if method in ("GET", "HEAD") and path in (SIGN_IN, f"{SIGN_IN}/page.css"):
        return True
    return path in FILES or path.startswith(FREE)


def is_big(scope: Scope, headers: Headers) -> bool:
    """Whether a request brings more than words, or does not say how much."""
    if most(scope) <= BIG or scope["method"] not in ("POST", "PUT"):
        return False
    return "content-length" not in headers or int(headers["content-length"]) > BIG


def is_own_origin(headers: Headers) -> bool:
    """Whether a browser opens a line from a page of ours; a browser always says from where."""
    try:
        return urlsplit(headers.get("origin", "")).netloc == headers["host"]
    except (KeyError, ValueError):
        return False


def _network(scope: Scope) -> str:
    """By what is counted who asks."""
    return network_of((scope.get("client") or ("-",))[0])


async def _close(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})


def _plain(status: int) -> Response:
    return PlainTextResponse(f"{status}\n", status, {"Cache-Control": "no-store"})


def _later(wait_s: float) -> Response:
    seconds = round(wait_s) + 1
    words = "\n".join(Translator(language)("gate.wait", seconds=seconds) for language in LANGUAGES)
    return PlainTextResponse(
        f"{words}\n", 429, {"Cache-Control": "no-store", "Retry-After": str(seconds)}
    )


def _no_token() -> Response:
    words = " / ".join(Translator(language)("token.refused") for language in LANGUAGES)
    detail = {"code": "token.refused", "message": words}
    return JSONResponse({"detail": detail}, 401, {"WWW-Authenticate": "Bearer"})
