"""Where the bureau's own sign-in (OpenID Connect) is set up, and whether that can work. The sign-in
itself is that of Streamlit and Authlib, which read the same file.
"""

import json
import os
import secrets
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from ops.base.errors import BadSettings
from ops.base.paths import home
from ops.base.sites import installation_of

CALLBACK = "/oauth2callback"
KEYS = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST_SECRET = 32  # characters of the key that signs the cookie of who is signed in


def place() -> Path:
    """The file: one for all districts of an installation, since they share its address."""
    return installation_of(home()) / "secrets.toml"


def provider(path: Path) -> str | None:
    """The address of the provider's metadata; ``None`` where no sign-in of the bureau's own is set
    up.

    Raises
    ------
    BadSettings
        It is set up so that it can't work or is not safe. No value of the file comes back in the
        message.
    """
    try:
        auth = tomllib.loads(path.read_text(encoding="utf-8")).get("auth")
    except FileNotFoundError:
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise BadSettings(f"not readable as TOML ({type(error).__name__})") from None
    if auth is None:
        return None
    _check(auth)
    return auth["server_metadata_url"]


def set_up(
    path: Path, metadata_url: str, client_id: str, client_secret: str, board_url: str
) -> str:
    """Write the file, for its owner alone to read; the address that the provider has to be told.

    Parameters
    ----------
    board_url
        Where browsers reach the board.

    Raises
    ------
    BadSettings
        An address is none, or neither https nor this machine's own; something is empty.
    FileExistsError
        There is one already.
    """
    redirect = board_url.rstrip("/") + CALLBACK
    auth = {
        "redirect_uri": redirect,
        "cookie_secret": secrets.token_urlsafe(48),
        "client_id": client_id,
        "client_secret": client_secret,
        "server_metadata_url": metadata_url,
    }
    _check(auth)
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in auth.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write("\n".join(["[auth]", *lines, ""]))
    return redirect


def _check(auth: object) -> None:
    if not isinstance(auth, Mapping):
        raise BadSettings("[auth] must be a table")
    for key in KEYS:
        if (
            not isinstance(auth.get(key), str)
            or not auth[key].strip()
            or not auth[key].isprintable()
        ):
            raise BadSettings(f"[auth] {key}: must be a text")
    for key in ("redirect_uri", "server_metadata_url"):
        if not _is_safe(auth[key]):
            raise BadSettings(f"[auth] {key}: must be an https address (http only on this machine)")
    if urlsplit(auth["redirect_uri"]).path != CALLBACK:
        raise BadSettings(
            f"[auth] redirect_uri: must be the board's address followed by {CALLBACK}"
        )
    if len(auth["cookie_secret"]) < SHORTEST_SECRET:
        raise BadSettings(
            f"[auth] cookie_secret: must be random, of {SHORTEST_SECRET} characters at least"
        )


def _is_safe(url: str) -> bool:
    """Whether nobody between can read or change what goes there."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "http":
            return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
        return parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        return False
