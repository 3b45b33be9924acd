"""No single station drives the planner: what it alone keeps asking for is answered together, after
a while.

Sixty refusals from one link made six plans in a row, and every crew of the district got six sheets.
Each of them is kept and answered all the same; whatever else asks for a plan answers them with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from data.model.field import FieldEvent
from data.model.ids import Cause, CauseKind
from data.model.operation import Trigger

SPAN = timedelta(minutes=30)
FROM_A_STATION = (CauseKind.REFUSE, CauseKind.DELAY, CauseKind.BLOCKED)
"""What one tap asks for by itself. An incident and a call for help are no such thing: they never
wait.
"""


def overdone_by(
    pending: Sequence[Trigger],
    recent: Iterable[Trigger],
    events: Mapping[str, FieldEvent],
    now: datetime,
    most: int,
    pause: timedelta,
) -> frozenset[str]:
    """The stations whose taps, and nothing else, ask for a plan, and that have had enough of them
    lately; empty where a plan is due now. Pure.

    Parameters
    ----------
    pending, recent
        What waits, and what was asked for within `SPAN`.
    events
        The taps, by their own ids.
    most, pause
        So many plans within `SPAN` are made for one station at once; the next one so long after the
        last.
    """
    waiting = {_station(one, events) for one in pending}
    plans: dict[str, dict[int, datetime]] = {}
    for one in recent:
        station = _station(one, events)
        if station is not None and one.answered_by is not None and one.settled_at is not None:
            plans.setdefault(station, {})[one.answered_by] = one.settled_at
    held = {
        station
        for station, made in plans.items()
        if len(made) >= most and timedelta(0) <= now - max(made.values()) < pause
    }
    return frozenset(one for one in waiting if one) if waiting <= held else frozenset()


def _station(trigger: Trigger, events: Mapping[str, FieldEvent]) -> str | None:
    """The station whose tap it is; ``None`` for whatever is not one station's word alone."""
    try:
        cause = Cause.parse(trigger.cause)
    except ValueError:
        return None
    event = events.get(cause.subject) if cause.kind in FROM_A_STATION else None
    return event.station_id if event else None
