"""What the services of the street ask for: one list of sources, each of which reads what its
service keeps and says purely which work that is.

Sanitation's own work is wanted by storm, rain and incidents (``ops/planning/wanted/``).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from data.model.city import PATROL
from data.model.operation import Operation
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CALLS, CARS
from data.model.street.street_case import GRID
from data.store.store import Store
from ops.cleaning.reading import road_debts
from ops.field.cars.calls import call_records
from ops.field.cars.kit import kits
from ops.field.cases.street_cases import all_standings
from ops.planning.context import Storm
from ops.planning.wanted.call_tasks import CarFacts, call_tasks
from ops.planning.wanted.case_tasks import case_tasks
from ops.planning.wanted.cleaning_tasks import CleaningFacts, cleaning_tasks
from ops.planning.wanted.patrol_tasks import patrol_tasks, visited
from ops.planning.wanted.tasks import Task
from ops.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSource:
    """Who asks for work beside the storm.

    Attributes
    ----------
    service
        Asked only while this service is switched on.
    read
        What the service keeps, at an instant.
    tasks
        The work that this is, in this situation; pure, its ids the same from version to version.
    """

    service: str
    read: Callable[[Store, Operation, datetime, Settings], Any]
    tasks: Callable[[Storm, Any], tuple[Task, ...]]


def _cleaning(
    store: Store, operation: Operation, now: datetime, settings: Settings
) -> CleaningFacts:
    version, rules = store.plans.current(operation.id), settings.cleaning
    owed = road_debts(store, operation, store.city(), version, now, rules)
    return CleaningFacts(debts=owed, settings=rules)


def car_facts(store: Store, operation: Operation) -> CarFacts:
    """What the service cars know: calls, kits, and what past calls took."""
    city, events = store.city(), store.field.events(operation.id)
    cases = all_standings(store, operation)
    return CarFacts(
        cases=tuple(one for one in cases if one.case.kind in CALLS),
        kits=kits(city, store.field.kit_taps(operation.id)),
        records=call_records(city, cases, events),
    )


SOURCES: tuple[TaskSource, ...] = (
    TaskSource(
        service=GRID,
        read=lambda store, operation, _now, _settings: all_standings(store, operation),
        tasks=case_tasks,
    ),
    TaskSource(
        service=PATROL,
        read=lambda store, operation, _now, _settings: visited(store.field.events(operation.id)),
        tasks=patrol_tasks,
    ),
    TaskSource(service=CLEANING, read=_cleaning, tasks=cleaning_tasks),
    TaskSource(
        service=CARS,
        read=lambda store, operation, _now, _settings: visited(store.field.events(operation.id)),
        tasks=partial(patrol_tasks, service=CARS),
    ),
    TaskSource(
        service=CARS,
        read=lambda store, operation, _now, _settings: car_facts(store, operation),
        tasks=call_tasks,
    ),
)


def service_tasks(
    store: Store, operation: Operation, storm: Storm, now: datetime, settings: Settings
) -> tuple[Task, ...]:
    """All that the services switched on ask for, in the order of the list."""
    return tuple(
        task
        for source in SOURCES
        if source.service in settings.services.running
        for task in source.tasks(storm, source.read(store, operation, now, settings))
    )
