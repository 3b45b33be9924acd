"""The street map as it comes from a file, and as it is in force."""

import threading
from datetime import datetime
from pathlib import Path

from data.model.street.streets import LoadedStreets
from data.store.store import Store
from data.streets.reading import read_streets
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.ways.network import StreetNetwork

KEPT = 2  # networks that a process keeps: the one in force, and that of before
_KNOWN: dict[str, StreetNetwork] = {}
_KEEPING = threading.Lock()


def load_streets(
    store: Store, actor: Actor, path: Path, now: datetime, system: str | None = None
) -> tuple[LoadedStreets, bool]:
    """Take a street file; as it is kept, and whether it is new.

    Parameters
    ----------
    now
        The real time.
    system
        The coordinate system of centrelines whose file does not say it.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    data.errors.BadStreets
        The file can't be taken; nothing has been changed.
    """
    require(actor, Action.REPLACE_CITY)
    loaded, new = store.streets.load(read_streets(path, system), actor.name, now)
    if new:
        record(store, actor, Action.REPLACE_CITY, loaded.source, now, streets=loaded.streets)
    return loaded, new


def network_in_force(store: Store) -> tuple[StreetNetwork, LoadedStreets] | None:
    """The streets that units drive on, read once by each process; ``None``: no map is loaded."""
    loaded = store.streets.latest()
    if loaded is None:
        return None
    with _KEEPING:
        if loaded.digest not in _KNOWN:
            while len(_KNOWN) >= KEPT:
                del _KNOWN[next(iter(_KNOWN))]
            _KNOWN[loaded.digest] = StreetNetwork(store.streets.map(loaded.id))
        return _KNOWN[loaded.digest], loaded
