"""What gauges have measured, as planning takes it in."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from data.model.operation import Operation
from data.store.store import Store
from ops.risk.gauges import Gauge, GaugeStatus, measured_rain, statuses
from ops.risk.rain_sources import Hours

BACK = timedelta(hours=48)
"""What was measured so long ago tells nothing of the water that stands now, nor of a gauge."""


def measured(store: Store, operation: Operation, gauges: Sequence[Gauge], now: datetime) -> Hours:
    """Millimetres that fell in each clock hour of late, by the gauge that has most."""
    if not gauges:
        return {}
    return measured_rain(gauges, store.gauges.readings(operation.id, now - BACK), now)


def gauge_statuses(
    store: Store, operation: Operation, gauges: Sequence[Gauge], now: datetime
) -> tuple[GaugeStatus, ...]:
    """How each gauge is."""
    if not gauges:
        return ()
    return statuses(gauges, store.gauges.readings(operation.id, now - BACK), now)
