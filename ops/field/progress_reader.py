"""What the store holds of the stations' taps, held against the versions that they speak of."""

from data.model.city import City
from data.model.field import FieldEvent
from data.model.operation import Operation
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.field.progress import Progress, progress

EARLIER = 20  # so many versions back an answer is still looked up


def reported(
    store: Store, operation: Operation, version: PlanVersion | None, city: City
) -> dict[str, Progress]:
    """What the field has reported of the jobs of a version, by job."""
    if version is None:
        return {}
    events, versions = events_with_versions(store, operation, version)
    return progress(events, version, city, versions)


def events_with_versions(
    store: Store, operation: Operation, version: PlanVersion | None
) -> tuple[list[FieldEvent], dict[int, PlanVersion]]:
    """All that was reported, and the versions that the reports speak of, by number; the one in
    force is among them.
    """
    if version is None:
        return [], {}
    events = store.field.events(operation.id)
    numbers = {event.version for event in events if version.number - event.version < EARLIER} - {
        version.number
    }
    found = {number: store.plans.version(operation.id, number) for number in numbers}
    return events, {number: one for number, one in found.items() if one} | {version.number: version}
