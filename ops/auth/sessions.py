"""Signing in: who somebody is, for how long, and how often it may be tried."""

import hashlib
import json
import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.model.account import Account, Awaits, Session, Tries
from data.model.stored import stored_id
from data.store.store import Store
from ops.auth.accounts import ROLES, SHORTEST, folded, guessable
from ops.auth.audit import atomic, record
from ops.auth.devices import device_of, known_by
from ops.auth.networks import network_of
from ops.auth.passwords import fresh, hashed, is_dated, matches
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotSignedIn, PermissionDenied, TooManyTries
from ops.base.sites import mark_of

log = logging.getLogger(__name__)
# failures of a name are remembered so long after the first of them
TRIES_REMEMBERED = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=1)  # a session's use is written down no more often
AWAITED = timedelta(minutes=30)  # so long may it take to get an app and set it up
LONGEST_BROWSER = 160  # of what a browser says of itself so much is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessSettings:
    """Signing in.

    Attributes
    ----------
    idle_minutes
        A session ends when no page of its browser has asked for so long; an open board asks every
        few seconds.
    session_hours
        A session ends after so long in any case.
    login_attempts
        So many failures of one name from one address are free; after each further one that name
        waits there, twice as long each time. A browser that has signed in by the name before has
        tries of its own.
    everywhere_factor
        So many times as many are free from all addresses together (20: an assumption): for whoever
        guesses from many.
    first_wait_s, max_wait_minutes
        The first of these waits, and the longest.
    address_attempts, address_minutes
        So many made-up links from one address in so many minutes; then the next is told to wait. A
        link that counts is always answered.
    anonymous_requests, anonymous_per_minute
        So many requests of one address in a row by whoever is not known there, and so many a minute
        from then on; further ones are told to wait (300 and 600: assumptions: fifty browsers of a
        bureau that open the board at once ask six things each). The form to sign in by, links that
        count, and whoever is signed in, brings a platform's token or, to sign in, a browser that
        was signed in before are always answered.
    identity_claim
        Which claim of the bureau's own sign-in names the account. ``email`` counts only where the
        provider says that it is verified; any other is believed as it stands, so name one that
        nobody can choose for himself (``sub``).
    district_claim
        Which claim of it says at which district of several somebody is: the words of one or more,
        with commas between. Blank: who has an account in several chooses.
    second_factor_roles
        Whoever has one of these roles needs a second factor: from his next sign-in on he sets one
        up before he sees anything. Others may have one.
    trusted_proxies
        Addresses of proxies whose word counts about who asks (``X-Forwarded-For``) and how
        (``X-Forwarded-Proto``).
    """

    idle_minutes: float = 120.0
    session_hours: float = 24.0
    login_attempts: int = 5
    everywhere_factor: int = 20
    first_wait_s: float = 30.0
    max_wait_minutes: float = 15.0
    address_attempts: int = 30
    address_minutes: float = 15.0
    anonymous_requests: int = 300
    anonymous_per_minute: float = 600.0
    identity_claim: str = "email"
    district_claim: str = ""
    second_factor_roles: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.idle_minutes <= 60 * self.session_hours <= 60 * 24 * 31:
            raise ValueError(
                "idle_minutes must be positive, session_hours at least as long and at most 744"
            )
        if not (1 <= self.login_attempts <= 100 and 1 <= self.address_attempts <= 10_000):
            raise ValueError("login_attempts must lie in 1 to 100, address_attempts in 1 to 10000")
        if not 1 <= self.everywhere_factor <= 1000:
            raise ValueError("everywhere_factor must lie in 1 to 1000")
        if not (
            0 < self.first_wait_s <= 60 * self.max_wait_minutes <= 86_400
            and 0 < self.address_minutes <= 1440
        ):
            raise ValueError(
                "waits must be positive, of a day at most, and the first no longer than the longest"
            )
        if not (
            10 <= self.anonymous_requests <= 100_000 and 1 <= self.anonymous_per_minute <= 1_000_000
        ):
            raise ValueError(
                "anonymous_requests must lie in 10 to 100000, anonymous_per_minute in 1 to 1000000"
            )
        if not self.identity_claim:
            raise ValueError("identity_claim must name a claim")
        if not set(self.second_factor_roles) <= {str(role) for role in ROLES}:
            raise ValueError(f"second_factor_roles are among {', '.join(ROLES)}")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a browser keeps: the secret of its session, and what tells it from strangers at the next
    sign-in (empty before its code was given: who only knows the password stays a stranger); and
    what the session still waits for.
    """

    secret: str
    device: str
    awaits: Awaits | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A name that has to wait at an address after failures.

    Attributes
    ----------
    name
        As its account is called; ``None`` where there is no such account.
    address
        ``None``: at all, for browsers that were never signed in by it.
    at_code
        Whether it is the second factor that failed: whoever tries it knows the password.
    count, until
        How often it failed, and until when the next try is not looked at.
    """

    name: str | None
    address: str | None
    count: int
    until: datetime
    at_code: bool = False


