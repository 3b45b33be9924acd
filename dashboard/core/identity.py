"""Who looks at the board: by the session of his browser, by the bureau's own sign-in, or in a drill
at the machine itself. Asked anew at every refresh of a page: what was revoked sees nothing more.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import streamlit as st

from dashboard.core.sites import sites
from data.store.store import Store
from ops.auth import oidc
from ops.auth.local_door import is_at_the_machine
from ops.auth.permissions import TRAINEE, Actor
from ops.auth.sessions import AccessSettings, known_elsewhere, sign_out, signed_in, token_secret
from ops.base.errors import BadSettings, NotAllowed
from ops.base.paths import is_beside
from ops.base.sites import Site

# a browser sends what it keeps to every port of a machine: a drill beside ends no real session
_OF = "_drill" if is_beside() else ""
COOKIE = f"xunban_session{_OF}"
DISTRICT = f"xunban_district{_OF}"
"""The district that whoever has accounts in several chose; it opens nothing by itself."""
CHOICE = "/district/"
"""Where one of several districts is chosen: its word behind."""
HERE = f"xunban_here{_OF}"  # of the browser that was opened at the machine itself
log = logging.getLogger("xunban.board")
FORWARDED = (
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "via",
)


@dataclass(frozen=True, slots=True)
class Caller:
    """What a browser's connection says of it; ``claims`` are those of the bureau's own sign-in, if
    that was used.
    """

    secret: str | None
    is_here: bool
    claims: tuple[tuple[str, object], ...] = ()


def site_of_visitor() -> Site:
    """The district that the reader's browser names; the hall where it names none."""
    kept = dict(st.context.cookies)
    words = [kept.get(COOKIE) or "", kept.get(HERE) or ""]
    if not any(words) and (told := claims()):
        return sites().of_claims(dict(told), kept.get(DISTRICT) or "")
    return sites().named_in(words)


def find(
    url: str, store: Store, settings: AccessSettings, clock: Callable[[], datetime]
) -> Actor | None:
    """Who acts on this page now; ``None`` where he has to sign in."""
    return _actor_of(url, caller(clock()), store, settings, clock)


@st.cache_resource(show_spinner=False, ttl=2, max_entries=500)
def _actor_of(
    url: str, who: Caller, _store: Store, _settings: AccessSettings, _clock: Callable[[], datetime]
) -> Actor | None:
    store, settings, now = _store, _settings, _clock()
    if who.secret and (actor := signed_in(store, settings, who.secret, now)):
        return actor
    if who.claims:
        with suppress(NotAllowed):  # the way in says why
            return known_elsewhere(store, settings, dict(who.claims), now)
    operation = store.operations.current()
    return TRAINEE if who.is_here and operation is not None and operation.is_drill else None


def caller(now: datetime) -> Caller:
    """The connection of the page that runs."""
    headers = {name.lower(): value for name, value in st.context.headers.items()}
    return Caller(
        secret=st.context.cookies.get(COOKIE),
        claims=claims(),
        is_here=st.context.ip_address is None
        and is_here(headers, st.get_option("server.address"))
        and is_at_the_machine(site_of_visitor().home, st.context.cookies.get(HERE), now),
    )


def claims() -> tuple[tuple[str, object], ...]:
    """What the bureau's own sign-in tells of the reader; nothing where it is not set up or not
    used.
    """
    if not elsewhere() or not st.user.is_logged_in:
        return ()
    return tuple(
        (name, value)
        for name, value in st.user.to_dict().items()
        if isinstance(value, str | int | float)
    )


@st.cache_resource(
    show_spinner=False, ttl=60
)  # the file is not read at every refresh of every page
def elsewhere() -> bool:
    """Whether the bureau's own sign-in is set up, and soundly."""
    try:
        return oidc.provider(oidc.place()) is not None and st.secrets.load_if_toml_exists()
    except BadSettings as error:
        log.error("the bureau's own sign-in can't be used: %s", error)
        return False


def leave(store: Store) -> None:
    """End whatever sessions this browser has here, and the bureau's own sign-in with them."""
    if secret := st.context.cookies.get(COOKIE):
        sign_out(store, secret)
    sign_out(store, token_secret(dict(claims())))
    _actor_of.clear()
    st.logout()


def is_here(headers: Mapping[str, str], listens_on: str | None) -> bool:
    """Whether a call that came from a loopback address may have been made by a browser on this
    machine to this machine. It is no proof: a proxy may say nothing of itself. What the browser
    keeps proves it (`ops.auth.local_door`).

    No proxy stands between, the server listens to nobody else, and the page was asked for by the
    machine's own name: a foreign name that points here (DNS rebinding) is not ours.
    """
    if any(name in headers for name in FORWARDED) or not is_loopback(listens_on or ""):
        return False
    names = [urlsplit(f"//{headers.get('host', '')}").hostname]
    if "origin" in headers:
        names.append(urlsplit(headers["origin"]).hostname)
    return all(is_loopback(name or "") for name in names)


def is_loopback(name: str) -> bool:
    """Whether a name or address is this machine's own."""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False
