"""Inlets that a crew left, and when they may be asked for again, by its reason. Pure.

A car drives away, a rush is over, water that made it unsafe runs off: they are asked for again by
themselves, as work of their own. What is welded shut or can't be found is a case for upkeep and
for the tables: no crew is sent there again until somebody says something else of it, and the desk
has it among what needs its hand.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from data.model.field import LEFT_FOR_GOOD, EventKind, FieldEvent
from ops.field.water.inlet_signs import last_said
from ops.planning.parameters import WorkSettings
from ops.risk.stop_work import Span


def skipped_inlets(
    events: Iterable[FieldEvent], storms: Iterable[Span], work: WorkSettings
) -> Mapping[str, datetime | None]:
    """The inlets of which it was last said that nobody got at them: from when on they may be asked
    for again; ``None``: not until somebody says something else of them.
    """
    spans = tuple(storms)
    return {
        inlet_id: _again(event, spans, work)
        for inlet_id, event in last_said(events).items()
        if event.kind is EventKind.INLET_SKIPPED
    }


def _again(event: FieldEvent, storms: Iterable[Span], work: WorkSettings) -> datetime | None:
    at = event.happened_at
    if event.reason in LEFT_FOR_GOOD:
        return None
    if event.reason == "unsafe":
        return next(
            (end for start, end in storms if start <= at < end),
            at + timedelta(minutes=work.rush_minutes),
        )
    minutes = work.rush_minutes if event.reason == "traffic" else work.car_minutes
    return at + timedelta(minutes=minutes)
