"""Signing in and out: plain pages that need no script, beside the board."""

import hashlib
import hmac
import os
import re
import secrets
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.core.identity import COOKIE
from dashboard.web import sign_in_pages
from dashboard.web.language import speaker
from data.store.store import DatabaseError, Store
from ops.auth.sessions import AccessSettings, change_password, sign_in, sign_out, signed_in
from ops.base.errors import NotAllowed
from ops.base.paths import home
from ops.settings import load

FORM = "xunban_form"  # the cookie that the hidden word of a form belongs to
MOST_BODY = 10_000
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
_OURS = re.compile(r"/(?![/\\])[\w\-./?=&%]*", re.ASCII)


def real_clock() -> datetime:
    """Read here, and handed on."""
    return datetime.now(UTC)


@cache
def _store() -> Store:
    return Store(os.environ["XUNBAN_DB"])


def _settings() -> AccessSettings:
    return load(home()).settings.access


def safe_next(asked: str) -> str:
    """Where to go after signing in: a page of ours, whatever the address asks for."""
    return asked if _OURS.fullmatch(asked) else "/"


def show_login(request: Request) -> Response:
    """The form to sign in by."""
    return _login(request, "", 200)


def _login(request: Request, told: str, status: int) -> Response:
    """The form, with a hidden word that only this browser's cookie fits."""
    t = speaker(request)
    word = request.cookies.get(FORM) or secrets.token_urlsafe(32)
    asked = safe_next(request.query_params.get("next", "/"))
    answer = HTMLResponse(
        sign_in_pages.login(t, told, _seal(word, "login"), asked), status, headers=HEADERS
    )
    _give(answer, request, FORM, word)
    return answer


async def login(request: Request) -> Response:
    """Sign in; the session is always a new one, whatever cookie came along."""
    t = speaker(request)
    told = await _form(request)
    if told is None or not is_own(request):
        return _login(request, t("signin.elsewhere"), 403)
    if not _fits(request.cookies.get(FORM, ""), "login", told):
        return _login(request, t("signin.stale"), 403)
    try:
        secret = await run_in_threadpool(
            sign_in,
            _store(),
            _settings(),
            told.get("name", ""),
            told.get("password", ""),
            _address(request),
            real_clock(),
        )
    except NotAllowed as refused:
        status = 429 if refused.code == "signin.wait" else 401
        return _login(request, t(refused.code, **refused.facts), status)
    except DatabaseError:
        return _login(request, t("board.wrong_database"), 503)
    if old := request.cookies.get(COOKIE):
        await run_in_threadpool(sign_out, _store(), old)
    answer = RedirectResponse(safe_next(told.get("next", "/")), 303, headers=HEADERS)
    _give(answer, request, COOKIE, secret)
    answer.delete_cookie(FORM, path="/login")
    return answer


def show_logout(request: Request) -> Response:
    """The question whether to sign out."""
    secret, t = request.cookies.get(COOKIE, ""), speaker(request)
    actor = signed_in(_store(), _settings(), secret, real_clock()) if secret else None
    return HTMLResponse(
        sign_in_pages.logout(t, actor.name if actor else None, _seal(secret, "logout")),
        headers=HEADERS,
    )


async def logout(request: Request) -> Response:
    """Sign out: the session ends at once, on every page of the browser."""
    told, secret = await _form(request), request.cookies.get(COOKIE, "")
    if told is None or not is_own(request) or not _fits(secret, "logout", told):
        return HTMLResponse(
            sign_in_pages.result(speaker(request), "signin.elsewhere", refused=True),
            403,
            headers=HEADERS,
        )
    await run_in_threadpool(sign_out, _store(), secret)
    answer = RedirectResponse("/", 303, headers=HEADERS | {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(COOKIE, path="/")
    return answer


def show_password(request: Request) -> Response:
    """The form to change one's own password; to sign in, where nobody is."""
    return _password(request, "", 200)


def _password(request: Request, told: str, status: int) -> Response:
    secret = request.cookies.get(COOKIE, "")
    actor = signed_in(_store(), _settings(), secret, real_clock()) if secret else None
    if actor is None:
        return RedirectResponse(
            f"/login?lang={speaker(request).language}&next=/password", 303, headers=HEADERS
        )
    return HTMLResponse(
        sign_in_pages.password(speaker(request), actor.name, told, _seal(secret, "password")),
        status,
        headers=HEADERS,
    )


async def password(request: Request) -> Response:
    """Change one's own password; this browser's session is a new one, all others end."""
    told, old = await _form(request), request.cookies.get(COOKIE, "")
    t = speaker(request)
    if told is None or not is_own(request) or not _fits(old, "password", told):
        return HTMLResponse(
            sign_in_pages.result(t, "signin.elsewhere", refused=True), 403, headers=HEADERS
        )
    try:
        secret = await run_in_threadpool(_change, old, told, _address(request))
    except NotAllowed as refused:
        status = 429 if refused.code == "signin.wait" else 400
        return await run_in_threadpool(_password, request, t(refused.code, **refused.facts), status)
    answer = HTMLResponse(
        sign_in_pages.result(t, "account.own_changed", refused=False), headers=HEADERS
    )
    _give(answer, request, COOKIE, secret)
    return answer


def _change(secret: str, told: dict[str, str], address: str) -> str:
    now = real_clock()
    actor = signed_in(_store(), _settings(), secret, now)
    if actor is None:
        raise NotAllowed("signin.nobody")
    if told.get("new", "") != told.get("again"):
        raise NotAllowed("account.not_twice")
    return change_password(
        _store(), _settings(), actor, told.get("old", ""), told["new"], address, now
    )


def is_own(request: Request) -> bool:
    """Whether a browser made this call from a page of ours: by what it says itself, which no page
    can forge.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _seal(word: str, purpose: str) -> str:
    return hmac.new(word.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _fits(word: str, purpose: str, told: dict[str, str]) -> bool:
    return bool(word) and hmac.compare_digest(
        _seal(word, purpose).encode(), told.get("seal", "").encode()
    )


async def _form(request: Request) -> dict[str, str] | None:
    """What was filled in; ``None`` where it is no form, or too much."""
    if (
        request.headers.get("content-type", "").partition(";")[0].strip().lower()
        != "application/x-www-form-urlencoded"
    ):
        return None
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > MOST_BODY:
            return None
    try:
        return dict(parse_qsl(read.decode("ascii"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return None


def _address(request: Request) -> str:
    """Where a call comes from; behind a trusted proxy the server has put in the address that it
    tells.
    """
    return request.client.host if request.client else "-"


def _give(answer: Response, request: Request, name: str, value: str) -> None:
    """A cookie that no script reads and no other site sends; over https, never without it. It ends
    with the browser.
    """
    answer.set_cookie(
        name,
        value,
        path="/login" if name == FORM else "/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def style(_request: Request) -> Response:
    """The pages' own style."""
    headers = HEADERS | {"Cache-Control": "no-cache"}
    return FileResponse(sign_in_pages.FOLDER / "page.css", media_type="text/css", headers=headers)


ROUTES = [
    Route("/login", show_login),
    Route("/login", login, methods=["POST"]),
    Route("/login/page.css", style),
    Route("/password", show_password),
    Route("/password", password, methods=["POST"]),
    Route("/logout", show_logout),
    Route("/logout", logout, methods=["POST"]),
]
