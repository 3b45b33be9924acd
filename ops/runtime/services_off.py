"""What was left open of services of the street that are switched off: nobody sees it on a page, and
no plan has it.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from data.model.city import PATROL, City
from data.model.operation import Operation
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CALLS, CARS
from data.model.street.street_case import GRID
from data.model.street.works import RENOVATION
from data.store.store import Store
from ops.cleaning.reading import posts_now
from ops.field.cases.standing import CaseStanding
from ops.field.cases.street_cases import all_standings
from ops.works.standing import standings


def left_open(
    store: Store, operation: Operation, running: Collection[str], now: datetime
) -> Iterator[tuple[str, int]]:
    """What is left open, by kind (``cases``, ``works``, ``actions``), and how much of it.

    Parameters
    ----------
    running
        The services that are switched on.
    """
    city = store.city()
    cases = all_standings(store, operation)
    yield "cases", sum(not (one.closed or _is_seen(one, city, running)) for one in cases)
    if RENOVATION not in running and city.works:
        zone = ZoneInfo(city.district.time_zone)
        found = standings(city.works, store.works.told(operation), zone)
        yield "works", sum(one.is_under_way for one in found.values())
    if CLEANING not in running:
        posts = posts_now(store, operation, now)
        yield "actions", sum(one.takes_place() and one.post.to_at > now for one in posts)


def _is_seen(one: CaseStanding, city: City, running: Collection[str]) -> bool:
    """Whether a case has its people and a page: a call those of the cars, what patrols have found
    theirs too.
    """
    if one.case.kind in CALLS and city.service_at(one.owner) == CARS:
        return CARS in running
    return GRID in running or (one.case.source == PATROL and PATROL in running)
