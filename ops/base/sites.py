"""Where each district of an installation keeps its own, and by which word its links, sessions and
tokens name it. One district alone is the installation itself, and nothing names it.

A district has a database (a file, or a schema of PostgreSQL's) and a folder of its own. Whatever
reads or writes is handed one of them: no query can reach another's rows, for they are not there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from data.db.engine import schema_url, sqlite_file, sqlite_url
from data.store.store import MAIN, Store

HEADQUARTERS = "hq"
"""The desk above the districts."""
ALL = "all"
"""Each of them, for a command; no district is called so."""
FOLDER = "districts"
"""In the home of the installation: the homes of the others."""
MARK = "~"
"""Behind the district's word in a link, a session or a token; no secret of ours has one."""
OURS = ("XUNBAN_DB", "XUNBAN_HOME", "XUNBAN_ENGINE", "XUNBAN_PARENT", "NOTIFY_SOCKET")
"""What the program itself goes by, the database's password in it."""
_WORD = re.compile(r"([a-z][a-z0-9-]{0,30})~")
ID = re.compile(r"[a-z][a-z0-9-]{1,30}")


@dataclass(frozen=True, slots=True)
class Site:
    """A district of this installation, or the desk above them: its folder and its database."""

    id: str
    home: Path
    url: str

    @property
    def is_headquarters(self) -> bool:
        return self.id == HEADQUARTERS


def site_at(root: Site, site_id: str) -> Site:
    """Where a district keeps its own.

    Parameters
    ----------
    root
        The installation.
    """
    if site_id == MAIN:
        return root
    home = root.home / FOLDER / site_id
    if sqlite_file(root.url) is not None:
        return Site(site_id, home, sqlite_url(home.absolute() / "xunban.db"))
    return Site(site_id, home, schema_url(root.url, f"xunban_{site_id.replace('-', '_')}"))


def is_member(site: Site) -> bool:
    """Whether this is one of the schemas of an installation that holds several districts, which no
    command may take for an installation of its own.
    """
    root = Site(MAIN, site.home.parent.parent, site.url)
    site_id = own_id(site.home)
    if sqlite_file(site.url) is not None or site_id == MAIN:
        return False
    return site_at(root, site_id).url == site.url


def named_in(word: str) -> str:
    """The district that a link, a session or a token names; the main one, where it names none."""
    found = _WORD.match(word)
    return found[1] if found else MAIN


def mark_of(store: Store) -> str:
    """What a secret of this district begins with."""
    return mark_named(store.site)


def mark_named(site_id: str) -> str:
    """What a secret of this district begins with."""
    return "" if site_id == MAIN else f"{site_id}{MARK}"


def is_headquarters(store: Store) -> bool:
    """Whether a database is that of the desk above the districts."""
    return store.site == HEADQUARTERS


def own_id(home: Path) -> str:
    """The district whose folder this is: beside it is that of the desk above, made before it. Any
    other folder may lie in one called ``districts``.
    """
    among = home.absolute().parent
    return home.name if among.name == FOLDER and (among / HEADQUARTERS).is_dir() else MAIN


def installation_of(home: Path) -> Path:
    """The folder of the installation that a district's folder lies in."""
    return home if own_id(home) == MAIN else home.parent.parent


def environment_of(site_id: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables that a district's settings may name: whoever writes them says where
    a key is sent.

    What the program itself goes by is nobody's. Of several districts each has those that begin with
    its own word (``DISTRICT_XIHU_`` and a letter, a hyphen of the word twice ``_``) and with
    ``SHARED_``; the installation's own district has what is no other's.
    """
    word = site_id.upper().replace("-", "__")
    own = re.compile(rf"(?:DISTRICT_{word}|SHARED)_[A-Z].*")

    def is_free(name: str) -> bool:
        if site_id != MAIN:
            return bool(own.fullmatch(name))
        is_ours = name in OURS or name.startswith("DISTRICT_")
        return not is_ours or bool(own.fullmatch(name))

    return {name: value for name, value in environ.items() if is_free(name)}
