"""Signing in and out: plain pages that need no script, beside the board."""

import re
import secrets

from anyio.to_thread import run_sync
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.core.identity import CHOICE, COOKIE, DISTRICT, HERE, is_here
from dashboard.core.sites import plain_store, sites
from dashboard.web import sign_in_pages
from dashboard.web.exchange import (
    FAILURES,
    address_of,
    real_clock,
    status_of,
    text_of,
    translator_of,
)
from dashboard.web.forms import (
    DEVICE,
    DEVICE_S,
    FORM,
    HEADERS,
    TRYING,
    fits,
    give,
    guarded,
    is_own,
    read_form,
    result,
    seal,
)
from dashboard.web.site_of_request import at, here, home
from data.model.account import Awaits
from data.store.store import Store
from ops.auth.local_door import PATH, enter
from ops.auth.permissions import Actor
from ops.auth.sessions import (
    AccessSettings,
    SignedIn,
    acting,
    awaiting,
    change_password,
    sign_in,
    sign_out,
    signed_in,
)
from ops.base.errors import Invalid, NotAllowed, NotSignedIn
from ops.base.sites import named_in
from ops.settings import load

_OURS = re.compile(r"/(?![/\\])[\w\-./?=&%]*", re.ASCII)
STEPS = {Awaits.CODE: "/login/code", Awaits.PASSWORD: "/password", Awaits.ENROL: "/account/second"}
"""Where a session gets what it still waits for."""


def store() -> Store:
    """The database of the district that the request names."""
    return plain_store(here().url)


def settings() -> AccessSettings:
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
        sign_in_pages.login(t, reason, seal(word, "login"), target), status, headers=HEADERS
    )
    give(answer, request, FORM, word)
    return answer


async def login(request: Request) -> Response:
    """Sign in; the session is always a new one, whatever cookie came along."""
    t = translator_of(request)
    form = await read_form(request)
    if form is None or not is_own(request):
        return _login(request, t("signin.elsewhere"), 403)
    if not fits(request.cookies.get(FORM, ""), "login", form):
        return _login(request, t("signin.stale"), 403)
    try:
        kept = await run_sync(
            _enter,
            form.get("name", ""),
            form.get("password", ""),
            address_of(request),
            request.cookies.get(DEVICE, ""),
            request.headers.get("user-agent", ""),
            limiter=TRYING,
        )
    except FAILURES as failure:
        return _login(request, text_of(failure, t), status_of(failure))
    if old := request.cookies.get(COOKIE):
        await run_in_threadpool(sign_out, store(), old)
    answer = go_on(request, kept, safe_next(form.get("next", "/")))
    answer.delete_cookie(FORM, path="/login")
    return answer


def _enter(name: str, password: str, address: str, device: str, browser: str) -> SignedIn:
    """Sign in where there is an account of this name; behind an ``@`` it may say at which district,
    where several have one of the same name. Made-up names are refused by the hall, in the same
    words.

    Raises
    ------
    NotAllowed
        Nowhere; as the first of them says it.
    """
    known, refused = sites(), None
    bare, _, district = name.strip().rpartition("@")
    named = [site for site in known.all() if bare and site.id == district and len(known.all()) > 1]
    doors = named or sorted(known.holding(name), key=lambda site: site.id != named_in(device))
    for site in doors or [known.hall]:
        with at(site):
            try:
                return sign_in(
                    store(),
                    settings(),
                    bare if named else name,
                    password,
                    address,
                    real_clock(),
                    device,
                    browser,
                )
            except NotAllowed as error:
                refused = refused or error
    raise refused or NotSignedIn("signin.wrong")


def go_on(request: Request, kept: SignedIn, target: str) -> Response:
    """To what the session still waits for, else to where the reader wanted to go."""
    if kept.awaits is not None:
        target = f"{STEPS[kept.awaits]}?lang={translator_of(request).language}"
    answer = RedirectResponse(target, 303, headers=HEADERS)
    remember(answer, request, kept)
    return answer


def remember(answer: Response, request: Request, kept: SignedIn) -> None:
    """The browser keeps its session, and what tells it from a stranger's."""
    give(answer, request, COOKIE, kept.secret)
    if kept.device:
        give(answer, request, DEVICE, kept.device, DEVICE_S)


def person(secret: str, step: Awaits) -> Actor | None:
    """Who holds this session, whether it is open or waits for this step."""
    now = real_clock()
    if actor := signed_in(store(), settings(), secret, now):
        return actor
    who = awaiting(store(), secret, now)
    return acting(who.account) if who is not None and who.awaits is step else None


