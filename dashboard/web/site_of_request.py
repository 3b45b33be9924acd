"""Which district a request is about: its link, token or session names it. What answers it has that
one's database and folder at hand, and no other's.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from dashboard.core.identity import COOKIE, DISTRICT, HERE
from dashboard.core.sites import sites
from dashboard.core.streamlit_patches import claims_of
from ops.auth.local_door import PATH
from ops.base.sites import Site

LINKS = "/s/"
_HERE: ContextVar[Site | None] = ContextVar("site", default=None)


def here() -> Site:
    """The district that the request at hand is about."""
    return _HERE.get() or sites().hall


def home() -> Path:
    """Its folder."""
    return here().home


@contextmanager
def at(site: Site) -> Iterator[None]:
    """What is asked within is asked of this district."""
    token = _HERE.set(site)
    try:
        yield
    finally:
        _HERE.reset(token)


class ToItsSite:
    """Lets every request be answered for the district that it names."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        words, known = _words(scope["path"], headers), sites()
        kept = cookies(headers)
        claims = {} if any(words) else claims_of(kept)
        if claims:
            site = await run_sync(known.of_claims, claims, kept.get(DISTRICT, ""))
        elif known.is_fresh:
            site = known.named_in(words)
        else:
            site = await run_sync(known.named_in, words)
        with at(site):
            await self._app(scope, receive, send)


def _words(path: str, headers: Headers) -> list[str]:
    """What names a district, the most particular first."""
    for start in (LINKS, PATH):
        if path.startswith(start):
            return [path.removeprefix(start)]
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return [token.strip()]
    kept = cookies(headers)
    return [kept.get(COOKIE, ""), kept.get(HERE, "")]


def cookies(headers: Headers) -> dict[str, str]:
    """The cookies of a request; none where they can't be read."""
    try:
        return {name: one.value for name, one in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}
