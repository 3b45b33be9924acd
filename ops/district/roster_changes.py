"""Days of the roster changed on a page: another shift, off, leave, absent, a swap, or as the tables
say again.

A change belongs to an operation, so that no drill moves a real duty; it lies over the tables
whenever they are read, and a newer sheet takes nothing of it away.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from data.model.city import City, Driver, Person, Worker, worker_key
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.operation import Operation
from data.model.roster import RosterChange, WorkerKey
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound
from ops.district.rosters import ABSENT, LEAVE, OFF, home_of, is_on_leave, swapped

AWAY = (OFF, LEAVE, ABSENT)
LONGEST_REASON = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DayChange:
    """What is wanted of one day: a shift or one of ``AWAY``, or a swap; neither: as the tables
    say.
    """

    worker: WorkerKey
    day: date
    duty: str | None = None
    swap_with: str | None = None
    reason: str = ""


@atomic
def change_day(
    store: Store, operation: Operation, actor: Actor, wanted: DayChange, now: datetime
) -> bool:
    """Change one day of a crew, driver or person; whether anything is other than before.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at this station or at that of the other of a swap; there is no such
        worker or shift; or the swap is with none of the same kind.
    """
    city = rostered_city(store, operation)
    worker = _known(wanted.worker, city)
    require(actor, Action.CHANGE_ROSTER, station_of(worker, city))
    _must_be_duty(wanted, city)
    other = _other(worker, wanted, city) if wanted.swap_with else None
    if other:
        require(actor, Action.CHANGE_ROSTER, station_of(other, city))
    elif wanted.duty is None:  # a swap is undone from either side
        other = swapped(worker, wanted.day, city)
    changes = [_entry(operation, worker, _with_swap(worker, wanted, city), actor, now)]
    if other:
        changes.append(_entry(operation, other, _left_of(other, wanted, city), actor, now))
    after = with_changes(store.city(), [*store.rosters.changes(operation.id), *changes])
    if after.roster_by_day == city.roster_by_day:
        return False
    store.rosters.change(changes, now)
    details = {"day": wanted.day.isoformat(), "duty": wanted.duty, "swap_with": wanted.swap_with}
    subject = ":".join(wanted.worker)
    details["reason"] = wanted.reason
    record(store, actor, Action.CHANGE_ROSTER, subject, now, operation, **details)
    return True


def _must_be_duty(wanted: DayChange, city: City) -> None:
    if wanted.duty is not None and wanted.duty not in (*AWAY, *city.shift_by_id):
        raise Invalid("roster.no_such_duty", duty=wanted.duty)
    if len(wanted.reason) > LONGEST_REASON or not (wanted.reason or "-").isprintable():
        raise Invalid("roster.bad_reason", most=LONGEST_REASON)


def _with_swap(worker: Worker, wanted: DayChange, city: City) -> DayChange:
    """Who is put on another duty after a swap leaves the other of it what he took over."""
    was = city.roster_by_day.get((worker_key(worker), wanted.day))
    return replace(wanted, swap_with=was.swap_with) if was and wanted.duty is not None else wanted


def _left_of(other: Worker, wanted: DayChange, city: City) -> DayChange:
    """The day of the other of a swap: as the tables say, but who is away then stays away."""
    was = city.roster_by_day.get((worker_key(other), wanted.day))
    is_away = is_on_leave(other, wanted.day, city)
    return replace(wanted, duty=was.duty if was and is_away else None, swap_with=None)


def _known(key: WorkerKey, city: City) -> Worker:
    worker = city.worker_by_key.get(key)
    if worker is None:
        raise NotFound("roster.no_such_worker", id=key[1])
    return worker


def _other(worker: Worker, wanted: DayChange, city: City) -> Worker:
    if wanted.swap_with == worker.id:
        raise Invalid("roster.swap_with_self")
    other = _known((wanted.worker[0], wanted.swap_with or ""), city)
    services = {city.service_at(station_of(one, city) or "") for one in (worker, other)}
    if len(services) > 1:  # they do other work, and a service may be switched off
        raise Invalid("roster.other_service", who=worker_name(other))
    return other


def _entry(
    operation: Operation, worker: Worker, wanted: DayChange, actor: Actor, now: datetime
) -> RosterChange:
    kind, name = worker_key(worker)
    return RosterChange(
        operation_id=operation.id,
        day=wanted.day,
        crew_id=name if kind == "crew" else None,
        driver_id=name if kind == "driver" else None,
        person_id=name if kind == "person" else None,
        duty=wanted.duty,
        swap_with=wanted.swap_with,
        by=actor.name,
        at=now,
        reason=wanted.reason.strip(),
    )


def station_of(worker: Worker, city: City) -> str | None:
    """The station of a crew, of a driver's machine, or of a person."""
    if isinstance(worker, Driver):
        machine = city.machine_by_id.get(worker.machine_id)
        return machine.station_id if machine else None
    return worker.station_id


def rostered_city(store: Store, operation: Operation) -> City:
    """The district's tables with what was changed of its rosters in an operation.

    Raises
    ------
    NoCity
        None has been loaded.
    """
    return with_changes(store.city(), store.rosters.changes(operation.id))


def with_changes(city: City, changes: Iterable[RosterChange]) -> City:
    """The district with these changes over its roster, the latest of each day; those of workers
    that the tables know no more count for nothing.
    """
    latest = {
        (change.entry.worker, change.day): change.entry
        for change in changes
        if change.entry.worker in city.worker_by_key
    }
    if not latest:
        return city
    kept = [one for one in city.roster if (one.worker, one.day) not in latest]
    told = [one for one in latest.values() if one.duty or one.swap_with]
    return replace(city, roster=(*kept, *told))


def roster_causes(changes: Iterable[RosterChange], city: City) -> dict[str, Message]:
    """The causes to plan that changes are, told by their names."""
    found = {}
    for change in changes:
        worker = city.worker_by_key.get(change.entry.worker)
        if worker is None:
            continue
        facts = {
            "who": worker_name(worker),
            "day": change.day,
            "duty": duty_name(change, city),
            "by": change.by,
            "at": change.at,
        }
        found[str(Cause.of(CauseKind.ROSTER, change.id))] = Message("cause.roster_named", facts)
    return found


def duty_name(change: RosterChange, city: City) -> Message:
    """What a day was changed to."""
    if change.swap_with and change.duty is None:
        other = city.worker_by_key.get((change.entry.worker[0], change.swap_with))
        name = worker_name(other) if other else change.swap_with
        return Message("roster.swapped", {"who": name})
    if change.duty is None:
        return Message("roster.as_tables")
    if change.duty in AWAY:
        return Message(f"roster.{change.duty}")
    shift = city.shift_by_id.get(change.duty)
    return Message("roster.on_shift", {"shift": shift.name if shift else change.duty})


def worker_name(worker: Worker) -> str:
    """How people call a crew, a driver's post or a person."""
    return worker.post if isinstance(worker, Driver) else worker.name


def called(worker: Worker, city: City) -> str:
    """The name by which the sheets know a crew or a driver's machine; a person by the own crew's or
    machine's.
    """
    if isinstance(worker, Person):
        home = home_of(worker, city)
        return called(home, city) if home else worker.name
    machine = city.machine_by_id.get(worker.machine_id) if isinstance(worker, Driver) else None
    return f"{machine.plate} {worker_name(worker)}" if machine else worker_name(worker)
