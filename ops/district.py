"""The district's tables, put in the place of those before."""

from datetime import datetime

from data.entities import City
from data.store import Store
from ops.access import Action, Actor, require
from ops.audit import record


def replace_city(store: Store, actor: Actor, city: City, now: datetime) -> None:
    """Take the district's tables: all of them.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.REPLACE_CITY)
    store.replace_city(city)
    record(store, actor, Action.REPLACE_CITY, city.district.name, now, segments=len(city.segments))
