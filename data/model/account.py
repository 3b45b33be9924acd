"""Who works with the program: roles and accounts, plain values. The standard library only; instants
are aware UTC.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here.

    An account has one of the first four; ``link`` and ``platform`` are carried by a token.
    """

    CHIEF = "chief"  # of one station, and its deputy
    DUTY = "duty"  # at the duty desk
    MANAGER = "manager"  # reads
    ADMIN = "admin"
    LINK = "link"  # whoever holds a station's signed link
    PLATFORM = "platform"  # the hotline's or the grid's program


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
    password
        The hash, made by the library that checks it; ``None`` where only the bureau's own sign-in
        counts.
    """

    id: int | None = None
    name: str
    shown: str
    role: Role
    station_id: str | None = None
    password: str | None = None
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody signed in, in one browser; ``digest`` is that of the token which only the browser
    holds.
    """

    digest: str
    account_id: int
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """How often something was tried without success, and when first and last."""

    subject: str
    count: int
    first_at: datetime
    last_at: datetime
