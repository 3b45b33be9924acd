"""One's own sessions: where one is signed in, and how to end it there."""

from dataclasses import dataclass
from datetime import datetime

from data.model.account import Session
from data.model.stored import stored_id
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.auth.sessions import AccessSettings, digest_of, is_over, own_account


@dataclass(frozen=True, slots=True)
class OwnSession:
    """One of one's sessions: ``number`` names it on the page and opens nothing."""

    number: str
    session: Session
    is_this: bool


def own_sessions(
    store: Store, settings: AccessSettings, actor: Actor, secret: str, now: datetime
) -> list[OwnSession]:
    """Where one is signed in, this browser first.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or has no account with a password.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    mine = digest_of(secret)
    found = [
        OwnSession(_number(one), one, one.digest == mine)
        for one in store.accounts.sessions(stored_id(account))
        if not is_over(one, settings, now)
    ]
    return sorted(found, key=lambda one: not one.is_this)


def end_own_sessions(
    store: Store, actor: Actor, secret: str, now: datetime, number: str | None = None
) -> int:
    """End one of one's other sessions, or all others; how many ended.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or has no account with a password.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    mine = digest_of(secret)
    if number is None:
        count = store.accounts.end_other_sessions(stored_id(account), mine)
    else:
        digests = [one.digest for one in store.accounts.sessions(stored_id(account))]
        chosen = next((one for one in digests if digest_of(one) == number), "")
        count = store.accounts.end_other_sessions(stored_id(account), mine, chosen)
    if count:
        record(store, actor, Action.OWN_SIGN_IN, account.name, now, sessions=count)
    return count


def _number(session: Session) -> str:
    return digest_of(session.digest)
