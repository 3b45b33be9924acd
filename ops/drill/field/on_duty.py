"""Who is on shift at a minute, looked up once a day."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from data.model.city import City, Crew, Driver
from ops.district.rosters import turns


@dataclass(slots=True)
class OnDuty:
    """The turns of a district's people."""

    city: City
    _turns: dict[tuple[str, date], tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict
    )

    def since(self, worker: Crew | Driver, now: datetime) -> datetime | None:
        """When the turn began that ``worker`` is on; ``None`` who is off."""
        key = worker.id, now.date()
        if key not in self._turns:
            days = [now.date() + timedelta(days=n) for n in (-1, 0, 1)]  # of any zone
            found = turns(worker, days, self.city)
            self._turns[key] = tuple((one.start, one.end) for one in found)
        return next((start for start, end in self._turns[key] if start <= now < end), None)

    def is_manned(self, resource_id: str, now: datetime) -> bool:
        """Whether a crew is on shift, or a machine has a driver that is."""
        crew = self.city.crew_by_id.get(resource_id)
        drivers = [one for one in self.city.drivers if one.machine_id == resource_id]
        return any(self.since(worker, now) for worker in ([crew] if crew else drivers))
