"""Accounts: made, given another role or password, signed out, revoked; by an administrator only."""

import unicodedata
from datetime import datetime

from data.model.account import Account, Role
from data.model.stored import stored_id
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.passwords import hashed
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.sites import is_headquarters

ROLES = (Role.CHIEF, Role.DUTY, Role.MANAGER, Role.ADMIN)
ROLES_ABOVE = (Role.CITY, Role.PROVINCE, Role.ADMIN)
"""At the desk above several districts."""
LONGEST_NAME = 80
SHORTEST = 8  # OWASP ASVS 5.0 asks for 8 and advises 15


def folded(name: str) -> str:
    """A name as it is compared: one in any case of letters and any width."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def add_account(
    store: Store,
    actor: Actor,
    name: str,
    role: Role,
    password: str | None,
    now: datetime,
    station_id: str | None = None,
    temporary: bool = False,
    city: str | None = None,
) -> Account:
    """Make an account.

    Parameters
    ----------
    password
        ``None`` where only the bureau's own sign-in is to count.
    station_id, city
        The station of a chief; the city of a city's desk.
    temporary
        Whether its owner has to choose another password first: it is not he who types it.

    Raises
    ------
    NotAllowed
        ``actor`` may not; or the name is taken or none, the password too easy, the station none
        that there is.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    shown = name.strip()
    if not folded(name) or len(shown) > LONGEST_NAME or not shown.isprintable():
        raise Invalid("account.bad_name")
    _check_role(store, role, station_id, city)
    wanted = Account(
        name=folded(name),
        shown=shown,
        role=role,
        station_id=station_id,
        city=city,
        password=None if password is None else hashed(password, guessable(store, shown), SHORTEST),
        created_at=now,
        temporary=temporary and password is not None,
    )
    return _kept(store, actor, wanted, now)


@atomic
def _kept(store: Store, actor: Actor, wanted: Account, now: datetime) -> Account:
    _check_role(store, wanted.role, wanted.station_id, wanted.city)
    account = store.accounts.save(wanted)
    if account is None:
        raise Conflict("account.taken", name=wanted.shown)
    role, station = str(account.role), account.station_id
    record(store, actor, Action.MANAGE_ACCOUNTS, account.name, now, role=role, station=station)
    return account


@atomic
def change_role(
    store: Store,
    actor: Actor,
    name: str,
    role: Role,
    now: datetime,
    station_id: str | None = None,
    city: str | None = None,
) -> None:
    """Give an account another role, which counts from the next step of whoever is signed in by it.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is no such account, or it is the last administrator's; or there is
        no such station.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    account = _found(store, name)
    _check_role(store, role, station_id, city)
    if role is not Role.ADMIN:
        _keep_an_admin(store, account)
    store.accounts.set_role(stored_id(account), role, station_id, city)
    record(
        store, actor, Action.MANAGE_ACCOUNTS, account.name, now, role=str(role), station=station_id
    )


def new_password(
    store: Store,
    actor: Actor,
    name: str,
    password: str,
    now: datetime,
    temporary: bool = False,
) -> None:
    """Give an account another password; whoever is signed in by it is signed out.

    Parameters
    ----------
    temporary
        As for `add_account`.

    Raises
    ------
    NotAllowed
        ``actor`` may not; or there is no such account, or the password is too easy.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    anew = hashed(password, guessable(store, _found(store, name).shown), SHORTEST)
    with store.atomic():
        account = _found(store, name)
        store.accounts.set_password(stored_id(account), anew, temporary)
        record(store, actor, Action.MANAGE_ACCOUNTS, account.name, now, password=True)


@atomic
def revoke_account(store: Store, actor: Actor, name: str, now: datetime) -> None:
    """An account counts no longer, and whoever is signed in by it is signed out.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is no such account; or it is the last administrator's.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    account = _found(store, name)
    _keep_an_admin(store, account)
    store.accounts.revoke(stored_id(account), now)
    record(store, actor, Action.MANAGE_ACCOUNTS, account.name, now, revoked=True)


@atomic
def end_sessions(store: Store, actor: Actor, name: str, now: datetime) -> None:
    """Whoever is signed in by this account is signed out; it may sign in again.

    Raises
    ------
    NotAllowed
        ``actor`` may not; or there is no such account.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    account = _found(store, name)
    store.accounts.end_sessions(stored_id(account))
    record(store, actor, Action.MANAGE_ACCOUNTS, account.name, now, sessions="ended")


@atomic
def reset_second_factor(store: Store, actor: Actor, name: str, now: datetime) -> None:
    """Ask for no code of an account until its owner has set a second factor up again; whoever is
    signed in by it is signed out.

    Raises
    ------
    NotAllowed
        ``actor`` may not; or there is no such account.
    """
    require(actor, Action.MANAGE_ACCOUNTS)
    account = _found(store, name)
    store.accounts.end_second(stored_id(account))
    record(store, actor, Action.MANAGE_ACCOUNTS, account.name, now, second_factor="reset")


def guessable(store: Store, shown: str) -> list[str]:
    """What somebody who guesses an account's password would try first."""
    if store.is_empty():
        return [shown]
    city = store.city()
    return [
        shown,
        city.district.name,
        *(word for one in city.stations for word in (one.id, one.name)),
    ]


def has_admin(store: Store) -> bool:
    """Whether anybody can administer by signing in."""
    return any(one.role is Role.ADMIN for one in store.accounts.all())


def roles_of(store: Store) -> tuple[Role, ...]:
    """The roles that an account can have here."""
    return ROLES_ABOVE if is_headquarters(store) else ROLES


def _check_role(store: Store, role: Role, station_id: str | None, city: str | None) -> None:
    if role not in roles_of(store):
        raise Invalid("account.bad_role", roles=tuple(str(one) for one in roles_of(store)))
    cities = tuple(sorted({one.city for one in store.members.all()}))
    if (role is Role.CITY and city not in cities) or (role is not Role.CITY and city is not None):
        raise Invalid("account.bad_city", cities=cities)
    stations = () if store.is_empty() else tuple(one.id for one in store.city().stations)
    if (role is Role.CHIEF and station_id not in stations) or (
        role is not Role.CHIEF and station_id is not None
    ):
        raise Invalid("account.bad_station", stations=stations)


def _keep_an_admin(store: Store, account: Account) -> None:
    if (
        account.role is Role.ADMIN
        and sum(one.role is Role.ADMIN for one in store.accounts.all()) == 1
    ):
        raise Conflict("account.last_admin")


def _found(store: Store, name: str) -> Account:
    account = store.accounts.get(folded(name))
    if account is None:
        raise NotFound("account.unknown", name=name)
    return account
