"""Many days of the roster put in at once, as one change of the desk's."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from data.model.city import City
from data.model.operation import Operation
from data.model.roster import RosterChange, RosterDay, WorkerKey
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, NotFound
from ops.district.roster_changes import rostered_city, station_of, worker_name
from ops.district.rosters import shift_on

NOTHING: Mapping[tuple[WorkerKey, date], str | None] = MappingProxyType({})


@atomic
def put_in(
    store: Store,
    operation: Operation,
    actor: Actor,
    entries: Sequence[RosterDay],
    reason: str,
    now: datetime,
    stood: Mapping[tuple[WorkerKey, date], str | None] = NOTHING,
) -> int:
    """Put these days in, all or none, and ask for one plan; how many they are.

    Parameters
    ----------
    stood
        The shifts, by worker and day, that they were made beside: half of one month and half of
        another would keep nobody's rest.

    Raises
    ------
    NotAllowed
        ``actor`` may not change one of them; of nobody we know; somebody has typed one of the days
        for another reason meanwhile: nothing typed by hand is moved; or what they were made beside
        stands no more.
    """
    city = rostered_city(store, operation)
    latest = {(one.entry.worker, one.day): one for one in store.rosters.changes(operation.id)}
    for entry in entries:
        worker = city.worker_by_key.get(entry.worker)
        if worker is None:
            raise NotFound("roster.no_such_worker", id=entry.worker[1])
        require(actor, Action.CHANGE_ROSTER, station_of(worker, city))
        if _is_typed(entry, city, latest.get((entry.worker, entry.day)), reason):
            raise Conflict("roster.typed_meanwhile", who=worker_name(worker), day=entry.day)
    _must_stand(stood, city)
    changes = [
        RosterChange(
            operation_id=operation.id,
            day=entry.day,
            crew_id=entry.crew_id,
            driver_id=entry.driver_id,
            person_id=entry.person_id,
            duty=entry.duty,
            swap_with=entry.swap_with,
            by=actor.name,
            at=now,
            reason=reason,
        )
        for entry in entries
    ]
    store.rosters.change(changes, now)
    record(
        store,
        actor,
        Action.CHANGE_ROSTER,
        "month",
        now,
        operation,
        days=len(changes),
        reason=reason,
    )
    return len(changes)


def _is_typed(entry: RosterDay, city: City, change: RosterChange | None, reason: str) -> bool:
    """Whether somebody has swapped the day, or typed it for another reason."""
    day, is_ours = (entry.worker, entry.day), change is not None and change.reason == reason
    return day in city.swaps_by_day or (day in city.roster_by_day and not is_ours)


def _must_stand(stood: Mapping[tuple[WorkerKey, date], str | None], city: City) -> None:
    for (key, day), duty in stood.items():
        worker = city.worker_by_key.get(key)
        shift = shift_on(worker, day, city) if worker else None
        if (shift.id if shift else None) != duty:
            who = worker_name(worker) if worker else key[1]
            raise Conflict("roster.typed_meanwhile", who=who, day=day)
