"""One's own account: the code at sign-in, the second factor, and where one is signed in. Plain
pages that need no script.
"""

from collections.abc import Awaitable, Callable

from anyio.to_thread import run_sync
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from dashboard.core.identity import COOKIE
from dashboard.web import sign_in, sign_in_pages
from dashboard.web.exchange import address_of, status_of, text_of, translator_of
from dashboard.web.forms import (
    DEVICE,
    HEADERS,
    TRYING,
    fits,
    guarded,
    is_own,
    read_form,
    result,
    seal,
)
from data.model.account import Awaits
from data.model.stored import stored_id
from ops.auth import second_factor
from ops.auth.own_sessions import end_own_sessions, own_sessions
from ops.auth.permissions import Actor
from ops.auth.sessions import SignedIn, awaiting, own_account
from ops.base.errors import NotAllowed, NotSignedIn
from ops.base.messages import Translator
from ops.documents.sources import read_city

PAGE, SECOND = "/account", "/account/second"
PURPOSE = "account"  # of every form on these pages


def show_code(request: Request) -> Response:
    """The form for the second factor's code; to sign in, where nothing waits for one."""
    return _code(request, "", 200)


def _code(request: Request, reason: str, status: int) -> Response:
    secret, t = request.cookies.get(COOKIE, ""), translator_of(request)
    who = awaiting(sign_in.store(), secret, sign_in.real_clock()) if secret else None
    if who is None or who.awaits is not Awaits.CODE:
        return _to_sign_in(t, "/")
    page = sign_in_pages.code(t, who.account.shown, reason, seal(secret, PURPOSE))
    return HTMLResponse(page, status, headers=HEADERS)


def _to_sign_in(t: Translator, target: str) -> Response:
    address = f"/login?lang={t.language}&next={target}"
    return RedirectResponse(address, 303, headers=HEADERS)


def show_second(request: Request) -> Response:
    """What to set an app up with, and the form for its first code."""
    return _second(request, "", 200)


def _second(request: Request, reason: str, status: int) -> Response:
    t, secret = translator_of(request), request.cookies.get(COOKIE, "")
    actor = sign_in.person(secret, Awaits.ENROL) if secret else None
    if actor is None:
        return _to_sign_in(t, SECOND)
    try:
        offered = second_factor.offer(sign_in.store(), actor)
    except NotAllowed as refused:
        return result(t, refused.code, status_of(refused))
    needed = actor.role in sign_in.settings().second_factor_roles
    page = sign_in_pages.second(t, actor.name, reason, seal(secret, PURPOSE), offered, needed)
    return HTMLResponse(page, status, headers=HEADERS)


def show_account(request: Request) -> Response:
    """How one signs in, and where one is signed in."""
    return _account(request, "", 200)


def _account(request: Request, reason: str, status: int) -> Response:
    t, secret = translator_of(request), request.cookies.get(COOKIE, "")
    actor = _open(secret)
    if actor is None:
        return _to_sign_in(t, PAGE)
    store, rules = sign_in.store(), sign_in.settings()
    try:
        account = own_account(store, actor)
        mine = own_sessions(store, rules, actor, secret, sign_in.real_clock())
    except NotAllowed as refused:
        return result(t, refused.code, status_of(refused))
    page = sign_in_pages.account(
        Translator.of_city(t.language, read_city(store)),
        account,
        mine,
        reason,
        seal(secret, PURPOSE),
        store.accounts.count_recovery_codes(stored_id(account)),
        account.role in rules.second_factor_roles,
    )
    return HTMLResponse(page, status, headers=HEADERS)


def _open(secret: str) -> Actor | None:
    clock = sign_in.real_clock
    found = sign_in.signed_in(sign_in.store(), sign_in.settings(), secret, clock())
    return found if secret else None


Deed = Callable[[Request, str, dict[str, str]], Response]
Shown = Callable[[Request, str, int], Response]


def _form(do: Deed, show: Shown) -> Callable[[Request], Awaitable[Response]]:
    """A form that was sent from a page of ours: what is asked for is done, or its page says why
    not.
    """

    async def posted(request: Request) -> Response:
        form, secret = await read_form(request), request.cookies.get(COOKIE, "")
        if form is None or not is_own(request) or not fits(secret, PURPOSE, form):
            return result(translator_of(request), "signin.elsewhere", 403)
        try:
            return await run_sync(do, request, secret, form, limiter=TRYING)
        except NotAllowed as refused:
            reason = text_of(refused, translator_of(request))
            return await run_sync(show, request, reason, status_of(refused))

    return posted


def _prove(request: Request, secret: str, form: dict[str, str]) -> Response:
    kept = second_factor.prove(
        sign_in.store(),
        sign_in.settings(),
        secret,
        form.get("code", ""),
        address_of(request),
        sign_in.real_clock(),
        request.cookies.get(DEVICE, ""),
        _browser(request),
    )
    return sign_in.go_on(request, kept, "/")


def _set_up(request: Request, secret: str, form: dict[str, str]) -> Response:
    made = second_factor.set_up(
        sign_in.store(),
        sign_in.settings(),
        _who(sign_in.person(secret, Awaits.ENROL)),
        form.get("password", ""),
        form.get("code", ""),
        address_of(request),
        sign_in.real_clock(),
        _browser(request),
    )
    return _paper(request, made.paper_codes, made.session)


def _end_second(request: Request, secret: str, form: dict[str, str]) -> Response:
    kept = second_factor.end(
        sign_in.store(),
        sign_in.settings(),
        _who(_open(secret)),
        form.get("password", ""),
        form.get("code", ""),
        address_of(request),
        sign_in.real_clock(),
        _browser(request),
    )
    return sign_in.go_on(request, kept, PAGE)


def _renew(request: Request, secret: str, form: dict[str, str]) -> Response:
    codes = second_factor.renew_paper_codes(
        sign_in.store(),
        sign_in.settings(),
        _who(_open(secret)),
        form.get("password", ""),
        form.get("code", ""),
        address_of(request),
        sign_in.real_clock(),
    )
    return _paper(request, codes)


def _end_sessions(request: Request, secret: str, form: dict[str, str]) -> Response:
    number = form.get("number") or None
    end_own_sessions(sign_in.store(), _who(_open(secret)), secret, sign_in.real_clock(), number)
    target = f"{PAGE}?lang={translator_of(request).language}"
    return RedirectResponse(target, 303, headers=HEADERS)


def _paper(request: Request, codes: tuple[str, ...], kept: SignedIn | None = None) -> Response:
    page = sign_in_pages.paper_codes(translator_of(request), codes, PAGE)
    answer = HTMLResponse(page, headers=HEADERS)
    if kept is not None:
        sign_in.remember(answer, request, kept)
    return answer


def _who(actor: Actor | None) -> Actor:
    if actor is None:
        raise NotSignedIn("signin.nobody")
    return actor


def _browser(request: Request) -> str:
    return request.headers.get("user-agent", "")


ROUTES = [
    Route("/login/code", guarded(show_code)),
    Route("/login/code", guarded(_form(_prove, _code)), methods=["POST"]),
    Route(PAGE, guarded(show_account)),
    Route(SECOND, guarded(show_second)),
    Route(SECOND, guarded(_form(_set_up, _second)), methods=["POST"]),
    Route(SECOND + "/end", guarded(_form(_end_second, _account)), methods=["POST"]),
    Route("/account/codes", guarded(_form(_renew, _account)), methods=["POST"]),
    Route("/account/sessions", guarded(_form(_end_sessions, _account)), methods=["POST"]),
]
