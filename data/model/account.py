"""Who works with the program: roles and accounts, plain values. The standard library only; instants
are aware UTC.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here.

    An account has one of the first four; at the desk above several districts it is an
    administrator's, a city's or a province's; ``link`` and ``platform`` are carried by a token.
    """

    CHIEF = "chief"  # of one station, and its deputy
    DUTY = "duty"  # at the duty desk
    MANAGER = "manager"  # reads
    ADMIN = "admin"
    CITY = "city"  # at the desk of one city, above its districts
    PROVINCE = "province"  # above all of them
    LINK = "link"  # whoever holds a station's signed link
    PLATFORM = "platform"  # the hotline's or the grid's program


class Awaits(StrEnum):
    """What a session still waits for before it opens anything."""

    CODE = "code"  # the second factor's
    PASSWORD = "password"  # one of the owner's own choice
    ENROL = "enrol"  # a second factor is to be set up


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in.

    Attributes
    ----------
    name
        What is typed to sign in, or the address that the bureau's own sign-in tells; one in any
        case of letters.
    shown
        The name that stands beside what was done.
    station_id
        The station of a chief; ``None`` for the others.
    city
        The city of whoever sits at a city's desk; ``None`` for the others.
    password
        The hash, made by the library that checks it; ``None`` where only the bureau's own sign-in
        counts.
    temporary
        Whether somebody else chose the password: it opens nothing but the page that changes it.
    second_secret
        What the one-time codes are reckoned from (RFC 6238), in base32.
    second_at
        Since when a code is asked for; ``None``: not yet, or not at all.
    second_step
        The period of 30 s whose code was used last: it and those before it count no more.
    """

    id: int | None = None
    name: str
    shown: str
    role: Role
    station_id: str | None = None
    password: str | None = field(default=None, repr=False)
    created_at: datetime
    revoked_at: datetime | None = None
    temporary: bool = False
    second_secret: str | None = field(default=None, repr=False)
    second_at: datetime | None = None
    second_step: int = 0
    city: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in, in one browser; ``digest`` is that of the token which only the browser
    holds.

    Attributes
    ----------
    awaits
        What it waits for; until then nobody is signed in by it.
    address, browser
        Where it began, and what the browser said of itself: for its owner to know it by.
    """

    digest: str
    account_id: int
    created_at: datetime
    seen_at: datetime
    awaits: Awaits | None = None
    address: str | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often something was tried without success, and when first and last."""

    subject: str
    count: int
    first_at: datetime
    last_at: datetime
