"""What standing water says of the inlets of its road. Pure.

That water stood means that more came than the inlets took: one of them was blocked, or the pipe was
full. So it counts as a share of a blockage, spread over the road, once in a storm.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from data.model.city import City

ONCE_WITHIN = timedelta(hours=24)
"""Water told of again within so long is that of the same storm (assumption)."""


def storms_with_water(city: City, now: datetime) -> Mapping[str, tuple[datetime, ...]]:
    """The times until ``now`` at which water stood on each road, one for each storm, the latest
    first.

    Counted back from the latest, so that one more report, whenever, leaves as many storms or more
    and moves none of them back.
    """
    found: dict[str, list[datetime]] = defaultdict(list)
    for water in sorted(city.waters, key=lambda one: one.at, reverse=True):
        times = found[water.segment_id] if water.at <= now else None
        if times is not None and (not times or times[-1] - water.at >= ONCE_WITHIN):
            times.append(water.at)
    return {road: tuple(times) for road, times in found.items()}
