"""Where water stood for certain, of all that was reported of it. Pure."""

from collections import Counter
from collections.abc import Iterable

from data.model.city import City, StandingWater
from data.model.field import BLOCKED_INLET, HELP, Incident
from ops.field.calls.matters import WATER

OWN = frozenset({"desk", "crew", HELP})
"""Sources that are people of the centre, who know a road under water from a wet one."""
GAUGE = "gauge:"
"""How the source of a water-level sensor's call begins."""
AGREE = 2
"""So many calls of others about one matter are believed (assumption)."""


def confirmed_water(incidents: Iterable[Incident], city: City) -> tuple[StandingWater, ...]:
    """Every time that water was reported on a road of the district by a water-level sensor, by the
    centre's own people, or by several calls about one matter.

    One call of a citizen is sent for, and says nothing yet of the inlets: it may be a wet road.
    """
    calls = [one for one in incidents if one.kind in WATER]
    count = Counter(one.matter for one in calls)
    found = {
        StandingWater(segment_id=one.segment_id, at=one.reported_at)
        for one in calls
        if one.kind != BLOCKED_INLET
        and one.segment_id in city.segment_by_id
        and one.segment_id is not None
        and (_is_our_own(one) or count[one.matter] >= AGREE)
    }
    return tuple(sorted(found, key=lambda one: (one.at, one.segment_id)))


def _is_our_own(call: Incident) -> bool:
    return call.source in OWN or call.source.startswith(GAUGE)
