"""The ways over streets that a plan made now stands on."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import Incident
from data.model.operation import Operation
from data.model.plan import RainOutlook
from data.model.street.streets import Closure
from data.model.street.works import RENOVATION
from data.store.store import Store
from ops.intake.streets import network_in_force
from ops.settings import Settings
from ops.ways.closures import water_closures
from ops.ways.ways_now import WaysNow, in_force, ways_now
from ops.works.closures import work_closures


def ways_in_force(
    store: Store,
    operation: Operation,
    city: City,
    rain: RainOutlook,
    now: datetime,
    settings: Settings,
    *,
    but_water: bool = False,
) -> WaysNow | None:
    """The ways as they are now; ``None`` where no street map is loaded.

    Parameters
    ----------
    but_water
        Without what reported water closes.
    """
    found = network_in_force(store)
    if found is None:
        return None
    network, loaded = found
    return ways_now(
        network,
        loaded.source,
        all_closures(store, operation, city, settings, () if but_water else None),
        settings.ways,
        now,
        now.astimezone(ZoneInfo(city.district.time_zone)),
        rain.amounts(now, now + timedelta(hours=1))[1],
    )


def all_closures(
    store: Store,
    operation: Operation,
    city: City,
    settings: Settings,
    incidents: Iterable[Incident] | None = None,
) -> tuple[Closure, ...]:
    """What was closed by hand, what works under way close, and what reported water closes."""
    if incidents is None:
        incidents = store.field.incidents(operation.id, open_only=True)
    return (
        *store.streets.closures(operation.id),
        *_of_works(store, operation, city, settings),
        *water_closures(incidents, city, settings.ways),
    )


def _of_works(
    store: Store, operation: Operation, city: City, settings: Settings
) -> Iterable[Closure]:
    if RENOVATION not in settings.services.running or not city.works:
        return ()
    return work_closures(city, store.works.told(operation), operation.id)


def closures_in_force(
    store: Store, operation: Operation, city: City, now: datetime, settings: Settings
) -> tuple[Closure, ...]:
    """Those that count in a plan made now."""
    return in_force(all_closures(store, operation, city, settings), settings.ways, now)
