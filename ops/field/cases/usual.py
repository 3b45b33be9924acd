"""What the tables say of a case: whose it is, and the usual steps of its kind. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from data.geo import distance_m
from data.model.city import PATROL, City
from data.model.message import Message
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID, CaseStep, StreetCase
from data.model.wall_clock import next_at
from ops.base.messages import Translator, catalogue
from ops.field.cases.kinds import STATION, StepRow


def owner_of(owner: str, segment_id: str, city: City) -> str:
    """Whom a row of a table means at a road: the road's station, the nearest of the grid, or a
    department by its name.
    """
    segment = city.segment_by_id[segment_id]
    if owner == STATION:
        return segment.station_id
    if owner in (GRID, PATROL, CARS):
        own = [station for station in city.stations if station.service == owner]
        if owner != GRID and not own:
            return owner_of(GRID, segment_id, city)
        nearest = min(own, key=lambda one: distance_m(one.position, segment.middle), default=None)
        return nearest.id if nearest else GRID
    return Translator()(f"case_owner.{owner}")


def as_read(text: str, group: str) -> Message:
    """A usual step (``case_step``) or department (``case_owner``), stored in our own words, as each
    reader's language has it; another as it was written.
    """
    key = _usual(group).get(text)
    return Message("name.text", {"text": text}) if key is None else Message(key)


@cache
def _usual(group: str) -> Mapping[str, str]:
    """The keys of the words that the tables put into a case, by these words."""
    stored = Translator()
    return {stored(key): key for key in catalogue() if key.startswith(f"{group}.")}


def usual_steps(case: StreetCase, rows: Iterable[StepRow], city: City) -> tuple[CaseStep, ...]:
    """The usual course of a kind, from when this case came in."""
    zone, due = ZoneInfo(city.district.time_zone), dict[str, datetime]()
    found = []
    for row in rows:
        due[row.key] = _due(row, case.received_at, due, zone)
        found.append(
            CaseStep(
                key=row.key,
                what=Translator()(f"case_step.{row.key}"),
                owner=owner_of(row.owner, case.segment_id, city),
                due_at=due[row.key],
                after=row.after,
            )
        )
    return tuple(found)


def _due(row: StepRow, opened: datetime, known: dict[str, datetime], zone: ZoneInfo) -> datetime:
    """When a step is due: so long after the case came in, or by the next such time of day."""
    start = max([opened, *(known[key] for key in row.after)])
    if row.at is None:
        return start + timedelta(minutes=row.minutes)
    return next_at(row.at, start, zone)
