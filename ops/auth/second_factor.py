"""The second factor: one-time codes of an app on the owner's phone (TOTP, RFC 6238), and codes on
paper for when that is gone.
"""

import hashlib
import hmac
import logging
import secrets
import string
from dataclasses import dataclass, replace
from datetime import datetime

import pyotp

from data.model.account import Account, Awaits
from data.model.stored import stored_id
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.devices import device_of
from ops.auth.permissions import Action, Actor, require
from ops.auth.sessions import (
    AccessSettings,
    SignedIn,
    acting,
    admit,
    at_code,
    awaiting,
    begin_anew,
    check_own_password,
    must_stand,
    own_account,
    password_owner,
    then_awaits,
)
from ops.base.errors import Conflict, Invalid, NotSignedIn, PermissionDenied

log = logging.getLogger(__name__)
ISSUER = "Xunban"
DRIFT = (0, -1, 1)
"""Periods of 30 s by which a phone's clock may differ (RFC 6238, 5.2, advises one)."""
DIGITS = 6
PAPER_CODES, PAPER_LENGTH = 8, 16
_LETTERS = string.ascii_lowercase.translate(str.maketrans("", "", "ilo")) + "23456789"
"""What is not mistaken for something else on paper: 31 letters, so 79 bits a code."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What an app is fed with: the secret as text, and the address that its camera reads."""

    secret: str
    address: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """The session that goes on, and the codes for paper, which are shown this once."""

    session: SignedIn
    paper_codes: tuple[str, ...]


def offer(store: Store, actor: Actor) -> Offer:
    """What to set an app up with; the same until a code of it was given.

    Raises
    ------
    NotAllowed
        ``actor`` may not, has no password, or has a second factor already.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    if account.second_at is not None:
        raise Conflict("second.on_already")
    if account.second_secret is None:
        store.accounts.offer_second(stored_id(account), pyotp.random_base32())
        account = own_account(store, actor)
    secret = account.second_secret or ""
    address = pyotp.TOTP(secret).provisioning_uri(name=account.shown, issuer_name=ISSUER)
    return Offer(secret, address)


def set_up(
    store: Store,
    settings: AccessSettings,
    actor: Actor,
    password: str,
    code: str,
    address: str,
    now: datetime,
    browser: str = "",
) -> SetUp:
    """Ask for a code at every sign-in from now on. All sessions of the account end, and a new one
    begins.

    Raises
    ------
    NotAllowed
        As for `offer`; or the password or the code is wrong.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    if account.second_at is not None:
        raise Conflict("second.on_already")
    check_own_password(store, settings, account, password, address, now)
    if not _is_code(store, account, code, now):
        raise Invalid("second.wrong_new")
    with store.atomic():
        must_stand(store, account)
        store.accounts.begin_second(stored_id(account), now)
        record(store, actor, Action.OWN_SIGN_IN, account.name, now, second_factor="on")
        begun = replace(account, second_at=now)
        codes = _new_paper_codes(store, begun)
        return SetUp(begin_anew(store, settings, begun, address, browser, now), codes)


def prove(
    store: Store,
    settings: AccessSettings,
    secret: str,
    code: str,
    address: str,
    now: datetime,
    device: str = "",
    browser: str = "",
) -> SignedIn:
    """Give the code that a session waits for; another session takes its place.

    Raises
    ------
    NotAllowed
        It waits for none, or no longer; the code is wrong, was used before, or too many were tried.
    """
    who = awaiting(store, secret, now)
    if who is None or who.awaits is not Awaits.CODE:
        raise NotSignedIn("signin.nobody")
    known = device_of(store, who.account, device) or ""
    _check(store, settings, who.account, code, now, known)
    with store.atomic():
        if not store.accounts.end_session(who.digest):
            raise NotSignedIn("signin.nobody")
        proven = begin_anew(store, settings, who.account, address, browser, now)
    log.info("account %s gave its code, from %s", who.account.id, address)
    return proven


