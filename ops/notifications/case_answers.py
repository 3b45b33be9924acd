"""What goes out about the cases of the street: what is late is told further up, and the platform
that reported a case gets its answer with the picture after.
"""

import base64
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from data.model.message import Message
from data.model.operation import Operation
from data.model.street.street_case import CaseEvent, CaseEventKind
from data.store.store import Store
from ops.base.naming import segment_name, station_name
from ops.field.cases.standing import CaseStanding, Climb, climbs
from ops.field.cases.street_cases import GridSettings, all_standings
from ops.field.photos import photo_file
from ops.notifications.channels import DeliveryError, post_json

log = logging.getLogger(__name__)
PLATFORM = "api:"
"""Begins the source of what a platform has reported."""
BY = "xunban"


def tell_late(
    store: Store,
    operation: Operation,
    settings: GridSettings,
    now: datetime,
    tell: Callable[[Message, str], None],
) -> int:
    """Tell what is late one step further up, once for each step; how much was told.

    It is told before it is noted, by a name that whoever dies in between gives it again.
    """
    look = timedelta(minutes=settings.look_minutes)
    late = climbs(all_standings(store, operation), now, settings.climb_minutes, look)
    for one in late:
        tell(climb_message(one, store), climb_matter(one))
        _say(store, operation, one.standing, CaseEventKind.CLIMB, now, one)
    return len(late)


def climb_matter(one: Climb) -> str:
    """The name of what is told by a climb: another one after a new owner, time or beginning."""
    case, key = one.standing, one.step.key if one.step else ""
    due = one.step.due_at if one.step else case.due_at
    begun = sum(event.kind is CaseEventKind.REOPEN for event in case.events)
    return f"case:{case.case.id}:{key}:{one.rung}:{one.owner}:{due:%Y%m%dT%H%M%S}:{begun}"


def climb_message(one: Climb, store: Store) -> Message:
    """What is late, whose it is, and who is told by this step of the table."""
    case, city = one.standing.case, store.city()
    return Message(
        "case.climbed",
        {
            "number": case.id,
            "what": one.step.what if one.step else Message(f"case_kind.{case.kind}"),
            "place": segment_name(case.segment_id, city),
            "owner": station_name(one.owner, city),
            "due": one.step.due_at if one.step else one.standing.due_at,
            "to": Message(f"case_rung.{min(one.rung, 3)}"),
        },
    )


def answer_platform(
    store: Store,
    operation: Operation,
    settings: GridSettings,
    now: datetime,
    environ: Mapping[str, str],
    photos: Path,
) -> int:
    """Post the answers of closed cases to the platform they came from; how many it took. What it
    does not take is posted at the next round. Of a drill nothing goes out: a citizen would read it.
    """
    if not settings.platform_url or operation.is_drill:
        return 0
    taken = 0
    named = settings.platform_secret_env
    secret = environ.get(named, "").strip() if named else ""
    for one in all_standings(store, operation):
        if not one.closed or one.answered or not one.case.source.startswith(PLATFORM):
            continue
        if named and not secret:  # unsigned it could be anybody's
            log.error("answers of cases wait: %s is not set, or is not this district's", named)
            break
        body = json.dumps(answer_body(one, photos, store), ensure_ascii=False).encode()
        key = f"case-{one.case.id}-{one.closed.id}"
        try:
            post_json(settings.platform_url, body, key, secret, now)
        except DeliveryError as error:
            log.warning("answer of case %s unsent: %s", one.case.id, error)
            if error.lasting:
                continue
            break  # the other side is down: the next round asks again, and others wait for us
        _say(store, operation, one, CaseEventKind.ANSWER, now)
        taken += 1
    return taken


def answer_body(one: CaseStanding, photos: Path, store: Store) -> dict[str, object]:
    """The answer as a platform gets it: its own number, the words, the picture after (that of the
    crew who has seen to it, where none came with the closing).
    """
    closed = one.closed
    photo = one.photo_after if closed else None
    path = photo_file(photo, photos, store) if photo else None
    return {
        "number": one.case.external_id,
        "case": one.case.id,
        "state": "closed" if closed else "open",
        "closed_at": closed.at.isoformat() if closed else None,
        "by": closed.by if closed else None,
        "text": closed.text if closed else "",
        "photo_jpeg": base64.b64encode(path.read_bytes()).decode() if path else None,
    }


def _say(
    store: Store,
    operation: Operation,
    one: CaseStanding,
    kind: CaseEventKind,
    now: datetime,
    climb: Climb | None = None,
) -> None:
    step, rung = (climb.step, climb.rung) if climb else (None, 0)
    number = one.case.id or 0
    key = step.key if step else ""
    store.street_cases.say(
        CaseEvent(
            operation_id=operation.id,
            case_id=number,
            event_id=f"{kind}:{number}:{key}:{rung}@{now:%Y%m%dT%H%M%S}",
            kind=kind,
            at=now,
            by=BY,
            step=step.key if step else None,
            rung=rung,
        )
    )
