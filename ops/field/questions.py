"""What the stations ask the desk, and what the desk answers: each answer goes back to the sheet it
was asked from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from data.model.field import EventKind, FieldEvent
from data.model.ids import EventId
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.audit import record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import NotAllowed
from ops.field.progress import moment
from ops.field.reports import check_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a station asked, and the desk's answer once there is one."""

    asked: FieldEvent
    answered: FieldEvent | None = None


def questions(events: Iterable[FieldEvent], station_id: str | None = None) -> tuple[Question, ...]:
    """All that was asked, or what one station asked: what waits for its answer first, longest wait
    first; then what is answered, newest first. Pure.
    """
    events = tuple(events)
    answers = {event.event_id: event for event in events if event.kind is EventKind.ANSWER}
    asked = {event.event_id: event for event in events if event.kind is EventKind.ASK}
    found = [
        Question(asked=event, answered=answers.get(_name_of(event.event_id)))
        for event in asked.values()
        if station_id in (None, event.station_id)
    ]
    waiting = sorted(
        (one for one in found if one.answered is None), key=lambda one: moment(one.asked)
    )
    answered = sorted(
        (one for one in found if one.answered), key=lambda one: one.answered.server_at, reverse=True
    )
    return (*waiting, *answered)


def answer(
    store: Store, operation: Operation, actor: Actor, asked_id: str, text: str, now: datetime
) -> bool:
    """Answer a question, once: two who answer it would tell the crew two things. Whether that is
    new.

    Parameters
    ----------
    asked_id
        The event id of the question.
    now
        The operation's time.

    Raises
    ------
    NotAllowed
        By this role, nothing said, a question that there is not, or one that somebody has answered
        otherwise.
    """
    require(actor, Action.ANSWER_QUESTION)
    text = text.strip()
    if not text:
        raise NotAllowed("field.needs_reason")
    check_text(text)
    asked = next(
        (
            one.asked
            for one in questions(store.field_events(operation.id))
            if one.asked.event_id == asked_id
        ),
        None,
    )
    if asked is None:
        raise NotAllowed("question.none", id=asked_id)
    new = store.save_event(
        FieldEvent(
            operation_id=operation.id,
            event_id=_name_of(asked_id),
            version=asked.version,
            station_id=asked.station_id,
            kind=EventKind.ANSWER,
            job_id=asked.job_id,
            server_at=now,
            by=actor.name,
            reason=text,
        )
    )
    if new:
        record(store, actor, Action.ANSWER_QUESTION, asked_id, now, operation)
        return True
    kept = next(
        one for one in store.field_events(operation.id) if one.event_id == _name_of(asked_id)
    )
    if kept.reason != text:
        raise NotAllowed("question.answered", by=kept.by, text=kept.reason)
    return False


def _name_of(asked_id: str) -> str:
    """The event id of the one answer to a question."""
    return str(EventId(EventKind.ANSWER, asked_id))
