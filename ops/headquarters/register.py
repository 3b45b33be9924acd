"""Which districts an installation has: added, archived, taken back. The list stands in the
headquarters' database, which is made with the first district that is added.
"""

from datetime import datetime

from data.model.headquarters.directives import DirectiveEvent, DirectiveStep
from data.model.headquarters.members import Member
from data.store.store import MAIN, SITE, DatabaseError, NoCity, Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.base.paths import make_private
from ops.base.sites import ALL, HEADQUARTERS, ID, Site, is_member, site_at

LONGEST_NAME = 60


class Register:
    """The districts of an installation.

    Parameters
    ----------
    root
        The installation: the district that it began with.
    """

    def __init__(self, root: Site) -> None:
        self.root = root
        self._store: Store | None = None

    @property
    def store(self) -> Store | None:
        """The headquarters' database; ``None`` where the installation is one district alone."""
        if self._store is None and self.root.url and not is_member(self.root):
            found = Store(site_at(self.root, HEADQUARTERS).url)
            if not found.is_made():
                found.close()
                return None
            self._store = found
        return self._store

    def members(self) -> list[Member]:
        """Every district, archived ones too; none where the installation is one alone."""
        return self.store.members.all() if self.store else []

    def sites(self) -> tuple[Site, ...]:
        """Where those that are not archived keep their own; without a list, the installation."""
        if self.store is None:
            return (self.root,)
        open_ones = [one.id for one in self.store.members.all() if one.archived_at is None]
        return tuple(site_at(self.root, site_id) for site_id in open_ones)

    def site(self, site_id: str) -> Site:
        """Where one keeps its own: a district, or the headquarters.

        Raises
        ------
        NotFound
            There is none of this id.
        """
        known = {one.id for one in self.members()} | ({HEADQUARTERS} if self.store else {MAIN})
        if site_id not in known:
            raise NotFound("districts.unknown", id=site_id)
        return site_at(self.root, site_id)

    def close(self) -> None:
        """Let go of the headquarters' database."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def add(self, actor: Actor, wanted: Member, now: datetime) -> Site:
        """Take a district in; its database and folder are made, empty.

        The installation's own district becomes the first of the list, and stays where it is.

        Raises
        ------
        NotAllowed
            ``actor`` may not; or the id is taken or none, or a name is missing.
        """
        require(actor, Action.MANAGE_DISTRICTS)
        if not ID.fullmatch(wanted.id) or wanted.id in (MAIN, HEADQUARTERS, ALL):
            raise Invalid("districts.bad_id", id=wanted.id)
        for name in (wanted.name, wanted.city):
            if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
                raise Invalid("districts.bad_name", most=LONGEST_NAME)
        store = self._headquarters(wanted.city, now)
        if any(one.id == wanted.id for one in store.members.all()):
            raise Conflict("districts.taken", id=wanted.id)
        site = site_at(self.root, wanted.id)
        _furnish(site)
        if not store.members.add(wanted):  # another one was quicker
            raise Conflict("districts.taken", id=wanted.id)
        record(store, actor, Action.MANAGE_DISTRICTS, wanted.id, now, name=wanted.name)
        return site

    def archive(self, actor: Actor, site_id: str, now: datetime, back: bool = False) -> None:
        """From now on nobody signs in at a district and nothing is planned there; its data stay.
        Units that it borrows go home, and what it was to lend or to borrow it is not.

        Parameters
        ----------
        back
            It counts again.

        Raises
        ------
        NotAllowed
            ``actor`` may not; or there is no such district.
        """
        require(actor, Action.MANAGE_DISTRICTS)
        if self.store is None or site_id not in {one.id for one in self.members()}:
            raise NotFound("districts.unknown", id=site_id)
        self.store.members.set_archived(site_id, None if back else now)
        if not back:
            _end_loans(self.store, actor, site_id, now)
        record(self.store, actor, Action.MANAGE_DISTRICTS, site_id, now, archived=not back)

    def _headquarters(self, city: str, now: datetime) -> Store:
        """The headquarters' database, made where there is none."""
        if self.store is None:
            _furnish(site_at(self.root, HEADQUARTERS))
        store = self.store
        assert store is not None, "it was just made"
        store.migrate()
        self._take_in_own(store, city, now)
        return store

    def take_in_own(self, now: datetime) -> None:
        """The installation's own district is one of the list, too, where it was set up later than
        the others; of the city of the first of them.
        """
        if self.store is not None and (members := self.members()):
            self._take_in_own(self.store, members[0].city, now)

    def _take_in_own(self, store: Store, city: str, now: datetime) -> None:
        if all(one.id != MAIN for one in store.members.all()):
            name = _own_name(self.root)
            if name is not None:
                store.members.add(Member(id=MAIN, name=name, city=city, added_at=now))


def _end_loans(above: Store, actor: Actor, site_id: str, now: datetime) -> None:
    """Nobody plans by what an archived district lends or borrows: its other side hears that it is
    over, whether its desk had decided by then or not.
    """
    for one in above.directives.standings(site_id, open_only=True, loans_only=True):
        if (number := one.directive.id) is not None:
            above.directives.note(
                DirectiveEvent(directive_id=number, step=DirectiveStep.DONE, at=now, by=actor.name)
            )


def _furnish(site: Site) -> None:
    """Make a district's folder and database, and tell it its word."""
    site.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    make_private(site.home)
    store = Store(site.url)
    try:
        store.migrate()
        store.settings.get_or_make(SITE, site.id)
    finally:
        store.close()


def _own_name(root: Site) -> str | None:
    """What the installation's own district is called; ``None`` where there is none yet."""
    store = Store(root.url)
    try:
        if not store.is_made():
            return None
        return store.city().district.name
    except NoCity:
        return None if store.operations.current() is None else MAIN
    except DatabaseError:
        return None
    finally:
        store.close()
