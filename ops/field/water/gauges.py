"""Readings of gauges as they come, by whatever door: kept, counted, and made an incident where
water stands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from data.model.account import Role
from data.model.field import Incident
from data.model.gauge import GaugeReading
from data.model.operation import Operation
from data.store.store import Store
from ops.auth.permissions import Action, Actor, require
from ops.base.errors import NotAllowed
from ops.field.calls import incidents
from ops.field.calls.incidents import DEEPEST_CM, IncidentReport, IncidentSettings
from ops.field.water.water_record import GAUGE
from ops.risk.gauges import LEVEL, OTHER_CLOCK, Gauge, read

MOST = 1000
"""Readings of one message."""


@dataclass(frozen=True, slots=True)
class TakenReading:
    """What became of one: as it is kept, ``None`` where no gauge is called so; whether it is new;
    and the key of what is wrong, empty where nothing is.
    """

    reading: GaugeReading | None
    new: bool
    fault: str


def take_readings(
    store: Store,
    operation: Operation,
    actor: Actor,
    raw: Sequence[object],
    now: datetime,
    gauges: Sequence[Gauge],
    settings: IncidentSettings = IncidentSettings(),
) -> list[TakenReading]:
    """Keep what gauges sent, each judged by itself: a broken one hides no other.

    Parameters
    ----------
    raw
        Mappings with ``gauge``, ``at`` and ``value``.

    Raises
    ------
    NotAllowed
        ``actor`` may not.
    """
    require(actor, Action.PUSH_READINGS)
    by_name = {gauge.name: gauge for gauge in gauges}
    entries = [each if isinstance(each, Mapping) else {} for each in raw[:MOST]]
    read_ones = [
        read(by_name[name], each.get("at"), each.get("value"), now, operation.id)
        if isinstance(name := each.get("gauge"), str) and name in by_name
        else None
        for each in entries
    ]
    known = [reading for reading in read_ones if reading]
    new = iter(store.gauges.save_readings(known))
    taken = [
        TakenReading(reading, next(new), reading.fault)
        if reading
        else TakenReading(None, False, "gauge.unknown")
        for reading in read_ones
    ]
    for name in dict.fromkeys(each.reading.gauge for each in taken if each.reading and each.new):
        if by_name[name].kind == LEVEL:
            _watch(store, operation, by_name[name], now, settings)
    return taken


def _watch(
    store: Store, operation: Operation, gauge: Gauge, now: datetime, settings: IncidentSettings
) -> None:
    """Report standing water, that it is deeper than told, or that it has gone, by the last value.

    What came late, or out of order, changes nothing that a later value says.
    """
    last = next(
        (
            each
            for each in reversed(store.gauges.readings(operation.id, now - OTHER_CLOCK, gauge.name))
            if each.value is not None
        ),
        None,
    )
    if last is None or last.value is None:
        return
    actor = Actor(name=f"{GAUGE}{gauge.name}", role=Role.PLATFORM)
    calls = [
        call
        for call in store.field.incidents(operation.id, open_only=True)
        if call.source == actor.name
    ]
    if last.value < gauge.clear_cm:
        for call in calls:
            incidents.close(store, operation, actor, call.id or 0, now, alone=True)
    elif last.value >= gauge.alarm_cm and _is_worse(last.value, calls, gauge):
        report = IncidentReport(
            kind="standing_water",
            by=gauge.name,
            source=actor.name,
            reported_at=last.measured_at,
            segment_id=gauge.segment_id,
            depth_cm=min(last.value, DEEPEST_CM),
            external_id=f"{gauge.name}@{last.measured_at:%Y%m%dT%H%M%SZ}",
        )
        try:
            incidents.report(store, operation, actor, report, now, settings)
        except NotAllowed:
            return  # its road is none of ours: ``doctor`` says so


def _is_worse(depth_cm: float, calls: Sequence[Incident], gauge: Gauge) -> bool:
    """Whether nothing was told of it yet, or it is so much deeper than what was."""
    told = max((call.depth_cm or 0.0 for call in calls), default=None)
    return told is None or depth_cm >= told + gauge.worse_cm
