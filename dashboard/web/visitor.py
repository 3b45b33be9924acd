"""Who sends a request, as far as its head tells: asked before a byte of its body is read."""

import time
from collections.abc import Callable

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request

from dashboard.core.identity import COOKIE, HERE, is_here, is_loopback
from dashboard.core.sites import plain_store
from dashboard.core.streamlit_patches import claims_of
from dashboard.web.exchange import address_of, real_clock
from dashboard.web.forms import DEVICE
from dashboard.web.site_of_request import cookies, here, home
from data.store.store import DatabaseError, Store
from ops.auth.api_tokens import METRICS, holder
from ops.auth.devices import is_device
from ops.auth.local_door import is_at_the_machine
from ops.auth.permissions import TRAINEE, Actor
from ops.auth.sessions import signed_in, token_secret
from ops.settings import load

CALLS, DESCRIPTION = "/api/", "/api/openapi.json"
SIGN_IN = "/login"
REMEMBERED_S = 5.0
"""For so long an answer is taken to hold: who was signed out meanwhile can send a file more, and
do nothing with it.
"""
MOST_REMEMBERED = 2000


def shared_store() -> Store:
    """The district's database, for what is asked of a request's head."""
    return plain_store(here().url)


class Remembered:
    """Answers of a district that are asked for again and again, kept for a moment."""

    def __init__(self, ask: Callable[[str], bool], clock: Callable[[], float] = time.monotonic):
        self._ask, self._clock = ask, clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    def __call__(self, word: str) -> bool:
        key = (here().url, word)
        at, answer = self._known.get(key, (-REMEMBERED_S, False))
        if self._clock() - at < REMEMBERED_S:
            return answer
        answer = self._ask(word)
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key] = (self._clock(), answer)
        return answer


def _has_session(secret: str) -> bool:
    return signed_in(shared_store(), load(home()).settings.access, secret, real_clock()) is not None


_SESSIONS = Remembered(_has_session)


def is_known(headers: Headers) -> bool:
    """Whether this browser is signed in, or was opened at the machine itself. Asks the database."""
    kept = cookies(headers)
    secrets = [kept.get(COOKIE, ""), _secret_elsewhere(kept)]
    return is_at_the_machine(home(), kept.get(HERE), real_clock()) or any(
        _SESSIONS(secret) for secret in secrets if secret
    )


def may_ask(headers: Headers, path: str) -> bool:
    """Whether a request brings what opens something here, by the right it needs at this address;
    where somebody signs in, a browser that was signed in before does. Asks the database.
    """
    if path.startswith(CALLS) and path != DESCRIPTION:
        return is_platform(headers)
    if path.startswith(SIGN_IN) and is_device(shared_store(), cookies(headers).get(DEVICE, "")):
        return True
    return is_known(headers) or token_holder(headers) is not None


def actor_of(request: Request) -> Actor | None:
    """Who opens a page, for what is shown of it before the board itself is here; ``None`` where he
    has to sign in. Asks the database.
    """
    store, now = shared_store(), real_clock()
    kept, access = cookies(request.headers), load(home()).settings.access
    for secret in (kept.get(COOKIE, ""), _secret_elsewhere(kept)):
        if secret and (actor := signed_in(store, access, secret, now)):
            return actor
    operation = store.operations.current()
    at_the_machine = (
        is_loopback(address_of(request))
        and is_here({name.lower(): value for name, value in request.headers.items()}, _listens_on())
        and is_at_the_machine(home(), kept.get(HERE), now)
    )
    return TRAINEE if at_the_machine and operation is not None and operation.is_drill else None


def _listens_on() -> str | None:
    return st.get_option("server.address")


def is_platform(headers: Headers) -> bool:
    """Whether a call carries a platform's token. Asks the database."""
    try:
        return token_holder(headers) not in (None, METRICS)
    except DatabaseError:
        return True  # the call itself says what is wrong


def token_holder(headers: Headers) -> str | None:
    """Whose token a call carries; ``None`` where it carries none of ours. Asks the database."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return holder(shared_store(), token.strip()) if kind.lower() == "bearer" else None


def _secret_elsewhere(kept: dict[str, str]) -> str:
    """What stands for the session of the bureau's own sign-in, which Streamlit keeps in a signed
    cookie of its own; empty where there is none.
    """
    claims = claims_of(kept)
    return token_secret(claims) if claims else ""
