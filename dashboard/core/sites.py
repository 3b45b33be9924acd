"""The districts of this installation as the board's process serves them: which one a visitor's
words name, and the hall where who is not known stands, in which there is nothing of any district.
"""

import logging
import os
import re
import threading
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from data.store.store import MAIN, DatabaseError, Store, StoreError
from ops.auth.accounts import folded
from ops.base.paths import home
from ops.base.sites import HEADQUARTERS, Site, named_in, site_at
from ops.headquarters.register import Register
from ops.settings import load

log = logging.getLogger("xunban.board")
_BETWEEN = re.compile(r"[\s,;]+")
LOOK_S = 5.0
"""A district that was added or archived is one, or none, after so many seconds."""
MOST_NAMES = 500
"""So many of those who came by the bureau's own sign-in are known by their districts."""


class Sites:
    """The sites of one installation.

    Parameters
    ----------
    root
        The installation.
    """

    def __init__(self, root: Site) -> None:
        self.root = root
        self._register = Register(root)
        self._lock = threading.Lock()
        self._known: tuple[Site, ...] = (root,)
        self._looked_at = -LOOK_S
        self._holding: dict[str, tuple[float, tuple[Site, ...]]] = {}

    @property
    def is_fresh(self) -> bool:
        """Whether no database is asked for what is known."""
        return time.monotonic() - self._looked_at < LOOK_S

    def all(self) -> tuple[Site, ...]:
        """The districts, and the desk above them where there is one."""
        with self._lock:
            if not self.is_fresh:
                try:
                    above = (self._above(),) if self._register.store else ()
                    self._known = (*above, *self._register.sites())
                except (
                    DatabaseError,
                    StoreError,
                ):  # as it was known; a page that needs more says what is wrong
                    pass
                self._looked_at = time.monotonic()
            return self._known

    def _above(self) -> Site:
        return site_at(self.root, HEADQUARTERS)

    @property
    def hall(self) -> Site:
        """Where who names no district stands: the one there is, or the desk above several."""
        return self.all()[0]

    def holding(self, name: str) -> tuple[Site, ...]:
        """Where there is an account of this name, and last of all where nobody can tell, for the
        database fails: that shuts nobody out elsewhere. One district alone is not asked.
        """
        if len(self.all()) == 1:
            return self.all()
        found, silent = self._asked(name)
        return (*found, *silent)

    def _asked(self, name: str) -> tuple[tuple[Site, ...], tuple[Site, ...]]:
        """Where there is an account of this name, and where nobody can tell."""
        named, found, silent = folded(name), [], []
        for site in self.all():
            try:
                if plain_store(site.url).accounts.get(named):
                    found.append(site)
            except DatabaseError as error:
                log.error("who is at district %s can't be told: %s", site.id, error.orig)
                silent.append(site)
        return tuple(found), tuple(silent)

    def doors(self, claims: Mapping[str, object]) -> tuple[Site, ...]:
        """Where whom the bureau's own sign-in names has an account; of several those that it names,
        where the settings say which claim tells.
        """
        access = load(self.hall.home).settings.access
        name = claims.get(access.identity_claim)
        found = self._held(name) if isinstance(name, str) else ()
        told = str(claims.get(access.district_claim) or "") if access.district_claim else ""
        words = set(_BETWEEN.split(told))
        return tuple(site for site in found if site.id in words) or found

    def _held(self, name: str) -> tuple[Site, ...]:
        """Where there is an account of this name, asked once for so many pages and requests. One
        whose database fails counts as it was known before, or where none else is known.
        """
        now, key = time.monotonic(), folded(name)
        looked_at, before = self._holding.get(key, (-LOOK_S, ()))
        if now - looked_at < LOOK_S:
            return before
        while len(self._holding) >= MOST_NAMES:
            self._holding.pop(next(iter(self._holding)), None)
        found, silent = self._asked(name)
        found = (*found, *(site for site in silent if site in before)) or silent
        self._holding[key] = now, found
        return found

    def of_claims(self, claims: Mapping[str, object], chosen: str = "") -> Site:
        """Where whom the bureau's own sign-in names has his account; of several the one that he
        chose. The hall where nobody has it, or where he has yet to choose.
        """
        found = {site.id: site for site in self.doors(claims)}
        if len(found) == 1:
            return next(iter(found.values()))
        return found.get(chosen, self.hall)

    def name(self, site: Site) -> str:
        """What a district is called; the word of it, where nobody says more."""
        named = {one.id: one.name for one in self._register.members()}
        return named.get(site.id, site.id)

    def named_in(self, words: Iterable[str]) -> Site:
        """The district that the first of these words which is not empty names; the hall where it
        names none that there is, or where there are no words.
        """
        known = {site.id: site for site in self.all()}
        word = next((word for word in words if word), "")
        return known.get(named_in(word), self.hall) if word else self.hall


@lru_cache(maxsize=8)
def _sites(url: str, folder: Path) -> Sites:
    return Sites(Site(MAIN, folder, url))


def sites() -> Sites:
    """Those of the installation that this process serves."""
    return _sites(os.environ.get("XUNBAN_DB", ""), home())


@lru_cache(maxsize=512)
def plain_store(url: str) -> Store:
    """A district's database, for what is asked once."""
    return Store(url)
