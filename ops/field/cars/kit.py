"""What is in the kit of each car now: the fold of what it carries when full, what its crew has
tapped as used, and what it has put back. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from data.model.city import City
from data.model.field import EventKind, FieldEvent
from data.model.ids import JobId
from data.model.plan import JobKind
from data.model.street.service_cars import CARS
from ops.field.done_words import done_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The kit of one car.

    Attributes
    ----------
    full, left
        How many of each item when nothing is missing, and now.
    since
        The number of the first tap on it since it was last full: by that the way to put it back is
        told from those before; 0: nothing was used.
    """

    crew_id: str
    full: Mapping[str, int]
    left: Mapping[str, int] = field(default_factory=dict)
    since: int = 0

    @property
    def short(self) -> Mapping[str, int]:
        """How many are to be put back of what is not full."""
        return {
            item: number - self.left[item]
            for item, number in self.full.items()
            if self.left[item] < number
        }


def kits(city: City, events: Iterable[FieldEvent]) -> Mapping[str, Kit]:
    """The kit of every car of the service, by its crew's id."""
    full: dict[str, dict[str, int]] = {
        crew.id: {} for crew in city.crews if city.service_at(crew.station_id) == CARS
    }
    for row in city.car_kit:
        if row.crew_id in full:
            own = full[row.crew_id]
            own[row.item] = own.get(row.item, 0) + row.number
    left = {crew: dict(items) for crew, items in full.items()}
    since = dict.fromkeys(full, 0)
    in_order = sorted(events, key=lambda one: (one.happened_at, one.id or 0))
    done = {one.event_id for words in done_words(in_order) for one in words}
    for event in in_order:
        car = _car_of(event)
        if car not in left:
            continue
        if event.kind is EventKind.KIT_USED:
            since[car] = since[car] or event.id or 0
            for item, number in event.amounts.items():
                left[car][item] = max(0, left[car].get(item, 0) - round(number))
        elif event.event_id in done:
            left[car], since[car] = dict(full[car]), 0
    return MappingProxyType(
        {
            crew: Kit(crew_id=crew, full=items, left=left[crew], since=since[crew])
            for crew, items in full.items()
        }
    )


def _car_of(event: FieldEvent) -> str:
    """Whose kit an event speaks of: who used something, or was to put it back."""
    if event.kind is EventKind.KIT_USED:
        return event.unit_id or ""
    job = JobId.parse(event.job_id or "")
    return job.parts[0] if job.source == JobKind.RESTOCK and job.parts else ""