def sign_in(
    store: Store,
    settings: AccessSettings,
    name: str,
    password: str,
    address: str,
    now: datetime,
    device: str = "",
    browser: str = "",
) -> SignedIn:
    """A new session, whose secret only the browser keeps; nobody is signed in by it before it has
    what it waits for.

    Parameters
    ----------
    address
        Where the try comes from.
    device
        What the browser kept from an earlier sign-in: then nobody else's failures make it wait.
    browser
        What it says of itself.

    Raises
    ------
    NotAllowed
        Wrong, or too often; nothing tells whether there is such a name.
    """
    account = password_owner(store, settings, name, password, address, now, device)
    awaits = Awaits.CODE if account.second_at else then_awaits(account, settings)
    secret = open_session(store, settings, account, now, awaits, address, browser)
    log.info("account %s signed in, from %s", account.id, address)
    known = "" if awaits is Awaits.CODE else known_by(store, stored_id(account))
    return SignedIn(secret, known, awaits)


def password_owner(
    store: Store,
    settings: AccessSettings,
    name: str,
    password: str,
    address: str,
    now: datetime,
    device: str,
) -> Account:
    """The account of a name and its password; failures are counted.

    Raises
    ------
    NotAllowed
        Wrong, or too often; nothing tells whether there is such a name.
    """
    name = folded(name)
    account = store.accounts.get(name)
    known = device_of(store, account, device)
    subjects = [f"device:{known}"] if known else _subjects(name, address)
    admit(store, settings, subjects, now)
    is_right = matches(account.password if account else None, password)
    if account is None or account.password is None or not is_right:
        log.warning("sign-in refused, from %s", address)
        raise NotSignedIn("signin.wrong")
    store.accounts.forget_tries(subjects[0])
    for subject in subjects[1:]:  # what others failed at is not made good by this
        store.accounts.take_back(subject)
    return _hashed_anew(store, account, password) if is_dated(account.password) else account


def _hashed_anew(store: Store, account: Account, password: str) -> Account:
    """The account with its password hashed as is asked today; where that was done meanwhile, as it
    is now.
    """
    anew = fresh(password)
    if store.accounts.hash_anew(stored_id(account), account.password or "", anew):
        return replace(account, password=anew)
    now = store.accounts.get(account.name)
    return now if now and matches(now.password, password) else account


def must_stand(store: Store, account: Account) -> None:
    """Go on only if what somebody has just proven is still what the account is signed in by: within
    the transaction that stands on it, for meanwhile another may have changed it.

    Raises
    ------
    NotSignedIn
        Its password or second factor is another one by now, or it was revoked.
    """
    if not store.accounts.stands(account):
        log.warning("account %s was changed while somebody signed in by it", account.id)
        raise NotSignedIn("signin.changed")


def then_awaits(account: Account, settings: AccessSettings) -> Awaits | None:
    """What a session waits for once its second factor was given, if there is one."""
    if account.temporary:
        return Awaits.PASSWORD
    if account.second_at is None and account.role in settings.second_factor_roles:
        return Awaits.ENROL
    return None


@atomic
def open_session(
    store: Store,
    settings: AccessSettings,
    account: Account,
    now: datetime,
    awaits: Awaits | None,
    address: str,
    browser: str,
    secret: str = "",
) -> str:
    """A session, whose secret is a new one where none is given; it comes back.

    Raises
    ------
    NotSignedIn
        ``account`` is not as it was proven any more; see `must_stand`.
    """
    must_stand(store, account)
    secret = secret or mark_of(store) + secrets.token_urlsafe(32)
    store.accounts.open_session(
        Session(
            digest=digest_of(secret),
            account_id=stored_id(account),
            created_at=now,
            seen_at=now,
            awaits=awaits,
            address=address,
            browser=browser[:LONGEST_BROWSER],
        ),
        now - max(timedelta(hours=settings.session_hours), TRIES_REMEMBERED),
    )
    return secret


