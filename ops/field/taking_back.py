"""Wrong taps are taken back within minutes: they say nothing any more, and stay in the record."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from data.model.field import CAN_BE_TAKEN_BACK, EventKind, FieldEvent
from data.model.ids import JobId
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, NotFound, PermissionDenied
from ops.field.reports import check_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TapSettings:
    """Taps from the field.

    Attributes
    ----------
    take_back_minutes
        How long a wrong tap can be taken back by its station; 0: never (10: an assumption). Later
        the desk has it done again.
    """

    take_back_minutes: float = 10.0

    def __post_init__(self) -> None:
        if not 0 <= self.take_back_minutes <= 1440:
            raise ValueError("take_back_minutes must lie in 0 to 1440")


def take_back(
    store: Store,
    operation: Operation,
    actor: Actor,
    station_id: str,
    event_id: str,
    about: str,
    now: datetime,
    settings: TapSettings = TapSettings(),
) -> bool:
    """A tap was a mistake; whether that is new. It asks for a plan without it; what it has closed
    is open again.

    Parameters
    ----------
    event_id
        The name of this word; ``about`` that of the tap.

    Raises
    ------
    NotAllowed
        By this role, of another station's tap, of none that there is or that can be taken back, or
        too late.
    """
    require(actor, Action.REPORT_WORK, station_id)
    check_id(event_id)
    events = store.field.events(operation.id)
    known = next((one for one in events if one.event_id == event_id), None)
    if known is not None:
        return False
    tap = next((one for one in events if one.event_id == about), None)
    if tap is None or tap.station_id != station_id or tap.kind not in CAN_BE_TAKEN_BACK:
        raise NotFound("field.no_tap")
    if actor.resource_id and tap.by != actor.name:
        raise PermissionDenied("field.not_your_tap")
    if now - tap.server_at > timedelta(minutes=settings.take_back_minutes):
        raise Conflict("field.too_late", minutes=settings.take_back_minutes)
    back = FieldEvent(
        operation_id=operation.id,
        event_id=event_id,
        version=tap.version,
        station_id=station_id,
        kind=EventKind.TAKE_BACK,
        job_id=tap.job_id,
        unit_id=tap.unit_id,
        inlet_id=tap.inlet_id,
        server_at=now,
        by=actor.name,
        about=about,
    )
    closed = _closed_by(tap, store)
    if closed is not None:
        return store.field.reopen_incident(closed, back)
    return store.field.save_event(back)


def _closed_by(tap: FieldEvent, store: Store) -> int | None:
    """The matter that the tap has closed."""
    matter = JobId.parse(tap.job_id).incident_id if tap.job_id else None
    if tap.kind is not EventKind.CLEAR or matter is None:
        return None
    calls = store.field.calls_of(tap.operation_id, matter)
    return matter if any(one.closed_at == tap.server_at for one in calls) else None
