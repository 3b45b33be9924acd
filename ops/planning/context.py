"""All that a plan depends on, as it stands at one instant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from data.model.city import City
from data.model.field import Incident, Outage
from data.model.message import Message
from data.model.plan import Phase, RainOutlook, SegmentRisk
from ops.base.naming import alert_name
from ops.field.progress import Progress
from ops.planning.parameters import DutySettings, WorkSettings
from ops.risk.stop_work import SafetySettings, Span, open_ground_spans
from weather.model import Alert
from weather.rain_warnings import is_rain


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """All that the work depends on: the district, its risks, the rain and the warnings, now and
    until when.

    ``progress`` is what the field has reported of the jobs of the plan in force, ``incidents`` are
    those open, ``outages`` those that have not ended. ``all_hands`` where the ordered level calls
    in who is off duty.
    """

    city: City
    risks: tuple[SegmentRisk, ...]
    rain: RainOutlook
    alerts: tuple[Alert, ...]
    now: datetime
    work: WorkSettings
    safety: SafetySettings
    duty: DutySettings = DutySettings()
    all_hands: bool = False
    progress: Mapping[str, Progress] = field(default_factory=dict)
    incidents: tuple[Incident, ...] = ()
    outages: tuple[Outage, ...] = ()

    @property
    def horizon(self) -> datetime:
        """The last instant planned for."""
        if self.rain.end_at:
            return max(
                self.rain.end_at + timedelta(hours=self.work.after_hours),
                self.now + timedelta(hours=self.work.routine_hours) / 2,
            )
        return self.now + timedelta(hours=self.work.routine_hours)

    @property
    def phase(self) -> Phase:
        """The phase of the storm now, which is that of all that comes up at any time: on a dry day
        everything is done before the rain.
        """
        onset, end = self.rain.onset_at, self.rain.end_at
        if onset is None or onset > self.now:
            return Phase.BEFORE
        return Phase.DURING if end is None or self.now < end else Phase.AFTER

    @property
    def warned(self) -> tuple[Message, ...]:
        """The worst rain warning in force, as a reason; empty where none is."""
        rain = [alert for alert in self.alerts if is_rain(alert)]
        worst = max(rain, key=lambda alert: alert.level.rank if alert.level else 0, default=None)
        return (Message("why.alert", {"alert": alert_name(worst)}),) if worst else ()

    def open_ground(
        self, start: datetime, end: datetime, *, for_incident: bool = False
    ) -> tuple[Span, ...]:
        """When open-ground work may be done between two instants (see ``open_ground_spans``)."""
        if end <= start:
            return ()
        return open_ground_spans(
            self.rain,
            self.alerts,
            start,
            end,
            self.safety,
            ZoneInfo(self.city.district.time_zone),
            for_incident=for_incident,
        )
