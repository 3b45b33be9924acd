"""The street map as it comes from a file, and as it is in force."""

import threading
from collections.abc import Iterator
from datetime import datetime

import numpy as np

from data.model.city import City, Position, Profile
from data.model.message import Message
from data.model.street.streets import LoadedStreets, StreetMap
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.ways.network import Ints, Part, StreetNetwork
from ops.ways.speeds import WaySettings
from ops.ways.vehicles import vehicle_of

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


def what_the_map_holds(
    found: tuple[StreetNetwork, LoadedStreets] | None, settings: WaySettings, city: City | None
) -> Iterator[Message]:
    """A street map (`network_in_force`), and what it can't be used for in a district."""
    if found is None:
        yield Message("street_map.no_map")
        return
    network, loaded = found
    part = network.part(vehicle_of(settings, Profile.LORRY))
    facts = {"path": loaded.source, "at": loaded.loaded_at, "n": loaded.streets}
    yield Message("street_map.map", facts | {"km": _km(network, part.streets)})
    barred = np.setdiff1d(network.driven.streets, part.streets)
    if len(barred):
        yield Message("street_map.barred", {"n": len(barred), "km": _km(network, barred)})
    if part.is_split:
        yield Message("street_map.split")
    if part.alone:
        yield Message("street_map.alone", {"n": part.alone})
    if part.groups > 1:
        yield Message("street_map.apart", {"n": part.groups})
    if city is not None:
        yield from _odd_places(city, part, settings.far_m)


def _km(network: StreetNetwork, streets: Ints) -> float:
    return round(float(network.metres[streets].sum()) / 1000, 1)


def _odd_places(city: City, part: Part, far_m: float) -> Iterator[Message]:
    """The stations and segments that lie on no street, or on one that lorries don't get into."""
    places: list[tuple[str, Position]] = [(one.name, one.position) for one in city.stations]
    places += [(f"{one.road} {one.id}", one.middle) for one in city.segments]
    at = part.locate([position for _, position in places])
    for (name, _), street, off_m in zip(places, at.street, at.off_m, strict=True):
        if off_m > far_m:
            yield Message("street_map.far", {"what": name, "m": round(far_m)})
        elif part.on_foot[street]:
            yield Message("street_map.on_foot", {"what": name})
