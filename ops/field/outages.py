"""Crews and machines out of action, and back again."""

from collections.abc import Iterable
from datetime import datetime

from data.model.city import City
from data.model.field import EventKind, FieldEvent, Outage
from data.model.headquarters.directives import DirectiveStanding, DirectiveStep
from data.model.ids import Cause, CauseKind
from data.model.message import Message
from data.model.operation import Operation
from data.store.headquarters.visits import absences, loan_cause
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, NotFound
from ops.base.naming import directive_words
from ops.field.reports import check_text


def outages_ahead(store: Store, operation: Operation, now: datetime) -> tuple[Outage, ...]:
    """Those that are not over: what the desk and the stations took out, and what loans between
    districts make of it.
    """
    lent = store.directives.standings(loans_only=True)
    known = (
        *store.desk.outages(operation.id),
        *absences(lent, store.site, operation),
    )
    return tuple(one for one in known if not one.is_over(now))


def loan_causes(lent: Iterable[DirectiveStanding]) -> dict[str, Message]:
    """The causes to plan that loans are, told by their names."""
    found = {}
    for one in lent:
        facts: dict[str, object] = {"loan": directive_words(one.directive)}
        for step, code in LOAN_CAUSES.items():
            if event := one.said(step):
                cause = loan_cause(one.directive.id, step)
                found[str(cause)] = Message(code, facts | {"by": event.by, "at": event.at})
    return found


LOAN_CAUSES = {
    DirectiveStep.ACKNOWLEDGE: "cause.loan_named",
    DirectiveStep.DONE: "cause.loan_over_named",
}


@atomic
def take_out(
    store: Store, operation: Operation, actor: Actor, resource_id: str, reason: str, now: datetime
) -> tuple[Outage, bool]:
    """A crew or machine is out of action from now on, or a dump site closed; as it is kept, and
    whether that is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at its station; or the tables know none of this id.
    """
    station = _home_of(store.city(), resource_id)
    require(actor, Action.SET_OUTAGE, station)
    if station is None:
        raise NotFound("unit.unknown", unit=resource_id)
    check_text(reason)
    outage, new = store.desk.begin_outage(
        Outage(
            operation_id=operation.id,
            resource_id=resource_id,
            from_at=now,
            by=actor.name,
            reason=reason,
        ),
        now,
    )
    if new:
        record(store, actor, Action.SET_OUTAGE, resource_id, now, operation, reason=outage.reason)
    return outage, new


@atomic
def call_on_duty(
    store: Store,
    operation: Operation,
    actor: Actor,
    station_id: str,
    since: datetime,
    now: datetime,
) -> bool:
    """A station that has refused all since then is on duty all the same; whether that is new.

    Raises
    ------
    NotAllowed
        ``actor`` may not, of this station; or there is no plan in force.
    """
    require(actor, Action.SET_OUTAGE, station_id)
    version = store.plans.current(operation.id)
    if version is None:
        raise NotFound("cli.no_plan")
    event = FieldEvent(
        operation_id=operation.id,
        event_id=on_duty_cause(station_id, since),
        version=version.number,
        station_id=station_id,
        kind=EventKind.ON_DUTY,
        server_at=now,
        by=actor.name,
    )
    new = store.field.save_event(event)
    if new:
        record(store, actor, Action.SET_OUTAGE, station_id, now, operation, on_duty=True)
    return new


def on_duty_cause(station_id: str, since: datetime) -> str:
    """The cause to plan that the desk's word is, and the name of its event."""
    return str(Cause(CauseKind.ON_DUTY, f"{station_id}@{since:%Y%m%dT%H%M%SZ}"))


def _home_of(city: City, resource_id: str) -> str | None:
    """The station of a crew, a machine or a dump site."""
    unit = city.resource_by_id.get(resource_id) or city.dump_site_by_id.get(resource_id)
    return unit.station_id if unit else None


@atomic
def bring_back(
    store: Store, operation: Operation, actor: Actor, resource_id: str, now: datetime
) -> bool:
    """It can be used again; whether it was out.

    Raises
    ------
    NotAllowed
        ``actor`` may not, at its station; or it is not out.
    """
    require(actor, Action.SET_OUTAGE, _home_of(store.city(), resource_id))
    out = [
        outage
        for outage in store.desk.outages(operation.id)
        if outage.resource_id == resource_id and outage.ended_by is None
    ]
    if not out:
        raise Conflict("unit.not_out", unit=resource_id)
    ended = [store.desk.end_outage(outage, actor.name, now) for outage in out]
    record(store, actor, Action.SET_OUTAGE, resource_id, now, operation, back=True)
    return all(ended)
