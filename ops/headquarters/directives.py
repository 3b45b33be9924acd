"""Telling districts what to do, and what they answer: each in the database of who says it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from data.model.headquarters.directives import Directive, DirectiveEvent, DirectiveStep
from data.store.store import Store
from ops.auth.audit import atomic, record
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import Conflict, Invalid, NotFound, PermissionDenied
from ops.headquarters.loans import check_loan

LONGEST = 500
MINUTES = (5, 240)
"""Within how many a district may be asked to acknowledge (assumptions)."""


@atomic
def give(
    store: Store,
    actor: Actor,
    member_ids: Sequence[str],
    text: str,
    within: timedelta,
    now: datetime,
) -> list[Directive]:
    """Tell districts what to do, each by a directive of its own.

    Parameters
    ----------
    store
        The headquarters'.
    within
        How long each has to acknowledge it.
    now
        The real time.

    Raises
    ------
    NotAllowed
        ``actor`` may not, or not one of these districts; or there is no text, no district, or too
        little or too much time.
    """
    require(actor, Action.GIVE_DIRECTIVE)
    known = {one.id: one for one in store.members.all() if one.archived_at is None}
    if not member_ids or not known.keys() >= set(member_ids):
        raise NotFound("directive.no_district")
    if any(actor.city not in (None, known[one].city) for one in member_ids):
        raise PermissionDenied("directive.other_city")
    _check(text)
    least, most = (timedelta(minutes=minutes) for minutes in MINUTES)
    if not least <= within <= most:
        raise Invalid("directive.bad_time", least=MINUTES[0], most=MINUTES[1])
    given = []
    for member_id in dict.fromkeys(member_ids):
        one = Directive(
            member_id=member_id, text=text.strip(), by=actor.name, at=now, due_at=now + within
        )
        given.append(store.directives.give(one))
        record(store, actor, Action.GIVE_DIRECTIVE, member_id, now, number=given[-1].id)
    return given


@atomic
def answer(
    store: Store,
    actor: Actor,
    directive_id: int,
    step: DirectiveStep,
    text: str,
    now: datetime,
) -> None:
    """Say what becomes of a directive, at the district that it is for.

    Raises
    ------
    NotAllowed
        ``actor`` may not; there is none of this number, that was said before, or it is over; who
        refuses says not why; or a unit can't be lent (see ``check_loan``).
    """
    require(actor, Action.ANSWER_DIRECTIVE)
    found = store.directives.standings(numbers=[directive_id])
    if not found or step in (DirectiveStep.RECEIVE, DirectiveStep.LAPSE):
        raise NotFound("directive.unknown", number=directive_id)
    check_loan(store, found[0], step, now)
    if step is DirectiveStep.REFUSE or text.strip():
        _check(text)
    event = DirectiveEvent(
        directive_id=directive_id, step=step, at=now, by=actor.name, text=text.strip()
    )
    if not found[0].is_open or not store.directives.note(event):
        raise Conflict("directive.said", number=directive_id)
    record(store, actor, Action.ANSWER_DIRECTIVE, str(directive_id), now, step=str(step))


def _check(text: str) -> None:
    if not text.strip() or len(text) > LONGEST or not text.replace("\n", " ").isprintable():
        raise Invalid("directive.bad_text", most=LONGEST)
