"""Tokens of platforms that report incidents over HTTP: shown once, kept as digests, taken back by
name.
"""

import hashlib
import hmac
import secrets
from datetime import datetime

from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound
from ops.base.sites import mark_of

METRICS = "metrics"  # the holder of this name reads how the program is, and reports nothing
TOKENS = "api_tokens"  # the setting: name -> {"digest": ..., "made_at": ...}


@atomic
def new_token(store: Store, actor: Actor, name: str, at: datetime) -> str:
    """A token for a platform; nobody can read it again.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or the name is taken, empty or too long.
    """
    require(actor, Action.MANAGE_TOKENS)
    known = names(store)
    if not name.strip() or len(name) > 40 or name in known:
        raise Invalid("token.bad_name", name=name)
    secret = mark_of(store) + secrets.token_urlsafe(32)
    store.settings.save(
        TOKENS, known | {name: {"digest": _digest(secret), "made_at": at.isoformat()}}
    )
    record(store, actor, Action.MANAGE_TOKENS, name, at)
    return secret


def names(store: Store) -> dict[str, dict[str, str]]:
    """The tokens in force, by name."""
    known = store.settings.get(TOKENS)
    return dict(known) if isinstance(known, dict) else {}


@atomic
def revoke_token(store: Store, actor: Actor, name: str, at: datetime) -> None:
    """A token counts no longer.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or there is none of this name.
    """
    require(actor, Action.MANAGE_TOKENS)
    known = names(store)
    if name not in known:
        raise NotFound("token.unknown", name=name)
    store.settings.save(TOKENS, {other: token for other, token in known.items() if other != name})
    record(store, actor, Action.MANAGE_TOKENS, name, at, revoked=True)


def holder(store: Store, secret: str) -> str | None:
    """Whose token this is."""
    digest = _digest(secret)
    return next(
        (
            name
            for name, token in names(store).items()
            if hmac.compare_digest(token["digest"], digest)
        ),
        None,
    )


def _digest(secret: str) -> str:
    """The secret is long and random, so a plain digest can't be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()
