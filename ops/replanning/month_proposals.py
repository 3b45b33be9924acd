"""A month of the roster proposed for a station: made apart, kept until somebody puts it in or
leaves it, and looked at against the people, leave and certificates of now.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial

from data.model.message import Message
from data.model.operation import Operation
from data.model.roster import MonthProposal, PersonTurns
from data.store.store import Store
from ops.auth.audit import atomic
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict
from ops.district.month_changes import put_in
from ops.district.reading_apart import AT_THE_BOARD, Room, run_apart
from ops.district.roster_changes import rostered_city
from ops.planning.on_duty.fair_month import (
    REASON,
    FairMonth,
    explained_month,
    month_asked,
    typed_days,
    why_messages,
)
from ops.planning.parameters import DutySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A month that is proposed, as it looks now.

    Attributes
    ----------
    number
        Which proposal it is; ``None``: of none that is kept.
    why
        Why something is missing, and what would mend it.
    is_stale
        Whether people, leave, certificates, rules or duties have changed since it was made, or its
        first day has come: it is to be made anew.
    """

    station_id: str
    month: FairMonth
    why: tuple[Message, ...]
    by: str
    at: datetime
    is_stale: bool
    number: int | None = None


def propose(
    store: Store,
    operation: Operation,
    actor: Actor,
    station_id: str,
    days: Sequence[date],
    duty: DutySettings,
    now: datetime,
    room: Room = AT_THE_BOARD,
) -> None:
    """Have a month made for these days of it, and keep it in place of the one proposed before.

    Raises
    ------
    ApartFailed
        It could not be made; the one before stays.
    """
    require(actor, Action.CHANGE_ROSTER, station_id)
    city = rostered_city(store, operation)
    typed = typed_days(city, store.rosters.changes(operation.id))
    made, why = run_apart(partial(explained_month, city, station_id, days, duty, typed), room)
    told = why_messages(made, why) if why else ()
    _keep(store, operation, actor, station_id, made, told, now)


def proposed(
    store: Store,
    operation: Operation,
    station_id: str,
    month: date,
    duty: DutySettings,
    today: date,
) -> Proposed | None:
    """The month that is proposed for a station, if one is: of ``month``, its first day."""
    kept = store.rosters.proposal(operation.id, station_id, month)
    if kept is None:
        return None
    city = rostered_city(store, operation)
    typed = typed_days(city, store.rosters.changes(operation.id))
    asked = month_asked(city, station_id, kept.days, duty, typed)
    known = {one.id for one in asked.people}
    roster = {
        (one.person_id, number): shift
        for one in kept.turns
        if one.person_id in known
        for number, shift in enumerate(one.shifts)
        if shift is not None and shift in asked.shifts
    }
    return Proposed(
        station_id=station_id,
        month=replace(asked, roster=roster),
        why=kept.why,
        by=kept.by,
        at=kept.at,
        is_stale=asked.basis != kept.basis or kept.days[0] <= today,
        number=kept.id,
    )


@atomic
def change_day(
    store: Store,
    operation: Operation,
    actor: Actor,
    found: Proposed,
    who: str,
    day: date,
    duty: str | None,
    now: datetime,
) -> None:
    """Give somebody another duty on a day of it: a shift of the tables, or off.

    Raises
    ------
    Conflict
        Somebody has changed, put in or left it meanwhile.
    """
    require(actor, Action.CHANGE_ROSTER, found.station_id)
    _must_stand(store, operation, found)
    after = found.month.changed(who, day, duty)
    why = found.why if after.short() == found.month.short() else ()
    _keep(store, operation, actor, found.station_id, after, why, now)


@atomic
def take_in(
    store: Store, operation: Operation, actor: Actor, found: Proposed, now: datetime
) -> int:
    """Put it in; how many days that changed.

    Raises
    ------
    Conflict
        It is not as people and leave are now, or breaks a rule; or somebody has changed, put in or
        left it meanwhile.
    """
    _must_stand(store, operation, found)
    if found.is_stale or found.month.broken():
        raise Conflict("fair_month.not_put_in")
    month, entries = found.month, found.month.entries()
    if entries:
        put_in(store, operation, actor, entries, REASON, now, month.stood())
    leave(store, operation, actor, found, now)
    return len(entries)


@atomic
def leave(store: Store, operation: Operation, actor: Actor, found: Proposed, now: datetime) -> None:
    """Propose nothing any more.

    Raises
    ------
    Conflict
        Somebody has changed, put in or left it meanwhile.
    """
    require(actor, Action.CHANGE_ROSTER, found.station_id)
    _must_stand(store, operation, found)
    store.rosters.propose(_of(operation, actor, found.station_id, found.month.days[0], now))


def _must_stand(store: Store, operation: Operation, found: Proposed) -> None:
    """Of what another has done with the proposal meanwhile nothing is lost."""
    kept = store.rosters.proposal(
        operation.id, found.station_id, found.month.days[0].replace(day=1)
    )
    if kept is None or kept.id != found.number:
        raise Conflict("fair_month.changed_meanwhile")


def _keep(
    store: Store,
    operation: Operation,
    actor: Actor,
    station_id: str,
    month: FairMonth,
    why: tuple[Message, ...],
    now: datetime,
) -> None:
    turns = tuple(
        PersonTurns(
            person_id=one.id,
            shifts=tuple(month.roster.get((one.id, n)) for n in range(len(month.days))),
        )
        for one in month.people
    )
    kept = _of(operation, actor, station_id, month.days[0], now)
    store.rosters.propose(replace(kept, days=month.days, turns=turns, why=why, basis=month.basis))


def _of(
    operation: Operation, actor: Actor, station_id: str, day: date, now: datetime
) -> MonthProposal:
    return MonthProposal(
        operation_id=operation.id,
        station_id=station_id,
        month=day.replace(day=1),
        by=actor.name,
        at=now,
    )
