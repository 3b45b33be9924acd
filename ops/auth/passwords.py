"""Passwords: hashed by Argon2id, never kept otherwise, and refused where everybody would guess
them.
"""

import re
import secrets
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from ops.base.errors import Invalid

LONGEST = 200  # a hash of more is work without use
# characters of which it is estimated how hard they are to guess: its work grows faster than they do
LOOKED_AT = 72
FEWEST_GUESSES = (
    10_000_000  # more than the waits after failures let anybody try, with years of patience
)
#: What is guessed first here beside what zxcvbn knows (30 000 passwords, English words, names,
#: dates, rows of keys).
_LOCAL = """
xunban fangxun xunqi zhiban huanwei chengguan paishui baoyu diaodu mima guanliyuan shizheng
liaoyuan longshan xian admin administrator duty chief manager station password
woaini woaini1314 woaini520 5201314 5201314520 1314 520 aini1314 a123456 qq123456 wang123 zhang123
li123456 qwe123 asd123 zxc123 147258369 1qaz2wsx3edc woshishui nihao
汛班 防汛 汛期 值班 环卫 城管 排水 暴雨 调度 密码 管理员 市政 管理站 我爱你
"""
LOCAL = tuple(_LOCAL.split())
_HASHER = PasswordHasher()  # Argon2id as RFC 9106 advises where memory is short: 64 MiB, 3 rounds
_FEW = threading.BoundedSemaphore(2)  # each check takes 64 MiB


def hashed(password: str, words: Iterable[str], shortest: int) -> str:
    """The hash to keep.

    Parameters
    ----------
    words
        What whoever guesses would try for this account: its name, the names of the district and its
        stations.

    Raises
    ------
    NotAllowed
        Too short, too long, or guessed too soon.
    """
    password = _plain(password)
    if len(password) < shortest:
        raise Invalid("account.password_short", shortest=shortest)
    if len(password) > LONGEST:
        raise Invalid("account.password_long", longest=LONGEST)
    known = {
        part for word in words for part in (_plain(word), *re.split(r"[\s@._\-]+", _plain(word)))
    }
    if zxcvbn(password[:LOOKED_AT], [*sorted(known), *LOCAL])["guesses"] < FEWEST_GUESSES:
        raise Invalid("account.password_common")
    return fresh(password)


def fresh(password: str) -> str:
    """The hash of a password that was accepted before."""
    with _FEW:
        return _HASHER.hash(_plain(password))


def matches(stored_hash: str | None, password: str) -> bool:
    """Whether it is this password; where there is none, the same work is done for nothing."""
    if len(password) > LONGEST:
        return False
    with _FEW:
        try:
            return (
                _HASHER.verify(stored_hash or _nobodys(), _plain(password))
                and stored_hash is not None
            )
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    """What whoever is unknown is checked against."""
    return _HASHER.hash(secrets.token_urlsafe())


def is_dated(stored_hash: str) -> bool:
    """Whether it was hashed with less work than is asked today."""
    return _HASHER.check_needs_rehash(stored_hash)


def _plain(password: str) -> str:
    """One form for what different keyboards send (NIST SP 800-63B)."""
    return unicodedata.normalize("NFKC", password)
