"""What paper and spreadsheets read from the database."""

from datetime import datetime

from data.model.city import City
from data.model.operation import LevelOrder
from data.model.plan import PlanVersion
from data.store.store import NoCity, Store
from ops.auth.permissions import Action, Actor, may
from ops.field.needs import Need, needs
from ops.field.needs_reader import Patience, read_field
from ops.intake.response_level import order_in_force
from ops.notifications.signed_links import Links
from ops.replanning.contingency import is_contingency
from ops.settings import Settings
from weather.model import Alert


def read_city(store: Store) -> City | None:
    """The district; ``None`` before one is loaded."""
    try:
        return store.city()
    except NoCity:
        return None


def order_of(store: Store, version: PlanVersion) -> LevelOrder | None:
    """The order of a response level that a version was made under."""
    return order_in_force(
        [
            order
            for order in store.level_orders.all(version.operation_id)
            if order.at <= version.made_at
        ]
    )


def addresses_of(
    store: Store, version: PlanVersion, settings: Settings, actor: Actor
) -> dict[str, str]:
    """The address of each station's signed link, by station; none unless the version is in force
    and the settings say where we are reached. Whoever holds a link may report by it: nobody is
    given one who may not report himself.
    """
    operation = store.operations.current()
    current = (
        store.plans.current(operation.id)
        if operation and operation.id == version.operation_id
        else None
    )
    if current is None or current.number != version.number or is_contingency(version):
        return {}
    links = Links(
        store, settings.notify, lambda: version.made_at
    )  # to make one takes no clock, only to read one
    found = {
        station.id: links.sheet(version.operation_id, version.number, station.id)
        for station in store.city().stations
        if may(actor, Action.REPORT_WORK, station.id)
    }
    return {station_id: address for station_id, address in found.items() if address}


def needs_of(
    store: Store, version: PlanVersion, city: City, settings: Settings, real_now: datetime
) -> tuple[Need, ...]:
    """What stands open with the field, for the sheets of the version in force; nothing for a plan
    kept ready or one that is over.
    """
    operation = store.operations.current()
    if operation is None or operation.id != version.operation_id or is_contingency(version):
        return ()
    patience = Patience.of_minutes(
        settings.loop.overdue_minutes,
        settings.notify.answer_minutes,
        settings.response.on_site_minutes,
    )
    field = read_field(store, operation, city, operation.now(real_now), patience)
    in_force = field.version is not None and field.version.number == version.number
    return needs(field) if in_force else ()


def alerts_of(store: Store, version: PlanVersion) -> tuple[Alert, ...]:
    """The alerts that a version stands on, each once."""
    found = store.weather.alerts_of(version.operation_id, version.alert_digests)
    return tuple(found)
