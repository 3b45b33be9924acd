"""A phone with an authenticator app."""

from datetime import datetime

import pyotp

from data.store.store import Store
from ops.auth.permissions import Actor
from ops.auth.second_factor import offer
from ops.auth.second_factor import set_up as ask
from ops.auth.sessions import AccessSettings
from tests.helpers.makers import NOW
from tests.helpers.processes.sign_in_browser import GOOD


def code_at(store: Store, name: str, at: datetime = NOW) -> str:
    """What the app of an account's owner shows."""
    return pyotp.TOTP(store.accounts.get(name).second_secret).at(at)


def set_up(
    store: Store, actor: Actor, at: datetime = NOW, rules: AccessSettings | None = None
) -> tuple[str, ...]:
    """Set a second factor up; the codes for paper."""
    shown = pyotp.TOTP(offer(store, actor).secret).at(at)
    return ask(store, rules or AccessSettings(), actor, GOOD, shown, "x", at).paper_codes