def come_in(request: Request) -> Response:
    """Open the board of a drill to the browser that comes by the address that was printed at the
    machine; once.
    """
    t, headers = translator_of(request), dict(request.headers)
    if not is_here(headers, address_of(request)):
        return result(t, "here.elsewhere", 403)
    try:
        kept = enter(store(), home(), request.path_params["given"], real_clock())
    except NotAllowed as refused:
        return result(t, refused.code, status_of(refused))
    answer = RedirectResponse("/", 303, headers=HEADERS)
    give(answer, request, HERE, kept)
    if named_in(request.cookies.get(COOKIE, "")) != named_in(kept):
        answer.delete_cookie(COOKIE, path="/")  # it would lead to another district than this
    return answer


def choose_district(request: Request) -> Response:
    """Remember which of his districts the reader wants to see. It lets nobody in: there he is who
    he is by his own sign-in.
    """
    answer = RedirectResponse("/", 303, headers=HEADERS)
    chosen = request.path_params["district"]
    if chosen in {site.id for site in sites().all()}:
        give(answer, request, DISTRICT, chosen, DEVICE_S)
    return answer


def show_logout(request: Request) -> Response:
    """The question whether to sign out."""
    secret, t = request.cookies.get(COOKIE, ""), translator_of(request)
    actor = signed_in(store(), settings(), secret, real_clock()) if secret else None
    return HTMLResponse(
        sign_in_pages.logout(t, actor.name if actor else None, seal(secret, "logout")),
        headers=HEADERS,
    )


async def logout(request: Request) -> Response:
    """Sign out: the session ends at once, on every page of the browser."""
    form, secret = await read_form(request), request.cookies.get(COOKIE, "")
    if form is None or not is_own(request) or not fits(secret, "logout", form):
        return result(translator_of(request), "signin.elsewhere", 403)
    await run_in_threadpool(sign_out, store(), secret)
    answer = RedirectResponse("/", 303, headers=HEADERS | {"Clear-Site-Data": '"cache"'})
    answer.delete_cookie(COOKIE, path="/")
    return answer


def show_password(request: Request) -> Response:
    """The form to change one's own password; to sign in, where nobody is."""
    return _password(request, "", 200)


def _password(request: Request, reason: str, status: int) -> Response:
    secret = request.cookies.get(COOKIE, "")
    actor = person(secret, Awaits.PASSWORD) if secret else None
    if actor is None:
        return RedirectResponse(
            f"/login?lang={translator_of(request).language}&next=/password", 303, headers=HEADERS
        )
    return HTMLResponse(
        sign_in_pages.password(
            translator_of(request), actor.name, reason, seal(secret, "password")
        ),
        status,
        headers=HEADERS,
    )


async def password(request: Request) -> Response:
    """Change one's own password; this browser's session is a new one, all others end."""
    form, old = await read_form(request), request.cookies.get(COOKIE, "")
    t = translator_of(request)
    if form is None or not is_own(request) or not fits(old, "password", form):
        return result(t, "signin.elsewhere", 403)
    try:
        browser = request.headers.get("user-agent", "")
        kept = await run_sync(_change, old, form, address_of(request), browser, limiter=TRYING)
    except NotAllowed as refused:
        reason, status = text_of(refused, t), status_of(refused)
        return await run_in_threadpool(_password, request, reason, status)
    if kept.awaits is not None:
        return go_on(request, kept, "/")
    answer = result(t, "account.own_changed")
    remember(answer, request, kept)
    return answer


def _change(secret: str, form: dict[str, str], address: str, browser: str) -> SignedIn:
    actor = person(secret, Awaits.PASSWORD)
    if actor is None:
        raise NotSignedIn("signin.nobody")
    if form.get("new", "") != form.get("again"):
        raise Invalid("account.not_twice")
    return change_password(
        store(),
        settings(),
        actor,
        form.get("old", ""),
        form["new"],
        address,
        real_clock(),
        browser,
    )


def style(_request: Request) -> Response:
    """The pages' own style."""
    headers = HEADERS | {"Cache-Control": "no-cache"}
    return FileResponse(sign_in_pages.FOLDER / "page.css", media_type="text/css", headers=headers)


ROUTES = [
    Route("/login", show_login),
    Route("/login", login, methods=["POST"]),
    Route("/login/page.css", style),
    Route(PATH + "{given}", guarded(come_in)),
    Route(CHOICE + "{district}", guarded(choose_district)),
    Route("/password", guarded(show_password)),
    Route("/password", guarded(password), methods=["POST"]),
    Route("/logout", guarded(show_logout)),
    Route("/logout", guarded(logout), methods=["POST"]),
]
