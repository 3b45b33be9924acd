"""Browsers by which an account has signed in before: what strangers try by its name does not make
them wait ("device cookies", OWASP).
"""

import hashlib
import hmac
import secrets

from data.model.account import Account
from data.store.store import Store
from ops.base.sites import mark_of

KEY = "device_key"  # the setting that holds it


def known_by(store: Store, account_id: int) -> str:
    """What a browser keeps from a sign-in by this account: it opens nothing."""
    nonce = secrets.token_urlsafe(16)
    return f"{mark_of(store)}{account_id}.{nonce}.{_seal(store, account_id, nonce)}"


def device_of(store: Store, account: Account | None, kept: str) -> str | None:
    """Which of the account's browsers kept this; ``None`` where it is none of them."""
    number, _, rest = _own(store, kept).partition(".")
    if account is None or account.id is None or number != str(account.id):
        return None
    return rest.partition(".")[0] if is_device(store, kept) else None


def is_device(store: Store, kept: str) -> bool:
    """Whether any account was signed in before by the browser that kept this."""
    number, _, rest = _own(store, kept).partition(".")
    nonce, _, seal = rest.partition(".")
    return bool(seal) and hmac.compare_digest(seal.encode(), _seal(store, number, nonce).encode())


def _own(store: Store, kept: str) -> str:
    """What stands behind the word of this district; empty where it is another's."""
    mark = mark_of(store)
    return kept.removeprefix(mark) if kept.startswith(mark) else ""


def _seal(store: Store, account_id: int | str, nonce: str) -> str:
    key = str(store.settings.get_or_make(KEY, secrets.token_urlsafe(32)))
    return hmac.new(key.encode(), f"{account_id}.{nonce}".encode(), hashlib.sha256).hexdigest()
