"""Signing in and out: plain pages that need no script, beside the board."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Awaitable, Callable
from functools import cache
from urllib.parse import parse_qsl, urlsplit

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.core.identity import COOKIE, HERE, is_here
from dashboard.web import sign_in_pages
from dashboard.web.exchange import (
    FAILURES,
    SECURE,
    address_of,
    media_type,
    read_body,
    real_clock,
    status_of,
    text_of,
    translator_of,
)
from data.store.store import DatabaseError, Store
from ops.auth.local_door import PATH, enter
from ops.auth.sessions import AccessSettings, change_password, sign_in, sign_out, signed_in
from ops.base.errors import Invalid, NotAllowed, NotSignedIn
from ops.base.messages import Translator
from ops.base.paths import home
from ops.settings import load

FORM = "xunban_form"  # the cookie that the hidden word of a form belongs to
DEVICE = "xunban_device"  # tells a browser that was signed in before from a stranger's
DEVICE_S = 180 * 24 * 3600
MOST_BODY = 10_000
HEADERS = SECURE | {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
}
_TRYING = CapacityLimiter(4)  # whoever tries passwords holds up nobody who does something else
_OURS = re.compile(r"/(?![/\\])[\w\-./?=&%]*", re.ASCII)


@cache
def _store() -> Store:
    return Store(os.environ["XUNBAN_DB"])


def _settings() -> AccessSettings:
    return load(home()).settings.access


def safe_next(target: str) -> str:
    """Where to go after signing in: a page of ours, whatever the address asks for."""
    return target if _OURS.fullmatch(target) else "/"


def show_login(request: Request) -> Response:
    """The form to sign in by."""
    return _login(request, "", 200)


def _login(request: Request, reason: str, status: int) -> Response:
    """The form, with a hidden word that only this browser's cookie fits."""
    t = translator_of(request)
    word = request.cookies.get(FORM) or secrets.token_urlsafe(32)
    target = safe_next(request.query_params.get("next", "/"))
    answer = HTMLResponse(
        sign_in_pages.login(t, reason, _seal(word, "login"), target), status, headers=HEADERS
    )
    _give(answer, request, FORM, word)
    return answer


async def login(request: Request) -> Response:
    """Sign in; the session is always a new one, whatever cookie came along."""
    t = translator_of(request)
    form = await _form(request)
    if form is None or not is_own(request):
        return _login(request, t("signin.elsewhere"), 403)
    if not _fits(request.cookies.get(FORM, ""), "login", form):
        return _login(request, t("signin.stale"), 403)
    try:
        kept = await run_sync(
            sign_in,
            _store(),
            _settings(),
            form.get("name", ""),
            form.get("password", ""),
            address_of(request),
            real_clock(),
            request.cookies.get(DEVICE, ""),
            limiter=_TRYING,
        )
    except FAILURES as failure:
        return _login(request, text_of(failure, t), status_of(failure))
    if old := request.cookies.get(COOKIE):
        await run_in_threadpool(sign_out, _store(), old)
    answer = RedirectResponse(safe_next(form.get("next", "/")), 303, headers=HEADERS)
    _give(answer, request, COOKIE, kept.secret)
    _give(answer, request, DEVICE, kept.device, DEVICE_S)
    answer.delete_cookie(FORM, path="/login")
    return answer


def come_in(request: Request) -> Response:
    """Open the board of a drill to the browser that comes by the address that was printed at the
    machine; once.
    """
    t, headers = translator_of(request), dict(request.headers)
    if not is_here(headers, address_of(request)):
        return _result(t, "here.elsewhere", 403)
    try:
        kept = enter(_store(), home(), request.path_params["given"], real_clock())
    except NotAllowed as refused:
        return _result(t, refused.code, status_of(refused))
    answer = RedirectResponse("/", 303, headers=HEADERS)
    _give(answer, request, HERE, kept)
    return answer