def change_password(
    store: Store,
    settings: AccessSettings,
    actor: Actor,
    old: str,
    new: str,
    address: str,
    now: datetime,
    browser: str = "",
) -> SignedIn:
    """Change one's own password. All sessions of the account end, and a new one begins.

    Raises
    ------
    NotAllowed
        Not the old password, or too many tries; the new one is too easy; ``actor`` has no account
        with a password; or another has changed it meanwhile.
    """
    require(actor, Action.OWN_PASSWORD)
    account = own_account(store, actor)
    check_own_password(store, settings, account, old, address, now)
    if new == old:
        raise Invalid("account.same_password")
    anew = hashed(new, guessable(store, account.shown), SHORTEST)
    after = replace(account, password=anew, temporary=False)
    with store.atomic():
        must_stand(store, account)
        store.accounts.set_password(stored_id(account), anew)
        record(store, actor, Action.OWN_PASSWORD, account.name, now)
        return begin_anew(store, settings, after, address, browser, now)


def begin_anew(
    store: Store,
    settings: AccessSettings,
    account: Account,
    address: str,
    browser: str,
    now: datetime,
) -> SignedIn:
    """A session of one whose others have just ended, with what it still waits for."""
    awaits = then_awaits(account, settings)
    secret = open_session(store, settings, account, now, awaits, address, browser)
    return SignedIn(secret, known_by(store, stored_id(account)), awaits)


def own_account(store: Store, actor: Actor) -> Account:
    """The account of the one who acts.

    Raises
    ------
    NotAllowed
        He has none with a password.
    """
    account = store.accounts.get(folded(actor.name))
    if account is None or account.password is None:
        raise PermissionDenied("account.no_password")
    return account


def check_own_password(
    store: Store,
    settings: AccessSettings,
    account: Account,
    password: str,
    address: str,
    now: datetime,
) -> None:
    """Go on only if whoever sits at an open session knows the password, too.

    Raises
    ------
    NotAllowed
        He does not, or tried too often.
    """
    subject = f"own:{digest_of(account.name)}"
    admit(store, settings, [subject], now)
    if not matches(account.password, password):
        log.warning("the own password was wrong, from %s", address)
        raise PermissionDenied("account.old_wrong")
    store.accounts.forget_tries(subject)


def _subjects(name: str, address: str) -> list[str]:
    """What is counted of a browser that is not known: the name at this address, and at all."""
    return [f"{_of_name(name)}|{network_of(address)}", _of_name(name)]


def _of_name(name: str) -> str:
    return f"name:{digest_of(name)}"


def at_code(account_id: int, device: str = "") -> str:
    """What is counted of wrong codes: whoever gives one knows the password."""
    return f"code:{account_id}|{device}"


def admit(store: Store, settings: AccessSettings, subjects: list[str], now: datetime) -> None:
    """Count one more try of these.

    Raises
    ------
    TooManyTries
        It has to wait.
    """
    for subject in subjects:
        until = store.accounts.try_once(
            subject, now, now - TRIES_REMEMBERED, lambda tried: _waits_until(tried, settings)
        )
        if until is not None:
            log.warning("sign-in refused: too often (%s)", subject.partition(":")[0])
            raise TooManyTries("signin.wait", seconds=round((until - now).total_seconds()) + 1)


def _waits_until(tried: Tries, settings: AccessSettings) -> datetime:
    """Until when the next try has to wait; the last one's time where it need not."""
    everywhere = tried.subject.startswith("name:") and "|" not in tried.subject
    free = settings.login_attempts * (settings.everywhere_factor if everywhere else 1)
    if tried.count < free:
        return tried.last_at
    doubled = settings.first_wait_s * 2.0 ** min(tried.count - free, 30)
    return tried.last_at + timedelta(seconds=min(doubled, settings.max_wait_minutes * 60))


def waits(store: Store, settings: AccessSettings, actor: Actor, now: datetime) -> list[Wait]:
    """Who has to wait, and where: who is locked out, and who attacks.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    names = {}
    for account in store.accounts.all():
        for subject in (_of_name(account.name), at_code(stored_id(account)).rstrip("|")):
            names[subject] = account.shown
    found = []
    for tried in (*store.accounts.tries("name:"), *store.accounts.tries("code:")):
        subject, _, address = tried.subject.partition("|")
        if (until := _waits_until(tried, settings)) > now:
            is_code = subject.startswith("code:")
            where = None if is_code else address or None
            found.append(Wait(names.get(subject), where, tried.count, until, is_code))
    return found


def lift_waits(store: Store, actor: Actor, name: str, now: datetime) -> int:
    """Let a name be tried again at once, from anywhere; how many counts were forgotten.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    count = store.accounts.forget_all_tries(_of_name(folded(name)))
    if account := store.accounts.get(folded(name)):
        count += store.accounts.forget_all_tries(at_code(stored_id(account)))
    record(store, actor, Action.MANAGE_ACCOUNTS, folded(name), now, waits="lifted")
    return count