def signer(
    store: Store,
    settings: AccessSettings,
    name: str,
    password: str,
    code: str,
    address: str,
    now: datetime,
) -> Actor:
    """Who signs for something on another's page, by all that he signs in by; no session begins.

    Parameters
    ----------
    code
        Of the second factor; looked at where he has one.
    address
        Where the try comes from.

    Raises
    ------
    NotAllowed
        Wrong, or too often; nothing tells whether there is such a name. Or it is a password that
        somebody else chose, or his role needs a second factor and he has none.
    """
    account = password_owner(store, settings, name, password, address, now, "")
    if account.second_at is not None:
        if not code.strip():  # nobody guesses with nothing
            raise NotSignedIn("second.sign")
        _check(store, settings, account, code, now)
    awaits = then_awaits(account, settings)
    if awaits is Awaits.PASSWORD:
        raise PermissionDenied("account.temporary")
    if awaits is Awaits.ENROL:
        raise PermissionDenied("second.needed", name=account.shown)
    return acting(account)


def end(
    store: Store,
    settings: AccessSettings,
    actor: Actor,
    password: str,
    code: str,
    address: str,
    now: datetime,
    browser: str = "",
) -> SignedIn:
    """Ask for no code any longer. All sessions of the account end, and a new one begins.

    Raises
    ------
    NotAllowed
        The role needs it; or password or code is wrong.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    if account.role in settings.second_factor_roles:
        raise Conflict("second.required")
    check_own_password(store, settings, account, password, address, now)
    _check(store, settings, account, code, now)
    ended = replace(account, second_secret=None, second_at=None)
    with store.atomic():
        must_stand(store, account)
        store.accounts.end_second(stored_id(account))
        record(store, actor, Action.OWN_SIGN_IN, account.name, now, second_factor="off")
        return begin_anew(store, settings, ended, address, browser, now)


def renew_paper_codes(
    store: Store,
    settings: AccessSettings,
    actor: Actor,
    password: str,
    code: str,
    address: str,
    now: datetime,
) -> tuple[str, ...]:
    """Other codes for paper; those of before count no more.

    Raises
    ------
    NotAllowed
        There is no second factor, or password or code is wrong.
    """
    require(actor, Action.OWN_SIGN_IN)
    account = own_account(store, actor)
    check_own_password(store, settings, account, password, address, now)
    _check(store, settings, account, code, now)
    with store.atomic():
        must_stand(store, account)
        record(store, actor, Action.OWN_SIGN_IN, account.name, now, paper_codes="new")
        return _new_paper_codes(store, account)


def _check(
    store: Store,
    settings: AccessSettings,
    account: Account,
    code: str,
    now: datetime,
    device: str = "",
) -> None:
    """Go on only with a code of the app or of the paper that counts, once."""
    if account.second_at is None:
        raise Conflict("second.off_already")
    subject = at_code(stored_id(account), device)
    admit(store, settings, [subject], now)
    if not (_is_code(store, account, code, now) or _is_on_paper(store, account, code)):
        log.warning("a second factor was refused: account %s", account.id)
        raise NotSignedIn("second.wrong")
    store.accounts.forget_tries(subject)


def _is_code(store: Store, account: Account, code: str, now: datetime) -> bool:
    """Whether it is the app's code of now or of a period beside, and used for the first time."""
    code = "".join(code.split())
    if account.second_secret is None or len(code) != DIGITS or not code.isascii():
        return False
    app = pyotp.TOTP(account.second_secret, digits=DIGITS)
    step = app.timecode(now)
    return any(
        hmac.compare_digest(app.generate_otp(step + drift), code)
        and store.accounts.use_step(stored_id(account), step + drift)
        for drift in DRIFT
    )


def _is_on_paper(store: Store, account: Account, code: str) -> bool:
    digest = _paper_digest(account, code)
    return store.accounts.use_recovery_code(stored_id(account), digest)


def _new_paper_codes(store: Store, account: Account) -> tuple[str, ...]:
    codes = [
        "".join(secrets.choice(_LETTERS) for _ in range(PAPER_LENGTH)) for _ in range(PAPER_CODES)
    ]
    digests = [_paper_digest(account, code) for code in codes]
    store.accounts.set_recovery_codes(stored_id(account), digests)
    return tuple("-".join(code[at : at + 4] for at in range(0, PAPER_LENGTH, 4)) for code in codes)


def _paper_digest(account: Account, code: str) -> str:
    """A code is long and random, so a plain digest can't be guessed back; the same code of somebody
    else has another.
    """
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"{account.id}|{plain}".encode()).hexdigest()