def show_logout(request: Request) -> Response:
    """The question whether to sign out."""
    secret, t = request.cookies.get(COOKIE, ""), translator_of(request)
    actor = signed_in(_store(), _settings(), secret, real_clock()) if secret else None
    return HTMLResponse(
        sign_in_pages.logout(t, actor.name if actor else None, _seal(secret, "logout")),
        headers=HEADERS,
    )


async def logout(request: Request) -> Response:
    """Sign out: the session ends at once, on every page of the browser."""
    form, secret = await _form(request), request.cookies.get(COOKIE, "")
    if form is None or not is_own(request) or not _fits(secret, "logout", form):
        return _result(translator_of(request), "signin.elsewhere", 403)
    await run_in_threadpool(sign_out, _store(), secret)
    answer = RedirectResponse("/", 303, headers=HEADERS | {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(COOKIE, path="/")
    return answer


def show_password(request: Request) -> Response:
    """The form to change one's own password; to sign in, where nobody is."""
    return _password(request, "", 200)


def _password(request: Request, reason: str, status: int) -> Response:
    secret = request.cookies.get(COOKIE, "")
    actor = signed_in(_store(), _settings(), secret, real_clock()) if secret else None
    if actor is None:
        return RedirectResponse(
            f"/login?lang={translator_of(request).language}&next=/password", 303, headers=HEADERS
        )
    return HTMLResponse(
        sign_in_pages.password(
            translator_of(request), actor.name, reason, _seal(secret, "password")
        ),
        status,
        headers=HEADERS,
    )


async def password(request: Request) -> Response:
    """Change one's own password; this browser's session is a new one, all others end."""
    form, old = await _form(request), request.cookies.get(COOKIE, "")
    t = translator_of(request)
    if form is None or not is_own(request) or not _fits(old, "password", form):
        return _result(t, "signin.elsewhere", 403)
    try:
        secret = await run_sync(_change, old, form, address_of(request), limiter=_TRYING)
    except NotAllowed as refused:
        reason, status = text_of(refused, t), status_of(refused)
        return await run_in_threadpool(_password, request, reason, status)
    answer = _result(t, "account.own_changed")
    _give(answer, request, COOKIE, secret)
    return answer


def _change(secret: str, form: dict[str, str], address: str) -> str:
    now = real_clock()
    actor = signed_in(_store(), _settings(), secret, now)
    if actor is None:
        raise NotSignedIn("signin.nobody")
    if form.get("new", "") != form.get("again"):
        raise Invalid("account.not_twice")
    return change_password(
        _store(), _settings(), actor, form.get("old", ""), form["new"], address, now
    )


def _result(t: Translator, code: str, status: int = 200) -> HTMLResponse:
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


def _seal(word: str, purpose: str) -> str:
    return hmac.new(word.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _fits(word: str, purpose: str, form: dict[str, str]) -> bool:
    return bool(word) and hmac.compare_digest(
        _seal(word, purpose).encode(), form.get("seal", "").encode()
    )


async def _form(request: Request) -> dict[str, str] | None:
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


def _give(
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


def style(_request: Request) -> Response:
    """The pages' own style."""
    headers = HEADERS | {"Cache-Control": "no-cache"}
    return FileResponse(sign_in_pages.FOLDER / "page.css", media_type="text/css", headers=headers)


def _guarded(
    answer: Callable[[Request], Response | Awaitable[Response]],
) -> Callable[[Request], Awaitable[Response]]:
    """An answer that says so where the database gives none."""

    async def guarded(request: Request) -> Response:
        try:
            given = await run_in_threadpool(answer, request)
            return given if isinstance(given, Response) else await given
        except DatabaseError:
            return _result(translator_of(request), "board.wrong_database", 503)

    return guarded


ROUTES = [
    Route("/login", show_login),
    Route("/login", login, methods=["POST"]),
    Route("/login/page.css", style),
    Route(PATH + "{given}", _guarded(come_in)),
    Route("/password", _guarded(show_password)),
    Route("/password", _guarded(password), methods=["POST"]),
    Route("/logout", _guarded(show_logout)),
    Route("/logout", _guarded(logout), methods=["POST"]),
]