def signed_in(store: Store, settings: AccessSettings, secret: str, now: datetime) -> Actor | None:
    """Who holds this session, if it still counts."""
    found = store.accounts.session(digest_of(secret))
    if found is None:
        return None
    session, account = found
    if session.awaits is not None:
        return None
    if is_over(session, settings, now):
        store.accounts.end_session(session.digest)
        return None
    if now - session.seen_at >= SEEN_EVERY:
        store.accounts.touch_session(session.digest, now)
    return acting(account)


def is_over(session: Session, settings: AccessSettings, now: datetime) -> bool:
    """Whether a session counts no longer, by its age or for want of use; one begun while the clock
    was far ahead lasts no longer for it.
    """
    lasts = timedelta(hours=settings.session_hours) if session.awaits is None else AWAITED
    return abs(now - session.created_at) >= lasts or now - session.seen_at >= timedelta(
        minutes=settings.idle_minutes
    )


@dataclass(frozen=True, slots=True)
class Awaiting:
    """Whoever has a session that still waits for something, and its digest."""

    account: Account
    awaits: Awaits
    digest: str


def awaiting(store: Store, secret: str, now: datetime) -> Awaiting | None:
    """Who holds this session, where it still waits for something and does so not for too long."""
    found = store.accounts.session(digest_of(secret))
    if found is None:
        return None
    session, account = found
    if session.awaits is None or abs(now - session.created_at) >= AWAITED:
        return None
    return Awaiting(account, session.awaits, session.digest)


def known_elsewhere(
    store: Store, settings: AccessSettings, claims: dict[str, object], now: datetime
) -> Actor:
    """Who the bureau's own sign-in says it is, if there is such an account; none is made, and its
    role is ours.

    An identity token opens one session, and never another: from then on it ends as every session
    does.

    Parameters
    ----------
    claims
        Of the identity token; ``iat`` says when it was given, from which ``session_hours`` count.

    Raises
    ------
    NotAllowed
        No account of ours, an address that is not verified, or a token whose session is over.
    """
    secret = token_secret(claims)
    if actor := signed_in(store, settings, secret, now):
        return actor
    account = _account_elsewhere(store, settings, claims)
    given = claims.get("iat")
    if (
        not isinstance(given, int | float)
        or now.timestamp() - given >= settings.session_hours * 3600
    ):
        raise PermissionDenied("oidc.over")
    used_before = store.accounts.try_once(
        f"token:{digest_of(secret)}",
        now,
        now - timedelta(hours=settings.session_hours),
        lambda _: now + SEEN_EVERY,
    )
    if used_before or not isinstance(claims.get("nonce"), str):
        raise PermissionDenied("oidc.over")
    open_session(store, settings, account, now, None, "", "", secret)
    log.info("account %s signed in by the bureau's own sign-in", account.id)
    return acting(account)


def _account_elsewhere(
    store: Store, settings: AccessSettings, claims: dict[str, object]
) -> Account:
    who = claims.get(settings.identity_claim)
    if not isinstance(who, str) or not who.strip():
        raise PermissionDenied("oidc.nameless", claim=settings.identity_claim)
    if settings.identity_claim == "email" and claims.get("email_verified") is not True:
        raise PermissionDenied("oidc.unverified", who=who)
    account = store.accounts.get(folded(who))
    if account is None:
        log.warning("the bureau's own sign-in named somebody who has no account")
        raise PermissionDenied("oidc.stranger", who=who)
    return account


def token_secret(claims: dict[str, object]) -> str:
    """What stands for an identity token as the secret of its session; its nonce is random and used
    once.
    """
    return json.dumps([claims.get(name) for name in ("iss", "sub", "iat", "nonce")])


def acting(account: Account) -> Actor:
    """The account as the one who acts."""
    return Actor(
        name=account.shown, role=account.role, station_id=account.station_id, city=account.city
    )


def sign_out(store: Store, secret: str) -> None:
    """The session ends at once."""
    store.accounts.end_session(digest_of(secret))


def digest_of(text: str) -> str:
    """What is kept of a secret: a session's is long and random, so a plain digest can't be guessed
    back; a name's only hides a slip.
    """
    return hashlib.sha256(text.encode()).hexdigest()
