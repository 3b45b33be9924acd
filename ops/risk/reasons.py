"""Why an inlet is likely blocked, in one sentence. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from data.model.city import City
from data.model.message import Message
from ops.risk.inlet_state import InletState, in_service_since
from ops.risk.multipliers import Hazard, Multipliers, Spans, works_by_segment
from ops.risk.parameters import RiskSettings
from ops.risk.water_signs import storms_with_water

_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)  # no slots: what is counted is counted once
class InletReasons:
    """Tells of a district's inlets what their probability comes from."""

    city: City
    now: datetime
    settings: RiskSettings
    multipliers: Multipliers

    @cached_property
    def _records(self) -> Mapping[str, int]:
        begun = in_service_since(self.city)
        return Counter(
            one.inlet_id
            for one in self.city.blockages
            if begun.get(one.inlet_id, one.reported_at) <= one.reported_at <= self.now
        )

    @cached_property
    def _works(self) -> Mapping[str, Spans]:
        return works_by_segment(self.city, self.now, self.settings)

    @cached_property
    def _waters(self) -> Mapping[str, tuple[datetime, ...]]:
        return storms_with_water(self.city, self.now) if self.settings.water_share else {}

    def sentence(self, state: InletState) -> Message:
        """One sentence: how likely, how often in a year and by how many records, what else."""
        return Message(
            "risk.inlet",
            {
                "inlet": state.inlet_id,
                "percent": round(100 * state.probability),
                "rate": round(state.rate, 2),
                "records": self._records.get(state.inlet_id, 0),
                "reasons": list(self._reasons(state)),
            },
        )

    def _reasons(self, state: InletState) -> Iterator[Message]:
        if state.blocked_since:
            yield Message("risk.known_blocked", {"since": state.blocked_since})
        else:
            yield self._last_seen(state)
        inlet = self.city.inlet_by_id[state.inlet_id]
        segment = self.city.segment_by_id[inlet.segment_id]
        if inlet.in_service_on:
            yield Message("risk.in_service", {"day": inlet.in_service_on.isoformat()})
        if waters := self._waters.get(segment.id):
            yield Message("risk.water", {"storms": len(waters), "last": waters[0]})
        hazard = Hazard(
            multipliers=self.multipliers,
            settings=self.settings,
            works=self._works.get(segment.id, ()),
        )
        table = self.multipliers
        if hazard.leaves_fall(self.now):
            yield Message("risk.leaf_season", {"times": round(table.leaf_season.value, 2)})
        if hazard.works_go_on(self.now):
            yield Message("risk.works_nearby", {"times": round(table.works_nearby.value, 2)})
        if segment.low_lying and table.low_ground.value != 1:
            yield Message("risk.low_ground", {"times": round(table.low_ground.value, 2)})

    def _last_seen(self, state: InletState) -> Message:
        cleaned, looked = state.last_cleaned_at, state.last_looked_at
        if looked is None:
            return Message("risk.never_seen")
        if cleaned == looked:
            return Message("risk.cleaned", {"days": (self.now - looked) // _DAY})
        return Message("risk.looked_at", {"days": (self.now - looked) // _DAY})
