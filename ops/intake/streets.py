"""The street map as it comes from a file, and as it is in force."""

import threading
from collections.abc import Iterator
from datetime import datetime

from data.model.city import City, Position
from data.model.message import Message
from data.model.street.streets import LoadedStreets, StreetMap
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.ways.network import StreetNetwork

KEPT = 2  # networks that a process keeps: the one in force, and that of before
_KNOWN: dict[str, StreetNetwork] = {}
_KEEPING = threading.Lock()


def load_streets(
    store: Store, actor: Actor, streets: StreetMap, now: datetime
) -> tuple[LoadedStreets, bool]:
    """Take a street map; as it is kept, and whether it is new.

    Parameters
    ----------
    now
        The real time.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.REPLACE_CITY)
    loaded, new = store.streets.load(streets, actor.name, now)
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


def what_the_map_holds(store: Store, far_m: float) -> Iterator[Message]:
    """The street map in force, and what it can't be used for.

    Parameters
    ----------
    far_m
        A place farther from any street is on none.
    """
    found = network_in_force(store)
    if found is None:
        yield Message("street_map.no_map")
        return
    network, loaded = found
    part = network.driven
    km = round(float(network.metres[part.streets].sum()) / 1000, 1)
    facts = {"path": loaded.source, "at": loaded.loaded_at, "n": loaded.streets, "km": km}
    yield Message("street_map.map", facts)
    if part.alone:
        yield Message("street_map.alone", {"n": part.alone})
    if part.groups > 1:
        yield Message("street_map.apart", {"n": part.groups})
    if not store.is_empty():
        for name in _far(store.city(), network, far_m):
            yield Message("street_map.far", {"what": name, "m": round(far_m)})


def _far(city: City, network: StreetNetwork, most_m: float) -> list[str]:
    """The stations and segments that lie on no street."""
    places: list[tuple[str, Position]] = [(one.name, one.position) for one in city.stations]
    places += [(f"{one.road} {one.id}", one.middle) for one in city.segments]
    off = network.driven.locate([position for _, position in places]).off_m
    return [name for (name, _), metres in zip(places, off, strict=True) if metres > most_m]
