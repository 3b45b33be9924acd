"""What no request brings as far as here, and what every answer tells the browser to refuse."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'self'; object-src 'none'",
    "Permissions-Policy": "geolocation=(), microphone=(), payment=(), usb=()",
}


class Headers:
    """Adds ``HEADERS`` where an answer has none of its own, and the promise of https where it came
    by it.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        more = HEADERS | (
            {"Strict-Transport-Security": "max-age=31536000"} if scope["scheme"] == "https" else {}
        )

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in more.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, sent)


MOST_COOKIES = 200
"""A browser keeps fewer for one site (RFC 6265, 6.1, asks for 50)."""


class PlainCookies:
    """Lets no cookie through that is written with escapes, nor more than a browser keeps.

    Python reads an escaped one in a time that grows with its length squared (CVE-2024-7592): one
    head of 60 kB, from whoever it is, held the board up for half a minute. None of ours has any.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if "headers" in scope:
            scope = {**scope, "headers": [_plain(*header) for header in scope["headers"]]}
        await self._app(scope, receive, send)


def _plain(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    if name != b"cookie":
        return name, value
    cookies = [one for one in value.split(b";", MOST_COOKIES)[:MOST_COOKIES] if b"\\" not in one]
    return name, b";".join(cookies)
