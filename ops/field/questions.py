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
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound
from ops.field.reports import check_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a station asked, and the desk's answer once there is one."""

    event: FieldEvent
    answered: FieldEvent | None = None


def questions(events: Iterable[FieldEvent], station_id: str | None = None) -> tuple[Question, ...]:
    """All that was asked, or what one station asked: what waits for its answer first, longest wait
    first; then what is answered, newest first. Pure.
    """
    events = tuple(events)
    answers = {event.event_id: event for event in events if event.kind is EventKind.ANSWER}
    waiting: list[FieldEvent] = []
    answered: list[tuple[FieldEvent, FieldEvent]] = []
    for event in {
        event.event_id: event for event in events if event.kind is EventKind.ASK
    }.values():
        if station_id not in (None, event.station_id):
            continue
        reply = answers.get(_answer_id(event.event_id))
        if reply:
            answered.append((event, reply))
        else:
            waiting.append(event)
    waiting.sort(key=lambda event: event.happened_at)
    answered.sort(key=lambda pair: pair[1].server_at, reverse=True)
    return (
        *(Question(event=event) for event in waiting),
        *(Question(event=event, answered=reply) for event, reply in answered),
    )


@atomic
def answer(
    store: Store, operation: Operation, actor: Actor, question_id: str, text: str, now: datetime
) -> bool:
    """Answer a question, once: two who answer it would tell the crew two things. Whether that is
    new.

    Parameters
    ----------
    question_id
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
        raise Invalid("field.needs_reason")
    check_text(text)
    events = store.field.events(operation.id)
    question = next(
        (
            event
            for event in events
            if event.kind is EventKind.ASK and event.event_id == question_id
        ),
        None,
    )
    if question is None:
        raise NotFound("question.none", id=question_id)
    reply = FieldEvent(
        operation_id=operation.id,
        event_id=_answer_id(question_id),
        version=question.version,
        station_id=question.station_id,
        kind=EventKind.ANSWER,
        job_id=question.job_id,
        server_at=now,
        by=actor.name,
        reason=text,
    )
    if store.field.save_event(reply):
        record(store, actor, Action.ANSWER_QUESTION, question_id, now, operation)
        return True
    first = next(
        event for event in store.field.events(operation.id) if event.event_id == reply.event_id
    )
    if first.reason != text:
        raise Conflict("question.answered", by=first.by, text=first.reason)
    return False


def _answer_id(question_id: str) -> str:
    """The event id of the one answer to a question."""
    return str(EventId(EventKind.ANSWER, question_id))
