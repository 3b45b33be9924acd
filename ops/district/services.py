"""The services of the street: the one catalogue of who works beside the sanitation centre.

A service is switched on by the bureau (table ``services`` of the settings). Its stations bear its
name in the district's tables; their crews and machines do its kinds of work and no others, but for
what it lends. What it asks for stands in ``ops/replanning/service_tasks.py``, its page in
``dashboard/views/navigation.py``; solver and loop know nothing of services.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from data.model.city import PATROL, SANITATION, City, Worker, worker_key
from data.model.plan import JobKind
from data.model.street.cleaning import CLEANING
from data.model.street.service_cars import CARS
from data.model.street.street_case import GRID


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service of the street (业务).

    Attributes
    ----------
    kinds
        The kinds of work that are its own.
    on_the_road
        Its crews are out with their cars all shift, and set out as soon as they are told.
    lends
        Those of other services that its crews and machines do too.
    """

    name: str
    kinds: frozenset[JobKind]
    on_the_road: bool = False
    lends: frozenset[JobKind] = frozenset()


_ROWS = {
    SANITATION: Service(
        name=SANITATION,
        kinds=frozenset(
            {
                JobKind.CLEAR,
                JobKind.JET,
                JobKind.WELL,
                JobKind.GUARD,
                JobKind.PUMP,
                JobKind.RESERVE,
                JobKind.PLACED,
                JobKind.DESILT,
                JobKind.HAUL,
                JobKind.GARDEN,
                JobKind.FLUSH,
            }
        ),
        lends=frozenset({JobKind.SWEEP, JobKind.WASH, JobKind.ERRAND}),  # of cases given to them
    ),
    CLEANING: Service(  # its rounds are driven by sanitation's machines
        name=CLEANING, kinds=frozenset({JobKind.SWEEP, JobKind.WASH})
    ),
    GRID: Service(
        name=GRID,
        kinds=frozenset({JobKind.ERRAND}),
    ),
    PATROL: Service(
        name=PATROL,
        kinds=frozenset({JobKind.PATROL}),
        lends=frozenset({JobKind.ERRAND}),
    ),
    CARS: Service(
        name=CARS,
        kinds=frozenset({JobKind.RESCUE, JobKind.RESTOCK, JobKind.PATROL}),
        on_the_road=True,
    ),
    "renovation": Service(name="renovation", kinds=frozenset()),  # its gangs stand in no table
}
SERVICES: Mapping[str, Service] = MappingProxyType(_ROWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """Which services of the street the bureau runs on one plan.

    Attributes
    ----------
    on
        Those besides sanitation, by name. None by default: the desk is that of a sanitation centre.
    """

    on: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if unknown := [name for name in self.on if name not in SERVICES or name == SANITATION]:
            known = ", ".join(name for name in SERVICES if name != SANITATION)
            raise ValueError(f"on: no such service: {', '.join(unknown)} (there are: {known})")

    @property
    def running(self) -> tuple[str, ...]:
        """All that run, sanitation first."""
        return (SANITATION, *self.on)


def service_of(kind: JobKind, at: str = SANITATION) -> str:
    """Whose work it is: of a kind that several have as their own, that of the service whose station
    it stands on.
    """
    if at in SERVICES and kind in SERVICES[at].kinds:
        return at
    return next((row.name for row in SERVICES.values() if kind in row.kinds), SANITATION)


def may_do(service: str, kind: JobKind) -> bool:
    """Whether crews and machines of a service do work of this kind."""
    row = SERVICES.get(service)
    return row is not None and (kind in row.kinds or kind in row.lends)


def of_services(city: City, names: Collection[str]) -> City:
    """The district with the stations of these services alone, their people, crews and machines;
    roads and inlets are everybody's.
    """
    if all(station.service in names for station in city.stations):
        return city
    stations = tuple(station for station in city.stations if station.service in names)
    known = {station.id for station in stations}
    crews = tuple(crew for crew in city.crews if crew.station_id in known)
    machines = tuple(machine for machine in city.machines if machine.station_id in known)
    out = {machine.id for machine in machines}
    drivers = tuple(driver for driver in city.drivers if driver.machine_id in out)
    people = tuple(person for person in city.people if person.station_id in known)
    workers: tuple[Worker, ...] = (*crews, *drivers, *people)
    keys = {worker_key(one) for one in workers}
    return replace(
        city,
        stations=stations,
        crews=crews,
        machines=machines,
        drivers=drivers,
        people=people,
        roster=tuple(day for day in city.roster if day.worker in keys),
    )
