"""The desk notes that it has seen to what stood open: by telephone, by other means."""

from datetime import datetime

from data.model.field import EventKind, FieldEvent, ReportWay
from data.model.ids import EventId
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Invalid, NotFound
from ops.field.reports import LONGEST_ID, check_text


@atomic
def note(
    store: Store,
    operation: Operation,
    actor: Actor,
    about: str,
    station_id: str,
    text: str,
    now: datetime,
    *,
    told_by: str = "",
    job_id: str | None = None,
) -> bool:
    """What stood open is seen to; whether that is new.

    Parameters
    ----------
    about
        The name of the need.
    text
        What was done about it.
    told_by
        Who was reached by telephone; an empty text where nobody was.

    Raises
    ------
    NotAllowed
        By this role, without a word, with one that can't be kept, or while no plan is in force.
    """
    require(actor, Action.ANSWER_QUESTION, station_id)
    text, told_by = text.strip(), told_by.strip()
    if not text:
        raise Invalid("field.needs_reason")
    check_text(text, told_by)
    event_id = str(EventId(EventKind.NOTE, about))
    if len(event_id) > 2 * LONGEST_ID or not about.isprintable():
        raise Invalid("field.bad_event_id")
    version = store.plans.current(operation.id)
    if version is None:
        raise NotFound("cli.no_plan")
    event = FieldEvent(
        operation_id=operation.id,
        event_id=event_id,
        version=version.number,
        station_id=station_id,
        kind=EventKind.NOTE,
        job_id=job_id,
        server_at=now,
        by=actor.name,
        reason=text,
        way=ReportWay.PHONE if told_by else ReportWay.TAP,
        told_by=told_by or None,
        about=about,
    )
    new = store.field.save_event(event)
    if new:
        record(store, actor, Action.ANSWER_QUESTION, about, now, operation, note=True)
    return new
