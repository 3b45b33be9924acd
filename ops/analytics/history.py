"""All that an operation has done, read once: what clocks, ledgers and reports are counted from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from data.model.city import City
from data.model.desk import ManualChange
from data.model.field import FieldEvent, Incident, Outage
from data.model.notice import Notice
from data.model.operation import LevelOrder, Operation, Trigger
from data.model.plan import PlanVersion
from data.store.store import Store
from ops.analytics.case import Case
from ops.analytics.response_cases import named, response_times
from ops.field.progress import homes
from ops.risk.gauges import Gauge, measured_rain
from weather.model import Alert

ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


def seasons(store: Store, operation: Operation, zone: tzinfo) -> list[int]:
    """The calendar years in which something was planned, the latest first."""
    years = {at.astimezone(zone).year for at in store.plans.bounds(operation.id)}
    return list(range(max(years), min(years) - 1, -1)) if years else []


def season(year: int, zone: tzinfo) -> tuple[datetime, datetime]:
    """A calendar year of the district's: from when on, and before when."""
    return datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is stored of one operation, oldest first; ``versions`` are outlines, without their
    sentences. ``measured`` are the hours of rain, in millimetres, by the gauge that had most.
    """

    operation: Operation
    versions: tuple[PlanVersion, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    alerts: tuple[Alert, ...] = ()
    orders: tuple[LevelOrder, ...] = ()
    notices: tuple[Notice, ...] = ()
    events: tuple[FieldEvent, ...] = ()
    incidents: tuple[Incident, ...] = ()
    changes: tuple[ManualChange, ...] = ()
    outages: tuple[Outage, ...] = ()
    measured: tuple[tuple[datetime, float], ...] = ()

    @property
    def published(self) -> tuple[PlanVersion, ...]:
        """The versions that were ever in force, in the order in which they were."""
        return tuple(
            sorted(
                (version for version in self.versions if version.published_at),
                key=lambda version: version.in_force_from,
            )
        )

    def cases(self, city: City) -> tuple[Case, ...]:
        """Every response case of the operation."""
        return named(
            response_times(
                self.versions,
                self.triggers,
                self.alerts,
                self.incidents,
                self.notices,
                self.events,
                homes(city),
            ),
            city,
        )


def read_history(
    store: Store,
    operation: Operation,
    known: Sequence[PlanVersion] = (),
    gauges: Sequence[Gauge] = (),
    span: tuple[datetime, datetime] = ALWAYS,
) -> History:
    """What is stored of an operation now.

    Parameters
    ----------
    known
        The versions of an earlier history of it and of the same span. They change no more, but for
        the newest, which is read again.
    gauges
        Those whose rain counts.
    span
        From when on, and before when.
    """
    readings = store.gauges.readings(operation.id) if gauges else []
    readings = [one for one in readings if span[0] <= one.measured_at < span[1]]
    last = readings[-1].measured_at if readings else operation.started_at
    unchanged = tuple(known[:-1])
    number = unchanged[-1].number + 1 if unchanged else 1
    return History(
        operation=operation,
        versions=(*unchanged, *store.plans.outlines(operation.id, number, span)),
        triggers=tuple(store.triggers.all(operation.id, span)),
        alerts=tuple(store.weather.alerts(operation.id, span)),
        orders=tuple(store.level_orders.all(operation.id)),
        notices=tuple(store.outbox.notices(operation.id, span=span)),
        events=tuple(store.field.events(operation.id, span=span)),
        incidents=tuple(store.field.incidents(operation.id, span=span)),
        changes=tuple(store.desk.manual_changes(operation.id, span)),
        outages=tuple(store.desk.outages(operation.id)),
        measured=tuple(sorted(measured_rain(gauges, readings, last).items())),
    )
