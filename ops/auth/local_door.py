"""Who sits at the machine: whoever can read a file of its own user's.

A drill is open without an account to him alone. That a call comes from a loopback address proves
nothing: a proxy on the same machine that says nothing of itself makes every visitor's call such a
one. The program prints an address that opens the board once, and the browser that came by it keeps
a secret of its own.
"""

import hashlib
import os
import secrets
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from data.store.store import Store
from ops.base.errors import PermissionDenied
from ops.base.sites import mark_named, own_id

KEY_FILE = "here-key"
PATH = "/here/"  # what comes behind it opens the board
PASS_LIFE = timedelta(hours=24)
BROWSER_LIFE = timedelta(days=7)  # a drill ends sooner


def local_address(board: str, home: Path, now: datetime) -> str:
    """An address that opens the board of a drill once, for whoever has it.

    Parameters
    ----------
    board
        Where the board is: ``http://127.0.0.1:8501``.
    """
    return f"{board}{PATH}{_sign(home, 'pass', now)}"


def enter(store: Store, home: Path, given: str, now: datetime) -> str:
    """What the browser that came by such an address keeps from now on.

    Raises
    ------
    PermissionDenied
        It was used, is over, or is none of ours.
    """
    if not _is_signed(home, "pass", given, now, PASS_LIFE):
        raise PermissionDenied("here.bad")
    digest = hashlib.sha256(given.encode()).hexdigest()
    if store.accounts.try_once(f"pass:{digest}", now, now - PASS_LIFE, lambda _: now + PASS_LIFE):
        raise PermissionDenied("here.used")
    return _sign(home, "browser", now)


def is_at_the_machine(home: Path, kept: str | None, now: datetime) -> bool:
    """Whether a browser was opened by such an address."""
    return bool(kept) and _is_signed(home, "browser", kept or "", now, BROWSER_LIFE)


def _sign(home: Path, purpose: str, now: datetime) -> str:
    signed = _signer(home, purpose).dumps([secrets.token_urlsafe(16), int(now.timestamp())])
    return _mark(home) + signed


def _is_signed(home: Path, purpose: str, given: str, now: datetime, life: timedelta) -> bool:
    mark = _mark(home)
    if not given.startswith(mark):
        return False
    try:
        _nonce, at = _signer(home, purpose).loads(given.removeprefix(mark))
        return abs(now.timestamp() - at) <= life.total_seconds()
    except (BadData, ValueError, TypeError):
        return False


def _mark(home: Path) -> str:
    """What names the district whose folder this is, where there are several."""
    return mark_named(own_id(home))


def _signer(home: Path, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        _key(home), f"xunban.here.{purpose}", signer_kwargs={"digest_method": hashlib.sha256}
    )


def _key(home: Path) -> str:
    """The key of this installation, made at its first use; whoever can read it is its user."""
    path = home / KEY_FILE
    with suppress(OSError):
        if key := path.read_text("ascii"):
            return key
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        os.link(part, path)  # the first one to come makes it, and it is whole
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        part.replace(path)
    part.unlink(missing_ok=True)
    return path.read_text("ascii")
