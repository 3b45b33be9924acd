"""Passwords: hashed by Argon2id, never kept otherwise, and refused where everybody would guess them."""

import secrets
import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ops.access import NotAllowed

LONGEST = 200  # a hash of more is work without use
#: What is guessed first; a short list, for the tries of one name are few anyway.
_GUESSED = """
00000000 0123456789 1111111111 11111111 123123123 1234567890 12345678 123456789 1234abcd 12344321 123321123
147258369 1q2w3e4r 1qaz2wsx 20082008 5201314520 66666666 87654321 88888888 99999999 987654321 a1234567 a12345678
aa123456 aa12345678 abc12345 abcd1234 abcd123456 admin123 admin1234 administrator asdfghjkl baseball computer
football iloveyou internet liaoyuan password password1 password123 passw0rd princess qazwsxedc qq123456 qwer1234
qwertyui qwerty123 qwertyuiop starwars sunshine superman trustno1 wang1234 woaini1314 woaini520 xunban123 xunban2022
xunbanxunban zhang123 zxcvbnm1 zxcvbnm123
"""
COMMON = frozenset(_GUESSED.split())

_HASHER = PasswordHasher()  # Argon2id as RFC 9106 advises where memory is short: 64 MiB, 3 rounds
_FEW = threading.BoundedSemaphore(2)  # each check takes 64 MiB


def hashed(password: str, name: str, shortest: int) -> str:
    """The hash to keep.

    Parameters
    ----------
    name
        Whose it is to be: his own name is no password.

    Raises
    ------
    NotAllowed
        Too short, too long, or one that everybody would guess.
    """
    password = _plain(password)
    if len(password) < shortest:
        raise NotAllowed("account.password_short", shortest=shortest)
    if len(password) > LONGEST:
        raise NotAllowed("account.password_long", longest=LONGEST)
    low = password.casefold()
    if low in COMMON or len(set(low)) < 3 or low in (name.casefold() * 2, name.casefold() + name.casefold()[::-1]) or (
            name.casefold() in low and len(low) - len(name) < 4):
        raise NotAllowed("account.password_common")
    return fresh(password)


def fresh(password: str) -> str:
    """The hash of a password that was accepted before."""
    with _FEW:
        return _HASHER.hash(_plain(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is this password; where there is none, the same work is done for nothing."""
    if len(password) > LONGEST:
        return False
    with _FEW:
        try:
            return _HASHER.verify(kept or _nobodys(), _plain(password)) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    """What whoever is unknown is checked against."""
    return _HASHER.hash(secrets.token_urlsafe())


def is_dated(kept: str) -> bool:
    """Whether it was hashed with less work than is asked today."""
    return _HASHER.check_needs_rehash(kept)


def _plain(password: str) -> str:
    """One form for what different keyboards send (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
