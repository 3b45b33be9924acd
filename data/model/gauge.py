"""What rain gauges and water-level sensors measured: plain values."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GaugeReading:
    """One value that a gauge sent, or why what it sent is none.

    Attributes
    ----------
    gauge
        Its name in the settings.
    measured_at, received_at
        By its own clock where that can be right, else ``received_at``; and by ours.
    value
        Millimetres or centimetres, as the gauge's kind says; ``None`` where it could not be read.
    fault
        Key of the sentence that says what is wrong with it; empty where nothing is.
    """

    id: int | None = None
    operation_id: int
    gauge: str
    measured_at: datetime
    received_at: datetime
    value: float | None
    fault: str = ""
