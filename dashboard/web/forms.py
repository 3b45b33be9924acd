"""What the plain pages with forms have in common: what they tell the browser, how a form is read,
and how it is proved to be ours.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl, urlsplit

from anyio import CapacityLimiter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from dashboard.web import sign_in_pages
from dashboard.web.exchange import SECURE, media_type, read_body, translator_of
from data.store.store import DatabaseError
from ops.base.messages import Translator

FORM = "xunban_form"  # the cookie that the hidden word of a form belongs to
DEVICE = "xunban_device"  # tells a browser that was signed in before from a stranger's
DEVICE_S = 180 * 24 * 3600
MOST_BODY = 10_000
HEADERS = SECURE | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
TRYING = CapacityLimiter(4)  # whoever tries passwords holds up nobody who does something else


def result(t: Translator, code: str, status: int = 200) -> HTMLResponse:
    """What was done, or refused."""
    page = sign_in_pages.result(t, code, refused=status != 200)
    return HTMLResponse(page, status, headers=HEADERS)


def is_own(request: Request) -> bool:
    """Whether a browser made this call from a page of ours: by what it says itself, which no page
    can forge.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def seal(word: str, purpose: str) -> str:
    """What proves that a form is ours: no other site knows the word in the browser's cookie."""
    return hmac.new(word.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def fits(word: str, purpose: str, form: dict[str, str]) -> bool:
    """Whether a form carries its `seal`."""
    return bool(word) and hmac.compare_digest(
        seal(word, purpose).encode(), form.get("seal", "").encode()
    )


async def read_form(request: Request) -> dict[str, str] | None:
    """What was filled in; ``None`` where it is no form, or too much."""
    if media_type(request) != "application/x-www-form-urlencoded":
        return None
    body = await read_body(request, MOST_BODY)
    if body is None:
        return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return None


def give(
    answer: Response, request: Request, name: str, value: str, seconds: int | None = None
) -> None:
    """A cookie that no script reads and no other site sends; over https, never without it. It ends
    with the browser, where no time is given.
    """
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path="/login" if name in (FORM, DEVICE) else "/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def guarded(
    answer: Callable[[Request], Response | Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """An answer that says so where the database gives none."""

    async def answered(request: Request) -> Response:
        try:
            given = await run_in_threadpool(answer, request)
            return given if isinstance(given, Response) else await given
        except DatabaseError:
            return result(translator_of(request), "board.wrong_database", 503)

    return answered
